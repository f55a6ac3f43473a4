(** * Rule [product_to_squares]

    x y = ((x + y)^2 - (x - y)^2)/4, and z^2 is two units of degree 2: a multiplication node is
    a hidden layer of four squared ReLUs. *)
From Coq Require Import Reals Lra Lia.
From KanEquiv Require Import Relu Vectors ExpandToAffine.
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
