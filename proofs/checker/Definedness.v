(** * Where a network is defined

    log and sqrt are partial functions, and composition is strict: a word is defined at a point
    iff, stage by stage, the argument of every log is positive and that of every sqrt not
    negative, whatever the weights after it are.  Two words agree at a point iff both are defined
    there and have equal values, or neither is defined.  Words without log and sqrt are defined
    everywhere. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions Roots Calculus Bases LinearMaps Networks.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Section Meaning.
Context {N : Normal_distribution}.
Definition all_defined (atoms : list (atom * Q * Q)) (x : R) : Prop :=
  Forall (fun nab => atom_defined (fst (fst nab)) (Q2R (snd (fst nab)) * x + Q2R (snd nab))) atoms.
Fixpoint basis_defined (b : basis) (x : R) : Prop :=
  match b with
  | Atoms atoms => all_defined atoms x
  | Concatenation bases => fold_right (fun b P => basis_defined b x /\ P) True bases
  | _ => True
  end.
Fixpoint bank_defined (bases : list (R -> Prop)) (basis_of : list nat) (xs : list R) : Prop :=
  match basis_of with
  | [] => True
  | b :: rest => nth b bases (fun _ => True) (hd 0 xs) /\ bank_defined bases rest (tl xs)
  end.
Fixpoint parallel_defined (fs : list (nat * (list R -> Prop))) (xs : list R) : Prop :=
  match fs with
  | [] => True
  | (n, f) :: fs' => f (take 0 n xs) /\ parallel_defined fs' (skipn n xs)
  end.
Fixpoint stage_defined (s : stage) (xs : list R) : Prop :=
  match s with
  | Bank bases basis_of => bank_defined (map basis_defined bases) basis_of xs
  | Parallel networks =>
      parallel_defined (map (fun nw => (fst nw,
        (fix on (w : word) (v : list R) : Prop :=
           match w with [] => True | s :: w' => stage_defined s v /\ on w' (stage_value s v) end)
        (snd nw))) networks) xs
  | _ => True
  end.
Fixpoint word_defined (w : word) (xs : list R) : Prop :=
  match w with [] => True | s :: w' => stage_defined s xs /\ word_defined w' (stage_value s xs) end.

Definition agree (v w : word) (xs : list R) : Prop :=
  (word_defined v xs <-> word_defined w xs) /\
  (word_defined v xs -> word_value v xs = word_value w xs).

Lemma word_defined_app v w xs :
  word_defined (v ++ w) xs <-> word_defined v xs /\ word_defined w (word_value v xs).
Proof.
  revert xs. induction v as [|s v IH]; intros xs; [simpl; tauto|].
  cbn [app word_defined]. rewrite IH. unfold word_value. cbn [fold_left]. tauto.
Qed.
Lemma parallel_defined_eq networks xs :
  stage_defined (Parallel networks) xs
  = parallel_defined (map (fun nw => (fst nw, word_defined (snd nw))) networks) xs.
Proof. reflexivity. Qed.

Lemma agree_refl w xs : agree w w xs.
Proof. split; tauto. Qed.
Lemma agree_sym v w xs : agree v w xs -> agree w v xs.
Proof. intros [D E]. split; [tauto|]. intros H. symmetry. apply E. tauto. Qed.
Lemma agree_trans u v w xs : agree u v xs -> agree v w xs -> agree u w xs.
Proof.
  intros [D E] [D' E']. split; [tauto|]. intros H. rewrite E by exact H. apply E'. tauto.
Qed.
(** Words that agree may replace each other inside of a word. *)
Lemma agree_inside before v w after xs :
  (word_defined before xs -> agree v w (word_value before xs)) ->
  agree (before ++ v ++ after) (before ++ w ++ after) xs.
Proof.
  intros H. unfold agree. rewrite !word_defined_app, !word_value_app. split.
  - split; intros (B & V & A); destruct (H B) as [D E].
    + rewrite E in A by exact V. tauto.
    + assert (W : word_defined v (word_value before xs)) by tauto. rewrite E by exact W. tauto.
  - intros (B & V & A). destruct (H B) as [D E]. rewrite E by exact V. reflexivity.
Qed.
Lemma total_agree v w xs : word_defined v xs -> word_defined w xs ->
  word_value v xs = word_value w xs -> agree v w xs.
Proof. intros. split; tauto. Qed.
End Meaning.

(** ** Words that are defined everywhere *)
Fixpoint total_basis (b : basis) : bool :=
  match b with
  | Atoms atoms => forallb (fun nab =>
      negb (is_partial (fst (fst nab)))
      || is_zero (snd (fst nab)) && defined_at (fst (fst nab)) (snd nab)) atoms
  | Concatenation bases => forallb total_basis bases
  | _ => true
  end.
Fixpoint total_stage (s : stage) : bool :=
  match s with
  | Bank bases _ => forallb total_basis bases
  | Parallel networks => forallb (fun nw => forallb total_stage (snd nw)) networks
  | _ => true
  end.
Definition total_word (w : word) : bool := forallb total_stage w.
Definition everywhere_defined (w : word) : result unit :=
  if total_word w then Ok tt else Unsupported "log or sqrt here"%string.

Section Total.
Context {N : Normal_distribution}.
Lemma total_basis_ok b x : total_basis b = true -> basis_defined b x.
Proof.
  induction b as [knots p|l|l|l|l|l|knots p centers|l|bases IH] using basis_ind_nested; simpl; auto.
  - rewrite forallb_forall. intros H. apply Forall_forall. intros [[n a] c] I. specialize (H _ I).
    cbn [fst snd] in *. apply orb_prop in H. destruct H as [H|H].
    + destruct n; try discriminate; exact Logic.I.
    + apply andb_prop in H. destruct H as [Z D]. apply val_is_zero in Z. apply defined_at_ok in D.
      rewrite Z, Rmult_0_l, Rplus_0_l. exact D.
  - induction IH as [|b bases Hb _ IHl]; simpl; auto. intros H. apply andb_prop in H. tauto.
Qed.
Lemma total_bank bases basis_of : forallb total_basis bases = true -> forall xs,
  bank_defined (map basis_defined bases) basis_of xs.
Proof.
  intros H. induction basis_of as [|b rest IH]; intros xs; simpl; auto. split; [|apply IH].
  clear - H. revert b. induction bases as [|c bases IHb]; intros [|b]; simpl in *; auto;
    apply andb_prop in H; destruct H; auto using total_basis_ok.
Qed.
Lemma total_word_forall w : Forall (fun s => total_stage s = true -> forall xs, stage_defined s xs) w ->
  total_word w = true -> forall xs, word_defined w xs.
Proof.
  induction 1 as [|s w Hs _ IH]; cbn [total_word forallb word_defined]; intros H xs; auto.
  apply andb_prop in H. destruct H. auto.
Qed.
Lemma total_stage_ok s : total_stage s = true -> forall xs, stage_defined s xs.
Proof.
  induction s as [w b|bases basis_of|ns IH|c g|c g|n e] using stage_nested; intros H xs; try exact Logic.I.
  - apply total_bank, H.
  - rewrite parallel_defined_eq. revert xs. simpl in H.
    induction IH as [|[n w] ns Hw _ IHl]; intros xs; simpl in *; auto.
    apply andb_prop in H. destruct H. split; auto. apply total_word_forall; assumption.
Qed.
(** Without log and sqrt of what varies a word is defined everywhere. *)
Theorem total_defined : forall w u, everywhere_defined w = Ok u -> forall xs, word_defined w xs.
Proof.
  unfold everywhere_defined. intros w u H. destruct (total_word w) eqn:T; [|discriminate].
  apply total_word_forall; [|exact T]. apply Forall_forall. intros s _. apply total_stage_ok.
Qed.
Lemma word_total w : total_word w = true -> forall xs, word_defined w xs.
Proof. intros H. apply (total_defined w tt). unfold everywhere_defined. rewrite H. reflexivity. Qed.
End Total.
