(** * Rule [normalize_units]

    A hidden layer is sum_u v_u f(z_u) for arguments z_u.  It stays the same function when units
    change places, are scaled, merged, dropped, or turned around. *)
From Coq Require Import Reals List Lra Lia Permutation.
From KanEquiv Require Import Relu Vectors Atoms.
Import ListNotations.
Open Scope R_scope.

(** Units are pairs of an outgoing weight and an argument. *)
Definition layer_value (f : R -> R) (us : list (R * R)) : R :=
  fold_right (fun u acc => fst u * f (snd u) + acc) 0 us.

Theorem units_permute : forall f us us', Permutation us us' ->
  layer_value f us = layer_value f us'.
Proof. intros f us us' H. induction H; simpl; lra. Qed.

(** s_p(s z) = s^p s_p(z) for s >= 0. *)
Theorem unit_scale : forall p s z, 0 <= s -> relu (s * z) ^ p = s ^ p * relu z ^ p.
Proof.
  intros p s z Hs. rewrite <- Rpow_mult_distr. f_equal. destruct (Rle_or_lt 0 z).
  - rewrite !relu_pos; auto. apply Rmult_le_pos; auto.
  - rewrite (relu_neg z) by lra. rewrite relu_neg; [ring|].
    pose proof (Rmult_le_pos s (- z) Hs ltac:(lra)). lra.
Qed.

Theorem units_merge : forall f v w z us,
  layer_value f ((v, z) :: (w, z) :: us) = layer_value f ((v + w, z) :: us).
Proof. intros; simpl; ring. Qed.

Theorem unit_without_weight : forall f z us, layer_value f ((0, z) :: us) = layer_value f us.
Proof. intros; simpl; ring. Qed.

(** s_p(-z) = (-1)^p (z^p - s_p(z)) for p >= 1. *)
Theorem unit_turn : forall p z, (1 <= p)%nat ->
  relu (- z) ^ p = (-1) ^ p * (z ^ p - relu z ^ p).
Proof.
  intros p z Hp. destruct (Rle_or_lt 0 z).
  - rewrite pow_relu_neg, relu_pos by (auto; lra). ring.
  - rewrite (pow_relu_neg p z), relu_pos by (auto; lra). rewrite Rminus_0_r, <- Rpow_mult_distr.
    f_equal. ring.
Qed.

(** A unit of any function that turns, atoms among them ([atoms_turn]). *)
Theorem unit_turn_atom : forall f c k l v z us, turns f c k l ->
  layer_value f ((v, - z) :: us) = layer_value f ((v * c, z) :: us) + v * (k + l * z).
Proof. intros f c k l v z us H. simpl. rewrite H. ring. Qed.

(** Powers of shifted arguments in powers of the argument; C is the binomial coefficient. *)
Theorem power_expands : forall p z b,
  (z + b) ^ p = sum_f_R0 (fun k => C p k * z ^ k * b ^ (p - k)) p.
Proof. intros. apply binomial. Qed.

(** The rule's steps in one statement. *)
Theorem normalize_units : forall p, (1 <= p)%nat ->
  (forall us us', Permutation us us' ->
     layer_value (fun z => relu z ^ p) us = layer_value (fun z => relu z ^ p) us') /\
  (forall s z, 0 <= s -> relu (s * z) ^ p = s ^ p * relu z ^ p) /\
  (forall v w z us, layer_value (fun z => relu z ^ p) ((v, z) :: (w, z) :: us)
     = layer_value (fun z => relu z ^ p) ((v + w, z) :: us)) /\
  (forall z us, layer_value (fun z => relu z ^ p) ((0, z) :: us)
     = layer_value (fun z => relu z ^ p) us) /\
  (forall z, relu (- z) ^ p = (-1) ^ p * (z ^ p - relu z ^ p)).
Proof.
  intros p Hp. split; [apply units_permute|]. split; [apply unit_scale|].
  split; [apply units_merge|]. split; [apply unit_without_weight|]. intros; apply unit_turn; auto.
Qed.
