(** * Rule [share_grids]

    A truncated power of x is one of u = (x - a)/h, scaled: so grids that are affine images
    of each other become one. *)
From Coq Require Import Reals Lra.
From KanEquiv Require Import Relu.
Open Scope R_scope.

Lemma relu_scale h z : 0 < h -> relu (h * z) = h * relu z.
Proof.
  intros H. destruct (Rle_or_lt 0 z).
  - rewrite !relu_pos; [reflexivity|lra|nra].
  - rewrite !relu_neg; [ring|lra|nra].
Qed.

Theorem share_grids : forall d a h t x, 0 < h ->
  let u := (x - a) / h in
  relu (x - t) ^ d = h ^ d * relu (u - (t - a) / h) ^ d /\ x = a + h * u.
Proof.
  intros d a h t x H. cbv zeta. split; [|field; lra].
  rewrite <- Rpow_mult_distr, <- relu_scale by assumption. f_equal. f_equal. field. lra.
Qed.
