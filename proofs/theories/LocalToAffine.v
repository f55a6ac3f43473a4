(** * Rule [local_to_affine]

    min(x, c) and max(x, c) by one ReLU each, so that a bank of local functions becomes two
    hidden layers: ReLU, then ReLU^p. *)
From Coq Require Import Reals Lra.
From KanEquiv Require Import Relu.
Open Scope R_scope.

Theorem local_to_affine : forall x c,
  Rmin x c = c - relu (c - x) /\ Rmax x c = c + relu (x - c).
Proof.
  intros x c; split; destruct (Rle_or_lt x c).
  - rewrite Rmin_left, relu_pos; lra.
  - rewrite Rmin_right, relu_neg; lra.
  - rewrite Rmax_right, relu_neg; lra.
  - rewrite Rmax_left, relu_pos; lra.
Qed.

(** The two-layer form of one local function of degree p. *)
Corollary local_below : forall p x c t,
  relu (Rmin x c - t) ^ p = relu ((c - t) - relu (c - x)) ^ p.
Proof.
  intros p x c t. destruct (local_to_affine x c) as [E _]. rewrite E. f_equal. f_equal. ring.
Qed.
Corollary local_above : forall p x c t,
  relu (t - Rmax x c) ^ p = relu ((t - c) - relu (x - c)) ^ p.
Proof.
  intros p x c t. destruct (local_to_affine x c) as [_ E]. rewrite E. f_equal. f_equal. ring.
Qed.
