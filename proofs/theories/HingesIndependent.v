(** * Independence in several variables: hidden units with different hyperplanes

    Units s_p(w_i . x + b_i), w_i <> 0, none of whose (w_i, b_i) is a multiple of another, are
    linearly independent modulo polynomials, for every p >= 1: if

      P(x) + sum_i a_i s_p(w_i . x + b_i) = 0 for all x in R^n,

    all a_i are 0, and so is P.  On a general line the units become truncated powers with
    different knots.  Such a line exists: its direction and its start are taken from the curve
    (1, s, s^2, ...), on which w . x is the polynomial with the coefficients w, and finitely
    many polynomials have finitely many zeros.

    Source: Pinkus, Ridge Functions (2015), chapter 3; for p = 1, Phuong and Lampert,
    Functional vs. parametric equivalence of ReLU networks (2020), section 3. *)
From Coq Require Import Reals List Lra Lia Permutation.
From KanEquiv Require Import Relu Vectors Polynomials NormalizeUnits TruncatedPowersIndependent.
Import ListNotations.
Open Scope R_scope.

(** ** A point that is a zero of none of finitely many polynomials *)
Lemma few_roots : forall rs p, NoDup rs -> (length p <= length rs)%nat ->
  Forall (fun r => peval p r = 0) rs -> all_zero p.
Proof.
  induction rs as [|r rs IH]; intros p Hn Hl H.
  - destruct p; [constructor|simpl in Hl; lia].
  - inversion Hn as [|? ? Hr Hn']; subst. inversion H as [|? ? E0 H']; subst.
    assert (Q : all_zero (quotient r p)).
    { apply IH; [assumption|rewrite quotient_length; simpl in Hl; lia|].
      rewrite Forall_forall in *. intros y Hy. pose proof (quotient_ok r p y) as E.
      rewrite E0, (H' y Hy) in E. assert (y <> r) by congruence.
      assert (M : (y - r) * peval (quotient r p) y = 0) by lra.
      apply Rmult_integral in M. destruct M; [exfalso; lra|assumption]. }
    destruct p as [|c p]; [constructor|]. apply quotient_zero in Q. simpl in Q.
    constructor; [|exact Q]. simpl in E0. rewrite (all_zero_eval p r Q) in E0. lra.
Qed.

Lemma root_or_not p rs : exists zeros others, Permutation rs (zeros ++ others) /\
  Forall (fun r => peval p r = 0) zeros /\ Forall (fun r => peval p r <> 0) others.
Proof.
  induction rs as [|r rs (zs & os & E & Hz & Ho)]; [exists [], []; auto|].
  destruct (Req_EM_T (peval p r) 0).
  - exists (r :: zs), os. split; [constructor; assumption|auto].
  - exists zs, (r :: os). split; [|auto]. rewrite E. apply Permutation_middle.
Qed.
Lemma NoDup_parts (l m : list R) : NoDup (l ++ m) -> NoDup l /\ NoDup m.
Proof.
  induction l as [|a l IH]; simpl; intros H; [split; [constructor|assumption]|].
  inversion H as [|? ? Ha H']; subst. destruct (IH H'). split; [constructor|]; auto.
  intros Hin. apply Ha, in_or_app. auto.
Qed.
Lemma no_root_in ps : forall rs, NoDup rs -> (length (concat ps) < length rs)%nat ->
  Forall (fun p => ~ all_zero p) ps -> exists r, In r rs /\ Forall (fun p => peval p r <> 0) ps.
Proof.
  induction ps as [|p ps IH]; intros rs Hn Hl H.
  - destruct rs as [|r rs]; [simpl in Hl; lia|]. exists r. split; [left; reflexivity|constructor].
  - inversion H as [|? ? Hp Hps]; subst. simpl in Hl. rewrite app_length in Hl.
    destruct (root_or_not p rs) as (zs & os & E & Hz & Ho).
    pose proof (Permutation_length E) as L. rewrite app_length in L.
    destruct (NoDup_parts _ _ (Permutation_NoDup E Hn)) as [Nz No].
    assert (Lz : (length zs < length p)%nat).
    { destruct (Nat.lt_ge_cases (length zs) (length p)); [assumption|].
      exfalso. apply Hp, (few_roots zs); auto. }
    destruct (IH os) as (r & Hr & Hps'); [assumption|lia|assumption|].
    rewrite Forall_forall in Ho. exists r. split; [|constructor; auto].
    apply (Permutation_in r (Permutation_sym E)), in_or_app. auto.
Qed.
Theorem no_root : forall ps, Forall (fun p => ~ all_zero p) ps ->
  exists r, Forall (fun p => peval p r <> 0) ps.
Proof.
  intros ps H. destruct (no_root_in ps (map INR (seq 0 (S (length (concat ps)))))) as (r & _ & Hr).
  - apply FinFun.Injective_map_NoDup; [intros i j; apply INR_eq|apply seq_NoDup].
  - rewrite map_length, seq_length. lia.
  - assumption.
  - eauto.
Qed.

(** ** The curve (1, s, s^2, ...) *)
Fixpoint powers (n : nat) (s : R) : list R :=
  match n with O => [] | S m => 1 :: vscale s (powers m s) end.
Lemma powers_length n s : length (powers n s) = n.
Proof. induction n; simpl; [|unfold vscale; rewrite map_length]; auto. Qed.
Lemma dot_powers w s : forall n, length w = n -> dot w (powers n s) = peval w s.
Proof.
  induction w as [|c w IH]; intros n E; subst n; simpl; [reflexivity|].
  rewrite dot_comm, dot_vscale, dot_comm, IH by reflexivity. ring.
Qed.

Definition line (x v : list R) (t : R) : list R := vadd x (vscale t v).
Lemma dot_line w x v t : dot w (line x v t) = dot w x + t * dot w v.
Proof. unfold line. rewrite dot_vadd_r, (dot_comm w (vscale t v)), dot_vscale, (dot_comm v). ring. Qed.
Lemma line_length x v t n : length x = n -> length v = n -> length (line x v t) = n.
Proof.
  intros <-. unfold line. revert v. induction x as [|a x IH]; intros [|b v] H; simpl in *; try lia.
  injection H as H. rewrite <- (IH v H). reflexivity.
Qed.

(** ** Functions on the line that are polynomials *)
Definition polynomial (f : R -> R) : Prop := exists c, forall t, f t = peval c t.

Lemma polynomial_ext f g : (forall t, f t = g t) -> polynomial f -> polynomial g.
Proof. intros E (c & H). exists c. intros t. rewrite <- E. apply H. Qed.
Lemma polynomial_plus f g : polynomial f -> polynomial g -> polynomial (fun t => f t + g t).
Proof. intros (c & F) (d & G). exists (padd c d). intros t. rewrite peval_padd, F, G. reflexivity. Qed.
Lemma polynomial_scale a f : polynomial f -> polynomial (fun t => a * f t).
Proof.
  intros (c & F). exists (map (Rmult a) c). intros t. rewrite F. clear F.
  induction c as [|b c IH]; simpl; [ring|]. rewrite <- IH. ring.
Qed.
Lemma polynomial_power u p : polynomial (fun t => (t + u) ^ p).
Proof.
  induction p as [|p IH]; [exists [1]; intros t; simpl; ring|].
  pose proof (polynomial_scale u _ IH) as U. destruct IH as (c & F).
  apply (polynomial_ext (fun t => t * (t + u) ^ p + u * (t + u) ^ p)); [intros; simpl; ring|].
  apply polynomial_plus; [|exact U]. exists (0 :: c). intros t. simpl. rewrite F. ring.
Qed.

(** A unit on a line that crosses its hyperplane: a truncated power and a polynomial. *)
Lemma unit_on_line p A B : (1 <= p)%nat -> B <> 0 -> exists m, m <> 0 /\
  polynomial (fun t => relu (A + t * B) ^ p - m * relu (t - - A / B) ^ p).
Proof.
  intros Hp HB. destruct (Rlt_or_le 0 B).
  - exists (B ^ p). split; [apply pow_nonzero; assumption|]. exists []. intros t. simpl.
    rewrite <- unit_scale by lra. replace (B * (t - - A / B)) with (A + t * B) by (field; lra). ring.
  - exists (- (-1) ^ p * (- B) ^ p).
    assert (N : (-1) ^ p <> 0) by (apply pow_nonzero; lra).
    assert (M : (- B) ^ p <> 0) by (apply pow_nonzero; lra).
    split; [nra|].
    apply (polynomial_ext (fun t => ((- B) ^ p * (-1) ^ p) * (t + A / B) ^ p)).
    + intros t. replace (A + t * B) with (- B * - (t + A / B)) by (field; lra).
      rewrite unit_scale by lra. rewrite unit_turn by assumption.
      replace (t - - A / B) with (t + A / B) by (field; lra). ring.
    + apply polynomial_scale, polynomial_power.
Qed.

(** ** Hyperplanes w . x + b = 0, and units (a, (w, b)) *)
Definition hyperplane := (list R * R)%type.
Definition height (h : hyperplane) (x : list R) : R := dot (fst h) x + snd h.
Definition multiple (h k : hyperplane) : Prop :=
  exists r, fst h = vscale r (fst k) /\ snd h = r * snd k.
Fixpoint unit_sum (p : nat) (us : list (R * hyperplane)) (x : list R) : R :=
  match us with [] => 0 | (a, h) :: us' => a * relu (height h x) ^ p + unit_sum p us' x end.
(** Hyperplanes in R^n, no two of them equal. *)
Definition different (n : nat) (hs : list hyperplane) : Prop :=
  Forall (fun h => length (fst h) = n /\ ~ all_zero (fst h)) hs /\
  ForallOrdPairs (fun h k => ~ multiple h k) hs.

(** Two hyperplanes that a line crosses, as a polynomial in its start: zero where both are met
    at once. *)
Definition meeting (s : R) (h k : hyperplane) : list R :=
  psub (map (Rmult (peval (fst k) s)) (snd h :: fst h)) (map (Rmult (peval (fst h) s)) (snd k :: fst k)).
Lemma peval_scale a c x : peval (map (Rmult a) c) x = a * peval c x.
Proof. induction c as [|b c IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma psub_scaled_zero a b v w : length v = length w ->
  all_zero (psub (map (Rmult a) v) (map (Rmult b) w)) -> vscale a v = vscale b w.
Proof.
  revert w. induction v as [|x v IH]; intros [|y w] L H; simpl in *; try discriminate; auto.
  inversion H; subst. unfold vscale in *. simpl. f_equal; [lra|]. apply IH; auto.
Qed.
Lemma vscale_vscale a b v : vscale a (vscale b v) = vscale (a * b) v.
Proof. unfold vscale. rewrite map_map. apply map_ext. intros; ring. Qed.
Lemma vscale_1 v : vscale 1 v = v.
Proof. unfold vscale. rewrite <- map_id. apply map_ext. intros; ring. Qed.
Lemma meeting_nonzero s (h k : hyperplane) : length (fst h) = length (fst k) ->
  peval (fst h) s <> 0 -> peval (fst k) s <> 0 -> ~ multiple h k -> ~ all_zero (meeting s h k).
Proof.
  intros L Hh Hk Hm H. apply Hm. exists (/ peval (fst k) s * peval (fst h) s).
  apply psub_scaled_zero in H; [|simpl; f_equal; exact L]. unfold vscale in H. simpl in H.
  injection H as H0 H1.
  change (vscale (peval (fst k) s) (fst h) = vscale (peval (fst h) s) (fst k)) in H1. split.
  - rewrite <- vscale_vscale, <- H1, vscale_vscale, Rinv_l, vscale_1 by assumption. reflexivity.
  - apply Rmult_eq_reg_l with (peval (fst k) s); [|assumption]. rewrite H0. field. assumption.
Qed.

(** Where the line with start r (1, r, ...) and direction (1, s, ...) meets a hyperplane. *)
Definition knot (r s : R) (h : hyperplane) : R := - peval (snd h :: fst h) r / peval (fst h) s.
Lemma height_on_line n r s (h : hyperplane) t : length (fst h) = n ->
  height h (line (vscale r (powers n r)) (powers n s) t)
  = peval (snd h :: fst h) r + t * peval (fst h) s.
Proof.
  intros L. unfold height. rewrite dot_line, (dot_comm _ (vscale r _)), dot_vscale, (dot_comm _ (fst h)).
  rewrite !dot_powers by assumption. simpl. ring.
Qed.

(** The sum of units on the line: truncated powers at the knots, and a polynomial. *)
Lemma units_on_line p n r s us : (1 <= p)%nat ->
  Forall (fun u => length (fst (snd u)) = n /\ peval (fst (snd u)) s <> 0) us ->
  exists l, map fst l = map (fun u => knot r s (snd u)) us /\
    (Forall (fun tw => snd tw = 0) l -> Forall (fun u => fst u = 0) us) /\
    polynomial (fun t => unit_sum p us (line (vscale r (powers n r)) (powers n s) t) - hinge_sum p l t).
Proof.
  intros Hp. induction 1 as [|[a h] us [L B] _ (l & Hk & Hz & Hl)].
  - exists []. repeat split; [constructor|]. exists []. intros t. simpl. ring.
  - simpl in L, B. destruct (unit_on_line p (peval (snd h :: fst h) r) _ Hp B) as (m & Hm & Hu).
    exists ((knot r s h, a * m) :: l). split; [simpl; congruence|]. split.
    + intros H. inversion H as [|? ? H0 H']; subst. constructor; [|auto].
      simpl in *. apply Rmult_integral in H0. destruct H0; [assumption|contradiction].
    + apply (polynomial_ext (fun t =>
        a * (relu (peval (snd h :: fst h) r + t * peval (fst h) s) ^ p - m * relu (t - knot r s h) ^ p)
        + (unit_sum p us (line (vscale r (powers n r)) (powers n s) t) - hinge_sum p l t))).
      * intros t. cbn [unit_sum hinge_sum]. rewrite height_on_line by assumption. ring.
      * apply polynomial_plus; [apply polynomial_scale, Hu|exact Hl].
Qed.

(** All pairs of a list, the earlier one first. *)
Fixpoint pairs {A} (l : list A) : list (A * A) :=
  match l with [] => [] | a :: l' => map (pair a) l' ++ pairs l' end.
Lemma pairs_Forall {A} (P : A -> A -> Prop) l :
  ForallOrdPairs P l <-> Forall (fun ab => P (fst ab) (snd ab)) (pairs l).
Proof.
  induction l as [|a l IH]; simpl; [split; constructor|].
  rewrite Forall_app, Forall_map. split.
  - intros H. inversion H; subst. tauto.
  - intros [H1 H2]. constructor; tauto.
Qed.
Lemma general_line n hs : different n hs ->
  exists r s, Forall (fun h => peval (fst h) s <> 0) hs /\ NoDup (map (knot r s) hs).
Proof.
  intros [Hd Hm].
  destruct (no_root (map fst hs)) as (s & Hs).
  { rewrite Forall_map. apply Forall_impl with (2 := Hd). tauto. }
  rewrite Forall_map in Hs.
  assert (M : ForallOrdPairs (fun h k => ~ all_zero (meeting s h k)) hs).
  { clear - Hd Hm Hs. induction Hm as [|h hs Hh _ IH]; constructor.
    - inversion Hd as [|? ? D0 D]; inversion Hs as [|? ? S0 S1]; subst.
      rewrite Forall_forall in *. intros k Hk.
      apply meeting_nonzero; auto. destruct D0 as [-> _]. symmetry. apply D, Hk.
    - inversion Hd; inversion Hs; subst; auto. }
  apply pairs_Forall in M.
  destruct (no_root (map (fun hk => meeting s (fst hk) (snd hk)) (pairs hs))) as (r & Hr).
  { rewrite Forall_map. exact M. }
  rewrite Forall_map in Hr. exists r, s. split; [exact Hs|].
  change (Forall (fun hk => (fun h k => peval (meeting s h k) r <> 0) (fst hk) (snd hk)) (pairs hs)) in Hr.
  apply pairs_Forall in Hr. clear - Hs Hr.
  induction Hr as [|h hs Hh _ IH]; simpl; [constructor|]. inversion Hs as [|? ? S0 S1]; subst.
  constructor; [|auto]. intros H. apply in_map_iff in H as (k & E & Hk).
  rewrite Forall_forall in Hh, S1. apply (Hh k Hk). unfold meeting.
  rewrite peval_psub, !peval_scale. unfold knot in E.
  set (x := peval (snd h :: fst h) r) in *. set (y := peval (snd k :: fst k) r) in *.
  pose proof (S1 k Hk) as Sk. simpl in Sk.
  assert (X : x = - (- x / peval (fst h) s) * peval (fst h) s) by (field; assumption).
  rewrite X, <- E. field. assumption.
Qed.

(** ** The theorem *)
Definition polynomial_on_lines (n : nat) (f : list R -> R) : Prop :=
  forall x v, length x = n -> length v = n -> polynomial (fun t => f (line x v t)).

Theorem units_independent : forall p n P us, (1 <= p)%nat ->
  polynomial_on_lines n P -> different n (map snd us) ->
  (forall x, length x = n -> P x + unit_sum p us x = 0) ->
  Forall (fun u => fst u = 0) us /\ forall x, length x = n -> P x = 0.
Proof.
  intros p n P us Hp HP Hd H.
  assert (Z : Forall (fun u => fst u = 0) us).
  { destruct (general_line n _ Hd) as (r & s & Hs & Hk). rewrite map_map in Hk.
    rewrite Forall_map in Hs.
    destruct (units_on_line p n r s us) as (l & El & Hz & Hl); [assumption| |].
    { destruct Hd as [Hd _]. rewrite Forall_map in Hd. rewrite Forall_forall in *.
      intros u Hu. split; [apply Hd|apply Hs]; assumption. }
    set (x := vscale r (powers n r)) in *. set (v := powers n s) in *.
    assert (Lx : length x = n) by (unfold x, vscale; rewrite map_length; apply powers_length).
    assert (Lv : length v = n) by apply powers_length.
    destruct (polynomial_plus _ _ (HP x v Lx Lv) Hl) as (c & Hc).
    apply Hz, (truncated_powers_independent_in_any_order p c); [assumption|congruence|].
    intros t. rewrite <- Hc. pose proof (H (line x v t) (line_length x v t n Lx Lv)). lra. }
  split; [assumption|]. intros x Hx. rewrite <- (H x Hx). clear - Z.
  induction Z as [|[a h] us Ha _ IH]; simpl in *; [ring|]. rewrite Ha, Rmult_0_l, Rplus_0_l. exact IH.
Qed.

(** An affine function is 0 only with coefficients 0. *)
Lemma affine_zero n c d : length c = n -> (forall x, length x = n -> dot c x + d = 0) ->
  all_zero c /\ d = 0.
Proof.
  intros L H. assert (D : d = 0).
  { specialize (H (vscale 0 (powers n 0))). rewrite dot_comm, dot_vscale in H.
    unfold vscale in H. rewrite map_length, powers_length in H. specialize (H eq_refl). lra. }
  split; [|assumption]. apply zero_on_interval with 0 1; [lra|]. intros s _.
  rewrite <- (dot_powers c s n L). specialize (H (powers n s) (powers_length n s)). lra.
Qed.

(** For ReLU and an affine part, all coefficients. *)
Theorem hinges_independent : forall n c d us, length c = n -> different n (map snd us) ->
  (forall x, length x = n -> dot c x + d + unit_sum 1 us x = 0) ->
  all_zero c /\ d = 0 /\ Forall (fun u => fst u = 0) us.
Proof.
  intros n c d us L Hd H. destruct (units_independent 1 n (fun x => dot c x + d) us) as [Z HP];
    [lia| |assumption|assumption|].
  - intros x v _ _. exists [dot c x + d; dot c v]. intros t. rewrite dot_line. simpl. ring.
  - destruct (affine_zero n c d L HP). auto.
Qed.
