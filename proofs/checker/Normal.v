(** * Enclosures of the normal distribution

    Phi(x) = 1/2 + area(x)/(2 area(oo)), with the Taylor sums of exp(-t^2/2), integrated, for the
    area from 0 to x, and exp(-c^2/2) for what is left of it right of c. *)
From Coq Require Import ZArith Reals List Bool Lra Lia.
From KanEquiv Require Import Taylor NormalDistribution.
From KanCheck Require Import Rational Result Interval_arithmetic Taylor_sums Exponentials.
Open Scope R_scope.

(** The sum of a_k h^k/(k! (2k+1)), a_k = a, -a, ..., at h = n/d; t is the next h^k/k!. *)
Fixpoint bell_series (fuel : nat) (n d k a : Z) (t s : interval) : interval :=
  let stop := (fst s - snd t, snd s + snd t)%Z in
  match fuel with
  | O => stop
  | S fuel' =>
      if Z.leb (snd t) 1 then stop
      else bell_series fuel' n d (k + 1) (- a) (divide (multiple n t) (d * (k + 1)))
             (summed s (divide (multiple a t) (2 * k + 1)))
  end.
Lemma bell_series_ok one n d g (h := IZR n / IZR d) : (0 < one)%Z -> (0 < d)%Z -> (0 <= n)%Z ->
  forall fuel j a t s v, encloses one t (term j h) -> encloses one s v ->
  (forall m, Rabs (g - v - tail m j a (- a) h) <= term (j + m) h) ->
  encloses one (bell_series fuel n d (Z.of_nat j) a t s) g.
Proof.
  intros P D0 N0. apply IZR_lt in P as PR. apply IZR_lt in D0 as DR. apply IZR_le in N0 as NR.
  assert (Stop : forall j a t s v, encloses one t (term j h) -> encloses one s v ->
    (forall m, Rabs (g - v - tail m j a (- a) h) <= term (j + m) h) ->
    encloses one (fst s - snd t, snd s + snd t)%Z g).
  { intros j a t s v T S H. specialize (H 0%nat). rewrite Nat.add_0_r in H. cbn [tail] in H.
    unfold encloses, holds in *. cbn [fst snd]. rewrite minus_IZR, plus_IZR.
    unfold Rabs in H. destruct (Rcase_abs _); nra. }
  induction fuel as [|fuel IH]; intros j a t s v T S H; cbn [bell_series].
  - apply (Stop j a t s v); auto.
  - destruct (Z.leb (snd t) 1); [apply (Stop j a t s v); auto|].
    replace (Z.of_nat j + 1)%Z with (Z.of_nat (Datatypes.S j)) by lia.
    apply (IH _ _ _ _ (v + IZR a * (term j h / INR (Datatypes.S (2 * j))))).
    + unfold encloses. rewrite term_S.
      replace (term j h * h / INR (Datatypes.S j) * IZR one)
        with (IZR n * (term j h * IZR one) / IZR (d * Z.of_nat (Datatypes.S j))).
      * apply divide_ok; [nia|]. apply multiple_ok, T.
      * rewrite mult_IZR, <- INR_IZR_INZ. pose proof (not_0_INR (Datatypes.S j) ltac:(lia)).
        unfold h. field. split; lra.
    + apply summed_over; [exact S|]. unfold encloses.
      replace (IZR a * (term j h / INR (Datatypes.S (2 * j))) * IZR one)
        with (IZR a * (term j h * IZR one) / IZR (2 * Z.of_nat j + 1)).
      * apply divide_ok; [lia|]. apply multiple_ok, T.
      * replace (2 * Z.of_nat j + 1)%Z with (Z.of_nat (Datatypes.S (2 * j))) by lia.
        rewrite <- INR_IZR_INZ. unfold Rdiv. ring.
    + intros m. specialize (H (Datatypes.S m)). cbn [tail] in H.
      replace (j + Datatypes.S m)%nat with (Datatypes.S j + m)%nat in H by lia.
      rewrite Z.opp_involutive.
      replace (g - (v + IZR a * (term j h / INR (Datatypes.S (2 * j)))) - tail m (Datatypes.S j) (- a) a h)
        with (g - v - (IZR a * (term j h / INR (Datatypes.S (2 * j))) + tail m (Datatypes.S j) (- a) a h)) by ring.
      exact H.
Qed.

Section Over.
Variable one : Z.
Hypothesis positive : (0 < one)%Z.
(** The area from 0 to n/d. *)
Definition area_on (fuel : nat) (n d : Z) : interval :=
  divide (multiple n (bell_series fuel (n * n) (2 * d * d) 0 1 (one, one) (0, 0)%Z)) d.
Lemma area_on_ok fuel n d : (0 < d)%Z -> (0 <= n)%Z ->
  encloses one (area_on fuel n d) (area (IZR n / IZR d)).
Proof.
  intros D N. apply IZR_lt in D as DR. apply IZR_lt in positive as P. unfold area_on.
  set (x := IZR n / IZR d). destruct (Z.eq_dec n 0) as [->|N0].
  - unfold x, Rdiv. rewrite Rmult_0_l, area_at_0. unfold encloses, holds, multiple, divide, ceiling.
    cbn -[bell_series Z.div]. rewrite !Z.div_0_l by lia. simpl. lra.
  - assert (X : 0 < x) by (unfold x; apply Rdiv_lt_0_compat; [apply IZR_lt; lia|exact DR]).
    assert (Hh : IZR (n * n) / IZR (2 * d * d) = x * x / 2).
    { unfold x. rewrite !mult_IZR. field. lra. }
    assert (B : encloses one (bell_series fuel (n * n) (2 * d * d) 0 1 (one, one) (0, 0)%Z) (area x / x)).
    { apply (bell_series_ok one (n * n) (2 * d * d) (area x / x) positive ltac:(nia) ltac:(nia) fuel 0 1 _ _ 0).
      - unfold encloses, holds. rewrite term_0. simpl. lra.
      - unfold encloses, holds. simpl. lra.
      - intros m. rewrite Hh, Rminus_0_r, Nat.add_0_l. pose proof (area_partial m x ltac:(lra)) as A.
        rewrite sums_tail in A. apply (Rmult_le_reg_r x); [exact X|].
        match goal with |- Rabs ?u * x <= _ => replace (Rabs u * x) with (Rabs (u * x))
          by (rewrite Rabs_mult, (Rabs_pos_eq x) by lra; reflexivity) end.
        replace ((area x / x - tail m 0 1 (- (1)) (x * x / 2)) * x)
          with (area x - x * tail m 0 1 (-1) (x * x / 2)) by (simpl Z.opp; field; lra).
        exact A. }
    unfold encloses in *. replace (area x * IZR one) with (IZR n * (area x / x * IZR one) / IZR d).
    + apply divide_ok; auto. apply multiple_ok, B.
    + unfold x. field. split; [lra|]. apply not_0_IZR, N0.
Qed.
End Over.

(** Phi(x/2^bits): what lies right of c, c^2 > 2 log(2) bits, is less than 2^-bits. *)
Definition normal_at (bits : nat) (x : Z) : result interval :=
  let d := power_of_2 bits in
  let c := (Z.sqrt (7 * Z.of_nat bits / 5) + 1)%Z in
  let extra := (Z.to_nat (c * c) + 32)%nat in
  let one := power_of_2 (bits + extra) in
  let fuel := (bits + extra + 6 * Z.to_nat (c * c))%nat in
  let n := Z.abs x in
  let? rest := exp_downward (bits + extra) (c * c) 2 in
  let to_c := area_on one fuel c 1 in
  let? q := quotient one (area_on one fuel (Z.min n (c * d)) d) (fst to_c, snd to_c + snd rest)%Z in
  let p := divide (summed (integer one 1) q) 2 in
  let p := coarser extra (if Z.ltb (c * d) n then (fst p, one) else p) in
  Ok (if Z.ltb x 0 then summed (integer d 1) (negated p) else p).
Lemma normal_at_ok bits x i : normal_at bits x = Ok i ->
  encloses (power_of_2 bits) i (normal (IZR x / IZR (power_of_2 bits))).
Proof.
  pose proof (power_of_2_positive bits) as P. unfold normal_at. cbv zeta.
  set (d := power_of_2 bits) in *. set (c := (Z.sqrt _ + 1)%Z).
  assert (C : (1 <= c)%Z) by (unfold c; pose proof (Z.sqrt_nonneg (7 * Z.of_nat bits / 5)); lia).
  clearbody c. set (extra := (Z.to_nat (c * c) + 32)%nat). clearbody extra.
  generalize (bits + extra + 6 * Z.to_nat (c * c))%nat. intros fuel.
  pose proof (power_of_2_positive (bits + extra)) as P1. intros H. unbind H.
  set (one := power_of_2 (bits + extra)) in *.
  apply exp_downward_ok in E; [|lia|nia]. fold one in E.
  apply IZR_le in C as CR. apply IZR_lt in P as PR, P1 as PR1.
  replace (- (IZR (c * c) / 2)) with (- (IZR c * IZR c / 2)) in E by (rewrite mult_IZR; ring).
  fold (bell (IZR c)) in E.
  pose proof (area_on_ok one P1 fuel c 1 ltac:(lia) ltac:(lia)) as A.
  replace (IZR c / 1) with (IZR c) in A by field.
  assert (W : encloses one (fst (area_on one fuel c 1), snd (area_on one fuel c 1) + snd a)%Z whole).
  { pose proof (area_le_whole (IZR c)). pose proof (whole_le (IZR c) CR).
    destruct A as [A1 A2], E as [E1 E2]. unfold encloses, holds. cbn [fst snd]. rewrite plus_IZR. split; nra. }
  set (n := Z.abs x) in *. set (m := Z.min n (c * d)) in *.
  pose proof (area_on_ok one P1 fuel m d P ltac:(unfold m, n; nia)) as Am.
  pose proof (quotient_over one P1 _ _ _ _ _ E0 Am W) as Q.
  pose proof whole_pos as W0.
  assert (N : encloses one (divide (summed (integer one 1) a0) 2) (normal (IZR m / IZR d))).
  { unfold encloses, normal.
    replace ((1 / 2 + / (2 * whole) * area (IZR m / IZR d)) * IZR one)
      with ((1 + area (IZR m / IZR d) / whole) * IZR one / 2) by (field; lra).
    apply divide_ok; [lia|]. apply summed_over; [apply (integer_over one 1)|exact Q]. }
  assert (R : encloses one (if Z.ltb (c * d) n then (fst (divide (summed (integer one 1) a0) 2), one)
                            else divide (summed (integer one 1) a0) 2) (normal (IZR n / IZR d))).
  { destruct (Z.ltb_spec (c * d) n) as [L|L].
    - assert (M : IZR m / IZR d <= IZR n / IZR d).
      { apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat, PR|]. apply IZR_le. unfold m. lia. }
      apply normal_grows in M. pose proof (normal_le_1 (IZR n / IZR d)). destruct N as [N1 _].
      unfold encloses, holds. cbn [fst snd]. split; nra.
    - replace n with m by (unfold m; lia). exact N. }
  apply coarser_ok in R. fold d in R. inversion H. destruct (Z.ltb_spec x 0) as [L|L].
  - replace (IZR x / IZR d) with (- (IZR n / IZR d)).
    + rewrite (proj1 (proj2 normal_distribution_exists)). apply summed_over; [apply integer_over|].
      apply negated_over, R.
    + unfold n. rewrite Z.abs_neq, opp_IZR by lia. unfold Rdiv. ring.
  - replace x with n by (unfold n; lia). exact R.
Qed.
