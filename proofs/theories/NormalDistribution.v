(** * The normal distribution: it exists, and is unique

    There is exactly one function Phi whose derivative is a multiple of exp(-z^2/2), with
    Phi(-z) = 1 - Phi(z), and that tends to 1: no value of the Gaussian integral is needed.  The
    antiderivative is the limit of those of Taylor sums. *)
From Coq Require Import Reals ZArith Lra Lia.
From KanEquiv Require Import Taylor.
Open Scope R_scope.

Definition bell (z : R) : R := exp (- (z * z / 2)).
Definition normal_distribution (Phi : R -> R) : Prop :=
  (exists s, forall z, derivable_pt_lim Phi z (s * bell z)) /\
  (forall z, Phi (- z) = 1 - Phi z) /\
  (forall e, 0 < e -> exists a, forall z, a <= z -> Rabs (Phi z - 1) < e).

Lemma bell_pos z : 0 < bell z. Proof. apply exp_pos. Qed.
Lemma bell_even z : bell (- z) = bell z.
Proof. unfold bell. f_equal. field. Qed.
(** 1 + u <= exp u for u >= 0, without the mean value theorem. *)
Lemma exp_above u : 0 <= u -> 1 + u <= exp u.
Proof.
  intros H. pose proof (grows (fun x => exp x - x) (fun x => exp x - 1) 0 u H) as G. cbv beta in G.
  rewrite exp_0 in G. enough (1 - 0 <= exp u - u) by lra. apply G; intros c Hc.
  - apply derivable_pt_lim_minus; [apply derivable_pt_lim_exp|apply derivable_pt_lim_id].
  - pose proof (exp_le 0 c ltac:(lra)). rewrite exp_0 in *. lra.
Qed.
Lemma bell_derivative z : derivable_pt_lim bell z (- z * bell z).
Proof.
  unfold bell. replace (- z * exp (- (z * z / 2))) with (exp (- (z * z / 2)) * - z) by ring.
  apply (derivable_pt_lim_comp (fun z => - (z * z / 2)) exp); [|apply derivable_pt_lim_exp].
  replace (- z) with (- ((1 * z + z * 1) * / 2)) by field.
  apply (derivable_pt_lim_opp (fun z => z * z / 2)). unfold Rdiv.
  replace ((1 * z + z * 1) * / 2) with ((1 * z + z * 1) * / 2 + z * z * 0) by ring.
  apply (derivable_pt_lim_mult (fun z => z * z) (fun _ => / 2)); [|apply derivable_pt_lim_const].
  apply (derivable_pt_lim_mult (fun z => z) (fun z => z)); apply derivable_pt_lim_id.
Qed.
Lemma bell_slope z : Rabs (- z * bell z) <= 1.
Proof.
  unfold bell. rewrite exp_Ropp, Rabs_mult, Rabs_Ropp.
  pose proof (exp_above (z * z / 2) ltac:(nra)). pose proof (exp_pos (z * z / 2)) as P.
  rewrite (Rabs_pos_eq (/ _)) by (left; apply Rinv_0_lt_compat, P).
  apply (Rmult_le_reg_r (exp (z * z / 2))); [exact P|]. rewrite Rmult_assoc, Rinv_l by lra.
  unfold Rabs. destruct (Rcase_abs z); nra.
Qed.

(** ** Antiderivatives of Taylor sums *)
(** The sum of c_k z^(2k+1)/((2k+1) 2^k k!), c_k = a, b, a, b, ..., from the term j on. *)
Fixpoint sums (n j : nat) (a b : Z) (z : R) : R :=
  match n with
  | O => 0
  | S m => IZR a * (z ^ S (2 * j) * / (INR (S (2 * j)) * 2 ^ j * INR (fact j))) + sums m (S j) b a z
  end.
Lemma sums_derivative n : forall j a b z,
  derivable_pt_lim (sums n j a b) z (taylor 1 n j a b (z * z / 2)).
Proof.
  induction n as [|n IH]; intros j a b z; cbn [sums taylor]; [apply derivable_pt_lim_const|].
  apply derivable_pt_lim_plus.
  - apply (derivable_pt_lim_scal (fun z => z ^ S (2 * j) * / (INR (S (2 * j)) * 2 ^ j * INR (fact j)))).
    set (c := / (INR (S (2 * j)) * 2 ^ j * INR (fact j))).
    replace (term j (z * z / 2)) with (INR (S (2 * j)) * z ^ pred (S (2 * j)) * c + z ^ S (2 * j) * 0).
    + apply (derivable_pt_lim_mult (fun z => z ^ S (2 * j)) (fun _ => c));
        [apply derivable_pt_lim_pow|apply derivable_pt_lim_const].
    + unfold c, term. cbn [pred]. rewrite pow_mult. unfold Rdiv. rewrite Rpow_mult_distr, pow_inv.
      replace (z ^ 2) with (z * z) by ring.
      pose proof (not_0_INR (S (2 * j)) ltac:(lia)). pose proof (INR_fact_neq_0 j).
      pose proof (pow_lt 2 j ltac:(lra)). field. repeat split; lra || auto.
  - replace (1 * a)%Z with a by lia. apply IH.
Qed.
Lemma sums_at_0 n : forall j a b, sums n j a b 0 = 0.
Proof. induction n as [|n IH]; intros; cbn [sums]; [reflexivity|]. rewrite IH. simpl. ring. Qed.
Lemma sums_odd n : forall j a b z, sums n j a b (- z) = - sums n j a b z.
Proof.
  induction n as [|n IH]; intros; cbn [sums]; [ring|]. rewrite IH.
  replace ((- z) ^ S (2 * j)) with (- z ^ S (2 * j)); [ring|].
  cbn [pow]. rewrite !pow_mult. replace ((- z) ^ 2) with (z ^ 2) by ring. ring.
Qed.
Lemma bell_taylor n z : Rabs (bell z - taylor 1 n 0 1 (-1) (z * z / 2)) <= 1 * term n (z * z / 2).
Proof.
  set (h := z * z / 2). assert (H : 0 <= h) by (unfold h; nra).
  assert (B : forall c, 0 <= c <= h -> Rabs (exp (- c)) <= 1).
  { intros c Hc. pose proof (exp_pos (- c)). rewrite Rabs_pos_eq by lra.
    rewrite <- exp_0. apply exp_le. lra. }
  assert (D : forall c, derivable_pt_lim (fun y => exp (- y)) c (- exp (- c))).
  { intros c. replace (- exp (- c)) with (exp (- c) * - 1) by ring.
    apply (derivable_pt_lim_comp (fun y => - y) exp); [|apply derivable_pt_lim_exp].
    apply (derivable_pt_lim_opp (fun y => y)), derivable_pt_lim_id. }
  apply (taylor_bound 1 1 h (or_introl eq_refl) n (fun y => exp (- y)) (fun y => - exp (- y))); auto.
  - intros c _. rewrite Rmult_1_l. rewrite <- (Ropp_involutive (exp (- c))).
    apply (derivable_pt_lim_opp (fun y => exp (- y))), D.
  - rewrite Ropp_0. apply exp_0.
  - rewrite Ropp_0, exp_0. reflexivity.
  - intros c Hc. rewrite Rabs_Ropp. auto.
  - lra.
Qed.
Lemma term_le n x y : 0 <= x <= y -> term n x <= term n y.
Proof.
  intros H. unfold term. apply Rmult_le_compat_l; [|apply pow_incr, H].
  left. apply Rinv_0_lt_compat, INR_fact_lt_0.
Qed.
Lemma term_small y e : 0 < e -> exists n0, forall n, (n0 <= n)%nat -> term n y < e.
Proof.
  intros He. destruct (cv_speed_pow_fact y e He) as [n0 H]. exists n0. intros n Hn.
  specialize (H n ltac:(lia)). unfold R_dist in H. rewrite Rminus_0_r in H.
  unfold term. rewrite Rmult_comm. unfold Rdiv in H. apply Rabs_def2 in H. lra.
Qed.

Local Ltac cases_abs :=
  unfold Rabs in *;
  repeat match goal with
  | |- context [Rcase_abs ?x] => destruct (Rcase_abs x)
  | H : context [Rcase_abs ?x] |- _ => destruct (Rcase_abs x)
  end; lra.
Lemma line_derivative k c : derivable_pt_lim (fun x => k * x) c k.
Proof.
  pose proof (derivable_pt_lim_scal (fun x => x) k c 1 (derivable_pt_lim_id c)) as H.
  rewrite Rmult_1_r in H. exact H.
Qed.
(** A derivative of at most M. *)
Lemma slope M f f' u v : u <= v -> (forall c, u <= c <= v -> derivable_pt_lim f c (f' c)) ->
  (forall c, u <= c <= v -> Rabs (f' c) <= M) -> Rabs (f v - f u) <= M * (v - u).
Proof.
  intros H D B.
  pose proof (line_derivative M) as L.
  assert (U : forall c, u <= c <= v -> - M <= f' c <= M).
  { intros c Hc. specialize (B c Hc). unfold Rabs in B. destruct (Rcase_abs _); lra. }
  pose proof (grows (fun x => M * x - f x) (fun x => M - f' x) u v H) as G1.
  pose proof (grows (fun x => M * x + f x) (fun x => M + f' x) u v H) as G2. cbv beta in G1, G2.
  apply Rabs_le. split.
  - enough (M * u + f u <= M * v + f v) by lra. apply G2; intros c Hc; [|specialize (U c Hc); lra].
    apply derivable_pt_lim_plus; auto.
  - enough (M * u - f u <= M * v - f v) by lra. apply G1; intros c Hc; [|specialize (U c Hc); lra].
    apply derivable_pt_lim_minus; auto.
Qed.
Lemma bell_near x y : Rabs (bell y - bell x) <= Rabs (y - x).
Proof. apply (slope_1 bell (fun z => - z * bell z)); [apply bell_derivative|apply bell_slope]. Qed.

(** ** The antiderivative *)
Local Notation partial n := (sums n 0 1 (-1)).
Lemma close m n x : 0 <= x ->
  Rabs (partial m x - partial n x) <= (term m (x * x / 2) + term n (x * x / 2)) * x.
Proof.
  intros H. pose proof (slope (term m (x * x / 2) + term n (x * x / 2)) (fun z => partial m z - partial n z)
    (fun z => taylor 1 m 0 1 (-1) (z * z / 2) - taylor 1 n 0 1 (-1) (z * z / 2)) 0 x H) as S.
  cbv beta in S. rewrite !sums_at_0, !Rminus_0_r in S. apply S; intros c Hc.
  - apply derivable_pt_lim_minus; apply sums_derivative.
  - assert (Q : 0 <= c * c / 2 <= x * x / 2).
    { clear S. assert (c * c <= x * x) by (apply Rmult_le_compat; lra). pose proof (Rle_0_sqr c) as P.
      unfold Rsqr in P. lra. }
    pose proof (bell_taylor m c) as Bm. pose proof (bell_taylor n c) as Bn.
    pose proof (term_le m _ _ Q). pose proof (term_le n _ _ Q).
    clear S. cases_abs.
Qed.
Lemma cauchy_right x : 0 <= x -> Cauchy_crit (fun n => partial n x).
Proof.
  intros H e He. set (d := e / (2 * (x + 1))).
  assert (Hd : 0 < d) by (unfold d; apply Rmult_lt_0_compat; [lra|apply Rinv_0_lt_compat; lra]).
  destruct (term_small (x * x / 2) d Hd) as [n0 T]. exists n0. intros m n Hm Hn.
  unfold R_dist. eapply Rle_lt_trans; [apply close, H|].
  pose proof (T m ltac:(lia)). pose proof (T n ltac:(lia)).
  assert (d * (2 * (x + 1)) = e) by (unfold d; field; lra). nra.
Qed.
Lemma cauchy x : Cauchy_crit (fun n => partial n x).
Proof.
  destruct (Rle_lt_dec 0 x) as [H|H]; [apply cauchy_right, H|].
  intros e He. destruct (cauchy_right (- x) ltac:(lra) e He) as [n0 C]. exists n0. intros m n Hm Hn.
  specialize (C m n Hm Hn). unfold R_dist in *. rewrite !sums_odd in C.
  rewrite <- Rabs_Ropp. replace (- (partial m x - partial n x)) with (- partial m x - - partial n x) by ring.
  exact C.
Qed.
Definition area (x : R) : R := proj1_sig (R_complete _ (cauchy x)).
Lemma area_limit x : Un_cv (fun n => partial n x) (area x).
Proof. exact (proj2_sig (R_complete _ (cauchy x))). Qed.
Lemma area_odd x : area (- x) = - area x.
Proof.
  apply (UL_sequence (fun n => partial n (- x))); [apply area_limit|].
  apply (Un_cv_ext (fun n => - partial n x)); [intros n; symmetry; apply sums_odd|].
  apply CV_opp, area_limit.
Qed.
(** What holds of all late partial sums up to any error holds of the limit. *)
Lemma area_difference x y w B : (forall e, 0 < e -> exists n0, forall n, (n0 <= n)%nat ->
    Rabs (partial n y - partial n x - w) <= B + e) -> Rabs (area y - area x - w) <= B.
Proof.
  intros H. apply Rnot_lt_le. intros L. set (e := (Rabs (area y - area x - w) - B) / 4).
  assert (He : 0 < e) by (unfold e; lra). destruct (H e He) as [n0 Hn].
  destruct (area_limit x e He) as [nx Cx]. destruct (area_limit y e He) as [ny Cy].
  set (n := (n0 + nx + ny)%nat). specialize (Hn n ltac:(lia)). specialize (Cx n ltac:(lia)).
  specialize (Cy n ltac:(lia)). unfold R_dist in *.
  assert (Rabs (area y - area x - w) <= B + 3 * e); [|unfold e in *; lra].
  clearbody n e. clear - Hn Cx Cy. cases_abs.
Qed.
Lemma area_near u v w : u <= v -> u <= w <= v ->
  Rabs (area v - area u - bell w * (v - u)) <= (v - u) * (v - u).
Proof.
  intros H W. apply area_difference. intros e He. set (A := u * u + v * v).
  assert (Hd : 0 < e / (v - u + 1)) by (apply Rmult_lt_0_compat; [|apply Rinv_0_lt_compat]; lra).
  destruct (term_small (A / 2) _ Hd) as [n0 T]. exists n0. intros n Hn. specialize (T n Hn).
  set (d := e / (v - u + 1)) in *. assert (De : d * (v - u + 1) = e) by (unfold d; field; lra).
  pose proof (slope (v - u + d) (fun z => partial n z - bell w * z)
    (fun z => taylor 1 n 0 1 (-1) (z * z / 2) - bell w) u v H) as S. cbv beta in S.
  replace (partial n v - partial n u - bell w * (v - u))
    with (partial n v - bell w * v - (partial n u - bell w * u)) by ring.
  eapply Rle_trans; [apply S|nra]; intros c Hc.
  - apply derivable_pt_lim_minus; [apply sums_derivative|apply line_derivative].
  - pose proof (bell_taylor n c) as B. pose proof (bell_near w c) as N.
    assert (Q : 0 <= c * c / 2 <= A / 2).
    { pose proof (Rle_0_sqr c) as Pc. pose proof (Rle_0_sqr u) as Pu. pose proof (Rle_0_sqr v) as Pv.
      unfold Rsqr in *. enough (c * c <= A) by lra. unfold A. destruct (Rle_dec 0 c); nra. }
    pose proof (term_le n _ _ Q).
    assert (Rabs (c - w) <= v - u) by (apply Rabs_le; lra).
    clear S. cases_abs.
Qed.
Lemma area_derivative x : derivable_pt_lim area x (bell x).
Proof.
  intros e He. exists (mkposreal e He). intros h H0 Hh. simpl in Hh.
  assert (B : Rabs (area (x + h) - area x - bell x * h) <= Rabs h * Rabs h).
  { destruct (Rle_lt_dec 0 h) as [P|P].
    - rewrite (Rabs_pos_eq h) by lra. pose proof (area_near x (x + h) x ltac:(lra) ltac:(lra)) as N.
      replace (x + h - x) with h in N by ring. exact N.
    - rewrite (Rabs_left h) by lra. pose proof (area_near (x + h) x x ltac:(lra) ltac:(lra)) as N.
      rewrite <- Rabs_Ropp. replace (x - (x + h)) with (- h) in N by ring.
      replace (- (area (x + h) - area x - bell x * h)) with (area x - area (x + h) - bell x * - h) by ring.
      exact N. }
  replace ((area (x + h) - area x) / h - bell x) with ((area (x + h) - area x - bell x * h) * / h) by (field; auto).
  rewrite Rabs_mult, Rabs_inv. pose proof (Rabs_pos_lt h H0) as P.
  apply (Rle_lt_trans _ (Rabs h)); [|exact Hh].
  apply (Rmult_le_reg_r (Rabs h)); [exact P|]. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

(** ** All of the area *)
Lemma INR_above x : exists n, x < INR n.
Proof.
  exists (Z.to_nat (up x)). destruct (archimed x) as [U _]. apply Rgt_lt in U.
  eapply Rlt_le_trans; [exact U|]. rewrite INR_IZR_INZ. apply IZR_le. lia.
Qed.
Lemma bell_le x : bell x <= 2 * exp (- x).
Proof.
  assert (E : exp (1 / 2) <= 2).
  { pose proof (exp_taylor 1 (1 / 2) ltac:(lra)) as T. cbn [taylor] in T.
    rewrite term_0, term_S, term_0 in T. simpl INR in T. cases_abs. }
  apply (Rle_trans _ (exp (1 / 2 + - x))).
  - unfold bell. apply exp_le. pose proof (Rle_0_sqr (x - 1)) as P. unfold Rsqr in P. lra.
  - rewrite exp_plus. pose proof (exp_pos (- x)). nra.
Qed.
Lemma area_grows x y : x <= y -> area x <= area y.
Proof. intros H. apply (grows area bell); auto; intros c _; [apply area_derivative|left; apply bell_pos]. Qed.
Lemma area_at_0 : area 0 = 0.
Proof. pose proof (area_odd 0) as H. rewrite Ropp_0 in H. lra. Qed.
Lemma area_le_2 x : area x <= 2.
Proof.
  destruct (Rle_lt_dec 0 x) as [H|H]; [|pose proof (area_grows x 0 ltac:(lra)); rewrite area_at_0 in *; lra].
  assert (D : forall c, derivable_pt_lim (fun y => exp (- y)) c (- exp (- c))).
  { intros c. replace (- exp (- c)) with (exp (- c) * - 1) by ring.
    apply (derivable_pt_lim_comp (fun y => - y) exp); [|apply derivable_pt_lim_exp].
    apply (derivable_pt_lim_opp (fun y => y)), derivable_pt_lim_id. }
  pose proof (grows (fun y => -2 * exp (- y) - area y) (fun y => -2 * - exp (- y) - bell y) 0 x H) as G.
  cbv beta in G. rewrite Ropp_0, exp_0, area_at_0 in G. pose proof (exp_pos (- x)).
  enough (-2 * 1 - 0 <= -2 * exp (- x) - area x) by lra. apply G; intros c Hc.
  - apply derivable_pt_lim_minus; [|apply area_derivative].
    apply (derivable_pt_lim_scal (fun y => exp (- y))), D.
  - pose proof (bell_le c). lra.
Qed.
Lemma areas_grow : Un_growing (fun n => area (INR n)).
Proof. intros n. apply area_grows, le_INR. lia. Qed.
Lemma areas_bounded : has_ub (fun n => area (INR n)).
Proof. exists 2. intros y [n ->]. apply area_le_2. Qed.
Definition whole : R := proj1_sig (growing_cv _ areas_grow areas_bounded).
Lemma whole_limit : Un_cv (fun n => area (INR n)) whole.
Proof. exact (proj2_sig (growing_cv _ areas_grow areas_bounded)). Qed.
Lemma area_le_whole x : area x <= whole.
Proof.
  destruct (INR_above x) as [n Hn]. apply (Rle_trans _ (area (INR n))).
  - apply area_grows. lra.
  - apply (growing_ineq (fun n => area (INR n)) whole areas_grow whole_limit).
Qed.
Lemma whole_pos : 0 < whole.
Proof.
  apply (Rlt_le_trans _ (area 1)); [|apply area_le_whole]. apply (Rlt_le_trans _ (bell 1)); [apply bell_pos|].
  pose proof (grows (fun y => area y - bell 1 * y) (fun y => bell y - bell 1) 0 1 ltac:(lra)) as G.
  cbv beta in G. rewrite area_at_0 in G. enough (0 - bell 1 * 0 <= area 1 - bell 1 * 1) by lra.
  apply G; intros c Hc.
  - apply derivable_pt_lim_minus; [apply area_derivative|apply line_derivative].
  - enough (bell 1 <= bell c) by lra. unfold bell. apply exp_le. nra.
Qed.

(** ** The theorems *)
Definition normal (z : R) : R := 1 / 2 + / (2 * whole) * area z.
Theorem normal_distribution_exists : normal_distribution normal.
Proof.
  pose proof whole_pos as W. unfold normal. split; [|split].
  - exists (/ (2 * whole)). intros z. replace (/ (2 * whole) * bell z) with (0 + / (2 * whole) * bell z) by ring.
    apply (derivable_pt_lim_plus (fun _ => 1 / 2)); [apply derivable_pt_lim_const|].
    apply (derivable_pt_lim_scal area), area_derivative.
  - intros z. rewrite area_odd. field. lra.
  - intros e He. destruct (whole_limit (e * (2 * whole)) ltac:(nra)) as [n0 H].
    specialize (H n0 ltac:(lia)). exists (INR n0). intros z Hz.
    pose proof (area_grows _ _ Hz). pose proof (area_le_whole z). unfold R_dist in H.
    replace (1 / 2 + / (2 * whole) * area z - 1) with (- (/ (2 * whole) * (whole - area z))) by (field; lra).
    assert (I : 0 < / (2 * whole)) by (apply Rinv_0_lt_compat; lra).
    rewrite Rabs_Ropp, Rabs_pos_eq by nra.
    apply (Rmult_lt_reg_r (2 * whole)); [lra|].
    replace (/ (2 * whole) * (whole - area z) * (2 * whole)) with (whole - area z) by (field; lra).
    cases_abs.
Qed.
Lemma zero_slope f : (forall z, derivable_pt_lim f z 0) -> forall z, f z = f 0.
Proof.
  intros D z. destruct (Rle_lt_dec 0 z) as [H|H].
  - pose proof (slope 0 f (fun _ => 0) 0 z H ltac:(auto) ltac:(intros; cbv beta; rewrite Rabs_R0; lra)).
    cases_abs.
  - pose proof (slope 0 f (fun _ => 0) z 0 ltac:(lra) ltac:(auto) ltac:(intros; cbv beta; rewrite Rabs_R0; lra)).
    cases_abs.
Qed.
Theorem normal_distribution_unique : forall f, normal_distribution f -> forall z, f z = normal z.
Proof.
  intros f ((s & D) & T & L).
  assert (V : forall z, f z = 1 / 2 + s * area z).
  { intros z. pose proof (zero_slope (fun z => f z - s * area z)) as Z0. cbv beta in Z0.
    specialize (T 0). rewrite Ropp_0 in T. rewrite area_at_0 in Z0.
    enough (f z - s * area z = f 0 - s * 0) by lra. apply Z0. intros c.
    replace 0 with (s * bell c - s * bell c) by ring. apply derivable_pt_lim_minus; [apply D|].
    apply (derivable_pt_lim_scal area), area_derivative. }
  pose proof whole_pos as W. enough (S : s * whole = 1 / 2).
  { intros z. rewrite V. unfold normal. replace s with (/ (2 * whole)); [reflexivity|].
    apply (Rmult_eq_reg_r whole); [|lra]. rewrite S. field. lra. }
  assert (B : forall e, 0 < e -> Rabs (s * whole - 1 / 2) <= (Rabs s + 1) * e).
  { intros e He. destruct (L e He) as [a La]. destruct (INR_above a) as [n1 H1].
    destruct (whole_limit e He) as [n2 H2]. set (n := (n1 + n2)%nat).
    specialize (H2 n ltac:(lia)). unfold R_dist in H2.
    assert (Ha : a <= INR n) by (apply (Rle_trans _ (INR n1)); [lra|apply le_INR; lia]).
    specialize (La _ Ha). rewrite V in La.
    replace (s * whole - 1 / 2) with (- (s * (area (INR n) - whole)) + (1 / 2 + s * area (INR n) - 1)) by field.
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp, Rabs_mult. pose proof (Rabs_pos s). nra. }
  destruct (Req_dec (s * whole - 1 / 2) 0) as [E|E]; [lra|exfalso].
  apply Rabs_pos_lt in E. pose proof (Rabs_pos s) as P.
  set (r := Rabs (s * whole - 1 / 2)) in *.
  assert (He : 0 < r / (2 * (Rabs s + 1))) by (apply Rdiv_lt_0_compat; lra).
  specialize (B _ He).
  replace ((Rabs s + 1) * (r / (2 * (Rabs s + 1)))) with (r / 2) in B
    by (field; lra). lra.
Qed.

(** ** Bounds of the area *)
Lemma area_partial n x : 0 <= x -> Rabs (area x - partial n x) <= term n (x * x / 2) * x.
Proof.
  intros H. pose proof (area_difference 0 x (partial n x) (term n (x * x / 2) * x)) as A.
  rewrite area_at_0, Rminus_0_r in A. apply A. intros e He.
  assert (Hd : 0 < e / (x + 1)) by (apply Rdiv_lt_0_compat; lra).
  destruct (term_small (x * x / 2) _ Hd) as [n0 T]. exists n0. intros m Hm. specialize (T m Hm).
  rewrite sums_at_0, Rminus_0_r. eapply Rle_trans; [apply close, H|].
  set (d := e / (x + 1)) in *. assert (d * (x + 1) = e) by (unfold d; field; lra).
  assert (0 <= term m (x * x / 2)) by (apply term_nonneg; nra). nra.
Qed.
(** Right of c >= 1 no more is left than bell c, as bell t <= t bell t there. *)
Lemma whole_le c : 1 <= c -> whole <= area c + bell c.
Proof.
  intros H.
  assert (A : forall x, area x <= area c + bell c).
  { intros x. pose proof (bell_pos c). destruct (Rle_lt_dec c x) as [L|L];
      [|pose proof (area_grows x c ltac:(lra)); lra].
    pose proof (grows (fun y => - bell y - area y) (fun y => - (- y * bell y) - bell y) c x L) as G.
    cbv beta in G. pose proof (bell_pos x).
    enough (- bell c - area c <= - bell x - area x) by lra. apply G; intros y Hy.
    - apply derivable_pt_lim_minus; [|apply area_derivative].
      apply (derivable_pt_lim_opp bell), bell_derivative.
    - pose proof (bell_pos y). nra. }
  destruct (Rle_lt_dec whole (area c + bell c)) as [L|L]; [exact L|exfalso].
  destruct (whole_limit (whole - (area c + bell c)) ltac:(lra)) as [n0 C].
  specialize (C n0 ltac:(lia)). unfold R_dist in C. pose proof (A (INR n0)). cases_abs.
Qed.
Lemma normal_grows x y : x <= y -> normal x <= normal y.
Proof.
  intros H. unfold normal. pose proof (area_grows x y H). pose proof whole_pos.
  assert (0 < / (2 * whole)) by (apply Rinv_0_lt_compat; lra). nra.
Qed.
Lemma normal_le_1 x : normal x <= 1.
Proof.
  unfold normal. pose proof (area_le_whole x). pose proof whole_pos as W.
  apply (Rle_trans _ (1 / 2 + / (2 * whole) * whole)); [|right; field; lra].
  assert (0 < / (2 * whole)) by (apply Rinv_0_lt_compat; lra). nra.
Qed.
(** The partial sums as z times a sum of terms of exp(-z^2/2). *)
Fixpoint tail (n j : nat) (a b : Z) (h : R) : R :=
  match n with O => 0 | S m => IZR a * (term j h / INR (S (2 * j))) + tail m (S j) b a h end.
Lemma sums_tail n : forall j a b z, sums n j a b z = z * tail n j a b (z * z / 2).
Proof.
  induction n as [|n IH]; intros j a b z; cbn [sums tail]; [ring|]. rewrite IH.
  enough (E : z ^ S (2 * j) * / (INR (S (2 * j)) * 2 ^ j * INR (fact j)) = z * (term j (z * z / 2) / INR (S (2 * j))))
    by (rewrite E; ring).
  unfold term. cbn [pow]. rewrite pow_mult. unfold Rdiv. rewrite !Rpow_mult_distr, pow_inv.
  replace (z ^ 2) with (z * z) by ring. rewrite Rpow_mult_distr.
  pose proof (not_0_INR (S (2 * j)) ltac:(lia)). pose proof (INR_fact_neq_0 j).
  pose proof (pow_lt 2 j ltac:(lra)). field. repeat split; lra || auto.
Qed.
