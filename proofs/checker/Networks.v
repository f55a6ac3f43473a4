(** * Stages and networks: what they mean

    A network is a word of stages; its meaning is a function from vectors to vectors over R.
    Every stage has a fixed number of outputs, whatever it is applied to. *)
From Coq Require Import ZArith QArith Qreals Reals List Bool Lra Lia.
From KanCheck Require Import Rational Lookup Functions Calculus Bases LinearMaps.
Import ListNotations.
Open Scope R_scope.

Inductive stage :=
| Affine (weight : linear_map) (bias : Z -> Q)               (* y = W x + b, b by row *)
| Bank (bases : list basis) (basis_of : list nat)            (* x_i to the values of its basis *)
| Parallel (networks : list (nat * list stage))              (* by inputs: a direct sum *)
| Product (columns : nat) (groups : list (list nat))         (* y_g = product of x_i, i in g *)
| Maximum (columns : nat) (groups : list (list nat))         (* y_g = largest x_i, i in g *)
| Layer_norm (features : nat) (epsilon : Q).
Definition word := list stage.

Lemma stage_nested (P : stage -> Prop) :
  (forall w b, P (Affine w b)) -> (forall bs c, P (Bank bs c)) ->
  (forall ns, Forall (fun nw => Forall P (snd nw)) ns -> P (Parallel ns)) ->
  (forall c g, P (Product c g)) -> (forall c g, P (Maximum c g)) ->
  (forall n e, P (Layer_norm n e)) -> forall s, P s.
Proof.
  intros H1 H2 H3 H4 H5 H6. fix IH 1.
  intros [w b|bs c|ns|c g|c g|n e]; [apply H1|apply H2|apply H3|apply H4|apply H5|apply H6].
  induction ns as [|[n w] ns IHns]; constructor; [|assumption].
  simpl. induction w; constructor; [apply IH|assumption].
Qed.

Section Meaning.
Context {N : Normal_distribution}.
Fixpoint add_bias (bias : Z -> Q) (o : Z) (ys : list R) : list R :=
  match ys with [] => [] | y :: ys' => y + Q2R (bias o) :: add_bias bias (o + 1) ys' end.
Fixpoint bank_values (bases : list (R -> list R)) (basis_of : list nat) (xs : list R) : list R :=
  match basis_of with
  | [] => []
  | b :: rest => nth b bases (fun _ => []) (hd 0 xs) ++ bank_values bases rest (tl xs)
  end.
Fixpoint parallel_values (fs : list (nat * (list R -> list R))) (xs : list R) : list R :=
  match fs with
  | [] => []
  | (n, f) :: fs' => f (take 0 n xs) ++ parallel_values fs' (skipn n xs)
  end.
Definition product_values (groups : list (list nat)) (xs : list R) : list R :=
  map (fun g => fold_right (fun i y => nth i xs 0 * y) 1 g) groups.
Definition maximum_values (groups : list (list nat)) (xs : list R) : list R :=
  map (fun g => match g with
                | [] => 0
                | i :: g' => fold_left (fun m j => Rmax m (nth j xs 0)) g' (nth i xs 0)
                end) groups.
(** (x - m)/sqrt(v + epsilon), m the mean of the coordinates and v the mean of (x - m)^2. *)
Definition layer_norm (n : nat) (epsilon : R) (xs : list R) : list R :=
  let x := take 0 n xs in
  let mean l := fold_right Rplus 0 l / INR n in
  let m := mean x in
  let v := mean (map (fun z => (z - m) ^ 2) x) in
  map (fun z => (z - m) / sqrt (v + epsilon)) x.
Fixpoint stage_value (s : stage) (xs : list R) : list R :=
  match s with
  | Affine weight bias => add_bias bias 0 (apply_real weight xs)
  | Bank bases basis_of => bank_values (map basis_values bases) basis_of xs
  | Parallel networks =>
      parallel_values (map (fun nw => (fst nw,
        fun v => fold_left (fun u s => stage_value s u) (snd nw) v)) networks) xs
  | Product _ groups => product_values groups xs
  | Maximum _ groups => maximum_values groups xs
  | Layer_norm n epsilon => layer_norm n (Q2R epsilon) xs
  end.
Definition word_value (w : word) (xs : list R) : list R :=
  fold_left (fun u s => stage_value s u) w xs.

Lemma word_value_app v w xs : word_value (v ++ w) xs = word_value w (word_value v xs).
Proof. apply fold_left_app. Qed.
End Meaning.

(** ** Sizes *)
Fixpoint basis_size (b : basis) : nat :=
  match b with
  | Bspline knots p => length knots - S p
  | Truncated_power l => length l
  | Monomial l => length l
  | Atoms l => length l
  | Piecewise l => length l
  | Rational l => length l
  | Local _ p centers => length (local_pairs p 0 centers)
  | Straight_line l => length l
  | Concatenation bases => fold_right (fun b n => (basis_size b + n)%nat) 0%nat bases
  end.
Fixpoint stage_outputs (s : stage) : nat :=
  match s with
  | Affine weight _ => outputs weight
  | Bank bases basis_of => sum_at basis_of (map basis_size bases)
  | Parallel networks =>
      fold_right (fun nw n =>
        (fold_left (fun _ s => stage_outputs s) (snd nw) (fst nw) + n)%nat) 0%nat networks
  | Product _ groups => length groups
  | Maximum _ groups => length groups
  | Layer_norm n _ => n
  end.
Definition word_outputs (n : nat) (w : word) : nat := fold_left (fun _ s => stage_outputs s) w n.

Section Lengths.
Context {N : Normal_distribution}.
Lemma basis_values_length b x : length (basis_values b x) = basis_size b.
Proof.
  induction b as [knots p|l|l|l|l|l|knots p centers|l|bases IH] using basis_ind_nested; simpl;
    rewrite ?map_length; auto.
  - unfold spline_values. rewrite map_length, seq_length, map_length. reflexivity.
  - induction IH as [|b bases Hb _ IHl]; simpl; auto. rewrite app_length, Hb, IHl. reflexivity.
Qed.
Lemma add_bias_length bias ys : forall o, length (add_bias bias o ys) = length ys.
Proof. induction ys; simpl; auto. Qed.
Lemma stage_value_length s : forall xs, length (stage_value s xs) = stage_outputs s.
Proof.
  induction s as [w b|bases basis_of|ns IH|c g|c g|n e] using stage_nested; intros xs.
  - cbn [stage_value stage_outputs]. rewrite add_bias_length. apply apply_length.
  - cbn [stage_value stage_outputs]. rewrite sum_at_ok. revert xs.
    induction basis_of as [|b rest IHr]; intros xs; simpl; auto.
    rewrite app_length, IHr. f_equal. clear. revert b.
    induction bases as [|c bases IHb]; intros [|b]; simpl; auto. apply basis_values_length.
  - cbn [stage_value stage_outputs]. revert xs.
    induction IH as [|[n w] ns Hw _ IHl]; intros xs; simpl; auto.
    rewrite app_length, IHl. f_equal. simpl in Hw. clear - Hw.
    assert (G : forall v m, length v = m ->
      length (fold_left (fun u s => stage_value s u) w v) = fold_left (fun _ s => stage_outputs s) w m).
    { induction Hw as [|s w Hs _ IHw]; simpl; auto. }
    apply G, take_length.
  - apply map_length.
  - apply map_length.
  - cbn [stage_value stage_outputs]. unfold layer_norm. cbv zeta.
    rewrite map_length. apply take_length.
Qed.
Lemma word_value_length w : forall xs n, length xs = n ->
  length (word_value w xs) = word_outputs n w.
Proof.
  induction w as [|s w IH]; simpl; auto. intros xs n _. apply IH, stage_value_length.
Qed.
End Lengths.

(** ** Domains: per input a closed interval, whose ends may be missing; [] is all of R^n *)
Definition domain := list (end_ * end_).
Fixpoint in_domain (d : domain) (xs : list R) : Prop :=
  match d with
  | [] => True
  | (lo, hi) :: d' =>
      at_or_above lo (hd 0 xs) /\ at_or_below hi (hd 0 xs) /\ in_domain d' (tl xs)
  end.
