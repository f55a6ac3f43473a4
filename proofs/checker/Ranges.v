(** * Ranges: what a word of stages reaches on a box

    A sum of ridge functions is at most the sum of what its terms are at most.  How a term is cut
    into cells depends on its breakpoints and its degree; so that all outputs are cut alike, the
    generators of other outputs may be added with coefficients 0: a [frame]. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Functions Calculus Bases LinearMaps Networks Sums
  Polynomial_parts Windows Atom_parts Halving Hulls.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** ** Frames *)
Definition with_coefficients (q : Q) (s : sum) : sum :=
  map (fun df => (fst df, map (fun gc => (fst gc, q)) (snd df))) s.
(** All generators of several sums; coefficients of 1 do not cancel when they are added. *)
Definition frame_of (ss : list sum) : sum :=
  with_coefficients 0 (fold_right (fun s all => sum_add (with_coefficients 1 s) all) [] ss).
Fixpoint find_direction (d : direction) (s : sum) : sum :=
  match s with
  | [] => []
  | (e, _) :: s' => match direction_compare e d with Lt => find_direction d s' | _ => s end
  end.
(** The sum s; a term takes the generators of its direction from the frame. *)
Fixpoint framed (frame s : sum) : sum :=
  match s with
  | [] => []
  | (d, f) :: s' =>
      let rest := find_direction d frame in
      match rest with
      | (e, z) :: _ =>
          if match direction_compare e d with Eq => true | _ => false end
          then (d, add f (map (fun gc => (fst gc, 0%Q)) z)) :: framed rest s'
          else (d, f) :: framed rest s'
      | [] => s
      end
  end.

Section Frames.
Context {N : Normal_distribution}.
Lemma framed_ok s xs : forall frame, sum_value (framed frame s) xs = sum_value s xs.
Proof.
  assert (Z0 : forall f x, value (map (fun gc : generator * Q => (fst gc, 0%Q)) f) x = 0).
  { induction f as [|[g c] f IH]; intros x; simpl; [reflexivity|]. rewrite IH, val_0. ring. }
  induction s as [|[d f] s IH]; intros frame; [reflexivity|]. cbn [framed].
  destruct (find_direction d frame) as [|[e z] rest]; [reflexivity|].
  destruct (match direction_compare e d with Eq => true | _ => false end); cbn [sum_value];
    rewrite IH, ?value_add, ?Z0; ring.
Qed.
End Frames.

(** ** Bounds of sums *)
Section Bounds.
Variables (dom : domain) (cuts : nat).
Fixpoint sum_top (s : sum) : result end_ :=
  match s with
  | [] => Ok (Some 0%Q)
  | (d, f) :: s' =>
      let (lo, hi) := direction_range dom d in
      let? t := top cuts f lo hi in
      let? others := sum_top s' in
      Ok (end_plus t others)
  end.
(** Whether, cut in one of these ways, the sum is seen to be at most h. *)
Fixpoint at_most (frames : list sum) (h : Q) (s : sum) : result bool :=
  match frames with
  | [] => Ok false
  | frame :: frames' =>
      let? t := sum_top (framed frame s) in
      match t with
      | None => at_most frames' h s
      | Some q =>
          if less h q then
            let? others := at_most frames' h s in
            if negb others && near h q && existsb (fun df => has_atoms (snd df)) s
            then Unsupported "a bound too near to what is found" else Ok others
          else Ok true
      end
  end.
Definition below_end (frames : list sum) (hi : end_) (s : sum) : result unit :=
  match hi with
  | None => Ok tt
  | Some h => let? b := at_most frames h s in need b "an output leaves its bounds"
  end.
Fixpoint within_bounds (frames : list sum) (bounds : domain) (ss : list sum) : result unit :=
  match bounds, ss with
  | [], _ => Ok tt
  | (lo, hi) :: bounds', s :: ss' =>
      let? _ := below_end frames hi s in
      let? _ := below_end frames (match lo with Some a => Some (opposite a) | None => None end)
                  (sum_scale (-1) s) in
      within_bounds frames bounds' ss'
  | _, [] => Invalid "more bounds than outputs"
  end.

Context {N : Normal_distribution}.
Variable xs : list R.
Hypothesis inside : in_domain dom xs.
Lemma sum_top_ok s : forall e, sum_top s = Ok e -> at_or_below e (sum_value s xs).
Proof.
  induction s as [|[d f] s IH]; cbn [sum_top sum_value]; intros e H.
  - injection H as <-. simpl. rewrite val_0. lra.
  - pose proof (direction_range_ok dom d xs inside) as [Lo Hi].
    destruct (direction_range dom d) as [lo hi]. unbind H. ok_top H.
    apply end_plus_ok; auto. apply (top_ok cuts f lo hi); auto.
Qed.
Lemma at_most_ok h s frames : at_most frames h s = Ok true -> sum_value s xs <= Q2R h.
Proof.
  induction frames as [|frame frames IH]; cbn [at_most]; intros H; [discriminate|].
  unbind H. apply sum_top_ok in E. rewrite framed_ok in E.
  destruct a as [q|]; [|auto]. destruct (less h q) eqn:L.
  - unbind H. destruct (_ && _); [discriminate|]. injection H as ->. auto.
  - apply val_not_less in L. simpl in E. lra.
Qed.
Lemma below_end_ok frames hi s u : below_end frames hi s = Ok u -> at_or_below hi (sum_value s xs).
Proof.
  unfold below_end. destruct hi as [h|]; [|simpl; auto]. intros H. unbind H. apply need_ok in H.
  subst a. apply (at_most_ok _ _ _ E).
Qed.
Lemma within_bounds_ok frames bounds : forall ss u, within_bounds frames bounds ss = Ok u ->
  in_domain bounds (values xs ss).
Proof.
  induction bounds as [|[lo hi] bounds IH]; intros [|s ss] u H; simpl in H; try discriminate;
    try exact I.
  unbind H. simpl. repeat split.
  - apply below_end_ok in E0. destruct lo as [a2|]; simpl; auto. simpl in E0.
    rewrite val_opposite, sum_value_scale, val_m1 in E0. lra.
  - apply (below_end_ok _ hi s _ E).
  - apply (IH _ _ H).
Qed.
End Bounds.

(** ** Words *)
Definition outputs_of (dom : domain) (n : nat) (w : word) : result (list sum) :=
  let? inputs := input_sums dom (count n 0) in evaluate_word dom w inputs.
Definition check_range (cuts : nat) (dom : domain) (n : nat) (w : word) (bounds : domain)
  : result unit :=
  let? outs := outputs_of dom n w in
  within_bounds dom cuts [frame_of outs; []] bounds outs.

Lemma outputs_of_ok {N : Normal_distribution} dom n w outs xs : outputs_of dom n w = Ok outs ->
  length xs = n -> in_domain dom xs -> values xs outs = word_value w xs.
Proof.
  unfold outputs_of. intros H Hn Hd. unbind H.
  pose proof (input_values dom n a xs Hn Hd E) as V.
  rewrite (evaluate_word_ok dom xs Hd _ _ _ H), V. reflexivity.
Qed.
Theorem range_sound {N : Normal_distribution} cuts dom n w bounds u :
  check_range cuts dom n w bounds = Ok u ->
  forall xs, length xs = n -> in_domain dom xs -> in_domain bounds (word_value w xs).
Proof.
  unfold check_range. intros H xs Hn Hd. unbind H.
  rewrite <- (outputs_of_ok _ _ _ _ _ E Hn Hd). apply (within_bounds_ok dom cuts xs Hd _ _ _ _ H).
Qed.
