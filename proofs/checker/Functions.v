(** * Univariate functions as rational combinations of generators

    A generator names one function of x:

      Pow k        x^k
      Step t k     (x - t)^k for x >= t, and 0 left of t
      Point t      1 at t, 0 elsewhere
      Atom n a b   n(a x + b), for an atom n
      Ratio q k t j   x^j / q(x)^k for x >= t, and 0 left of t; everywhere if t is None

    log and sqrt are partial functions.  As generators they stand for functions on all of R, which
    are 0 where log and sqrt are not defined; [atom_defined] says where that is.

    A piecewise polynomial with stated values at its breakpoints is a finite sum of these.  Two
    equal combinations are the same function: that is all that soundness needs.  Combinations
    are kept sorted, so that they are merged in one pass; no proof relies on it. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu Atoms.
From KanEquiv Require NormalDistribution.
From KanCheck Require Import Rational Result Logarithm.
Import ListNotations.
Open Scope R_scope.

Inductive atom := Sigmoid | Silu | Tanh | Exp | Gelu | Gaussian | Sin | Cos | Log | Sqrt.
Inductive generator :=
| Pow (k : nat)
| Step (t : Q) (k : nat)
| Point (t : Q)
| Atom (n : atom) (a b : Q)
| Ratio (q : list Q) (k : nat) (t : option Q) (j : nat).
Definition function := list (generator * Q).

(** ** Meaning *)
(** The normal distribution is no function of Coq's library: it is a parameter, and what defines it is
    what is assumed of it.  It exists and is unique, see [NormalDistribution]. *)
Class Normal_distribution := {
  Phi : R -> R; Phi_normal : NormalDistribution.normal_distribution Phi }.
Lemma Phi_turn {N : Normal_distribution} z : Phi (- z) = 1 - Phi z.
Proof. apply Phi_normal. Qed.
Lemma Phi_is_normal {N : Normal_distribution} z : Phi z = NormalDistribution.normal z.
Proof. apply NormalDistribution.normal_distribution_unique, Phi_normal. Qed.
Definition gelu {N : Normal_distribution} (z : R) : R := z * Phi z.

(** A polynomial, by its coefficients in ascending powers. *)
Fixpoint polynomial (cs : list Q) (z : R) : R :=
  match cs with [] => 0 | c :: cs' => Q2R c + z * polynomial cs' z end.
(** y at t and right of it, 0 left of t. *)
Definition right_part (t : option Q) (x y : R) : R :=
  match t with Some s => if Rlt_dec x (Q2R s) then 0 else y | None => y end.

Section Meaning.
Context {N : Normal_distribution}.
Definition atom_value (n : atom) : R -> R :=
  match n with
  | Sigmoid => sigmoid | Silu => silu | Tanh => tanh | Exp => exp | Gelu => gelu
  | Gaussian => gaussian | Sin => sin | Cos => cos | Log => log | Sqrt => sqrt
  end.
Definition atom_defined (n : atom) (z : R) : Prop :=
  match n with Log => 0 < z | Sqrt => 0 <= z | _ => True end.
Definition generator_value (g : generator) (x : R) : R :=
  match g with
  | Pow k => x ^ k
  | Step t k => step_power k (x - Q2R t)
  | Point t => if Req_EM_T x (Q2R t) then 1 else 0
  | Atom n a b => atom_value n (Q2R a * x + Q2R b)
  | Ratio q k t j => right_part t x (x ^ j / polynomial q x ^ k)
  end.
Fixpoint value (f : function) (x : R) : R :=
  match f with [] => 0 | (g, c) :: f' => Q2R c * generator_value g x + value f' x end.
End Meaning.

(** ** Order of generators *)
(** A notation, so that d is not worked out where c decides. *)
Notation then_compare c d := (match c with Eq => d | Lt => Lt | Gt => Gt end).
Definition rank (n : atom) : nat :=
  match n with
  | Sigmoid => 0 | Silu => 1 | Tanh => 2 | Exp => 3 | Gelu => 4 | Gaussian => 5 | Sin => 6 | Cos => 7
  | Log => 8 | Sqrt => 9
  end.
Fixpoint list_compare (l m : list Q) : comparison :=
  match l, m with
  | [], [] => Eq | [], _ => Lt | _, [] => Gt
  | a :: l', b :: m' => then_compare (compare a b) (list_compare l' m')
  end.
Definition end_compare (s t : option Q) : comparison :=
  match s, t with
  | None, None => Eq | None, _ => Lt | _, None => Gt
  | Some a, Some b => compare a b
  end.
Definition generator_compare (g h : generator) : comparison :=
  match g, h with
  | Pow j, Pow k => Nat.compare j k
  | Pow _, _ => Lt | _, Pow _ => Gt
  | Step s j, Step t k => then_compare (compare s t) (Nat.compare j k)
  | Step _ _, _ => Lt | _, Step _ _ => Gt
  | Point s, Point t => compare s t
  | Point _, _ => Lt | _, Point _ => Gt
  | Atom m a b, Atom n c d =>
      then_compare (Nat.compare (rank m) (rank n)) (then_compare (compare a c) (compare b d))
  | Atom _ _ _, _ => Lt | _, Atom _ _ _ => Gt
  | Ratio p i s j, Ratio q k t l =>
      then_compare (list_compare p q)
        (then_compare (Nat.compare i k) (then_compare (end_compare s t) (Nat.compare j l)))
  end.

(** ** Sums and multiples *)
Fixpoint add (f : function) : function -> function :=
  fix add_f (h : function) : function :=
    match f, h with
    | [], _ => h
    | _, [] => f
    | (g1, c1) :: f', (g2, c2) :: h' =>
      match generator_compare g1 g2 with
      | Lt => (g1, c1) :: add f' h
      | Gt => (g2, c2) :: add_f h'
      | Eq => let c := plus c1 c2 in
              if is_zero c then add f' h' else (g1, c) :: add f' h'
      end
    end.
Definition scale (q : Q) (f : function) : function :=
  if is_zero q then [] else map (fun gc => (fst gc, times q (snd gc))) f.
Definition subtract (f h : function) : function := add f (scale (-1) h).
Definition constant (q : Q) : function := if is_zero q then [] else [(Pow 0, q)].
Definition identity : function := [(Pow 1, 1%Q)].
Definition single (g : generator) : function := [(g, 1%Q)].

(** The linear map that sends each generator g to image g. *)
Fixpoint transform (image : generator -> result function) (f : function) : result function :=
  match f with
  | [] => Ok []
  | (g, c) :: f' =>
      let? i := image g in let? rest := transform image f' in Ok (add (scale c i) rest)
  end.

Section Laws.
Context {N : Normal_distribution}.

Lemma then_compare_eq c d : then_compare c d = Eq -> c = Eq /\ d = Eq.
Proof. destruct c; simpl; intuition congruence. Qed.
Lemma rank_inj m n : rank m = rank n -> m = n.
Proof. destruct m, n; simpl; congruence. Qed.
Lemma list_compare_eq l z : forall m, list_compare l m = Eq -> polynomial l z = polynomial m z.
Proof.
  induction l as [|a l IH]; intros [|b m] H; simpl in H; try discriminate; [reflexivity|].
  apply then_compare_eq in H. destruct H as [H1 H2]. simpl.
  rewrite (IH m H2), (val_compare _ _ H1). reflexivity.
Qed.
Lemma end_compare_eq s t x y : end_compare s t = Eq -> right_part s x y = right_part t x y.
Proof.
  destruct s as [a|], t as [b|]; simpl; intros H; try discriminate; [|reflexivity].
  rewrite (val_compare _ _ H). reflexivity.
Qed.
Lemma generator_compare_eq g h : generator_compare g h = Eq ->
  forall x, generator_value g x = generator_value h x.
Proof.
  destruct g, h; simpl; try discriminate; intros H x.
  - apply Nat.compare_eq in H. congruence.
  - apply then_compare_eq in H. destruct H as [H1 H2].
    apply val_compare in H1. apply Nat.compare_eq in H2. congruence.
  - apply val_compare in H. rewrite H. reflexivity.
  - apply then_compare_eq in H. destruct H as [H1 H]. apply then_compare_eq in H.
    destruct H as [H2 H3]. apply Nat.compare_eq in H1. apply rank_inj in H1.
    apply val_compare in H2, H3. congruence.
  - apply then_compare_eq in H. destruct H as [H1 H]. apply then_compare_eq in H.
    destruct H as [H2 H]. apply then_compare_eq in H. destruct H as [H3 H4].
    apply Nat.compare_eq in H2, H4. subst.
    rewrite (list_compare_eq _ x _ H1), (end_compare_eq _ _ x _ H3). reflexivity.
Qed.

Lemma add_cons g1 c1 f g2 c2 h :
  add ((g1, c1) :: f) ((g2, c2) :: h) =
  match generator_compare g1 g2 with
  | Lt => (g1, c1) :: add f ((g2, c2) :: h)
  | Gt => (g2, c2) :: add ((g1, c1) :: f) h
  | Eq => let c := plus c1 c2 in if is_zero c then add f h else (g1, c) :: add f h
  end.
Proof. reflexivity. Qed.
Lemma value_add f h x : value (add f h) x = value f x + value h x.
Proof.
  revert h; induction f as [|[g1 c1] f IHf]; intros h.
  - destruct h; simpl; ring.
  - induction h as [|[g2 c2] h IHh]; [simpl; ring|]. rewrite add_cons.
    destruct (generator_compare g1 g2) eqn:E.
    + pose proof (generator_compare_eq _ _ E x) as Ex. cbv zeta.
      destruct (is_zero (plus c1 c2)) eqn:Z.
      * apply val_is_zero in Z. rewrite val_plus in Z. rewrite IHf. simpl. rewrite <- Ex.
        replace (Q2R c2) with (- Q2R c1) by lra. ring.
      * cbn [value]. rewrite IHf, val_plus, <- Ex. ring.
    + cbn [value]. rewrite IHf. cbn [value]. ring.
    + cbn [value]. rewrite IHh. cbn [value]. ring.
Qed.
Lemma value_scale q f x : value (scale q f) x = Q2R q * value f x.
Proof.
  unfold scale. destruct (is_zero q) eqn:Z.
  - apply val_is_zero in Z. rewrite Z. simpl. ring.
  - induction f as [|[g c] f IH]; simpl; [ring|]. rewrite val_times, IH. ring.
Qed.
Lemma val_m1 : Q2R (-1) = -1. Proof. unfold Q2R; simpl; lra. Qed.
Lemma value_subtract f h x : value (subtract f h) x = value f x - value h x.
Proof. unfold subtract. rewrite value_add, value_scale, val_m1. ring. Qed.
Lemma value_constant q x : value (constant q) x = Q2R q.
Proof.
  unfold constant. destruct (is_zero q) eqn:Z; simpl; [|ring].
  apply val_is_zero in Z. congruence.
Qed.
Lemma value_identity x : value identity x = x.
Proof. unfold identity. cbn [value generator_value]. rewrite val_1. ring. Qed.
Lemma value_single g x : value (single g) x = generator_value g x.
Proof. unfold single. cbn [value]. rewrite val_1. ring. Qed.

(** [at_x] may restrict the points of which the image speaks. *)
Lemma value_transform image (h : R -> R) (x : R) :
  (forall g i, image g = Ok i -> value i x = generator_value g (h x)) ->
  forall f f', transform image f = Ok f' -> value f' x = value f (h x).
Proof.
  intros H. induction f as [|[g c] f IH]; simpl; intros f' E.
  - inversion E; reflexivity.
  - unbind E. inversion E; subst. rewrite value_add, value_scale.
    rewrite (H _ _ E0), (IH _ E1). reflexivity.
Qed.

(** Zero combinations. *)
Definition all_zero (f : function) : bool := forallb (fun gc => is_zero (snd gc)) f.
Lemma all_zero_ok f x : all_zero f = true -> value f x = 0.
Proof.
  induction f as [|[g c] f IH]; simpl; intros H; [reflexivity|].
  apply andb_prop in H. destruct H as [H1 H2]. apply val_is_zero in H1.
  rewrite H1, IH by auto. ring.
Qed.
(** The same generators with the same coefficients: the common case, without a subtraction. *)
Fixpoint same_terms (f h : function) : bool :=
  match f, h with
  | [], [] => true
  | (g1, c1) :: f', (g2, c2) :: h' =>
      match generator_compare g1 g2 with Eq => equal c1 c2 && same_terms f' h' | _ => false end
  | _, _ => false
  end.
Lemma same_terms_ok f x : forall h, same_terms f h = true -> value f x = value h x.
Proof.
  induction f as [|[g1 c1] f IH]; intros [|[g2 c2] h] H; simpl in H; try discriminate; [reflexivity|].
  destruct (generator_compare g1 g2) eqn:E; try discriminate.
  apply andb_prop in H. destruct H as [C H]. apply val_equal in C. simpl.
  rewrite (generator_compare_eq _ _ E x), C, (IH h H). reflexivity.
Qed.
Definition same (f h : function) : bool := all_zero (subtract f h).
Lemma same_ok f h x : same f h = true -> value f x = value h x.
Proof.
  intros H. apply (all_zero_ok _ x) in H. rewrite value_subtract in H. lra.
Qed.
End Laws.
