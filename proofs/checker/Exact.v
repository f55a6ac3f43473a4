(** * Values of a network without atoms at a rational point

    Stage by stage over Q.  An atom has a rational value only where its argument is 0. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Lookup Functions Calculus Bases LinearMaps Applications Networks.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Definition reals : list Q -> list R := map Q2R.

Fixpoint add_bias_exact (bias : Z -> Q) (o : Z) (qs : list Q) : list Q :=
  match qs with [] => [] | q :: qs' => plus q (bias o) :: add_bias_exact bias (o + 1) qs' end.
Fixpoint bank_exact (fss : list (list function)) (qs : list Q) : result (list Q) :=
  match fss with
  | [] => Ok []
  | fs :: rest =>
      let? here := map_result (fun f => evaluate f (hd 0%Q qs)) fs in
      let? others := bank_exact rest (tl qs) in
      Ok (here ++ others)
  end.
Fixpoint parallel_exact (fs : list (nat * (list Q -> result (list Q)))) (qs : list Q)
  : result (list Q) :=
  match fs with
  | [] => Ok []
  | (n, f) :: fs' =>
      let? here := f (take 0%Q n qs) in
      let? others := parallel_exact fs' (skipn n qs) in
      Ok (here ++ others)
  end.
Definition product_exact (groups : list (list nat)) (qs : list Q) : list Q :=
  map (fun g => fold_right (fun i y => times (nth i qs 0%Q) y) 1%Q g) groups.
Definition maximum_exact (groups : list (list nat)) (qs : list Q) : list Q :=
  map (fun g => match g with
                | [] => 0%Q
                | i :: g' => fold_left (fun m j => larger m (nth j qs 0%Q)) g' (nth i qs 0%Q)
                end) groups.
Fixpoint exact_stage (s : stage) (qs : list Q) : result (list Q) :=
  match s with
  | Affine weight bias => Ok (add_bias_exact bias 0 (applied 0%Q plus times weight qs))
  | Bank bases basis_of => let? fss := map_result functions bases in bank_exact (entries_at [] basis_of fss) qs
  | Parallel networks =>
      parallel_exact (map (fun nw => (fst nw, fun v =>
        fold_left (fun r s => let? u := r in exact_stage s u) (snd nw) (Ok v))) networks) qs
  | Product _ groups => Ok (product_exact groups qs)
  | Maximum _ groups => Ok (maximum_exact groups qs)
  | Layer_norm _ _ => Invalid "a vector atom has no rational values"
  end.
Definition exact_word (w : word) (qs : list Q) : result (list Q) :=
  fold_left (fun r s => let? u := r in exact_stage s u) w (Ok qs).

Section Soundness.
Context {N : Normal_distribution}.
Lemma nth_reals qs i : nth i (reals qs) 0 = Q2R (nth i qs 0%Q).
Proof. rewrite <- val_0. apply map_nth. Qed.
Lemma add_bias_exact_ok bias qs : forall o,
  reals (add_bias_exact bias o qs) = add_bias bias o (reals qs).
Proof. induction qs as [|q qs IH]; intros o; simpl; [reflexivity|]. rewrite val_plus, IH. reflexivity. Qed.
Lemma bank_exact_ok bases fss basis_of : map_result functions bases = Ok fss ->
  forall qs ys, bank_exact (entries_at [] basis_of fss) qs = Ok ys ->
  reals ys = bank_values (map basis_values bases) basis_of (reals qs).
Proof.
  intros F. rewrite entries_at_ok. induction basis_of as [|b rest IH]; intros qs ys H; simpl in H; [inversion H; reflexivity|].
  unbind H. inversion H. unfold reals at 1. rewrite map_app. cbn [bank_values]. f_equal.
  - replace (hd 0 (reals qs)) with (Q2R (hd 0%Q qs)) by (destruct qs; [apply val_0|reflexivity]).
    assert (M : map Q2R a = map (fun f => value f (Q2R (hd 0%Q qs))) (nth b fss [])).
    { apply (map_result_ok _ _ _ _ _ (fun f y _ Ef => evaluate_ok _ _ _ Ef) E). }
    rewrite M. clear - F. revert b fss F.
    induction bases as [|c bases IHb]; intros b fss F; simpl in F.
    + inversion F. destruct b; reflexivity.
    + unbind F. inversion F; subst. destruct b as [|b]; simpl; [apply functions_ok, E|apply IHb, E0].
  - fold (reals a0). rewrite (IH (tl qs) a0 E0). f_equal. destruct qs; reflexivity.
Qed.
Lemma product_exact_ok groups qs : reals (product_exact groups qs) = product_values groups (reals qs).
Proof.
  unfold reals at 1, product_exact, product_values. rewrite map_map. apply map_ext. intros g.
  induction g as [|i g IH]; simpl; [apply val_1|]. rewrite val_times, IH, nth_reals. reflexivity.
Qed.
Lemma maximum_exact_ok groups qs : reals (maximum_exact groups qs) = maximum_values groups (reals qs).
Proof.
  unfold reals at 1, maximum_exact, maximum_values. rewrite map_map. apply map_ext.
  intros [|i g]; [apply val_0|]. rewrite nth_reals. generalize (nth i qs 0%Q) as m.
  induction g as [|j g IH]; intros m; simpl; [reflexivity|]. rewrite IH, val_larger, nth_reals. reflexivity.
Qed.
Lemma fold_result {A B} (f : A -> B -> result B) w :
  forall r, (forall b, r <> Ok b) ->
  forall y, fold_left (fun r s => let? u := r in f s u) w r <> Ok y.
Proof.
  induction w as [|s w IH]; simpl; intros r H; [exact H|]. apply IH.
  destruct r as [b| |]; simpl; [destruct (H b); reflexivity|discriminate|discriminate].
Qed.
Lemma word_by_stages w : Forall (fun s => forall qs ys, exact_stage s qs = Ok ys ->
    reals ys = stage_value s (reals qs)) w ->
  forall qs ys, exact_word w qs = Ok ys -> reals ys = word_value w (reals qs).
Proof.
  unfold exact_word, word_value. induction 1 as [|s w Hs _ IH]; simpl; intros qs ys H.
  - inversion H; reflexivity.
  - destruct (exact_stage s qs) as [us| |] eqn:E.
    + rewrite <- (Hs _ _ E). apply IH, H.
    + exfalso. revert H. apply (fold_result exact_stage). discriminate.
    + exfalso. revert H. apply (fold_result exact_stage). discriminate.
Qed.
Lemma exact_stage_ok s : forall qs ys, exact_stage s qs = Ok ys -> reals ys = stage_value s (reals qs).
Proof.
  induction s as [w b|bases basis_of|ns IH|c g|c g|n e] using stage_nested; intros qs ys H;
    cbn [exact_stage stage_value] in *; [| | | | |discriminate].
  - inversion H. rewrite add_bias_exact_ok, applied_ok. f_equal.
    apply (apply_homomorphism 0%Q plus times Q2R val_0 val_plus val_times).
  - unbind H. apply (bank_exact_ok _ a); auto.
  - revert qs ys H. induction IH as [|[n w] ns Hw _ IHl]; intros qs ys H; simpl in *.
    + inversion H; reflexivity.
    + unbind H. inversion H; subst ys. unfold reals at 1. rewrite map_app. f_equal.
      * unfold reals. rewrite <- (take_map 0%Q Q2R val_0). apply (word_by_stages w Hw _ _ E).
      * fold (reals a0). rewrite (IHl _ _ E0). f_equal. unfold reals. apply skipn_map'.
  - inversion H. apply product_exact_ok.
  - inversion H. apply maximum_exact_ok.
Qed.
Theorem exact_word_ok w qs ys : exact_word w qs = Ok ys -> reals ys = word_value w (reals qs).
Proof. apply word_by_stages, Forall_forall. intros s _. apply exact_stage_ok. Qed.
End Soundness.
