(** * The natural logarithm, without the excluded middle

    log(z) is the number with e^log(z) = z, which exists for z > 0 by the intermediate value theorem;
    it is 0 for other z.  Coq's own ln is the same function, but all that is known of it rests on
    the excluded middle. *)
From Coq Require Import Reals Lra.
From KanEquiv Require Import Taylor.
Open Scope R_scope.

Lemma exp_above y : 1 + y <= exp y.
Proof.
  assert (G : forall x, 0 <= x -> 1 + x <= exp x).
  { intros x H. enough (exp 0 - 0 <= exp x - x) by (rewrite exp_0 in *; lra).
    apply (grows (fun x => exp x - x) (fun x => exp x - 1) 0 x H); intros c C.
    - apply derivable_pt_lim_minus; [apply derivable_pt_lim_exp|apply derivable_pt_lim_id].
    - pose proof (exp_le 0 c ltac:(lra)). rewrite exp_0 in *. lra. }
  destruct (Rle_or_lt 0 y) as [H|H]; [apply G, H|].
  enough (y - exp y <= 0 - exp 0) by (rewrite exp_0 in *; lra).
  apply (grows (fun x => x - exp x) (fun x => 1 - exp x) y 0 ltac:(lra)); intros c C.
  - apply derivable_pt_lim_minus; [apply derivable_pt_lim_id|apply derivable_pt_lim_exp].
  - pose proof (exp_le c 0 ltac:(lra)). rewrite exp_0 in *. lra.
Qed.
Lemma exp_less x y : x < y -> exp x < exp y.
Proof.
  intros H. replace y with (x + (y - x)) by ring. rewrite exp_plus.
  pose proof (exp_pos x). pose proof (exp_above (y - x)). nra.
Qed.
Lemma exp_le_inverse x y : exp x <= exp y -> x <= y.
Proof. intros H. apply Rnot_lt_le. intros L. apply exp_less in L. lra. Qed.
Lemma exp_injective x y : exp x = exp y -> x = y.
Proof. intros H. apply Rle_antisym; apply exp_le_inverse; lra. Qed.

Lemma log_exists z : 0 < z -> {y | exp y = z}.
Proof.
  intros Z. pose proof (Rinv_0_lt_compat z Z) as I.
  destruct (IVT (fun y => exp y - z) (- / z) z) as (y & _ & E).
  - apply continuity_minus; [|apply continuity_const; intros a b; reflexivity].
    intros x. apply derivable_continuous_pt. exists (exp x). apply derivable_pt_lim_exp.
  - lra.
  - assert (P : exp (- / z) * exp (/ z) = 1)
      by (rewrite <- exp_plus; replace (- / z + / z) with 0 by ring; apply exp_0).
    pose proof (exp_above (/ z)). pose proof (exp_pos (- / z)).
    assert (z * / z = 1) by (apply Rinv_r; lra). nra.
  - pose proof (exp_above z). lra.
  - exists y. lra.
Qed.
Definition log (z : R) : R :=
  match Rlt_dec 0 z with left H => proj1_sig (log_exists z H) | right _ => 0 end.

Lemma exp_log z : 0 < z -> exp (log z) = z.
Proof.
  intros Z. unfold log. destruct (Rlt_dec 0 z) as [H|H]; [|contradiction].
  destruct (log_exists z H) as [y E]. exact E.
Qed.
Lemma log_nonpositive z : z <= 0 -> log z = 0.
Proof. intros Z. unfold log. destruct (Rlt_dec 0 z); [exfalso; lra|reflexivity]. Qed.
Lemma log_exp y : log (exp y) = y.
Proof. apply exp_injective, exp_log, exp_pos. Qed.
Lemma log_1 : log 1 = 0.
Proof. rewrite <- exp_0. apply log_exp. Qed.
Lemma log_mult x y : 0 < x -> 0 < y -> log (x * y) = log x + log y.
Proof.
  intros X Y. apply exp_injective. rewrite exp_plus, !exp_log; auto. apply Rmult_lt_0_compat; auto.
Qed.
Lemma log_inverse x : 0 < x -> log (/ x) = - log x.
Proof.
  intros X. pose proof (Rinv_0_lt_compat x X).
  enough (log x + log (/ x) = 0) by lra. rewrite <- log_mult, Rinv_r, log_1 by lra. reflexivity.
Qed.
Lemma log_power x n : 0 < x -> log (x ^ n) = INR n * log x.
Proof.
  intros X. induction n as [|n IH]; [simpl; rewrite log_1; ring|].
  cbn [pow]. rewrite log_mult, IH, S_INR by (auto using pow_lt). ring.
Qed.
