(** * Bounds of atoms and of their first two derivatives

    Sigmoid, silu, gaussian, sine and cosine, over all of R.  With s = sigmoid(z),

      s' = s (1 - s),   s'' = s (1 - s)(1 - 2 s),
      silu' = s + z s',   silu'' = s' (2 + z (1 - 2 s)),
      gaussian' = - 2 z gaussian,   gaussian'' = (4 z^2 - 2) gaussian.

    The constants are those of kan_equiv/kernel/hulls.py and propagation.py.  What is used of exp
    is that it lies above its Taylor polynomials on the right of 0, and above its tangents. *)
From Coq Require Import Reals Lra Lia.
From KanEquiv Require Import Atoms Taylor.
Open Scope R_scope.

(** ** exp *)
Lemma above_line z : 1 + z <= exp z.
Proof.
  assert (D : forall c, derivable_pt_lim (fun y => exp y - y) c (exp c - 1)).
  { intros c. apply derivable_pt_lim_minus; [apply derivable_pt_lim_exp|apply derivable_pt_lim_id]. }
  destruct (Rle_lt_dec 0 z) as [L|L].
  - pose proof (grows (fun y => exp y - y) (fun y => exp y - 1) 0 z L (fun c _ => D c)) as G.
    cbv beta in G. rewrite exp_0 in G. enough (1 - 0 <= exp z - z) by lra. apply G.
    intros c C. pose proof (exp_le 0 c ltac:(lra)) as H. rewrite exp_0 in H. lra.
  - pose proof (grows (fun y => - (exp y - y)) (fun y => - (exp y - 1)) z 0 ltac:(lra)) as G.
    cbv beta in G. rewrite exp_0 in G. enough (- (exp z - z) <= - (1 - 0)) by lra. apply G.
    + intros c _. apply (derivable_pt_lim_opp (fun y => exp y - y)), D.
    + intros c C. pose proof (exp_le c 0 ltac:(lra)) as H. rewrite exp_0 in H. lra.
Qed.
Lemma exp_tangent z c : exp c * (1 + (z - c)) <= exp z.
Proof.
  replace (exp z) with (exp c * exp (z - c)) by (rewrite <- exp_plus; f_equal; ring).
  apply Rmult_le_compat_l; [left; apply exp_pos|apply above_line].
Qed.
Lemma exp_quadratic z : 0 <= z -> 1 + z + z ^ 2 / 2 <= exp z.
Proof.
  intros H.
  assert (I : exp 0 - (1 + 0 + 0 ^ 2 / 2) <= exp z - (1 + z + z ^ 2 / 2)).
  { apply (grows (fun y => exp y - (1 + y + y ^ 2 / 2)) (fun y => exp y - (1 + y))); [assumption| |].
    - intros y _. apply (derivable_pt_lim_minus exp (fun y => 1 + y + y ^ 2 / 2)).
      + apply derivable_pt_lim_exp.
      + replace (1 + y) with (0 + 1 + (INR 2 * y ^ 1 * / 2)) by (simpl; field).
        apply (derivable_pt_lim_plus (fun y => 1 + y) (fun y => y ^ 2 / 2)).
        * apply (derivable_pt_lim_plus (fun _ => 1) id);
            [apply derivable_pt_lim_const|apply derivable_pt_lim_id].
        * unfold Rdiv. apply (derivable_pt_lim_scal_right (fun y => y ^ 2)).
          apply derivable_pt_lim_pow.
    - intros y [Y _]. pose proof (exp_tangent y 0) as T. rewrite exp_0 in T. lra. }
  rewrite exp_0 in I. lra.
Qed.
Lemma exp_cubic z : 0 <= z -> 1 + z + z ^ 2 / 2 + z ^ 3 / 6 <= exp z.
Proof.
  intros H.
  assert (I : exp 0 - (1 + 0 + 0 ^ 2 / 2 + 0 ^ 3 / 6) <= exp z - (1 + z + z ^ 2 / 2 + z ^ 3 / 6)).
  { apply (grows (fun y => exp y - (1 + y + y ^ 2 / 2 + y ^ 3 / 6))
      (fun y => exp y - (1 + y + y ^ 2 / 2))); [assumption| |].
    - intros y _. apply (derivable_pt_lim_minus exp (fun y => 1 + y + y ^ 2 / 2 + y ^ 3 / 6)).
      + apply derivable_pt_lim_exp.
      + replace (1 + y + y ^ 2 / 2) with (0 + 1 + (INR 2 * y ^ 1 * / 2) + INR 3 * y ^ 2 * / 6)
          by (simpl; field).
        apply (derivable_pt_lim_plus (fun y => 1 + y + y ^ 2 / 2) (fun y => y ^ 3 / 6)).
        * apply (derivable_pt_lim_plus (fun y => 1 + y) (fun y => y ^ 2 / 2)).
          -- apply (derivable_pt_lim_plus (fun _ => 1) id);
               [apply derivable_pt_lim_const|apply derivable_pt_lim_id].
          -- unfold Rdiv. apply (derivable_pt_lim_scal_right (fun y => y ^ 2)).
             apply derivable_pt_lim_pow.
        * unfold Rdiv. apply (derivable_pt_lim_scal_right (fun y => y ^ 3)).
          apply derivable_pt_lim_pow.
    - intros y [Y _]. pose proof (exp_quadratic y). lra. }
  rewrite exp_0 in I. lra.
Qed.
Lemma exp_double z : exp (z + z) = exp z * exp z. Proof. apply exp_plus. Qed.

(** ** Derivatives *)
Definition sigmoid_1 (z : R) : R := sigmoid z * (1 - sigmoid z).
Definition sigmoid_2 (z : R) : R := sigmoid_1 z * (1 - 2 * sigmoid z).
Definition silu_1 (z : R) : R := sigmoid z + z * sigmoid_1 z.
Definition silu_2 (z : R) : R := sigmoid_1 z * (2 + z * (1 - 2 * sigmoid z)).
Definition gaussian_1 (z : R) : R := - 2 * z * gaussian z.
Definition gaussian_2 (z : R) : R := (4 * z ^ 2 - 2) * gaussian z.

Lemma slope_by (f : R -> R) z l m : derivable_pt_lim f z l -> l = m -> derivable_pt_lim f z m.
Proof. intros H <-. exact H. Qed.
Lemma exp_turned_slope z : derivable_pt_lim (fun y => exp (- y)) z (- exp (- z)).
Proof.
  eapply slope_by.
  - apply (derivable_pt_lim_comp (fun y => - y) exp); [|apply derivable_pt_lim_exp].
    apply (derivable_pt_lim_opp id), derivable_pt_lim_id.
  - ring.
Qed.
Lemma sigmoid_slope z : derivable_pt_lim sigmoid z (sigmoid_1 z).
Proof.
  pose proof (exp_pos (- z)) as P.
  apply (derivable_pt_lim_ext (fun y => 1 / (1 + exp (- y)))); [intros; unfold sigmoid, Rdiv; ring|].
  eapply slope_by.
  - apply (derivable_pt_lim_div (fun _ => 1) (fun y => 1 + exp (- y))).
    + apply derivable_pt_lim_const.
    + apply (derivable_pt_lim_plus (fun _ => 1) (fun y => exp (- y)));
        [apply derivable_pt_lim_const|apply exp_turned_slope].
    + lra.
  - unfold sigmoid_1, sigmoid, Rsqr. field. lra.
Qed.
Lemma sigmoid_1_slope z : derivable_pt_lim sigmoid_1 z (sigmoid_2 z).
Proof.
  eapply slope_by.
  - apply (derivable_pt_lim_mult sigmoid (fun y => 1 - sigmoid y)); [apply sigmoid_slope|].
    apply (derivable_pt_lim_minus (fun _ => 1) sigmoid);
      [apply derivable_pt_lim_const|apply sigmoid_slope].
  - unfold sigmoid_2, sigmoid_1. ring.
Qed.
Lemma silu_slope z : derivable_pt_lim silu z (silu_1 z).
Proof.
  eapply slope_by.
  - apply (derivable_pt_lim_mult id sigmoid); [apply derivable_pt_lim_id|apply sigmoid_slope].
  - unfold silu_1, id. ring.
Qed.
Lemma silu_1_slope z : derivable_pt_lim silu_1 z (silu_2 z).
Proof.
  eapply slope_by.
  - apply (derivable_pt_lim_plus sigmoid (fun y => y * sigmoid_1 y)); [apply sigmoid_slope|].
    apply (derivable_pt_lim_mult id sigmoid_1); [apply derivable_pt_lim_id|apply sigmoid_1_slope].
  - unfold silu_2, sigmoid_2, id. ring.
Qed.
Lemma gaussian_slope z : derivable_pt_lim gaussian z (gaussian_1 z).
Proof.
  eapply slope_by.
  - apply (derivable_pt_lim_comp (fun y => - (y * y)) exp); [|apply derivable_pt_lim_exp].
    apply (derivable_pt_lim_opp (fun y => y * y)).
    apply (derivable_pt_lim_mult id id); apply derivable_pt_lim_id.
  - unfold gaussian_1, gaussian, id. ring.
Qed.
Lemma gaussian_1_slope z : derivable_pt_lim gaussian_1 z (gaussian_2 z).
Proof.
  eapply slope_by.
  - apply (derivable_pt_lim_mult (fun y => - 2 * y) gaussian); [|apply gaussian_slope].
    apply (derivable_pt_lim_scal id), derivable_pt_lim_id.
  - unfold gaussian_2, gaussian_1, id. ring.
Qed.
Lemma sin_slope z : derivable_pt_lim sin z (cos z). Proof. apply derivable_pt_lim_sin. Qed.
Lemma cos_slope z : derivable_pt_lim cos z (- sin z). Proof. apply derivable_pt_lim_cos. Qed.

(** ** Bounds *)
Lemma sigmoid_bounds z : 0 < sigmoid z < 1.
Proof.
  unfold sigmoid. pose proof (exp_pos (- z)). split; [apply Rinv_0_lt_compat; lra|].
  apply (Rmult_lt_reg_r (1 + exp (- z))); [lra|]. rewrite Rinv_l; lra.
Qed.
Lemma gaussian_bounds z : 0 < gaussian z <= 1.
Proof.
  unfold gaussian. split; [apply exp_pos|]. rewrite exp_Ropp.
  assert (1 + z * z <= exp (z * z)).
  { pose proof (exp_tangent (z * z) 0) as T. rewrite exp_0 in T. lra. }
  apply (Rmult_le_reg_r (exp (z * z))); [apply exp_pos|].
  rewrite Rinv_l; [|pose proof (exp_pos (z * z)); lra]. nra.
Qed.
Theorem sigmoid_1_bounds z : 0 <= sigmoid_1 z <= 1 / 4.
Proof.
  unfold sigmoid_1. pose proof (sigmoid_bounds z). pose proof (pow2_ge_0 (1 - 2 * sigmoid z)).
  split; nra.
Qed.
(** With q = 1 - 2 s this is q (1 - q^2)/4, and q^3 - q + 2/5 >= (q - c)^2 (q + 2 c), c = 0.578. *)
Theorem sigmoid_2_bounds z : - (1 / 10) <= sigmoid_2 z <= 1 / 10.
Proof.
  assert (P : forall q, -1 <= q <= 1 -> q * (1 - q * q) <= 2 / 5).
  { intros q Q. destruct (Rle_dec q 0) as [L|L].
    - assert (0 <= - q * (1 - q * q)) by (apply Rmult_le_pos; nra). lra.
    - assert (0 <= (q - 289 / 500) * (q - 289 / 500) * (q + 289 / 250)) by
        (apply Rmult_le_pos; [apply Rle_0_sqr|lra]). nra. }
  unfold sigmoid_2, sigmoid_1. pose proof (sigmoid_bounds z) as [L U]. set (s := sigmoid z) in *.
  pose proof (P (1 - 2 * s)). pose proof (P (2 * s - 1)). split; nra.
Qed.
(** For z = - w, s = 1/(1 + E) with E = exp(w). *)
Lemma sigmoid_by_exp w : sigmoid (- w) * (1 + exp w) = 1.
Proof. unfold sigmoid. rewrite Ropp_involutive. apply Rinv_l. pose proof (exp_pos w). lra. Qed.
Lemma silu_2_even z : silu_2 (- z) = silu_2 z.
Proof. unfold silu_2, sigmoid_1. rewrite sigmoid_turn. ring. Qed.
Theorem silu_2_bounds z : - (1 / 2) <= silu_2 z <= 1 / 2.
Proof.
  assert (P : forall w, 0 <= w -> - (1 / 2) <= silu_2 (- w) <= 1 / 2).
  { intros w W. pose proof (sigmoid_by_exp w) as E. pose proof (exp_quadratic w W) as X.
    pose proof (sigmoid_bounds (- w)) as [L U]. unfold silu_2, sigmoid_1.
    set (s := sigmoid (- w)) in *. set (e := exp w) in *.
    assert (H : 2 * s <= 1) by nra.
    assert (S : s * w <= 1 / 2) by nra.
    assert (Y : 0 <= s * w * ((1 - s) * (1 - 2 * s)) <= 1 / 2).
    { assert (0 <= (1 - s) * (1 - 2 * s) <= 1) by nra. assert (0 <= s * w) by nra. nra. }
    split; nra. }
  destruct (Rle_dec 0 z) as [L|L].
  - rewrite <- silu_2_even. apply P, L.
  - rewrite <- (Ropp_involutive z). apply P. lra.
Qed.
Theorem gaussian_2_bounds z : - 2 <= gaussian_2 z <= 2.
Proof.
  unfold gaussian_2. pose proof (gaussian_bounds z) as [L U].
  assert (E : gaussian z * exp (z ^ 2) = 1).
  { unfold gaussian. rewrite <- exp_plus. replace (- (z * z) + z ^ 2) with 0 by ring. apply exp_0. }
  pose proof (exp_quadratic (z ^ 2) (pow2_ge_0 z)) as X. set (t := z ^ 2) in *.
  assert (T : 0 <= t) by apply pow2_ge_0. set (g := gaussian z) in *.
  split; [nra|].
  assert (H : g * (1 + t + t ^ 2 / 2) <= 1) by (rewrite <- E; apply Rmult_le_compat_l; lra).
  assert (4 * t - 2 <= 2 * (1 + t + t ^ 2 / 2)) by (pose proof (pow2_ge_0 (t - 2)); lra).
  assert (g * (4 * t - 2) <= g * (2 * (1 + t + t ^ 2 / 2))) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Lemma exp_from x y : 0 <= x -> y <= x * x -> forall z, x <= exp z -> y <= exp (z + z).
Proof. intros X Y z H. rewrite exp_double. nra. Qed.
Lemma eleven : 11 <= exp (12 / 5).
Proof.
  replace (12 / 5) with (6 / 5 + 6 / 5) by field. apply (exp_from (3319 / 1000)); [lra|lra|].
  replace (6 / 5) with (3 / 5 + 3 / 5) by field. apply (exp_from (18219 / 10000)); [lra|lra|].
  replace (3 / 5) with (3 / 10 + 3 / 10) by field. apply (exp_from (13498 / 10000)); [lra|lra|].
  replace (3 / 10) with (3 / 20 + 3 / 20) by field. apply (exp_from (11618125 / 10000000)); [lra|lra|].
  pose proof (exp_cubic (3 / 20)). lra.
Qed.
(** With e = exp(w), 10 w <= 14 + 10 e/11 by the tangent at 12/5, and so
    e^2 + 12 e + 11 - 10 w e >= (e - 11)^2/11. *)
Lemma silu_1_low w : - (1 / 10) <= silu_1 (- w).
Proof.
  pose proof (exp_tangent w (12 / 5)) as T. pose proof eleven as El.
  pose proof (sigmoid_by_exp w) as E. pose proof (exp_pos w) as P.
  pose proof (sigmoid_bounds (- w)) as [L U]. unfold silu_1, sigmoid_1.
  set (s := sigmoid (- w)) in *. set (e := exp w) in *.
  assert (H : 11 * (w - 7 / 5) <= e) by (destruct (Rle_lt_dec w (7 / 5)); nra).
  assert (H2 : 0 <= e * e + 12 * e + 11 - 10 * w * e).
  { pose proof (pow2_ge_0 (e - 11)). nra. }
  assert (F : s + - w * (s * (1 - s)) + 1 / 10
    = s * s * ((e * e + 12 * e + 11 - 10 * w * e) / 10)).
  { replace (1 / 10) with (s * (1 + e) * (s * (1 + e)) / 10) by (rewrite E; field).
    replace (s + - w * (s * (1 - s))) with (s * (s * (1 + e)) + - w * (s * (s * (1 + e) - s)))
      by (rewrite E; ring). field. }
  assert (0 <= s * s * ((e * e + 12 * e + 11 - 10 * w * e) / 10)) by (apply Rmult_le_pos; nra). lra.
Qed.
Theorem silu_1_bounds z : - (1 / 10) <= silu_1 z <= 11 / 10.
Proof.
  split.
  - rewrite <- (Ropp_involutive z). apply silu_1_low.
  - pose proof (silu_1_low z) as H. unfold silu_1, sigmoid_1 in *. rewrite sigmoid_turn in H. lra.
Qed.
Theorem gaussian_1_bounds z : - (43 / 50) <= gaussian_1 z <= 43 / 50.
Proof.
  assert (E : gaussian z * exp (z ^ 2) = 1).
  { unfold gaussian. rewrite <- exp_plus. replace (- (z * z) + z ^ 2) with 0 by ring. apply exp_0. }
  pose proof (gaussian_bounds z) as [L U].
  pose proof (exp_tangent (z ^ 2) (1 / 2)) as T. pose proof (exp_cubic (1 / 2)) as H.
  unfold gaussian_1. set (g := gaussian z) in *. set (e := exp (1 / 2)) in *.
  assert (H' : 79 / 48 <= e) by lra.
  assert (G : g * (79 / 48 * (1 / 2 + z ^ 2)) <= 1).
  { rewrite <- E. apply Rmult_le_compat_l; [lra|]. pose proof (pow2_ge_0 z). nra. }
  (* 2 |z| <= 43/50 79/48 (1/2 + z^2) *)
  assert (S : Rabs (2 * z) <= 43 / 50 * (79 / 48 * (1 / 2 + z ^ 2))).
  { unfold Rabs. pose proof (pow2_ge_0 (z - 707 / 1000)). pose proof (pow2_ge_0 (z + 707 / 1000)).
    destruct (Rcase_abs _); lra. }
  assert (M : g * Rabs (2 * z) <= 43 / 50).
  { apply Rle_trans with (g * (43 / 50 * (79 / 48 * (1 / 2 + z ^ 2)))); [|lra].
    apply Rmult_le_compat_l; lra. }
  unfold Rabs in M. destruct (Rcase_abs _); split; nra.
Qed.
Theorem silu_low z : - (3 / 10) <= silu z.
Proof.
  assert (P : forall w, - (3 / 10) <= silu (- w)).
  { intros w. pose proof (sigmoid_by_exp w) as E. pose proof (sigmoid_bounds (- w)) as [L U].
    pose proof (exp_tangent w (13 / 10)) as T. pose proof (exp_pos w) as P. unfold silu.
    assert (H : 34 / 10 <= exp (13 / 10)).
    { replace (13 / 10) with (13 / 20 + 13 / 20) by field. apply (exp_from (185 / 100)); [lra|lra|].
      pose proof (exp_cubic (13 / 20)). lra. }
    set (s := sigmoid (- w)) in *. set (e := exp w) in *. set (c := exp (13 / 10)) in *.
    assert (X : 10 * w <= 3 * (1 + e)).
    { destruct (Rle_dec w (3 / 10)); [lra|]. nra. }
    assert (10 * w * s <= 3 * (1 + e) * s) by (apply Rmult_le_compat_r; lra). lra. }
  rewrite <- (Ropp_involutive z). apply P.
Qed.

(** ** What atoms are used with: slopes and curvatures *)
Theorem slopes_of_atoms z :
  (derivable_pt_lim sigmoid z (sigmoid_1 z) /\ 0 <= sigmoid_1 z <= 1 / 4)
  /\ (derivable_pt_lim silu z (silu_1 z) /\ - (1 / 10) <= silu_1 z <= 11 / 10)
  /\ (derivable_pt_lim gaussian z (gaussian_1 z) /\ - (43 / 50) <= gaussian_1 z <= 43 / 50).
Proof.
  auto 10 using sigmoid_slope, sigmoid_1_bounds, silu_slope, silu_1_bounds, gaussian_slope, gaussian_1_bounds.
Qed.
Theorem curvatures_of_atoms z :
  (derivable_pt_lim sigmoid_1 z (sigmoid_2 z) /\ - (1 / 10) <= sigmoid_2 z <= 1 / 10)
  /\ (derivable_pt_lim silu_1 z (silu_2 z) /\ - (1 / 2) <= silu_2 z <= 1 / 2)
  /\ (derivable_pt_lim gaussian_1 z (gaussian_2 z) /\ - 2 <= gaussian_2 z <= 2).
Proof.
  auto 10 using sigmoid_1_slope, sigmoid_2_bounds, silu_1_slope, silu_2_bounds, gaussian_1_slope, gaussian_2_bounds.
Qed.
