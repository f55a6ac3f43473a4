(** * Rational arithmetic of the checker, and its meaning in R

    Rationals are fractions of integers that need not be reduced; every operation states the
    real number it computes.  Fractions with equal denominators are added and compared as they
    are, and a product with 1 or -1 is not worked out, which are the common cases; otherwise
    results are reduced. *)
From Coq Require Import ZArith QArith Qreals Reals List Bool Lra Lia.
Open Scope R_scope.

Definition reduced (a : Q) : Q :=
  let g := Z.gcd (Qnum a) (Zpos (Qden a)) in
  if Z.eqb g 1 then a else Qmake (Qnum a / g) (Z.to_pos (Zpos (Qden a) / g)).

Lemma reduced_eq a : (reduced a == a)%Q.
Proof.
  destruct a as [n d]. unfold reduced, Qeq; cbn [Qnum Qden].
  set (g := Z.gcd n (Zpos d)).
  assert (Hg : (0 < g)%Z).
  { pose proof (Z.gcd_nonneg n (Zpos d)). fold g in H.
    enough (g <> 0)%Z by lia. intros E. apply Z.gcd_eq_0_r in E. discriminate. }
  destruct (Z.eqb g 1); [reflexivity|]. cbn [Qnum Qden].
  destruct (Z.gcd_divide_l n (Zpos d)) as [n' Hn]. fold g in Hn.
  destruct (Z.gcd_divide_r n (Zpos d)) as [d' Hd]. fold g in Hd.
  assert (0 < d')%Z by nia. clearbody g.
  assert (n / g = n')%Z as -> by (subst n; apply Z.div_mul; lia).
  assert (Zpos d / g = d')%Z as -> by (rewrite Hd; apply Z.div_mul; lia).
  rewrite Z2Pos.id by lia. rewrite Hd, Hn. ring.
Qed.

Definition is_zero (a : Q) : bool := Z.eqb (Qnum a) 0.
Definition plus (a b : Q) : Q :=
  if is_zero a then b else if is_zero b then a
  else if Pos.eqb (Qden a) (Qden b) then Qmake (Qnum a + Qnum b) (Qden a)
  else reduced (Qplus a b).
Definition is_integer (a : Q) : bool := Pos.eqb (Qden a) 1.
Definition is_one (a : Q) : bool := is_integer a && Z.eqb (Qnum a) 1.
Definition is_unit (a : Q) : bool := is_integer a && Z.eqb (Z.abs (Qnum a)) 1.
Definition times (a b : Q) : Q :=
  if is_one a then b else if is_one b then a
  else if is_unit a || is_unit b || is_integer a && is_integer b then Qmult a b
  else reduced (Qmult a b).
Definition opposite (a : Q) : Q := Qmake (- Qnum a) (Qden a).
Definition minus (a b : Q) : Q := plus a (opposite b).
Definition divided (a b : Q) : Q := reduced (Qmult a (Qinv b)).
Definition less (a b : Q) : bool := Z.ltb (Qnum a * Zpos (Qden b)) (Qnum b * Zpos (Qden a)).
Definition compare (a b : Q) : comparison :=
  if Pos.eqb (Qden a) (Qden b) then Z.compare (Qnum a) (Qnum b)
  else Z.compare (Qnum a * Zpos (Qden b)) (Qnum b * Zpos (Qden a)).
Definition equal (a b : Q) : bool :=
  if Pos.eqb (Qden a) (Qden b) then Z.eqb (Qnum a) (Qnum b)
  else Z.eqb (Qnum a * Zpos (Qden b)) (Qnum b * Zpos (Qden a)).
Fixpoint power (a : Q) (k : nat) : Q :=
  match k with O => 1%Q | S j => times a (power a j) end.

Lemma val_0 : Q2R 0 = 0. Proof. unfold Q2R; simpl; lra. Qed.
Lemma val_1 : Q2R 1 = 1. Proof. unfold Q2R; simpl; lra. Qed.
Lemma val_reduced a : Q2R (reduced a) = Q2R a.
Proof. apply Qeq_eqR, reduced_eq. Qed.
Lemma val_is_zero a : is_zero a = true <-> Q2R a = 0.
Proof.
  unfold is_zero, Q2R. rewrite Z.eqb_eq. split.
  - intros ->. simpl. lra.
  - intros H. apply Rmult_integral in H. destruct H as [H|H].
    + apply eq_IZR. exact H.
    + exfalso. apply Rinv_neq_0_compat in H; [exact H|]. apply not_0_IZR. discriminate.
Qed.
Lemma val_plus a b : Q2R (plus a b) = Q2R a + Q2R b.
Proof.
  unfold plus. destruct (is_zero a) eqn:A; [apply val_is_zero in A; lra|].
  destruct (is_zero b) eqn:B; [apply val_is_zero in B; lra|].
  destruct (Pos.eqb_spec (Qden a) (Qden b)) as [E|_].
  - unfold Q2R; simpl. rewrite plus_IZR, <- E. lra.
  - rewrite val_reduced. apply Q2R_plus.
Qed.
Lemma val_is_one a : is_one a = true -> Q2R a = 1.
Proof.
  intros E. apply andb_prop in E. destruct E as [D E]. apply Pos.eqb_eq in D. apply Z.eqb_eq in E.
  unfold Q2R. rewrite D, E. lra.
Qed.
Lemma val_times a b : Q2R (times a b) = Q2R a * Q2R b.
Proof.
  unfold times. destruct (is_one a) eqn:A; [rewrite (val_is_one a A); lra|].
  destruct (is_one b) eqn:B; [rewrite (val_is_one b B); lra|].
  destruct (_ || _); [|rewrite val_reduced]; apply Q2R_mult.
Qed.
Lemma val_opposite a : Q2R (opposite a) = - Q2R a.
Proof. unfold opposite, Q2R; simpl. rewrite opp_IZR. lra. Qed.
Lemma val_minus a b : Q2R (minus a b) = Q2R a - Q2R b.
Proof. unfold minus. rewrite val_plus, val_opposite. lra. Qed.
Lemma val_divided a b : Q2R b <> 0 -> Q2R (divided a b) = Q2R a / Q2R b.
Proof.
  intros H. unfold divided. rewrite val_reduced, Q2R_mult, Q2R_inv; [reflexivity|].
  intros E. apply H. rewrite <- val_0. apply Qeq_eqR, E.
Qed.
Lemma val_power a k : Q2R (power a k) = Q2R a ^ k.
Proof. induction k as [|k IH]; simpl; [apply val_1|]. rewrite val_times, IH. reflexivity. Qed.

Lemma val_less a b : less a b = true <-> Q2R a < Q2R b.
Proof.
  unfold less. rewrite Z.ltb_lt. split; [apply Qlt_Rlt|apply Rlt_Qlt].
Qed.
Lemma val_not_less a b : less a b = false <-> Q2R b <= Q2R a.
Proof.
  split.
  - intros H. apply Rnot_lt_le. intros L. apply val_less in L. congruence.
  - intros H. destruct (less a b) eqn:E; [|reflexivity]. apply val_less in E. lra.
Qed.
Lemma val_equal a b : equal a b = true <-> Q2R a = Q2R b.
Proof.
  transitivity (a == b)%Q; [|split; [apply Qeq_eqR|apply eqR_Qeq]].
  unfold equal, Qeq. destruct (Pos.eqb_spec (Qden a) (Qden b)) as [->|_]; rewrite Z.eqb_eq; [nia|tauto].
Qed.
Lemma val_not_equal a b : equal a b = false <-> Q2R a <> Q2R b.
Proof.
  rewrite <- val_equal. destruct (equal a b); split; congruence.
Qed.
Lemma val_compare a b : compare a b = Eq -> Q2R a = Q2R b.
Proof.
  unfold compare. destruct (Pos.eqb_spec (Qden a) (Qden b)) as [E|_]; intros H;
    apply Z.compare_eq in H; apply Qeq_eqR; unfold Qeq; [congruence|exact H].
Qed.

(** Deciding a comparison of rationals in a proof about reals. *)
Ltac decide_less a b :=
  let H := fresh "L" in
  destruct (less a b) eqn:H; [apply val_less in H|apply val_not_less in H].

(** ** The larger of two *)
Definition larger (a b : Q) : Q := if less a b then b else a.
Lemma val_larger a b : Q2R (larger a b) = Rmax (Q2R a) (Q2R b).
Proof. unfold larger. decide_less a b; unfold Rmax; destruct (Rle_dec _ _); lra. Qed.

(** ** A common denominator *)
Definition divides (m : Z) (q : Q) : Prop := (Zpos (Qden q) | m)%Z.
Definition common_denominator (qs : list Q) : Z := fold_left (fun m q => Z.lcm m (Zpos (Qden q))) qs 1%Z.
Lemma common_from qs : forall m, (0 < m)%Z ->
  let c := fold_left (fun m q => Z.lcm m (Zpos (Qden q))) qs m in
  (0 < c)%Z /\ (m | c)%Z /\ forall q, In q qs -> divides c q.
Proof.
  induction qs as [|q qs IH]; intros m M; cbn [fold_left].
  - repeat split; [exact M|apply Z.divide_refl|intros ? []].
  - assert (P : (0 < Z.lcm m (Zpos (Qden q)))%Z).
    { pose proof (Z.lcm_nonneg m (Zpos (Qden q))). enough (Z.lcm m (Zpos (Qden q)) <> 0)%Z by lia.
      intros E. apply Z.lcm_eq_0 in E. lia. }
    destruct (IH _ P) as (C & D & A). split; [exact C|]. split.
    + eapply Z.divide_trans; [apply Z.divide_lcm_l|exact D].
    + intros r [<-|R]; [|apply A, R]. eapply Z.divide_trans; [apply Z.divide_lcm_r|exact D].
Qed.
Lemma common_pos qs : (0 < common_denominator qs)%Z.
Proof. apply (common_from qs 1). lia. Qed.
Lemma common_ok qs q : In q qs -> divides (common_denominator qs) q.
Proof. apply (common_from qs 1). lia. Qed.
