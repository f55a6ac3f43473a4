(** * Slopes: how much a continuous function changes on an interval

    A function that is continuous, and differentiable with derivative at most m but for finitely
    many points, rises by at most m times the way.  The derivative of a
    continuous piecewise polynomial is a piecewise polynomial, and is bounded as such; those of
    atoms have bounds of their own. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu Taylor AtomBounds.
From KanCheck Require Import Result Rational Functions Calculus Atom_parts Pieces
  Halving Hulls.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** ** What a bound of the derivative says, with exceptions *)
Lemma values_near f c e : continuity_pt f c -> 0 < e ->
  exists d, 0 < d /\ forall z, Rabs (z - c) < d -> Rabs (f z - f c) < e.
Proof.
  intros C He. destruct (C e He) as (d & Hd & L). simpl in L. unfold R_dist in L.
  exists d. split; [exact Hd|]. intros z Hz. destruct (Req_dec z c) as [->|Ne].
  - rewrite Rminus_eq_0, Rabs_R0. exact He.
  - apply L. split; [split; [exact I|auto]|exact Hz].
Qed.
Lemma rise_inside f (f' : R -> R) m a b : a < b -> continuity_pt f a -> continuity_pt f b ->
  (forall z, a < z < b -> derivable_pt_lim f z (f' z) /\ f' z <= m) -> f b - f a <= m * (b - a).
Proof.
  intros L Ca Cb D. apply Rnot_lt_le. intros G. set (e := (f b - f a - m * (b - a)) / 4).
  assert (He : 0 < e) by (unfold e; lra).
  destruct (values_near f a e Ca He) as (p & Hp & Np). destruct (values_near f b e Cb He) as (q & Hq & Nq).
  set (k := Rabs m + 1). assert (Hk : 1 <= k) by (pose proof (Rabs_pos m); unfold k; lra).
  assert (Km : - k < m < k) by (unfold k, Rabs; destruct (Rcase_abs m); lra).
  set (d := Rmin (Rmin (p / 2) (q / 2)) (Rmin ((b - a) / 2) (e / (2 * k)))).
  assert (Hd : 0 < d).
  { unfold d. repeat apply Rmin_glb_lt; try lra. apply Rmult_lt_0_compat; [lra|].
    apply Rinv_0_lt_compat. lra. }
  assert (Ep : e / (2 * k) * (2 * k) = e) by (field; lra).
  assert (B : d <= p / 2 /\ d <= q / 2 /\ d <= (b - a) / 2 /\ d <= e / (2 * k)).
  { unfold d, Rmin. repeat destruct (Rle_dec _ _); lra. }
  destruct B as (B1 & B2 & B3 & B4).
  specialize (Np (a + d)). specialize (Nq (b - d)).
  replace (a + d - a) with d in Np by ring. replace (b - d - b) with (- d) in Nq by ring.
  rewrite Rabs_Ropp in Nq. rewrite Rabs_pos_eq in Np, Nq by lra.
  specialize (Np ltac:(lra)). specialize (Nq ltac:(lra)).
  pose proof (grows (fun z => m * z - f z) (fun z => m - f' z) (a + d) (b - d) ltac:(lra)) as H.
  assert (m * (a + d) - f (a + d) <= m * (b - d) - f (b - d)).
  { apply H.
    - intros z Z. apply derivable_pt_lim_minus; [apply line_slope|apply D; lra].
    - intros z Z. destruct (D z) as [_ M]; lra. }
  assert (- e <= 2 * m * d <= e) by nra.
  unfold Rabs in Np, Nq. destruct (Rcase_abs (f (a + d) - f a)), (Rcase_abs (f (b - d) - f b)); unfold e in *; lra.
Qed.
Lemma rise f (f' : R -> R) m ts : forall a b, a <= b -> (forall z, a <= z <= b -> continuity_pt f z) ->
  (forall z, a < z < b -> ~ In z ts -> derivable_pt_lim f z (f' z) /\ f' z <= m) ->
  f b - f a <= m * (b - a).
Proof.
  induction ts as [|t ts IH]; intros a b L C D.
  - destruct (Req_dec a b) as [->|Ne]; [lra|].
    apply (rise_inside f f'); [lra|apply C; lra|apply C; lra|auto].
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

(** ** Derivatives of functions, but for the atoms *)
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
      | Atom n _ _ =>
          match n with Tanh | Gelu | Log | Sqrt => Unsupported "slopes of this atom" | _ => Ok d end
      | Ratio _ _ _ _ => Unsupported "slopes of a ratio"
      end
  end.
(** A bound of the absolute slope. *)
Definition lipschitz (cuts : nat) (f : function) (lo hi : Q) : result Q :=
  let? d := derivative f in
  let? (least, greatest) := atom_slopes f lo hi in
  let? u := top cuts d (Some lo) (Some hi) in
  let? v := top cuts (scale (-1) d) (Some lo) (Some hi) in
  match u, v with
  | Some a, Some b => Ok (larger (plus a greatest) (minus b least))
  | _, _ => Invalid "unreachable: no bound"
  end.

Section Slopes.
Context {N : Normal_distribution}.
Lemma val_times_nat k c : Q2R (times_nat k c) = INR k * Q2R c.
Proof.
  unfold times_nat. rewrite val_times, INR_IZR_INZ. f_equal. unfold Q2R, inject_Z. simpl. lra.
Qed.
Definition slope (d f : function) (x : R) : R := value d x + atom_part_slope f x.
Theorem derivative_ok f : forall d, derivative f = Ok d ->
  (forall x, continuity_pt (value f) x)
  /\ forall x, ~ In x (map Q2R (places f)) -> derivable_pt_lim (value f) x (slope d f x).
Proof.
  unfold slope, atom_part_slope. induction f as [|[g c] f IH]; cbn [derivative]; intros d H.
  - injection H as <-. split; intros x.
    + apply continuity_pt_const. intros ? ?. reflexivity.
    + intros _. eapply slope_by; [apply derivable_pt_lim_const|]. simpl. ring.
  - unbind H. destruct (IH _ E) as [Cf Df]. cbn [weighted].
    assert (Sum : forall (h : R -> R) h' x l, derivable_pt_lim h x h' -> ~ In x (map Q2R (places f)) ->
      Q2R c * h' + slope a f x = l -> derivable_pt_lim (fun y => Q2R c * h y + value f y) x l).
    { intros h h' x l Dh I <-. apply (derivable_pt_lim_plus (fun y => Q2R c * h y) (value f));
        [|apply Df, I]. apply derivable_pt_lim_scal, Dh. }
    assert (Cont : forall (h : R -> R) x, continuity_pt h x ->
      continuity_pt (fun y => Q2R c * h y + value f y) x).
    { intros h x Ch. apply (continuity_pt_plus (fun y => Q2R c * h y) (value f)); [|apply Cf].
      apply continuity_pt_scal, Ch. }
    unfold slope, atom_part_slope in Sum.
    destruct g as [[|k]|t [|k]|t|n a' b|? ? ? ?]; try discriminate; cbn [places flat_map fst app map In].
    + injection H as <-. split; intros x; [apply Cont, continuity_pt_const; intros ? ?; reflexivity|].
      intros I. apply (Sum (fun _ => 1) 0); [apply derivable_pt_lim_const|assumption|]. cbn [weighted]. ring.
    + injection H as <-. split; intros x.
      * apply Cont, derivable_continuous_pt. exists (INR (S k) * x ^ k). apply (pow_slope (S k)).
      * intros I. apply (Sum (fun y => y ^ S k) (INR (S k) * x ^ k)); [apply (pow_slope (S k))|assumption|].
        cbn [value generator_value weighted]. rewrite val_times_nat. ring.
    + injection H as <-. split; intros x.
      * apply (Cont (fun y => step_power (S k) (y - Q2R t))).
        apply (continuity_pt_comp (fun y => y - Q2R t)); [|apply step_power_continuous].
        apply derivable_continuous_pt. exists 1. apply (shifted_slope id), derivable_pt_lim_id.
      * intros I. apply (Sum (fun y => step_power (S k) (y - Q2R t))
          (INR (S k) * step_power k (x - Q2R t))); [|tauto|].
        -- apply shifted_slope, step_power_slope. intros Z. apply I. left. lra.
        -- cbn [value generator_value weighted]. rewrite val_times_nat. ring.
    + assert (K : known n) by (destruct n; (exact I || discriminate)).
      assert (a = d) as <- by (destruct n; try discriminate; injection H as ->; reflexivity).
      assert (At : forall x, derivable_pt_lim (fun y => atom_value n (Q2R a' * y + Q2R b)) x
        (Q2R a' * slope_of n (Q2R a' * x + Q2R b))) by (intros x; apply affine_slope, slope_of_ok, K).
      split; intros x.
      * apply (Cont (fun y => atom_value n (Q2R a' * y + Q2R b))), derivable_continuous_pt.
        eexists. apply At.
      * intros I. eapply (Sum (fun y => atom_value n (Q2R a' * y + Q2R b))); [apply At|assumption|].
        cbn [weighted]. ring.
Qed.
Theorem lipschitz_ok cuts f lo hi m x y : lipschitz cuts f lo hi = Ok m ->
  Q2R lo <= x <= Q2R hi -> Q2R lo <= y <= Q2R hi ->
  Rabs (value f x - value f y) <= Q2R m * Rabs (x - y).
Proof.
  unfold lipschitz. intros H. unbind H. destruct a0 as [least greatest]. unbind H.
  destruct a0 as [u|], a1 as [v|]; try discriminate. injection H as <-.
  destruct (derivative_ok f a E) as [C D].
  destruct (larger_ok (plus u greatest) (minus v least)) as [Mu Mv].
  set (m := Q2R (larger _ _)) in *. rewrite val_plus in Mu. rewrite val_minus in Mv.
  assert (B : forall z, Q2R lo <= z <= Q2R hi -> slope a f z <= m /\ - slope a f z <= m).
  { intros z Z. pose proof (top_ok _ _ _ _ _ z E1) as U. pose proof (top_ok _ _ _ _ _ z E2) as V.
    pose proof (atom_slopes_ok f lo hi _ z E0 Z) as A. unfold slope.
    simpl in U, V, A. rewrite value_scale, val_m1 in V. lra. }
  assert (O : forall p q, Q2R lo <= p -> p <= q -> q <= Q2R hi ->
    Rabs (value f q - value f p) <= m * (q - p)).
  { intros p q P PQ Q.
    assert (Up : value f q - value f p <= m * (q - p)).
    { apply (rise (value f) (slope a f) m (map Q2R (places f))); [assumption|auto|].
      intros z Z I. split; [apply D, I|apply B; lra]. }
    assert (Down : - value f q - - value f p <= m * (q - p)).
    { apply (rise (fun z => - value f z) (fun z => - slope a f z) m (map Q2R (places f))); [assumption| |].
      - intros z _. apply continuity_pt_opp, C.
      - intros z Z I. split; [apply derivable_pt_lim_opp, D, I|apply B; lra]. }
    unfold Rabs. destruct (Rcase_abs _); lra. }
  intros X Y. destruct (Rle_dec x y) as [L|L].
  - rewrite (Rabs_minus_sym (value f x)), (Rabs_minus_sym x), (Rabs_right (y - x)) by lra. apply O; lra.
  - rewrite (Rabs_right (x - y)) by lra. apply O; lra.
Qed.
End Slopes.
