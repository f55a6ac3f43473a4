(** * Rule [bspline_to_truncated_power]

    For knots t_0 < t_1 < ... and every degree p, on all of R,

      B_{k,p}(x) = sum_{j=k}^{k+p+1} M_j s_p(x - t_j),
      M_j = (-1)^(p+1) (t_{k+p+1} - t_k) / prod_{l <> j} (t_j - t_l).

    Here B is defined by the recurrence of Cox and de Boor on half-open cells.

    Source: de Boor, A Practical Guide to Splines (2001), ch. IX; Curry and Schoenberg
    (1966); on KAN layers, Lemma 1 of Qiu et al., PowerMLP (2025).

    Only one law of truncated powers is used: z s_d(z) = s_{d+1}(z).  Plain powers obey it
    as well, and with them the same recurrence starts from 1 - 1 = 0: so
    sum_j M_j (x - t_j)^p = 0, which the local form needs. *)
From Coq Require Import Reals Lra Lia Arith.
From KanEquiv Require Import Relu.
Open Scope R_scope.

(** Cox-de Boor over a sequence of knots. *)
Fixpoint bspline (t : nat -> R) (p k : nat) (x : R) : R :=
  match p with
  | O => if Rle_dec (t k) x then if Rlt_dec x (t (S k)) then 1 else 0 else 0
  | S q => (x - t k) / (t (k + S q)%nat - t k) * bspline t q k x
         + (t (S k + S q)%nat - x) / (t (S k + S q)%nat - t (S k)) * bspline t q (S k) x
  end.

(** f a + f (a+1) + ... , n terms. *)
Fixpoint sum_from (f : nat -> R) (a n : nat) : R :=
  match n with O => 0 | S m => f a + sum_from f (S a) m end.

Lemma sum_from_ext f g a n : (forall j, (a <= j < a + n)%nat -> f j = g j) ->
  sum_from f a n = sum_from g a n.
Proof.
  revert a; induction n as [|n IH]; intros a H; simpl; [reflexivity|].
  rewrite (H a) by lia. f_equal. apply IH. intros j Hj. apply H. lia.
Qed.
Lemma sum_from_last f a n : sum_from f a (S n) = sum_from f a n + f (a + n)%nat.
Proof.
  revert a; induction n as [|n IH]; intros a.
  - simpl. replace (a + 0)%nat with a by lia. ring.
  - change (sum_from f a (S (S n))) with (f a + sum_from f (S a) (S n)).
    rewrite IH. simpl. replace (S (a + n)) with (a + S n)%nat by lia. ring.
Qed.
Lemma sum_from_plus f g a n :
  sum_from (fun j => f j + g j) a n = sum_from f a n + sum_from g a n.
Proof. revert a; induction n as [|n IH]; intros a; simpl; [ring|]. rewrite IH; ring. Qed.
Lemma sum_from_scale c f a n : sum_from (fun j => c * f j) a n = c * sum_from f a n.
Proof. revert a; induction n as [|n IH]; intros a; simpl; [ring|]. rewrite IH; ring. Qed.
Lemma sum_from_zero f a n : (forall j, (a <= j < a + n)%nat -> f j = 0) -> sum_from f a n = 0.
Proof.
  intros H. rewrite (sum_from_ext f (fun _ => 0)) by auto.
  clear H; revert a; induction n as [|n IH]; intros a; simpl; [ring|]. rewrite IH; ring.
Qed.

Section Knots.
Variable t : nat -> R.
Hypothesis increasing : forall i, t i < t (S i).

Lemma knots_lt i j : (i < j)%nat -> t i < t j.
Proof.
  intros H. induction H as [|j H IH]; [apply increasing|].
  eapply Rlt_trans; [exact IH|apply increasing].
Qed.
Lemma knots_le i j : (i <= j)%nat -> t i <= t j.
Proof. intros H. destruct (Nat.eq_dec i j) as [->|]; [lra|]. left; apply knots_lt; lia. Qed.
Lemma knots_neq i j : i <> j -> t i - t j <> 0.
Proof.
  intros H. destruct (Nat.lt_total i j) as [L|[E|L]]; [|contradiction|];
    pose proof (knots_lt _ _ L); lra.
Qed.

(** prod_{l = a, ..., a+n-1; l <> j} (t_j - t_l) *)
Definition factor (j l : nat) : R := if Nat.eq_dec j l then 1 else t j - t l.
Fixpoint others (j a n : nat) : R :=
  match n with O => 1 | S m => factor j a * others j (S a) m end.
Definition weight (p k j : nat) : R :=
  (-1) ^ S p * (t (k + S p)%nat - t k) / others j k (S (S p)).

Lemma factor_neq j l : factor j l <> 0.
Proof. unfold factor. destruct (Nat.eq_dec j l); [lra|apply knots_neq; auto]. Qed.
Lemma others_neq j a n : others j a n <> 0.
Proof.
  revert a; induction n as [|n IH]; intros a; simpl; [lra|].
  apply Rmult_integral_contrapositive; split; [apply factor_neq|apply IH].
Qed.
Lemma others_last j a n : others j a (S n) = others j a n * factor j (a + n)%nat.
Proof.
  revert a; induction n as [|n IH]; intros a.
  - simpl. replace (a + 0)%nat with a by lia. ring.
  - change (others j a (S (S n))) with (factor j a * others j (S a) (S n)).
    rewrite IH. simpl. replace (S (a + n)) with (a + S n)%nat by lia. ring.
Qed.

(** ** One step of the recurrence, for any family with z phi_d(z) = phi_{d+1}(z) *)
Section Family.
Variable phi : nat -> R -> R.
Hypothesis phi_S : forall d z, z * phi d z = phi (S d) z.

Definition combination (p k : nat) (x : R) : R :=
  sum_from (fun j => weight p k j * phi p (x - t j)) k (S (S p)).

(** The coefficients of M_{q+1} from those of M_q; the terms of lower degree cancel.
    [inner] is the product over the knots that both functions share. *)
Lemma weights_step q k j x :
  (k <= j <= S k + S q)%nat ->
  (x - t k) / (t (k + S q)%nat - t k)
    * ((if Nat.eq_dec j (S k + S q) then 0 else weight q k j) * phi q (x - t j))
  + (t (S k + S q)%nat - x) / (t (S k + S q)%nat - t (S k))
    * ((if Nat.eq_dec j k then 0 else weight q (S k) j) * phi q (x - t j))
  = weight (S q) k j * phi (S q) (x - t j).
Proof.
  intros Hj. rewrite <- phi_S. set (F := phi q (x - t j)). set (e := (S k + S q)%nat) in *.
  pose proof (knots_neq (k + S q)%nat k ltac:(lia)) as D1.
  pose proof (knots_neq e (S k) ltac:(unfold e; lia)) as D2.
  pose proof (knots_neq e k ltac:(unfold e; lia)) as D3.
  set (inner := others j (S k) (S q)).
  assert (Hin : inner <> 0) by apply others_neq.
  assert (Ea : weight q k j = (-1) ^ S q * (t (k + S q)%nat - t k) / (factor j k * inner))
    by reflexivity.
  assert (Eb : weight q (S k) j = (-1) ^ S q * (t e - t (S k)) / (inner * factor j e)).
  { unfold weight. rewrite others_last. reflexivity. }
  assert (Ec : weight (S q) k j
             = (-1) ^ S q * (t k - t e) / (factor j k * (inner * factor j e))).
  { unfold weight. replace (k + S (S q))%nat with e by (unfold e; lia).
    change (others j k (S (S (S q)))) with (factor j k * others j (S k) (S (S q))).
    rewrite others_last. fold inner. replace (S k + S q)%nat with e by reflexivity.
    change ((-1) ^ S (S q)) with (-1 * (-1) ^ S q). unfold Rdiv. ring. }
  rewrite Ea, Eb, Ec. set (s := (-1) ^ S q).
  destruct (Nat.eq_dec j e) as [Je|Je]; [|destruct (Nat.eq_dec j k) as [Jk|Jk]].
  - assert (Jk : j <> k) by (unfold e in *; lia).
    destruct (Nat.eq_dec j k) as [?|_]; [contradiction|].
    assert (factor j e = 1) as -> by (unfold factor; destruct (Nat.eq_dec j e); [reflexivity|contradiction]).
    assert (factor j k = t e - t k) as ->
      by (unfold factor; destruct (Nat.eq_dec j k); [contradiction|subst j; reflexivity]).
    rewrite Je. field. repeat split; auto.
  - assert (factor j k = 1) as -> by (unfold factor; destruct (Nat.eq_dec j k); [reflexivity|contradiction]).
    assert (factor j e = t k - t e) as ->
      by (unfold factor; destruct (Nat.eq_dec j e); [contradiction|subst j; reflexivity]).
    assert (t k - t e <> 0) by (apply knots_neq; unfold e; lia).
    rewrite Jk. field. repeat split; auto.
  - assert (factor j k = t j - t k) as ->
      by (unfold factor; destruct (Nat.eq_dec j k); [contradiction|reflexivity]).
    assert (factor j e = t j - t e) as ->
      by (unfold factor; destruct (Nat.eq_dec j e); [contradiction|reflexivity]).
    pose proof (knots_neq j k Jk). pose proof (knots_neq j e Je).
    field. repeat split; auto.
Qed.

Lemma combination_S q k x :
  combination (S q) k x
  = (x - t k) / (t (k + S q)%nat - t k) * combination q k x
  + (t (S k + S q)%nat - x) / (t (S k + S q)%nat - t (S k)) * combination q (S k) x.
Proof.
  unfold combination at 1. erewrite sum_from_ext.
  2:{ intros j Hj. symmetry. apply (weights_step q k j x). lia. }
  rewrite sum_from_plus, !sum_from_scale. f_equal; f_equal.
  - rewrite sum_from_last. replace (k + S (S q))%nat with (S k + S q)%nat by lia.
    destruct (Nat.eq_dec (S k + S q) (S k + S q)) as [_|N]; [|contradiction].
    rewrite Rmult_0_l, Rplus_0_r. apply sum_from_ext. intros j Hj.
    destruct (Nat.eq_dec j (S k + S q)); [lia|reflexivity].
  - change (sum_from ?f k (S (S (S q)))) with (f k + sum_from f (S k) (S (S q))). cbv beta.
    destruct (Nat.eq_dec k k) as [_|N]; [|contradiction].
    rewrite Rmult_0_l, Rplus_0_l. apply sum_from_ext. intros j Hj.
    destruct (Nat.eq_dec j k); [lia|reflexivity].
Qed.

Lemma combination_0 k x : combination 0 k x = phi 0 (x - t k) - phi 0 (x - t (S k)).
Proof.
  unfold combination, weight. simpl. unfold factor.
  destruct (Nat.eq_dec k k) as [_|N]; [|contradiction].
  destruct (Nat.eq_dec k (S k)) as [N|_]; [lia|].
  destruct (Nat.eq_dec (S k) k) as [N|_]; [lia|].
  destruct (Nat.eq_dec (S k) (S k)) as [_|N]; [|contradiction].
  replace (k + 1)%nat with (S k) by lia. pose proof (increasing k). field. lra.
Qed.
End Family.

Theorem bspline_to_truncated_power : forall p k x,
  bspline t p k x
  = sum_from (fun j => weight p k j * step_power p (x - t j)) k (S (S p)).
Proof.
  intros p. change (forall k x, bspline t p k x = combination step_power p k x).
  induction p as [|q IH]; intros k x.
  - rewrite combination_0 by apply step_power_S. pose proof (increasing k).
    unfold bspline, step_power. simpl.
    destruct (Rle_dec (t k) x), (Rlt_dec x (t (S k))),
      (Rle_dec 0 (x - t k)), (Rle_dec 0 (x - t (S k))); lra.
  - rewrite combination_S by apply step_power_S. simpl bspline. rewrite !IH. reflexivity.
Qed.

(** In units of an MLP, for p >= 1. *)
Corollary bspline_is_relu_power : forall p k x, (1 <= p)%nat ->
  bspline t p k x = sum_from (fun j => weight p k j * relu (x - t j) ^ p) k (S (S p)).
Proof.
  intros p k x Hp. rewrite bspline_to_truncated_power. apply sum_from_ext.
  intros j _. rewrite step_power_relu by auto. reflexivity.
Qed.

(** The weights annihilate polynomials of degree p: right of its support a B-spline is 0. *)
Theorem weights_annihilate_powers : forall p k x,
  sum_from (fun j => weight p k j * (x - t j) ^ p) k (S (S p)) = 0.
Proof.
  set (phi := fun (d : nat) (z : R) => z ^ d). intros p.
  assert (L : forall d z, z * phi d z = phi (S d) z) by reflexivity.
  change (forall k x, combination phi p k x = 0).
  induction p as [|q IH]; intros k x.
  - rewrite combination_0 by exact L. unfold phi. simpl. ring.
  - rewrite combination_S by exact L. rewrite !IH. ring.
Qed.
End Knots.
