(** * Taylor sums of exp, sin and cos, with bounds

    Let f'' = e f with e = 1 or -1, f(0) = a and f'(0) = b.  The derivatives of f at 0 are
    a, b, e a, e b, a, ...  If |f| and |f'| are at most M on [0, h], then for 0 <= y <= h

      |f(y) - sum_(k < n) f^(k)(0) y^k/k!| <= M y^n/n!

    by induction on n: the derivative of the difference is the same for f' and n - 1 terms,
    and the mean value theorem integrates its bound. *)
From Coq Require Import Reals ZArith Lra Lia.
Open Scope R_scope.

Definition term (j : nat) (y : R) : R := / INR (fact j) * y ^ j.
(** The terms j, ..., j + n - 1, of coefficients a, b, e a, e b, ... *)
Fixpoint taylor (e : Z) (n j : nat) (a b : Z) (y : R) : R :=
  match n with O => 0 | S m => IZR a * term j y + taylor e m (S j) b (e * a) y end.

Lemma term_0 y : term 0 y = 1.
Proof. unfold term. simpl. lra. Qed.
Lemma term_S j y : term (S j) y = term j y * y / INR (S j).
Proof.
  unfold term. rewrite fact_simpl, mult_INR. simpl pow.
  pose proof (INR_fact_neq_0 j). pose proof (not_0_INR (S j) ltac:(lia)). field. auto.
Qed.
Lemma term_S_at_0 j : term (S j) 0 = 0.
Proof. rewrite term_S. unfold Rdiv. ring. Qed.
Lemma term_nonneg j y : 0 <= y -> 0 <= term j y.
Proof.
  intros Hy. unfold term. apply Rmult_le_pos; [|apply pow_le, Hy].
  left. apply Rinv_0_lt_compat, INR_fact_lt_0.
Qed.

Lemma term_derivative j y : derivable_pt_lim (term (S j)) y (term j y).
Proof.
  replace (term j y) with (/ INR (fact (S j)) * (INR (S j) * y ^ pred (S j))).
  - apply (derivable_pt_lim_scal (fun y => y ^ S j)), derivable_pt_lim_pow.
  - unfold term. rewrite fact_simpl, mult_INR. simpl pred.
    pose proof (INR_fact_neq_0 j). pose proof (not_0_INR (S j) ltac:(lia)). field. auto.
Qed.
Lemma taylor_derivative e n : forall j a b y,
  derivable_pt_lim (taylor e n (S j) a b) y (taylor e n j a b y).
Proof.
  induction n as [|n IH]; intros j a b y; cbn [taylor].
  - apply derivable_pt_lim_const.
  - apply derivable_pt_lim_plus; [|apply IH].
    apply (derivable_pt_lim_scal (term (S j))), term_derivative.
Qed.
Lemma taylor_at_0 e n : forall j a b, taylor e n (S j) a b 0 = 0.
Proof.
  induction n as [|n IH]; intros j a b; cbn [taylor]; [reflexivity|].
  rewrite IH, term_S_at_0. ring.
Qed.

(** A function that does not decrease. *)
Lemma grows f f' y : 0 <= y -> (forall c, 0 <= c <= y -> derivable_pt_lim f c (f' c)) ->
  (forall c, 0 <= c <= y -> 0 <= f' c) -> f 0 <= f y.
Proof.
  intros Hy D P. destruct (Req_dec y 0) as [->|N0]; [lra|].
  destruct (MVT_cor2 f f' 0 y) as (c & E & Hc); [lra|exact D|].
  pose proof (P c ltac:(lra)). nra.
Qed.
Lemma integrated_bound f f' n M h :
  (forall c, 0 <= c <= h -> derivable_pt_lim f c (f' c)) -> f 0 = 0 ->
  (forall c, 0 <= c <= h -> Rabs (f' c) <= M * term n c) ->
  forall y, 0 <= y <= h -> Rabs (f y) <= M * term (S n) y.
Proof.
  intros D Z B y Hy.
  assert (T : forall c, derivable_pt_lim (fun y => M * term (S n) y) c (M * term n c))
    by (intros c; apply (derivable_pt_lim_scal (term (S n))), term_derivative).
  assert (U : forall c, 0 <= c <= y -> - (M * term n c) <= f' c <= M * term n c).
  { intros c Hc. specialize (B c ltac:(lra)).
    unfold Rabs in B. destruct (Rcase_abs (f' c)); lra. }
  pose proof (grows (fun y => M * term (S n) y - f y) (fun y => M * term n y - f' y) y) as G.
  pose proof (grows (fun y => M * term (S n) y + f y) (fun y => M * term n y + f' y) y) as H.
  cbv beta in G, H. rewrite Z, term_S_at_0 in G, H.
  assert (M * 0 - 0 <= M * term (S n) y - f y).
  { apply G; [lra| |intros c Hc; specialize (U c Hc); lra].
    intros c Hc. apply derivable_pt_lim_minus; [apply T|apply D; lra]. }
  assert (M * 0 + 0 <= M * term (S n) y + f y).
  { apply H; [lra| |intros c Hc; specialize (U c Hc); lra].
    intros c Hc. apply derivable_pt_lim_plus; [apply T|apply D; lra]. }
  apply Rabs_le. lra.
Qed.

Theorem taylor_bound e M h : e = 1%Z \/ e = (-1)%Z -> forall n f g a b,
  (forall c, 0 <= c <= h -> derivable_pt_lim f c (g c)) ->
  (forall c, 0 <= c <= h -> derivable_pt_lim g c (IZR e * f c)) ->
  f 0 = IZR a -> g 0 = IZR b ->
  (forall c, 0 <= c <= h -> Rabs (f c) <= M) -> (forall c, 0 <= c <= h -> Rabs (g c) <= M) ->
  forall y, 0 <= y <= h -> Rabs (f y - taylor e n 0 a b y) <= M * term n y.
Proof.
  intros He. induction n as [|n IH]; intros f g a b Df Dg F0 G0 Bf Bg y Hy.
  - cbn [taylor]. rewrite term_0, Rminus_0_r, Rmult_1_r. auto.
  - apply (integrated_bound (fun y => f y - taylor e (S n) 0 a b y)
             (fun y => g y - taylor e n 0 b (e * a) y) n M h); auto.
    + intros c Hc. apply derivable_pt_lim_minus; auto. cbn [taylor].
      replace (taylor e n 0 b (e * a) c) with (IZR a * 0 + taylor e n 0 b (e * a) c) by ring.
      apply derivable_pt_lim_plus; [|apply taylor_derivative].
      apply (derivable_pt_lim_scal (term 0)). unfold term. simpl.
      apply (derivable_pt_lim_const (/ 1 * 1)).
    + cbn [taylor]. rewrite taylor_at_0, term_0, F0. ring.
    + intros c Hc. apply (IH g (fun c => IZR e * f c)); auto.
      * intros d Hd. apply (derivable_pt_lim_scal f). auto.
      * rewrite F0, mult_IZR. reflexivity.
      * intros d Hd. rewrite Rabs_mult. destruct He as [->| ->];
          rewrite <- abs_IZR; simpl Z.abs; specialize (Bf d Hd); lra.
Qed.

Theorem exp_taylor n y : 0 <= y <= 1 / 2 ->
  Rabs (exp y - taylor 1 n 0 1 1 y) <= 2 * term n y.
Proof.
  assert (B : forall c, 0 <= c <= 1 / 2 -> Rabs (exp c) <= 2).
  { intros c Hc. pose proof (exp_pos c). rewrite Rabs_pos_eq by lra.
    pose proof (exp_ineq1_le (- c)). rewrite exp_Ropp in H0.
    assert (exp c * / exp c = 1) by (apply Rinv_r; lra). nra. }
  apply (taylor_bound 1 2 (1 / 2)) with (g := exp); auto using exp_0.
  - intros. apply derivable_pt_lim_exp.
  - intros. rewrite Rmult_1_l. apply derivable_pt_lim_exp.
Qed.
Lemma sin_abs x : Rabs (sin x) <= 1. Proof. apply Rabs_le, SIN_bound. Qed.
Lemma cos_abs x : Rabs (cos x) <= 1. Proof. apply Rabs_le, COS_bound. Qed.
Lemma trigonometric f g a b n y :
  (forall c, derivable_pt_lim f c (g c)) -> (forall c, derivable_pt_lim g c (-1 * f c)) ->
  f 0 = IZR a -> g 0 = IZR b -> (forall c, Rabs (f c) <= 1) -> (forall c, Rabs (g c) <= 1) ->
  0 <= y -> Rabs (f y - taylor (-1) n 0 a b y) <= 2 * term n y.
Proof.
  intros Df Dg F0 G0 Bf Bg Hy.
  apply (taylor_bound (-1) 2 y (or_intror eq_refl) n f g); auto; try lra.
  - intros. specialize (Bf c). lra.
  - intros. specialize (Bg c). lra.
Qed.
Theorem sin_taylor n y : 0 <= y -> Rabs (sin y - taylor (-1) n 0 0 1 y) <= 2 * term n y.
Proof.
  apply trigonometric with (g := cos); auto using sin_0, cos_0, sin_abs, cos_abs.
  - apply derivable_pt_lim_sin.
  - intros c. replace (-1 * sin c) with (- sin c) by ring. apply derivable_pt_lim_cos.
Qed.
Theorem cos_taylor n y : 0 <= y -> Rabs (cos y - taylor (-1) n 0 1 0 y) <= 2 * term n y.
Proof.
  apply trigonometric with (g := fun c => - sin c); auto using cos_0, cos_abs.
  - apply derivable_pt_lim_cos.
  - intros c. replace (-1 * cos c) with (- cos c) by ring.
    apply (derivable_pt_lim_opp sin), derivable_pt_lim_sin.
  - rewrite sin_0. simpl. lra.
  - intros c. rewrite Rabs_Ropp. apply sin_abs.
Qed.
