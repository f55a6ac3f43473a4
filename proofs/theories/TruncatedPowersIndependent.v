(** * Independence: equal canonical forms are necessary

    A polynomial plus truncated powers of degree p at distinct knots is zero on all of R only
    if every coefficient is zero.  So two such forms are the same function exactly if their
    coefficients agree: comparing canonical forms misses no equality.

    Source: Schumaker, Spline Functions: Basic Theory (2007), theorem 4.4. *)
From Coq Require Import Reals List Lra Lia Permutation.
From KanEquiv Require Import Relu Polynomials.
Import ListNotations.
Open Scope R_scope.

(** sum_j w_j s_p(x - t_j) for a list of (t_j, w_j). *)
Fixpoint hinge_sum (p : nat) (l : list (R * R)) (x : R) : R :=
  match l with [] => 0 | (t, w) :: l' => w * relu (x - t) ^ p + hinge_sum p l' x end.
Fixpoint increasing {A} (l : list (R * A)) : Prop :=
  match l with
  | [] => True
  | (t, _) :: l' => Forall (fun tw => t < fst tw) l' /\ increasing l'
  end.

Lemma hinge_sum_left p l x : (1 <= p)%nat -> Forall (fun tw => x <= fst tw) l -> hinge_sum p l x = 0.
Proof.
  intros Hp. induction 1 as [|[t w] l H _ IH]; simpl in *; [reflexivity|].
  rewrite IH, pow_relu_neg by (auto; lra). ring.
Qed.
(** Something lies strictly between a knot and all later ones. *)
Lemma room {A} t l : Forall (fun tw : R * A => t < fst tw) l ->
  exists x, t < x /\ Forall (fun tw => x <= fst tw) l.
Proof.
  induction 1 as [|[s w] l H _ (x & Hx & IH)]; [exists (t + 1); split; [lra|constructor]|].
  simpl in H. exists (Rmin x s). split; [apply Rmin_glb_lt; assumption|].
  constructor; [apply Rmin_r|]. apply Forall_impl with (2 := IH). intros tw Htw.
  pose proof (Rmin_l x s). lra.
Qed.
Lemma hinges_independent p l : (1 <= p)%nat -> increasing l ->
  (forall x, hinge_sum p l x = 0) -> Forall (fun tw => snd tw = 0) l.
Proof.
  intros Hp. induction l as [|[t w] l IH]; intros Hi H; [constructor|].
  destruct Hi as [Hf Hs]. simpl in H.
  destruct (room t l Hf) as (x & Hx & Hl).
  assert (W : w = 0).
  { specialize (H x). rewrite (hinge_sum_left p l x) in H by auto. rewrite relu_pos in H by lra.
    assert ((x - t) ^ p <> 0) by (apply pow_nonzero; lra).
    rewrite Rplus_0_r in H. apply Rmult_integral in H. tauto. }
  constructor; [assumption|]. apply IH; auto. intros y. specialize (H y). subst w. lra.
Qed.

Theorem truncated_powers_independent : forall p c l, (1 <= p)%nat -> increasing l ->
  (forall x, peval c x + hinge_sum p l x = 0) ->
  all_zero c /\ Forall (fun tw => snd tw = 0) l.
Proof.
  intros p c l Hp Hs H.
  assert (C : all_zero c).
  { set (lo := fold_right (fun tw m => Rmin (fst tw) m) 0 l).
    apply zero_on_interval with (lo - 1) lo; [lra|]. intros x Hx.
    rewrite <- (H x). rewrite hinge_sum_left; [ring|assumption|].
    assert (L : Forall (fun tw => lo <= fst tw) l).
    { unfold lo. clear. induction l as [|[t w] l IH]; simpl; constructor; simpl; [apply Rmin_l|].
      apply Forall_impl with (2 := IH). intros tw Htw.
      pose proof (Rmin_r t (fold_right (fun tw m => Rmin (fst tw) m) 0 l)). lra. }
    apply Forall_impl with (2 := L). intros; lra. }
  split; [assumption|]. apply (hinges_independent p); auto. intros x.
  rewrite <- (H x), (all_zero_eval c x C). ring.
Qed.

(** ** The same for knots in any order *)
Lemma hinge_sum_permute p l m x : Permutation l m -> hinge_sum p l x = hinge_sum p m x.
Proof.
  induction 1 as [|[? ?] ? ? _ IH|[? ?] [? ?] ?|? ? ? _ IH1 _ IH2]; simpl; lra.
Qed.
Lemma increasing_insert {A} t w (l : list (R * A)) : increasing l -> ~ In t (map fst l) ->
  exists m, Permutation ((t, w) :: l) m /\ increasing m.
Proof.
  induction l as [|[s v] l IH]; intros Hi Hn.
  - exists [(t, w)]. split; [reflexivity|]. simpl. auto.
  - simpl in Hi, Hn. destruct Hi as [Hf Hi]. destruct (Rlt_or_le t s).
    + exists ((t, w) :: (s, v) :: l). split; [reflexivity|]. simpl. repeat split; auto.
      constructor; [assumption|]. apply Forall_impl with (2 := Hf). intros tw Htw. lra.
    + destruct IH as (m & E & Hm); [assumption|tauto|]. exists ((s, v) :: m). split.
      * rewrite perm_swap. apply perm_skip, E.
      * split; [|assumption]. apply (Permutation_Forall E). constructor; [|assumption].
        simpl. assert (s <> t) by tauto. lra.
Qed.
Lemma increasing_order {A} (l : list (R * A)) : NoDup (map fst l) -> exists m, Permutation l m /\ increasing m.
Proof.
  induction l as [|[t w] l IH]; intros H; [exists []; split; [reflexivity|exact I]|].
  simpl in H. inversion H as [|? ? Hn H']; subst. destruct (IH H') as (m & E & Hm).
  destruct (increasing_insert t w m Hm) as (m' & E' & Hm').
  - intros Hin. apply Hn, (Permutation_in t (Permutation_sym (Permutation_map fst E))), Hin.
  - exists m'. split; [|assumption]. rewrite <- E'. apply perm_skip, E.
Qed.

Corollary truncated_powers_independent_in_any_order : forall p c l, (1 <= p)%nat ->
  NoDup (map fst l) -> (forall x, peval c x + hinge_sum p l x = 0) ->
  Forall (fun tw => snd tw = 0) l.
Proof.
  intros p c l Hp Hn H. destruct (increasing_order l Hn) as (m & E & Hm).
  apply (Permutation_Forall (Permutation_sym E)), (truncated_powers_independent p c m); auto.
  intros x. rewrite <- (hinge_sum_permute p l m x E). apply H.
Qed.
