(** * Rule [product_to_squares]

    x y = ((x + y)^2 - (x - y)^2)/4, and z^2 is two units of degree 2: a multiplication node is
    a hidden layer of four squared ReLUs. *)
From Coq Require Import Reals List Lra Lia.
From KanEquiv Require Import Relu Vectors ExpandToAffine.
Import ListNotations.
Open Scope R_scope.

Theorem product_to_squares : forall x y, x * y = ((x + y) ^ 2 - (x - y) ^ 2) / 4.
Proof. intros; field. Qed.

Theorem product_is_four_units : forall x y,
  x * y = (relu (x + y) ^ 2 + relu (- (x + y)) ^ 2
           - relu (x - y) ^ 2 - relu (- (x - y)) ^ 2) / 4.
Proof.
  intros x y. rewrite product_to_squares.
  rewrite (monomial_is_two_units 2 (x + y)), (monomial_is_two_units 2 (x - y)) by lia. field.
Qed.

(** More factors are taken in pairs, then pairs of pairs: each round halves their number. *)
Definition product (l : list R) : R := fold_right Rmult 1 l.
Fixpoint in_pairs {A} (op : A -> A -> A) (l : list A) : list A :=
  match l with a :: b :: l' => op a b :: in_pairs op l' | _ => l end.
Lemma in_pairs_ok {A} (op : A -> A -> A) (e : A) : (forall a b c, op (op a b) c = op a (op b c)) ->
  forall l, fold_right op e (in_pairs op l) = fold_right op e l.
Proof.
  intros assoc l. remember (length l) as n eqn:E. revert l E.
  induction n as [n IH] using (well_founded_induction Wf_nat.lt_wf). intros [|a [|b l]] E; simpl; auto.
  rewrite (IH (length l)), assoc by (subst; simpl; auto with arith). reflexivity.
Qed.
Theorem product_in_pairs : forall l, product (in_pairs Rmult l) = product l.
Proof. apply in_pairs_ok. intros; ring. Qed.
Lemma in_pairs_length {A} (op : A -> A -> A) : forall n l, (length l <= n)%nat ->
  (2 * length (in_pairs op l) <= S (length l))%nat.
Proof.
  induction n as [|n IH]; intros [|a [|b l]] H; simpl in *; try lia.
  specialize (IH l ltac:(lia)). lia.
Qed.
Theorem pairs_halve : forall l : list R, (2 * length (in_pairs Rmult l) <= S (length l))%nat.
Proof. intros l. apply (in_pairs_length Rmult (length l)). lia. Qed.
