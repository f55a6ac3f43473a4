(** * RePU form: p - 1 continuous derivatives leave the jumps of order p only

    Pieces of degree at most n whose derivatives of orders 0, ..., n - 1 agree at every
    breakpoint: the function is its leftmost piece plus one unit relu(x - t)^n for each breakpoint.
    With n = 1 these are the continuous piecewise linear functions, with n = 3 cubic splines.

    Source: Schumaker, Spline Functions: Basic Theory (2007), theorem 4.4; Li, Tang and Yu, Better
    approximations of high dimensional smooth functions by deep neural networks with rectified
    power units (2020). *)
From Coq Require Import Reals List Lra Lia.
From KanEquiv Require Import Relu Polynomials PiecewiseToTruncatedPower.
From KanEquiv Require PiecewiseLinear.
Import ListNotations.
Open Scope R_scope.

(** The m-th derivative of a polynomial. *)
Fixpoint derivative (m : nat) (p : list R) : list R :=
  match m with O => p | S k => derivative k (pderive p) end.

Lemma derivative_S m p : derivative (S m) p = pderive (derivative m p).
Proof.
  revert p; induction m as [|m IH]; intros p; [reflexivity|].
  change (derivative (S (S m)) p) with (derivative (S m) (pderive p)). rewrite IH. reflexivity.
Qed.
Lemma derivative_unique (f g : R -> R) x a b : (forall y, f y = g y) ->
  derivable_pt_lim f x a -> derivable_pt_lim g x b -> a = b.
Proof.
  intros E Hf Hg. apply (uniqueness_limite f x a b); auto.
  intros e He. destruct (Hg e He) as [d Hd]. exists d. intros h H1 H2. rewrite !E. auto.
Qed.
Lemma derivative_psub m p q : forall x,
  peval (derivative m (psub p q)) x = peval (derivative m p) x - peval (derivative m q) x.
Proof.
  induction m as [|m IH]; intros x; [apply peval_psub|]. rewrite !derivative_S.
  eapply (derivative_unique (peval (derivative m (psub p q)))
            (fun y => peval (derivative m p) y - peval (derivative m q) y)).
  - exact IH.
  - apply pderive_ok.
  - apply derivable_pt_lim_minus; apply pderive_ok.
Qed.

Lemma derivable_shift t (f : R -> R) x f' : derivable_pt_lim f x f' ->
  derivable_pt_lim (fun y => (y - t) * f y) x (f x + (x - t) * f').
Proof.
  intros H. replace (f x + (x - t) * f') with ((1 - 0) * f x + (x - t) * f') by ring.
  apply (derivable_pt_lim_mult (fun y => y - t)); [|exact H].
  apply (derivable_pt_lim_minus id (fun _ => t)); [apply derivable_pt_lim_id|apply derivable_pt_lim_const].
Qed.
(** Leibniz for d = d(t) + (x - t) q. *)
Lemma derivative_of_product t d m : forall x,
  peval (derivative (S m) d) x = INR (S m) * peval (derivative m (quotient t d)) x
    + (x - t) * peval (derivative (S m) (quotient t d)) x.
Proof.
  set (q := quotient t d). induction m as [|m IH]; intros x.
  - simpl. eapply (derivative_unique (peval d) (fun y => peval d t + (y - t) * peval q y)).
    + intros y. apply quotient_ok.
    + apply pderive_ok.
    + replace (1 * peval q x + (x - t) * peval (pderive q) x)
        with (0 + (peval q x + (x - t) * peval (pderive q) x)) by ring.
      apply (derivable_pt_lim_plus (fun _ => peval d t)); [apply derivable_pt_lim_const|].
      apply derivable_shift, pderive_ok.
  - rewrite (derivative_S (S m) d).
    eapply (derivative_unique (peval (derivative (S m) d))
      (fun y => INR (S m) * peval (derivative m q) y + (y - t) * peval (derivative (S m) q) y)).
    + exact IH.
    + apply pderive_ok.
    + rewrite (derivative_S (S m) q), (S_INR (S m)).
      replace ((INR (S m) + 1) * peval (derivative (S m) q) x
               + (x - t) * peval (pderive (derivative (S m) q)) x)
        with (INR (S m) * peval (pderive (derivative m q)) x
              + (peval (derivative (S m) q) x + (x - t) * peval (pderive (derivative (S m) q)) x))
        by (rewrite <- derivative_S; ring).
      apply (derivable_pt_lim_plus (fun y => INR (S m) * peval (derivative m q) y)).
      * apply (derivable_pt_lim_scal (peval (derivative m q))), pderive_ok.
      * apply derivable_shift, pderive_ok.
Qed.

Lemma taylor_steps_length n t : forall p, length (taylor_steps n t p) = n.
Proof. induction n; simpl; auto. Qed.
Lemma taylor_steps_zero t n : forall d m, peval (derivative m d) t = 0 ->
  nth m (taylor_steps n t d) 0 = 0.
Proof.
  induction n as [|n IH]; intros d m H; [destruct m; reflexivity|].
  destruct m as [|m]; [exact H|]. simpl. apply IH.
  rewrite (derivative_of_product t d m t) in H. rewrite Rminus_eq_0, Rmult_0_l, Rplus_0_r in H.
  apply Rmult_integral in H. destruct H as [H|H]; [|exact H].
  exfalso. revert H. apply not_0_INR. lia.
Qed.

(** Degrees at most n, and derivatives of orders below n that agree at every breakpoint. *)
Fixpoint matching (n : nat) (p : list R) (l : pieces) : Prop :=
  (length p <= S n)%nat /\
  match l with
  | [] => True
  | (t, q) :: l' =>
      (forall m, (m < n)%nat -> peval (derivative m p) t = peval (derivative m q) t)
      /\ matching n q l'
  end.

Theorem smooth_pieces_are_units : forall n l p, (1 <= n)%nat -> ordered l -> matching n p l ->
  forall x, piecewise p l x = peval p x + top_jumps n p l x.
Proof.
  intros n l p Hn Ho Hm. apply repu_form; auto. clear Ho. revert p Hm.
  induction l as [|[t q] l IH]; intros p Hm; [exact I|].
  destruct Hm as (Hp & Hd & Hm). simpl. split; [|apply IH; exact Hm].
  assert (Hq : (length q <= S n)%nat) by (destruct l as [|[? ?] ?]; simpl in Hm; tauto).
  split.
  - unfold taylor. rewrite taylor_steps_length, psub_length. lia.
  - intros m Hlt. apply taylor_steps_zero. rewrite derivative_psub, Hd by auto. ring.
Qed.

(** ** The same from the function alone

    f has n - 1 continuous derivatives, that is g 0 = f, g 1, ..., g (n - 1), each the derivative
    of the one before and all of them continuous.  Then neighbouring pieces agree as above. *)
Definition has_derivatives (n : nat) (f : R -> R) (g : nat -> R -> R) : Prop :=
  (forall x, g 0%nat x = f x) /\
  (forall m x, (S m < n)%nat -> derivable_pt_lim (g m) x (g (S m) x)) /\
  (forall m x, (m < n)%nat -> continuity_pt (g m) x).

Lemma derivable_locally (f h : R -> R) a b x l : a < x < b -> (forall y, a < y < b -> f y = h y) ->
  derivable_pt_lim f x l -> derivable_pt_lim h x l.
Proof.
  intros Hx E H e He. destruct (H e He) as [d Hd].
  assert (Hr : 0 < Rmin d (Rmin (x - a) (b - x))).
  { repeat apply Rmin_glb_lt; try lra. apply cond_pos. }
  exists (mkposreal _ Hr). intros k Hk Hb. simpl in Hb.
  pose proof (Rmin_l d (Rmin (x - a) (b - x))). pose proof (Rmin_r d (Rmin (x - a) (b - x))).
  pose proof (Rmin_l (x - a) (b - x)). pose proof (Rmin_r (x - a) (b - x)).
  apply Rabs_def2 in Hb as Hb'. rewrite <- !E by lra. apply Hd; [assumption|lra].
Qed.
Lemma equal_at_limit u v t (P : R -> Prop) : continuity_pt u t -> continuity_pt v t ->
  (forall d, 0 < d -> exists x, P x /\ Rabs (x - t) < d) -> (forall x, P x -> u x = v x) -> u t = v t.
Proof.
  intros Hu Hv Hp E. destruct (Req_dec (u t) (v t)) as [|N]; [assumption|exfalso].
  destruct (PiecewiseLinear.cont_close _ t (continuity_pt_minus u v t Hu Hv) (Rabs (u t - v t)))
    as (d & Hd & Hx); [apply Rabs_pos_lt; lra|].
  destruct (Hp d Hd) as (x & Px & Hxd). specialize (Hx x Hxd). unfold minus_fct in Hx.
  rewrite (E x Px), Rminus_eq_0, Rminus_0_l, Rabs_Ropp in Hx. lra.
Qed.

Section Smooth.
Variables (n : nat) (f : R -> R) (g : nat -> R -> R).
Hypothesis derivatives : has_derivatives n f g.

Lemma derivative_on_piece p a b : (forall x, a < x < b -> f x = peval p x) ->
  forall m, (m < n)%nat -> forall x, a < x < b -> g m x = peval (derivative m p) x.
Proof.
  intros E. destruct derivatives as (G0 & GS & _).
  induction m as [|m IH]; intros Hm x Hx; [rewrite G0; apply E, Hx|]. rewrite derivative_S.
  apply (uniqueness_limite (peval (derivative m p)) x); [|apply pderive_ok].
  apply (derivable_locally (g m) _ a b); auto. apply IH. lia.
Qed.
Lemma continuous_poly p x : continuity_pt (peval p) x.
Proof. apply derivable_continuous_pt. exists (peval (pderive p) x). apply pderive_ok. Qed.
Lemma derivative_at_end p a b t : a < b -> t = a \/ t = b -> (forall x, a < x < b -> f x = peval p x) ->
  forall m, (m < n)%nat -> g m t = peval (derivative m p) t.
Proof.
  intros Hab Ht E m Hm. apply (equal_at_limit _ _ t (fun x => a < x < b)).
  - apply derivatives, Hm.
  - apply continuous_poly.
  - intros d Hd. set (e := Rmin d (b - a) / 2).
    assert (0 < Rmin d (b - a)) by (apply Rmin_glb_lt; lra).
    pose proof (Rmin_l d (b - a)). pose proof (Rmin_r d (b - a)).
    destruct Ht as [->| ->]; [exists (a + e)|exists (b - e)]; unfold e; split; try lra;
      apply Rabs_def1; lra.
  - intros x Hx. apply (derivative_on_piece p a b); assumption.
Qed.

Definition above (lo : option R) (x : R) : Prop := match lo with None => True | Some t => t < x end.
Fixpoint strictly_above (lo : option R) (l : pieces) : Prop :=
  match l with [] => True | (t, _) :: l' => above lo t /\ strictly_above (Some t) l' end.
Lemma first_piece q l t : strictly_above (Some t) l ->
  exists u, t < u /\ forall x, x < u -> piecewise q l x = peval q x.
Proof.
  destruct l as [|[u r] l]; simpl; intros H; [exists (t + 1); split; [lra|auto]|].
  exists u. split; [tauto|]. intros x Hx. destruct (Rlt_dec x u); [reflexivity|lra].
Qed.
Lemma smooth_matching l : forall lo p, (length p <= S n)%nat ->
  Forall (fun tq => (length (snd tq) <= S n)%nat) l -> strictly_above lo l ->
  (forall x, above lo x -> f x = piecewise p l x) -> matching n p l.
Proof.
  induction l as [|[t q] l IH]; intros lo p Hp Hl Hs E; simpl; [auto|].
  inversion Hl as [|? ? Hq Hl']; subst. destruct Hs as [Ht Hs]. simpl in E.
  assert (Er : forall x, above (Some t) x -> f x = piecewise q l x).
  { simpl. intros x Hx. rewrite E; [destruct (Rlt_dec x t); [lra|reflexivity]|].
    destruct lo; simpl in *; [lra|exact I]. }
  split; [assumption|]. split; [|apply (IH (Some t)); assumption]. intros m Hm.
  transitivity (g m t).
  - set (a := match lo with None => t - 1 | Some u => u end).
    assert (a < t) by (destruct lo; simpl in *; unfold a; lra).
    symmetry. apply (derivative_at_end p a t); auto. intros x Hx.
    rewrite E; [destruct (Rlt_dec x t); [reflexivity|lra]|]. destruct lo; simpl in *; [apply Hx|exact I].
  - destruct (first_piece q l t Hs) as (u & Hu & F).
    apply (derivative_at_end q t u); auto. intros x Hx. rewrite Er, F by (simpl; lra). reflexivity.
Qed.
Lemma strictly_above_ordered l : forall lo, strictly_above lo l -> ordered l.
Proof.
  assert (G : forall l t, strictly_above (Some t) l -> Forall (fun tq => t <= fst tq) l).
  { clear. induction l as [|[u q] l IH]; intros t H; simpl in *; constructor; simpl; [lra|].
    apply Forall_impl with (2 := IH u (proj2 H)). simpl. intros tq. lra. }
  induction l as [|[t q] l IH]; intros lo H; simpl in *; [exact I|]. split; [apply G|eapply IH]; apply H.
Qed.

Theorem smooth_functions_are_units : forall p l, (1 <= n)%nat -> strictly_above None l ->
  (length p <= S n)%nat -> Forall (fun tq => (length (snd tq) <= S n)%nat) l ->
  (forall x, f x = piecewise p l x) -> forall x, f x = peval p x + top_jumps n p l x.
Proof.
  intros p l Hn Hs Hp Hl E x. rewrite E.
  apply smooth_pieces_are_units; [assumption|eapply strictly_above_ordered, Hs|].
  apply (smooth_matching l None); auto.
Qed.
End Smooth.
