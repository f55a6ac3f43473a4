(** * Rule [edges_to_bspline]

    On an interval between two knots a polynomial of degree at most p is the sum of the p + 1
    B-splines that live there, each times the blossom at its inner knots.  So piecewise
    polynomials on a grid are combinations of B-splines, and the coefficient of B_k may be
    taken from the piece on any cell of its support.

    A blossom is a symmetric function of p arguments that is affine in each of them; on the
    diagonal it is the polynomial.  Sources: Ramshaw, Blossoms are polar forms (1989); the
    recurrence is de Boor's algorithm. *)
From Coq Require Import Reals List Lra Lia Permutation.
From KanEquiv Require Import BsplineToTruncatedPower Polynomials.
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

(** ** Every polynomial of degree at most p has a blossom

    That of x^k is the k-th elementary symmetric function of p arguments over its number of terms. *)
Fixpoint symmetric_sum (k : nat) (l : list R) : R :=
  match k, l with
  | O, _ => 1
  | _, [] => 0
  | S j, a :: l' => a * symmetric_sum j l' + symmetric_sum k l'
  end.
Lemma symmetric_sum_0 l : symmetric_sum 0 l = 1.
Proof. destruct l; reflexivity. Qed.
Lemma symmetric_sum_permute l m : Permutation l m -> forall k, symmetric_sum k l = symmetric_sum k m.
Proof.
  induction 1 as [|a l m _ IH|a b l|l m n _ IH1 _ IH2]; intros k.
  - reflexivity.
  - destruct k as [|k]; simpl; [reflexivity|]. rewrite !IH. reflexivity.
  - destruct k as [|[|k]]; simpl; rewrite ?symmetric_sum_0; ring.
  - rewrite IH1. apply IH2.
Qed.
Lemma symmetric_sum_affine k c u v l :
  symmetric_sum k ((c * u + (1 - c) * v) :: l)
  = c * symmetric_sum k (u :: l) + (1 - c) * symmetric_sum k (v :: l).
Proof. destruct k; simpl; rewrite ?symmetric_sum_0; ring. Qed.
Lemma symmetric_sum_diagonal x p : forall k,
  symmetric_sum k (repeat x p) = symmetric_sum k (repeat 1 p) * x ^ k.
Proof.
  induction p as [|p IH]; intros [|k]; simpl; try ring. rewrite (IH k), (IH (S k)). simpl. ring.
Qed.
Lemma symmetric_sum_pos p : forall k, (k <= p)%nat -> 0 < symmetric_sum k (repeat 1 p).
Proof.
  induction p as [|p IH]; intros [|k] H; simpl; try lra; [lia|].
  assert (N : forall q j, 0 <= symmetric_sum j (repeat 1 q)).
  { clear. induction q as [|q IH]; intros [|j]; simpl; try lra.
    pose proof (IH j). pose proof (IH (S j)). lra. }
  pose proof (IH k ltac:(lia)). pose proof (N p (S k)). lra.
Qed.

(** sum_k c_k x^k, k counting from d. *)
Fixpoint blossom (p d : nat) (c : list R) (l : list R) : R :=
  match c with
  | [] => 0
  | a :: c' => a / symmetric_sum d (repeat 1 p) * symmetric_sum d l + blossom p (S d) c' l
  end.
Lemma blossom_permute p l m c : Permutation l m -> forall d, blossom p d c l = blossom p d c m.
Proof.
  intros H. induction c as [|a c IH]; intros d; simpl; [reflexivity|].
  rewrite IH, (symmetric_sum_permute l m H). reflexivity.
Qed.
Lemma blossom_affine p e u v l c : forall d, blossom p d c ((e * u + (1 - e) * v) :: l)
  = e * blossom p d c (u :: l) + (1 - e) * blossom p d c (v :: l).
Proof.
  induction c as [|a c IH]; intros d; cbn [blossom]; [ring|]. rewrite IH, symmetric_sum_affine. ring.
Qed.
Lemma blossom_diagonal p x c : forall d, (d + length c <= S p)%nat ->
  blossom p d c (repeat x p) = x ^ d * peval c x.
Proof.
  induction c as [|a c IH]; intros d H; simpl in *; [ring|]. rewrite IH by lia.
  rewrite (symmetric_sum_diagonal x p d). pose proof (symmetric_sum_pos p d ltac:(lia)). simpl. field. lra.
Qed.

(** On the cell [t_j, t_{j+1}), every polynomial of degree at most p is a sum of p + 1 B-splines. *)
Theorem polynomial_is_bsplines : forall t, (forall i, t i < t (S i)) ->
  forall p c, (length c <= S p)%nat -> forall a x, t (a + p)%nat <= x < t (S (a + p)) ->
  peval c x = sum_from (fun k => blossom p 0 c (inner t k p) * bspline t p k x) a (S p).
Proof.
  intros t H p c L a x Hx. rewrite (edges_to_bspline t H (blossom p 0 c)); [|..|exact Hx].
  - rewrite blossom_diagonal by exact L. simpl. ring.
  - intros l m E. apply blossom_permute, E.
  - intros. apply blossom_affine.
Qed.
