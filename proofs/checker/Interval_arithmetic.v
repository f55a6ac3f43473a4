(** * Intervals of integers over a common denominator

    An interval is a pair of integers over [one], mostly 2^bits; divisions round outward. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result.
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
(** Where more bits may help. *)
Definition too_wide : string := "an enclosure that is too wide".
(** 1/x over one, for x over one. *)
Definition inverse (one : Z) (i : interval) : result interval :=
  if Z.ltb 0 (fst i) then Ok ((one * one) / snd i, ceiling (one * one) (fst i))%Z
  else Unsupported too_wide.

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

(** The quotient by a positive number. *)
Definition quotient (i j : interval) : result interval :=
  if Z.ltb 0 (fst j) then
    let (a, b) := (fst i * one, snd i * one)%Z in
    Ok (Z.min (a / fst j) (a / snd j), Z.max (ceiling b (fst j)) (ceiling b (snd j)))
  else Unsupported too_wide.
Lemma quotient_over i j k x y : quotient i j = Ok k -> encloses one i x -> encloses one j y ->
  encloses one k (x / y).
Proof.
  apply IZR_lt in positive as P. unfold quotient. intros H [L U] [L' U'].
  destruct (Z.ltb_spec 0 (fst j)) as [Q|]; [|discriminate].
  set (a := (fst i * one)%Z) in *. set (b := (snd i * one)%Z) in *.
  inversion H; subst k. clear H. unfold encloses, holds. cbn [fst snd].
  assert (J : (fst j <= snd j)%Z) by (apply le_IZR; lra).
  assert (A : IZR a <= x * IZR one * IZR one) by (unfold a; rewrite mult_IZR; nra).
  assert (B : x * IZR one * IZR one <= IZR b) by (unfold b; rewrite mult_IZR; nra).
  pose proof (floor_ok a (fst j) Q) as F1. pose proof (floor_ok a (snd j) ltac:(lia)) as F2.
  pose proof (ceiling_ok b (fst j) Q) as C1. pose proof (ceiling_ok b (snd j) ltac:(lia)) as C2.
  apply IZR_lt in Q. assert (y <> 0) by (intros ->; rewrite Rmult_0_l in L'; lra).
  assert (IZR one <> 0) by lra. set (d := y * IZR one) in *.
  replace (x / y * IZR one) with (x * IZR one * IZR one * / d) by (unfold d; field; auto).
  assert (D1 : / d <= / IZR (fst j)) by (apply Rinv_le_contravar; lra).
  assert (D2 : / IZR (snd j) <= / d) by (apply Rinv_le_contravar; lra).
  assert (D0 : 0 < / IZR (snd j)) by (apply Rinv_0_lt_compat; lra).
  assert (M1 := IZR_le _ _ (Z.le_min_l (a / fst j) (a / snd j))).
  assert (M2 := IZR_le _ _ (Z.le_min_r (a / fst j) (a / snd j))).
  assert (M3 := IZR_le _ _ (Z.le_max_l (ceiling b (fst j)) (ceiling b (snd j)))).
  assert (M4 := IZR_le _ _ (Z.le_max_r (ceiling b (fst j)) (ceiling b (snd j)))).
  unfold Rdiv in *. split.
  - destruct (Rle_or_lt 0 (IZR a)); [apply (Rle_trans _ (IZR a * / IZR (snd j))); [lra|nra]|].
    apply (Rle_trans _ (IZR a * / IZR (fst j))); [lra|]. nra.
  - destruct (Rle_or_lt 0 (IZR b)); [apply (Rle_trans _ (IZR b * / IZR (fst j))); [nra|lra]|].
    apply (Rle_trans _ (IZR b * / IZR (snd j))); [|lra]. nra.
Qed.
End Over.

(** ** Over powers of two *)
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
(** To about [bits] bits. *)
Definition dyadic (bits : nat) (z : Z) : Q := Qmake z (Z.to_pos (power_of_2 bits)).
Lemma val_dyadic bits z : Q2R (dyadic bits z) = IZR z / IZR (power_of_2 bits).
Proof.
  pose proof (power_of_2_positive bits). unfold dyadic, Q2R. simpl. rewrite Z2Pos.id; auto.
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
