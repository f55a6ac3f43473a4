(** * Compositions: one word is turned into another by accepted windows

    A window that holds on a box may be used only where its arguments lie in that box, as cited
    ranges show. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Networks Definedness Files Claims.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Section Judging.
Context {B : Buffers} (t : table).

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
    let? (l, r, n, _, _, dom) := sides t jl jr jd in
    let? (_, start) := network_at t l in
    let? (_, finish) := network_at t r in
    let? listed := items js in
    let? reached := steps_ n dom earlier start listed in
    let? _ := need (same_indices reached finish) "the steps do not end in the right network" in
    Ok (Shown (Equal l r dom))
  | _ => Invalid "unreachable"
  end.

Context {N : Normal_distribution}.
Notation good := (good t).
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
    + apply (W a1 E1 xs); [congruence|]. eapply lies_in_ok; eauto.
Qed.
Lemma step_ok n dom earlier current j next v : Forall good earlier ->
  step n dom earlier current j = Ok next ->
  resolve t current = Ok v ->
  exists u, resolve t next = Ok u /\ agree_on v u n dom.
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
     agree_on vo vn m wdom).
  { destruct (String.eqb a2 "forward"); [|destruct (String.eqb a2 "backward"); [|discriminate]];
      injection E4 as <- <-.
    - exists wr. split; auto.
    - exists wl. split; auto. intros ys L D. apply agree_sym, (W wl vo); auto. }
  destruct X as (vn & Hn & X).
  exists (a3 ++ vn ++ va). split; [apply app_resolve; auto; apply app_resolve; auto|].
  intros xs L D. apply agree_inside. intros _. apply X.
  - rewrite (word_value_length a3 xs n L). assumption.
  - unfold applies in E7. destruct wdom as [|side0 wdom]; [exact I|]. unbind E7.
    apply need_ok in E7. eapply lies_in_ok; [eassumption|].
    eapply (reach_ok earlier _ GF); eauto.
Qed.
Lemma steps_ok n dom earlier l : forall current reached v, Forall good earlier ->
  steps_ n dom earlier current l = Ok reached -> resolve t current = Ok v ->
  exists u, resolve t reached = Ok u /\ agree_on v u n dom.
Proof.
  induction l as [|j l IH]; simpl; intros current reached v G H Hv.
  - inversion H; subst. exists v. split; [assumption|]. intros xs _ _. apply agree_refl.
  - unbind H. destruct (step_ok _ _ _ _ _ _ _ G E Hv) as (u & Hu & U).
    destruct (IH _ _ _ G H Hu) as (w & Hw & W). exists w. split; auto.
    intros xs L D. apply (agree_trans v u w); auto.
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
  pose proof (sides_ok _ _ _ _ _ _ _ _ _ _ E0) as [Hl Hr].
  apply need_ok, same_indices_ok in E5. subst.
  pose proof (network_word_at _ _ _ _ _ E1 Hl) as Rl.
  pose proof (network_word_at _ _ _ _ _ E2 Hr) as Rr.
  destruct (steps_ok _ _ _ _ _ _ _ G E4 Rl) as (u & Hu & U).
  rewrite Rr in Hu. inversion Hu; subst. exists n, v, u. split; [split; assumption|assumption].
Qed.
End Judging.
