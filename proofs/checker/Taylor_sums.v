(** * Taylor sums as intervals

    The sums of [Taylor] at a rational, term by term, with the bound of the rest. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Taylor.
From KanCheck Require Import Result Interval_arithmetic.
Open Scope R_scope.

(** ** Taylor sums at n/d >= 0 *)
(** k terms are summed; t is the next one and s the sum so far, over any one. *)
Fixpoint series (fuel : nat) (e n d k a b : Z) (t s : interval) : interval :=
  let stop := (fst s - 2 * snd t, snd s + 2 * snd t)%Z in
  match fuel with
  | O => stop
  | S fuel' =>
      if Z.leb (snd t) 1 then stop
      else series fuel' e n d (k + 1) b (e * a) (divide (multiple n t) (d * (k + 1)))
             (summed s (multiple a t))
  end.
Lemma series_ok one e n d f (y := IZR n / IZR d) : (0 < one)%Z -> (0 < d)%Z -> (0 <= n)%Z ->
  forall fuel j a b t s v, encloses one t (term j y) -> encloses one s v ->
  (forall m, Rabs (f - v - taylor e m j a b y) <= 2 * term (j + m) y) ->
  encloses one (series fuel e n d (Z.of_nat j) a b t s) f.
Proof.
  intros P D0 N0. apply IZR_lt in P as PR. apply IZR_lt in D0 as DR. apply IZR_le in N0 as NR.
  assert (Hy : 0 <= y) by (apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra]).
  assert (Stop : forall j a b t s v, encloses one t (term j y) -> encloses one s v ->
    (forall m, Rabs (f - v - taylor e m j a b y) <= 2 * term (j + m) y) ->
    encloses one (fst s - 2 * snd t, snd s + 2 * snd t)%Z f).
  { intros j a b t s v T S H. specialize (H 0%nat). rewrite Nat.add_0_r in H. cbn [taylor] in H.
    pose proof (term_nonneg j y Hy).
    unfold encloses, holds in *. cbn [fst snd]. rewrite minus_IZR, plus_IZR, mult_IZR.
    unfold Rabs in H. destruct (Rcase_abs _); nra. }
  induction fuel as [|fuel IH]; intros j a b t s v T S H; cbn [series].
  - apply (Stop j a b t s v); auto.
  - destruct (Z.leb (snd t) 1); [apply (Stop j a b t s v); auto|].
    replace (Z.of_nat j + 1)%Z with (Z.of_nat (Datatypes.S j)) by lia.
    apply (IH _ _ _ _ _ (v + IZR a * term j y)).
    + unfold encloses. rewrite term_S.
      replace (term j y * y / INR (Datatypes.S j) * IZR one)
        with (IZR n * (term j y * IZR one) / IZR (d * Z.of_nat (Datatypes.S j))).
      * apply divide_ok; [nia|]. apply multiple_ok, T.
      * rewrite mult_IZR, <- INR_IZR_INZ. pose proof (not_0_INR (Datatypes.S j) ltac:(lia)).
        unfold y. field. split; lra.
    + unfold encloses. rewrite Rmult_plus_distr_r, Rmult_assoc. apply summed_ok; [exact S|].
      apply multiple_ok, T.
    + intros m. specialize (H (Datatypes.S m)). cbn [taylor] in H.
      replace (j + Datatypes.S m)%nat with (Datatypes.S j + m)%nat in H by lia.
      replace (f - (v + IZR a * term j y) - taylor e m (Datatypes.S j) b (e * a) y)
        with (f - v - (IZR a * term j y + taylor e m (Datatypes.S j) b (e * a) y)) by ring.
      exact H.
Qed.
Definition start (fuel : nat) (one e n d a b : Z) : interval :=
  series fuel e n d 0 a b (one, one) (0, 0)%Z.
Lemma start_ok fuel one e n d a b f : (0 < one)%Z -> (0 < d)%Z -> (0 <= n)%Z ->
  (forall m, Rabs (f - taylor e m 0 a b (IZR n / IZR d)) <= 2 * term m (IZR n / IZR d)) ->
  encloses one (start fuel one e n d a b) f.
Proof.
  intros P D0 N0 H. apply (series_ok one e n d f P D0 N0 fuel 0 a b _ _ 0).
  - unfold encloses, holds. rewrite term_0. simpl. lra.
  - unfold encloses, holds. simpl. lra.
  - intros m. rewrite Rminus_0_r. apply H.
Qed.

(** How often n/d has to be halved to be about 2^-8. *)
Definition halvings (n d : Z) : nat := Z.to_nat (Z.log2 n + 9 - Z.log2 d).
Lemma halved n d s : (0 < d)%Z -> IZR n / IZR d = 2 ^ s * (IZR n / IZR (d * power_of_2 s)).
Proof.
  intros P. apply IZR_lt in P. rewrite mult_IZR, power_of_2_ok, <- pow_IZR.
  pose proof (pow_lt 2 s ltac:(lra)). field. lra.
Qed.
