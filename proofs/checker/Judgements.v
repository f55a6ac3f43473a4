(** * Judgements and claims

    [holds] says what a claim means; every judgement that is accepted shows one, or a window
    that later compositions may cite. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Calculus Bases LinearMaps Networks Sums
  Polynomial_parts Windows Products Ranges Files.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Inductive claim :=
| Equal (left right : Z) (dom : domain)
| Refuted (left right : Z) (dom : domain)
| Exceeds (left right : Z) (dom : domain) (output : nat) (epsilon : Q)
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
Definition holds (c : claim) : Prop :=
  match c with
  | Equal l r dom => exists n v w, networks l r n v w /\
      forall xs, length xs = n -> in_domain dom xs -> word_value v xs = word_value w xs
  | Refuted l r dom => exists n v w, networks l r n v w /\
      exists xs, length xs = n /\ in_domain dom xs /\ word_value v xs <> word_value w xs
  | Exceeds l r dom o epsilon => exists n v w, networks l r n v w /\
      exists xs, length xs = n /\ in_domain dom xs /\
        Q2R epsilon < Rabs (nth o (word_value v xs) 0 - nth o (word_value w xs) 0)
  | Network_file i => exists n w, network_word t i = Ok (n, w)
  end.
Definition shown_holds (s : shown) : Prop :=
  match s with
  | Shown c => holds c
  | Window n l r dom => forall v w, resolve t l = Ok v -> resolve t r = Ok w ->
      forall xs, length xs = n -> in_domain dom xs -> word_value v xs = word_value w xs
  | Range n l dom bounds => forall w, resolve t l = Ok w ->
      forall xs, length xs = n -> in_domain dom xs -> in_domain bounds (word_value w xs)
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

Section Judging.
Context {B : Buffers} (t : table).

(** ** Windows *)
(** Time only: what a file of this size may ask for (kan_equiv/kernel/work.py). *)
Definition affordable (n : nat) (v w : word) : bool :=
  let total := fold_right (fun s k => Z.of_nat (stage_outputs s) + k)%Z (Z.of_nat n) (v ++ w) in
  Z.leb (64 * total) (134217728 + 128 * file_bytes).
Definition window (check : domain -> nat -> word -> word -> result unit) (j : json) : result shown :=
  let? f := fields ["domain"; "in_features"; "kind"; "left"; "right"] j in
  match f with
  | [jd; ji; _; jl; jr] =>
    let? n := size 1 ji in
    let? l := list_of index jl in
    let? r := list_of index jr in
    let? v := resolve t l in
    let? w := resolve t r in
    let? a := chain n v in
    let? b := chain n w in
    let? _ := need (Nat.eqb a b) "the sides differ in outputs" in
    let? dom := domain_of n jd in
    let? _ := need (affordable n v w) "too large: more work than a file of this size may ask for" in
    let? _ := check dom n v w in
    Ok (Window n l r dom)
  | _ => Invalid "unreachable"
  end.

Definition range (j : json) : result shown :=
  let? f := fields ["bounds"; "domain"; "in_features"; "kind"; "stages"; "subdivisions"] j in
  match f with
  | [jb; jd; ji; _; js; ju] =>
    let? n := size 1 ji in
    let? l := list_of index js in
    let? w := resolve t l in
    let? m := chain n w in
    let? dom := domain_of n jd in
    let? bounds := domain_of m jb in
    let? cuts := natural 0 64 ju in
    let? _ := need (affordable n w []) "too large: more work than a file of this size may ask for" in
    let? _ := check_range dom n w bounds in
    Ok (Range n l dom bounds)
  | _ => Invalid "unreachable"
  end.

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

(** ** Composition *)
Fixpoint strip (prefix l : list Z) : option (list Z) :=
  match prefix, l with
  | [], _ => Some l
  | a :: prefix', b :: l' => if Z.eqb a b then strip prefix' l' else None
  | _, [] => None
  end.
Fixpoint same_indices (l m : list Z) : bool :=
  match l, m with
  | [], [] => true
  | a :: l', b :: m' => Z.eqb a b && same_indices l' m'
  | _, _ => false
  end.
(** What holds the image of a domain under the stages before a place: by cited ranges, whose
    words, joined, are exactly these stages. *)
Fixpoint reach (n : nat) (earlier : list shown) (prefix : list Z) (image : domain) (cited : list Z)
  : result domain :=
  match cited with
  | [] =>
    match prefix with
    | [] => Ok image
    | _ => Invalid "a window on a box, and no range up to its place"
    end
  | c :: cited' =>
    match nth_error earlier (Z.to_nat c) with
    | Some (Range m l dom bounds) =>
      let? _ := need (Nat.eqb n m) "a range of other inputs" in
      let? _ := need (lies_in image dom) "a range is of another box" in
      match strip l prefix with
      | Some rest =>
        let? w := resolve t l in
        reach (word_outputs n w) earlier rest bounds cited'
      | None => Invalid "the stages of a range do not stand there"
      end
    | Some _ => Invalid "a step cites something other than a range"
    | None => Invalid "a step cites what is not shown yet"
    end
  end.
Definition applies (n : nat) (dom wdom : domain) (earlier : list shown) (before : list Z)
  (ranges : list json) : result unit :=
  match wdom with
  | [] => need (match ranges with [] => true | _ => false end)
      "ranges are cited for a window without a box"
  | _ =>
    let? cited := match ranges with [] => Ok [] | j :: _ => list_of index j end in
    let? image := reach n earlier before dom cited in
    need (lies_in image wdom) "the arguments may leave the box"
  end.
Definition step (n : nat) (dom : domain) (earlier : list shown) (current : list Z) (j : json)
  : result (list Z) :=
  let? l := items j in
  match l with
  | jp :: jc :: jd :: ranges =>
    let? _ := need (Nat.leb (List.length ranges) 1) "a step of over 4 entries" in
    let? z := natural 0 (Z.of_nat (List.length current)) jp in
    let place := Z.to_nat z in
    let? c := natural 0 max_features jc in
    let? d := text jd in
    match nth_error earlier (Z.to_nat c) with
    | Some (Window m one another wdom) =>
      let? (old, new) :=
        if String.eqb d "forward" then Ok (one, another)
        else if String.eqb d "backward" then Ok (another, one)
        else Invalid "unknown direction" in
      match strip old (skipn place current) with
      | Some after =>
        let before := firstn place current in
        let? w := resolve t before in
        let? _ := need (Nat.eqb (word_outputs n w) m) "the window has other inputs than stand there" in
        let? _ := applies n dom wdom earlier before ranges in
        Ok (before ++ new ++ after)
      | None => Invalid "the window does not stand there"
      end
    | Some _ => Invalid "a step cites something other than a window"
    | None => Invalid "a step cites what is not shown yet"
    end
  | _ => Invalid "expected a list of 3 or 4 entries"
  end.
Fixpoint steps_ (n : nat) (dom : domain) (earlier : list shown) (current : list Z) (l : list json)
  : result (list Z) :=
  match l with
  | [] => Ok current
  | j :: l' => let? next := step n dom earlier current j in steps_ n dom earlier next l'
  end.
Definition composition (earlier : list shown) (j : json) : result shown :=
  let? f := fields ["domain"; "kind"; "left"; "right"; "steps"] j in
  match f with
  | [jd; _; jl; jr; js] =>
    let? (l, r, n, _, _, dom) := sides jl jr jd in
    let? (_, start) := network_at t l in
    let? (_, finish) := network_at t r in
    let? listed := items js in
    let? reached := steps_ n dom earlier start listed in
    let? _ := need (same_indices reached finish) "the steps do not end in the right network" in
    Ok (Shown (Equal l r dom))
  | _ => Invalid "unreachable"
  end.

(** ** Values at a rational point: evaluation on the box that is the point *)
Definition point_box (p : list Q) : domain := map (fun q => (Some q, Some q)) p.
Definition value_at (w : word) (p : list Q) (o : nat) : result Q :=
  let box := point_box p in
  let? inputs := input_sums box (count (List.length p) 0) in
  let? outs := evaluate_word box w inputs in
  match nth_error outs o with
  | Some s =>
      match rational_of s with Some q => Ok q | None => Unsupported "values of atoms" end
  | None => Invalid "no such output"
  end.
Fixpoint point_inside (dom : domain) (p : list Q) : bool :=
  match dom, p with
  | [], _ => true
  | (lo, hi) :: dom', x :: p' =>
      inside_low (Some x) lo && inside_high (Some x) hi && point_inside dom' p'
  | _, [] => false
  end.
Definition point_of (n : nat) (dom : domain) (j : json) : result (list Q) :=
  let? p := rationals j in
  let? _ := need (Nat.eqb (List.length p) n) "the point has another length" in
  let? _ := need (point_inside dom p) "the point lies outside of the domain" in
  Ok p.
Definition exact_value (j : json) : result Q :=
  let? (lo, hi) := side j in
  match lo, hi with
  | Some a, Some b => if equal a b then Ok a else Unsupported "witness with enclosures"
  | _, _ => Invalid "a bounded interval is needed here"
  end.
Definition output_of (n : nat) (w : word) (j : json) : result nat := below (word_outputs n w) j.

Definition witness (j : json) : result shown :=
  let? f := fields ["domain"; "kind"; "left"; "left_value"; "output"; "point"; "right"; "right_value"] j in
  match f with
  | [jd; _; jl; jlv; jo; jp; jr; jrv] =>
    let? (l, r, n, v, w, dom) := sides jl jr jd in
    let? p := point_of n dom jp in
    let? o := output_of n v jo in
    let? a := exact_value jlv in
    let? b := exact_value jrv in
    let? x := value_at v p o in
    let? y := value_at w p o in
    let? _ := need (equal a x) "the left value is another one" in
    let? _ := need (equal b y) "the right value is another one" in
    let? _ := need (negb (equal x y)) "the values are equal" in
    Ok (Shown (Refuted l r dom))
  | _ => Invalid "unreachable"
  end.
Definition exceeds (j : json) : result shown :=
  let? f := fields ["bits"; "domain"; "epsilon"; "kind"; "left"; "output"; "point"; "right"] j in
  match f with
  | [jb; jd; je; _; jl; jo; jp; jr] =>
    let? (l, r, n, v, w, dom) := sides jl jr jd in
    let? p := point_of n dom jp in
    let? o := output_of n v jo in
    let? epsilon := rational je in
    match jb with
    | Integer 0 =>
      let? x := value_at v p o in
      let? y := value_at w p o in
      let d := minus x y in
      let? _ := need (less epsilon d || less epsilon (opposite d)) "the difference is not larger" in
      Ok (Shown (Exceeds l r dom o epsilon))
    | _ => Unsupported "exceeds with enclosures"
    end
  | _ => Invalid "unreachable"
  end.

Definition judge (earlier : list shown) (j : json) : result shown :=
  let? k := field "kind" j in
  let? s := text k in
  let is := String.eqb s in
  if is "window_equal" then window check_window j
  else if is "products_equal" then window (fun _ => check_products) j
  else if is "range" then range j
  else if is "composition" then composition earlier j
  else if is "witness" then witness j
  else if is "exceeds" then exceeds j
  else Unsupported s.
Fixpoint judge_all (earlier : list shown) (l : list json) : result (list shown) :=
  match l with
  | [] => Ok earlier
  | j :: l' => let? s := judge earlier j in judge_all (earlier ++ [s]) l'
  end.

(** ** Soundness *)
Context {N : Normal_distribution}.

Lemma resolve_app a : forall b w, resolve t (a ++ b) = Ok w ->
  exists v u, resolve t a = Ok v /\ resolve t b = Ok u /\ w = v ++ u.
Proof.
  unfold resolve. induction a as [|i a IH]; simpl; intros b w H.
  - exists [], w. auto.
  - unbind H. inversion H; subst. destruct (IH _ _ E0) as (v & u & E1 & E2 & ->).
    exists (a0 :: v), u. rewrite E, E1. auto.
Qed.
Lemma app_resolve a : forall b v u, resolve t a = Ok v -> resolve t b = Ok u ->
  resolve t (a ++ b) = Ok (v ++ u).
Proof.
  unfold resolve. induction a as [|i a IH]; simpl; intros b v u Ha Hb.
  - inversion Ha. assumption.
  - unbind Ha. inversion Ha; subst. rewrite E, (IH _ _ _ E0 Hb). reflexivity.
Qed.
Lemma strip_ok p : forall l rest, strip p l = Some rest -> l = p ++ rest.
Proof.
  induction p as [|a p IH]; intros [|b l] rest H; simpl in H; try discriminate;
    try (inversion H; reflexivity).
  destruct (Z.eqb_spec a b); [|discriminate]. subst. rewrite (IH _ _ H). reflexivity.
Qed.
Lemma same_indices_ok l : forall m, same_indices l m = true -> l = m.
Proof.
  induction l as [|a l IH]; intros [|b m] H; simpl in H; try discriminate; [reflexivity|].
  apply andb_prop in H. destruct H as [H1 H2]. apply Z.eqb_eq in H1. rewrite H1, (IH _ H2). reflexivity.
Qed.

(** A window's words resolve: that was seen when it was accepted. *)
Definition good (s : shown) : Prop :=
  shown_holds t s /\
  match s with
  | Window _ l r _ => (exists v, resolve t l = Ok v) /\ (exists w, resolve t r = Ok w)
  | Range _ _ _ _ | Shown _ => True
  end.

Lemma window_good check j s :
  (forall dom n v w u, check dom n v w = Ok u ->
     forall xs, length xs = n -> in_domain dom xs -> word_value v xs = word_value w xs) ->
  window check j = Ok s -> good s.
Proof.
  unfold window. intros C H. unbind H.
  destruct a as [|jd [|ji [|jk [|jl [|jr [|? ?]]]]]]; try discriminate. unbind H.
  inversion H; subst. split; [|split; eauto]. simpl. intros v w Hv Hw xs Hn Hd.
  rewrite E3 in Hv. rewrite E4 in Hw. inversion Hv; inversion Hw; subst.
  eapply C; eauto.
Qed.

Lemma range_good j s : range j = Ok s -> good s.
Proof.
  unfold range. intros H. unbind H.
  destruct a as [|jb [|jd [|ji [|jk [|js [|ju [|? ?]]]]]]]; try discriminate. unbind H.
  inversion H; subst. split; [|exact I]. simpl. intros w Hw xs Hn Hd.
  rewrite E2 in Hw. inversion Hw; subst. eapply range_sound; eauto.
Qed.
Lemma reach_ok earlier cited : Forall good earlier -> forall n prefix image image' w,
  reach n earlier prefix image cited = Ok image' -> resolve t prefix = Ok w ->
  forall xs, length xs = n -> in_domain image xs -> in_domain image' (word_value w xs).
Proof.
  intros G. induction cited as [|c cited IH]; cbn [reach]; intros n prefix image image' w H Hw xs L D.
  - destruct prefix; [|discriminate]. inversion H; subst. inversion Hw. exact D.
  - destruct (nth_error earlier (Z.to_nat c)) as [[m l r dom|m l dom bounds|cl]|] eqn:C;
      try discriminate.
    unbind H. destruct (strip l prefix) as [rest|] eqn:S; [|discriminate]. unbind H.
    apply need_ok, Nat.eqb_eq in E. apply need_ok in E0. apply strip_ok in S. subst prefix.
    apply resolve_app in Hw. destruct Hw as (v & u & Hv & Hu & ->).
    rewrite E1 in Hv. inversion Hv; subst v.
    apply nth_error_In in C. rewrite Forall_forall in G. destruct (G _ C) as [W _]. simpl in W.
    rewrite word_value_app.
    apply (IH (word_outputs n a1) rest bounds); auto.
    + apply (word_value_length a1 xs n L).
    + apply (W a1 E1); [congruence|]. eapply lies_in_ok; eauto.
Qed.
Lemma sides_ok jl jr jd l r n v w dom : sides jl jr jd = Ok (l, r, n, v, w, dom) ->
  networks t l r n v w.
Proof.
  unfold sides. intros H. unbind H. destruct a1 as [n1 v1]. unbind H. destruct a1 as [n2 w2].
  unbind H. inversion H; subst. apply need_ok in E3. apply andb_prop in E3. destruct E3 as [E3 _].
  apply Nat.eqb_eq in E3. subst. split; assumption.
Qed.

Lemma step_ok n dom earlier current j next v : Forall good earlier ->
  step n dom earlier current j = Ok next ->
  resolve t current = Ok v ->
  exists u, resolve t next = Ok u /\
    forall xs, length xs = n -> in_domain dom xs -> word_value v xs = word_value u xs.
Proof.
  intros G H Hv. pose proof G as GF. unfold step in H. unbind H. destruct a as [|jp [|jc [|jd ranges]]]; try discriminate.
  unbind H. destruct (nth_error earlier (Z.to_nat a1)) as [[m one another wdom|? ? ? ?|c]|] eqn:C;
    try discriminate.
  unbind H. destruct a3 as [old new].
  destruct (strip old (skipn (Z.to_nat a0) current)) as [after|] eqn:S; [|discriminate].
  unbind H. inversion H; subst next. clear H.
  apply need_ok in E6. apply Nat.eqb_eq in E6. apply strip_ok in S.
  set (before := firstn (Z.to_nat a0) current) in *.
  assert (Ec : current = before ++ old ++ after) by (rewrite <- S; symmetry; apply firstn_skipn).
  rewrite Ec in Hv. apply resolve_app in Hv. destruct Hv as (vb & vr & Hb & Hr & ->).
  apply resolve_app in Hr. destruct Hr as (vo & va & Ho & Ha & ->).
  rewrite E5 in Hb. inversion Hb; subst vb. clear Hb.
  apply nth_error_In in C. rewrite Forall_forall in G. destruct (G _ C) as [W [[wl Wl] [wr Wr]]].
  simpl in W.
  assert (X : exists vn, resolve t new = Ok vn /\
     forall ys, length ys = m -> in_domain wdom ys -> word_value vo ys = word_value vn ys).
  { destruct (String.eqb a2 "forward"); [|destruct (String.eqb a2 "backward"); [|discriminate]];
      injection E4 as <- <-.
    - exists wr. split; auto.
    - exists wl. split; auto. intros ys L D. symmetry. apply (W wl vo); auto. }
  destruct X as (vn & Hn & X).
  exists (a3 ++ vn ++ va). split; [apply app_resolve; auto; apply app_resolve; auto|].
  intros xs L D. rewrite !word_value_app. f_equal. apply X.
  - rewrite (word_value_length a3 xs n L). assumption.
  - unfold applies in E7. destruct wdom as [|side0 wdom]; [exact I|]. unbind E7.
    apply need_ok in E7. eapply lies_in_ok; [eassumption|].
    eapply (reach_ok earlier _ GF); eauto.
Qed.
Lemma steps_ok n dom earlier l : forall current reached v, Forall good earlier ->
  steps_ n dom earlier current l = Ok reached -> resolve t current = Ok v ->
  exists u, resolve t reached = Ok u /\
    forall xs, length xs = n -> in_domain dom xs -> word_value v xs = word_value u xs.
Proof.
  induction l as [|j l IH]; simpl; intros current reached v G H Hv.
  - inversion H; subst. exists v. auto.
  - unbind H. destruct (step_ok _ _ _ _ _ _ _ G E Hv) as (u & Hu & U).
    destruct (IH _ _ _ G H Hu) as (w & Hw & W). exists w. split; auto.
    intros xs L D. rewrite U, W; auto.
Qed.
Lemma network_word_at i n l n' w : network_at t i = Ok (n, l) -> network_word t i = Ok (n', w) ->
  resolve t l = Ok w.
Proof.
  unfold network_word. intros -> H. simpl in H. unbind H. inversion H; subst. assumption.
Qed.
Lemma composition_good earlier j s : Forall good earlier -> composition earlier j = Ok s -> good s.
Proof.
  intros G H. unfold composition in H. unbind H.
  destruct a as [|jd [|jk [|jl [|jr [|js [|? ?]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[l r] n] v] w] dom]. unbind H. destruct a as [n1 start]. unbind H.
  destruct a as [n2 finish]. unbind H. inversion H; subst. split; [|exact I].
  pose proof (sides_ok _ _ _ _ _ _ _ _ _ E0) as [Hl Hr].
  apply need_ok, same_indices_ok in E5. subst.
  pose proof (network_word_at _ _ _ _ _ E1 Hl) as Rl.
  pose proof (network_word_at _ _ _ _ _ E2 Hr) as Rr.
  destruct (steps_ok _ _ _ _ _ _ _ G E4 Rl) as (u & Hu & U).
  rewrite Rr in Hu. inversion Hu; subst. exists n, v, u. split; [split; assumption|assumption].
Qed.

Lemma point_inside_ok dom : forall p, point_inside dom p = true -> in_domain dom (map Q2R p).
Proof.
  induction dom as [|[lo hi] dom IH]; intros [|x p] H; simpl in *; auto; try discriminate.
  apply andb_prop in H. destruct H as [H H3]. apply andb_prop in H. destruct H as [H1 H2].
  repeat split; auto.
  - destruct lo; simpl in *; auto. apply negb_true_iff, val_not_less in H1. assumption.
  - destruct hi; simpl in *; auto. apply negb_true_iff, val_not_less in H2. assumption.
Qed.
Lemma in_point_box p : in_domain (point_box p) (map Q2R p).
Proof. induction p as [|x p IH]; simpl; auto. repeat split; auto; apply Rle_refl. Qed.
Lemma value_at_ok w p o q : value_at w p o = Ok q ->
  nth_error (word_value w (map Q2R p)) o = Some (Q2R q).
Proof.
  unfold value_at. intros H. unbind H.
  pose proof (in_point_box p) as D.
  apply (input_sums_ok _ _ D) in E; [|lia].
  apply (evaluate_word_ok _ _ D) in E0.
  assert (V : values (map Q2R p) a = map Q2R p).
  { rewrite E. transitivity (map (fun i => nth (Z.to_nat (i - 0)) (map Q2R p) 0%R)
        (count (List.length (map Q2R p)) 0)).
    - rewrite map_length. apply map_ext. intros i. rewrite Z.sub_0_r. reflexivity.
    - apply count_nth. }
  rewrite V in E0. rewrite <- E0. unfold values.
  destruct (nth_error a0 o) as [s|] eqn:S; [|discriminate].
  rewrite (map_nth_error _ _ _ S). f_equal.
  destruct (rational_of s) as [x|] eqn:Ra; [|discriminate]. inversion H; subst.
  apply rational_of_ok, Ra.
Qed.
Lemma point_of_ok n dom j p : point_of n dom j = Ok p ->
  length (map Q2R p) = n /\ in_domain dom (map Q2R p).
Proof.
  unfold point_of. intros H. unbind H. inversion H; subst. apply need_ok in E0, E1.
  apply Nat.eqb_eq in E0. rewrite map_length. split; [assumption|]. apply point_inside_ok, E1.
Qed.
Lemma witness_good j s : witness j = Ok s -> good s.
Proof.
  unfold witness. intros H. unbind H.
  destruct a as [|jd [|jk [|jl [|jlv [|jo [|jp [|jr [|jrv [|? ?]]]]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[l r] n] v] w] dom]. unbind H. inversion H; subst. split; [|exact I].
  pose proof (sides_ok _ _ _ _ _ _ _ _ _ E0) as S. destruct (point_of_ok _ _ _ _ E1) as [L D].
  exists n, v, w. split; [exact S|]. exists (map Q2R a). repeat split; auto.
  intros C. apply need_ok, negb_true_iff, val_not_equal in E9. apply E9.
  apply value_at_ok in E5, E6. rewrite C in E5. congruence.
Qed.
Lemma exceeds_good j s : exceeds j = Ok s -> good s.
Proof.
  unfold exceeds. intros H. unbind H.
  destruct a as [|jb [|jd [|je [|jk [|jl [|jo [|jp [|jr [|? ?]]]]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[l r] n] v] w] dom]. unbind H.
  destruct jb as [| |[|?|?]| | |]; try discriminate. unbind H. inversion H; subst. split; [|exact I].
  pose proof (sides_ok _ _ _ _ _ _ _ _ _ E0) as S. destruct (point_of_ok _ _ _ _ E1) as [L D].
  exists n, v, w. split; [exact S|]. exists (map Q2R a). repeat split; auto.
  apply need_ok in E6. apply value_at_ok in E4, E5.
  rewrite (nth_error_nth _ _ 0%R E4), (nth_error_nth _ _ 0%R E5).
  apply orb_prop in E6. destruct E6 as [E6|E6]; apply val_less in E6;
    rewrite ?val_opposite, val_minus in E6; unfold Rabs; destruct (Rcase_abs _); lra.
Qed.
Lemma judge_good earlier j s : Forall good earlier -> judge earlier j = Ok s -> good s.
Proof.
  intros G H. unfold judge in H. unbind H.
  repeat match type of H with (if ?b then _ else _) = _ => destruct b end; try discriminate;
    eauto using composition_good, witness_good, exceeds_good, range_good.
  - eapply window_good; [|eassumption]. intros. eapply window_sound; eauto.
  - eapply window_good; [|eassumption]. intros. eapply products_sound; eauto.
Qed.
Lemma judge_all_good l : forall earlier all, Forall good earlier -> judge_all earlier l = Ok all ->
  Forall good all.
Proof.
  induction l as [|j l IH]; simpl; intros earlier all G H; [inversion H; subst; assumption|].
  unbind H. apply (IH _ _) in H; auto. apply Forall_app. split; auto.
  constructor; [|constructor]. eapply judge_good; eauto.
Qed.
End Judging.
