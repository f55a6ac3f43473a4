(** * Enclosures of atoms

    All are made from exp, sin, cos and the normal distribution.  How many terms and bits are used is a matter of width,
    not of soundness. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Atoms Taylor.
From KanCheck Require Import Rational Result Functions.
From KanCheck Require Export Interval_arithmetic Exponentials Circles Normal.
Open Scope R_scope.

Section Atoms.
Context {N : Normal_distribution}.
Definition atom_on (bits : nat) (n : atom) (i : interval) : result interval :=
  let one := power_of_2 bits in
  match n with
  | Exp => increasing (exp_at bits) i
  | Gaussian => increasing (exp_at bits) (negated (squares one i))
  | Sigmoid => increasing (sigmoid_at bits) i
  | Tanh => let? s := increasing (sigmoid_at bits) (multiple 2 i) in
            Ok (summed (multiple 2 s) (integer one (-1)))
  | Silu => let? s := increasing (sigmoid_at bits) i in Ok (divide (product i s) one)
  | Cos => let? (c, _) := circle_on bits i in Ok c
  | Sin => let? (_, s) := circle_on bits i in Ok s
  | Gelu => let? p := increasing (normal_at bits) i in Ok (divide (product i p) one)
  | Log | Sqrt => Unsupported "values of log and sqrt"
  end.
Theorem atom_on_ok bits n i j x : atom_on bits n i = Ok j -> encloses (power_of_2 bits) i x ->
  encloses (power_of_2 bits) j (atom_value n x).
Proof.
  pose proof (power_of_2_positive bits) as P.
  pose proof (fun i j x => increasing_ok _ _ _ i j x P sigmoid_le (sigmoid_at_ok bits)) as Si.
  pose proof (fun i j x => increasing_ok _ _ _ i j x P exp_le (exp_at_ok bits)) as Ex.
  destruct n; cbn [atom_on atom_value]; intros H X; try discriminate.
  - apply (Si _ _ _ H X).
  - unbind H. inversion H. apply product_over; auto. apply (Si _ _ _ E X).
  - unbind H. inversion H. rewrite tanh_is_sigmoid. apply summed_over; [|apply integer_over].
    apply multiple_over. apply (Si _ _ _ E). apply (multiple_over _ 2), X.
  - apply (Ex _ _ _ H X).
  - unbind H. inversion H. unfold gelu. rewrite Phi_is_normal. apply product_over; auto.
    apply (increasing_ok _ _ _ _ _ _ P NormalDistribution.normal_grows (normal_at_ok bits) E X).
  - apply (Ex _ _ _ H). apply negated_over, squares_over; auto.
  - unbind H. destruct a as [c s]. inversion H; subst. apply (circle_on_ok _ _ _ _ _ E X).
  - unbind H. destruct a as [c s]. inversion H; subst. apply (circle_on_ok _ _ _ _ _ E X).
Qed.

(** An atom at a rational, to about [bits] bits: between two rationals. *)
Definition enclose_atom (bits : nat) (n : atom) (x : Q) : result (Q * Q) :=
  let? i := atom_on bits n (outward (power_of_2 bits) x) in
  Ok (dyadic bits (fst i), dyadic bits (snd i)).
Theorem enclose_atom_ok bits n x lo hi : enclose_atom bits n x = Ok (lo, hi) ->
  Q2R lo <= atom_value n (Q2R x) <= Q2R hi.
Proof.
  pose proof (power_of_2_positive bits) as P. unfold enclose_atom. intros H. unbind H.
  inversion H; subst. rewrite !val_dyadic. apply between; auto.
  apply (atom_on_ok _ _ _ _ _ E). apply outward_ok.
Qed.
End Atoms.
