(** * Taylor sums of exp, sin and cos, with bounds

    Let f'' = e f with e = 1 or -1, f(0) = a and f'(0) = b.  The derivatives of f at 0 are
    a, b, e a, e b, a, ...  If |f| and |f'| are at most M on [0, h], then for 0 <= y <= h

      |f(y) - sum_(k < n) f^(k)(0) y^k/k!| <= M y^n/n!

    by induction on n: the derivative of the difference is the same for f' and n - 1 terms, and
    its bound is integrated. *)
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

(** Where the derivative is at least 0 the function does not decrease.  The library's mean value
    theorem rests on excluded middle; this needs no more than least upper bounds. *)
Lemma grows_up_to f f' a b e : 0 < e -> a <= b ->
  (forall c, a <= c <= b -> derivable_pt_lim f c (f' c)) -> (forall c, a <= c <= b -> 0 <= f' c) ->
  f a - e * (b - a) <= f b.
Proof.
  intros He Hab D P. set (E := fun c => a <= c <= b /\ f a - e * (c - a) <= f c).
  assert (Ea : E a) by (unfold E; split; lra).
  destruct (completeness E) as [s [Up Least]].
  { exists b. intros c [H _]. lra. }
  { exists a. exact Ea. }
  pose proof (Up a Ea) as Ha. assert (Hb : s <= b) by (apply Least; intros c [H _]; lra).
  destruct (D s ltac:(lra) e He) as [[d Hd] L]. simpl in L. specialize (P s ltac:(lra)).
  assert (Slope : forall h, h <> 0 -> Rabs h < d -> - e < (f (s + h) - f s) / h).
  { intros h H0 Hh. specialize (L h H0 Hh). unfold Rabs in L. destruct (Rcase_abs _); lra. }
  assert (S : f a - e * (s - a) <= f s).
  { destruct (Rle_lt_dec (f a - e * (s - a)) (f s)) as [G|G]; [exact G|exfalso].
    assert (s <= s - d / 2); [|lra]. apply Least. intros c Ec. pose proof (Up c Ec).
    destruct Ec as [_ Ec]. destruct (Rle_lt_dec c (s - d / 2)) as [K|K]; [exact K|exfalso].
    destruct (Req_dec c s) as [->|N]; [lra|].
    assert (Hh : Rabs (c - s) < d) by (rewrite Rabs_left; lra).
    specialize (Slope (c - s) ltac:(lra) Hh). replace (s + (c - s)) with c in Slope by ring.
    apply (Rmult_lt_compat_r (s - c)) in Slope; [|lra].
    replace ((f c - f s) / (c - s) * (s - c)) with (f s - f c) in Slope by (field; lra). lra. }
  destruct (Rle_lt_dec b s) as [K|K]; [replace b with s by lra; exact S|exfalso].
  set (h := Rmin (d / 2) (b - s)).
  assert (H : 0 < h /\ h <= d / 2 /\ h <= b - s).
  { unfold h. split; [apply Rmin_glb_lt; lra|split; [apply Rmin_l|apply Rmin_r]]. }
  assert (Hh : Rabs h < d) by (rewrite Rabs_pos_eq; lra).
  specialize (Slope h ltac:(lra) Hh). apply (Rmult_lt_compat_r h) in Slope; [|lra].
  replace ((f (s + h) - f s) / h * h) with (f (s + h) - f s) in Slope by (field; lra).
  assert (E (s + h)) as Eh by (unfold E; split; lra). specialize (Up _ Eh). lra.
Qed.
Lemma grows f f' a b : a <= b -> (forall c, a <= c <= b -> derivable_pt_lim f c (f' c)) ->
  (forall c, a <= c <= b -> 0 <= f' c) -> f a <= f b.
Proof.
  intros H D P. destruct (Rle_lt_dec (f a) (f b)) as [G|G]; [exact G|exfalso].
  set (e := (f a - f b) / (b - a + 1)).
  assert (He : 0 < e) by (unfold e; apply Rmult_lt_0_compat; [|apply Rinv_0_lt_compat]; lra).
  pose proof (grows_up_to f f' a b e He H D P).
  assert (e * (b - a + 1) = f a - f b) by (unfold e; field; lra). lra.
Qed.
Lemma exp_le x y : x <= y -> exp x <= exp y.
Proof.
  intros H. apply (grows exp exp); auto; intros c _; [apply derivable_pt_lim_exp|left; apply exp_pos].
Qed.
(** Both sin and cos are Lipschitz with constant 1. *)
Lemma slope_1 f f' x y : (forall c, derivable_pt_lim f c (f' c)) -> (forall c, Rabs (f' c) <= 1) ->
  Rabs (f y - f x) <= Rabs (y - x).
Proof.
  intros D B.
  assert (H : forall x y, x <= y -> Rabs (f y - f x) <= y - x).
  { clear x y. intros x y L.
    assert (U : forall c, -1 <= f' c <= 1).
    { intros c. specialize (B c). unfold Rabs in B. destruct (Rcase_abs _); lra. }
    pose proof (grows (fun x => x - f x) (fun x => 1 - f' x) x y L) as G1.
    pose proof (grows (fun x => x + f x) (fun x => 1 + f' x) x y L) as G2. cbv beta in G1, G2.
    apply Rabs_le. split.
    - enough (x + f x <= y + f y) by lra. apply G2; intros c _; [|specialize (U c); lra].
      apply derivable_pt_lim_plus; [apply derivable_pt_lim_id|apply D].
    - enough (x - f x <= y - f y) by lra. apply G1; intros c _; [|specialize (U c); lra].
      apply derivable_pt_lim_minus; [apply derivable_pt_lim_id|apply D]. }
  destruct (Rle_lt_dec x y) as [L|L].
  - rewrite (Rabs_pos_eq (y - x)) by lra. auto.
  - rewrite Rabs_minus_sym, (Rabs_minus_sym y), (Rabs_pos_eq (x - y)) by lra. apply H. lra.
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
  pose proof (grows (fun y => M * term (S n) y - f y) (fun y => M * term n y - f' y) 0 y) as G.
  pose proof (grows (fun y => M * term (S n) y + f y) (fun y => M * term n y + f' y) 0 y) as H.
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
    assert (H0 : 1 - c <= exp (- c)).
    { pose proof (grows (fun x => x - exp x) (fun x => 1 - exp x) (- c) 0 ltac:(lra)) as G.
      cbv beta in G. rewrite exp_0 in G. enough (- c - exp (- c) <= 0 - 1) by lra.
      apply G; intros d Hd.
      - apply derivable_pt_lim_minus; [apply derivable_pt_lim_id|apply derivable_pt_lim_exp].
      - pose proof (exp_le d 0 ltac:(lra)). rewrite exp_0 in H0. lra. }
    rewrite exp_Ropp in H0.
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
