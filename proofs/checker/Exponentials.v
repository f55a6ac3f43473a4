(** * Enclosures of exp and sigmoid

    exp(n/d) is a Taylor sum at an argument that is halved to at most 2^-8, squared again:
    exp(2y) = exp(y)^2. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Atoms Taylor.
From KanCheck Require Import Result Interval_arithmetic Taylor_sums.
Open Scope R_scope.

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

(** ** sigmoid *)
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
