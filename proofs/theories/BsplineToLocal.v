(** * Rule [bspline_to_local]

    The form that floats can run.  With c = t_m a knot inside the support of B_k,

      B_k(x) = sum_{j < m} M_j s_p(min(x,c) - t_j)
             + (-1)^(p+1) sum_{j > m} M_j s_p(t_j - max(x,c)) - B_k(c).

    Left of c only the first sum moves, right of c only the second, and each of them is
    B_k(c) at c.  The mirrored signs come from sum_j M_j (x - t_j)^p = 0. *)
From Coq Require Import Reals Lra Lia Arith.
From KanEquiv Require Import Relu BsplineToTruncatedPower LocalToAffine.
Open Scope R_scope.

Lemma sum_from_split f a m n : sum_from f a (m + n) = sum_from f a m + sum_from f (a + m) n.
Proof.
  revert a; induction m as [|m IH]; intros a; simpl.
  - replace (a + 0)%nat with a by lia. ring.
  - rewrite IH. replace (S a + m)%nat with (a + S m)%nat by lia. ring.
Qed.

Section Local.
Variable t : nat -> R.
Hypothesis increasing : forall i, t i < t (S i).
Variables p k m : nat.
Hypothesis degree : (1 <= p)%nat.
Hypothesis inside : (k < m < k + S p)%nat.
Let c := t m.
Let B := bspline t p k.
Let M := weight t p k.

(** [left x]: the truncated powers at knots left of c.  [right x]: those right of it, mirrored. *)
Definition left_part (x : R) : R := sum_from (fun j => M j * relu (x - t j) ^ p) k (m - k).
Definition right_part (x : R) : R :=
  (-1) ^ S p * sum_from (fun j => M j * relu (t j - x) ^ p) (S m) (k + S p - m).

Lemma split f : sum_from f k (S (S p))
  = sum_from f k (m - k) + f m + sum_from f (S m) (k + S p - m).
Proof.
  replace (S (S p)) with ((m - k) + S (k + S p - m))%nat by lia.
  rewrite sum_from_split. replace (k + (m - k))%nat with m by lia. simpl. ring.
Qed.

Lemma left_of_center x : x <= c -> B x = left_part x.
Proof.
  intros Hx. unfold B. rewrite bspline_is_relu_power by auto. rewrite split.
  rewrite pow_relu_neg by (auto; unfold c in Hx; lra).
  rewrite (sum_from_zero _ (S m)); [unfold left_part, M; ring|].
  intros j Hj. rewrite pow_relu_neg; auto; [ring|].
  pose proof (knots_le t increasing m j ltac:(lia)). unfold c in Hx. lra.
Qed.

Lemma right_of_center x : c <= x -> B x = right_part x.
Proof.
  intros Hx. unfold B. rewrite bspline_is_relu_power by auto.
  pose proof (weights_annihilate_powers t increasing p k x) as Z.
  rewrite split in Z |- *.
  rewrite (sum_from_ext (fun j => weight t p k j * relu (x - t j) ^ p)
                        (fun j => weight t p k j * (x - t j) ^ p) k (m - k)).
  2:{ intros j Hj. pose proof (knots_le t increasing j m ltac:(lia)).
      rewrite relu_pos; auto. unfold c in Hx. lra. }
  rewrite (relu_pos (x - t m)) by (unfold c in Hx; lra).
  enough (E : sum_from (fun j => weight t p k j * relu (x - t j) ^ p) (S m) (k + S p - m)
    = right_part x + sum_from (fun j => weight t p k j * (x - t j) ^ p) (S m) (k + S p - m))
    by lra.
  unfold right_part. rewrite <- sum_from_scale, <- sum_from_plus. apply sum_from_ext.
  intros j _. fold (M j). destruct (Rle_or_lt (t j) x).
  - rewrite (relu_pos (x - t j)), (pow_relu_neg p (t j - x)) by (auto; lra). ring.
  - rewrite (pow_relu_neg p (x - t j)), (relu_pos (t j - x)) by (auto; lra).
    replace (x - t j) with ((-1) * (t j - x)) by ring. rewrite Rpow_mult_distr.
    simpl. ring.
Qed.

Theorem bspline_to_local : forall x,
  B x = left_part (Rmin x c) + right_part (Rmax x c) - B c.
Proof.
  intros x. destruct (Rle_or_lt x c).
  - rewrite Rmin_left, Rmax_right by lra.
    rewrite <- right_of_center, <- left_of_center by lra. ring.
  - rewrite Rmin_right, Rmax_left by lra.
    rewrite <- right_of_center, <- left_of_center by lra. ring.
Qed.

(** Min and max are one ReLU each: two hidden layers, relu and then relu^p, on all of R. *)
Theorem bspline_is_two_hidden_layers : forall x,
  let left := relu (c - x) in let right := relu (x - c) in
  B x = sum_from (fun j => M j * relu ((c - t j) - left) ^ p) k (m - k)
      + (-1) ^ S p * sum_from (fun j => M j * relu ((t j - c) - right) ^ p) (S m) (k + S p - m)
      - B c.
Proof.
  intros x left right. rewrite bspline_to_local. unfold left_part, right_part. f_equal. f_equal.
  - apply sum_from_ext. intros j _. rewrite local_below. reflexivity.
  - f_equal. apply sum_from_ext. intros j _. rewrite local_above. reflexivity.
Qed.
End Local.
