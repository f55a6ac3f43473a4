(** * Sums of atoms on an interval: values, chords, slopes

    An atom f(a x + b) with |f''| <= K lies within K (a (v - u))^2/8 of its chord on [u, v], the
    error of linear interpolation. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Atoms Taylor AtomBounds.
From KanCheck Require Import Result Rational Functions Calculus Enclosures.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** ** Chords *)
Lemma line_slope k x : derivable_pt_lim (fun z => k * z) x k.
Proof.
  eapply slope_by; [apply (derivable_pt_lim_scal id), derivable_pt_lim_id|ring].
Qed.
Lemma convex_below g g' g'' u v x : (forall z, u <= z <= v -> derivable_pt_lim g z (g' z)) ->
  (forall z, u <= z <= v -> derivable_pt_lim g' z (g'' z)) -> (forall z, u <= z <= v -> 0 <= g'' z) ->
  g u <= 0 -> g v <= 0 -> u <= x <= v -> g x <= 0.
Proof.
  intros D1 D2 P Gu Gv X.
  assert (M : forall y z, u <= y -> y <= z -> z <= v -> g' y <= g' z).
  { intros y z Y L Z. apply (grows g' g''); [exact L|intros; apply D2; lra|intros; apply P; lra]. }
  (* above its tangent at x *)
  assert (R : g x - g' x * x <= g v - g' x * v).
  { apply (grows (fun z => g z - g' x * z) (fun z => g' z - g' x)); [lra| |].
    - intros z Z. apply (derivable_pt_lim_minus g (fun z => g' x * z)); [apply D1; lra|apply line_slope].
    - intros z Z. specialize (M x z). lra. }
  assert (L : - g u + g' x * u <= - g x + g' x * x).
  { apply (grows (fun z => - g z + g' x * z) (fun z => - g' z + g' x)); [lra| |].
    - intros z Z. apply (derivable_pt_lim_plus (fun z => - g z) (fun z => g' x * z)); [|apply line_slope].
      apply derivable_pt_lim_opp, D1. lra.
    - intros z Z. specialize (M z x). lra. }
  destruct (Rle_lt_dec 0 (g' x)); nra.
Qed.
Lemma below_chord f f' f'' k u v t : u <= v -> (forall z, u <= z <= v -> derivable_pt_lim f z (f' z)) ->
  (forall z, u <= z <= v -> derivable_pt_lim f' z (f'' z)) -> (forall z, u <= z <= v -> - k <= f'' z) ->
  0 <= k -> 0 <= t <= 1 ->
  f (u + t * (v - u)) <= (1 - t) * f u + t * f v + k * ((v - u) ^ 2 / 8).
Proof.
  intros L D1 D2 P K T. destruct (Req_dec u v) as [<-|Ne].
  { replace (u + t * (u - u)) with u by ring. nra. }
  set (m := (f v - f u) / (v - u)). set (x := u + t * (v - u)).
  assert (G : f x - (f u + (x - u) * m) + k / 2 * ((x - u) * (x - v)) <= 0).
  { apply (convex_below (fun z => f z - (f u + (z - u) * m) + k / 2 * ((z - u) * (z - v)))
      (fun z => f' z - m + k / 2 * (2 * z - u - v)) (fun z => f'' z + k) u v).
    - intros z Z. apply (derivable_pt_lim_plus (fun z => f z - (f u + (z - u) * m))
        (fun z => k / 2 * ((z - u) * (z - v)))).
      + apply (derivable_pt_lim_minus f (fun z => f u + (z - u) * m)); [apply D1, Z|].
        eapply slope_by.
        * apply (derivable_pt_lim_plus (fun _ => f u) (fun z => (z - u) * m));
            [apply derivable_pt_lim_const|]. apply (derivable_pt_lim_scal_right (fun z => z - u)).
          apply (derivable_pt_lim_minus id (fun _ => u)); [apply derivable_pt_lim_id|].
          apply derivable_pt_lim_const.
        * ring.
      + eapply slope_by.
        * apply (derivable_pt_lim_scal (fun z => (z - u) * (z - v))).
          apply (derivable_pt_lim_mult (fun z => z - u) (fun z => z - v)).
          -- apply (derivable_pt_lim_minus id (fun _ => u)); [apply derivable_pt_lim_id|].
             apply derivable_pt_lim_const.
          -- apply (derivable_pt_lim_minus id (fun _ => v)); [apply derivable_pt_lim_id|].
             apply derivable_pt_lim_const.
        * ring.
    - intros z Z. eapply slope_by.
      + apply (derivable_pt_lim_plus (fun z => f' z - m) (fun z => k / 2 * (2 * z - u - v))).
        * apply (derivable_pt_lim_minus f' (fun _ => m)); [apply D2, Z|apply derivable_pt_lim_const].
        * apply (derivable_pt_lim_scal (fun z => 2 * z - u - v)).
          apply (derivable_pt_lim_minus (fun z => 2 * z - u) (fun _ => v)); [|apply derivable_pt_lim_const].
          apply (derivable_pt_lim_minus (fun z => 2 * z) (fun _ => u)); [|apply derivable_pt_lim_const].
          apply (derivable_pt_lim_scal id), derivable_pt_lim_id.
      + field.
    - intros z Z. specialize (P z Z). lra.
    - right. unfold m. field. lra.
    - right. unfold m. field. lra.
    - unfold x. nra. }
  replace ((1 - t) * f u + t * f v) with (f u + (x - u) * m) by (unfold x, m; field; lra).
  assert (Q : - ((x - u) * (x - v)) <= (v - u) ^ 2 / 4).
  { unfold x. pose proof (pow2_ge_0 (2 * t - 1)). pose proof (pow2_ge_0 (v - u)). nra. }
  nra.
Qed.
Theorem near_chord f f' f'' k u v t : u <= v -> (forall z, u <= z <= v -> derivable_pt_lim f z (f' z)) ->
  (forall z, u <= z <= v -> derivable_pt_lim f' z (f'' z)) ->
  (forall z, u <= z <= v -> - k <= f'' z <= k) -> 0 <= k -> 0 <= t <= 1 ->
  Rabs (f (u + t * (v - u)) - ((1 - t) * f u + t * f v)) <= k * ((v - u) ^ 2 / 8).
Proof.
  intros L D1 D2 P K T.
  assert (A := below_chord f f' f'' k u v t L D1 D2 (fun z Z => proj1 (P z Z)) K T).
  assert (B : - f (u + t * (v - u)) <= (1 - t) * - f u + t * - f v + k * ((v - u) ^ 2 / 8)).
  { apply (below_chord (fun z => - f z) (fun z => - f' z) (fun z => - f'' z)); auto.
    - intros z Z. apply derivable_pt_lim_opp, D1, Z.
    - intros z Z. apply derivable_pt_lim_opp, D2, Z.
    - intros z Z. specialize (P z Z). lra. }
  unfold Rabs. destruct (Rcase_abs _); lra.
Qed.

(** ** Atoms *)
(** A bound of the second derivative, in absolute value; ends of the derivative; of the values. *)
Definition curvature (n : atom) : option Q :=
  match n with
  | Silu => Some (1 # 2) | Sigmoid => Some (1 # 10) | Gaussian => Some 2%Q
  | Sin | Cos => Some 1%Q
  | _ => None
  end.
Definition slope_ends (n : atom) : option (Q * Q) :=
  match n with
  | Silu => Some (-1 # 10, 11 # 10) | Sigmoid => Some (0, 1 # 4)
  | Gaussian => Some (-43 # 50, 43 # 50) | Sin | Cos => Some (-1, 1)
  | _ => None
  end%Q.
Definition value_ends (n : atom) : option (end_ * end_) :=
  match n with
  | Sigmoid | Gaussian => Some (Some 0, Some 1) | Sin | Cos => Some (Some (-1), Some 1)
  | Silu => Some (Some (-3 # 10), None) | Exp => Some (Some 0, None)
  | _ => None
  end%Q.
Section Atoms.
Context {N : Normal_distribution}.
Definition slope_of (n : atom) : R -> R :=
  match n with
  | Silu => silu_1 | Sigmoid => sigmoid_1 | Gaussian => gaussian_1 | Sin => cos
  | Cos => fun z => - sin z | Exp => exp | _ => fun _ => 0
  end.
Definition bend_of (n : atom) : R -> R :=
  match n with
  | Silu => silu_2 | Sigmoid => sigmoid_2 | Gaussian => gaussian_2 | Sin => fun z => - sin z
  | Cos => fun z => - cos z | Exp => exp | _ => fun _ => 0
  end.
Definition known (n : atom) : Prop :=
  match n with Tanh | Gelu | Log | Sqrt => False | _ => True end.
Lemma slope_of_ok n z : known n -> derivable_pt_lim (atom_value n) z (slope_of n z).
Proof.
  intros K. destruct n; simpl in *; try contradiction;
    auto using silu_slope, sigmoid_slope, gaussian_slope, sin_slope, cos_slope, derivable_pt_lim_exp.
Qed.
Lemma bend_of_ok n z : known n -> derivable_pt_lim (slope_of n) z (bend_of n z).
Proof.
  intros K. destruct n; simpl in *; try contradiction;
    auto using silu_1_slope, sigmoid_1_slope, gaussian_1_slope, cos_slope, derivable_pt_lim_exp.
  apply (derivable_pt_lim_opp sin), sin_slope.
Qed.
Lemma curvature_ok n k z : curvature n = Some k -> known n /\ - Q2R k <= bend_of n z <= Q2R k.
Proof.
  destruct n; simpl; try discriminate; intros H; inversion H; (split; [exact I|]);
    unfold Q2R; simpl.
  - pose proof (sigmoid_2_bounds z). lra.
  - pose proof (silu_2_bounds z). lra.
  - pose proof (gaussian_2_bounds z). lra.
  - pose proof (SIN_bound z). lra.
  - pose proof (COS_bound z). lra.
Qed.
Lemma slope_ends_ok n p q z : slope_ends n = Some (p, q) -> known n /\ Q2R p <= slope_of n z <= Q2R q.
Proof.
  destruct n; simpl; try discriminate; intros H; inversion H; (split; [exact I|]);
    unfold Q2R; simpl.
  - pose proof (sigmoid_1_bounds z). lra.
  - pose proof (silu_1_bounds z). lra.
  - pose proof (gaussian_1_bounds z). lra.
  - pose proof (COS_bound z). lra.
  - pose proof (SIN_bound z). lra.
Qed.
Lemma value_ends_ok n p q z : value_ends n = Some (p, q) ->
  at_or_above p (atom_value n z) /\ at_or_below q (atom_value n z).
Proof.
  destruct n; simpl; try discriminate; intros H; inversion H; simpl; unfold Q2R; simpl.
  - pose proof (sigmoid_bounds z). lra.
  - pose proof (silu_low z). lra.
  - pose proof (exp_pos z). lra.
  - pose proof (gaussian_bounds z). lra.
  - pose proof (SIN_bound z). lra.
  - pose proof (COS_bound z). lra.
Qed.
End Atoms.

(** ** At rational points *)
(** Rational bounds of an atom, to about as many bits as the kernel's. *)
Definition bits : nat := 128.
Definition enclose (n : atom) (x : Q) : result (Q * Q) := enclose_atom bits n x.
Lemma enclose_ok {N : Normal_distribution} n x a b : enclose n x = Ok (a, b) ->
  Q2R a <= atom_value n (Q2R x) <= Q2R b.
Proof. apply enclose_atom_ok. Qed.
(** Numbers so near to each other that other enclosures of the same width may order them otherwise:
    where atoms are involved, a refusal for such a difference is none. *)
Definition near (a b : Q) : bool :=
  let d := minus a b in
  let size := plus 1 (larger a (opposite a)) in
  negb (less (times size (1 # 2 ^ 100)) (larger d (opposite d))).
(** An upper bound of exp where it is largest. *)
Definition exp_at_most (a b u v : Q) : result Q :=
  let x := if less a 0 then u else v in
  let? (_, high) := enclose Exp (plus (times a x) b) in Ok high.
Lemma exp_at_most_ok {N : Normal_distribution} a b u v m x : exp_at_most a b u v = Ok m ->
  Q2R u <= x <= Q2R v -> exp (Q2R a * x + Q2R b) <= Q2R m.
Proof.
  unfold exp_at_most. intros H X. unbind H. destruct a0 as [low high]. injection H as <-.
  apply enclose_ok in E. rewrite val_plus, val_times in E. cbn [atom_value] in E.
  apply Rle_trans with (exp (Q2R a * Q2R (if less a 0 then u else v) + Q2R b)); [|lra].
  assert (M : Q2R a * x + Q2R b <= Q2R a * Q2R (if less a 0 then u else v) + Q2R b).
  { decide_less a 0%Q; rewrite val_0 in L; nra. }
  apply exp_le, M.
Qed.

(** ** Sums of atoms and ratios: powers, steps and points are passed over *)
(** c times an interval. *)
Definition times_ends (c : Q) (i : Q * Q) : Q * Q :=
  if less c 0 then (times c (snd i), times c (fst i)) else (times c (fst i), times c (snd i)).
Lemma times_ends_ok c i y : Q2R (fst i) <= y <= Q2R (snd i) ->
  Q2R (fst (times_ends c i)) <= Q2R c * y <= Q2R (snd (times_ends c i)).
Proof.
  intros H. unfold times_ends. decide_less c 0%Q; rewrite val_0 in L; simpl; rewrite !val_times; nra.
Qed.
(** The sum over all atoms with a coefficient other than 0. *)
Section Sums.
Variable term : atom -> Q -> Q -> result (Q * Q).
Fixpoint over_atoms (f : function) : result (Q * Q) :=
  match f with
  | [] => Ok (0, 0)%Q
  | (Atom n a b, c) :: f' =>
      if is_zero c then over_atoms f'
      else let? i := term n a b in let? rest := over_atoms f' in
           let j := times_ends c i in
           Ok (plus (fst j) (fst rest), plus (snd j) (snd rest))
  | (Ratio _ _ _ _, c) :: f' => if is_zero c then over_atoms f' else Unsupported "bounds of a ratio"
  | _ :: f' => over_atoms f'
  end.
Fixpoint weighted (h : generator -> R) (f : function) : R :=
  match f with
  | [] => 0
  | (Atom _ _ _ as g, c) :: f' | (Ratio _ _ _ _ as g, c) :: f' => Q2R c * h g + weighted h f'
  | _ :: f' => weighted h f'
  end.
Lemma over_atoms_ok h f :
  (forall n a b i, term n a b = Ok i -> Q2R (fst i) <= h (Atom n a b) <= Q2R (snd i)) ->
  forall i, over_atoms f = Ok i -> Q2R (fst i) <= weighted h f <= Q2R (snd i).
Proof.
  intros T. induction f as [|[g c] f IH]; cbn [over_atoms weighted]; intros i H.
  - injection H as <-. simpl. rewrite val_0. lra.
  - destruct g as [k|t k|t|n a b|q k t j]; auto; (destruct (is_zero c) eqn:Z;
      [apply val_is_zero in Z; rewrite Z; specialize (IH _ H); lra|]); [|discriminate].
    unbind H. injection H as <-. specialize (IH _ E0). apply T in E.
    pose proof (times_ends_ok c _ _ E). cbn [fst snd]. rewrite !val_plus. lra.
Qed.
End Sums.
Definition atom_part {N : Normal_distribution} (f : function) (x : R) : R :=
  weighted (fun g => generator_value g x) f.
Definition has_atoms (f : function) : bool :=
  existsb (fun gc => match fst gc with
                     | Atom _ _ _ | Ratio _ _ _ _ => negb (is_zero (snd gc)) | _ => false end) f.
(** The rest: powers, steps and points. *)
Definition plain (f : function) : function :=
  filter (fun gc => match fst gc with Atom _ _ _ | Ratio _ _ _ _ => false | _ => true end) f.

(** Values at x. *)
Definition atoms_at (f : function) (x : Q) : result (Q * Q) :=
  over_atoms (fun n a b => enclose n (plus (times a x) b)) f.
(** How far the atoms may be from their chords on [u, v]: at most the second number. *)
Definition bend (f : function) (u v : Q) : result (Q * Q) :=
  let square := times (minus v u) (minus v u) in
  over_atoms (fun n a b =>
    let? k := match curvature n, n with
              | Some k, _ => Ok k
              | None, Exp => exp_at_most a b u v
              | None, _ => Unsupported "bounds of this atom" end in
    let m := times (times k (times a a)) (times square (1 # 8)) in Ok (opposite m, m)) f.
(** Bounds of the slope on [u, v]. *)
Definition atom_slopes (f : function) (u v : Q) : result (Q * Q) :=
  over_atoms (fun n a b =>
    let? ends := match slope_ends n, n with
                 | Some e, _ => Ok e
                 | None, Exp => let? m := exp_at_most a b u v in Ok (0%Q, m)
                 | None, _ => Unsupported "slopes of this atom" end in
    Ok (times_ends a ends)) f.
(** An upper bound on all of R, if there is one. *)
Fixpoint atoms_everywhere (f : function) : result end_ :=
  match f with
  | [] => Ok (Some 0%Q)
  | (Atom n a b, c) :: f' =>
      let? rest := atoms_everywhere f' in
      if is_zero c then Ok rest else
      match value_ends n with
      | Some (low, high) =>
          Ok (match (if less c 0 then low else high), rest with
              | Some e, Some r => Some (plus (times c e) r) | _, _ => None end)
      | None => Unsupported "bounds of this atom"
      end
  | (Ratio _ _ _ _, c) :: f' => if is_zero c then atoms_everywhere f' else Unsupported "bounds of a ratio"
  | _ :: f' => atoms_everywhere f'
  end.

Section Atom_sums.
Context {N : Normal_distribution}.
Lemma atoms_at_ok f x i : atoms_at f x = Ok i ->
  Q2R (fst i) <= atom_part f (Q2R x) <= Q2R (snd i).
Proof.
  apply (over_atoms_ok _ (fun g => generator_value g (Q2R x))).
  intros n a b [l h] H. apply enclose_ok in H. rewrite val_plus, val_times in H. exact H.
Qed.
Lemma affine_slope f l a b x : derivable_pt_lim f (a * x + b) l ->
  derivable_pt_lim (fun y => f (a * y + b)) x (a * l).
Proof.
  intros H. eapply slope_by.
  - apply (derivable_pt_lim_comp (fun y => a * y + b) f); [|exact H].
    apply (derivable_pt_lim_plus (fun y => a * y) (fun _ => b)); [|apply derivable_pt_lim_const].
    apply (derivable_pt_lim_scal id), derivable_pt_lim_id.
  - ring.
Qed.
(** Each atom minus its chord, at u + t (v - u). *)
Theorem bend_ok f u v t i : bend f u v = Ok i -> Q2R u <= Q2R v -> 0 <= t <= 1 ->
  atom_part f (Q2R u + t * (Q2R v - Q2R u))
  <= (1 - t) * atom_part f (Q2R u) + t * atom_part f (Q2R v) + Q2R (snd i).
Proof.
  intros H L T. set (x := Q2R u + t * (Q2R v - Q2R u)).
  set (h := fun g => generator_value g x
    - ((1 - t) * generator_value g (Q2R u) + t * generator_value g (Q2R v))).
  assert (W : weighted h f = atom_part f x - ((1 - t) * atom_part f (Q2R u) + t * atom_part f (Q2R v))).
  { unfold atom_part. clear. induction f as [|[g c] f IH]; cbn [weighted]; [ring|].
    destruct g as [k|s k|s|n a b|q k s j]; auto; rewrite IH; unfold h; ring. }
  enough (weighted h f <= Q2R (snd i)) by lra.
  refine (proj2 (over_atoms_ok _ h f _ i H)). clear W H f i. intros n a b j H. unbind H.
  injection H as <-. cbn [fst snd]. rewrite val_opposite.
  set (m := times (times a0 (times a a)) (times (times (minus v u) (minus v u)) (1 # 8))).
  enough (Rabs (h (Atom n a b)) <= Q2R m) by (unfold Rabs in *; destruct (Rcase_abs _); lra).
  assert (K : known n /\ forall z, Q2R u <= z <= Q2R v ->
    - Q2R a0 <= bend_of n (Q2R a * z + Q2R b) <= Q2R a0).
  { destruct (curvature n) as [k|] eqn:C.
    - injection E as <-. split; [exact (proj1 (curvature_ok n k 0 C))|].
      intros z _. exact (proj2 (curvature_ok n k _ C)).
    - assert (n = Exp) as -> by (destruct n; (reflexivity || discriminate)).
      split; [split; discriminate|]. intros z Z.
      pose proof (exp_at_most_ok a b u v a0 z E Z). pose proof (exp_pos (Q2R a * z + Q2R b)). simpl. lra. }
  destruct K as [K B]. unfold h, x. cbn [generator_value].
  replace (Q2R m) with (Q2R a * Q2R a * Q2R a0 * ((Q2R v - Q2R u) ^ 2 / 8)).
  2:{ assert (E8 : Q2R (1 # 8) = / 8) by (unfold Q2R; simpl; lra).
      unfold m. rewrite !val_times, val_minus, E8. field. }
  apply (near_chord (fun y => atom_value n (Q2R a * y + Q2R b))
    (fun y => Q2R a * slope_of n (Q2R a * y + Q2R b))
    (fun y => Q2R a * (Q2R a * bend_of n (Q2R a * y + Q2R b)))); auto.
  - intros z _. apply affine_slope, slope_of_ok, K.
  - intros z _. apply derivable_pt_lim_scal, affine_slope, bend_of_ok, K.
  - intros z Z. specialize (B z Z). pose proof (Rle_0_sqr (Q2R a)) as S. unfold Rsqr in S. nra.
  - specialize (B (Q2R u) ltac:(lra)). pose proof (Rle_0_sqr (Q2R a)) as S. unfold Rsqr in S. nra.
Qed.
(** The derivative of the sum, and its bounds. *)
Definition atom_part_slope (f : function) (x : R) : R :=
  weighted (fun g => match g with Atom n a b => Q2R a * slope_of n (Q2R a * x + Q2R b) | _ => 0 end) f.
Lemma atom_slopes_ok f u v i x : atom_slopes f u v = Ok i -> Q2R u <= x <= Q2R v ->
  Q2R (fst i) <= atom_part_slope f x <= Q2R (snd i).
Proof.
  intros H X. revert i H. apply over_atoms_ok. intros n a b i H. unbind H. injection H as <-.
  apply times_ends_ok. destruct (slope_ends n) as [[p q]|] eqn:E'.
  - injection E as <-. apply slope_ends_ok, E'.
  - assert (n = Exp) as -> by (destruct n; (reflexivity || discriminate)).
    unbind E. injection E as <-. cbn [fst snd slope_of].
    pose proof (exp_at_most_ok a b u v a1 x E0 X). pose proof (exp_pos (Q2R a * x + Q2R b)).
    rewrite val_0. lra.
Qed.
Lemma atoms_everywhere_ok f : forall e x, atoms_everywhere f = Ok e -> at_or_below e (atom_part f x).
Proof.
  unfold atom_part. induction f as [|[g c] f IH]; cbn [atoms_everywhere weighted]; intros e x H.
  - injection H as <-. simpl. rewrite val_0. lra.
  - destruct g as [k|t k|t|n a b|q k t j]; auto.
    2:{ destruct (is_zero c) eqn:Z; [|discriminate]. apply val_is_zero in Z. rewrite Z.
        specialize (IH _ x H). destruct e; simpl in *; lra. }
    unbind H. specialize (IH _ x E). destruct (is_zero c) eqn:Z.
    + injection H as <-. apply val_is_zero in Z. rewrite Z. destruct a0; simpl in *; lra.
    + destruct (value_ends n) as [[low high]|] eqn:V; [|discriminate]. injection H as <-.
      destruct (value_ends_ok n low high (Q2R a * x + Q2R b) V) as [A B]. cbn [generator_value].
      decide_less c 0%Q; rewrite val_0 in L; [destruct low as [p|]|destruct high as [p|]];
        simpl; auto; destruct a0 as [r|]; simpl in *; auto; rewrite val_plus, val_times; nra.
Qed.
Lemma plain_ok f x : value f x = value (plain f) x + atom_part f x.
Proof.
  unfold atom_part. induction f as [|[g c] f IH]; [simpl; ring|]. cbn [value weighted plain filter fst].
  fold (plain f). rewrite IH. destruct g; cbn [value]; ring.
Qed.
Lemma no_atoms f x : has_atoms f = false -> atom_part f x = 0.
Proof.
  unfold atom_part. induction f as [|[g c] f IH]; [reflexivity|]. cbn [has_atoms existsb weighted].
  destruct g as [k|t k|t|n a b|q k t j]; auto; fold (has_atoms f); cbn [fst snd];
    (destruct (is_zero c) eqn:Z; [|discriminate]);
    intros H; apply val_is_zero in Z; rewrite Z, IH by assumption; ring.
Qed.
End Atom_sums.
