(** * How far a float sum of products is from the exact one

    A product takes part in k = 1 + h + d operations that round, h additions and d divisions, so it
    counts with (1 + u)^k at most; operations that underflow and operands that are flushed add at
    most 4 L a term, or 6 L where sums are divided, before later factors.

    Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), section 4.2. *)
From Coq Require Import ZArith QArith Qreals Reals List Permutation Lra Lia.
From KanCheck Require Import Functions Float_model.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Definition sum_of (l : list (R * R)) : R := fold_right (fun wx s => fst wx * snd wx + s) 0 l.
Definition size_of (l : list (R * R)) : R := fold_right (fun wx s => Rabs (fst wx * snd wx) + s) 0 l.
Definition live (l : list (R * R)) : nat :=
  fold_right (fun wx k => (if Req_EM_T (fst wx) 0 then k else S k)%nat) 0%nat l.

Lemma sum_of_app l k : sum_of (l ++ k) = sum_of l + sum_of k.
Proof. induction l as [|a l IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma size_of_app l k : size_of (l ++ k) = size_of l + size_of k.
Proof. induction l as [|a l IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma live_app l k : live (l ++ k) = (live l + live k)%nat.
Proof. induction l as [|a l IH]; simpl; [reflexivity|]. rewrite IH. destruct (Req_EM_T _ _); lia. Qed.
Lemma size_of_pos l : 0 <= size_of l.
Proof. induction l as [|a l IH]; simpl; [lra|]. pose proof (Rabs_pos (fst a * snd a)). lra. Qed.
Lemma sum_of_size l : Rabs (sum_of l) <= size_of l.
Proof.
  induction l as [|a l IH]; simpl; [rewrite Rabs_R0; lra|]. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.
Lemma divided_sum n l : sum_of (map (fun wx => (fst wx, snd wx / n)) l) = sum_of l / n.
Proof. induction l as [|a l IH]; simpl; unfold Rdiv in *; [ring|]. rewrite IH. ring. Qed.
Lemma divided_size n l : 1 <= n -> size_of (map (fun wx => (fst wx, snd wx / n)) l) = size_of l / n.
Proof.
  intros H. induction l as [|a l IH]; simpl; unfold Rdiv in *; [ring|]. rewrite IH.
  rewrite <- Rmult_assoc, (Rabs_mult _ (/ n)), (Rabs_pos_eq (/ n)); [ring|].
  left. apply Rinv_0_lt_compat. lra.
Qed.
Lemma divided_live n l : live (map (fun wx => (fst wx, snd wx / n)) l) = live l.
Proof. induction l as [|a l IH]; simpl; [reflexivity|]. rewrite IH. reflexivity. Qed.
Lemma permuted l k : Permutation l k ->
  sum_of l = sum_of k /\ size_of l = size_of k /\ live l = live k /\ length l = length k.
Proof.
  induction 1 as [|a l k _ (A & B & C & D)|a b l|l k j _ (A & B & C & D) _ (E & F & G & H)].
  - auto.
  - simpl. rewrite A, B, C, D. auto.
  - simpl. repeat split; try ring. destruct (Req_EM_T _ _), (Req_EM_T _ _); reflexivity.
  - repeat split; congruence.
Qed.

Section Sums.
Context {N : Normal_distribution}.
Variable m : model.
Notation u := (roundoff (format m)).
Notation L := (least (format m)).
Lemma u_pos : 0 < u. Proof. apply Rinv_0_lt_compat, pow_lt. lra. Qed.
Lemma L_pos : 0 < L. Proof. apply Rinv_0_lt_compat, pow_lt. lra. Qed.
Definition growth (k : nat) : R := (1 + u) ^ k.
Lemma growth_at_least_1 k : 1 <= growth k.
Proof. apply pow_R1_Rle. pose proof u_pos. lra. Qed.
Lemma growth_mono k l : (k <= l)%nat -> growth k <= growth l.
Proof. intros H. apply Rle_pow; [pose proof u_pos; lra|exact H]. Qed.
Lemma growth_S k : growth (S k) = (1 + u) * growth k.
Proof. reflexivity. Qed.
(** Of a sum of size A with K losses. *)
Definition off (k : nat) (A K : R) : R := (growth k - 1) * A + growth k * K * L.
Lemma off_mono k l A A' K K' : (k <= l)%nat -> 0 <= A <= A' -> 0 <= K <= K' -> off k A K <= off l A' K'.
Proof.
  intros H [A1 A2] [K1 K2]. unfold off. pose proof (growth_mono _ _ H). pose proof (growth_at_least_1 k).
  pose proof L_pos. apply Rplus_le_compat.
  - apply Rmult_le_compat; lra.
  - apply Rmult_le_compat_r; [lra|]. apply Rmult_le_compat; lra.
Qed.
Lemma flushed_off k A K e s s' : 0 <= A -> 0 <= K -> Rabs (s - e) <= off k A K -> flushed m s s' ->
  Rabs (s' - e) <= off k A (K + 1).
Proof.
  intros HA HK H F. pose proof L_pos. pose proof (growth_at_least_1 k) as G.
  assert (Rabs (s' - s) <= L).
  { destruct F as [->|[F ->]]; [rewrite Rminus_eq_0, Rabs_R0; lra|]. rewrite Rminus_0_l, Rabs_Ropp. lra. }
  replace (s' - e) with ((s' - s) + (s - e)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  unfold off in *. nra.
Qed.
Lemma rounds_off k A K e s s' : 0 <= A -> 0 <= K -> Rabs e <= A -> Rabs (s - e) <= off k A K ->
  rounds m s s' -> Rabs (s' - e) <= off (S k) A (K + 1).
Proof.
  intros HA HK He H R. unfold rounds in R. pose proof L_pos as LP. pose proof u_pos as UP.
  pose proof (growth_at_least_1 (S k)) as G. rewrite growth_S in G.
  replace (s' - e) with ((s' - s) + (s - e)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (Rabs s <= A + off k A K).
  { replace s with ((s - e) + e) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
  assert (E : off (S k) A (K + 1) = (1 + u) * off k A K + u * A + (1 + u) * growth k * L)
    by (unfold off; rewrite growth_S; ring).
  rewrite E. assert (u * Rabs s <= u * (A + off k A K)) by (apply Rmult_le_compat_l; lra).
  assert (L <= (1 + u) * growth k * L) by nra. lra.
Qed.
(** Losses: 4 for every term but 3, or 6 where sums are divided. *)
Definition losses (d n : nat) : R := (match d with O => 4 | _ => 6 end) * INR n - 3.
Lemma losses_pos d n : (1 <= n)%nat -> 1 <= losses d n.
Proof. intros H. apply le_INR in H. simpl in H. unfold losses. destruct d; lra. Qed.
Lemma losses_mono d e n : (d <= e)%nat -> losses d n <= losses e n.
Proof. intros H. pose proof (pos_INR n). unfold losses. destruct d, e; try lia; lra. Qed.

Theorem summed_error l h d s : summed m l h d s ->
  (1 <= length l)%nat /\ (S h <= live l)%nat /\ (d <= 1)%nat /\
  Rabs (s - sum_of l) <= off (1 + h + d) (size_of l) (losses d (length l)).
Proof.
  induction 1 as [w x s Hw R|b Hb|l l' h h' d d' s s' t t' r _ (A & B & C & D) _ (A' & B' & C' & D') F F' R
    |w x l h d s s' r Hw _ (A & B & C & D) F R|x l h d s r _ (A & B & C & D) F
    |n l h s s' r Hn _ (A & B & C & D) F R|l l' h d s _ (A & B & C & D) P].
  - cbn [length live fold_right fst snd sum_of size_of]. destruct (Req_EM_T w 0); [contradiction|].
    repeat split; try lia. rewrite !Rplus_0_r. unfold losses. simpl INR.
    replace (4 * 1 - 3) with (0 + 1) by ring. apply (rounds_off 0 _ _ _ (w * x)); auto using Rabs_pos; try lra.
    rewrite Rminus_eq_0, Rabs_R0. unfold off, growth. simpl. lra.
  - cbn [length live fold_right fst snd sum_of size_of]. destruct (Req_EM_T b 0); [contradiction|].
    repeat split; try lia. rewrite Rmult_1_r, !Rplus_0_r, Rminus_eq_0, Rabs_R0. unfold off. pose proof (losses_pos 0 1 (le_n 1)).
    pose proof (growth_at_least_1 (1 + 0 + 0)). pose proof L_pos. pose proof (Rabs_pos b).
    pose proof u_pos. apply Rplus_le_le_0_compat; repeat apply Rmult_le_pos; lra.
  - rewrite app_length, live_app, sum_of_app, size_of_app. repeat split; try lia.
    pose proof (losses_pos d _ A) as P1. pose proof (losses_pos d' _ A') as P2.
    pose proof (size_of_pos l) as S1. pose proof (size_of_pos l') as S2.
    set (k := (1 + Nat.max h h' + Nat.max d d')%nat). set (e := Nat.max d d').
    assert (G1 : Rabs (s' - sum_of l) <= off k (size_of l) (losses e (length l) + 1)).
    { apply flushed_off with s; try lra; [pose proof (losses_mono d e (length l) ltac:(lia)); lra| |exact F].
      eapply Rle_trans; [exact D|]. apply off_mono; [lia|lra|].
      pose proof (losses_mono d e (length l) ltac:(lia)). lra. }
    assert (G2 : Rabs (t' - sum_of l') <= off k (size_of l') (losses e (length l') + 1)).
    { apply flushed_off with t; try lra; [pose proof (losses_mono d' e (length l') ltac:(lia)); lra| |exact F'].
      eapply Rle_trans; [exact D'|]. apply off_mono; [lia|lra|].
      pose proof (losses_mono d' e (length l') ltac:(lia)). lra. }
    pose proof (losses_mono d e (length l) ltac:(lia)). pose proof (losses_mono d' e (length l') ltac:(lia)).
    replace (losses e (length l + length l')) with (losses e (length l) + 1 + (losses e (length l') + 1) + 1)
      by (unfold losses; rewrite plus_INR; destruct e; ring).
    replace (1 + S (Nat.max h h') + e)%nat with (S k) by lia.
    apply rounds_off with (s' + t'); try lra; try exact R.
    + pose proof (sum_of_size l). pose proof (sum_of_size l'). eapply Rle_trans; [apply Rabs_triang|]. lra.
    + replace (s' + t' - (sum_of l + sum_of l')) with ((s' - sum_of l) + (t' - sum_of l')) by ring.
      eapply Rle_trans; [apply Rabs_triang|]. unfold off in *. lra.
  - cbn [length live fold_right fst snd sum_of size_of]. fold (live l) (sum_of l) (size_of l).
    destruct (Req_EM_T w 0); [contradiction|]. repeat split; try lia.
    pose proof (losses_pos d _ A) as P1. pose proof (size_of_pos l) as S1.
    apply flushed_off with (s' := s') in D; try lra; try exact F.
    replace (1 + S h + d)%nat with (S (1 + h + d)) by lia.
    apply Rle_trans with (off (S (1 + h + d)) (Rabs (w * x) + size_of l) (losses d (length l) + 1 + 1)).
    + apply rounds_off with (w * x + s'); try exact R; try lra; pose proof (Rabs_pos (w * x)); try lra.
      * pose proof (sum_of_size l). eapply Rle_trans; [apply Rabs_triang|]. lra.
      * replace (w * x + s' - (w * x + sum_of l)) with (s' - sum_of l) by ring.
        eapply Rle_trans; [exact D|]. apply off_mono; [lia|lra|lra].
    + pose proof (Rabs_pos (w * x)). apply off_mono; [lia|lra|].
      unfold losses in *. rewrite S_INR. destruct d; lra.
  - cbn [length live fold_right fst snd sum_of size_of]. fold (live l) (sum_of l) (size_of l).
    destruct (Req_EM_T 0 0); [|contradiction]. repeat split; try lia.
    pose proof (losses_pos d _ A) as P1. pose proof (size_of_pos l) as S1.
    rewrite Rmult_0_l, Rabs_R0, !Rplus_0_l.
    apply flushed_off with (s' := r) in D; try lra; try exact F.
    eapply Rle_trans; [exact D|]. apply off_mono; [lia|lra|]. unfold losses in *. rewrite S_INR. destruct d; lra.
  - rewrite map_length, divided_live, divided_sum, divided_size by exact Hn. repeat split; try lia.
    pose proof (losses_pos 0 _ A) as P1. pose proof (size_of_pos l) as S1.
    apply flushed_off with (s' := s') in D; try lra; try exact F.
    assert (In1 : 0 < / n <= 1). { split; [apply Rinv_0_lt_compat; lra|]. rewrite <- Rinv_1. apply Rinv_le_contravar; lra. }
    replace (1 + h + 1)%nat with (S (1 + h + 0)) by lia.
    apply Rle_trans with (off (S (1 + h + 0)) (size_of l / n) (losses 0 (length l) + 1 + 1)).
    + apply rounds_off with (s' / n); try exact R; try lra.
      * unfold Rdiv. apply Rmult_le_pos; lra.
      * unfold Rdiv. rewrite Rabs_mult, (Rabs_pos_eq (/ n)) by lra. apply Rmult_le_compat_r; [lra|apply sum_of_size].
      * replace (s' / n - sum_of l / n) with ((s' - sum_of l) * / n) by (unfold Rdiv; ring).
        rewrite Rabs_mult, (Rabs_pos_eq (/ n)) by lra.
        eapply Rle_trans; [apply Rmult_le_compat_r; [lra|exact D]|]. unfold off, Rdiv.
        pose proof (growth_at_least_1 (1 + h + 0)) as G. pose proof L_pos as LP.
        set (g := growth (1 + h + 0)) in *. set (X := g * (losses 0 (length l) + 1) * L).
        assert (0 <= X) by (unfold X; clearbody g; repeat apply Rmult_le_pos; lra).
        assert (X * / n <= X * 1) by (apply Rmult_le_compat_l; lra). lra.
    + apply off_mono; [lia|unfold Rdiv; split; [apply Rmult_le_pos; lra|lra]|].
      apply le_INR in A. simpl in A. unfold losses in *. lra.
  - destruct (permuted _ _ P) as (E1 & E2 & E3 & E4). rewrite <- E1, <- E2, <- E3, <- E4. auto.
Qed.
End Sums.
