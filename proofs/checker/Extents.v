(** * Extents: intervals on which log and sqrt are defined

    An end belongs to an extent or not: log(x) is defined for x > 0, sqrt(x) for x >= 0.  The
    argument of every log and sqrt that a window lets pass is affine, so where it is defined is
    an extent. *)
From Coq Require Import ZArith QArith Qreals Reals List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions Roots Calculus Bases Definedness.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Record extent := { low : end_; has_low : bool; high : end_; has_high : bool }.
Definition from_low (t : end_) (closed : bool) (x : R) : Prop :=
  match t with None => True | Some a => if closed then Q2R a <= x else Q2R a < x end.
Definition up_to_high (t : end_) (closed : bool) (x : R) : Prop :=
  match t with None => True | Some b => if closed then x <= Q2R b else x < Q2R b end.
Definition inside (e : extent) (x : R) : Prop :=
  from_low (low e) (has_low e) x /\ up_to_high (high e) (has_high e) x.

Definition closed_range (r : end_ * end_) : extent :=
  {| low := fst r; has_low := true; high := snd r; has_high := true |}.
Definition whole : extent := closed_range (None, None).
Definition never : extent := closed_range (Some 1%Q, Some 0%Q).
Definition inside_at (e : extent) (q : Q) : bool :=
  match low e with Some a => less a q || has_low e && equal a q | None => true end
  && match high e with Some b => less q b || has_high e && equal q b | None => true end.
(** The larger lower end counts, the smaller upper one. *)
Definition larger_low (a b : end_ * bool) : end_ * bool :=
  match fst a, fst b with
  | None, _ => b
  | _, None => a
  | Some p, Some q => if less p q then b else if less q p then a else (Some p, snd a && snd b)
  end.
Definition smaller_high (a b : end_ * bool) : end_ * bool :=
  match fst a, fst b with
  | None, _ => b
  | _, None => a
  | Some p, Some q => if less q p then b else if less p q then a else (Some p, snd a && snd b)
  end.
Definition meet (e f : extent) : extent :=
  let l := larger_low (low e, has_low e) (low f, has_low f) in
  let h := smaller_high (high e, has_high e) (high f, has_high f) in
  {| low := fst l; has_low := snd l; high := fst h; has_high := snd h |}.
Definition is_empty (e : extent) : bool :=
  match low e, high e with
  | Some p, Some q => less q p || equal p q && negb (has_low e && has_high e)
  | _, _ => false
  end.
(** The first lies in the second, if it is not empty. *)
Definition lies_inside (e f : extent) : bool :=
  match low f, low e with
  | None, _ => true
  | Some q, Some p => less q p || equal q p && (has_low f || negb (has_low e))
  | _, None => false
  end
  && match high f, high e with
     | None, _ => true
     | Some q, Some p => less p q || equal p q && (has_high f || negb (has_high e))
     | _, None => false
     end.
(** Where a x + c lies in an extent. *)
Definition preimage (e : extent) (a c : Q) : extent :=
  if is_zero a then if inside_at e c then whole else never else
  let back := option_map (fun t => divided (minus t c) a) in
  if less 0 a then {| low := back (low e); has_low := has_low e; high := back (high e); has_high := has_high e |}
  else {| low := back (high e); has_low := has_high e; high := back (low e); has_high := has_low e |}.
(** Where an atom of a x + b is defined. *)
Definition atom_extent (n : atom) (a b : Q) : extent :=
  match n with
  | Log => preimage {| low := Some 0%Q; has_low := false; high := None; has_high := true |} a b
  | Sqrt => preimage {| low := Some 0%Q; has_low := true; high := None; has_high := true |} a b
  | _ => whole
  end.
Fixpoint basis_extent (b : basis) : extent :=
  match b with
  | Atoms atoms =>
      fold_right (fun nab e => meet (atom_extent (fst (fst nab)) (snd (fst nab)) (snd nab)) e) whole atoms
  | Concatenation bases => fold_right (fun b e => meet (basis_extent b) e) whole bases
  | _ => whole
  end.

Lemma inside_whole x : inside whole x.
Proof. split; exact I. Qed.
Lemma inside_never x : ~ inside never x.
Proof. intros [L H]. cbn in L, H. rewrite val_0 in H. rewrite val_1 in L. lra. Qed.
Lemma inside_at_ok e q : inside_at e q = true <-> inside e (Q2R q).
Proof.
  unfold inside_at, inside, from_low, up_to_high. rewrite andb_true_iff.
  destruct (low e) as [a|], (high e) as [b|], (has_low e), (has_high e); cbn [andb orb];
    rewrite ?orb_false_r, ?orb_true_iff, ?val_less, ?val_equal; intuition lra.
Qed.
Lemma larger_low_ok a b x : from_low (fst (larger_low a b)) (snd (larger_low a b)) x
  <-> from_low (fst a) (snd a) x /\ from_low (fst b) (snd b) x.
Proof.
  destruct a as [[p|] c], b as [[q|] d]; cbn; try tauto.
  decide_less p q; [|decide_less q p]; destruct c, d; simpl; split; intros; lra.
Qed.
Lemma smaller_high_ok a b x : up_to_high (fst (smaller_high a b)) (snd (smaller_high a b)) x
  <-> up_to_high (fst a) (snd a) x /\ up_to_high (fst b) (snd b) x.
Proof.
  destruct a as [[p|] c], b as [[q|] d]; cbn; try tauto.
  decide_less q p; [|decide_less p q]; destruct c, d; simpl; split; intros; lra.
Qed.
Lemma meet_ok e f x : inside (meet e f) x <-> inside e x /\ inside f x.
Proof.
  unfold inside, meet. cbn [low has_low high has_high]. rewrite larger_low_ok, smaller_high_ok.
  cbn [fst snd]. tauto.
Qed.
Lemma is_empty_ok e x : is_empty e = true -> ~ inside e x.
Proof.
  unfold is_empty, inside. destruct (low e) as [p|], (high e) as [q|]; try discriminate.
  intros H [L U]. unfold from_low, up_to_high in *.
  apply orb_prop in H. destruct H as [H|H].
  - apply val_less in H. destruct (has_low e), (has_high e); lra.
  - apply andb_prop in H. destruct H as [E H]. apply val_equal in E.
    destruct (has_low e), (has_high e); try discriminate; lra.
Qed.
Lemma lies_inside_ok e f x : lies_inside e f = true -> inside e x -> inside f x.
Proof.
  unfold lies_inside, inside. intros H [L U]. apply andb_prop in H. destruct H as [H1 H2].
  unfold from_low, up_to_high in *. split.
  - destruct (low f) as [q|]; [|exact I]. destruct (low e) as [p|]; [|discriminate].
    apply orb_prop in H1. destruct H1 as [H1|H1].
    + apply val_less in H1. destruct (has_low e), (has_low f); lra.
    + apply andb_prop in H1. destruct H1 as [E H1]. apply val_equal in E.
      destruct (has_low e), (has_low f); try discriminate; lra.
  - destruct (high f) as [q|]; [|exact I]. destruct (high e) as [p|]; [|discriminate].
    apply orb_prop in H2. destruct H2 as [H2|H2].
    + apply val_less in H2. destruct (has_high e), (has_high f); lra.
    + apply andb_prop in H2. destruct H2 as [E H2]. apply val_equal in E.
      destruct (has_high e), (has_high f); try discriminate; lra.
Qed.
Lemma preimage_ok e a c x : inside (preimage e a c) x <-> inside e (Q2R a * x + Q2R c).
Proof.
  unfold preimage. destruct (is_zero a) eqn:Z.
  - apply val_is_zero in Z. rewrite Z, Rmult_0_l, Rplus_0_l.
    destruct (inside_at e c) eqn:I.
    + apply inside_at_ok in I. split; [tauto|]. intros _. apply inside_whole.
    + split; [intros F; destruct (inside_never _ F)|]. rewrite <- inside_at_ok. congruence.
  - assert (A : Q2R a <> 0) by (rewrite <- val_is_zero; congruence).
    assert (D : forall t, Q2R (divided (minus t c) a) = (Q2R t - Q2R c) / Q2R a)
      by (intros; rewrite val_divided, val_minus by exact A; reflexivity).
    assert (F : forall t, Q2R a * ((Q2R t - Q2R c) / Q2R a) = Q2R t - Q2R c)
      by (intros; field; exact A).
    cbv zeta. decide_less 0%Q a; rewrite val_0 in L; unfold inside, from_low, up_to_high;
      cbn [low has_low high has_high option_map].
    + destruct (low e) as [p|], (high e) as [q|]; cbn [option_map]; rewrite ?D;
        try pose proof (F p); try pose proof (F q);
        destruct (has_low e), (has_high e); split; intros []; split; try exact I; nra.
    + assert (M : Q2R a < 0) by lra.
      destruct (low e) as [p|], (high e) as [q|]; cbn [option_map]; rewrite ?D;
        try pose proof (F p); try pose proof (F q);
        destruct (has_low e), (has_high e); split; intros []; split; try exact I; nra.
Qed.
Lemma closed_range_ok r x : inside (closed_range r) x <-> at_or_above (fst r) x /\ at_or_below (snd r) x.
Proof. destruct r as [[a|] [b|]]; unfold inside; simpl; tauto. Qed.
Lemma atom_extent_ok n a b x : inside (atom_extent n a b) x <-> atom_defined n (Q2R a * x + Q2R b).
Proof.
  destruct n; cbn [atom_extent atom_defined];
    try (split; [tauto|intros _; apply inside_whole]);
    rewrite preimage_ok; unfold inside; cbn [low has_low high has_high from_low up_to_high];
    rewrite val_0; tauto.
Qed.
Lemma basis_extent_ok {N : Normal_distribution} b x : inside (basis_extent b) x <-> basis_defined b x.
Proof.
  induction b as [knots p|l|l|l|l|l|knots p centers|l|bases IH] using basis_ind_nested;
    cbn [basis_extent basis_defined]; try (split; [tauto|intros _; apply inside_whole]).
  - unfold all_defined. induction l as [|[[n a] c] l IHl]; cbn [fold_right fst snd].
    + split; [constructor|intros _; apply inside_whole].
    + rewrite meet_ok, atom_extent_ok, IHl. split; [intros []; constructor; auto|].
      intros H. inversion H; subst. auto.
  - induction IH as [|b bases Hb _ IHl]; cbn [fold_right].
    + split; [tauto|intros _; apply inside_whole].
    + rewrite meet_ok, Hb, IHl. tauto.
Qed.
