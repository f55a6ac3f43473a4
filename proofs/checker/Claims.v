(** * Claims

    [holds] says what a claim means; every judgement that is accepted shows one, or a window or
    a range that later judgements may cite. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Calculus Bases LinearMaps Networks
  Definedness Files Float_model.
From KanCheck Require Schemas.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Inductive claim :=
| Equal (left right : Z) (dom : domain)
| Refuted (left right : Z) (dom : domain)
| Within (left right : Z) (dom : domain) (bounds : list Q)
| Supremum (left right : Z) (dom : domain) (bounds attained : list Q)
| Exceeds (left right : Z) (dom : domain) (output : nat) (epsilon : Q)
| Rounding (left right : Z) (dom : domain) (bounds : list Q) (m : model)
| Schema (statement : Schemas.schema)
| Network_file (network : Z).
Inductive shown :=
| Window (n : nat) (left right : list Z) (dom : domain)
| Range (n : nat) (stages : list Z) (dom bounds : domain)
| Shown (c : claim).

(** ** Meaning *)
Section Meaning.
Context {N : Normal_distribution} (t : table).
(** Both objects are networks of n inputs; their words. *)
Definition networks (left right : Z) (n : nat) (v w : word) : Prop :=
  network_word t left = Ok (n, v) /\ network_word t right = Ok (n, w).
Open Scope R_scope.
(** log and sqrt are partial: words agree at a point if neither is defined there, or both are and
    have equal values. *)
Definition agree_on (v w : word) (n : nat) (dom : domain) : Prop :=
  forall xs, length xs = n -> in_domain dom xs -> agree v w xs.
Definition defined_on (v w : word) (n : nat) (dom : domain) : Prop :=
  forall xs, length xs = n -> in_domain dom xs -> word_defined v xs /\ word_defined w xs.
(** How far the words are apart in an output. *)
Definition gap (v w : word) (o : nat) (xs : list R) : R :=
  Rabs (nth o (word_value v xs) 0 - nth o (word_value w xs) 0).
Definition gaps_within (v w : word) (n : nat) (dom : domain) (bounds : list Q) : Prop :=
  length bounds = word_outputs n v /\ length bounds = word_outputs n w /\
  forall xs, length xs = n -> in_domain dom xs ->
    forall o b, nth_error bounds o = Some b -> gap v w o xs <= Q2R b.
Definition gaps_attained (v w : word) (n : nat) (dom : domain) (attained : list Q) : Prop :=
  length attained = word_outputs n v /\
  forall o a, nth_error attained o = Some a ->
    exists xs, length xs = n /\ in_domain dom xs /\ Q2R a <= gap v w o xs.
Definition holds (c : claim) : Prop :=
  match c with
  | Equal l r dom => exists n v w, networks l r n v w /\ agree_on v w n dom
  | Refuted l r dom => exists n v w, networks l r n v w /\ word_outputs n v = word_outputs n w /\
      exists xs, length xs = n /\ in_domain dom xs /\ ~ agree v w xs
  | Within l r dom bounds => exists n v w, networks l r n v w /\
      defined_on v w n dom /\ gaps_within v w n dom bounds
  | Supremum l r dom bounds attained => exists n v w, networks l r n v w /\
      defined_on v w n dom /\ gaps_within v w n dom bounds /\ gaps_attained v w n dom attained
  | Exceeds l r dom o epsilon => exists n v w, networks l r n v w /\
      (o < word_outputs n v)%nat /\ (o < word_outputs n w)%nat /\
      exists xs, length xs = n /\ in_domain dom xs /\
        word_defined v xs /\ word_defined w xs /\ Q2R epsilon < gap v w o xs
  | Rounding l r dom bounds m => exists n v w ls, networks l r n v w /\ layers_of w = Some ls /\
      length bounds = word_outputs n v /\ defined_on v w n dom /\
      forall xs ys, length xs = n -> in_domain dom xs -> computes m ls xs ys ->
        forall o b, nth_error bounds o = Some b ->
          Rabs (nth o ys 0 - nth o (word_value v xs) 0) <= Q2R b
  | Schema s => Schemas.schema_holds s
  | Network_file i => exists n w, network_word t i = Ok (n, w)
  end.
Definition shown_holds (s : shown) : Prop :=
  match s with
  | Shown c => holds c
  | Window n l r dom => forall v w, resolve t l = Ok v -> resolve t r = Ok w ->
      agree_on v w n dom
  | Range n l dom bounds => forall w, resolve t l = Ok w ->
      forall xs, length xs = n -> in_domain dom xs -> word_defined w xs /\ in_domain bounds (word_value w xs)
  end.
End Meaning.

(** ** Domains *)
Definition end_of (infinite : string) (j : json) : result end_ :=
  let? s := text j in
  if String.eqb s infinite then Ok None else let? q := rational j in Ok (Some q).
Definition side (j : json) : result (end_ * end_) :=
  let? (a, b) := pair j in
  let? lo := end_of "-inf" a in
  let? hi := end_of "inf" b in
  let? _ := need match lo, hi with Some p, Some q => negb (less q p) | _, _ => true end "lo > hi" in
  Ok (lo, hi).
Definition is_free (s : end_ * end_) : bool := match s with (None, None) => true | _ => false end.
Definition domain_of (n : nat) (j : json) : result domain :=
  let? d := list_of side j in
  match d with
  | [] => Ok []
  | _ =>
    let? _ := need (Nat.eqb (List.length d) n) "expected an interval per input" in
    let? _ := need (negb (forallb is_free d)) "R^n is written []" in
    Ok d
  end.
Definition inside_low (inner outer : end_) : bool :=
  match outer, inner with None, _ => true | Some a, Some b => negb (less b a) | _, _ => false end.
Definition inside_high (inner outer : end_) : bool :=
  match outer, inner with None, _ => true | Some a, Some b => negb (less a b) | _, _ => false end.
Fixpoint lies_in (inner outer : domain) : bool :=
  match outer, inner with
  | [], _ => true
  | (lo, hi) :: outer', (a, b) :: inner' =>
      inside_low a lo && inside_high b hi && lies_in inner' outer'
  | _, [] => false
  end.
Lemma lies_in_ok inner : forall outer xs, lies_in inner outer = true ->
  in_domain inner xs -> in_domain outer xs.
Proof.
  induction inner as [|[a b] inner IH]; intros [|[lo hi] outer] xs H D; simpl in *; auto;
    try discriminate.
  apply andb_prop in H. destruct H as [H H3]. apply andb_prop in H. destruct H as [H1 H2].
  destruct D as (D1 & D2 & D3). repeat split; auto.
  - destruct lo as [p|], a as [q|]; simpl in *; auto; try discriminate.
    apply negb_true_iff, val_not_less in H1. lra.
  - destruct hi as [p|], b as [q|]; simpl in *; auto; try discriminate.
    apply negb_true_iff, val_not_less in H2. lra.
Qed.

(** Domains are compared by inclusion both ways. *)
Definition same_domain (d e : domain) : bool :=
  Nat.eqb (List.length d) (List.length e) && lies_in d e && lies_in e d.
Lemma same_domain_ok d e xs : same_domain d e = true -> in_domain d xs <-> in_domain e xs.
Proof.
  unfold same_domain. intros H. apply andb_prop in H. destruct H as [H H2].
  apply andb_prop in H. destruct H as [_ H1]. split; apply lies_in_ok; assumption.
Qed.

(** The box, refused unless all its sides have ends. *)
Definition has_ends (s : end_ * end_) : bool :=
  match s with (Some _, Some _) => true | _ => false end.
Definition bounded (d : domain) : result unit :=
  need (match d with [] => false | _ => forallb has_ends d end) "a bounded box is needed here".

Section Judging.
Context (t : table).
(** ** The two networks of a claim or judgement *)
Definition sides (jl jr jd : json) : result (Z * Z * nat * word * word * domain) :=
  let? l := index jl in
  let? r := index jr in
  let? (n, v) := network_word t l in
  let? (m, w) := network_word t r in
  let? _ := need (Nat.eqb n m && Nat.eqb (word_outputs n v) (word_outputs m w))
    "the networks differ in inputs or outputs" in
  let? dom := domain_of n jd in
  Ok (l, r, n, v, w, dom).
Definition one_per_output (outputs : nat) (j : json) : result (list Q) :=
  let? l := rationals j in
  let? _ := need (Nat.eqb (List.length l) outputs) "expected one number per output" in
  Ok l.

Context {N : Normal_distribution}.
(** A window's words resolve: that was seen when it was accepted. *)
Definition good (s : shown) : Prop :=
  shown_holds t s /\
  match s with
  | Window _ l r _ => (exists v, resolve t l = Ok v) /\ (exists w, resolve t r = Ok w)
  | Range _ _ _ _ | Shown _ => True
  end.
Lemma sides_ok jl jr jd l r n v w dom : sides jl jr jd = Ok (l, r, n, v, w, dom) ->
  networks t l r n v w.
Proof.
  unfold sides. intros H. unbind H. destruct a1 as [n1 v1]. unbind H. destruct a1 as [n2 w2].
  unbind H. inversion H; subst. apply need_ok in E3. apply andb_prop in E3. destruct E3 as [E3 _].
  apply Nat.eqb_eq in E3. subst. split; assumption.
Qed.
Lemma sides_outputs jl jr jd l r n v w dom : sides jl jr jd = Ok (l, r, n, v, w, dom) ->
  word_outputs n v = word_outputs n w.
Proof.
  unfold sides. intros H. unbind H. destruct a1 as [n1 v1]. unbind H. destruct a1 as [n2 w2].
  unbind H. inversion H; subst. apply need_ok, andb_prop in E3. destruct E3 as [En E3].
  apply Nat.eqb_eq in En, E3. subst. exact E3.
Qed.
Lemma one_per_output_ok outputs j l : one_per_output outputs j = Ok l -> length l = outputs.
Proof.
  unfold one_per_output. intros H. unbind H. inversion H; subst. apply need_ok in E0.
  apply Nat.eqb_eq, E0.
Qed.

(** What a judgement cites by its index. *)
Definition cited (earlier : list shown) (j : json) : result shown :=
  let? c := index j in
  match nth_error earlier (Z.to_nat c) with
  | Some s => Ok s
  | None => Invalid "it cites what is not shown yet"
  end.
Lemma cited_good earlier j s : Forall good earlier -> cited earlier j = Ok s -> good s.
Proof.
  unfold cited. intros G H. unbind H. destruct (nth_error earlier _) as [s'|] eqn:E'; [|discriminate].
  inversion H; subst. rewrite Forall_forall in G. apply G. apply nth_error_In in E'. exact E'.
Qed.
End Judging.
