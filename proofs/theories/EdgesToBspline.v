(** * Rule [edges_to_bspline]

    On an interval between two knots a polynomial of degree at most p is the sum of the p + 1
    B-splines that live there, each times the blossom at its inner knots.  So piecewise
    polynomials on a grid are combinations of B-splines, and the coefficient of B_k may be
    taken from the piece on any cell of its support.

    A blossom is a symmetric function of p arguments that is affine in each of them; on the
    diagonal it is the polynomial.  Sources: Ramshaw, Blossoms are polar forms (1989); the
    recurrence is de Boor's algorithm. *)
From Coq Require Import Reals List Lra Lia Permutation.
From KanEquiv Require Import BsplineToTruncatedPower.
Import ListNotations.
Open Scope R_scope.

Section Blossom.
Variable t : nat -> R.
Hypothesis increasing : forall i, t i < t (S i).

(** B_k vanishes left of its first knot and from its last one on. *)
Lemma bspline_left q : forall k x, x < t k -> bspline t q k x = 0.
Proof.
  induction q as [|q IH]; intros k x H; simpl.
  - destruct (Rle_dec (t k) x); [lra|reflexivity].
  - pose proof (increasing k). rewrite (IH k), (IH (S k)) by lra. ring.
Qed.
Lemma bspline_right q : forall k x, t (k + S q)%nat <= x -> bspline t q k x = 0.
Proof.
  induction q as [|q IH]; intros k x H.
  - simpl. replace (k + 1)%nat with (S k) in H by lia.
    destruct (Rle_dec (t k) x); [destruct (Rlt_dec x (t (S k))); [lra|]|]; reflexivity.
  - assert (L : t (k + S q)%nat <= x).
    { pose proof (increasing (k + S q)). replace (k + S (S q))%nat with (S (k + S q)) in H by lia. lra. }
    cbn [bspline]. rewrite (IH k x L), (IH (S k) x).
    + ring.
    + replace (S k + S q)%nat with (k + S (S q))%nat by lia. exact H.
Qed.

Variable F : list R -> R.
Hypothesis symmetric : forall l m, Permutation l m -> F l = F m.
Hypothesis affine : forall c u v l, F ((c * u + (1 - c) * v) :: l) = c * F (u :: l) + (1 - c) * F (v :: l).

Definition inner (k q : nat) : list R := map t (seq (S k) q).
Variable x : R.
(** The blossom at the inner knots of B_{k,q}, and otherwise at x. *)
Definition coefficient (p q k : nat) : R := F (repeat x (p - q) ++ inner k q).

Lemma coefficient_step p q k : (S q <= p)%nat ->
  coefficient p q (S k) =
    (x - t (S k)) / (t (S k + S q)%nat - t (S k)) * coefficient p (S q) (S k)
    + (t (S k + S q)%nat - x) / (t (S k + S q)%nat - t (S k)) * coefficient p (S q) k.
Proof.
  intros Hp. set (u := t (S k + S q)%nat). set (v := t (S k)).
  assert (Huv : v < u) by (apply knots_lt; [assumption|lia]).
  set (l := repeat x (p - S q) ++ inner (S k) q).
  assert (E0 : coefficient p q (S k) = F (x :: l)).
  { unfold coefficient, l. replace (p - q)%nat with (S (p - S q)) by lia. reflexivity. }
  assert (E1 : coefficient p (S q) (S k) = F (u :: l)).
  { unfold coefficient, l, inner. apply symmetric.
    rewrite seq_S, map_app. cbn [map]. replace (S (S k) + q)%nat with (S k + S q)%nat by lia.
    change (t (S k + S q)%nat) with u. rewrite app_assoc. symmetry.
    apply Permutation_cons_append. }
  assert (E2 : coefficient p (S q) k = F (v :: l)).
  { unfold coefficient, l, inner. apply symmetric. simpl seq. simpl map. fold v.
    symmetry. apply Permutation_middle. }
  rewrite E0, E1, E2.
  replace x with ((x - v) / (u - v) * u + (1 - (x - v) / (u - v)) * v) at 1 by (field; lra).
  rewrite affine. f_equal. f_equal. field. lra.
Qed.

Lemma blossom_sum p : forall q a, (q <= p)%nat -> t (a + q)%nat <= x < t (S (a + q)) ->
  sum_from (fun k => coefficient p q k * bspline t q k x) a (S q) = F (repeat x p).
Proof.
  induction q as [|q IH]; intros a Hq Hx.
  - unfold coefficient, inner. simpl. replace (a + 0)%nat with a in Hx by lia.
    rewrite app_nil_r. replace (p - 0)%nat with p by lia.
    destruct (Rle_dec (t a) x); [|lra]. destruct (Rlt_dec x (t (S a))); [|lra]. ring.
  - rewrite <- (IH (S a)) by (try lia; replace (S a + q)%nat with (a + S q)%nat by lia; exact Hx).
    set (f k := (x - t k) / (t (k + S q)%nat - t k)).
    set (g k := (t (k + S q)%nat - x) / (t (k + S q)%nat - t k)).
    assert (E : forall n b, (S (b + n) <= S (a + S (S q)))%nat -> (a <= b)%nat ->
      sum_from (fun k => coefficient p (S q) k * bspline t (S q) k x) b n
      = sum_from (fun k => (f (S k) * coefficient p (S q) (S k) + g (S k) * coefficient p (S q) k)
                           * bspline t q (S k) x) b n
        + f b * coefficient p (S q) b * bspline t q b x
        - f (b + n)%nat * coefficient p (S q) (b + n)%nat * bspline t q (b + n)%nat x).
    { induction n as [|n IHn]; intros b Hb Hab.
      - simpl. replace (b + 0)%nat with b by lia. ring.
      - cbn [sum_from]. rewrite IHn by lia. replace (S b + n)%nat with (b + S n)%nat by lia.
        cbn [bspline]. unfold f at 4, g at 2. ring_simplify. unfold f, g. ring. }
    rewrite (E (S (S q)) a) by lia.
    rewrite (bspline_right q a x).
    2: { replace (a + S q)%nat with (a + S q)%nat by lia. apply Hx. }
    rewrite (bspline_left q (a + S (S q)) x).
    2: { replace (a + S (S q))%nat with (S (a + S q)) by lia. apply Hx. }
    rewrite sum_from_last. rewrite (bspline_left q (S (a + S q)) x) by apply Hx.
    assert (Shift : forall n b, sum_from (fun k => coefficient p q k * bspline t q k x) (S b) n
      = sum_from (fun k => (f (S k) * coefficient p (S q) (S k) + g (S k) * coefficient p (S q) k)
                           * bspline t q (S k) x) b n).
    { induction n as [|n IHn]; intros b; [reflexivity|]. cbn [sum_from]. rewrite IHn.
      rewrite (coefficient_step p q b) by lia. reflexivity. }
    rewrite Shift. ring.
Qed.
End Blossom.

(** All on a cell [t_j, t_{j+1}) with p knots before it. *)
Theorem edges_to_bspline : forall t, (forall i, t i < t (S i)) ->
  forall F, (forall l m, Permutation l m -> F l = F m) ->
  (forall c u v l, F ((c * u + (1 - c) * v) :: l) = c * F (u :: l) + (1 - c) * F (v :: l)) ->
  forall p a x, t (a + p)%nat <= x < t (S (a + p)) ->
  sum_from (fun k => F (inner t k p) * bspline t p k x) a (S p) = F (repeat x p).
Proof.
  intros t H F Hs Ha p a x Hx. rewrite <- (blossom_sum t H F Hs Ha x p p a) by (auto; lia).
  apply sum_from_ext. intros k _. unfold coefficient. replace (p - p)%nat with 0%nat by lia.
  reflexivity.
Qed.
