(** * Rule [expand_to_affine]

    Copies and shifts leave the bank: x |-> (s_p(a x + b))_u is an affine stage with one-hot
    rows and a column-wise activation.  A monomial of degree d >= 1 is two units, and so is a
    skip connection. *)
From Coq Require Import Reals List Lra Lia Arith.
From KanEquiv Require Import Relu Vectors ComposeAffine.
Import ListNotations.
Open Scope R_scope.

(** Unit (i, (a, b)) has the argument a x_i + b. *)
Definition unit := (nat * (R * R))%type.
Definition argument (x : vec) (u : unit) : R := fst (snd u) * nth (fst u) x 0 + snd (snd u).
Definition expand (us : list unit) : affine :=
  (map (fun u => repeat 0 (fst u) ++ [fst (snd u)]) us, map (fun u => snd (snd u)) us).

Lemma dot_onehot i a x : dot (repeat 0 i ++ [a]) x = a * nth i x 0.
Proof.
  revert x; induction i as [|i IH]; intros [|y x]; simpl; try ring. rewrite IH; ring.
Qed.
Lemma apply_expand us x : apply_affine (expand us) x = map (argument x) us.
Proof.
  unfold apply_affine, expand; simpl. induction us as [|u us IH]; simpl; auto.
  rewrite dot_onehot, <- IH. reflexivity.
Qed.

(** A bank of units is an affine stage and plain ReLU^p. *)
Theorem expand_to_affine : forall p us x,
  map (fun u => relu (argument x u) ^ p) us = units p (apply_affine (expand us) x).
Proof. intros p us x. rewrite apply_expand. unfold units. rewrite map_map. reflexivity. Qed.

(** x^d = s_d(x) + (-1)^d s_d(-x). *)
Theorem monomial_is_two_units : forall d x, (1 <= d)%nat ->
  x ^ d = relu x ^ d + (-1) ^ d * relu (- x) ^ d.
Proof.
  intros d x Hd. destruct (Rle_or_lt 0 x).
  - rewrite relu_pos, (pow_relu_neg d (- x)) by (auto; lra). ring.
  - rewrite (pow_relu_neg d x), relu_pos by (auto; lra).
    rewrite <- Rpow_mult_distr. replace (-1 * - x) with x by ring. ring.
Qed.
