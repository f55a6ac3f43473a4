(** * Polynomials without a root on an interval

    An interval is mapped to [0, infinity] by u with x = (a + b u)/(1 + u), or x = a + u, so that what
    has to be seen is a polynomial of u that is positive for u >= 0 and has a positive leading
    coefficient.  It is so where no coefficient is negative and the outermost are positive;
    otherwise both [1, infinity] and [0, 1] are mapped to [0, infinity] again, by u = 1 + 2 v and
    1/u = 1 + 2 v: for a bounded interval these are its halves, and the coefficients are, up to
    binomials, those of Bernstein on them.  (Rouillier and Zimmermann, Efficient isolation of
    polynomial's real roots, 2004, section 2.)  A value that is not positive at an end of one of
    the intervals is a root or a change of sign. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions Calculus Bases.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Fixpoint positive_right (fuel : nat) (p : list Q) : result unit :=
  let? _ := need (less 0 (hd 0%Q p) && less 0 (last p 0%Q)) "a denominator has a root" in
  if forallb (fun c => negb (less c 0)) p then Ok tt else
  match fuel with
  | O => Unsupported "a denominator that comes close to 0"
  | S fuel' =>
      let? _ := positive_right fuel' (affine_argument p 1 2) in
      positive_right fuel' (affine_argument (rev p) 1 2)
  end.
(** A multiple with integer coefficients, positive at 0 unless it is 0 there. *)
Definition without_fractions (p : list Q) : list Q :=
  let sign := if less (hd 0%Q p) 0 then (-1)%Z else 1%Z in
  map (times (inject_Z (sign * common_denominator p))) p.
Definition bisections : nat := 512.
(** No root for u >= 0, and none at infinity. *)
Definition rootless_right (p : list Q) : result unit := positive_right bisections (without_fractions p).
Definition rootless (p : list Q) (lo hi : end_) : result unit :=
  match lo, hi with
  | Some a, Some b =>
      let? _ := need (negb (is_zero (polynomial_at p a))) "a denominator has a root" in
      rootless_right (affine_argument (rev (affine_argument p a (minus b a))) 1 1)
  | Some a, None => rootless_right (affine_argument p a 1)
  | None, Some b => rootless_right (affine_argument p b (-1))
  | None, None =>
      let? _ := rootless_right p in rootless_right (affine_argument p 0 (-1))
  end.

Lemma polynomial_app p c z : polynomial (p ++ [c]) z = polynomial p z + z ^ length p * Q2R c.
Proof. induction p as [|d p IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma polynomial_rev p z : z <> 0 -> polynomial (rev p) (/ z) * z ^ length p = z * polynomial p z.
Proof.
  intros Z. induction p as [|c p IH]; simpl; [ring|].
  rewrite polynomial_app, rev_length, pow_inv.
  replace ((polynomial (rev p) (/ z) + / z ^ length p * Q2R c) * (z * z ^ length p))
    with (z * (polynomial (rev p) (/ z) * z ^ length p) + z * Q2R c)
    by (field; apply pow_nonzero, Z).
  rewrite IH. ring.
Qed.
Lemma polynomial_hd p : polynomial p 0 = Q2R (hd 0%Q p).
Proof. destruct p; simpl; [symmetry; apply val_0|ring]. Qed.

Lemma no_negative_ok p u : forallb (fun c => negb (less c 0)) p = true -> 0 <= u ->
  0 <= polynomial p u.
Proof.
  intros H U. induction p as [|c p IH]; simpl in *; [lra|].
  apply andb_prop in H. destruct H as [H1 H2]. apply negb_true_iff, val_not_less in H1.
  rewrite val_0 in H1. pose proof (Rmult_le_pos _ _ U (IH H2)). lra.
Qed.
Lemma positive_right_ok fuel : forall p x, positive_right fuel p = Ok x -> forall u, 0 <= u -> 0 < polynomial p u.
Proof.
  induction fuel as [|fuel IH]; intros p x H u U; cbn [positive_right] in H; unbind H;
    apply need_ok, andb_prop in E; destruct E as [E _]; apply val_less in E; rewrite val_0 in E;
    (destruct (forallb _ p) eqn:F;
      [destruct p as [|c p]; [simpl in E; rewrite val_0 in E; lra|];
       simpl in E, F; apply andb_prop in F; destruct F as [_ F];
       pose proof (Rmult_le_pos _ _ U (no_negative_ok _ _ F U)); simpl; lra|]); [discriminate|].
  unbind H.
  destruct (Rle_or_lt 1 u) as [L|L].
  - specialize (IH _ _ E0 ((u - 1) / 2)). rewrite affine_argument_ok, val_1 in IH.
    replace (1 + Q2R 2 * ((u - 1) / 2)) with u in IH by (unfold Q2R; simpl; field). apply IH. lra.
  - destruct (Req_dec u 0) as [->|Z]; [rewrite polynomial_hd; assumption|].
    assert (0 < u) by lra.
    assert (1 < / u) by (rewrite <- Rinv_1; apply Rinv_lt_contravar; lra).
    specialize (IH _ _ H ((/ u - 1) / 2)). rewrite affine_argument_ok, val_1 in IH.
    replace (1 + Q2R 2 * ((/ u - 1) / 2)) with (/ u) in IH by (unfold Q2R; simpl; field; auto).
    assert (P : 0 < polynomial (rev p) (/ u)) by (apply IH; lra).
    pose proof (Rmult_lt_0_compat _ _ P (pow_lt u (length p) H0)) as T.
    rewrite (polynomial_rev p u Z) in T. apply (Rmult_lt_reg_l u); lra.
Qed.
Lemma rootless_right_ok p x u : rootless_right p = Ok x -> 0 <= u -> polynomial p u <> 0.
Proof.
  unfold rootless_right, without_fractions. cbv zeta. intros H U C.
  apply positive_right_ok with (u := u) in H; [|assumption].
  rewrite polynomial_scale, C in H. lra.
Qed.
Theorem rootless_ok p lo hi u x : rootless p lo hi = Ok u -> at_or_above lo x -> at_or_below hi x ->
  polynomial p x <> 0.
Proof.
  assert (Right : forall a q, rootless_right (affine_argument p a q) = Ok u ->
    Q2R q <> 0 -> 0 <= (x - Q2R a) / Q2R q -> polynomial p x <> 0).
  { intros a q H Q0 U. apply (rootless_right_ok _ _ _ H) in U. rewrite affine_argument_ok in U.
    replace (Q2R a + Q2R q * ((x - Q2R a) / Q2R q)) with x in U by (field; auto). exact U. }
  assert (Minus : Q2R (-1) <> 0 /\ forall z, z / Q2R (-1) = - z).
  { rewrite val_m1. split; [lra|intros z; field]. }
  destruct Minus as [M0 M]. assert (One : Q2R 1 <> 0) by (rewrite val_1; lra).
  destruct lo as [a|], hi as [b|]; cbn [rootless at_or_above at_or_below]; intros H A B.
  - unbind H. apply need_ok, negb_true_iff in E.
    assert (P : polynomial p (Q2R a) <> 0)
      by (rewrite <- polynomial_at_ok, <- val_is_zero; congruence).
    destruct (Req_dec x (Q2R a)) as [->|X]; [exact P|].
    set (y := (x - Q2R a) / (Q2R b - Q2R a)).
    assert (Y0 : 0 < y) by (apply Rdiv_lt_0_compat; lra).
    assert (Y1 : 1 <= / y).
    { unfold y. rewrite Rinv_div. apply (Rmult_le_reg_r (x - Q2R a)); [lra|].
      unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra. }
    apply rootless_right_ok with (u := / y - 1) in H; [|lra].
    rewrite affine_argument_ok, val_1 in H. replace (1 + 1 * (/ y - 1)) with (/ y) in H by ring.
    intros C. set (q := affine_argument p a (minus b a)) in *.
    assert (Qy : polynomial q y = 0).
    { unfold q. rewrite affine_argument_ok, val_minus, <- C. f_equal. unfold y. field. lra. }
    pose proof (polynomial_rev q y) as T. rewrite Qy, Rmult_0_r in T.
    apply Rmult_integral in T; [|lra]. destruct T as [T|T]; [auto|].
    revert T. apply pow_nonzero. lra.
  - apply (Right a 1%Q H One). rewrite val_1. lra.
  - apply (Right b (-1)%Q H M0). rewrite M. lra.
  - unbind H. destruct (Rle_or_lt 0 x) as [X|X].
    + apply (rootless_right_ok _ _ _ E X).
    + apply (Right 0%Q (-1)%Q H M0). rewrite M, val_0. lra.
Qed.

(** ** Ratios: the denominator has no root where a numerator stands *)
Fixpoint rootless_from (q : list Q) (lo : end_) (here : list Q) (rest : list (Q * list Q))
  : result unit :=
  let cell hi := match here with [] => Ok tt | _ => rootless q lo hi end in
  match rest with
  | [] => cell None
  | (t, next) :: rest' => let? _ := cell (Some t) in rootless_from q (Some t) next rest'
  end.
Definition rootless_ratio (r : ratio) : result unit :=
  rootless_from (denominator r) None (before r) (after r).
Theorem rootless_ratio_ok r u : rootless_ratio r = Ok u -> no_root r.
Proof.
  unfold rootless_ratio, no_root. generalize (@None Q) as lo. generalize (before r) as here. revert u.
  assert (Cell : forall q lo (here : list Q) hi u,
    match here with [] => Ok tt | _ => rootless q lo hi end = Ok u -> here <> [] ->
    forall x, at_or_above lo x -> at_or_below hi x -> polynomial q x <> 0).
  { intros q lo [|c here] hi u H E; [contradiction|]. intros x. apply (rootless_ok _ _ _ u), H. }
  induction (after r) as [|[t next] rest IH]; intros u here lo H; cbn [rootless_from no_root_from] in *.
  - apply (Cell _ _ _ _ u H).
  - unbind H. split; [apply (Cell _ _ _ _ _ E)|apply (IH _ _ _ H)].
Qed.
