(** * Rule [share_banks]

    A KAN layer is a linear map after a bank of univariate functions: equal grids are one
    basis, and edges differ in coefficients only.  The edge from input i to output o is
    sum_k C_{o,i,k} B_{i,k}, and the layer sums edges over the inputs. *)
From Coq Require Import Reals List Lra.
From KanEquiv Require Import Vectors.
Import ListNotations.
Open Scope R_scope.

(** One basis per input: all its functions at x_i, one after the other. *)
Fixpoint bank (bases : list (R -> vec)) (x : vec) : vec :=
  match bases, x with B :: bases', z :: x' => B z ++ bank bases' x' | _, _ => [] end.
(** Edges of one output: per input a function. *)
Fixpoint sum_edges (edges : list (R -> R)) (x : vec) : R :=
  match edges, x with f :: edges', z :: x' => f z + sum_edges edges' x' | _, _ => 0 end.

(** Coefficients c on basis B, of the same length. *)
Definition edge (B : R -> vec) (c : vec) (z : R) : R := dot c (B z).
Definition fits (B : R -> vec) (c : vec) : Prop := forall z, length c = length (B z).

Lemma shared_row : forall bases row, Forall2 fits bases row ->
  forall x, sum_edges (map (fun Bc => edge (fst Bc) (snd Bc)) (combine bases row)) x
            = dot (concat row) (bank bases x).
Proof.
  induction 1 as [|B c bases row Hc Hr IH]; intros [|z x]; simpl; auto.
  - rewrite dot_nil_r. reflexivity.
  - rewrite dot_app by apply Hc. rewrite IH. reflexivity.
Qed.

(** The layer with rows C: y = C B(x). *)
Theorem layer_is_matrix_after_bank : forall bases rows,
  Forall (Forall2 fits bases) rows -> forall x,
  map (fun row => sum_edges (map (fun Bc => edge (fst Bc) (snd Bc)) (combine bases row)) x) rows
  = matvec (map (@concat R) rows) (bank bases x).
Proof.
  intros bases rows H x. unfold matvec. rewrite map_map. apply map_ext_in.
  intros row Hin. rewrite Forall_forall in H. apply shared_row; auto.
Qed.

(** Bases that are equal as functions may be one object; a change of basis B = M H of a bank
    leaves the coefficients alone. *)
Theorem share_banks : forall bases bases' x,
  Forall2 (fun B B' => forall z, B z = B' z) bases bases' -> bank bases x = bank bases' x.
Proof.
  intros bases bases' x H; revert x. induction H as [|B B' bases bases' E H IH]; intros [|z x];
    simpl; auto. rewrite E, IH. reflexivity.
Qed.
