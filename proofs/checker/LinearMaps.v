(** * Linear maps, applied to vectors of anything that can be added and scaled

    One definition of application serves as the meaning (vectors over R) and as the algorithm
    (vectors of symbolic sums): [apply_homomorphism] says that they agree.  Vectors are lists;
    a vector that is too short counts as padded, so that every map has exactly its number of
    outputs whatever it is applied to. *)
From Coq Require Import ZArith QArith Qreals Reals List Bool Lra Lia.
From KanCheck Require Import Rational Lookup.
Import ListNotations.
Open Scope R_scope.

Inductive linear_map :=
| Dense (outputs columns : nat) (entry : Z -> Z -> Q)          (* by row and column, from 0 *)
| Selection (columns : nat) (indices : list nat)               (* y_j = x_{indices j} *)
| Blocks (blocks : list linear_map) (chosen : list nat)        (* direct sum of the chosen ones *)
| Interleave (groups : nat) (parts : list (nat * linear_map))  (* per group: its columns of each part *)
| Then (one another : linear_map).                             (* one first *)

Lemma linear_map_nested (P : linear_map -> Prop) :
  (forall o c e, P (Dense o c e)) -> (forall c i, P (Selection c i)) ->
  (forall bs c, Forall P bs -> P (Blocks bs c)) ->
  (forall g ps, Forall (fun wm => P (snd wm)) ps -> P (Interleave g ps)) ->
  (forall a b, P a -> P b -> P (Then a b)) -> forall m, P m.
Proof.
  intros H1 H2 H3 H4 H5. fix IH 1. intros [o c e|c i|bs c|g ps|a b].
  - apply H1.
  - apply H2.
  - apply H3. induction bs; constructor; [apply IH|assumption].
  - apply H4. induction ps as [|[w m] ps IHps]; constructor; [apply IH|assumption].
  - apply H5; apply IH.
Qed.

Fixpoint inputs (m : linear_map) : nat :=
  match m with
  | Dense _ columns _ => columns
  | Selection columns _ => columns
  | Blocks blocks chosen => sum_at chosen (map inputs blocks)
  | Interleave groups parts => (groups * fold_right (fun wm n => (fst wm + n)%nat) 0%nat parts)%nat
  | Then a _ => inputs a
  end.
Fixpoint outputs (m : linear_map) : nat :=
  match m with
  | Dense o _ _ => o
  | Selection _ indices => length indices
  | Blocks blocks chosen => sum_at chosen (map outputs blocks)
  | Interleave _ parts => match parts with [] => 0%nat | (_, m) :: _ => outputs m end
  | Then _ b => outputs b
  end.

(** from, from + 1, ..., as integers. *)
Fixpoint count (n : nat) (from : Z) : list Z :=
  match n with O => [] | S m => from :: count m (from + 1) end.
Lemma count_length n : forall from, length (count n from) = n.
Proof. induction n; simpl; auto. Qed.

Section Apply.
Context {A : Type} (zero : A) (add : A -> A -> A) (scale : Q -> A -> A).

(** The first n entries. *)
Fixpoint take (n : nat) (xs : list A) : list A :=
  match n with
  | O => []
  | S m => match xs with [] => zero :: take m [] | x :: xs' => x :: take m xs' end
  end.
Fixpoint combine_row (entry : Z -> Q) (c : Z) (xs : list A) : A :=
  match xs with
  | [] => zero
  | x :: xs' => add (scale (entry c) x) (combine_row entry (c + 1) xs')
  end.
Fixpoint apply_blocks (maps : list (nat * (list A -> list A))) (chosen : list nat)
  (xs : list A) : list A :=
  match chosen with
  | [] => []
  | b :: rest =>
      let m := nth b maps (0%nat, fun _ => []) in
      snd m (take (fst m) xs) ++ apply_blocks maps rest (skipn (fst m) xs)
  end.
(** Of each group of [total] entries those from [offset] on, [width] many. *)
Fixpoint gather (offset width total groups : nat) (xs : list A) : list A :=
  match groups with
  | O => []
  | S n => take width (skipn offset xs) ++ gather offset width total n (skipn total xs)
  end.
Fixpoint add_vectors (n : nat) (xs ys : list A) : list A :=
  match n with
  | O => []
  | S m => add (hd zero xs) (hd zero ys) :: add_vectors m (tl xs) (tl ys)
  end.
Fixpoint apply_parts (maps : list (nat * (list A -> list A))) (size offset total groups : nat)
  (xs : list A) : list A :=
  match maps with
  | [] => repeat zero size
  | (width, f) :: rest =>
      add_vectors size (f (gather offset width total groups xs))
        (apply_parts rest size (offset + width) total groups xs)
  end.
Fixpoint apply (m : linear_map) (xs : list A) : list A :=
  match m with
  | Dense o columns entry =>
      let v := take columns xs in map (fun r => combine_row (entry r) 0 v) (count o 0)
  | Selection _ indices => map (fun i => nth i xs zero) indices
  | Blocks blocks chosen =>
      apply_blocks (map (fun b => (inputs b, apply b)) blocks) chosen xs
  | Interleave groups parts =>
      apply_parts (map (fun wm => (fst wm, apply (snd wm))) parts) (outputs m) 0
        (fold_right (fun wm n => (fst wm + n)%nat) 0%nat parts) groups xs
  | Then a b => apply b (apply a xs)
  end.

Lemma take_length n : forall xs, length (take n xs) = n.
Proof. induction n as [|n IH]; intros [|x xs]; simpl; auto. Qed.
Lemma add_vectors_length n : forall xs ys, length (add_vectors n xs ys) = n.
Proof. induction n as [|n IH]; intros; simpl; auto. Qed.
Lemma take_all n xs : length xs = n -> take n xs = xs.
Proof. intros <-. induction xs as [|x xs IH]; simpl; congruence. Qed.

Theorem apply_length : forall m xs, length (apply m xs) = outputs m.
Proof.
  induction m as [o c e|c i|bs chosen IH|g ps IH|a b IHa IHb] using linear_map_nested; intros xs.
  - simpl. rewrite map_length, count_length. reflexivity.
  - simpl. apply map_length.
  - cbn [apply outputs]. rewrite sum_at_ok. revert xs. induction chosen as [|b rest IHc]; intros xs; simpl; auto.
    rewrite app_length, IHc. f_equal. clear - IH.
    revert xs. assert (G : forall xs,
      length (snd (nth b (map (fun b0 => (inputs b0, apply b0)) bs) (0%nat, fun _ => [])) xs)
      = nth b (map outputs bs) 0%nat); [|intros; apply G].
    revert b. induction IH as [|m bs Hm _ IHl]; intros [|b] xs; simpl; auto.
  - cbn [apply]. generalize (outputs (Interleave g ps)) as size. generalize 0%nat at 1 as offset.
    generalize (fold_right (fun wm n => (fst wm + n)%nat) 0%nat ps) as total.
    intros total offset size. clear IH. revert offset. induction ps as [|[w m] ps IHp]; intros offset; simpl.
    + apply repeat_length.
    + apply add_vectors_length.
  - simpl. apply IHb.
Qed.
End Apply.

(** ** Meaning *)
Definition apply_real : linear_map -> list R -> list R :=
  apply 0 Rplus (fun q x => Q2R q * x).

Section Homomorphism.
Context {A : Type} (zero : A) (add : A -> A -> A) (scale : Q -> A -> A) (h : A -> R).
Hypothesis h_zero : h zero = 0.
Hypothesis h_add : forall a b, h (add a b) = h a + h b.
Hypothesis h_scale : forall q a, h (scale q a) = Q2R q * h a.

Lemma take_map n : forall xs, map h (take zero n xs) = take 0 n (map h xs).
Proof. induction n as [|n IH]; intros [|x xs]; simpl; rewrite ?IH, ?h_zero; reflexivity. Qed.
Lemma skipn_map' n : forall xs : list A, map h (skipn n xs) = skipn n (map h xs).
Proof. induction n as [|n IH]; intros [|x xs]; simpl; auto. Qed.
Lemma combine_row_map entry xs : forall c,
  h (combine_row zero add scale entry c xs)
  = combine_row 0 Rplus (fun q x => Q2R q * x) entry c (map h xs).
Proof. induction xs as [|x xs IH]; intros c; simpl; [apply h_zero|]. rewrite h_add, h_scale, IH. reflexivity. Qed.
Lemma hd_map xs : h (hd zero xs) = hd 0 (map h xs).
Proof. destruct xs; simpl; auto. Qed.
Lemma tl_map (xs : list A) : map h (tl xs) = tl (map h xs).
Proof. destruct xs; reflexivity. Qed.
Lemma add_vectors_map n : forall xs ys,
  map h (add_vectors zero add n xs ys) = add_vectors 0 Rplus n (map h xs) (map h ys).
Proof.
  induction n as [|n IH]; intros xs ys; simpl; [reflexivity|].
  rewrite h_add, !hd_map, IH, !tl_map. reflexivity.
Qed.
Lemma gather_map offset width total n : forall xs,
  map h (gather zero offset width total n xs) = gather 0 offset width total n (map h xs).
Proof.
  induction n as [|n IH]; intros xs; simpl; [reflexivity|].
  rewrite map_app, take_map, IH, !skipn_map'. reflexivity.
Qed.

Theorem apply_homomorphism : forall m xs,
  map h (apply zero add scale m xs) = apply_real m (map h xs).
Proof.
  unfold apply_real.
  induction m as [o c e|c i|bs chosen IH|g ps IH|a b IHa IHb] using linear_map_nested; intros xs.
  - cbn [apply]. cbv zeta. rewrite map_map. apply map_ext. intros r.
    rewrite combine_row_map, take_map. reflexivity.
  - simpl. rewrite map_map. apply map_ext. intros j. rewrite <- h_zero. symmetry. apply map_nth.
  - cbn [apply]. revert xs. induction chosen as [|b rest IHc]; intros xs; simpl; [reflexivity|].
    rewrite map_app, IHc, skipn_map'. clear IHc.
    assert (G : forall b,
      fst (nth b (map (fun b0 => (inputs b0, apply zero add scale b0)) bs) (0%nat, fun _ => []))
      = fst (nth b (map (fun b0 => (inputs b0, apply 0 Rplus (fun q x => Q2R q * x) b0)) bs)
               (0%nat, fun _ => []))
      /\ forall ys, map h (snd (nth b (map (fun b0 => (inputs b0, apply zero add scale b0)) bs)
               (0%nat, fun _ => [])) ys)
         = snd (nth b (map (fun b0 => (inputs b0, apply 0 Rplus (fun q x => Q2R q * x) b0)) bs)
               (0%nat, fun _ => [])) (map h ys)).
    { clear - IH. induction IH as [|m bs Hm _ IHl]; intros [|b]; simpl; auto. }
    destruct (G b) as [G1 G2]. rewrite G2, take_map, G1. reflexivity.
  - cbn [apply]. generalize (outputs (Interleave g ps)) as size.
    generalize (fold_right (fun wm n => (fst wm + n)%nat) 0%nat ps) as total.
    generalize 0%nat as offset.
    intros offset total size. revert offset.
    induction IH as [|[w m] ps Hm _ IHl]; intros offset; simpl.
    + induction size as [|n IHn]; simpl; rewrite ?h_zero, ?IHn; reflexivity.
    + simpl in Hm. rewrite add_vectors_map, Hm, gather_map, IHl. reflexivity.
  - simpl. rewrite IHb, IHa. reflexivity.
Qed.
End Homomorphism.
