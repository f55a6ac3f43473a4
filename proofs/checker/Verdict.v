(** * The verdict on a file, and the theorem

    [check] reads the header of a certificate and answers with the claim it accepts, and with the
    windows that the file takes on trust.  [check_sound]: where there are none, the claim is true
    of the functions that the file's objects denote. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool FMapPositive Lra Lia.
From KanCheck Require Import Result Rational Json Functions Calculus Networks Files Claims Points Float_model Roundings Judge Schema_judgements.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Section Verdict.
Context {B : Buffers}.

Definition claim_of (t : table) (format : string) (j : json) : result claim :=
  let? k := field "kind" j in
  let? s := text k in
  let is := String.eqb s in
  if is "network" then
    let? _ := need (String.eqb format "kan_equiv.network") "the format is not kan_equiv.network" in
    let? f := fields ["kind"; "network"] j in
    match f with
    | [_; jn] => let? i := index jn in let? _ := network_word t i in Ok (Network_file i)
    | _ => Invalid "unreachable"
    end
  else
    let? _ := need (String.eqb format "kan_equiv.certificate") "the format is not kan_equiv.certificate" in
    if is "equal" || is "refuted" then
      let? f := fields ["domain"; "kind"; "left"; "right"] j in
      match f with
      | [jd; _; jl; jr] =>
        let? (l, r, _, _, _, dom) := sides t jl jr jd in
        Ok (if is "equal" then Equal l r dom else Refuted l r dom)
      | _ => Invalid "unreachable"
      end
    else if is "exceeds" then
      let? f := fields ["domain"; "epsilon"; "kind"; "left"; "output"; "right"] j in
      match f with
      | [jd; je; _; jl; jo; jr] =>
        let? (l, r, n, v, _, dom) := sides t jl jr jd in
        let? o := output_of n v jo in
        let? e := rational je in
        Ok (Exceeds l r dom o e)
      | _ => Invalid "unreachable"
      end
    else if is "within" then
      let? f := fields ["domain"; "epsilon"; "kind"; "left"; "right"] j in
      match f with
      | [jd; je; _; jl; jr] =>
        let? (l, r, n, v, _, dom) := sides t jl jr jd in
        let? _ := bounded dom in
        let? e := one_per_output (word_outputs n v) je in
        Ok (Within l r dom e)
      | _ => Invalid "unreachable"
      end
    else if is "supremum" then
      let? f := fields ["attained"; "domain"; "epsilon"; "kind"; "left"; "right"] j in
      match f with
      | [ja; jd; je; _; jl; jr] =>
        let? (l, r, n, v, _, dom) := sides t jl jr jd in
        let? _ := bounded dom in
        let? e := one_per_output (word_outputs n v) je in
        let? a := one_per_output (word_outputs n v) ja in
        Ok (Supremum l r dom e a)
      | _ => Invalid "unreachable"
      end
    else if is "rounding" then
      let? f := fields ["depth"; "domain"; "epsilon"; "format"; "kind"; "left"; "right"; "terms"; "ulps"; "values"] j in
      match f with
      | [jde; jd; je; jf; _; jl; jr; jt; ju; jv] =>
        let? (l, r, n, v, _, dom) := sides t jl jr jd in
        let? m := read_model jde jf jt ju jv in
        let? e := one_per_output (word_outputs n v) je in
        let? _ := bounded dom in
        Ok (Rounding l r dom e m)
      | _ => Invalid "unreachable"
      end
    else if is "schema" then claimed_schema t j
    else Unsupported (s ++ " claim")%string.

(** As many bounds, and none is larger. *)
Fixpoint no_larger (b c : list Q) : bool :=
  match b, c with
  | [], [] => true
  | p :: b', q :: c' => negb (less q p) && no_larger b' c'
  | _, _ => false
  end.
Definition same_model (m k : model) : {m = k} + {m <> k}.
Proof. decide equality; [apply Nat.eq_dec|apply Z.eq_dec|decide equality]. Defined.
(** The judgement shows this claim, with these bounds or better ones. *)
Definition proves (shown claimed : claim) : bool :=
  match shown, claimed with
  | Equal l r d, Equal l' r' d' => Z.eqb l l' && Z.eqb r r' && same_domain d d'
  | Refuted l r d, Refuted l' r' d' => Z.eqb l l' && Z.eqb r r' && same_domain d d'
  | Within l r d b, Within l' r' d' b' =>
      Z.eqb l l' && Z.eqb r r' && same_domain d d' && no_larger b b'
  | Supremum l r d b a, Supremum l' r' d' b' a' =>
      Z.eqb l l' && Z.eqb r r' && same_domain d d' && no_larger b b' && no_larger a' a
  | Exceeds l r d o e, Exceeds l' r' d' o' e' =>
      Z.eqb l l' && Z.eqb r r' && same_domain d d' && Nat.eqb o o' && negb (less e e')
  | Rounding l r d b m, Rounding l' r' d' b' m' =>
      Z.eqb l l' && Z.eqb r r' && same_domain d d' && no_larger b b' && if same_model m m' then true else false
  | Schema s, Schema s' => if same_schema s s' then true else false
  | _, _ => false
  end.

Definition metadata (j : json) : result unit :=
  match j with
  | Object fs => let? _ := map_result (fun kv => text (snd kv)) fs in Ok tt
  | _ => Invalid "the metadata are not a JSON object"
  end.
Definition all_used (n : nat) (used : list Z) : bool :=
  let seen := fold_right (fun b m => PositiveMap.add (Z.to_pos (b + 1)) tt m)
    (PositiveMap.empty unit) used in
  Nat.eqb (PositiveMap.cardinal seen) n.

(** The objects of a header. *)
Definition objects_of (j : json) : result (table * list Z) :=
  let? f := field "objects" j in
  let? l := items f in
  objects (PositiveMap.empty object) (PositiveMap.empty Z) [] 1 l.

Definition check (j : json) : result (claim * list hole) :=
  let? f := fields ["buffers"; "claim"; "format"; "judgements"; "metadata"; "objects"; "version"] j in
  match f with
  | [jb; jc; jf; jj; jm; _; jv] =>
    let? format := text jf in
    let? _ := match jv with Integer 1 => Ok tt | _ => Invalid "unknown version" end in
    let? bs := items jb in
    let? (t, used) := objects_of j in
    let? _ := need (all_used (List.length bs) used) "a buffer is not used" in
    let? _ := metadata jm in
    let? c := claim_of t format jc in
    let? js := items jj in
    let? (done, holes) := judge_all t [] js in
    match c, rev done with
    | Network_file _, [] => Ok (c, holes)
    | Network_file _, _ => Invalid "a network file has judgements"
    | _, Shown s :: _ =>
        if proves s c then Ok (c, holes) else Invalid "the last judgement does not show the claim"
    | _, _ => Invalid "the last judgement does not show the claim"
    end
  | _ => Invalid "unreachable"
  end.

Context {N : Normal_distribution}.
Lemma no_larger_ok b : forall c, no_larger b c = true ->
  length b = length c /\
  forall o p q, nth_error b o = Some p -> nth_error c o = Some q -> (Q2R p <= Q2R q)%R.
Proof.
  induction b as [|p b IH]; intros [|q c] H; try discriminate.
  - split; [reflexivity|]. intros [|o] p q E; discriminate.
  - simpl in H. apply andb_prop in H. destruct H as [H1 H2].
    apply negb_true_iff, val_not_less in H1. apply IH in H2. destruct H2 as [Ln H2].
    split; [simpl; congruence|]. intros [|o] p' q' E F; simpl in *; [congruence|eauto].
Qed.
Lemma entry_too {A} (l m : list A) o a : length l = length m -> nth_error m o = Some a ->
  exists b, nth_error l o = Some b.
Proof.
  intros L E. destruct (nth_error l o) eqn:F; [eauto|]. apply nth_error_None in F.
  assert (o < length m)%nat by (apply nth_error_Some; congruence). lia.
Qed.
Lemma gaps_within_more v w n d e b c : no_larger b c = true ->
  (forall xs, in_domain e xs -> in_domain d xs) ->
  gaps_within v w n d b -> gaps_within v w n e c.
Proof.
  intros H I (L & L' & G). apply no_larger_ok in H. destruct H as [Ln H].
  split; [congruence|]. split; [congruence|]. intros xs Lx D o q E.
  destruct (entry_too b c o q Ln E) as (p & F). eapply Rle_trans; [|eapply H; eauto]. eauto.
Qed.
Lemma gaps_attained_less v w n d e a b : no_larger b a = true ->
  (forall xs, in_domain d xs -> in_domain e xs) ->
  gaps_attained v w n d a -> gaps_attained v w n e b.
Proof.
  intros H I (L & G). apply no_larger_ok in H. destruct H as [Ln H].
  split; [congruence|]. intros o q E. destruct (entry_too a b o q (eq_sym Ln) E) as (p & F).
  destruct (G o p F) as (xs & Lx & D & A). exists xs. repeat split; auto.
  eapply Rle_trans; [eapply H; eauto|exact A].
Qed.
Lemma proves_ok t s c : proves s c = true -> holds t s -> holds t c.
Proof.
  assert (D : forall d e xs, same_domain d e = true -> in_domain e xs -> in_domain d xs)
    by (intros d e xs H; apply (same_domain_ok d e xs H)).
  assert (D' : forall d e xs, same_domain d e = true -> in_domain d xs -> in_domain e xs)
    by (intros d e xs H; apply (same_domain_ok d e xs H)).
  destruct s, c; simpl; try discriminate; intros H; repeat (apply andb_prop in H; destruct H as [H ?]);
    repeat match goal with E : Z.eqb _ _ = true |- _ => apply Z.eqb_eq in E; subst end.
  - intros (n & v & w & S & E). exists n, v, w. split; [exact S|]. intros xs L I. eauto.
  - intros (n & v & w & S & O & xs & L & I & E). exists n, v, w. split; [exact S|].
    split; [exact O|]. exists xs. eauto.
  - intros (n & v & w & S & I & E). exists n, v, w.
    split; [|split]; [exact S|intros xs L J; eauto|eauto using gaps_within_more].
  - intros (n & v & w & S & I & E & A). exists n, v, w.
    split; [|split; [|split]]; [exact S|intros xs L J; eauto|eauto using gaps_within_more|
      eauto using gaps_attained_less].
  - apply Nat.eqb_eq in H1. apply negb_true_iff, val_not_less in H0. subst.
    intros (n & v & w & S & Ov & Ow & xs & L & I & Dv & Dw & E). exists n, v, w.
    split; [exact S|]. split; [exact Ov|]. split; [exact Ow|]. exists xs.
    repeat split; eauto. eapply Rle_lt_trans; eauto.
  - destruct (same_model m m0) as [->|]; [|discriminate].
    intros (n & v & w & ls & S & Ly & Ln & J & E). exists n, v, w, ls. split; [assumption|]. split; [assumption|].
    match goal with B : no_larger _ _ = true |- _ => apply no_larger_ok in B; destruct B as [Lb Less] end.
    split; [congruence|]. split; [intros xs Lx I; eauto|]. intros xs ys Lx I C o q Q. destruct (entry_too bounds bounds0 o q Lb Q) as (q' & F).
    eapply Rle_trans; [|eapply Less; eauto]. eapply E; eauto.
  - intros H'. destruct (same_schema statement statement0) as [->|]; [exact H'|discriminate].
Qed.
Lemma network_claim t format j i : claim_of t format j = Ok (Network_file i) ->
  holds t (Network_file i).
Proof.
  unfold claim_of, claimed_schema. intros H. unbind H. destruct (String.eqb a0 "network").
  - unbind H. destruct a2 as [|x [|y [|? ?]]]; try discriminate. unbind H. inversion H; subst.
    destruct a3 as [n w]. exists n, w. assumption.
  - (* no other claim is one of a network file *)
    repeat (try unbind H; try discriminate H;
      match type of H with
      | match ?x with _ => _ end = _ => destruct x
      | Ok (if ?b then _ else _) = _ => destruct b
      end).
Qed.

(** If the windows that are taken on trust hold, then so does the claim: *)
Theorem check_holey_sound : forall j c holes, check j = Ok (c, holes) ->
  exists t used, objects_of j = Ok (t, used) /\ (Forall (hole_holds t) holes -> holds t c).
Proof.
  unfold check. intros j c holes H. unbind H.
  destruct a as [|jb [|jc [|jf [|jj [|jm [|jo [|jv [|? ?]]]]]]]]; try discriminate. unbind H.
  destruct a2 as [t used]. unbind H. destruct a6 as [done found]. exists t, used.
  split; [assumption|].
  assert (F : found = holes) by (destruct a4, (rev done) as [|[ | |s] ?]; try discriminate;
    try (destruct (proves s _); [|discriminate]); inversion H; reflexivity).
  subst found. intros A.
  assert (G : Forall (good t) done) by (eapply judge_all_good; [eassumption|assumption|constructor]).
  assert (Last : forall s rest, rev done = Shown s :: rest -> holds t s).
  { intros s rest R. rewrite Forall_forall in G. apply (G (Shown s)). apply in_rev. rewrite R.
    left; reflexivity. }
  destruct a4 eqn:C; destruct (rev done) as [|[n' l' r' d'|n' l' d' b'|s] rest] eqn:R;
    try discriminate; try (destruct (proves s _) eqn:P; [|discriminate]; inversion H; subst;
      eapply proves_ok; eauto; fail).
  inversion H; subst. eapply network_claim; eauto.
Qed.
(** What is accepted without such a window is true, with the normal distribution in gelu. *)
Theorem check_sound : forall j c, check j = Ok (c, []) ->
  exists t used, objects_of j = Ok (t, used) /\ holds t c.
Proof.
  intros j c H. destruct (check_holey_sound j c [] H) as (t & used & O & A). eauto.
Qed.
End Verdict.
