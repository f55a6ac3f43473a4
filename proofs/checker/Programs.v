(** * Straight-line programs: what they compute over R, and the function that they are

    Register 0 holds x, register k what instruction k gives, the last register is the function.
    Minimum, maximum and absolute value are ReLUs,

      min(a, b) = a - r(a - b)     max(a, b) = b + r(a - b)     |a| = 2 r(a) - a,

    and a product of powers and steps is expanded at the later step. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu.
From KanCheck Require Import Rational Result Functions Calculus.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** Numbers are those of earlier registers. *)
Inductive instruction :=
| Number (c : Q)
| Plus (a b : nat)
| Minus (a b : nat)
| Times (a b : nat)
| Minimum (a b : nat)
| Maximum (a b : nat)
| Relu (a : nat)
| Absolute (a : nat)
| Negative (a : nat)
| Atom_of (a : nat) (name : atom)
| Divided (a : nat) (n : Q).
Definition program := list instruction.

(** ** Meaning *)
Section Programs.
Context {N : Normal_distribution}.
Definition instruction_value (held : list R) (i : instruction) : R :=
  let r k := nth k held 0 in
  match i with
  | Number c => Q2R c
  | Plus a b => r a + r b
  | Minus a b => r a - r b
  | Times a b => r a * r b
  | Minimum a b => Rmin (r a) (r b)
  | Maximum a b => Rmax (r a) (r b)
  | Relu a => Rmax 0 (r a)
  | Absolute a => Rabs (r a)
  | Negative a => - r a
  | Atom_of a n => atom_value n (r a)
  | Divided a n => r a / Q2R n
  end.
Fixpoint registers (p : program) (held : list R) : list R :=
  match p with [] => held | i :: p' => registers p' (held ++ [instruction_value held i]) end.
Definition program_value (p : program) (x : R) : R := last (registers p [x]) 0.

(** ** Products *)
Definition product_of (g h : generator) : result function :=
  let limited k f := let? _ := need (Nat.leb k 64) "a program of too high a degree" in Ok f in
  match g, h with
  | Pow j, Pow k => limited (j + k)%nat (single (Pow (j + k)))
  | Pow j, Step t k | Step t k, Pow j => limited (j + k)%nat (steps t k (binomial j 1 t))
  | Step s j, Step t k =>
      limited (j + k)%nat (if less t s then steps s j (binomial k 1 (minus s t))
                           else steps t k (binomial j 1 (minus t s)))
  | _, _ => Invalid "only piecewise polynomials are multiplied"
  end.
Fixpoint multiply (f h : function) : result function :=
  match h with
  | [] => Ok []
  | (g, c) :: h' =>
      let? one := transform (product_of g) f in
      let? others := multiply f h' in
      Ok (add (scale c one) others)
  end.

Lemma steps_product t k s j x : Q2R s <= Q2R t ->
  value (steps t k (binomial j 1 (minus t s))) x
  = step_power k (x - Q2R t) * step_power j (x - Q2R s).
Proof.
  intros L. rewrite value_steps, binomial_ok, val_1, val_minus.
  destruct (Rlt_dec x (Q2R t)).
  - rewrite (step_power_neg k) by lra. ring.
  - rewrite !step_power_pos by lra. f_equal. f_equal. ring.
Qed.
Lemma product_of_ok g h f x : product_of g h = Ok f ->
  value f x = generator_value g x * generator_value h x.
Proof.
  assert (P : forall t k j, value (steps t k (binomial j 1 t)) x = step_power k (x - Q2R t) * x ^ j).
  { intros t k j. rewrite value_steps, binomial_ok, val_1. destruct (Rlt_dec x (Q2R t)).
    - rewrite (step_power_neg k) by lra. ring.
    - rewrite step_power_pos by lra. f_equal. f_equal. ring. }
  unfold product_of. cbv zeta. destruct g as [j|s j|r|n a b|q i r l], h as [k|u k|r'|n' a' b'|q' i' r' l']; try discriminate; intros H;
    unbind H; injection H as <-; cbn [generator_value].
  - rewrite value_single. cbn [generator_value]. apply pow_add.
  - rewrite P. ring.
  - apply P.
  - decide_less u s; rewrite steps_product by lra; ring.
Qed.
Lemma multiply_ok f x : forall h p, multiply f h = Ok p -> value p x = value f x * value h x.
Proof.
  induction h as [|[g c] h IH]; cbn [multiply]; intros p H; [injection H as <-; simpl; ring|].
  unbind H. injection H as <-. rewrite value_add, value_scale, (IH _ E0). cbn [value].
  assert (T : forall f one, transform (product_of g) f = Ok one ->
    value one x = generator_value g x * value f x).
  { clear. induction f as [|[e c] f IH]; cbn [transform]; intros one H;
      [injection H as <-; simpl; ring|].
    unbind H. injection H as <-. rewrite value_add, value_scale, (IH _ E0).
    rewrite (product_of_ok _ _ _ _ E). cbn [value]. ring. }
  rewrite (T _ _ E). ring.
Qed.

(** ** Expansion *)
Definition ramp (f : function) : result function := compose (single (Step 0 1)) f.
Lemma ramp_ok f p x : ramp f = Ok p -> value p x = Rmax 0 (value f x).
Proof.
  intros H. rewrite (compose_ok _ _ _ x H), value_single. cbn [generator_value].
  rewrite val_0, Rminus_0_r, (step_power_relu 1), pow_1 by lia. reflexivity.
Qed.
Definition instruction_function (held : list function) (i : instruction) : result function :=
  let f k := nth k held [] in
  match i with
  | Number c => Ok (constant c)
  | Plus a b => Ok (add (f a) (f b))
  | Minus a b => Ok (subtract (f a) (f b))
  | Times a b => multiply (f a) (f b)
  | Minimum a b => let? r := ramp (subtract (f a) (f b)) in Ok (subtract (f a) r)
  | Maximum a b => let? r := ramp (subtract (f a) (f b)) in Ok (add (f b) r)
  | Relu a => ramp (f a)
  | Absolute a => let? r := ramp (f a) in Ok (subtract (scale 2 r) (f a))
  | Negative a => Ok (scale (-1) (f a))
  | Atom_of a n =>
      match line None None (f a) with
      | Ok (s, b) =>
          if is_zero s then Invalid "an atom needs an argument that is not constant"
          else Ok (atom_of_affine n s b)
      | _ => Invalid "an atom needs an affine argument"
      end
  | Divided a n =>
      if is_zero n then Invalid "division by 0" else Ok (scale (divided 1 n) (f a))
  end.
Fixpoint register_functions (p : program) (held : list function) : result (list function) :=
  match p with
  | [] => Ok held
  | i :: p' => let? f := instruction_function held i in register_functions p' (held ++ [f])
  end.
Definition expand_program (p : program) : result function :=
  let? held := register_functions p [identity] in Ok (last held []).

Lemma instruction_function_ok held i f x : instruction_function held i = Ok f ->
  value f x = instruction_value (map (fun g => value g x) held) i.
Proof.
  assert (R : forall k, nth k (map (fun g => value g x) held) 0 = value (nth k held []) x).
  { intros k. change 0 with ((fun g => value g x) []). apply map_nth. }
  unfold instruction_function, instruction_value.
  destruct i; cbv zeta; rewrite ?R; intros H; try (injection H as <-).
  - apply value_constant.
  - apply value_add.
  - apply value_subtract.
  - apply (multiply_ok _ _ _ _ H).
  - unbind H. injection H as <-. rewrite value_subtract, (ramp_ok _ _ _ E), value_subtract.
    unfold Rmin, Rmax. destruct (Rle_dec _ _), (Rle_dec _ _); lra.
  - unbind H. injection H as <-. rewrite value_add, (ramp_ok _ _ _ E), value_subtract.
    unfold Rmax. destruct (Rle_dec _ _), (Rle_dec _ _); lra.
  - apply (ramp_ok _ _ _ H).
  - unbind H. injection H as <-.
    rewrite value_subtract, value_scale, (ramp_ok _ _ _ E), val_2.
    unfold Rmax, Rabs. destruct (Rle_dec _ _), (Rcase_abs _); lra.
  - rewrite value_scale, val_m1. ring.
  - destruct (line None None (nth a held [])) as [[s b]| |] eqn:E; try discriminate.
    destruct (is_zero s); [discriminate|]. injection H as <-. rewrite atom_of_affine_ok.
    f_equal. symmetry. apply (line_ok None None _ x I I _ _ E).
  - destruct (is_zero n) eqn:Z; [discriminate|]. injection H as <-.
    assert (Q2R n <> 0) by (rewrite <- val_is_zero; congruence).
    rewrite value_scale, val_divided, val_1 by assumption. unfold Rdiv. ring.
Qed.
Theorem expand_program_ok p f x : expand_program p = Ok f -> value f x = program_value p x.
Proof.
  unfold expand_program, program_value. intros H. unbind H. injection H as <-.
  replace x with (value identity x) at 2 by apply value_identity.
  change [value identity x] with (map (fun g => value g x) [identity]).
  assert (G : forall held all, register_functions p held = Ok all ->
    map (fun g => value g x) all = registers p (map (fun g => value g x) held)).
  { clear. induction p as [|i p IH]; cbn [register_functions registers]; intros held all H;
      [injection H as <-; reflexivity|].
    unbind H. rewrite (IH _ _ H), map_app. cbn [map]. rewrite (instruction_function_ok _ _ _ x E).
    reflexivity. }
  rewrite <- (G _ _ E). clear. induction a as [|f [|g a] IH]; try reflexivity. exact IH.
Qed.
End Programs.
