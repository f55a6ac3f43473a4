(** * Enclosures of layer-norm

    (x - m)/sqrt(v + epsilon), m the mean of the coordinates and v the mean of (x - m)^2.  The
    root of an integer is rounded down: Newton's method finds it, and it is verified. *)
From Coq Require Import ZArith QArith Qreals Reals List Bool Lra Lia.
From KanCheck Require Import Rational Result Interval_arithmetic LinearMaps Linear_relations Networks.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** From a number above the root of n on, while it falls. *)
Fixpoint newton (fuel : nat) (n r : Z) : Z :=
  match fuel with
  | O => r
  | S k => let s := ((r + n / r) / 2)%Z in if Z.ltb s r then newton k n s else r
  end.
(** Z.sqrt takes time that is quadratic in the number of bits. *)
Definition integer_root (n : Z) : Z :=
  let r := newton 64 n (Z.shiftl 1 (Z.log2 n / 2 + 1)) in
  if Z.leb 0 r && Z.leb (r * r) n && Z.ltb n ((r + 1) * (r + 1)) then r else Z.sqrt n.
Lemma integer_root_ok n : (0 <= n)%Z ->
  (0 <= integer_root n /\ integer_root n * integer_root n <= n < (integer_root n + 1) * (integer_root n + 1))%Z.
Proof.
  intros H. unfold integer_root. generalize (newton 64 n (Z.shiftl 1 (Z.log2 n / 2 + 1))). intros r.
  destruct (_ && _) eqn:E.
  - apply andb_prop in E. destruct E as [E U]. apply andb_prop in E. destruct E as [P L].
    apply Z.leb_le in P, L. apply Z.ltb_lt in U. auto.
  - pose proof (Z.sqrt_spec n H). pose proof (Z.sqrt_nonneg n). unfold Z.succ in *. auto.
Qed.

Section Over.
Variable one : Z.

Definition total : list interval -> interval := fold_right summed (0, 0)%Z.
(** The mean of n numbers, n > 0. *)
Definition mean_on (n : nat) (l : list interval) : interval := divide (total l) (Z.of_nat n).
Definition root (i : interval) : interval :=
  (integer_root (Z.max 0 (fst i * one)), integer_root (Z.max 0 (snd i * one)) + 1)%Z.
Definition layer_norm_on (n : nat) (epsilon : Q) (l : list interval) : result (list interval) :=
  match n with
  | O => Ok []
  | _ =>
    let x := take (0, 0)%Z n l in
    let m := mean_on n x in
    let centred := map (fun i => summed i (negated m)) x in
    let v := mean_on n (map (squares one) centred) in
    let r := root (summed v (outward one epsilon)) in
    map_result (fun i => quotient one i r) centred
  end.

Hypothesis positive : (0 < one)%Z.
Notation enclosed := (Forall2 (encloses one)).
Lemma zero_over : encloses one (0, 0)%Z 0.
Proof. unfold encloses, holds. simpl. lra. Qed.
Lemma mean_over n l xs : (0 < n)%nat -> enclosed l xs ->
  encloses one (mean_on n l) (fold_right Rplus 0 xs / INR n).
Proof.
  intros H F.
  assert (T : encloses one (total l) (fold_right Rplus 0 xs)).
  { induction F; simpl; [apply zero_over|]. apply summed_over; auto. }
  unfold encloses, mean_on in *.
  replace (fold_right Rplus 0 xs / INR n * IZR one)
    with (fold_right Rplus 0 xs * IZR one / IZR (Z.of_nat n)).
  - apply divide_ok; [lia|exact T].
  - rewrite <- INR_IZR_INZ. unfold Rdiv. ring.
Qed.
Lemma root_over i x : encloses one i x -> encloses one (root i) (sqrt x).
Proof.
  apply IZR_lt in positive as P. intros [L U]. unfold encloses, holds, root. cbn [fst snd].
  assert (S : sqrt x * IZR one = sqrt (x * IZR one * IZR one)).
  { rewrite Rmult_assoc, Rmult_comm, (Rmult_comm x), sqrt_mult_alt, sqrt_square by nra. ring. }
  rewrite S. clear S. split.
  - destruct (integer_root_ok (Z.max 0 (fst i * one)) (Z.le_max_l _ _)) as (Z0 & Q & _).
    set (r := integer_root _) in *. apply IZR_le in Z0 as R0.
    rewrite <- (sqrt_square (IZR r)) by exact R0. rewrite <- mult_IZR.
    destruct (Z.le_gt_cases 0 (fst i * one)) as [H|H].
    + rewrite Z.max_r in Q by exact H. apply IZR_le in Q. apply sqrt_le_1_alt.
      rewrite (mult_IZR (fst i)) in Q. nra.
    + rewrite Z.max_l in Q by lia. apply IZR_le in Q. rewrite sqrt_neg_0 by exact Q. apply sqrt_pos.
  - destruct (integer_root_ok (Z.max 0 (snd i * one)) (Z.le_max_l _ _)) as (Z0 & _ & Q).
    set (r := integer_root _) in *. apply IZR_le in Z0 as R0. rewrite plus_IZR.
    rewrite <- (sqrt_square (IZR r + 1)) by lra. apply sqrt_le_1_alt.
    assert (M : (snd i * one < (r + 1) * (r + 1))%Z) by lia.
    apply IZR_lt in M. rewrite !mult_IZR, plus_IZR in M. nra.
Qed.
Theorem layer_norm_over n epsilon l xs ys : enclosed l xs -> layer_norm_on n epsilon l = Ok ys ->
  enclosed ys (layer_norm n (Q2R epsilon) xs).
Proof.
  intros E H. unfold layer_norm_on, layer_norm in *. destruct n as [|k]; [inversion H; constructor|].
  set (n := S k) in *. cbv zeta in *.
  pose proof (related_take _ _ zero_over n _ _ E) as T. revert T H.
  generalize (take (0, 0)%Z n l), (take 0 n xs). clear E l xs. intros l xs E H.
  pose proof (mean_over n l xs ltac:(unfold n; lia) E) as M. revert M H.
  generalize (mean_on n l), (fold_right Rplus 0 xs / INR n). intros i m M H.
  assert (C : enclosed (map (fun j => summed j (negated i)) l) (map (fun z => z - m) xs)).
  { clear H. induction E; simpl; constructor; auto. apply summed_over; auto. apply negated_over, M. }
  replace (map (fun z => (z - m) ^ 2) xs) with (map (fun z => z * z) (map (fun z => z - m) xs))
    by (rewrite map_map; apply map_ext; intros; ring).
  assert (D : forall r, map (fun z => (z - m) / r) xs = map (fun z => z / r) (map (fun z => z - m) xs))
    by (intros r; rewrite map_map; reflexivity).
  rewrite D. clear D.
  revert C H. generalize (map (fun j => summed j (negated i)) l), (map (fun z => z - m) xs).
  clear - positive. intros l xs C H.
  assert (V : enclosed (map (squares one) l) (map (fun z => z * z) xs)).
  { clear H. induction C; simpl; constructor; auto. apply squares_over; auto. }
  apply (mean_over n) in V; [|unfold n; lia].
  pose proof (root_over _ _ (summed_over _ _ _ _ _ V (outward_ok _ epsilon))) as R.
  revert R H. generalize (root (summed (mean_on n (map (squares one) l)) (outward one epsilon))).
  generalize (sqrt (fold_right Rplus 0 (map (fun z => z * z) xs) / INR n + Q2R epsilon)).
  intros r j R. revert ys. clear V. induction C as [|i x l xs I _ IH]; simpl; intros ys H.
  - inversion H; constructor.
  - unbind H. inversion H. constructor; [apply (quotient_over _ positive _ _ _ _ _ E I R)|apply IH, E0].
Qed.
End Over.
