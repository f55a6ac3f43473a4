(** * Rule [edges_to_bspline]

    On every cell between its breakpoints a piecewise linear function is the sum of the two
    B-splines of degree 1 that live there, times its values at the ends: so on an interval
    it is a combination of B-splines whose coefficients are its values at the knots.

    (The rule uses the same for any degree p, with blossoms for the values.  What it writes
    is compared by the kernel, piece by piece, for any degree.) *)
From Coq Require Import Reals Lra.
From KanEquiv Require Import BsplineToTruncatedPower.
Open Scope R_scope.

Theorem edges_to_bspline : forall t, (forall i, t i < t (S i)) ->
  forall a b j x, t (S j) <= x < t (S (S j)) ->
  a * x + b = (a * t (S j) + b) * bspline t 1 j x
            + (a * t (S (S j)) + b) * bspline t 1 (S j) x.
Proof.
  intros t H a b j x [Hl Hr]. simpl bspline. replace (j + 1)%nat with (S j) by ring.
  pose proof (H (S j)). pose proof (H j). pose proof (H (S (S j))).
  destruct (Rle_dec (t j) x); [|lra]. destruct (Rlt_dec x (t (S j))); [lra|].
  destruct (Rle_dec (t (S j)) x); [|lra]. destruct (Rlt_dec x (t (S (S j)))); [|lra].
  destruct (Rle_dec (t (S (S j))) x); [lra|].
  field. lra.
Qed.
