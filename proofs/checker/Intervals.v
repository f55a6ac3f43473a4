(** * Values of a network at a rational point, as intervals

    Stage by stage.  A value is known exactly, or encloses in an interval over one = 2^bits.  Up to
    the first bank values stay exact, so that a value at one of its breakpoints counts; what a bank
    gives is rounded outward. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions Calculus Enclosures Bases LinearMaps
  Linear_relations Networks Exact Numbers Layer_norm.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Section Over.
Variable bits : nat.
Let one := power_of_2 bits.

(** ** Stages *)
Fixpoint bias_numbers (bias : Z -> Q) (o : Z) (es : list number) : list number :=
  match es with
  | [] => []
  | e :: es' => plus_number bits e (Exactly (bias o)) :: bias_numbers bias (o + 1) es'
  end.
Fixpoint bank_numbers (bases : list (list function)) (basis_of : list nat) (es : list number)
  : result (list number) :=
  match basis_of with
  | [] => Ok []
  | b :: rest =>
      let? here := map_result (fun f => rounded bits f (hd zero_number es)) (nth b bases []) in
      let? others := bank_numbers bases rest (tl es) in
      Ok (here ++ others)
  end.
Fixpoint parallel_numbers (fs : list (nat * (list number -> result (list number))))
  (es : list number) : result (list number) :=
  match fs with
  | [] => Ok []
  | (n, f) :: fs' =>
      let? here := f (take zero_number n es) in
      let? others := parallel_numbers fs' (skipn n es) in
      Ok (here ++ others)
  end.
Fixpoint stage_on (s : stage) (es : list number) : result (list number) :=
  match s with
  | Affine weight bias =>
      Ok (bias_numbers bias 0 (apply zero_number (plus_number bits) times_number weight es))
  | Bank bases basis_of => let? fss := map_result functions bases in bank_numbers fss basis_of es
  | Parallel networks =>
      parallel_numbers (map (fun nw => (fst nw, fun v =>
        fold_left (fun r s => let? u := r in stage_on s u) (snd nw) (Ok v))) networks) es
  | Product _ groups =>
      Ok (map (fold_right (fun i y => product_number bits (nth i es zero_number) y) (Exactly 1)) groups)
  | Maximum _ groups =>
      Ok (map (fun g => match g with
                        | [] => zero_number
                        | i :: g' => fold_left (fun m j => maximum_number bits m (nth j es zero_number)) g'
                                       (nth i es zero_number)
                        end) groups)
  | Layer_norm n epsilon =>
      let? ys := layer_norm_on one n epsilon (map (interval_of bits) es) in Ok (map Between ys)
  end.
Definition word_on (w : word) (es : list number) : result (list number) :=
  fold_left (fun r s => let? u := r in stage_on s u) w (Ok es).

(** ** Soundness *)
Context {N : Normal_distribution}.
Notation are := (Forall2 (is_ bits)).
Lemma bias_numbers_ok bias es xs : are es xs -> forall o,
  are (bias_numbers bias o es) (add_bias bias o xs).
Proof. induction 1; intros o; simpl; constructor; auto. apply plus_is; auto. reflexivity. Qed.
Lemma all_rounded fs e x ys : is_ bits e x -> map_result (fun f => rounded bits f e) fs = Ok ys ->
  are ys (map (fun f => value f x) fs).
Proof.
  intros E. revert ys. induction fs as [|f fs IH]; simpl; intros ys H; [inversion H; constructor|].
  unbind H. inversion H. constructor; auto. apply (rounded_ok _ _ _ _ _ E E0).
Qed.
Lemma bank_numbers_ok bases fss basis_of : map_result functions bases = Ok fss ->
  forall es xs ys, are es xs -> bank_numbers fss basis_of es = Ok ys ->
  are ys (bank_values (map basis_values bases) basis_of xs).
Proof.
  intros F. induction basis_of as [|b rest IH]; intros es xs ys E H; simpl in H;
    [inversion H; constructor|].
  unbind H. inversion H. cbn [bank_values]. apply Forall2_app.
  - apply (all_rounded _ _ (hd 0 xs)) in E0; [|apply (related_hd _ _ (zero_is bits)), E].
    replace (nth b (map basis_values bases) (fun _ => []) (hd 0 xs))
      with (map (fun f => value f (hd 0 xs)) (nth b fss [])); [exact E0|].
    clear - F. revert b fss F. induction bases as [|c bases IHb]; intros b fss F; simpl in F.
    + inversion F. destruct b; reflexivity.
    + unbind F. inversion F; subst. destruct b as [|b]; simpl; [apply functions_ok, E|apply IHb, E0].
  - apply (IH (tl es)); auto. apply related_tl, E.
Qed.
Lemma word_by_stages_on w : Forall (fun s => forall es xs ys, are es xs -> stage_on s es = Ok ys ->
    are ys (stage_value s xs)) w ->
  forall es xs ys, are es xs -> word_on w es = Ok ys -> are ys (word_value w xs).
Proof.
  unfold word_on, word_value. induction 1 as [|s w Hs _ IH]; simpl; intros es xs ys E H.
  - inversion H; subst; assumption.
  - destruct (stage_on s es) as [us| |] eqn:S.
    + apply (IH us); auto. apply (Hs es); auto.
    + exfalso. revert H. apply (fold_result stage_on). discriminate.
    + exfalso. revert H. apply (fold_result stage_on). discriminate.
Qed.
Lemma stage_on_ok s : forall es xs ys, are es xs -> stage_on s es = Ok ys ->
  are ys (stage_value s xs).
Proof.
  induction s as [w b|bases basis_of|ns IH|c g|c g|n e] using stage_nested; intros es xs ys E H;
    cbn [stage_on stage_value] in *.
  - inversion H. apply bias_numbers_ok.
    apply (apply_related _ _ _ (is_ bits) (zero_is bits) (plus_is bits) (times_is bits)), E.
  - unbind H. apply (bank_numbers_ok _ a _ E0 es); auto.
  - revert es xs ys E H. induction IH as [|[n w] ns Hw _ IHl]; intros es xs ys E H; simpl in *.
    + inversion H; constructor.
    + unbind H. inversion H; subst ys. apply Forall2_app.
      * apply (word_by_stages_on w Hw (take zero_number n es)); auto.
        apply (related_take _ _ (zero_is bits)), E.
      * apply (IHl (skipn n es)); [|assumption]. apply related_skipn, E.
  - ok_value H. unfold product_values. clear H. induction g as [|gr g IHg]; simpl; constructor; auto.
    induction gr as [|i gr IHgr]; simpl.
    + rewrite val_1. reflexivity.
    + apply product_is; [|exact IHgr]. apply (related_nth _ _ (zero_is bits)), E.
  - ok_value H. unfold maximum_values. clear H. induction g as [|gr g IHg]; simpl; constructor; auto.
    destruct gr as [|i gr]; [apply (zero_is bits)|].
    pose proof (related_nth _ _ (zero_is bits) _ _ E) as Nth. specialize (Nth i) as Ni.
    revert Ni. generalize (nth i es zero_number), (nth i xs 0).
    induction gr as [|j gr IHgr]; simpl; intros e x Ni; auto.
    apply IHgr. apply maximum_is; auto.
  - unbind H. inversion H; subst ys. clear H.
    assert (F : Forall2 (encloses one) (map (interval_of bits) es) xs).
    { clear E0. induction E; simpl; constructor; auto. apply interval_of_ok; auto. }
    apply (layer_norm_over _ (power_of_2_positive bits) _ _ _ _ _ F) in E0. clear - E0.
    induction E0; simpl; constructor; auto.
Qed.
Theorem word_on_ok w es xs ys : are es xs -> word_on w es = Ok ys -> are ys (word_value w xs).
Proof. apply word_by_stages_on, Forall_forall. intros s _. apply stage_on_ok. Qed.

(** The outputs at a rational point, each over 2^bits. *)
Definition enclosed (w : word) (p : list Q) : result (list interval) :=
  let? ys := word_on w (map Exactly p) in Ok (map (interval_of bits) ys).
Theorem enclosed_ok w p l o i : enclosed w p = Ok l -> nth_error l o = Some i ->
  encloses one i (nth o (word_value w (reals p)) 0).
Proof.
  unfold enclosed. intros H O. unbind H. inversion H; subst. clear H.
  assert (A : are (map Exactly p) (reals p)).
  { clear. induction p; simpl; constructor; auto. reflexivity. }
  pose proof (word_on_ok _ _ _ _ A E) as F. clear A E. revert o O.
  induction F as [|e x es xs E _ IH]; intros [|o] O; simpl in O; try discriminate.
  - inversion O; subst. apply interval_of_ok, E.
  - simpl. apply IH, O.
Qed.
End Over.
