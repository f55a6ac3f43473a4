(** * No network with one hidden layer has fewer units, any degree

    Let sum_i a_i s_p(h_i(x)) have different hyperplanes h_i and weights a_i <> 0.  Whatever units
    sum_j b_j s_p(k_j(x)) and whatever polynomials P and Q, if

      P(x) + sum_i a_i s_p(h_i(x)) = Q(x) + sum_j b_j s_p(k_j(x)) on R^n,

    there are at least as many j as i.  One after the other the units on the right are brought to
    the left.  Each of them changes the weight of one hyperplane at most, and in the end all weights
    are 0 by independence.

    Source: Pinkus, Ridge Functions (2015), chapter 3. *)
From Coq Require Import Reals List Lra Lia.
From KanEquiv Require Import Relu Vectors Polynomials NormalizeUnits HingesIndependent.
Import ListNotations.
Open Scope R_scope.

Section Degree.
Variables p n : nat.
Hypothesis degree : (1 <= p)%nat.

(** ** Polynomials in several variables, seen on lines *)
Notation poly := (polynomial_on_lines n).
Lemma poly_plus f g : poly f -> poly g -> poly (fun x => f x + g x).
Proof. intros F G x v Hx Hv. exact (polynomial_plus _ _ (F x v Hx Hv) (G x v Hx Hv)). Qed.
Lemma poly_scale a f : poly f -> poly (fun x => a * f x).
Proof. intros F x v Hx Hv. exact (polynomial_scale a _ (F x v Hx Hv)). Qed.
Lemma poly_zero : poly (fun _ => 0).
Proof. intros x v _ _. exists []. reflexivity. Qed.
Lemma poly_height h : poly (fun x => height h x ^ p).
Proof.
  intros x v _ _. destruct (Req_dec (dot (fst h) v) 0) as [E|N].
  - exists [height h x ^ p]. intros t. unfold height. rewrite dot_line, E. simpl.
    rewrite Rmult_0_r, !Rplus_0_r. ring.
  - apply (polynomial_ext (fun t => dot (fst h) v ^ p * (t + height h x / dot (fst h) v) ^ p)).
    + intros t. rewrite <- Rpow_mult_distr. f_equal. unfold height. rewrite dot_line. field. exact N.
    + apply polynomial_scale, polynomial_power.
Qed.

(** ** One hyperplane is a multiple of another, or not *)
Lemma vscale_injective w r s : ~ all_zero w -> vscale r w = vscale s w -> r = s.
Proof.
  induction w as [|c w IH]; simpl; intros Hw E; [contradiction Hw; constructor|].
  injection E as E0 E1. destruct (Req_dec c 0) as [->|Nc].
  - apply IH; [|exact E1]. intros Z. apply Hw. constructor; auto.
  - apply Rmult_eq_reg_r with c; auto.
Qed.
Lemma multiple_or_not (h k : hyperplane) : ~ all_zero (fst k) -> {multiple h k} + {~ multiple h k}.
Proof.
  destruct h as [v a], k as [w b]. simpl. intros Hw.
  set (r := fold_right (fun vw s => if Req_EM_T (snd vw) 0 then s else fst vw / snd vw) 0 (combine v w)).
  destruct (list_eq_dec Req_EM_T v (vscale r w)) as [E|N].
  - destruct (Req_EM_T a (r * b)) as [Ea|Na]; [left; exists r; auto|right].
    intros (s & Es & Eb). simpl in *. apply Na. rewrite Eb. f_equal. rewrite E in Es.
    symmetry. exact (vscale_injective w r s Hw Es).
  - right. intros (s & Es & _). simpl in Es. apply N. rewrite Es. f_equal. unfold r. rewrite Es. clear - Hw.
    induction w as [|c w IH]; simpl in *; [contradiction Hw; constructor|].
    destruct (Req_EM_T c 0) as [->|Nc]; [|field; exact Nc].
    apply IH. intros Z. apply Hw. constructor; auto.
Qed.
Lemma height_multiple r (h k : hyperplane) x : fst h = vscale r (fst k) -> snd h = r * snd k ->
  height h x = r * height k x.
Proof. intros E Eb. unfold height. rewrite E, Eb, dot_vscale. ring. Qed.
Lemma unit_of_multiple h k : multiple h k ->
  exists c P, poly P /\ forall x, relu (height h x) ^ p = c * relu (height k x) ^ p + P x.
Proof.
  intros (r & E & Eb). destruct (Rle_or_lt 0 r).
  - exists (r ^ p), (fun _ => 0). split; [apply poly_zero|]. intros x.
    rewrite (height_multiple r h k x E Eb), unit_scale by assumption. ring.
  - exists (- ((- r) ^ p * (-1) ^ p)), (fun x => (- r) ^ p * (-1) ^ p * height k x ^ p).
    split; [apply poly_scale, poly_height|]. intros x.
    rewrite (height_multiple r h k x E Eb). replace (r * height k x) with (- r * - height k x) by ring.
    rewrite unit_scale, unit_turn by (auto; lra). ring.
Qed.
Lemma unit_constant (h : hyperplane) : all_zero (fst h) -> poly (fun x => relu (height h x) ^ p).
Proof.
  intros Z x v _ _. assert (D : forall y, dot (fst h) y = 0).
  { induction Z as [|c w Hc _ IH]; intros [|z y]; simpl; auto. rewrite Hc, IH. ring. }
  exists [relu (height h x) ^ p]. intros t. unfold height. rewrite !D. simpl. ring.
Qed.

(** ** One more unit *)
Definition count (us : list (R * hyperplane)) : nat :=
  length (filter (fun u => if Req_EM_T (fst u) 0 then false else true) us).
Lemma all_zero_or_not w : {all_zero w} + {~ all_zero w}.
Proof. apply Forall_dec. intros c. apply Req_EM_T. Qed.

Lemma merge_unit b (k : hyperplane) us : length (fst k) = n -> different n (map snd us) ->
  exists vs P, different n (map snd vs) /\ poly P /\ (count us <= S (count vs))%nat /\
    forall x, unit_sum p us x + b * relu (height k x) ^ p = unit_sum p vs x + P x.
Proof.
  intros L. destruct (all_zero_or_not (fst k)) as [Z|N].
  { intros Hd. exists us, (fun x => b * relu (height k x) ^ p).
    split; [assumption|]. split; [apply poly_scale, unit_constant, Z|]. split; [lia|reflexivity]. }
  (* The unit either meets a hyperplane of the list, or is put before it. *)
  assert (M : forall us, Forall (fun u => length (fst (snd u)) = n /\ ~ all_zero (fst (snd u))) us ->
    (Forall (fun u => ~ multiple k (snd u)) us) \/
    (exists vs P, map snd vs = map snd us /\ poly P /\ (count us <= S (count vs))%nat /\
       forall x, unit_sum p us x + b * relu (height k x) ^ p = unit_sum p vs x + P x)).
  { clear us. induction us as [|[a h] us IH]; intros H; [left; constructor|].
    destruct (Forall_inv H) as [_ Nh]. pose proof (Forall_inv_tail H) as H'. simpl in Nh. destruct (multiple_or_not k h Nh) as [Y|No].
    - right. destruct (unit_of_multiple k h Y) as (c & P & HP & E).
      exists ((a + b * c, h) :: us), (fun x => b * P x). split; [reflexivity|].
      split; [apply poly_scale, HP|]. split.
      + unfold count. simpl. destruct (Req_EM_T a 0), (Req_EM_T (a + b * c) 0); simpl; lia.
      + intros x. simpl. rewrite E. ring.
    - destruct (IH H') as [A|(vs & P & Em & HP & Hc & E)]; [left; constructor; assumption|right].
      exists ((a, h) :: vs), P. split; [simpl; congruence|]. split; [exact HP|]. split.
      + unfold count in *. simpl. destruct (Req_EM_T a 0); simpl; lia.
      + intros x. simpl. rewrite Rplus_assoc, E. ring. }
  intros Hd. destruct Hd as [D O] eqn:K. clear K. rewrite Forall_map in D. destruct (M us D) as [A|(vs & P & Em & HP & Hc & E)].
  - exists ((b, k) :: us), (fun _ => 0). split; [|split; [apply poly_zero|split]].
    + split; simpl; constructor; auto; [rewrite Forall_map; exact D|]. apply Forall_map, A.
    + unfold count. simpl. destruct (Req_EM_T b 0); simpl; lia.
    + intros x. simpl. ring.
  - exists vs, P. split; [exact (eq_ind_r (different n) Hd Em)|auto].
Qed.

Lemma merge_units ws : Forall (fun u => length (fst (snd u)) = n) ws ->
  forall us, different n (map snd us) ->
  exists vs P, different n (map snd vs) /\ poly P /\ (count us <= length ws + count vs)%nat /\
    forall x, unit_sum p us x - unit_sum p ws x = unit_sum p vs x + P x.
Proof.
  induction 1 as [|[b k] ws L _ IH]; intros us D.
  - exists us, (fun _ => 0). split; [assumption|]. split; [apply poly_zero|].
    split; [simpl; lia|]. intros x. simpl. ring.
  - destruct (merge_unit (- b) k us L D) as (vs & P & Dv & HP & Hc & E).
    destruct (IH vs Dv) as (zs & Q & Dz & HQ & Hz & F).
    exists zs, (fun x => Q x + P x). split; [assumption|]. split; [apply poly_plus; assumption|].
    split; [simpl; lia|]. intros x. simpl. rewrite <- Rplus_assoc, <- F. specialize (E x). lra.
Qed.

Theorem no_fewer_units : forall P Q us ws, poly P -> poly Q ->
  different n (map snd us) -> Forall (fun u => fst u <> 0) us ->
  Forall (fun u => length (fst (snd u)) = n) ws ->
  (forall x, length x = n -> P x + unit_sum p us x = Q x + unit_sum p ws x) ->
  (length us <= length ws)%nat.
Proof.
  intros P Q us ws HP HQ D A L H.
  destruct (merge_units ws L us D) as (vs & T & Dv & HT & Hc & E).
  destruct (units_independent p n (fun x => (P x + -1 * Q x) + T x) vs) as [Z _]; auto.
  - apply poly_plus; [apply poly_plus; [assumption|apply poly_scale, HQ]|assumption].
  - intros x Hx. specialize (H x Hx). specialize (E x). lra.
  - assert (C0 : count vs = 0%nat).
    { clear - Z. induction Z as [|u vs Hu _ IH]; [reflexivity|]. unfold count in *. simpl.
      destruct (Req_EM_T (fst u) 0); [exact IH|contradiction]. }
    assert (C1 : count us = length us).
    { clear - A. induction A as [|u us Hu _ IH]; [reflexivity|]. unfold count in *. simpl.
      destruct (Req_EM_T (fst u) 0); [contradiction|]. simpl. f_equal. exact IH. }
    lia.
Qed.
End Degree.
