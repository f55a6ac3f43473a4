(** * Enclosures of exp, sigmoid, silu, tanh, gaussian, sin and cos

    An interval is a pair of integers over a common denominator, 2^bits; divisions round
    outward.  exp, sin and cos are Taylor sums at an argument that is halved to at most 2^-8,
    with the bounds of [Taylor], and then squared or doubled back:

      exp(2y) = exp(y)^2,   cos(2y) = 2 cos(y)^2 - 1,   sin(2y) = 2 sin(y) cos(y).

    All the others are made from exp.  How many terms and bits are used is a matter of width,
    not of soundness. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Atoms Taylor.
From KanCheck Require Import Rational Result Functions.
Open Scope R_scope.

Definition interval := (Z * Z)%type.
Definition holds (i : interval) (x : R) : Prop := IZR (fst i) <= x <= IZR (snd i).

(** ** Arithmetic *)
Definition ceiling (a b : Z) : Z := (- ((- a) / b))%Z.
Definition summed (i j : interval) : interval := (fst i + fst j, snd i + snd j)%Z.
Definition negated (i : interval) : interval := (- snd i, - fst i)%Z.
Definition multiple (c : Z) (i : interval) : interval :=
  if Z.leb 0 c then (c * fst i, c * snd i)%Z else (c * snd i, c * fst i)%Z.
Definition divide (i : interval) (d : Z) : interval := (fst i / d, ceiling (snd i) d)%Z.
Definition product (i j : interval) : interval :=
  let (a, b) := i in let (c, d) := j in
  if Z.leb 0 a && Z.leb 0 c then (a * c, b * d)%Z else
  let p := (a * c)%Z in let q := (a * d)%Z in let r := (b * c)%Z in let s := (b * d)%Z in
  (Z.min (Z.min p q) (Z.min r s), Z.max (Z.max p q) (Z.max r s)).
(** 1/x over one, for x over one. *)
Definition inverse (one : Z) (i : interval) : result interval :=
  if Z.ltb 0 (fst i) then Ok ((one * one) / snd i, ceiling (one * one) (fst i))%Z
  else Unsupported "an enclosure that is too wide".

Lemma floor_ok a b : (0 < b)%Z -> IZR (a / b) <= IZR a / IZR b.
Proof.
  intros H. apply IZR_lt in H as HR. apply (Rmult_le_reg_r (IZR b)); [lra|].
  replace (IZR a / IZR b * IZR b) with (IZR a) by (field; lra).
  rewrite <- mult_IZR. apply IZR_le. rewrite Z.mul_comm. apply Z.mul_div_le, H.
Qed.
Lemma ceiling_ok a b : (0 < b)%Z -> IZR a / IZR b <= IZR (ceiling a b).
Proof.
  intros H. pose proof (floor_ok (- a) b H) as F. unfold ceiling. rewrite !opp_IZR in *.
  unfold Rdiv in *. lra.
Qed.
Lemma summed_ok i j x y : holds i x -> holds j y -> holds (summed i j) (x + y).
Proof. unfold holds. simpl. rewrite !plus_IZR. lra. Qed.
Lemma negated_ok i x : holds i x -> holds (negated i) (- x).
Proof. unfold holds. simpl. rewrite !opp_IZR. lra. Qed.
Lemma multiple_ok c i x : holds i x -> holds (multiple c i) (IZR c * x).
Proof.
  unfold holds, multiple. destruct (Z.leb_spec 0 c) as [L|L]; [apply IZR_le in L|apply IZR_lt in L];
    simpl; rewrite !mult_IZR; nra.
Qed.
Lemma divide_ok d i x : (0 < d)%Z -> holds i x -> holds (divide i d) (x / IZR d).
Proof.
  intros H [L U]. pose proof (floor_ok (fst i) d H). pose proof (ceiling_ok (snd i) d H).
  apply IZR_lt, Rinv_0_lt_compat in H. unfold holds. simpl. unfold Rdiv in *. nra.
Qed.
Lemma product_ok i j x y : holds i x -> holds j y -> holds (product i j) (x * y).
Proof.
  destruct i as [a b], j as [c d]. unfold holds. simpl. intros [Ha Hb] [Hc Hd].
  destruct (_ && _) eqn:E.
  - apply andb_prop in E. destruct E as [E F]. apply Z.leb_le, IZR_le in E, F. simpl.
    rewrite !mult_IZR. nra.
  - cbn [fst snd]. set (p := (a * c)%Z). set (q := (a * d)%Z). set (r := (b * c)%Z). set (s := (b * d)%Z).
    assert (L : forall m, (m <= p)%Z -> (m <= q)%Z -> (m <= r)%Z -> (m <= s)%Z -> IZR m <= x * y).
    { intros m Lp Lq Lr Ls. apply IZR_le in Lp, Lq, Lr, Ls. subst p q r s. rewrite mult_IZR in *.
      destruct (Rle_or_lt 0 x), (Rle_or_lt 0 (IZR c)), (Rle_or_lt 0 (IZR d)); nra. }
    assert (U : forall m, (p <= m)%Z -> (q <= m)%Z -> (r <= m)%Z -> (s <= m)%Z -> x * y <= IZR m).
    { intros m Lp Lq Lr Ls. apply IZR_le in Lp, Lq, Lr, Ls. subst p q r s. rewrite mult_IZR in *.
      destruct (Rle_or_lt 0 x), (Rle_or_lt 0 (IZR c)), (Rle_or_lt 0 (IZR d)); nra. }
    split; [apply L|apply U]; lia.
Qed.

(** x is enclosed by i over one. *)
Definition encloses (one : Z) (i : interval) (x : R) : Prop := holds i (x * IZR one).
Section Over.
Variable one : Z.
Hypothesis positive : (0 < one)%Z.
Lemma one_positive : 0 < IZR one. Proof. apply IZR_lt, positive. Qed.
Lemma inverse_ok i j x : inverse one i = Ok j -> encloses one i x -> encloses one j (/ x).
Proof.
  pose proof one_positive as P. unfold inverse, encloses, holds. intros H [L U].
  destruct (Z.ltb_spec 0 (fst i)) as [Q|]; [|discriminate]. inversion H. cbn [fst snd].
  assert (Q2 : (0 < snd i)%Z).
  { apply IZR_lt in Q. apply lt_IZR. nra. }
  pose proof (floor_ok (one * one) (snd i) Q2) as F.
  pose proof (ceiling_ok (one * one) (fst i) Q) as C.
  apply IZR_lt in Q, Q2. rewrite mult_IZR in F, C.
  assert (0 < x) by nra.
  assert (E : / x * IZR one = (IZR one * IZR one) * / (x * IZR one)) by (field; nra).
  assert (I1 : / IZR (snd i) <= / (x * IZR one)) by (apply Rinv_le_contravar; nra).
  assert (I2 : / (x * IZR one) <= / IZR (fst i)) by (apply Rinv_le_contravar; nra).
  rewrite E. unfold Rdiv in *. nra.
Qed.
Lemma summed_over i j x y : encloses one i x -> encloses one j y -> encloses one (summed i j) (x + y).
Proof. unfold encloses. intros. rewrite Rmult_plus_distr_r. apply summed_ok; auto. Qed.
Lemma negated_over i x : encloses one i x -> encloses one (negated i) (- x).
Proof. unfold encloses. intros. rewrite Ropp_mult_distr_l_reverse. apply negated_ok; auto. Qed.
Lemma multiple_over c i x : encloses one i x -> encloses one (multiple c i) (IZR c * x).
Proof. unfold encloses. intros. rewrite Rmult_assoc. apply multiple_ok; auto. Qed.
Lemma product_over i j x y : encloses one i x -> encloses one j y ->
  encloses one (divide (product i j) one) (x * y).
Proof.
  pose proof one_positive as P. unfold encloses. intros.
  replace (x * y * IZR one) with (x * IZR one * (y * IZR one) / IZR one) by (field; lra).
  apply divide_ok; auto. apply product_ok; auto.
Qed.
Definition integer (z : Z) : interval := (z * one, z * one)%Z.
Lemma integer_over z : encloses one (integer z) (IZR z).
Proof. unfold encloses, holds. simpl. rewrite mult_IZR. lra. Qed.
Lemma below_over i x y z j : encloses one i x -> encloses one j y -> x <= z <= y ->
  encloses one (fst i, snd j) z.
Proof. pose proof one_positive. unfold encloses, holds. simpl. nra. Qed.
(** A rational, rounded outward. *)
Definition outward (q : Q) : interval :=
  let z := (Qnum q * one)%Z in divide (z, z) (Zpos (Qden q)).
Lemma outward_ok q : encloses one (outward q) (Q2R q).
Proof.
  unfold encloses, outward. cbv zeta.
  replace (Q2R q * IZR one) with (IZR (Qnum q * one) / IZR (Zpos (Qden q))).
  - apply divide_ok; [reflexivity|]. unfold holds. simpl. lra.
  - unfold Q2R, Rdiv. rewrite mult_IZR. ring.
Qed.
End Over.

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

Definition power_of_2 (k : nat) : Z := Z.shiftl 1 (Z.of_nat k).
Lemma power_of_2_ok k : power_of_2 k = (2 ^ Z.of_nat k)%Z.
Proof. unfold power_of_2. apply Z.shiftl_1_l. Qed.
Lemma power_of_2_positive k : (0 < power_of_2 k)%Z.
Proof. rewrite power_of_2_ok. apply Z.pow_pos_nonneg; lia. Qed.
(** From 2^(bits + extra) to 2^bits. *)
Definition coarser (extra : nat) (i : interval) : interval := divide i (power_of_2 extra).
Lemma coarser_ok bits extra i x : encloses (power_of_2 (bits + extra)) i x ->
  encloses (power_of_2 bits) (coarser extra i) x.
Proof.
  unfold encloses, coarser. intros H. pose proof (power_of_2_positive extra) as P.
  apply (divide_ok _ _ _ P) in H. apply IZR_lt in P.
  replace (x * IZR (power_of_2 bits)) with (x * IZR (power_of_2 (bits + extra)) / IZR (power_of_2 extra)).
  - exact H.
  - rewrite !power_of_2_ok, Nat2Z.inj_add, Z.pow_add_r, mult_IZR, <- !power_of_2_ok by lia.
    field. lra.
Qed.
(** How often n/d has to be halved to be about 2^-8. *)
Definition halvings (n d : Z) : nat := Z.to_nat (Z.log2 n + 9 - Z.log2 d).
Lemma halved n d s : (0 < d)%Z -> IZR n / IZR d = 2 ^ s * (IZR n / IZR (d * power_of_2 s)).
Proof.
  intros P. apply IZR_lt in P. rewrite mult_IZR, power_of_2_ok, <- pow_IZR.
  pose proof (pow_lt 2 s ltac:(lra)). field. lra.
Qed.

(** ** exp *)
Fixpoint squared (one : Z) (times : nat) (i : interval) : interval :=
  match times with O => i | S k => squared one k (divide (product i i) one) end.
Lemma squared_ok one times : (0 < one)%Z -> forall i y, encloses one i (exp y) ->
  encloses one (squared one times i) (exp (2 ^ times * y)).
Proof.
  intros P. induction times as [|k IH]; intros i y H; cbn [squared pow].
  - rewrite Rmult_1_l. exact H.
  - replace (2 * 2 ^ k * y) with (2 ^ k * (2 * y)) by ring. apply IH.
    replace (2 * y) with (y + y) by ring. rewrite exp_plus. apply product_over; auto.
Qed.
(** exp(n/d) for n/d >= 0, over 2^bits. *)
Definition exp_upward (bits : nat) (n d : Z) : result interval :=
  let s := halvings n d in
  let extra := (s + 2 * Z.to_nat (n / d) + 32)%nat in
  let one := power_of_2 (bits + extra) in
  let d' := (d * power_of_2 s)%Z in
  if Z.leb (2 * n) d' then
    Ok (coarser extra (squared one s (start (bits + extra) one 1 n d' 1 1)))
  else Unsupported "exp of this".
Lemma exp_upward_ok bits n d i : (0 < d)%Z -> (0 <= n)%Z -> exp_upward bits n d = Ok i ->
  encloses (power_of_2 bits) i (exp (IZR n / IZR d)).
Proof.
  intros D0 N0. unfold exp_upward. set (s := halvings n d). cbv zeta.
  set (extra := (s + _ + _)%nat).
  destruct (Z.leb_spec (2 * n) (d * power_of_2 s)) as [L|]; [|discriminate].
  intros H. inversion H; subst i. clear H.
  pose proof (power_of_2_positive s) as P. pose proof (power_of_2_positive (bits + extra)) as P'.
  apply coarser_ok. rewrite (halved n d s D0). apply squared_ok; auto.
  assert (D1 : (0 < d * power_of_2 s)%Z) by nia.
  apply start_ok; auto. intros m. apply exp_taylor.
  apply IZR_lt in D1 as DR. apply IZR_le in L, N0. rewrite mult_IZR in L. split.
  - apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra].
  - apply (Rmult_le_reg_r (IZR (d * power_of_2 s))); [lra|]. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.
(** exp(-n/d) for n/d >= 0, which is below exp(-bits) where n/d > bits. *)
Definition exp_downward (bits : nat) (n d : Z) : result interval :=
  let b := Z.of_nat bits in
  if Z.ltb (b * d) n then
    let? i := exp_upward bits b 1 in
    let? j := inverse (power_of_2 bits) i in Ok (0%Z, snd j)
  else let? i := exp_upward bits n d in inverse (power_of_2 bits) i.
Lemma exp_downward_ok bits n d i : (0 < d)%Z -> (0 <= n)%Z -> exp_downward bits n d = Ok i ->
  encloses (power_of_2 bits) i (exp (- (IZR n / IZR d))).
Proof.
  intros D0 N0. pose proof (power_of_2_positive bits) as P. unfold exp_downward. cbv zeta.
  destruct (Z.ltb_spec (Z.of_nat bits * d) n) as [L|L]; intros H; unbind H.
  - inversion H; subst. apply exp_upward_ok in E; [|lia|lia].
    apply (inverse_ok _ P _ _ _ E0) in E. rewrite <- exp_Ropp in E.
    apply IZR_lt in L, D0, P. rewrite mult_IZR in L.
    pose proof (exp_pos (- (IZR n / IZR d))).
    assert (exp (- (IZR n / IZR d)) <= exp (- (IZR (Z.of_nat bits) / 1))).
    { apply exp_le, Ropp_le_contravar. apply (Rmult_le_reg_r (IZR d)); [lra|].
      unfold Rdiv. rewrite Rinv_1, (Rmult_assoc (IZR n)), Rinv_l by lra. lra. }
    unfold encloses, holds in *. simpl. nra.
  - rewrite exp_Ropp. apply (inverse_ok _ P _ _ _ H). apply exp_upward_ok; auto.
Qed.
Definition largest_exponent : Z := 4096.
Definition exp_at (bits : nat) (x : Z) : result interval :=
  let d := power_of_2 bits in
  if Z.ltb x 0 then exp_downward bits (- x) d
  else if Z.ltb (largest_exponent * d) x then Unsupported "exp beyond 4096"
  else exp_upward bits x d.
Lemma exp_at_ok bits x i : exp_at bits x = Ok i ->
  encloses (power_of_2 bits) i (exp (IZR x / IZR (power_of_2 bits))).
Proof.
  pose proof (power_of_2_positive bits) as P. unfold exp_at. cbv zeta. intros H.
  destruct (Z.ltb_spec x 0).
  - apply exp_downward_ok in H; [|exact P|lia]. rewrite opp_IZR in H.
    replace (- (- IZR x / IZR (power_of_2 bits))) with (IZR x / IZR (power_of_2 bits)) in H; auto.
    unfold Rdiv. ring.
  - destruct (Z.ltb _ x); [discriminate|]. apply exp_upward_ok; auto.
Qed.


(** ** Functions of intervals *)
(** Where x lies in i, it lies between the ends over one. *)
Lemma between one i x : (0 < one)%Z -> encloses one i x ->
  IZR (fst i) / IZR one <= x <= IZR (snd i) / IZR one.
Proof.
  intros P [L U]. apply IZR_lt in P.
  split; apply (Rmult_le_reg_r (IZR one)); auto; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra.
Qed.
(** An increasing function, by its enclosures at the ends. *)
Definition increasing (at_end : Z -> result interval) (i : interval) : result interval :=
  let? lo := at_end (fst i) in
  let? hi := if Z.eqb (fst i) (snd i) then Ok lo else at_end (snd i) in
  Ok (fst lo, snd hi).
Lemma increasing_ok one at_end f i j x : (0 < one)%Z ->
  (forall y z, y <= z -> f y <= f z) ->
  (forall z k, at_end z = Ok k -> encloses one k (f (IZR z / IZR one))) ->
  increasing at_end i = Ok j -> encloses one i x -> encloses one j (f x).
Proof.
  intros P M A. unfold increasing. intros H X. unbind H. inversion H; subst. clear H.
  apply between in X; [|exact P]. destruct X as [X1 X2]. apply M in X1, X2.
  apply (below_over one P a (f (IZR (fst i) / IZR one)) (f (IZR (snd i) / IZR one)) (f x) a0);
    auto.
  destruct (Z.eqb_spec (fst i) (snd i)) as [<-|]; [inversion E0; subst|]; auto.
Qed.

(** sigmoid(-n/d) = 1 - 1/(1 + exp(-n/d)), and sigmoid(z) = 1 - sigmoid(-z). *)
Definition sigmoid_at (bits : nat) (x : Z) : result interval :=
  let one := power_of_2 bits in
  let? e := exp_downward bits (Z.abs x) one in
  let? r := inverse one (summed (integer one 1) e) in
  Ok (if Z.ltb x 0 then summed (integer one 1) (negated r) else r).
Lemma sigmoid_at_ok bits x i : sigmoid_at bits x = Ok i ->
  encloses (power_of_2 bits) i (sigmoid (IZR x / IZR (power_of_2 bits))).
Proof.
  pose proof (power_of_2_positive bits) as P. unfold sigmoid_at. cbv zeta. intros H. unbind H.
  apply exp_downward_ok in E; [|exact P|lia].
  apply (summed_over _ _ _ _ _ (integer_over _ 1)) in E.
  apply (inverse_ok _ P _ _ _ E0) in E. fold (sigmoid (IZR (Z.abs x) / IZR (power_of_2 bits))) in E.
  inversion H; subst. destruct (Z.ltb_spec x 0).
  - replace (IZR x / IZR (power_of_2 bits)) with (- (IZR (Z.abs x) / IZR (power_of_2 bits))).
    + rewrite sigmoid_turn. apply summed_over; [apply integer_over|]. apply negated_over, E.
    + rewrite Z.abs_neq, opp_IZR by lia. unfold Rdiv. ring.
  - rewrite Z.abs_eq in E by lia. exact E.
Qed.
Lemma sigmoid_le y z : y <= z -> sigmoid y <= sigmoid z.
Proof.
  intros H. unfold sigmoid. pose proof (exp_pos (- z)).
  pose proof (exp_le (- z) (- y) ltac:(lra)). apply Rinv_le_contravar; lra.
Qed.

(** The squares of an interval. *)
Definition squares (one : Z) (i : interval) : interval :=
  let far := Z.max (Z.abs (fst i)) (Z.abs (snd i)) in
  let near := if Z.leb 0 (fst i) || Z.leb (snd i) 0 then Z.min (Z.abs (fst i)) (Z.abs (snd i)) else 0%Z in
  divide (near * near, far * far)%Z one.
Lemma squares_over one i x : (0 < one)%Z -> encloses one i x -> encloses one (squares one i) (x * x).
Proof.
  intros P [L U]. apply IZR_lt in P as PR. unfold encloses, squares. cbv zeta.
  replace (x * x * IZR one) with (x * IZR one * (x * IZR one) / IZR one) by (field; lra).
  apply divide_ok; auto. set (z := x * IZR one) in *. clearbody z. clear PR.
  assert (F : Rabs z <= IZR (Z.max (Z.abs (fst i)) (Z.abs (snd i)))).
  { apply Rabs_le. split.
    - apply (Rle_trans _ (IZR (fst i))); [rewrite <- opp_IZR; apply IZR_le; lia|exact L].
    - apply (Rle_trans _ (IZR (snd i))); [exact U|apply IZR_le; lia]. }
  split; cbn [fst snd]; rewrite mult_IZR.
  - destruct (_ || _) eqn:E; [|nra]. apply orb_prop in E.
    destruct E as [E|E]; apply Z.leb_le in E.
    + rewrite Z.min_l, Z.abs_eq; [apply IZR_le in E; nra|lia|].
      assert (fst i <= snd i)%Z by (apply le_IZR; lra). lia.
    + rewrite Z.min_r, Z.abs_neq, opp_IZR; [apply IZR_le in E; nra|lia|].
      assert (fst i <= snd i)%Z by (apply le_IZR; lra). lia.
  - pose proof (Rabs_pos z). unfold Rabs in *. destruct (Rcase_abs z); nra.
Qed.

(** ** sin and cos *)
Fixpoint doubled (one : Z) (times : nat) (c s : interval) : interval * interval :=
  match times with
  | O => (c, s)
  | S k =>
      doubled one k
        (summed (multiple 2 (divide (product c c) one)) (integer one (-1)))
        (multiple 2 (divide (product s c) one))
  end.
Lemma doubled_ok one times : (0 < one)%Z -> forall c s y,
  encloses one c (cos y) -> encloses one s (sin y) ->
  encloses one (fst (doubled one times c s)) (cos (2 ^ times * y)) /\
  encloses one (snd (doubled one times c s)) (sin (2 ^ times * y)).
Proof.
  intros P. induction times as [|k IH]; intros c s y C S; cbn [doubled pow].
  - rewrite Rmult_1_l. auto.
  - replace (2 * 2 ^ k * y) with (2 ^ k * (2 * y)) by ring. apply IH.
    + rewrite cos_2a_cos. replace (2 * cos y * cos y - 1) with (2 * (cos y * cos y) + -1) by ring.
      apply summed_over; [|apply integer_over]. apply multiple_over, product_over; auto.
    + rewrite sin_2a. rewrite Rmult_assoc. apply multiple_over, product_over; auto.
Qed.
Definition largest_halvings : nat := 512.
(** cos and sin of x/2^bits. *)
Definition circle_at (bits : nat) (x : Z) : result (interval * interval) :=
  let d := power_of_2 bits in
  let n := Z.abs x in
  let s := halvings n d in
  if Nat.ltb largest_halvings s then Unsupported "sin or cos beyond 2^504" else
  let extra := (2 * s + 32)%nat in
  let one := power_of_2 (bits + extra) in
  let d' := (d * power_of_2 s)%Z in
  let at_ := start (bits + extra) one (-1) n d' in
  let (cosine, sine) := doubled one s (at_ 1 0)%Z (at_ 0 1)%Z in
  let sine := coarser extra sine in
  Ok (coarser extra cosine, if Z.ltb x 0 then negated sine else sine).
Lemma circle_at_ok bits x c s (z := IZR x / IZR (power_of_2 bits)) :
  circle_at bits x = Ok (c, s) ->
  encloses (power_of_2 bits) c (cos z) /\ encloses (power_of_2 bits) s (sin z).
Proof.
  pose proof (power_of_2_positive bits) as P. unfold circle_at. cbv zeta.
  set (h := halvings (Z.abs x) (power_of_2 bits)). set (extra := (2 * h + 32)%nat).
  destruct (Nat.ltb _ h); [discriminate|].
  pose proof (power_of_2_positive h) as Ph. pose proof (power_of_2_positive (bits + extra)) as P'.
  set (one := power_of_2 (bits + extra)) in *. set (d' := (power_of_2 bits * power_of_2 h)%Z).
  assert (D : (0 < d')%Z) by (unfold d'; nia). apply IZR_lt in D as DR.
  assert (Hy : 0 <= IZR (Z.abs x) / IZR d').
  { apply Rmult_le_pos; [apply IZR_le; lia|left; apply Rinv_0_lt_compat, DR]. }
  pose proof (start_ok (bits + extra) one (-1) (Z.abs x) d' 1 0 (cos (IZR (Z.abs x) / IZR d'))
    P' D ltac:(lia) (fun m => cos_taylor m _ Hy)) as C.
  pose proof (start_ok (bits + extra) one (-1) (Z.abs x) d' 0 1 (sin (IZR (Z.abs x) / IZR d'))
    P' D ltac:(lia) (fun m => sin_taylor m _ Hy)) as S.
  destruct (doubled_ok one h P' _ _ _ C S) as [C' S'].
  destruct (doubled one h _ _) as [c' s']. intros H. inversion H; subst. clear H.
  cbn [fst snd] in C', S'. apply coarser_ok in C', S'.
  unfold d' in C', S'. rewrite <- (halved _ _ h P) in C', S'.
  unfold z. destruct (Z.ltb_spec x 0).
  - rewrite Z.abs_neq, opp_IZR in C', S' by lia.
    replace (- IZR x / IZR (power_of_2 bits)) with (- (IZR x / IZR (power_of_2 bits))) in C', S'
      by (unfold Rdiv; ring).
    rewrite cos_neg in C'. rewrite sin_neg in S'. apply negated_over in S'.
    rewrite Ropp_involutive in S'. auto.
  - rewrite Z.abs_eq in C', S' by lia. auto.
Qed.
(** On an interval: at its middle, widened by its radius. *)
Definition circle_on (bits : nat) (i : interval) : result (interval * interval) :=
  let middle := ((fst i + snd i) / 2)%Z in
  let radius := Z.max (snd i - middle) (middle - fst i) in
  let widened (j : interval) := (fst j - radius, snd j + radius)%Z in
  let? (c, s) := circle_at bits middle in
  Ok (widened c, widened s).
Lemma circle_on_ok bits i x c s : circle_on bits i = Ok (c, s) -> encloses (power_of_2 bits) i x ->
  encloses (power_of_2 bits) c (cos x) /\ encloses (power_of_2 bits) s (sin x).
Proof.
  pose proof (power_of_2_positive bits) as P. unfold circle_on. cbv zeta. intros H [L U]. unbind H.
  set (m := ((fst i + snd i) / 2)%Z) in *. destruct a as [c' s'].
  inversion H; subst. clear H. destruct (circle_at_ok _ _ _ _ E) as [C S].
  set (y := IZR m / IZR (power_of_2 bits)) in *.
  assert (Hc : Rabs (cos x - cos y) <= Rabs (x - y)).
  { apply (slope_1 cos (fun c => - sin c)); [apply derivable_pt_lim_cos|].
    intros. rewrite Rabs_Ropp. apply sin_abs. }
  assert (Hs : Rabs (sin x - sin y) <= Rabs (x - y)).
  { apply (slope_1 sin cos); [apply derivable_pt_lim_sin|apply cos_abs]. }
  assert (R : Rabs (x - y) * IZR (power_of_2 bits) <= IZR (Z.max (snd i - m) (m - fst i))).
  { apply IZR_lt in P. rewrite <- (Rabs_pos_eq (IZR (power_of_2 bits))) at 1 by lra.
    rewrite <- Rabs_mult. unfold y.
    replace ((x - IZR m / IZR (power_of_2 bits)) * IZR (power_of_2 bits))
      with (x * IZR (power_of_2 bits) - IZR m) by (field; lra).
    pose proof (IZR_le _ _ (Z.le_max_l (snd i - m) (m - fst i))).
    pose proof (IZR_le _ _ (Z.le_max_r (snd i - m) (m - fst i))). rewrite minus_IZR in *.
    apply Rabs_le. lra. }
  apply IZR_lt in P. unfold encloses, holds in *. cbn [fst snd]. rewrite !minus_IZR, !plus_IZR.
  revert Hc Hs R. generalize (Rabs (x - y)). intros r Hc Hs R.
  unfold Rabs in Hc, Hs. destruct (Rcase_abs (cos x - cos y)), (Rcase_abs (sin x - sin y)); nra.
Qed.

(** ** Atoms *)
Section Atoms.
Context {N : Normal_distribution}.
Definition atom_on (bits : nat) (n : atom) (i : interval) : result interval :=
  let one := power_of_2 bits in
  match n with
  | Exp => increasing (exp_at bits) i
  | Gaussian => increasing (exp_at bits) (negated (squares one i))
  | Sigmoid => increasing (sigmoid_at bits) i
  | Tanh => let? s := increasing (sigmoid_at bits) (multiple 2 i) in
            Ok (summed (multiple 2 s) (integer one (-1)))
  | Silu => let? s := increasing (sigmoid_at bits) i in Ok (divide (product i s) one)
  | Cos => let? (c, _) := circle_on bits i in Ok c
  | Sin => let? (_, s) := circle_on bits i in Ok s
  | Gelu => Unsupported "values of gelu"
  end.
Theorem atom_on_ok bits n i j x : atom_on bits n i = Ok j -> encloses (power_of_2 bits) i x ->
  encloses (power_of_2 bits) j (atom_value n x).
Proof.
  pose proof (power_of_2_positive bits) as P.
  pose proof (fun i j x => increasing_ok _ _ _ i j x P sigmoid_le (sigmoid_at_ok bits)) as Si.
  pose proof (fun i j x => increasing_ok _ _ _ i j x P exp_le (exp_at_ok bits)) as Ex.
  destruct n; cbn [atom_on atom_value]; intros H X; try discriminate.
  - apply (Si _ _ _ H X).
  - unbind H. inversion H. apply product_over; auto. apply (Si _ _ _ E X).
  - unbind H. inversion H. rewrite tanh_is_sigmoid. apply summed_over; [|apply integer_over].
    apply multiple_over. apply (Si _ _ _ E). apply (multiple_over _ 2), X.
  - apply (Ex _ _ _ H X).
  - apply (Ex _ _ _ H). apply negated_over, squares_over; auto.
  - unbind H. destruct a as [c s]. inversion H; subst. apply (circle_on_ok _ _ _ _ _ E X).
  - unbind H. destruct a as [c s]. inversion H; subst. apply (circle_on_ok _ _ _ _ _ E X).
Qed.

(** An atom at a rational, to about [bits] bits: between two rationals. *)
Definition dyadic (bits : nat) (z : Z) : Q := Qmake z (Z.to_pos (power_of_2 bits)).
Lemma val_dyadic bits z : Q2R (dyadic bits z) = IZR z / IZR (power_of_2 bits).
Proof.
  pose proof (power_of_2_positive bits). unfold dyadic, Q2R. simpl. rewrite Z2Pos.id; auto.
Qed.
Definition enclose_atom (bits : nat) (n : atom) (x : Q) : result (Q * Q) :=
  let? i := atom_on bits n (outward (power_of_2 bits) x) in
  Ok (dyadic bits (fst i), dyadic bits (snd i)).
Theorem enclose_atom_ok bits n x lo hi : enclose_atom bits n x = Ok (lo, hi) ->
  Q2R lo <= atom_value n (Q2R x) <= Q2R hi.
Proof.
  pose proof (power_of_2_positive bits) as P. unfold enclose_atom. intros H. unbind H.
  inversion H; subst. rewrite !val_dyadic. apply between; auto.
  apply (atom_on_ok _ _ _ _ _ E). apply outward_ok.
Qed.
End Atoms.
