(** * Vectors, matrices, affine maps

    Vectors are lists.  A shorter vector counts as padded with zeros, so that no length has
    to be carried through the algebra; theorems that need lengths state them. *)
From Coq Require Import Reals List Lra Lia.
Import ListNotations.
Open Scope R_scope.

Definition vec := list R.
Definition mat := list vec.

Fixpoint dot (a b : vec) : R :=
  match a, b with x :: a', y :: b' => x * y + dot a' b' | _, _ => 0 end.
Fixpoint vadd (a b : vec) : vec :=
  match a, b with [], _ => b | _, [] => a | x :: a', y :: b' => (x + y) :: vadd a' b' end.
Definition vscale (c : R) (a : vec) : vec := map (Rmult c) a.
Definition matvec (M : mat) (v : vec) : vec := map (fun r => dot r v) M.
Fixpoint vecmat (r : vec) (M : mat) : vec :=
  match r, M with c :: r', m :: M' => vadd (vscale c m) (vecmat r' M') | _, _ => [] end.
Definition matmul (A B : mat) : mat := map (fun r => vecmat r B) A.

Lemma dot_comm a b : dot a b = dot b a.
Proof. revert b; induction a as [|x a IH]; intros [|y b]; simpl; auto. rewrite IH; ring. Qed.
Lemma dot_nil_r a : dot a [] = 0. Proof. destruct a; reflexivity. Qed.
Lemma dot_vadd_l a b v : dot (vadd a b) v = dot a v + dot b v.
Proof.
  revert b v; induction a as [|x a IH]; intros [|y b] [|z v]; simpl; try ring. rewrite IH; ring.
Qed.
Lemma dot_vadd_r v a b : dot v (vadd a b) = dot v a + dot v b.
Proof. rewrite !(dot_comm v). apply dot_vadd_l. Qed.
Lemma dot_vscale c a v : dot (vscale c a) v = c * dot a v.
Proof.
  revert v; induction a as [|x a IH]; intros [|z v]; simpl; try ring.
  unfold vscale in *. rewrite IH; ring.
Qed.
Lemma dot_vecmat r M v : dot (vecmat r M) v = dot r (matvec M v).
Proof.
  revert M; induction r as [|c r IH]; intros [|m M]; simpl; auto.
  rewrite dot_vadd_l, dot_vscale, IH; reflexivity.
Qed.
Lemma dot_app a b u v : length a = length u -> dot (a ++ b) (u ++ v) = dot a u + dot b v.
Proof.
  revert u; induction a as [|x a IH]; intros [|y u] H; simpl in *; try discriminate; [ring|].
  rewrite IH by congruence; ring.
Qed.
Lemma matmul_ok A B v : matvec (matmul A B) v = matvec A (matvec B v).
Proof.
  unfold matvec at 1 2, matmul. rewrite map_map. apply map_ext. intros; apply dot_vecmat.
Qed.
Lemma vadd_assoc a b c : vadd (vadd a b) c = vadd a (vadd b c).
Proof.
  revert b c; induction a as [|x a IH]; intros [|y b] [|z c]; simpl; auto.
  rewrite IH; f_equal; ring.
Qed.
Lemma matvec_vadd M u v : matvec M (vadd u v) = vadd (matvec M u) (matvec M v).
Proof. induction M as [|r M IH]; simpl; auto. rewrite dot_vadd_r, IH; auto. Qed.

(** An affine map x |-> W x + b. *)
Definition affine := (mat * vec)%type.
Definition apply_affine (L : affine) (v : vec) : vec := vadd (matvec (fst L) v) (snd L).
