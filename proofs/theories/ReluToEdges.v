(** * Rule [relu_to_edges]

    An MLP is a KAN: put in the identity until banks and affine maps alternate.  A KAN layer
    is a bank of univariate functions, then an affine map; the edges of the first layer are
    linear, those of the others are multiples of the activation. *)
From Coq Require Import Reals List.
From KanEquiv Require Import Relu Vectors ComposeAffine.
Import ListNotations.
Open Scope R_scope.

(** A layer: one function for every input, then L. *)
Fixpoint kan (layers : list ((R -> R) * affine)) (x : vec) : vec :=
  match layers with
  | [] => x
  | (f, L) :: rest => kan rest (apply_affine L (map f x))
  end.
Definition edges (f : R -> R) (maps : list affine) : list ((R -> R) * affine) :=
  match maps with
  | [] => []
  | L :: rest => (fun z => z, L) :: map (fun M => (f, M)) rest
  end.

Lemma mlp_rest f rest : forall L x,
  mlp (map f) (L :: rest) x = kan (map (fun M => (f, M)) rest) (apply_affine L x).
Proof.
  induction rest as [|M rest IH]; intros L x; [reflexivity|].
  change (mlp (map f) (L :: M :: rest) x) with (mlp (map f) (M :: rest) (map f (apply_affine L x))).
  rewrite IH. reflexivity.
Qed.

Theorem relu_to_edges : forall f maps x, mlp (map f) maps x = kan (edges f maps) x.
Proof.
  intros f [|L rest] x; [reflexivity|]. rewrite mlp_rest. simpl. rewrite map_id. reflexivity.
Qed.

(** As many layers as affine maps: L hidden layers give L + 1. *)
Theorem edges_depth : forall f maps, length (edges f maps) = length maps.
Proof. intros f [|L rest]; simpl; [|rewrite map_length]; reflexivity. Qed.
