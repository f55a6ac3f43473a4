(** * Many entries of one list

    [nth] walks along a list; to look up many entries of a long one, the list is first cut into
    halves, again and again, which makes a binary tree: [get] finds an entry in logarithmic time. *)
From Coq Require Import List Arith Lia.
Import ListNotations.

Section Lookup.
Context {A : Type}.
(** A fork knows how many entries stand on its left. *)
Inductive tree := Empty | One (a : A) | Fork (left : nat) (l r : tree).
Fixpoint contents (t : tree) : list A :=
  match t with Empty => [] | One a => [a] | Fork _ l r => contents l ++ contents r end.
Fixpoint counts (t : tree) : Prop :=
  match t with
  | Fork n l r => n = length (contents l) /\ counts l /\ counts r
  | _ => True
  end.
Fixpoint get (t : tree) (k : nat) (default : A) : A :=
  match t with
  | Empty => default
  | One a => match k with O => a | _ => default end
  | Fork n l r => if Nat.ltb k n then get l k default else get r (k - n) default
  end.
Lemma get_ok t : counts t -> forall k d, get t k d = nth k (contents t) d.
Proof.
  induction t as [|a|n l IHl r IHr]; cbn [counts get contents]; intros H k d.
  - destruct k; reflexivity.
  - destruct k as [|[|k]]; reflexivity.
  - destruct H as (-> & Hl & Hr). destruct (Nat.ltb_spec k (length (contents l))).
    + rewrite app_nth1 by assumption. apply IHl, Hl.
    + rewrite app_nth2 by assumption. apply IHr, Hr.
Qed.

(** Trees with their numbers of entries; neighbours are joined until one is left. *)
Fixpoint joined (ts : list (nat * tree)) : list (nat * tree) :=
  match ts with
  | (n, t) :: (m, u) :: ts' => (n + m, Fork n t u) :: joined ts'
  | _ => ts
  end.
Fixpoint all_joined (rounds : nat) (ts : list (nat * tree)) : tree :=
  match rounds, ts with
  | _, [(_, t)] => t
  | S k, _ :: _ => all_joined k (joined ts)
  | _, _ => fold_right (fun nt u => Fork (fst nt) (snd nt) u) Empty ts
  end.
Definition tree_of (l : list A) : tree := all_joined 62 (map (fun a => (1, One a)) l).

Definition sized (nt : nat * tree) : Prop := fst nt = length (contents (snd nt)) /\ counts (snd nt).
Definition all_contents (ts : list (nat * tree)) : list A := flat_map (fun nt => contents (snd nt)) ts.
Lemma joined_ok ts : Forall sized ts -> Forall sized (joined ts) /\ all_contents (joined ts) = all_contents ts.
Proof.
  enough (H : forall n ts, length ts <= n -> Forall sized ts ->
    Forall sized (joined ts) /\ all_contents (joined ts) = all_contents ts)
    by (apply (H (length ts)), le_n).
  clear ts. induction n as [|n IH]; intros [|[i t] [|[j u] ts]] L F; cbn [joined]; auto; simpl in L; try lia.
  inversion F as [|? ? [Ft Ct] F']; subst. inversion F' as [|? ? [Fu Cu] F'']; subst. simpl in *.
  destruct (IH ts) as [I E]; [lia|assumption|]. split.
  - constructor; [|assumption]. split; simpl; [rewrite app_length; lia|auto].
  - unfold all_contents in *. simpl. rewrite E, app_assoc. reflexivity.
Qed.
Lemma all_joined_ok rounds : forall ts, Forall sized ts ->
  counts (all_joined rounds ts) /\ contents (all_joined rounds ts) = all_contents ts.
Proof.
  assert (Z : forall ts, Forall sized ts ->
    let t := fold_right (fun nt u => Fork (fst nt) (snd nt) u) Empty ts in
    counts t /\ contents t = all_contents ts).
  { intros ts F. induction F as [|[n t] ts [Hn Ht] _ [IH E]]; simpl in *; [auto|]. rewrite E. auto. }
  assert (O : forall nt, sized nt -> counts (snd nt) /\ contents (snd nt) = all_contents [nt]).
  { intros nt [_ C]. unfold all_contents. simpl. rewrite app_nil_r. auto. }
  induction rounds as [|k IH]; intros [|[n t] [|[m u] ts]] F; cbn [all_joined];
    try (inversion F; subst; apply (O (n, t)); assumption); try (apply Z; assumption).
  destruct (joined_ok _ F) as [F' E]. rewrite <- E. apply IH, F'.
Qed.
Theorem tree_of_ok l k d : get (tree_of l) k d = nth k l d.
Proof.
  assert (F : Forall sized (map (fun a => (1, One a)) l))
    by (induction l; simpl; constructor; [split; simpl; auto|assumption]).
  destruct (all_joined_ok 62 _ F) as [C E]. unfold tree_of. rewrite get_ok, E by assumption.
  f_equal. unfold all_contents. clear. induction l; simpl; congruence.
Qed.
(** The entries at the given places. *)
Definition entries_at (default : A) (places : list nat) (l : list A) : list A :=
  let t := tree_of l in map (fun k => get t k default) places.
Lemma entries_at_ok default places l : entries_at default places l = map (fun k => nth k l default) places.
Proof. apply map_ext. intros k. apply tree_of_ok. Qed.
End Lookup.
(** The sum of the entries at the given places. *)
Definition sum_at (places l : list nat) : nat :=
  let t := tree_of l in fold_right (fun k n => get t k 0 + n) 0 places.
Lemma sum_at_ok places l : sum_at places l = fold_right (fun k n => nth k l 0 + n) 0 places.
Proof. unfold sum_at. induction places; simpl; rewrite ?tree_of_ok; congruence. Qed.
Arguments tree : clear implicits.
