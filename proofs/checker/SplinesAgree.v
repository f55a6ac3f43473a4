(** * The splines of the checker are those of the theorems

    [Bases.cox_de_boor] works on lists of knots, which may repeat; the theorems about rules speak
    of strictly increasing sequences.  Where knots increase, both are the same function, so
    what a certificate calls a B-spline is a sum of truncated powers with the weights of
    [bspline_to_truncated_power]. *)
From Coq Require Import Reals List Lra Lia.
From KanEquiv Require Import Relu BsplineToTruncatedPower.
From KanCheck Require Import Bases.
Import ListNotations.
Open Scope R_scope.

Lemma quotient_div a d : d <> 0 -> quotient a d = a / d.
Proof. unfold quotient. destruct (Req_EM_T d 0); [contradiction|reflexivity]. Qed.

Lemma cox_de_boor_is_bspline t : (forall i, t i < t (S i)) -> forall p k knots x,
  (forall j, (j <= S p)%nat -> nth j knots 0 = t (k + j)%nat) ->
  cox_de_boor p knots x = bspline t p k x.
Proof.
  intros Ht. induction p as [|q IH]; intros k knots x H.
  - simpl. change (match knots with [] => 0 | a :: _ => a end) with (nth 0 knots 0).
    rewrite (H 0%nat), (H 1%nat) by lia.
    replace (k + 0)%nat with k by lia. replace (k + 1)%nat with (S k) by lia.
    pose proof (Ht k).
    destruct (Rlt_dec x (t k)), (Rlt_dec x (t (S k))), (Rle_dec (t k) x); lra.
  - cbn [cox_de_boor bspline]. rewrite !(H 0%nat), (H 1%nat), !(H (S q)), !(H (S (S q))) by lia.
    rewrite (IH k knots) by (intros; apply H; lia).
    rewrite (IH (S k) (tl knots)).
    2:{ intros j Hj. specialize (H (S j) ltac:(lia)). destruct knots; simpl in *.
        - rewrite <- plus_n_Sm in H. destruct j; exact H.
        - rewrite <- plus_n_Sm in H. exact H. }
    replace (k + 0)%nat with k by lia. replace (k + 1)%nat with (S k) by lia.
    replace (k + S (S q))%nat with (S k + S q)%nat by lia.
    rewrite !quotient_div; [reflexivity| |].
    + apply (knots_neq t Ht). lia.
    + apply (knots_neq t Ht). lia.
Qed.

Theorem certified_spline_is_truncated_powers : forall t, (forall i, t i < t (S i)) ->
  forall p k knots x, (forall j, (j <= S p)%nat -> nth j knots 0 = t (k + j)%nat) ->
  cox_de_boor p knots x
  = sum_from (fun j => weight t p k j * step_power p (x - t j)) k (S (S p)).
Proof.
  intros t Ht p k knots x H. rewrite (cox_de_boor_is_bspline t Ht p k) by assumption.
  apply bspline_to_truncated_power, Ht.
Qed.

(** A list of p + 2 increasing knots is enough: it goes on in steps of 1. *)
Definition extended (knots : list R) (j : nat) : R :=
  if Nat.ltb j (length knots) then nth j knots 0
  else nth (pred (length knots)) knots 0 + INR (S j - length knots).
Definition increasing_list (knots : list R) : Prop :=
  forall i, (S i < length knots)%nat -> nth i knots 0 < nth (S i) knots 0.

Lemma extended_increasing knots : increasing_list knots -> forall i, extended knots i < extended knots (S i).
Proof.
  intros H i. unfold extended.
  destruct (Nat.ltb_spec i (length knots)), (Nat.ltb_spec (S i) (length knots)); try lia.
  - apply H. lia.
  - replace (pred (length knots)) with i by lia.
    assert (0 < INR (S (S i) - length knots)) by (apply lt_0_INR; lia). lra.
  - assert (INR (S i - length knots) < INR (S (S i) - length knots)) by (apply lt_INR; lia). lra.
Qed.

Theorem listed_spline_is_truncated_powers : forall p knots x,
  length knots = (p + 2)%nat -> increasing_list knots ->
  cox_de_boor p knots x
  = sum_from (fun j => weight (extended knots) p 0 j * step_power p (x - nth j knots 0)) 0 (S (S p)).
Proof.
  intros p knots x L H.
  assert (E : forall j, (j <= S p)%nat -> nth j knots 0 = extended knots (0 + j)).
  { intros j Hj. unfold extended. simpl. destruct (Nat.ltb_spec j (length knots)); [reflexivity|lia]. }
  rewrite (certified_spline_is_truncated_powers _ (extended_increasing knots H) p 0 knots x E).
  apply sum_from_ext. intros j Hj. rewrite E by lia. reflexivity.
Qed.
