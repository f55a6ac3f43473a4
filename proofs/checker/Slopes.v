(** * Slopes: how much a continuous function changes on an interval

    A function that is continuous, and differentiable with derivative at most m but for finitely
    many points, rises by at most m times the way (mean value theorem).  The derivative of a
    continuous piecewise polynomial is a piecewise polynomial, and is bounded as such. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu.
From KanCheck Require Import Result Rational Functions Calculus Pieces Hulls.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** ** The mean value theorem, with exceptions *)
Lemma rise f (f' : R -> R) m ts : forall a b, a <= b -> (forall z, a <= z <= b -> continuity_pt f z) ->
  (forall z, a < z < b -> ~ In z ts -> derivable_pt_lim f z (f' z) /\ f' z <= m) ->
  f b - f a <= m * (b - a).
Proof.
  induction ts as [|t ts IH]; intros a b L C D.
  - destruct (Req_dec a b) as [->|Ne]; [lra|].
    assert (P : forall c, a < c < b -> derivable_pt f c).
    { intros c H. exists (f' c). apply D; auto. }
    destruct (MVT f id a b P (fun c _ => derivable_pt_id c)) as (c & Hc & E); auto.
    { lra. }
    { intros c _. apply derivable_continuous_pt, derivable_pt_id. }
    destruct (D c Hc) as [Dc M]; [auto|].
    rewrite (derive_pt_eq_0 f c (f' c) _ Dc), derive_pt_id in E. unfold id in E. nra.
  - assert (S : forall u v, a <= u -> u <= v -> v <= b -> ~ u < t < v -> f v - f u <= m * (v - u)).
    { intros u v Hu Huv Hv Ht. apply IH; [assumption|intros; apply C; lra|].
      intros z Hz N. apply D; [lra|]. intros [->|I]; [apply Ht; lra|auto]. }
    destruct (Rlt_dec a t) as [Lt|]; [|apply S; lra].
    destruct (Rlt_dec t b) as [Gt|]; [|apply S; lra].
    assert (f t - f a <= m * (t - a)) by (apply S; lra).
    assert (f b - f t <= m * (b - t)) by (apply S; lra). lra.
Qed.

(** ** Derivatives of generators *)
Lemma pow_slope k x : derivable_pt_lim (fun y => y ^ k) x (INR k * x ^ pred k).
Proof. apply derivable_pt_lim_pow. Qed.
Lemma shifted_slope f t x l : derivable_pt_lim f (x - t) l -> derivable_pt_lim (fun y => f (y - t)) x l.
Proof.
  intros H. replace l with (l * (1 - 0)) by ring.
  apply (derivable_pt_lim_comp (fun y => y - t) f); [|assumption].
  apply (derivable_pt_lim_minus id (fun _ => t));
    [apply derivable_pt_lim_id|apply derivable_pt_lim_const].
Qed.
Lemma step_power_slope k z : z <> 0 ->
  derivable_pt_lim (step_power (S k)) z (INR (S k) * step_power k z).
Proof.
  intros H. destruct (Rlt_dec z 0) as [L|L].
  - rewrite step_power_neg, Rmult_0_r by lra.
    apply (derivable_pt_lim_locally_ext (fun _ => 0) _ z (z - 1) 0); [lra| |apply derivable_pt_lim_const].
    intros y Y. rewrite step_power_neg; lra.
  - rewrite step_power_pos by lra.
    apply (derivable_pt_lim_locally_ext (fun y => y ^ S k) _ z 0 (z + 1)); [lra| |apply (pow_slope (S k))].
    intros y Y. rewrite step_power_pos; lra.
Qed.
Lemma step_power_continuous k z : continuity_pt (step_power (S k)) z.
Proof.
  assert (A : continuity_pt (fun y => (y + Rabs y) * / 2) z).
  { apply continuity_pt_mult; [|apply continuity_pt_const; intros ? ?; reflexivity].
    apply continuity_pt_plus; [apply derivable_continuous_pt, derivable_pt_id|apply Rcontinuity_abs]. }
  assert (P : forall j, continuity_pt (fun y => ((y + Rabs y) * / 2) ^ j) z).
  { induction j as [|j IH]; [apply continuity_pt_const; intros ? ?; reflexivity|].
    apply (continuity_pt_mult (fun y => (y + Rabs y) * / 2)); assumption. }
  apply (continuity_pt_locally_ext (fun y => ((y + Rabs y) * / 2) ^ S k) _ 1); [lra| |apply P].
  intros y _. destruct (Rlt_dec y 0).
  - rewrite step_power_neg, Rabs_left by lra. replace ((y + - y) * / 2) with 0 by lra. simpl. ring.
  - rewrite step_power_pos, Rabs_right by lra. replace ((y + y) * / 2) with y by lra. reflexivity.
Qed.

(** ** Derivatives of functions *)
Definition times_nat (k : nat) (c : Q) : Q := times (inject_Z (Z.of_nat k)) c.
Fixpoint derivative (f : function) : result function :=
  match f with
  | [] => Ok []
  | (g, c) :: f' =>
      let? d := derivative f' in
      match g with
      | Pow O => Ok d
      | Pow (S k) => Ok ((Pow k, times_nat (S k) c) :: d)
      | Step t (S k) => Ok ((Step t k, times_nat (S k) c) :: d)
      | Step _ O | Point _ => Invalid "no slope bounds a layer with a jump"
      | Atom _ _ _ => if is_zero c then Ok d else Unsupported "slopes of atoms"
      | Ratio _ _ _ _ => Unsupported "slopes of ratios"
      end
  end.
(** A bound of the absolute slope. *)
Definition lipschitz (cuts : nat) (f : function) (lo hi : Q) : result Q :=
  let? d := derivative f in
  let? u := top cuts d (Some lo) (Some hi) in
  let? v := top cuts (scale (-1) d) (Some lo) (Some hi) in
  match u, v with Some a, Some b => Ok (larger a b) | _, _ => Invalid "unreachable: no bound" end.

Section Slopes.
Context {N : Normal_distribution}.
Lemma val_times_nat k c : Q2R (times_nat k c) = INR k * Q2R c.
Proof.
  unfold times_nat. rewrite val_times, INR_IZR_INZ. f_equal. unfold Q2R, inject_Z. simpl. lra.
Qed.
Theorem derivative_ok f : forall d, derivative f = Ok d ->
  (forall x, continuity_pt (value f) x)
  /\ forall x, ~ In x (map Q2R (places f)) -> derivable_pt_lim (value f) x (value d x).
Proof.
  induction f as [|[g c] f IH]; cbn [derivative]; intros d H.
  - injection H as <-. split; intros x; [|intros _; apply derivable_pt_lim_const].
    apply continuity_pt_const. intros ? ?. reflexivity.
  - unbind H. destruct (IH _ E) as [Cf Df].
    assert (Sum : forall (h : R -> R) h' x, derivable_pt_lim h x h' -> derivable_pt_lim (value f) x (value a x)
      -> derivable_pt_lim (fun y => Q2R c * h y + value f y) x (Q2R c * h' + value a x)).
    { intros h h' x Dh D. apply (derivable_pt_lim_plus (fun y => Q2R c * h y) (value f)); [|assumption].
      apply derivable_pt_lim_scal, Dh. }
    assert (Cont : forall (h : R -> R) x, continuity_pt h x ->
      continuity_pt (fun y => Q2R c * h y + value f y) x).
    { intros h x Ch. apply (continuity_pt_plus (fun y => Q2R c * h y) (value f)); [|apply Cf].
      apply continuity_pt_scal, Ch. }
    assert (Dp : forall k x, derivable_pt_lim (fun y => y ^ k) x (INR k * x ^ pred k)) by apply pow_slope.
    destruct g as [[|k]|t [|k]|t|n a' b|? ? ? ?]; try discriminate.
    + injection H as <-. split; intros x; [apply Cont, continuity_pt_const; intros ? ?; reflexivity|].
      intros I. replace (value a x) with (Q2R c * 0 + value a x) by ring.
      apply (Sum (fun _ => 1)); [apply derivable_pt_lim_const|apply Df, I].
    + injection H as <-. split; intros x.
      * apply Cont, derivable_continuous_pt. exists (INR (S k) * x ^ k). apply (Dp (S k)).
      * intros I. cbn [value generator_value]. rewrite val_times_nat.
        replace (INR (S k) * Q2R c * x ^ k) with (Q2R c * (INR (S k) * x ^ k)) by ring.
        apply (Sum (fun y => y ^ S k)); [apply (Dp (S k))|apply Df, I].
    + injection H as <-. split; intros x.
      * apply (Cont (fun y => step_power (S k) (y - Q2R t))).
        apply (continuity_pt_comp (fun y => y - Q2R t)); [|apply step_power_continuous].
        apply derivable_continuous_pt. exists 1. apply (shifted_slope id), derivable_pt_lim_id.
      * intros I. cbn [places flat_map fst app map In] in I. cbn [value generator_value].
        rewrite val_times_nat.
        replace (INR (S k) * Q2R c * step_power k (x - Q2R t))
          with (Q2R c * (INR (S k) * step_power k (x - Q2R t))) by ring.
        apply (Sum (fun y => step_power (S k) (y - Q2R t))); [|apply Df; tauto].
        apply shifted_slope, step_power_slope. intros Z. apply I. left. lra.
    + destruct (is_zero c) eqn:Z; [|discriminate]. injection H as <-. apply val_is_zero in Z.
      assert (Same : forall y, value ((Atom n a' b, c) :: f) y = value f y).
      { intros y. cbn [value]. rewrite Z. ring. }
      split; intros x.
      * apply (continuity_pt_locally_ext (value f) _ 1); [lra| |apply Cf]. intros; symmetry; apply Same.
      * intros I. apply (derivable_pt_lim_ext (value f)); [intros; symmetry; apply Same|apply Df, I].
Qed.
Theorem lipschitz_ok cuts f lo hi m x y : lipschitz cuts f lo hi = Ok m ->
  Q2R lo <= x <= Q2R hi -> Q2R lo <= y <= Q2R hi ->
  Rabs (value f x - value f y) <= Q2R m * Rabs (x - y).
Proof.
  unfold lipschitz. intros H. unbind H. destruct a0 as [u|], a1 as [v|]; try discriminate.
  injection H as <-. destruct (derivative_ok f a E) as [C D]. destruct (larger_ok u v) as [Mu Mv].
  set (m := Q2R (larger u v)) in *.
  assert (B : forall z, Q2R lo <= z <= Q2R hi -> value a z <= m /\ - value a z <= m).
  { intros z Z. pose proof (top_ok _ _ _ _ _ z E0) as U. pose proof (top_ok _ _ _ _ _ z E1) as V.
    simpl in U, V. rewrite value_scale, val_m1 in V. lra. }
  assert (O : forall p q, Q2R lo <= p -> p <= q -> q <= Q2R hi ->
    Rabs (value f q - value f p) <= m * (q - p)).
  { intros p q P PQ Q.
    assert (Up : value f q - value f p <= m * (q - p)).
    { apply (rise (value f) (value a) m (map Q2R (places f))); [assumption|auto|].
      intros z Z I. split; [apply D, I|apply B; lra]. }
    assert (Down : - value f q - - value f p <= m * (q - p)).
    { apply (rise (fun z => - value f z) (fun z => - value a z) m (map Q2R (places f))); [assumption| |].
      - intros z _. apply continuity_pt_opp, C.
      - intros z Z I. split; [apply derivable_pt_lim_opp, D, I|apply B; lra]. }
    unfold Rabs. destruct (Rcase_abs _); lra. }
  intros X Y. destruct (Rle_dec x y) as [L|L].
  - rewrite (Rabs_minus_sym (value f x)), (Rabs_minus_sym x), (Rabs_right (y - x)) by lra. apply O; lra.
  - rewrite (Rabs_right (x - y)) by lra. apply O; lra.
Qed.
End Slopes.
