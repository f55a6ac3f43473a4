(** * Bernstein form of a polynomial on [0, 1]

    sum_k b_k comb(n, k) t^k (1 - t)^(n - k), for integers b_0 ... b_n, is here defined by the
    recursion of de Casteljau.  It is at most its greatest coefficient; the coefficients on both
    halves of the interval come from sums of neighbours, and those of a polynomial in powers of t
    from Horner's rule.  (Farouki, The Bernstein polynomial basis: a centennial retrospective,
    2012, sections 3 and 5.) *)
From Coq Require Import ZArith Reals List Lra Lia.
Import ListNotations.
Open Scope R_scope.

Fixpoint bernstein (n : nat) (b : nat -> R) (t : R) : R :=
  match n with
  | O => b O
  | S m => (1 - t) * bernstein m b t + t * bernstein m (fun k => b (S k)) t
  end.

Lemma bernstein_ext n : forall b c t, (forall k, (k <= n)%nat -> b k = c k) ->
  bernstein n b t = bernstein n c t.
Proof.
  induction n as [|n IH]; simpl; intros b c t H; [apply H; lia|].
  rewrite (IH b c), (IH (fun k => b (S k)) (fun k => c (S k))); auto.
  intros k L. apply H. lia.
Qed.
Lemma bernstein_add n : forall b c t,
  bernstein n (fun k => b k + c k) t = bernstein n b t + bernstein n c t.
Proof. induction n as [|n IH]; simpl; intros; [ring|]. rewrite !IH. ring. Qed.
Lemma bernstein_scale n a : forall b t, bernstein n (fun k => a * b k) t = a * bernstein n b t.
Proof. induction n as [|n IH]; simpl; intros; [ring|]. rewrite !IH. ring. Qed.
Lemma bernstein_constant n a t : bernstein n (fun _ => a) t = a.
Proof. induction n as [|n IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Theorem bernstein_at_most n m t : 0 <= t <= 1 -> forall b, (forall k, (k <= n)%nat -> b k <= m) ->
  bernstein n b t <= m.
Proof.
  intros T. induction n as [|n IH]; simpl; intros b H; [apply H; lia|].
  assert (bernstein n b t <= m) by auto.
  assert (bernstein n (fun k => b (S k)) t <= m) by (apply IH; intros; apply H; lia). nra.
Qed.
Lemma bernstein_turn n : forall b t, bernstein n (fun k => b (n - k)%nat) t = bernstein n b (1 - t).
Proof.
  induction n as [|n IH]; intros b t; [reflexivity|]. cbn [bernstein].
  rewrite (bernstein_ext n (fun k => b (S n - k)%nat) (fun k => b (S (n - k)))) by
    (intros; f_equal; lia).
  rewrite (IH (fun k => b (S k))).
  rewrite (bernstein_ext n (fun k => b (S n - S k)%nat) (fun k => b (n - k)%nat)) by
    (intros; reflexivity).
  rewrite IH. ring.
Qed.
(** A line in this form. *)
Lemma bernstein_index n t : bernstein n INR t = INR n * t.
Proof.
  induction n as [|n IH]; [simpl; ring|]. cbn [bernstein].
  rewrite (bernstein_ext n (fun k => INR (S k)) (fun k => INR k + 1)) by (intros; apply S_INR).
  rewrite bernstein_add, bernstein_constant, IH, S_INR. ring.
Qed.

(** *** Halves *)
Definition sums (b : nat -> R) (k : nat) : R := b k + b (S k).
Fixpoint sums_at_0 (k : nat) (b : nat -> R) : R :=
  match k with O => b O | S j => sums_at_0 j (sums b) end.
Lemma bernstein_half n : forall b t,
  bernstein n (fun k => 2 ^ (n - k) * sums_at_0 k b) t = 2 ^ n * bernstein n b (t / 2).
Proof.
  induction n as [|n IH]; intros b t; [simpl; ring|]. cbn [bernstein].
  rewrite (bernstein_ext n _ (fun k => 2 * (2 ^ (n - k) * sums_at_0 k b))).
  2:{ intros k K. replace (S n - k)%nat with (S (n - k)) by lia. simpl. ring. }
  rewrite bernstein_scale, IH.
  rewrite (bernstein_ext n (fun k => 2 ^ (S n - S k) * sums_at_0 (S k) b)
    (fun k => 2 ^ (n - k) * sums_at_0 k (sums b))) by (intros; reflexivity).
  rewrite IH. unfold sums. rewrite bernstein_add. simpl.
  change (fun k => b k) with b. field.
Qed.
Lemma sums_at_0_ext k : forall b c, (forall j, (j <= k)%nat -> b j = c j) ->
  sums_at_0 k b = sums_at_0 k c.
Proof.
  induction k as [|k IH]; simpl; intros b c H; [apply H; lia|]. apply IH. intros j J. unfold sums.
  rewrite !H by lia. reflexivity.
Qed.

(** ** Coefficients in lists of n + 1 integers *)
Definition entry (l : list Z) (k : nat) : R := IZR (nth k l 0%Z).
Definition form (n : nat) (l : list Z) (t : R) : R := bernstein n (entry l) t.
Theorem form_at_most n l m t : 0 <= t <= 1 -> length l = S n -> (forall z, In z l -> (z <= m)%Z) ->
  form n l t <= IZR m.
Proof.
  intros T L H. apply bernstein_at_most; auto. intros k K. apply IZR_le, H, nth_In. lia.
Qed.

(** *** Halves: the coefficients on [0, 1/2] and on [1/2, 1], times 2^n *)
Fixpoint neighbours (l : list Z) : list Z :=
  match l with a :: (b :: _) as l' => (a + b)%Z :: neighbours l' | _ => [] end.
Fixpoint left_half (n : nat) (l : list Z) : list Z :=
  match n with
  | O => [hd 0%Z l]
  | S m => Z.shiftl (hd 0%Z l) (Z.of_nat n) :: left_half m (neighbours l)
  end.
Definition right_half (n : nat) (l : list Z) : list Z := rev (left_half n (rev l)).

Lemma neighbours_entry l : forall k, (S k < length l)%nat -> entry (neighbours l) k = sums (entry l) k.
Proof.
  unfold sums, entry. induction l as [|a [|b l] IH]; intros k H; simpl in H; try lia.
  destruct k as [|k]; [apply plus_IZR|]. apply (IH k). simpl. lia.
Qed.
Lemma neighbours_length l : length (neighbours l) = pred (length l).
Proof. induction l as [|a [|b l] IH]; simpl in *; auto. Qed.
Lemma left_half_length n : forall l, length (left_half n l) = S n.
Proof. induction n as [|n IH]; simpl; intros; [reflexivity|]. rewrite IH. reflexivity. Qed.
Lemma right_half_length n l : length (right_half n l) = S n.
Proof. unfold right_half. rewrite rev_length. apply left_half_length. Qed.
Lemma left_half_entry n : forall l k, length l = S n -> (k <= n)%nat ->
  entry (left_half n l) k = 2 ^ (n - k) * sums_at_0 k (entry l).
Proof.
  induction n as [|n IH]; intros l k L K; destruct l as [|a l]; try discriminate.
  - replace k with O by lia. unfold entry. simpl. ring.
  - destruct k as [|k].
    + unfold entry. cbn [left_half nth hd sums_at_0].
      rewrite Z.shiftl_mul_pow2, mult_IZR, <- pow_IZR by lia. rewrite Nat.sub_0_r. ring.
    + change (entry (left_half n (neighbours (a :: l))) k
        = 2 ^ (n - k) * sums_at_0 k (sums (entry (a :: l)))).
      rewrite IH by (rewrite ?neighbours_length, ?L; simpl; lia). f_equal.
      apply sums_at_0_ext. intros j J. apply neighbours_entry. rewrite L. lia.
Qed.
Theorem left_half_ok n l t : length l = S n -> form n (left_half n l) t = 2 ^ n * form n l (t / 2).
Proof.
  intros L. unfold form. rewrite <- bernstein_half. apply bernstein_ext. intros k K.
  apply left_half_entry; auto.
Qed.
Lemma form_rev n l t : length l = S n -> form n (rev l) t = form n l (1 - t).
Proof.
  intros L. unfold form. rewrite <- bernstein_turn. apply bernstein_ext. intros k K.
  unfold entry. rewrite rev_nth by lia. do 2 f_equal. lia.
Qed.
Theorem right_half_ok n l t : length l = S n ->
  form n (right_half n l) t = 2 ^ n * form n l ((1 + t) / 2).
Proof.
  intros L. unfold right_half.
  rewrite form_rev, left_half_ok, form_rev by (rewrite ?rev_length, ?left_half_length; auto).
  do 2 f_equal. lra.
Qed.

(** *** From powers of t, times n!

    c_0 + t q(t), where b_0 ... b_(n-1) are n!/n times the coefficients of q, has the coefficients
    c_0 + (k/n) b_(k-1). *)
Fixpoint powers_at (cs : list Z) (t : R) : R :=
  match cs with [] => 0 | c :: cs' => IZR c + t * powers_at cs' t end.
Fixpoint times_index (z k : Z) (l : list Z) : list Z := (* z + k l_0, z + (k + 1) l_1, ... *)
  match l with [] => [] | a :: l' => (z + k * a)%Z :: times_index z (k + 1) l' end.
(** Of degree n, with n!. *)
Fixpoint from_powers (n : nat) (cs : list Z) : list Z * Z :=
  match n with
  | O => ([hd 0%Z cs], 1%Z)
  | S m =>
      let (b, factor) := from_powers m (tl cs) in
      let factor := (Z.of_nat n * factor)%Z in
      let first := (factor * hd 0 cs)%Z in
      (first :: times_index first 1 b, factor)
  end.

Lemma bernstein_times n : forall b t,
  bernstein (S n) (fun k => INR k * b (pred k)) t = INR (S n) * t * bernstein n b t.
Proof.
  induction n as [|n IH]; intros b t; [simpl; ring|].
  change (bernstein (S (S n)) (fun k => INR k * b (pred k)) t)
    with ((1 - t) * bernstein (S n) (fun k => INR k * b (pred k)) t
          + t * bernstein (S n) (fun k => INR (S k) * b k) t).
  rewrite (bernstein_ext (S n) (fun k => INR (S k) * b k)
    (fun k => INR k * (fun j => b (S j)) (pred k) + b k)).
  2:{ intros [|k] K; cbn [pred]; rewrite !S_INR; change (INR 0) with 0; ring. }
  rewrite bernstein_add, IH, (IH (fun j => b (S j))), (S_INR (S n)). cbn [bernstein].
  change (fun k => b k) with b. ring.
Qed.
Lemma times_index_length z l : forall k, length (times_index z k l) = length l.
Proof. induction l as [|a l IH]; simpl; intros; auto. Qed.
Lemma times_index_nth z l : forall k j, (j < length l)%nat ->
  nth j (times_index z k l) 0%Z = (z + (k + Z.of_nat j) * nth j l 0)%Z.
Proof.
  induction l as [|a l IH]; intros k j H; simpl in H; [lia|]. destruct j as [|j].
  - simpl. ring.
  - cbn [times_index nth]. rewrite IH by lia. rewrite Nat2Z.inj_succ. ring.
Qed.
Theorem from_powers_ok n : forall cs b factor t, from_powers n cs = (b, factor) ->
  (length cs <= S n)%nat ->
  length b = S n /\ (0 < factor)%Z /\ form n b t = IZR factor * powers_at cs t.
Proof.
  induction n as [|n IH]; intros cs b factor t H L; cbn [from_powers] in H.
  - inversion H. subst. repeat split. unfold form, entry. cbn [bernstein nth].
    destruct cs as [|c [|? ?]]; simpl in *; try lia; ring.
  - destruct (from_powers n (tl cs)) as [b' f'] eqn:E.
    destruct (IH _ _ _ t E) as (Lb & F & V); [destruct cs; simpl in *; lia|].
    set (f := (Z.of_nat (S n) * f')%Z) in H. injection H as <- <-.
    assert (0 < f)%Z by (apply Z.mul_pos_pos; lia).
    split; [simpl; rewrite times_index_length, Lb; reflexivity|]. split; [assumption|].
    unfold form.
    rewrite (bernstein_ext (S n) _ (fun k => IZR (f * hd 0 cs)%Z + INR k * entry b' (pred k))).
    2:{ intros [|k] K; unfold entry; cbn [nth pred].
        - change (INR 0) with 0. ring.
        - rewrite times_index_nth, plus_IZR by lia.
          rewrite INR_IZR_INZ. replace (1 + Z.of_nat k)%Z with (Z.of_nat (S k)) by lia.
          rewrite !mult_IZR. reflexivity. }
    rewrite bernstein_add, bernstein_constant, bernstein_times.
    unfold form in V. rewrite V. unfold f. rewrite !mult_IZR, INR_IZR_INZ.
    destruct cs as [|c cs]; cbn [powers_at hd tl]; ring.
Qed.
