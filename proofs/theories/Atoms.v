(** * Atoms: SiLU, sigmoid, tanh, and what the normal forms use of them

    SiLU is no ReLU and nothing pretends that it is.  Normal forms use identities only. *)
From Coq Require Import Reals Lra.
Open Scope R_scope.

Definition sigmoid (z : R) : R := / (1 + exp (- z)).
Definition silu (z : R) : R := z * sigmoid z.
Definition gaussian (z : R) : R := exp (- (z * z)).

Lemma one_plus_exp_neq z : 1 + exp z <> 0.
Proof. pose proof (exp_pos z). lra. Qed.

(** sigmoid(-z) = 1 - sigmoid(z), hence silu(-z) = silu(z) - z. *)
Theorem sigmoid_turn : forall z, sigmoid (- z) = 1 - sigmoid z.
Proof.
  intros z. unfold sigmoid. rewrite Ropp_involutive, exp_Ropp.
  pose proof (exp_pos z). field. lra.
Qed.
Theorem silu_turn : forall z, silu (- z) = silu z - z.
Proof. intros z. unfold silu. rewrite sigmoid_turn. ring. Qed.

Theorem gaussian_even : forall z, gaussian (- z) = gaussian z.
Proof. intros z. unfold gaussian. f_equal. ring. Qed.

(** tanh(z) = 2 sigmoid(2 z) - 1. *)
Theorem tanh_is_sigmoid : forall z, tanh z = 2 * sigmoid (2 * z) - 1.
Proof.
  intros z. unfold tanh, sinh, cosh, sigmoid.
  replace (- (2 * z)) with (- z + - z) by ring. rewrite exp_plus, exp_Ropp.
  pose proof (exp_pos z). field. nra.
Qed.

(** The laws that the normal form of atoms needs, with SiLU, sigmoid and tanh as the instance. *)
Record AtomLaws (f_silu f_sigmoid f_tanh : R -> R) : Prop := {
  silu_law : forall z, f_silu (- z) = f_silu z - z;
  sigmoid_law : forall z, f_sigmoid (- z) = 1 - f_sigmoid z;
  silu_sigmoid_law : forall z, f_silu z = z * f_sigmoid z;
  tanh_law : forall z, f_tanh z = 2 * f_sigmoid (2 * z) - 1 }.

Theorem atom_laws : AtomLaws silu sigmoid tanh.
Proof.
  constructor; [apply silu_turn|apply sigmoid_turn|reflexivity|apply tanh_is_sigmoid].
Qed.

(** ** Units turned around: f(-z) = c f(z) + k + l z *)
Definition turns (f : R -> R) (c k l : R) : Prop := forall z, f (- z) = c * f z + k + l * z.

(** Whatever functions have the laws, and the other atoms, phi being any function with
    phi(-z) = 1 - phi(z), as the normal distribution has. *)
Theorem atoms_turn : forall f_silu f_sigmoid f_tanh phi, AtomLaws f_silu f_sigmoid f_tanh ->
  (forall z, phi (- z) = 1 - phi z) ->
  turns f_silu 1 0 (-1) /\ turns f_sigmoid (-1) 1 0 /\ turns f_tanh (-1) 0 0 /\
  turns (fun z => z * phi z) 1 0 (-1) /\ turns gaussian 1 0 0 /\ turns sin (-1) 0 0 /\ turns cos 1 0 0.
Proof.
  intros f_silu f_sigmoid f_tanh phi [Hs Hg _ Ht] Hphi. repeat split; intros z.
  - rewrite Hs. ring.
  - rewrite Hg. ring.
  - rewrite !Ht. replace (2 * - z) with (- (2 * z)) by ring. rewrite Hg. ring.
  - rewrite Hphi. ring.
  - rewrite gaussian_even. ring.
  - rewrite sin_neg. ring.
  - rewrite cos_neg. ring.
Qed.
