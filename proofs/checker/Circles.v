(** * Enclosures of sin and cos

    Taylor sums at an argument that is halved to at most 2^-8, doubled again:

      cos(2y) = 2 cos(y)^2 - 1,   sin(2y) = 2 sin(y) cos(y). *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Taylor.
From KanCheck Require Import Result Interval_arithmetic Taylor_sums.
Open Scope R_scope.

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
