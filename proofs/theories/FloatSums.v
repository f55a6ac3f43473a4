(** * Float dot products, in any order, fused or not

    [rnd] is any rounding with |rnd x - x| <= u |x| + eta.  IEEE round to nearest has this bound
    with u half a unit in the last place of 1 and eta half the least positive number (Flocq:
    error_N_FLT); overflow is not modelled.

    Whatever the tree of additions, fused multiply-add included, the computed sum is off by at
    most ((1+u)^h - 1) sum |x_i y_i| + (1+u)^h n eta, where h is the height of the tree and n the
    number of operations that round.

    The second theorem is the lemma of which the kernel's bounds are made: a product of k factors
    1 + d, |d| <= u, is 1 + t with |t| <= k u/(1 - k u).

    Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), lemma 3.1, section 4.2. *)
From Coq Require Import Reals List Lra Lia.
Import ListNotations.
Open Scope R_scope.

Section Rounding.
Variables (rnd : R -> R) (u eta : R).
Hypothesis u_pos : 0 <= u.
Hypothesis eta_pos : 0 <= eta.
Hypothesis rnd_error : forall x, Rabs (rnd x - x) <= u * Rabs x + eta.

(** x y, a + b, and x y + a fused. *)
Inductive tree := Times (x y : R) | Plus (a b : tree) | Fused (x y : R) (a : tree).
Fixpoint computed (s : tree) : R :=
  match s with
  | Times x y => rnd (x * y)
  | Plus a b => rnd (computed a + computed b)
  | Fused x y a => rnd (x * y + computed a)
  end.
Fixpoint exact (s : tree) : R :=
  match s with
  | Times x y => x * y
  | Plus a b => exact a + exact b
  | Fused x y a => x * y + exact a
  end.
Fixpoint size (s : tree) : R := (* the sum of the absolute values of the products *)
  match s with
  | Times x y => Rabs (x * y)
  | Plus a b => size a + size b
  | Fused x y a => Rabs (x * y) + size a
  end.
Fixpoint height (s : tree) : nat :=
  match s with
  | Times _ _ => 1
  | Plus a b => S (Nat.max (height a) (height b))
  | Fused _ _ a => S (height a)
  end.
Fixpoint roundings (s : tree) : R :=
  match s with
  | Times _ _ => 1
  | Plus a b => roundings a + roundings b + 1
  | Fused _ _ a => roundings a + 1
  end.

Lemma size_pos s : 0 <= size s.
Proof.
  induction s as [x y|a IHa b IHb|x y a IHa]; simpl; try pose proof (Rabs_pos (x * y)); lra.
Qed.
Lemma roundings_pos s : 0 <= roundings s.
Proof. induction s; simpl; lra. Qed.
Lemma exact_size s : Rabs (exact s) <= size s.
Proof.
  induction s as [x y|a IHa b IHb|x y a IHa]; simpl; [lra| |];
    (eapply Rle_trans; [apply Rabs_triang|]; lra).
Qed.
Lemma growth_mono m n : (m <= n)%nat -> 1 <= (1 + u) ^ m <= (1 + u) ^ n.
Proof.
  intros H. split; [apply pow_R1_Rle; lra|]. apply Rle_pow; auto; lra.
Qed.
Definition bound (G A K : R) := (G - 1) * A + G * K * eta.
Lemma bound_mono G G' A K : G <= G' -> 0 <= A -> 0 <= K -> bound G A K <= bound G' A K.
Proof.
  unfold bound; intros H HA HK.
  pose proof (Rmult_le_compat_r A _ _ HA (Rplus_le_compat_r (-1) _ _ H)).
  assert (0 <= K * eta) by (apply Rmult_le_pos; lra).
  pose proof (Rmult_le_compat_r (K * eta) _ _ H1 H). lra.
Qed.

(** One more rounding, of s that is near e. *)
Lemma round_once G A K s e : 1 <= G -> 0 <= A -> 0 <= K -> Rabs e <= A ->
  Rabs (s - e) <= bound G A K -> Rabs (rnd s - e) <= bound ((1 + u) * G) A (K + 1).
Proof.
  intros HG HA HK He Hs.
  assert (HS : Rabs s <= bound G A K + A).
  { replace s with ((s - e) + e) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
  replace (rnd s - e) with ((rnd s - s) + (s - e)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. pose proof (rnd_error s) as HR.
  pose proof (Rmult_le_compat_l u _ _ u_pos HS) as HU.
  assert (E : bound ((1 + u) * G) A (K + 1)
               = (1 + u) * bound G A K + u * A + (1 + u) * G * eta) by (unfold bound; ring).
  rewrite E. assert (1 <= (1 + u) * G).
  { replace 1 with (1 * 1) by ring. apply Rmult_le_compat; lra. }
  pose proof (Rmult_le_compat_r eta 1 ((1 + u) * G) eta_pos H). lra.
Qed.

Theorem dot_product_any_order : forall s,
  Rabs (computed s - exact s)
  <= ((1 + u) ^ height s - 1) * size s + (1 + u) ^ height s * roundings s * eta.
Proof.
  intros s. change (Rabs (computed s - exact s) <= bound ((1 + u) ^ height s) (size s) (roundings s)).
  induction s as [x y|a IHa b IHb|x y a IHa].
  - cbn [computed exact size height roundings].
    replace (bound ((1 + u) ^ 1) (Rabs (x * y)) 1)
      with (bound ((1 + u) * 1) (Rabs (x * y)) (0 + 1)) by (f_equal; ring).
    apply round_once; try lra; [apply Rabs_pos|].
    unfold bound. replace (x * y - x * y) with 0 by ring. rewrite Rabs_R0. lra.
  - cbn [computed exact size height roundings]. set (m := Nat.max (height a) (height b)).
    assert (Ha : Rabs (computed a - exact a) <= bound ((1 + u) ^ m) (size a) (roundings a)).
    { eapply Rle_trans; [apply IHa|]. apply bound_mono; auto using size_pos, roundings_pos.
      apply growth_mono; unfold m; lia. }
    assert (Hb : Rabs (computed b - exact b) <= bound ((1 + u) ^ m) (size b) (roundings b)).
    { eapply Rle_trans; [apply IHb|]. apply bound_mono; auto using size_pos, roundings_pos.
      apply growth_mono; unfold m; lia. }
    pose proof (size_pos a). pose proof (size_pos b).
    pose proof (roundings_pos a). pose proof (roundings_pos b).
    apply (round_once ((1 + u) ^ m)); try lra.
    + apply (growth_mono m m); lia.
    + eapply Rle_trans; [apply Rabs_triang|]. pose proof (exact_size a). pose proof (exact_size b). lra.
    + replace (computed a + computed b - (exact a + exact b))
        with ((computed a - exact a) + (computed b - exact b)) by ring.
      eapply Rle_trans; [apply Rabs_triang|]. unfold bound in *. lra.
  - cbn [computed exact size height roundings].
    pose proof (size_pos a). pose proof (roundings_pos a). pose proof (Rabs_pos (x * y)) as P.
    apply (round_once ((1 + u) ^ height a)); try lra.
    + apply (growth_mono (height a) (height a)); lia.
    + eapply Rle_trans; [apply Rabs_triang|]. pose proof (exact_size a). lra.
    + replace (x * y + computed a - (x * y + exact a)) with (computed a - exact a) by ring.
      eapply Rle_trans; [apply IHa|]. unfold bound.
      assert (0 <= ((1 + u) ^ height a - 1) * Rabs (x * y)).
      { apply Rmult_le_pos; auto. pose proof (growth_mono 0 (height a) ltac:(lia)). simpl in *. lra. }
      lra.
Qed.
End Rounding.

(** Products of factors 1 + d. *)
Definition factors (ds : list R) : R := fold_right (fun d p => (1 + d) * p) 1 ds.
Theorem product_of_roundings : forall u ds, 0 <= u -> Forall (fun d => Rabs d <= u) ds ->
  INR (length ds) * u < 1 ->
  Rabs (factors ds - 1) <= INR (length ds) * u / (1 - INR (length ds) * u).
Proof.
  intros u ds Hu. induction 1 as [|d ds Hd _ IH]; intros Hk.
  - simpl. rewrite Rminus_eq_0, Rabs_R0. unfold Rdiv. rewrite !Rmult_0_l. lra.
  - cbn [length factors fold_right] in *. rewrite S_INR in *. fold (factors ds).
    set (k := INR (length ds)) in *. assert (0 <= k) by apply pos_INR.
    assert (Hk' : k * u < 1) by nra. specialize (IH Hk').
    replace ((1 + d) * factors ds - 1) with ((factors ds - 1) * (1 + d) + d) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult.
    assert (H1 : Rabs (1 + d) <= 1 + u).
    { eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_R1. lra. }
    assert (Hg : 0 <= k * u / (1 - k * u)).
    { apply Rmult_le_pos; [nra|]. left. apply Rinv_0_lt_compat. lra. }
    eapply Rle_trans.
    { apply Rplus_le_compat; [|exact Hd].
      apply Rmult_le_compat; [apply Rabs_pos|apply Rabs_pos|exact IH|exact H1]. }
    apply Rmult_le_reg_r with ((1 - k * u) * (1 - (k + 1) * u)); [nra|].
    replace ((k * u / (1 - k * u) * (1 + u) + u) * ((1 - k * u) * (1 - (k + 1) * u)))
      with ((k * u * (1 + u) + u * (1 - k * u)) * (1 - (k + 1) * u)) by (field; lra).
    replace ((k + 1) * u / (1 - (k + 1) * u) * ((1 - k * u) * (1 - (k + 1) * u)))
      with ((k + 1) * u * (1 - k * u)) by (field; lra).
    nra.
Qed.
