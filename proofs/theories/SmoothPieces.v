(** * RePU form: p - 1 continuous derivatives leave the jumps of order p only

    Pieces of degree at most n whose derivatives of orders 0, ..., n - 1 agree at every
    breakpoint: the function is its leftmost piece plus one unit relu(x - t)^n for each breakpoint.
    With n = 1 these are the continuous piecewise linear functions, with n = 3 cubic splines.

    Source: Schumaker, Spline Functions: Basic Theory (2007), theorem 4.4; Li, Tang and Yu, Better
    approximations of high dimensional smooth functions by deep neural networks with rectified
    power units (2020). *)
From Coq Require Import Reals List Lra Lia.
From KanEquiv Require Import Relu Polynomials PiecewiseToTruncatedPower.
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
