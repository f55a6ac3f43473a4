(** * Sums of ridge functions: what is known of a coordinate

    A sum is  x |-> sum_d f_d(d . x)  for integer directions d; a single input is the direction
    [(i, 1)], a constant has the direction [].  Directions and sums are kept sorted for speed;
    no proof relies on it. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions Calculus Networks.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Definition direction := list (Z * Z). (* input, coefficient *)
Definition sum := list (direction * function).

Fixpoint direction_value (d : direction) (xs : list R) : R :=
  match d with
  | [] => 0
  | (i, c) :: d' => IZR c * nth (Z.to_nat i) xs 0 + direction_value d' xs
  end.
Section Meaning.
Context {N : Normal_distribution}.
Fixpoint sum_value (s : sum) (xs : list R) : R :=
  match s with [] => 0 | (d, f) :: s' => value f (direction_value d xs) + sum_value s' xs end.
End Meaning.

Fixpoint direction_compare (d e : direction) : comparison :=
  match d, e with
  | [], [] => Eq | [], _ => Lt | _, [] => Gt
  | (i, a) :: d', (j, b) :: e' =>
      then_compare (Z.compare i j) (then_compare (Z.compare a b) (direction_compare d' e'))
  end.
Fixpoint sum_add (s : sum) : sum -> sum :=
  fix add_s (t : sum) : sum :=
    match s, t with
    | [], _ => t
    | _, [] => s
    | (d, f) :: s', (e, g) :: t' =>
      match direction_compare d e with
      | Lt => (d, f) :: sum_add s' t
      | Gt => (e, g) :: add_s t'
      | Eq => match add f g with [] => sum_add s' t' | h => (d, h) :: sum_add s' t' end
      end
    end.
Definition sum_scale (q : Q) (s : sum) : sum :=
  if is_zero q then [] else if is_one q then s
  else map (fun df => (fst df, scale q (snd df))) s.
Definition sum_constant (q : Q) : sum := if is_zero q then [] else [([], constant q)].

Section Laws.
Context {N : Normal_distribution}.
Lemma direction_compare_eq d : forall e, direction_compare d e = Eq -> d = e.
Proof.
  induction d as [|[i a] d IH]; intros [|[j b] e] H; simpl in H; try discriminate; [reflexivity|].
  apply then_compare_eq in H. destruct H as [H1 H]. apply then_compare_eq in H.
  destruct H as [H2 H3]. apply Z.compare_eq in H1, H2. apply IH in H3. congruence.
Qed.
Lemma sum_add_cons d f s e g t :
  sum_add ((d, f) :: s) ((e, g) :: t) =
  match direction_compare d e with
  | Lt => (d, f) :: sum_add s ((e, g) :: t)
  | Gt => (e, g) :: sum_add ((d, f) :: s) t
  | Eq => match add f g with [] => sum_add s t | h => (d, h) :: sum_add s t end
  end.
Proof. reflexivity. Qed.
Lemma sum_value_add s t xs : sum_value (sum_add s t) xs = sum_value s xs + sum_value t xs.
Proof.
  revert t; induction s as [|[d f] s IHs]; intros t.
  - destruct t; simpl; ring.
  - induction t as [|[e g] t IHt]; [simpl; ring|]. rewrite sum_add_cons.
    destruct (direction_compare d e) eqn:E.
    + apply direction_compare_eq in E. subst e. pose proof (value_add f g (direction_value d xs)) as V.
      destruct (add f g) as [|x l]; cbn [sum_value]; rewrite IHs; [simpl in V|rewrite V];
        cbn [sum_value]; lra.
    + cbn [sum_value]. rewrite IHs. cbn [sum_value]. ring.
    + cbn [sum_value]. rewrite IHt. cbn [sum_value]. ring.
Qed.
Lemma sum_value_scale q s xs : sum_value (sum_scale q s) xs = Q2R q * sum_value s xs.
Proof.
  unfold sum_scale. destruct (is_zero q) eqn:Z; [|destruct (is_one q) eqn:O].
  - apply val_is_zero in Z. rewrite Z. simpl. ring.
  - rewrite (val_is_one _ O). ring.
  - induction s as [|[d f] s IH]; simpl; [ring|]. rewrite value_scale, IH. ring.
Qed.
Lemma sum_value_constant q xs : sum_value (sum_constant q) xs = Q2R q.
Proof.
  unfold sum_constant. destruct (is_zero q) eqn:Z; cbn [sum_value].
  - apply val_is_zero in Z. lra.
  - rewrite value_constant. ring.
Qed.

(** The same terms, without a subtraction. *)
Fixpoint same_sums (s t : sum) : bool :=
  match s, t with
  | [], [] => true
  | (d, f) :: s', (e, g) :: t' =>
      match direction_compare d e with Eq => same_terms f g && same_sums s' t' | _ => false end
  | _, _ => false
  end.
Lemma same_sums_ok s xs : forall t, same_sums s t = true -> sum_value s xs = sum_value t xs.
Proof.
  induction s as [|[d f] s IH]; intros [|[e g] t] H; simpl in H; try discriminate; [reflexivity|].
  destruct (direction_compare d e) eqn:E; try discriminate. apply direction_compare_eq in E.
  apply andb_prop in H. destruct H as [F H]. simpl.
  rewrite E, (same_terms_ok f _ g F), (IH t H). reflexivity.
Qed.

(** ** Constants apart *)
Definition is_constant (gc : generator * Q) : bool :=
  match fst gc with Pow O => true | Atom _ a _ => is_zero a | _ => false end.
Definition constants_of (f : function) : function := filter is_constant f.
Definition others_of (f : function) : function := filter (fun gc => negb (is_constant gc)) f.
Fixpoint constants (s : sum) : function :=
  match s with [] => [] | (_, f) :: s' => add (constants_of f) (constants s') end.
Fixpoint nonconstants (s : sum) : sum :=
  match s with
  | [] => []
  | (d, f) :: s' =>
      match others_of f with [] => nonconstants s' | g => (d, g) :: nonconstants s' end
  end.

Lemma is_constant_ok gc x y : is_constant gc = true ->
  generator_value (fst gc) x = generator_value (fst gc) y.
Proof.
  destruct gc as [[[|k]|t k|t|n a b|q k t j] c]; simpl; try discriminate; [reflexivity|].
  unfold is_constant. simpl. intros Z. apply val_is_zero in Z. rewrite Z. f_equal. ring.
Qed.
Lemma constants_of_ok f x y : value (constants_of f) x = value (constants_of f) y.
Proof.
  induction f as [|gc f IH]; [reflexivity|]. unfold constants_of in *. cbn [filter].
  destruct (is_constant gc) eqn:C; auto. destruct gc as [g c]. cbn [value].
  rewrite IH. f_equal. f_equal. apply (is_constant_ok _ x y C).
Qed.
Lemma parts_ok f x : value f x = value (constants_of f) x + value (others_of f) x.
Proof.
  induction f as [|[g c] f IH]; [simpl; ring|]. unfold constants_of, others_of in *. cbn [filter].
  destruct (is_constant (g, c)); cbn [negb value]; rewrite IH; ring.
Qed.
Lemma constants_ok s xs x :
  sum_value s xs = value (constants s) x + sum_value (nonconstants s) xs.
Proof.
  induction s as [|[d f] s IH]; simpl; [ring|].
  rewrite value_add, IH, (parts_ok f), (constants_of_ok f (direction_value d xs) x).
  destruct (others_of f); simpl; ring.
Qed.

(** ** Linear forms: a sum of affine functions is an affine function of one direction *)
Definition form := list (Z * Q).
Fixpoint form_value (l : form) (xs : list R) : R :=
  match l with [] => 0 | (i, q) :: l' => Q2R q * nth (Z.to_nat i) xs 0 + form_value l' xs end.
Fixpoint form_add (l : form) : form -> form :=
  fix add_l (m : form) : form :=
    match l, m with
    | [], _ => m
    | _, [] => l
    | (i, a) :: l', (j, b) :: m' =>
      match Z.compare i j with
      | Lt => (i, a) :: form_add l' m
      | Gt => (j, b) :: add_l m'
      | Eq => let c := plus a b in
              if is_zero c then form_add l' m' else (i, c) :: form_add l' m'
      end
    end.
Lemma form_add_cons i a l j b m :
  form_add ((i, a) :: l) ((j, b) :: m) =
  match Z.compare i j with
  | Lt => (i, a) :: form_add l ((j, b) :: m)
  | Gt => (j, b) :: form_add ((i, a) :: l) m
  | Eq => let c := plus a b in if is_zero c then form_add l m else (i, c) :: form_add l m
  end.
Proof. reflexivity. Qed.
Lemma form_value_add l m xs : form_value (form_add l m) xs = form_value l xs + form_value m xs.
Proof.
  revert m; induction l as [|[i a] l IHl]; intros m.
  - destruct m; simpl; ring.
  - induction m as [|[j b] m IHm]; [simpl; ring|]. rewrite form_add_cons.
    destruct (Z.compare i j) eqn:E.
    + apply Z.compare_eq in E. subst j. cbv zeta. destruct (is_zero (plus a b)) eqn:Z.
      * apply val_is_zero in Z. rewrite val_plus in Z. rewrite IHl. cbn [form_value].
        replace (Q2R b) with (- Q2R a) by lra. ring.
      * cbn [form_value]. rewrite IHl, val_plus. ring.
    + cbn [form_value]. rewrite IHl. cbn [form_value]. ring.
    + cbn [form_value]. rewrite IHm. cbn [form_value]. ring.
Qed.
Definition form_of (q : Q) (d : direction) : form :=
  if is_zero q then [] else map (fun ic => (fst ic, times q (inject_Z (snd ic)))) d.
Lemma val_inject_Z z : Q2R (inject_Z z) = IZR z.
Proof. unfold Q2R, inject_Z; simpl. lra. Qed.
Lemma form_of_ok q d xs : form_value (form_of q d) xs = Q2R q * direction_value d xs.
Proof.
  unfold form_of. destruct (is_zero q) eqn:Z.
  - apply val_is_zero in Z. rewrite Z. simpl. ring.
  - induction d as [|[i c] d IH]; simpl; [ring|]. rewrite IH, val_times, val_inject_Z. ring.
Qed.
(** Slope and primitive direction of a form; what is found is tested, not trusted. *)
Fixpoint is_multiple (l : form) (s : Q) (d : direction) : bool :=
  match l, d with
  | [], [] => true
  | (i, q) :: l', (j, c) :: d' =>
      Z.eqb i j && equal q (times s (inject_Z c)) && is_multiple l' s d'
  | _, _ => false
  end.
Definition primitive (l : form) : result (Q * direction) :=
  let den := fold_right (fun iq n => Z.lcm (Zpos (Qden (snd iq))) n) 1%Z l in
  let ints := map (fun iq => (fst iq, Qnum (snd iq) * (den / Zpos (Qden (snd iq))))%Z) l in
  let g := fold_right (fun ic n => Z.gcd (snd ic) n) 0%Z ints in
  let g := match ints with (_, c) :: _ => if Z.ltb c 0 then (- g)%Z else g | [] => g end in
  let d := map (fun ic => (fst ic, (snd ic / g)%Z)) ints in
  let s := reduced (Qmake g (Z.to_pos den)) in
  if is_multiple l s d then Ok (s, d) else Invalid "a direction".
Lemma is_multiple_ok l s xs : forall d, is_multiple l s d = true ->
  form_value l xs = Q2R s * direction_value d xs.
Proof.
  induction l as [|[i q] l IH]; intros [|[j c] d] H; simpl in H; try discriminate; simpl; [ring|].
  apply andb_prop in H. destruct H as [H E]. apply andb_prop in H. destruct H as [Ei Eq].
  apply Z.eqb_eq in Ei. apply val_equal in Eq. rewrite val_times, val_inject_Z in Eq. subst j.
  rewrite (IH d E), Eq. ring.
Qed.
Lemma primitive_ok l s d xs : primitive l = Ok (s, d) ->
  form_value l xs = Q2R s * direction_value d xs.
Proof.
  unfold primitive. cbv zeta. destruct (is_multiple _ _ _) eqn:E; [|discriminate].
  intros H. inversion H. subst s d. apply is_multiple_ok, E.
Qed.
Fixpoint affine_form (s : sum) : result (form * Q) :=
  match s with
  | [] => Ok ([], 0%Q)
  | (d, f) :: s' =>
      let? (a, b) := line None None f in
      let? (l, c) := affine_form s' in
      Ok (form_add (form_of a d) l, plus b c)
  end.
Lemma affine_form_ok s : forall l c xs, affine_form s = Ok (l, c) ->
  sum_value s xs = form_value l xs + Q2R c.
Proof.
  induction s as [|[d f] s IH]; simpl; intros l c xs H.
  - inversion H. rewrite val_0. simpl. ring.
  - unbind H. destruct a as [a b]. unbind H. destruct a0 as [l' c']. inversion H; subst.
    rewrite (IH _ _ xs E0), (line_ok None None f _ I I _ _ E), form_value_add, form_of_ok, val_plus.
    ring.
Qed.

Definition is_line (df : direction * function) : bool :=
  match line None None (snd df) with Ok _ => true | _ => false end.
Definition lines (s : sum) : sum := filter is_line s.
Definition bends (s : sum) : sum := filter (fun df => negb (is_line df)) s.
Lemma lines_and_bends_ok s xs : sum_value s xs = sum_value (lines s) xs + sum_value (bends s) xs.
Proof.
  induction s as [|[d f] s IH]; [simpl; ring|]. unfold lines, bends in *. cbn [filter].
  destruct (is_line (d, f)); cbn [negb sum_value]; rewrite IH; ring.
Qed.

(** The one direction of which a sum is a function: the affine parts have one in common, and
    what bends has the same one. *)
Definition as_ridge (s : sum) : result (direction * function) :=
  match nonconstants s with
  | [] => Ok ([], constants s)
  | [(d, f)] => Ok (d, add (constants s) f)
  | several =>
      let? (l, c) := affine_form (lines several) in
      let? (q, d) := primitive l in
      let affine := add (constants s) (add (constant c) (scale q identity)) in
      match bends several, d with
      | [], _ => Ok (d, affine)
      | [(e, f)], [] => Ok (e, add (constants s) (add (constant c) f))
      | [(e, f)], _ =>
          match direction_compare e d with
          | Eq => Ok (d, add affine f)
          | _ => Invalid "a bank of a sum of nonlinear functions of several inputs"
          end
      | _, _ => Invalid "a bank of a sum of nonlinear functions of several inputs"
      end
  end.
Lemma as_ridge_ok s d f xs : as_ridge s = Ok (d, f) -> sum_value s xs = value f (direction_value d xs).
Proof.
  unfold as_ridge. rewrite (constants_ok s xs (direction_value d xs)).
  destruct (nonconstants s) as [|[e g] [|dg rest]]; intros H.
  - inversion H; subst. simpl. ring.
  - inversion H; subst. rewrite value_add. simpl. ring.
  - set (several := (e, g) :: dg :: rest) in *. unbind H. destruct a as [l c]. unbind H.
    destruct a as [q d'].
    rewrite (lines_and_bends_ok several), (affine_form_ok _ _ _ xs E), (primitive_ok _ _ _ xs E0).
    destruct (bends several) as [|[e' g'] [|? ?]].
    + inversion H; subst. rewrite !value_add, value_constant, value_scale, value_identity. simpl. ring.
    + destruct d' as [|ic d'].
      * inversion H; subst. rewrite !value_add, value_constant. simpl. ring.
      * destruct (direction_compare e' (ic :: d')) eqn:C; try discriminate.
        apply direction_compare_eq in C. inversion H; subst.
        rewrite !value_add, value_constant, value_scale, value_identity. cbn [sum_value]. ring.
    + destruct d'; discriminate.
Qed.

(** ** Intervals of directions on a domain *)
Definition end_add (a b : end_) : end_ :=
  match a, b with Some p, Some q => Some (plus p q) | _, _ => None end.
Definition end_scale (c : Z) (a : end_) : end_ :=
  match a with Some p => Some (times (inject_Z c) p) | None => None end.
Fixpoint direction_range (dom : domain) (d : direction) : end_ * end_ :=
  match d with
  | [] => (Some 0%Q, Some 0%Q)
  | (i, c) :: d' =>
      let (lo, hi) := nth (Z.to_nat i) dom (None, None) in
      let (lo', hi') := direction_range dom d' in
      if Z.ltb c 0 then (end_add (end_scale c hi) lo', end_add (end_scale c lo) hi')
      else (end_add (end_scale c lo) lo', end_add (end_scale c hi) hi')
  end.
Lemma in_domain_nth dom : forall xs k, in_domain dom xs ->
  at_or_above (fst (nth k dom (None, None))) (nth k xs 0)
  /\ at_or_below (snd (nth k dom (None, None))) (nth k xs 0).
Proof.
  induction dom as [|[lo hi] dom IH]; intros xs k H; [destruct k; simpl; auto|].
  simpl in H. destruct H as (H1 & H2 & H3). destruct k as [|k]; simpl.
  - destruct xs; auto.
  - destruct xs as [|x xs]; [|apply (IH xs k); auto].
    specialize (IH [] k H3). destruct k; auto.
Qed.
Lemma end_above a b x y c : at_or_above a x -> at_or_above b y -> 0 <= IZR c ->
  at_or_above (end_add (end_scale c a) b) (IZR c * x + y).
Proof.
  destruct a as [p|], b as [q|]; simpl; auto. rewrite val_plus, val_times, val_inject_Z. nra.
Qed.
Lemma end_below a b x y c : at_or_below a x -> at_or_below b y -> 0 <= IZR c ->
  at_or_below (end_add (end_scale c a) b) (IZR c * x + y).
Proof.
  destruct a as [p|], b as [q|]; simpl; auto. rewrite val_plus, val_times, val_inject_Z. nra.
Qed.
Lemma end_above_turned a b x y c : at_or_below a x -> at_or_above b y -> IZR c <= 0 ->
  at_or_above (end_add (end_scale c a) b) (IZR c * x + y).
Proof.
  destruct a as [p|], b as [q|]; simpl; auto. rewrite val_plus, val_times, val_inject_Z. nra.
Qed.
Lemma end_below_turned a b x y c : at_or_above a x -> at_or_below b y -> IZR c <= 0 ->
  at_or_below (end_add (end_scale c a) b) (IZR c * x + y).
Proof.
  destruct a as [p|], b as [q|]; simpl; auto. rewrite val_plus, val_times, val_inject_Z. nra.
Qed.
Lemma direction_range_ok dom d xs : in_domain dom xs ->
  at_or_above (fst (direction_range dom d)) (direction_value d xs)
  /\ at_or_below (snd (direction_range dom d)) (direction_value d xs).
Proof.
  intros H. induction d as [|[i c] d [IH1 IH2]]; cbn [direction_range direction_value].
  - simpl. rewrite val_0. lra.
  - destruct (in_domain_nth dom xs (Z.to_nat i) H) as [H1 H2].
    destruct (nth (Z.to_nat i) dom (None, None)) as [lo hi].
    destruct (direction_range dom d) as [lo' hi']. simpl in H1, H2, IH1, IH2.
    destruct (Z.ltb_spec c 0) as [L|L]; apply IZR_lt in L || apply IZR_le in L; simpl; split;
      auto using end_above, end_below, end_above_turned, end_below_turned, Rlt_le.
Qed.
End Laws.
