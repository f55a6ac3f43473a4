(** * Rule [restrict_to_range]

    Where an argument never changes its sign, a unit is a power or nothing. *)
From Coq Require Import Reals Lra Lia.
From KanEquiv Require Import Relu.
Open Scope R_scope.

(** For degree p >= 1: s_p(z) = z^p where z >= 0, and 0 where z <= 0. *)
Theorem restrict_to_range : forall p z, (1 <= p)%nat ->
  (0 <= z -> relu z ^ p = z ^ p) /\ (z <= 0 -> relu z ^ p = 0).
Proof.
  intros p z Hp; split; intros Hz; [rewrite relu_pos by auto; reflexivity|].
  apply pow_relu_neg; auto.
Qed.

(** On a box it is enough to look at an affine argument at the ends of an interval. *)
Theorem affine_on_interval : forall w b lo hi x, lo <= x <= hi ->
  (0 <= w * lo + b -> 0 <= w * hi + b -> 0 <= w * x + b) /\
  (w * lo + b <= 0 -> w * hi + b <= 0 -> w * x + b <= 0).
Proof. intros w b lo hi x Hx; split; intros; destruct (Rle_dec 0 w); nra. Qed.
