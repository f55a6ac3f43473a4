(** * Rule [maximum_to_relu]

    A maxout unit of two coordinates is a ReLU unit and a coordinate; more are taken in
    pairs, since the maximum does not depend on the order. *)
From Coq Require Import Reals Lra.
From KanEquiv Require Import Relu.
Open Scope R_scope.

Theorem maximum_to_relu : forall u v, Rmax u v = v + relu (u - v).
Proof.
  intros u v. destruct (Rle_or_lt u v).
  - rewrite Rmax_right, relu_neg; lra.
  - rewrite Rmax_left, relu_pos; lra.
Qed.

Theorem maximum_in_pairs : forall a b c d,
  Rmax a (Rmax b (Rmax c d)) = Rmax (Rmax a b) (Rmax c d).
Proof. intros. rewrite !Rmax_assoc. reflexivity. Qed.
