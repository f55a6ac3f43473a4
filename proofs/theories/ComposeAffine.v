(** * Rule [compose_affine]

    W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2).  With it a whole stack of KAN layers, each
    written "affine, activation, affine", regroups into one flat MLP: n layers become n + 1
    affine maps with activations between them. *)
From Coq Require Import Reals List Lra.
From KanEquiv Require Import Relu Vectors.
Import ListNotations.
Open Scope R_scope.

Definition compose (L2 L1 : affine) : affine :=
  (matmul (fst L2) (fst L1), vadd (matvec (fst L2) (snd L1)) (snd L2)).

Theorem compose_affine : forall L2 L1 x,
  apply_affine (compose L2 L1) x = apply_affine L2 (apply_affine L1 x).
Proof.
  intros. unfold apply_affine, compose; simpl. rewrite matvec_vadd, matmul_ok, vadd_assoc; auto.
Qed.

Section Stack.
(** Any activation on vectors, the same for all layers; ReLU^p in the corollary. *)
Variable act : vec -> vec.

(** A layer is E then L: x |-> L (act (E x)). *)
Fixpoint kan_stack (layers : list (affine * affine)) (x : vec) : vec :=
  match layers with
  | [] => x
  | (E, L) :: rest => kan_stack rest (apply_affine L (act (apply_affine E x)))
  end.
Fixpoint mlp (maps : list affine) (x : vec) : vec :=
  match maps with
  | [] => x
  | [L] => apply_affine L x
  | L :: rest => mlp rest (act (apply_affine L x))
  end.
Fixpoint regroup (current : affine) (layers : list (affine * affine)) : list affine :=
  match layers with [] => [current] | (E, L) :: rest => compose E current :: regroup L rest end.
Definition sequential (layers : list (affine * affine)) : list affine :=
  match layers with [] => [] | (E, L) :: rest => E :: regroup L rest end.

Lemma regroup_cons current layers : exists a l, regroup current layers = a :: l.
Proof. destruct layers as [|[? ?] ?]; simpl; eauto. Qed.
Lemma mlp_regroup layers : forall current x,
  mlp (regroup current layers) x = kan_stack layers (apply_affine current x).
Proof.
  induction layers as [|[E L] rest IH]; intros current x; [reflexivity|].
  simpl. rewrite <- compose_affine, <- IH. destruct (regroup_cons L rest) as (a & l & ->).
  reflexivity.
Qed.

Theorem stack_is_mlp : forall layers x, mlp (sequential layers) x = kan_stack layers x.
Proof.
  intros [|[E L] rest] x; [reflexivity|]. simpl kan_stack. rewrite <- mlp_regroup.
  unfold sequential. destruct (regroup_cons L rest) as (a & l & ->). reflexivity.
Qed.
Theorem sequential_depth : forall layers, layers <> [] ->
  length (sequential layers) = S (length layers).
Proof.
  assert (G : forall layers current, length (regroup current layers) = S (length layers)).
  { induction layers as [|[? ?] rest IH]; simpl; auto. }
  intros [|[E L] rest] H; [congruence|]. simpl. rewrite G. reflexivity.
Qed.

(** Congruence and regrouping at once: layers that are each equal to such a layer, on the vectors
    that they get, are together equal to one MLP. *)
Inductive equal_layers : nat -> list (vec -> vec) -> list (affine * affine) -> Prop :=
| No_layer n : equal_layers n [] []
| Layer n m f fs E L rest :
    (forall x, length x = n -> f x = apply_affine L (act (apply_affine E x)) /\ length (f x) = m) ->
    equal_layers m fs rest -> equal_layers n (f :: fs) ((E, L) :: rest).
Definition in_turn (fs : list (vec -> vec)) (x : vec) : vec := fold_left (fun y f => f y) fs x.

Theorem equal_layers_are_one_mlp : forall n fs layers, equal_layers n fs layers ->
  forall x, length x = n -> in_turn fs x = mlp (sequential layers) x.
Proof.
  intros n fs layers H x Hx. rewrite stack_is_mlp. revert x Hx.
  induction H as [|n m f fs E L rest Hf _ IH]; intros x Hx; [reflexivity|].
  simpl. destruct (Hf x Hx) as [<- Hm]. exact (IH (f x) Hm).
Qed.
End Stack.

(** The note's three-layer argument, for a stack of any depth and units of any degree. *)
Definition units (p : nat) : vec -> vec := map (fun z => relu z ^ p).
Corollary kan_is_mlp : forall p layers x,
  mlp (units p) (sequential layers) x = kan_stack (units p) layers x.
Proof. intros; apply stack_is_mlp. Qed.
