(** * Ranges: what a word of stages reaches, for piecewise linear sums

    A sum of ridge functions is at most the sum of what its terms are at most.  A function that
    is linear on each of its cells is at most the largest of its values at breakpoints and of
    the ends of its lines; on an unbounded cell a line has a bound if it does not rise. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Functions Calculus Bases LinearMaps Networks Sums
  Polynomial_parts Windows.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Definition larger (a b : Q) : Q := if less a b then b else a.
(** None: no bound. *)
Definition larger_end (a b : end_) : end_ :=
  match a, b with Some p, Some q => Some (larger p q) | _, _ => None end.
Lemma larger_ok a b : Q2R a <= Q2R (larger a b) /\ Q2R b <= Q2R (larger a b).
Proof. unfold larger. decide_less a b; lra. Qed.
Lemma larger_end_ok a b x : at_or_below a x \/ at_or_below b x -> at_or_below (larger_end a b) x.
Proof.
  destruct a as [p|], b as [q|]; simpl; auto. destruct (larger_ok p q). intros [L|L]; lra.
Qed.

(** The largest value of slope x + offset for lo < x < hi, or at its ends. *)
Definition line_top (lo hi : end_) (slope offset : Q) : end_ :=
  let at_ e := match e with Some t => Some (plus (times slope t) offset) | None => None end in
  if is_zero slope then Some offset else if less 0 slope then at_ hi else at_ lo.
Lemma line_top_ok lo hi a b x : above lo x -> below hi x ->
  at_or_below (line_top lo hi a b) (Q2R a * x + Q2R b).
Proof.
  intros Hlo Hhi. unfold line_top. cbv zeta. destruct (is_zero a) eqn:Z.
  - apply val_is_zero in Z. simpl. rewrite Z. lra.
  - decide_less 0%Q a; rewrite val_0 in L.
    + destruct hi as [t|]; simpl in *; auto. rewrite val_plus, val_times. nra.
    + destruct lo as [t|]; simpl in *; auto. rewrite val_plus, val_times. nra.
Qed.

(** Strictly right of lo, up to hi, along cuts. *)
Fixpoint cells_top (f : function) (lo hi : end_) (cuts : list Q) : result end_ :=
  match cuts with
  | [] => let? (a, b) := line lo hi f in Ok (line_top lo hi a b)
  | t :: rest =>
      let? (a, b) := line lo (Some t) f in
      let? v := evaluate f t in
      let? others := cells_top f (Some t) hi rest in
      Ok (larger_end (line_top lo (Some t) a b) (larger_end (Some v) others))
  end.
Definition inside_ (lo hi : end_) (t : Q) : bool :=
  match lo with Some a => less a t | None => true end
  && match hi with Some b => less t b | None => true end.
Definition value_at_end (f : function) (e : end_) (top : end_) : result end_ :=
  match e with
  | Some t => let? v := evaluate f t in Ok (larger_end (Some v) top)
  | None => Ok top
  end.
Definition top_of (f : function) (lo hi : end_) : result end_ :=
  if match lo, hi with Some a, Some b => equal a b | _, _ => false end then
    match lo with Some a => let? v := evaluate f a in Ok (Some v) | None => Ok None end
  else
    let? top := cells_top f lo hi (filter (inside_ lo hi) (breakpoints f)) in
    let? top := value_at_end f lo top in
    value_at_end f hi top.

(** From Ok a = Ok b, without simplification. *)
Ltac ok_top H :=
  match type of H with Ok ?a = Ok ?b => replace b with a by congruence end.
Section Tops.
Context {N : Normal_distribution}.
Lemma cells_top_ok f hi cuts : forall lo top x, above lo x -> below hi x ->
  cells_top f lo hi cuts = Ok top -> at_or_below top (value f x).
Proof.
  induction cuts as [|t cuts IH]; intros lo top x Hlo Hhi H; cbn [cells_top] in H.
  - unbind H. destruct a as [a b]. inversion H. rewrite (line_ok lo hi f x Hlo Hhi _ _ E).
    apply line_top_ok; auto.
  - unbind H. destruct a as [a b]. unbind H. ok_top H. apply larger_end_ok.
    destruct (Rlt_dec x (Q2R t)) as [L|L].
    + left. rewrite (line_ok lo (Some t) f x Hlo L _ _ E). apply line_top_ok; auto.
    + right. apply larger_end_ok. destruct (Req_dec x (Q2R t)) as [->|F].
      * left. simpl. rewrite (evaluate_ok _ _ _ E0). lra.
      * right. apply (IH (Some t) a1 x); auto. simpl. lra.
Qed.
Lemma value_at_end_ok f e top top' x : value_at_end f e top = Ok top' ->
  (match e with Some t => x = Q2R t | None => False end) \/ at_or_below top (value f x) ->
  at_or_below top' (value f x).
Proof.
  unfold value_at_end. intros H D. destruct e as [t|].
  - unbind H. ok_top H. apply larger_end_ok. destruct D as [->|D]; [left|right; auto].
    simpl. rewrite (evaluate_ok _ _ _ E). lra.
  - inversion H; subst. destruct D; [contradiction|auto].
Qed.
Lemma top_of_ok f lo hi top x : at_or_above lo x -> at_or_below hi x -> top_of f lo hi = Ok top ->
  at_or_below top (value f x).
Proof.
  intros Hlo Hhi H. unfold top_of in H.
  destruct (match lo, hi with Some a, Some b => equal a b | _, _ => false end) eqn:Eq.
  - destruct lo as [a|], hi as [b|]; try discriminate. apply val_equal in Eq. unbind H.
    inversion H. simpl in *. replace x with (Q2R a) by lra. rewrite (evaluate_ok _ _ _ E). lra.
  - unbind H. apply (value_at_end_ok _ _ _ _ x H).
    destruct hi as [b|]; simpl in Hhi.
    + destruct (Req_dec x (Q2R b)) as [->|Fb]; [left; reflexivity|right].
      apply (value_at_end_ok _ _ _ _ x E0). destruct lo as [a2|]; simpl in Hlo.
      * destruct (Req_dec x (Q2R a2)) as [->|Fa]; [left; reflexivity|right].
        apply (cells_top_ok _ _ _ _ _ x) with (3 := E); simpl; lra.
      * right. apply (cells_top_ok _ _ _ _ _ x) with (3 := E); simpl; auto; lra.
    + right. apply (value_at_end_ok _ _ _ _ x E0). destruct lo as [a2|]; simpl in Hlo.
      * destruct (Req_dec x (Q2R a2)) as [->|Fa]; [left; reflexivity|right].
        apply (cells_top_ok _ _ _ _ _ x) with (3 := E); simpl; auto; lra.
      * right. apply (cells_top_ok _ _ _ _ _ x) with (3 := E); simpl; auto.
Qed.
End Tops.

(** ** Sums *)
Fixpoint parts_top (dom : domain) (s : sum) : result end_ :=
  match s with
  | [] => Ok (Some 0%Q)
  | (d, f) :: s' =>
      let (lo, hi) := direction_range dom d in
      let? top := top_of f lo hi in
      let? others := parts_top dom s' in
      Ok (end_add top others)
  end.
Definition sum_top (dom : domain) (s : sum) : result end_ :=
  let? c := evaluate (constants s) 0 in
  let? top := parts_top dom (nonconstants s) in
  Ok (end_add (Some c) top).
(** The sum is at most hi and at least lo; what cannot be bounded here is not refused. *)
Definition below_end (dom : domain) (hi : end_) (s : sum) : result unit :=
  match hi with
  | None => Ok tt
  | Some h =>
      match sum_top dom s with
      | Ok (Some top) => need (negb (less h top)) "an output leaves its bounds"
      | Ok None => Invalid "an output leaves its bounds"
      | _ => Unsupported "range of functions that are not piecewise linear"
      end
  end.
Fixpoint within_bounds (dom : domain) (bounds : domain) (ss : list sum) : result unit :=
  match bounds, ss with
  | [], _ => Ok tt
  | (lo, hi) :: bounds', s :: ss' =>
      let? _ := below_end dom hi s in
      let? _ := below_end dom (match lo with Some a => Some (opposite a) | None => None end)
                  (sum_scale (-1) s) in
      within_bounds dom bounds' ss'
  | _, [] => Invalid "more bounds than outputs"
  end.
Definition check_range (dom : domain) (n : nat) (w : word) (bounds : domain) : result unit :=
  let? inputs := input_sums dom (count n 0) in
  let? outs := evaluate_word dom w inputs in
  within_bounds dom bounds outs.

Section Soundness.
Context {N : Normal_distribution}.
Variable (dom : domain) (xs : list R).
Hypothesis inside : in_domain dom xs.
Lemma end_add_below a b x y : at_or_below a x -> at_or_below b y -> at_or_below (end_add a b) (x + y).
Proof. destruct a, b; simpl; auto. rewrite val_plus. lra. Qed.
Lemma parts_top_ok s : forall top, parts_top dom s = Ok top -> at_or_below top (sum_value s xs).
Proof.
  induction s as [|[d f] s IH]; cbn [parts_top sum_value]; intros top H.
  - inversion H. simpl. rewrite val_0. lra.
  - pose proof (direction_range_ok dom d xs inside) as [Lo Hi].
    destruct (direction_range dom d) as [lo hi]. unbind H. ok_top H.
    apply end_add_below; auto. apply (top_of_ok f lo hi); auto.
Qed.
Lemma below_end_ok hi s u : below_end dom hi s = Ok u -> at_or_below hi (sum_value s xs).
Proof.
  unfold below_end. destruct hi as [h|]; [|simpl; auto]. intros H.
  destruct (sum_top dom s) as [[top|]| |] eqn:E; try discriminate. apply need_ok in H.
  apply negb_true_iff, val_not_less in H. unfold sum_top in E. unbind E.
  assert (T : at_or_below (Some top) (sum_value s xs)).
  { ok_top E. rewrite (constants_ok s xs (Q2R 0)).
    apply end_add_below; [|apply parts_top_ok; assumption].
    simpl. rewrite (evaluate_ok _ _ _ E0). lra. }
  simpl in *. lra.
Qed.
Lemma within_bounds_ok bounds : forall ss u, within_bounds dom bounds ss = Ok u ->
  in_domain bounds (values xs ss).
Proof.
  induction bounds as [|[lo hi] bounds IH]; intros [|s ss] u H; simpl in H; try discriminate;
    try exact I.
  unbind H. simpl. repeat split.
  - apply below_end_ok in E0. destruct lo as [a2|]; simpl; auto. simpl in E0.
    rewrite val_opposite, sum_value_scale, val_m1 in E0. lra.
  - apply (below_end_ok hi s _ E).
  - apply (IH _ _ H).
Qed.
End Soundness.

Theorem range_sound {N : Normal_distribution} dom n w bounds u :
  check_range dom n w bounds = Ok u ->
  forall xs, length xs = n -> in_domain dom xs -> in_domain bounds (word_value w xs).
Proof.
  unfold check_range. intros H xs Hn Hd. unbind H.
  apply (input_sums_ok dom xs Hd) in E; [|lia].
  assert (V : values xs a = xs).
  { rewrite E. subst n. transitivity (map (fun i => nth (Z.to_nat (i - 0)) xs 0) (count (length xs) 0)).
    - apply map_ext. intros i. rewrite Z.sub_0_r. reflexivity.
    - apply count_nth. }
  apply (evaluate_word_ok dom xs Hd) in E0. rewrite V in E0. rewrite <- E0.
  apply (within_bounds_ok dom xs Hd _ _ _ H).
Qed.
