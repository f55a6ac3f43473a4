(** * Rule [fewest_units]

    Columns of one function are added up, and columns that are zero are left out: a column
    is a weight and the key of its function. *)
From Coq Require Import Reals List Lra.
Import ListNotations.
Open Scope R_scope.

Section Columns.
Context {key : Type}.
Variable same : forall k l : key, {k = l} + {k <> l}.

Definition column := (R * key)%type.
Definition total (l : list column) (h : key -> R) : R :=
  fold_right (fun c s => fst c * h (snd c) + s) 0 l.
(** The weight of a key: the sum over its columns. *)
Definition weight (k : key) (l : list column) : R :=
  fold_right (fun c s => (if same (snd c) k then fst c else 0) + s) 0 l.
Definition merged (keys : list key) (l : list column) : list column :=
  map (fun k => (weight k l, k)) keys.

Lemma total_zero keys h : total (merged keys []) h = 0.
Proof. induction keys as [|k keys IH]; unfold total, merged in *; simpl in *; lra. Qed.

Lemma total_other keys w j l h : ~ In j keys ->
  total (merged keys ((w, j) :: l)) h = total (merged keys l) h.
Proof.
  induction keys as [|k keys IH]; intros H; [reflexivity|].
  unfold total, merged in *. simpl in *. rewrite IH by tauto.
  destruct (same j k); [exfalso; apply H; left; congruence|ring].
Qed.
Lemma total_cons keys w j l h : NoDup keys -> In j keys ->
  total (merged keys ((w, j) :: l)) h = w * h j + total (merged keys l) h.
Proof.
  induction keys as [|k keys IH]; intros Hn Hj; [contradiction|].
  inversion Hn as [|? ? Hk Hn']; subst. destruct (same j k) as [->|Hne].
  - pose proof (total_other keys w k l h Hk) as E. unfold total, merged in *. simpl in *.
    rewrite E. destruct (same k k); [ring|congruence].
  - destruct Hj as [->|Hj]; [congruence|]. specialize (IH Hn' Hj).
    unfold total, merged in *. simpl in *. rewrite IH. destruct (same j k); [congruence|ring].
Qed.

Theorem fewest_units : forall keys l h, NoDup keys -> (forall c, In c l -> In (snd c) keys) ->
  total (merged keys l) h = total l h.
Proof.
  intros keys l h Hn. induction l as [|[w j] l IH]; intros H; [apply total_zero|].
  rewrite total_cons; [|assumption|apply (H (w, j)); left; reflexivity].
  rewrite IH; [reflexivity|]. intros c Hc. apply H. right. assumption.
Qed.

(** Keys whose weight is 0 need not be listed. *)
Theorem zero_columns : forall l h,
  total (filter (fun c => if Req_EM_T (fst c) 0 then false else true) l) h = total l h.
Proof.
  intros l h. induction l as [|[w k] l IH]; [reflexivity|]. unfold total in *. simpl.
  destruct (Req_EM_T w 0) as [->|]; simpl; rewrite IH; [ring|reflexivity].
Qed.
End Columns.
