(** * Continuous piecewise linear functions: affine plus a sum of ReLU hinges

    The hinge form three ways: by a function that walks the pieces; for any function that is
    affine between knots; for any function that is continuous at the knots and equals an
    independent line on each open piece.

    Source: Arora et al., Understanding Deep Neural Networks with Rectified Linear Units (2018),
    theorem 2.2. *)
From Coq Require Import Reals List Lra.
From KanEquiv Require Import Relu.
Import ListNotations.
Open Scope R_scope.

(** A knot list is a list of (t_j, s_j): from t_j on the slope is s_j. *)
Definition knots := list (R * R).

Fixpoint hinges (s : R) (l : knots) (x : R) : R :=
  match l with
  | [] => 0
  | (t, s') :: l' => (s' - s) * relu (x - t) + hinges s' l' x
  end.

Fixpoint sorted (l : knots) : Prop :=
  match l with
  | [] => True
  | (t, _) :: l' => Forall (fun q => t <= fst q) l' /\ sorted l'
  end.

Lemma hinges_left l : forall s x, Forall (fun q => x <= fst q) l -> hinges s l x = 0.
Proof.
  induction l as [|[t s'] l IH]; simpl; intros s x H; auto.
  inversion H; subst; simpl in *.
  rewrite IH, relu_neg; auto; lra.
Qed.

Lemma Forall_le_trans (l : knots) x t : x <= t -> Forall (fun q => t <= fst q) l ->
  Forall (fun q => x <= fst q) l.
Proof. intros; eapply Forall_impl; eauto; simpl; intros; lra. Qed.

(** ** A function that walks the pieces, the intercept being carried along *)
Fixpoint pwl (a s : R) (l : knots) (x : R) : R :=
  match l with
  | [] => a + s * x
  | (t, s') :: l' => if Rle_dec x t then a + s * x else pwl (a + (s - s') * t) s' l' x
  end.

Theorem pwl_eq_relu : forall l a s, sorted l ->
  forall x, pwl a s l x = a + s * x + hinges s l x.
Proof.
  induction l as [|[t s'] l IH]; intros a s H x; simpl.
  - ring.
  - destruct H as [Hf Hs]. destruct (Rle_dec x t).
    + rewrite hinges_left, relu_neg; try lra. eapply Forall_le_trans; eauto.
    + rewrite IH by auto. rewrite relu_pos by lra. ring.
Qed.

(** ** Any function that is affine with slope s_j on [t_j, t_{j+1}] *)
Fixpoint affine_from (f : R -> R) (t s : R) (l : knots) : Prop :=
  match l with
  | [] => forall x, t <= x -> f x = f t + s * (x - t)
  | (t', s') :: l' => t <= t' /\ (forall x, t <= x <= t' -> f x = f t + s * (x - t))
                      /\ affine_from f t' s' l'
  end.
Definition is_pwl (f : R -> R) (a s : R) (l : knots) : Prop :=
  match l with
  | [] => forall x, f x = a + s * x
  | (t, s') :: l' => (forall x, x <= t -> f x = a + s * x) /\ affine_from f t s' l'
  end.

Lemma affine_from_ge f l : forall t s, affine_from f t s l -> Forall (fun q => t <= fst q) l.
Proof.
  induction l as [|[t' s'] l IH]; simpl; intros t s H; constructor; simpl.
  - tauto.
  - destruct H as (H1 & _ & H3). apply Forall_le_trans with t'; eauto.
Qed.

Lemma affine_from_hinges f l : forall t s, affine_from f t s l ->
  forall x, t <= x -> f x = f t + s * (x - t) + hinges s l x.
Proof.
  induction l as [|[t' s'] l IH]; simpl; intros t s H x Hx.
  - rewrite H; auto; ring.
  - destruct H as (H1 & H2 & H3). destruct (Rle_or_lt x t').
    + rewrite H2, relu_neg, hinges_left; try lra.
      eapply Forall_le_trans; eauto using affine_from_ge.
    + rewrite (IH t' s') by (auto; lra). rewrite (H2 t') by lra. rewrite relu_pos by lra. ring.
Qed.

Theorem is_pwl_relu : forall f a s l, is_pwl f a s l ->
  forall x, f x = a + s * x + hinges s l x.
Proof.
  intros f a s [|[t s'] l] H x; simpl in *.
  - rewrite H; ring.
  - destruct H as [H1 H2]. destruct (Rle_or_lt x t).
    + rewrite H1, relu_neg, hinges_left; try lra.
      eapply Forall_le_trans; eauto using affine_from_ge.
    + rewrite (affine_from_hinges f l t s') by (auto; lra). rewrite H1 by lra.
      rewrite relu_pos by lra. ring.
Qed.

(** ** Any function that is continuous at the knots, and a line of its own on each open piece *)
Definition above (lo : option R) (x : R) : Prop :=
  match lo with None => True | Some t => t < x end.

Fixpoint pw_affine (f : R -> R) (lo : option R) (a s : R) (l : list (R * (R * R))) : Prop :=
  match l with
  | [] => forall x, above lo x -> f x = a + s * x
  | (t, (a', s')) :: l' =>
      above lo t /\ (forall x, above lo x -> x < t -> f x = a + s * x) /\
      continuity_pt f t /\ pw_affine f (Some t) a' s' l'
  end.

Lemma cont_close f t : continuity_pt f t -> forall e, 0 < e ->
  exists d, 0 < d /\ forall x, Rabs (x - t) < d -> Rabs (f x - f t) < e.
Proof.
  intros H e He. destruct (H e He) as (d & Hd & Hx). exists d; split; auto.
  intros x Hxd. destruct (Req_dec x t) as [->|N].
  - replace (f t - f t) with 0 by ring. rewrite Rabs_R0; auto.
  - apply (Hx x). split; [split; [exact I|auto] | exact Hxd].
Qed.

Lemma limit_match f t a s (P : R -> Prop) :
  continuity_pt f t ->
  (forall d, 0 < d -> exists x, P x /\ Rabs (x - t) < d) ->
  (forall x, P x -> f x = a + s * x) -> f t = a + s * t.
Proof.
  intros Hc Hacc Hf.
  assert (Hg : continuity_pt (fun x => f x - (a + s * x)) t).
  { apply continuity_pt_minus; auto.
    apply derivable_continuous_pt. reg. }
  destruct (Req_dec (f t - (a + s * t)) 0) as [E|E]; [lra|exfalso].
  destruct (cont_close _ _ Hg (Rabs (f t - (a + s * t)))) as (d & Hd & Hx).
  { apply Rabs_pos_lt; auto. }
  destruct (Hacc d Hd) as (x & HP & Hxd).
  specialize (Hx x Hxd). simpl in Hx. rewrite (Hf x HP) in Hx.
  replace (a + s * x - (a + s * x) - (f t - (a + s * t)))
    with (- (f t - (a + s * t))) in Hx by ring.
  rewrite Rabs_Ropp in Hx. lra.
Qed.

Lemma left_match f lo t a s : above lo t -> continuity_pt f t ->
  (forall x, above lo x -> x < t -> f x = a + s * x) -> f t = a + s * t.
Proof.
  intros Hlo Hc Hf. apply (limit_match f t a s (fun x => above lo x /\ x < t)); auto.
  - intros d Hd. destruct lo as [u|]; simpl in *.
    + exists (Rmax ((u + t) / 2) (t - d / 2)).
      assert (Rmax ((u + t) / 2) (t - d / 2) < t) by (apply Rmax_lub_lt; lra).
      pose proof (Rmax_l ((u + t) / 2) (t - d / 2)).
      pose proof (Rmax_r ((u + t) / 2) (t - d / 2)).
      repeat split; try lra. rewrite Rabs_left; lra.
    + exists (t - d / 2). repeat split; try lra. rewrite Rabs_left; lra.
  - intros x [? ?]; auto.
Qed.

Lemma pw_affine_hinges f l : forall lo a s, pw_affine f lo a s l ->
  forall x, above lo x ->
  f x = a + s * x + hinges s (map (fun q => (fst q, snd (snd q))) l) x.
Proof.
  assert (Hge : forall l t a s, pw_affine f (Some t) a s l ->
     Forall (fun q => t <= fst q) (map (fun q => (fst q, snd (snd q))) l)).
  { clear l. induction l as [|[t' [a' s']] l IH]; simpl; intros t a s H; constructor; simpl.
    - destruct H; simpl in *; lra.
    - destruct H as (H1 & _ & _ & H4). apply Forall_le_trans with t'; simpl in *; [lra|eauto]. }
  assert (Hright : forall l t a s, continuity_pt f t -> pw_affine f (Some t) a s l ->
     f t = a + s * t).
  { clear l. intros l t a s Hc Hp.
    assert (exists u, t < u /\ forall x, t < x < u -> f x = a + s * x) as (u & Hu & Hf).
    { destruct l as [|[t' [a' s']] l]; simpl in Hp.
      - exists (t + 1); split; [lra|]. intros; apply Hp; lra.
      - destruct Hp as (H1 & H2 & _). exists t'; split; auto. intros; apply H2; lra. }
    apply (limit_match f t a s (fun x => t < x < u)); auto.
    intros d Hd. exists (Rmin ((t + u) / 2) (t + d / 2)).
    assert (t < Rmin ((t + u) / 2) (t + d / 2)) by (apply Rmin_glb_lt; lra).
    pose proof (Rmin_l ((t + u) / 2) (t + d / 2)).
    pose proof (Rmin_r ((t + u) / 2) (t + d / 2)).
    repeat split; try lra. rewrite Rabs_right; lra. }
  induction l as [|[t [a' s']] l IH]; simpl; intros lo a s H x Hx.
  - rewrite H; auto; ring.
  - destruct H as (H1 & H2 & H3 & H4).
    assert (El : f t = a + s * t) by (eapply left_match; eauto).
    assert (Er : f t = a' + s' * t) by eauto.
    destruct (Rle_or_lt x t).
    + rewrite relu_neg, hinges_left; try lra.
      * destruct (Req_dec x t) as [->|]; [lra|]. rewrite H2; auto; lra.
      * eapply Forall_le_trans; eauto.
    + rewrite (IH (Some t) a' s') by (auto; simpl; lra). rewrite relu_pos by lra.
      replace a' with (a + s * t - s' * t) by lra. ring.
Qed.

Theorem continuous_pwl_relu : forall f a s l, pw_affine f None a s l ->
  forall x, f x = a + s * x + hinges s (map (fun q => (fst q, snd (snd q))) l) x.
Proof. intros; eapply pw_affine_hinges; eauto; exact I. Qed.
