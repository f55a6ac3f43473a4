(** * Float arithmetic as a relation: what a machine may compute

    With u the unit roundoff and L the least normal number, an operation whose exact result is z
    gives any z' with |z' - z| <= u |z| + L, and an operand smaller than L may be replaced by 0
    before it: IEEE arithmetic rounded to nearest, with subnormals kept or flushed.  A product and
    the addition that uses it may be fused.  Sums are taken in any order.  Overflow is not
    modelled: exponents have no upper end.

    Source: docs/reference/certificate-format.md, "Float programs". *)
From Coq Require Import ZArith QArith Qreals Reals List Permutation Lra Lia.
From KanCheck Require Import Rational Functions Programs Bases LinearMaps Networks.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Inductive precision := Float32 | Float64.
(** The format; atoms are within so many units roundoff; no product passes through more
    additions than [depth], where it is not 0. *)
Record model := { format : precision; ulps : Z; depth : nat }.
Definition bits (p : precision) : nat := match p with Float32 => 24 | Float64 => 53 end.
Definition normal (p : precision) : nat := match p with Float32 => 126 | Float64 => 1022 end.
Definition roundoff (p : precision) : R := / 2 ^ bits p.
Definition least (p : precision) : R := / 2 ^ normal p.

Section Arithmetic.
Context {N : Normal_distribution}.
Variable m : model.
Notation u := (roundoff (format m)).
Notation L := (least (format m)).
Definition rounds (z z' : R) : Prop := Rabs (z' - z) <= u * Rabs z + L.
Definition flushed (a a' : R) : Prop := a' = a \/ (Rabs a < L /\ a' = 0).

(** ** Programs

    A register holds what is computed, and for a product what it was before it was rounded. *)
Definition register : Type := R * R.
Definition operand (r : register) (a : R) : Prop := flushed (fst r) a.
Definition summand (r : register) (a : R) : Prop := operand r a \/ a = snd r.
(** In cancellations the error of these atoms is absolute. *)
Definition floor_of (n : atom) : R := match n with Gelu | Gaussian => 1 | _ => / 2 ^ 64 end.
Definition computes_instruction (held : list register) (i : instruction) (r : register) : Prop :=
  let at_ k := nth k held (0, 0) in
  let plain := snd r = fst r in
  match i with
  | Number c => fst r = Q2R c /\ plain
  | Plus a b => exists x y, summand (at_ a) x /\ summand (at_ b) y /\ rounds (x + y) (fst r) /\ plain
  | Minus a b => exists x y, summand (at_ a) x /\ summand (at_ b) y /\ rounds (x - y) (fst r) /\ plain
  | Times a b => exists x y, operand (at_ a) x /\ operand (at_ b) y /\ rounds (x * y) (fst r)
      /\ snd r = x * y
  | Programs.Minimum a b => exists x y, operand (at_ a) x /\ operand (at_ b) y
      /\ flushed (Rmin x y) (fst r) /\ plain
  | Programs.Maximum a b => exists x y, operand (at_ a) x /\ operand (at_ b) y
      /\ flushed (Rmax x y) (fst r) /\ plain
  | Relu a => exists x, operand (at_ a) x /\ flushed (Rmax 0 x) (fst r) /\ plain
  | Absolute a => exists x, operand (at_ a) x /\ flushed (Rabs x) (fst r) /\ plain
  | Negative a => exists x, operand (at_ a) x /\ fst r = - x /\ plain
  | Atom_of a n => exists x, operand (at_ a) x /\ plain /\
      Rabs (fst r - atom_value n x) <= IZR (ulps m) * u * (Rabs (atom_value n x) + floor_of n) + L
  | Divided a _ => r = at_ a  (* the sum that the function enters is divided *)
  end.
Inductive computes_registers : program -> list register -> list register -> Prop :=
| No_instruction held : computes_registers [] held held
| Next_instruction i p held r all : computes_instruction held i r ->
    computes_registers p (held ++ [r]) all -> computes_registers (i :: p) held all.
Definition computes_program (p : program) (x y : R) : Prop :=
  exists all, computes_registers p [(x, x)] all /\ y = fst (last all (0, 0)).
Definition divisor (p : program) : R := match last p (Number 0) with Divided _ n => Q2R n | _ => 1 end.

(** ** Sums of products

    [summed l h d s]: s is what may be computed for the sum of the products w x of the pairs of l,
    where no product passes through more than h additions that round, nor more than d divisions.  A
    product by 0 is 0, and to add it is exact. *)
Inductive summed : list (R * R) -> nat -> nat -> R -> Prop :=
| Sum_product w x s : w <> 0 -> rounds (w * x) s -> summed [(w, x)] 0 0 s
| Sum_bias b : b <> 0 -> summed [(b, 1)] 0 0 b
| Sum_plus l l' h h' d d' s s' t t' r : summed l h d s -> summed l' h' d' t ->
    flushed s s' -> flushed t t' -> rounds (s' + t') r ->
    summed (l ++ l') (S (Nat.max h h')) (Nat.max d d') r
| Sum_fused w x l h d s s' r : w <> 0 -> summed l h d s -> flushed s s' -> rounds (w * x + s') r ->
    summed ((w, x) :: l) (S h) d r
| Sum_zero x l h d s r : summed l h d s -> flushed s r -> summed ((0, x) :: l) h d r
| Sum_divided n l h s s' r : 1 <= n -> summed l h 0 s -> flushed s s' -> rounds (s' / n) r ->
    summed (map (fun wx => (fst wx, snd wx / n)) l) h 1 r
| Sum_order l l' h d s : summed l h d s -> Permutation l l' -> summed l' h d s.
Definition computes_sum (terms : list (R * R)) (divides : bool) (s : R) : Prop :=
  (Forall (fun wx => fst wx = 0) terms /\ s = 0)
  \/ exists h d, summed terms h d s /\ (depth m = 0 \/ h <= depth m)%nat
       /\ (d <= if divides then 1 else 0)%nat.

(** ** Layers

    A layer is a bank of programs and an affine stage: per input a list of programs. *)
Record layer := { programs : list (list program); weight : linear_map; bias : Z -> Q }.
Fixpoint programs_of (bases : list basis) (chosen : list nat) : option (list (list program)) :=
  match chosen with
  | [] => Some []
  | b :: chosen' =>
      match nth_error bases b, programs_of bases chosen' with
      | Some (Straight_line ps), Some rest => Some (ps :: rest)
      | _, _ => None
      end
  end.
Fixpoint layers_of (w : word) : option (list layer) :=
  match w with
  | [] => Some []
  | Bank bases chosen :: Affine a b :: w' =>
      match programs_of bases chosen, layers_of w' with
      | Some ps, Some ls => Some ({| programs := ps; weight := a; bias := b |} :: ls)
      | _, _ => None
      end
  | _ => None
  end.
(** The entry of a linear map in row o and column c. *)
Definition entry_of (a : linear_map) (o c : nat) : R :=
  nth o (apply_real a (map (fun k => if Nat.eqb k c then 1 else 0) (seq 0 (inputs a)))) 0.
(** What the products of output o are made of; where a program divides, the sum of its products is
    divided, so that this is how it enters. *)
Definition terms (l : layer) (columns : list R) (o : nat) : list (R * R) :=
  map (fun c => (entry_of (weight l) o c, nth c columns 0 / nth c (map divisor (concat (programs l))) 1))
    (seq 0 (inputs (weight l)))
  ++ [(Q2R (bias l (Z.of_nat o)), 1)].
Definition pair_flushed (p q : R * R) : Prop := flushed (fst p) (fst q) /\ flushed (snd p) (snd q).
Definition divides_sum (q : program) : bool :=
  match last q (Number 0) with Divided _ n => less 1 n | _ => false end.
Definition divides_somewhere (l : layer) : bool := existsb divides_sum (concat (programs l)).
Definition computes_layer (l : layer) (xs ys : list R) : Prop :=
  exists columns,
    Forall2 (fun p y => computes_program (fst p) (snd p) y)
      (flat_map (fun px => map (fun p => (p, snd px)) (fst px)) (combine (programs l) xs)) columns
    /\ length ys = outputs (weight l)
    /\ forall o, (o < length ys)%nat -> exists ts, Forall2 pair_flushed (terms l columns o) ts
         /\ computes_sum ts (divides_somewhere l) (nth o ys 0).
Inductive computes : list layer -> list R -> list R -> Prop :=
| No_layer xs : computes [] xs xs
| Next_layer l ls xs ys zs : computes_layer l xs ys -> computes ls ys zs -> computes (l :: ls) xs zs.
End Arithmetic.
