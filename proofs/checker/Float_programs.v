(** * What a straight-line program computes in floats: values and errors on an interval

    A register (low, high, error) says: for every x of the interval the value over the reals lies
    in [low, high], and what is computed is within error of it.  |a'b' - ab| <= |a| e_b + |b| e_a +
    e_a e_b for products; maximum, minimum and absolute value pass on the larger error, and
    max(z, 0) at most how far z + e reaches above 0 where z <= 0.  All are integers over 2^192,
    rounded outward. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions Programs Float_model.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Definition fine : Z := 192.
Definition one : Z := Eval compute in (2 ^ 192)%Z.
(** A quotient by 2^k, rounded down and up. *)
Definition down (k z : Z) : Z := Z.shiftr z k.
Definition up (k z : Z) : Z := (- Z.shiftr (- z) k)%Z.
(** A rational over 2^192, rounded down and up. *)
Definition floor_at (q : Q) : Z := (Qnum q * one / Zpos (Qden q))%Z.
Definition ceiling_at (q : Q) : Z := (- (- Qnum q * one / Zpos (Qden q)))%Z.

Definition tiny (p : precision) : Z :=
  match p with Float32 => 73786976294838206464 (* 2^66 *) | Float64 => 1 end.
Definition top_exponent (p : precision) : Z := match p with Float32 => 128 | Float64 => 1024 end.
Definition limit (p : precision) : Z := Z.shiftl 1 (fine + top_exponent p - 1).
Definition widest (low high : Z) : Z := Z.max (- low) high. (* the largest absolute value *)
Definition error_register : Type := Z * Z * Z.

Section Run.
Variable m : model.
Notation p := (format m).
Definition rounded (low high error : Z) : error_register :=
  (low, high, error + down (Z.of_nat (bits p)) (widest low high + error) + 1 + tiny p)%Z.
Definition errs (held : list error_register) (i : instruction) : result error_register :=
  let at_ k := let '(a, b, e) := nth k held (0, 0, 0)%Z in (a, b, e + tiny p)%Z in
  match i with
  | Number c => Ok (floor_at c, ceiling_at c, 0)%Z
  | Negative k => let '(a, b, e) := at_ k in Ok (- b, - a, e)%Z
  | Relu k =>
      let '(a, b, e) := at_ k in
      let reach := Z.max 0 (Z.min e (b + e)) in
      Ok (Z.max a 0, Z.max b 0, if Z.eqb reach 0 then 0 else reach + tiny p)%Z
  | Absolute k =>
      let '(a, b, e) := at_ k in
      Ok (Z.max (Z.max a (- b)) 0, Z.max (- a) b, e + tiny p)%Z
  | Programs.Minimum k l =>
      let '(a, b, e) := at_ k in let '(c, d, g) := at_ l in
      Ok (Z.min a c, Z.min b d, Z.max e g + tiny p)%Z
  | Programs.Maximum k l =>
      let '(a, b, e) := at_ k in let '(c, d, g) := at_ l in
      Ok (Z.max a c, Z.max b d, Z.max e g + tiny p)%Z
  | Times k l =>
      let '(a, b, e) := at_ k in let '(c, d, g) := at_ l in
      let ac := (a * c)%Z in let ad := (a * d)%Z in let bc := (b * c)%Z in let bd := (b * d)%Z in
      let carried := (widest a b * g + widest c d * e + e * g)%Z in
      Ok (rounded (down fine (Z.min (Z.min ac ad) (Z.min bc bd)))
            (up fine (Z.max (Z.max ac ad) (Z.max bc bd))) (1 + down fine carried)%Z)
  | Plus k l =>
      let '(a, b, e) := at_ k in let '(c, d, g) := at_ l in Ok (rounded (a + c) (b + d) (e + g))%Z
  | Minus k l =>
      let '(a, b, e) := at_ k in let '(c, d, g) := at_ l in Ok (rounded (a - d) (b - c) (e + g))%Z
  | Atom_of _ _ => Unsupported "float errors of atoms"
  | Divided k _ => Ok (nth k held (0, 0, 0)%Z)
  end.
Definition stays (r : error_register) : result unit :=
  let '(a, b, e) := r in need (Z.leb (widest a b + e) (limit p)) "a value may overflow".
Fixpoint run (prog : program) (held : list error_register) : result (list error_register) :=
  match prog with
  | [] => Ok held
  | i :: prog' =>
      let? r := errs held i in
      let? _ := match i with Number _ | Divided _ _ => Ok tt | _ => stays r end in
      run prog' (held ++ [r])
  end.

(** ** Soundness *)
Open Scope R_scope.
Notation S := (IZR one).
Lemma S_pos : 0 < S. Proof. apply IZR_lt. reflexivity. Qed.
Lemma S_power : S = 2 ^ 192.
Proof. rewrite pow_IZR. reflexivity. Qed.
Lemma down_ok k z : (0 <= k)%Z ->
  IZR (down k z) <= IZR z / 2 ^ Z.to_nat k < IZR (down k z) + 1.
Proof.
  intros K. unfold down. rewrite Z.shiftr_div_pow2 by assumption.
  assert (P : (0 < 2 ^ k)%Z) by (apply Z.pow_pos_nonneg; lia).
  assert (E : 2 ^ Z.to_nat k = IZR (2 ^ k)).
  { rewrite <- (Z2Nat.id k) at 2 by assumption. rewrite <- pow_IZR. reflexivity. }
  rewrite E. pose proof (Z_div_mod_eq_full z (2 ^ k)) as D. pose proof (Z.mod_pos_bound z _ P) as M.
  set (q := (z / 2 ^ k)%Z) in *. set (r := (z mod 2 ^ k)%Z) in *. apply IZR_lt in P as PR.
  apply (f_equal IZR) in D. rewrite plus_IZR, mult_IZR in D. destruct M as [M1 M2].
  apply IZR_le in M1. apply IZR_lt in M2. split.
  - apply Rmult_le_reg_r with (IZR (2 ^ k)); [assumption|]. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l by lra. lra.
  - apply Rmult_lt_reg_r with (IZR (2 ^ k)); [assumption|]. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.
Lemma up_ok k z : (0 <= k)%Z -> IZR z / 2 ^ Z.to_nat k <= IZR (up k z) < IZR z / 2 ^ Z.to_nat k + 1.
Proof.
  intros K. pose proof (down_ok k (- z) K) as D. unfold up, down in *. rewrite opp_IZR in *.
  unfold Rdiv in *. lra.
Qed.
Lemma div_ok a b : (0 < b)%Z -> IZR (a / b) <= IZR a / IZR b < IZR (a / b) + 1.
Proof.
  intros P. pose proof (Z_div_mod_eq_full a b) as D. pose proof (Z.mod_pos_bound a _ P) as [M1 M2].
  apply IZR_lt in P as PR. apply (f_equal IZR) in D. rewrite plus_IZR, mult_IZR in D.
  apply IZR_le in M1. apply IZR_lt in M2. split.
  - apply Rmult_le_reg_r with (IZR b); [assumption|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
  - apply Rmult_lt_reg_r with (IZR b); [assumption|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.
Lemma floor_at_ok q : IZR (floor_at q) <= Q2R q * S < IZR (floor_at q) + 1.
Proof.
  unfold floor_at. replace (Q2R q * S) with (IZR (Qnum q * one) / IZR (Zpos (Qden q))).
  - apply div_ok. reflexivity.
  - rewrite mult_IZR. unfold Q2R. field. apply not_0_IZR. discriminate.
Qed.
Lemma ceiling_at_ok q : Q2R q * S <= IZR (ceiling_at q) < Q2R q * S + 1.
Proof.
  pose proof (div_ok (- Qnum q * one) (Zpos (Qden q)) eq_refl) as D. unfold ceiling_at.
  rewrite opp_IZR. rewrite mult_IZR, opp_IZR in D.
  replace (- IZR (Qnum q) * S / IZR (Zpos (Qden q))) with (- (Q2R q * S)) in D; [lra|].
  unfold Q2R. field. apply not_0_IZR. discriminate.
Qed.
Notation L := (least p).
Notation u := (roundoff p).
Lemma tiny_ok : 0 < L /\ L * S <= IZR (tiny p) /\ 1 <= IZR (tiny p).
Proof.
  assert (P : 0 < L) by (apply Rinv_0_lt_compat, pow_lt; lra). split; [exact P|].
  rewrite S_power. unfold least. destruct (format m); cbn [normal tiny].
  - split; [|apply IZR_le; discriminate]. change 192%nat with (126 + 66)%nat. rewrite pow_add.
    rewrite <- Rmult_assoc, Rinv_l, Rmult_1_l by (apply pow_nonzero; lra).
    rewrite (pow_IZR 2 66). apply IZR_le. discriminate.
  - split; [|lra]. change 1022%nat with (830 + 192)%nat. rewrite pow_add, Rinv_mult.
    rewrite Rmult_assoc, Rinv_l, Rmult_1_r by (apply pow_nonzero; lra).
    rewrite <- Rinv_1. apply Rinv_le_contravar; [lra|]. apply pow_R1_Rle. lra.
Qed.
Lemma roundoff_pos : 0 < u <= 1 / 2.
Proof.
  unfold roundoff. split; [apply Rinv_0_lt_compat, pow_lt; lra|].
  replace (1 / 2) with (/ 2 ^ 1) by (simpl; field). apply Rinv_le_contravar; [apply pow_lt; lra|].
  apply Rle_pow; [lra|]. destruct (format m); simpl; lia.
Qed.
Lemma widest_ok low high v : IZR low <= v <= IZR high -> Rabs v <= IZR (widest low high).
Proof.
  intros [A B]. unfold widest.
  pose proof (IZR_le _ _ (Z.le_max_l (- low) high)). pose proof (IZR_le _ _ (Z.le_max_r (- low) high)).
  rewrite opp_IZR in *. apply Rabs_le. lra.
Qed.

(** The exact value a, and what is computed, r. *)
Definition stands (e : error_register) (a : R) (r : register) : Prop :=
  let '(low, high, error) := e in
  IZR low <= a * S <= IZR high /\ Rabs (fst r - a) * S <= IZR error /\ Rabs (snd r - a) * S <= IZR error.
Lemma flushed_near a a' : flushed m a a' -> Rabs (a' - a) <= L.
Proof.
  pose proof tiny_ok as (P & _). intros [->|[H ->]].
  - rewrite Rminus_eq_0, Rabs_R0. lra.
  - rewrite Rminus_0_l, Rabs_Ropp. lra.
Qed.
Lemma near_trans x y z d e : Rabs (x - y) * S <= d -> Rabs (y - z) * S <= e -> Rabs (x - z) * S <= d + e.
Proof.
  pose proof S_pos. intros A B. replace (x - z) with ((x - y) + (y - z)) by ring.
  pose proof (Rabs_triang (x - y) (y - z)). nra.
Qed.
Lemma least_near x y : Rabs (x - y) <= L -> Rabs (x - y) * S <= IZR (tiny p).
Proof. pose proof tiny_ok as (P & T & _). pose proof S_pos. nra. Qed.
Lemma operand_near e a r x : Rabs (fst r - a) * S <= IZR e -> operand m r x ->
  Rabs (x - a) * S <= IZR (e + tiny p).
Proof.
  intros H O. rewrite plus_IZR, Rplus_comm. eapply near_trans; [|exact H].
  apply least_near, flushed_near, O.
Qed.
Lemma summand_near low high e a r x : stands (low, high, e) a r -> summand m r x ->
  Rabs (x - a) * S <= IZR (e + tiny p).
Proof.
  intros (_ & H1 & H2) [O| ->]; [apply (operand_near e a r x H1 O)|].
  rewrite plus_IZR. pose proof tiny_ok as (_ & _ & T). lra.
Qed.
Lemma rounded_ok low high error a z z' : IZR low <= a * S <= IZR high ->
  Rabs (z - a) * S <= IZR error -> rounds m z z' ->
  let '(l, h, e) := rounded low high error in
  IZR l <= a * S <= IZR h /\ Rabs (z' - a) * S <= IZR e /\ Rabs (z - a) * S <= IZR e.
Proof.
  intros B E H. unfold rounded. split; [exact B|].
  pose proof S_pos as P. pose proof tiny_ok as (Lp & T & T1). pose proof roundoff_pos as U.
  set (size := (widest low high + error)%Z).
  assert (D : u * IZR size <= IZR (down (Z.of_nat (bits p)) size) + 1).
  { pose proof (down_ok (Z.of_nat (bits p)) size ltac:(lia)) as D. rewrite Nat2Z.id in D.
    unfold roundoff. unfold Rdiv in D. lra. }
  assert (Z0 : Rabs z * S <= IZR size).
  { unfold size. rewrite plus_IZR. pose proof (widest_ok _ _ _ B) as W. rewrite Rabs_mult, (Rabs_pos_eq S) in W by lra.
    replace z with ((z - a) + a) by ring. pose proof (Rabs_triang (z - a) a). nra. }
  assert (D0 : 0 <= u * IZR size). { apply Rmult_le_pos; [lra|]. pose proof (Rabs_pos z). nra. }
  unfold rounds in H. rewrite !plus_IZR. split.
  - replace (z' - a) with ((z' - z) + (z - a)) by ring. pose proof (Rabs_triang (z' - z) (z - a)).
    assert (Rabs (z' - z) * S <= u * IZR size + L * S) by nra. nra.
  - lra.
Qed.
Lemma corners a b c d x y : a <= x <= b -> c <= y <= d ->
  Rmin (Rmin (a * c) (a * d)) (Rmin (b * c) (b * d)) <= x * y
  <= Rmax (Rmax (a * c) (a * d)) (Rmax (b * c) (b * d)).
Proof.
  intros [A B] [C D].
  assert (lower : forall s, Rmin (s * c) (s * d) <= s * y <= Rmax (s * c) (s * d)).
  { intros s. unfold Rmin, Rmax. destruct (Rle_dec (s * c) (s * d)); destruct (Rle_dec 0 s); nra. }
  pose proof (lower a) as La. pose proof (lower b) as Lb.
  assert (x * y <= Rmax (a * y) (b * y) /\ Rmin (a * y) (b * y) <= x * y) as [U V].
  { unfold Rmin, Rmax. destruct (Rle_dec (a * y) (b * y)); destruct (Rle_dec 0 y); split; nra. }
  split.
  - eapply Rle_trans; [|exact V]. apply Rmin_glb.
    + eapply Rle_trans; [apply Rmin_l|]. apply La.
    + eapply Rle_trans; [apply Rmin_r|]. apply Lb.
  - eapply Rle_trans; [exact U|]. apply Rmax_lub.
    + eapply Rle_trans; [apply La|apply Rmax_l].
    + eapply Rle_trans; [apply Lb|apply Rmax_r].
Qed.
Lemma IZR_max a b : IZR (Z.max a b) = Rmax (IZR a) (IZR b).
Proof.
  destruct (Z.le_gt_cases a b) as [H|H].
  - rewrite Z.max_r, Rmax_right; auto. apply IZR_le, H.
  - rewrite Z.max_l, Rmax_left; auto; [apply IZR_le|]; lia.
Qed.
Lemma IZR_min a b : IZR (Z.min a b) = Rmin (IZR a) (IZR b).
Proof.
  destruct (Z.le_gt_cases a b) as [H|H].
  - rewrite Z.min_l, Rmin_left; auto. apply IZR_le, H.
  - rewrite Z.min_r, Rmin_right; auto; [apply IZR_le|]; lia.
Qed.
Lemma scaled_max x y : Rmax x y * S = Rmax (x * S) (y * S).
Proof. pose proof S_pos. rewrite !(Rmult_comm _ S). symmetry. apply RmaxRmult. lra. Qed.
Lemma scaled_min x y : Rmin x y * S = Rmin (x * S) (y * S).
Proof. pose proof S_pos. unfold Rmin. destruct (Rle_dec x y), (Rle_dec (x * S) (y * S)); nra. Qed.
Lemma Rmax_near x y a b d : Rabs (x - a) <= d -> Rabs (y - b) <= d -> Rabs (Rmax x y - Rmax a b) <= d.
Proof.
  intros H1 H2.
  unfold Rmax, Rabs in *. destruct (Rle_dec x y), (Rle_dec a b);
    repeat destruct (Rcase_abs _); lra.
Qed.
Lemma Rmin_near x y a b d : Rabs (x - a) <= d -> Rabs (y - b) <= d -> Rabs (Rmin x y - Rmin a b) <= d.
Proof.
  intros H1 H2. unfold Rmin, Rabs in *. destruct (Rle_dec x y), (Rle_dec a b);
    repeat destruct (Rcase_abs _); lra.
Qed.

Lemma scaled_abs x : Rabs x * S = Rabs (x * S).
Proof. pose proof S_pos. rewrite Rabs_mult, (Rabs_pos_eq S) by lra. reflexivity. Qed.
Lemma relu_near x v b e : Rabs (x - v) * S <= e -> v * S <= b ->
  Rabs (Rmax 0 x - Rmax 0 v) * S <= Rmax 0 (Rmin e (b + e)).
Proof.
  intros H B. rewrite scaled_abs in *. rewrite Rmult_minus_distr_r in *. rewrite !scaled_max, !Rmult_0_l.
  set (X := x * S) in *. set (V := v * S) in *. clearbody X V.
  assert (A : X - V <= e /\ V - X <= e) by (revert H; unfold Rabs; destruct (Rcase_abs _); lra).
  clear H. destruct A as [A1 A2].
  assert (G : Rmax 0 X - Rmax 0 V <= Rmax 0 (Rmin e (b + e)) /\
              Rmax 0 V - Rmax 0 X <= Rmax 0 (Rmin e (b + e))).
  { unfold Rmax at 1 2 4 5. destruct (Rle_dec 0 X), (Rle_dec 0 V);
      (split; [|]); (destruct (Rle_dec e (b + e)) as [C|C];
        [rewrite Rmin_left by lra|rewrite Rmin_right by lra]);
      first [eapply Rle_trans; [|apply Rmax_r]; lra|eapply Rle_trans; [|apply Rmax_l]; lra]. }
  destruct G. apply Rabs_le. lra.
Qed.

(** Registers that stand for the same ones. *)
Definition all_stand (es : list error_register) (vs : list R) (rs : list register) : Prop :=
  length es = length vs /\ length vs = length rs /\
  forall k, stands (nth k es (0, 0, 0)%Z) (nth k vs 0) (nth k rs (0, 0)).
Lemma stands_0 : stands (0, 0, 0)%Z 0 (0, 0).
Proof. simpl. rewrite Rminus_0_r, Rabs_R0. lra. Qed.
Lemma all_stand_more es vs rs e v r : all_stand es vs rs -> stands e v r ->
  all_stand (es ++ [e]) (vs ++ [v]) (rs ++ [r]).
Proof.
  intros (A & B & C) H. repeat split; rewrite ?app_length; simpl; try lia. intros k.
  destruct (Nat.lt_total k (length es)) as [K|[K|K]].
  - rewrite !app_nth1 by lia. apply C.
  - rewrite !app_nth2 by lia. replace (k - length es)%nat with O by lia.
    replace (k - length vs)%nat with O by lia. replace (k - length rs)%nat with O by lia. exact H.
  - rewrite !nth_overflow by (rewrite app_length; simpl; lia). apply stands_0.
Qed.
Lemma all_stand_last es vs rs : all_stand es vs rs ->
  stands (last es (0, 0, 0)%Z) (last vs 0) (last rs (0, 0)).
Proof.
  intros (A & B & C).
  assert (E : forall X (l : list X) d, last l d = nth (length l - 1) l d).
  { intros X l d. induction l as [|a [|b l] IH]; try reflexivity.
    change (last (a :: b :: l) d) with (last (b :: l) d). rewrite IH. simpl. rewrite Nat.sub_0_r.
    reflexivity. }
  rewrite !E, <- B, <- A. apply C.
Qed.
Context {N : Normal_distribution}.
(** From Ok a = Ok e, without reduction. *)
Ltac got H := match type of H with Ok ?a = Ok ?e =>
  let E := fresh in assert (E : e = a) by congruence; clear H; subst e end.
Lemma errs_ok es vs rs i e r : all_stand es vs rs -> errs es i = Ok e ->
  computes_instruction m rs i r -> stands e (match i with Divided k _ => nth k vs 0 | _ => instruction_value vs i end) r.
Proof.
  intros (_ & _ & St). pose proof S_pos as P. pose proof tiny_ok as (Lp & T & T1).
  unfold errs, computes_instruction, instruction_value. cbv zeta.
  assert (near_flush : forall z a z' e, Rabs (z - a) * S <= IZR e -> flushed m z z' ->
    Rabs (z' - a) * S <= IZR (e + tiny p)).
  { intros z a z' e0 H F. apply (operand_near e0 a (z, z) z' H F). }
  assert (both : forall d e, IZR d <= IZR (Z.max d e) /\ IZR e <= IZR (Z.max d e)).
  { intros d e0. split; apply IZR_le; lia. }
  destruct i as [c|k l|k l|k l|k l|k l|k|k|k|k n|k n].
  - intros H [E Pl]. got H. unfold stands. rewrite Pl, E. pose proof (floor_at_ok c).
    pose proof (ceiling_at_ok c). rewrite Rminus_eq_0, Rabs_R0. lra.
  - intros H (x & y & X & Y & R & Pl). specialize (St k) as Sk. specialize (St l) as Sl.
    destruct (nth k es _) as [[a b] e1] eqn:E1. destruct (nth l es _) as [[c d] e2] eqn:E2.
    got H. pose proof (summand_near _ _ _ _ _ _ Sk X) as Nx.
    pose proof (summand_near _ _ _ _ _ _ Sl Y) as Ny. destruct Sk as [Bk _], Sl as [Bl _].
    set (v := nth k vs 0) in *. set (w := nth l vs 0) in *.
    assert (Ne : Rabs (x + y - (v + w)) * S <= IZR (e1 + tiny p + (e2 + tiny p))).
    { rewrite (plus_IZR (e1 + tiny p)). replace (x + y - (v + w)) with ((x - v) + (y - w)) by ring.
      pose proof (Rabs_triang (x - v) (y - w)). nra. }
    pose proof (rounded_ok (a + c) (b + d) _ (v + w) _ _
      ltac:(rewrite !plus_IZR; lra) Ne R) as Q. unfold rounded in *. unfold stands. rewrite Pl. tauto.
  - intros H (x & y & X & Y & R & Pl). specialize (St k) as Sk. specialize (St l) as Sl.
    destruct (nth k es _) as [[a b] e1] eqn:E1. destruct (nth l es _) as [[c d] e2] eqn:E2.
    got H. pose proof (summand_near _ _ _ _ _ _ Sk X) as Nx.
    pose proof (summand_near _ _ _ _ _ _ Sl Y) as Ny. destruct Sk as [Bk _], Sl as [Bl _].
    set (v := nth k vs 0) in *. set (w := nth l vs 0) in *.
    assert (Ne : Rabs (x - y - (v - w)) * S <= IZR (e1 + tiny p + (e2 + tiny p))).
    { rewrite (plus_IZR (e1 + tiny p)). replace (x - y - (v - w)) with ((x - v) + - (y - w)) by ring.
      pose proof (Rabs_triang (x - v) (- (y - w))) as Tr. rewrite Rabs_Ropp in Tr. nra. }
    pose proof (rounded_ok (a - d) (b - c) _ (v - w) _ _
      ltac:(rewrite !minus_IZR; lra) Ne R) as Q. unfold rounded in *. unfold stands. rewrite Pl. tauto.
  - intros H (x & y & X & Y & R & Pr). specialize (St k) as Sk. specialize (St l) as Sl.
    destruct (nth k es _) as [[a b] e1] eqn:E1. destruct (nth l es _) as [[c d] e2] eqn:E2.
    got H. destruct Sk as (Bk & Nk & _), Sl as (Bl & Nl & _).
    pose proof (operand_near _ _ _ _ Nk X) as Nx. pose proof (operand_near _ _ _ _ Nl Y) as Ny.
    set (v := nth k vs 0) in *. set (w := nth l vs 0) in *.
    set (e := (e1 + tiny p)%Z) in *. set (g := (e2 + tiny p)%Z) in *.
    set (carried := (widest a b * g + widest c d * e + e * g)%Z).
    set (lo := Z.min (Z.min _ _) (Z.min _ _)). set (hi := Z.max (Z.max _ _) (Z.max _ _)).
    assert (PS : 2 ^ Z.to_nat fine = S) by (rewrite S_power; reflexivity).
    pose proof (down_ok fine lo ltac:(discriminate)) as Dl. pose proof (up_ok fine hi ltac:(discriminate)) as Uh.
    pose proof (down_ok fine carried ltac:(discriminate)) as Dc. rewrite PS in Dl, Uh, Dc.
    assert (Bnd : IZR lo <= v * S * (w * S) <= IZR hi).
    { unfold lo, hi. rewrite !IZR_min, !IZR_max, !mult_IZR. apply corners; assumption. }
    assert (Quot : forall z, z / S * S = z) by (intros; field; lra).
    assert (Bx : IZR (down fine lo) <= v * w * S <= IZR (up fine hi)).
    { split.
      - eapply Rle_trans; [apply Dl|]. apply Rmult_le_reg_r with S; [assumption|]. rewrite Quot. nra.
      - eapply Rle_trans; [|apply Uh]. apply Rmult_le_reg_r with S; [assumption|]. rewrite Quot. nra. }
    assert (Ne : Rabs (x * y - v * w) * S <= IZR (1 + down fine carried)).
    { rewrite plus_IZR. apply Rlt_le. eapply Rle_lt_trans; [|rewrite Rplus_comm; apply Dc].
      apply Rmult_le_reg_r with S; [assumption|]. rewrite Quot.
      replace (x * y - v * w) with (v * (y - w) + w * (x - v) + (x - v) * (y - w)) by ring.
      pose proof (widest_ok _ _ _ Bk) as Wk. pose proof (widest_ok _ _ _ Bl) as Wl.
      rewrite Rabs_mult, (Rabs_pos_eq S) in Wk, Wl by lra.
      unfold carried. rewrite !plus_IZR, !mult_IZR.
      pose proof (Rabs_triang (v * (y - w) + w * (x - v)) ((x - v) * (y - w))) as T2.
      pose proof (Rabs_triang (v * (y - w)) (w * (x - v))) as T3. rewrite !Rabs_mult in *.
      pose proof (Rabs_pos v). pose proof (Rabs_pos w). pose proof (Rabs_pos (x - v)). pose proof (Rabs_pos (y - w)).
      set (V := Rabs v * S) in *. set (W := Rabs w * S) in *. set (DX := Rabs (x - v) * S) in *. set (DY := Rabs (y - w) * S) in *.
      assert (0 <= V /\ 0 <= W /\ 0 <= DX /\ 0 <= DY) by (unfold V, W, DX, DY; repeat split; apply Rmult_le_pos; lra).
      apply Rle_trans with (V * DY + W * DX + DX * DY).
      + unfold V, W, DX, DY. apply Rle_trans with
          ((Rabs v * Rabs (y - w) + Rabs w * Rabs (x - v) + Rabs (x - v) * Rabs (y - w)) * (S * S)); [|right; ring].
        rewrite Rmult_assoc. apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|lra].
      + repeat apply Rplus_le_compat; apply Rmult_le_compat; lra. }
    pose proof (rounded_ok _ _ _ (v * w) _ _ Bx Ne R) as Q. unfold rounded in *. unfold stands. rewrite Pr. tauto.
  - intros H (x & y & X & Y & F & Pl). specialize (St k) as Sk. specialize (St l) as Sl.
    destruct (nth k es _) as [[a b] e1] eqn:E1. destruct (nth l es _) as [[c d] e2] eqn:E2.
    got H. destruct Sk as (Bk & Nk & _), Sl as (Bl & Nl & _).
    pose proof (operand_near _ _ _ _ Nk X) as Nx. pose proof (operand_near _ _ _ _ Nl Y) as Ny.
    set (v := nth k vs 0) in *. set (w := nth l vs 0) in *. unfold stands. rewrite Pl.
    pose proof (both (e1 + tiny p)%Z (e2 + tiny p)%Z) as [M1 M2].
    assert (Ne : Rabs (Rmin x y - Rmin v w) * S <= IZR (Z.max (e1 + tiny p) (e2 + tiny p))).
    { apply Rmult_le_reg_r with (/ S); [apply Rinv_0_lt_compat, P|]. rewrite Rmult_assoc, Rinv_r, Rmult_1_r by lra.
      apply Rmin_near; apply Rmult_le_reg_r with S; try assumption; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra; lra. }
    split; [rewrite scaled_min, !IZR_min|split; apply (near_flush _ _ _ _ Ne F)].
    unfold Rmin. repeat destruct (Rle_dec _ _); lra.
  - intros H (x & y & X & Y & F & Pl). specialize (St k) as Sk. specialize (St l) as Sl.
    destruct (nth k es _) as [[a b] e1] eqn:E1. destruct (nth l es _) as [[c d] e2] eqn:E2.
    got H. destruct Sk as (Bk & Nk & _), Sl as (Bl & Nl & _).
    pose proof (operand_near _ _ _ _ Nk X) as Nx. pose proof (operand_near _ _ _ _ Nl Y) as Ny.
    set (v := nth k vs 0) in *. set (w := nth l vs 0) in *. unfold stands. rewrite Pl.
    pose proof (both (e1 + tiny p)%Z (e2 + tiny p)%Z) as [M1 M2].
    assert (Ne : Rabs (Rmax x y - Rmax v w) * S <= IZR (Z.max (e1 + tiny p) (e2 + tiny p))).
    { apply Rmult_le_reg_r with (/ S); [apply Rinv_0_lt_compat, P|]. rewrite Rmult_assoc, Rinv_r, Rmult_1_r by lra.
      apply Rmax_near; apply Rmult_le_reg_r with S; try assumption; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra; lra. }
    split; [rewrite scaled_max, !IZR_max|split; apply (near_flush _ _ _ _ Ne F)].
    unfold Rmax. repeat destruct (Rle_dec _ _); lra.
  - intros H (x & X & F & Pl). specialize (St k) as Sk. destruct (nth k es _) as [[a b] e1] eqn:E1.
    got H. destruct Sk as (Bk & Nk & _). pose proof (operand_near _ _ _ _ Nk X) as Nx.
    set (v := nth k vs 0) in *. unfold stands. rewrite Pl. set (e := (e1 + tiny p)%Z) in *.
    split.
    { rewrite scaled_max, Rmult_0_l, !IZR_max. unfold Rmax. repeat destruct (Rle_dec _ _); lra. }
    set (reach := Z.max 0 (Z.min e (b + e))).
    assert (Ne : Rabs (Rmax 0 x - Rmax 0 v) * S <= IZR reach).
    { unfold reach. rewrite IZR_max, IZR_min, plus_IZR. apply relu_near; [exact Nx|apply Bk]. }
    assert (G : Rabs (fst r - Rmax 0 v) * S <= IZR (if Z.eqb reach 0 then 0 else reach + tiny p)).
    { destruct (Z.eqb_spec reach 0) as [Z0|_]; [|apply (near_flush _ _ _ _ Ne F)].
      rewrite Z0 in Ne. pose proof (Rabs_pos (Rmax 0 x - Rmax 0 v)) as A0.
      assert (A1 : Rabs (Rmax 0 x - Rmax 0 v) = 0) by nra.
      apply Rabs_eq_0 in A1 || (assert (Rmax 0 x - Rmax 0 v = 0) by
        (destruct (Req_dec (Rmax 0 x - Rmax 0 v) 0) as [?|Ne']; [assumption|exfalso; apply (Rabs_no_R0 _ Ne'); assumption])).
      assert (E0 : Rmax 0 x = 0).
      { assert (B0 : IZR b + IZR e <= 0).
        { rewrite <- plus_IZR. apply IZR_le. unfold reach in Z0.
          assert (0 < e)%Z; [|lia]. apply lt_IZR. unfold e. rewrite plus_IZR.
          pose proof (Rabs_pos (fst (nth k rs (0, 0)) - v)). nra. }
        apply Rmax_left. pose proof (Rle_abs (x - v)). nra. }
      assert (F0 : fst r = 0) by (rewrite E0 in F; destruct F as [F|[_ F]]; assumption).
      rewrite F0. replace (0 - Rmax 0 v) with (- (Rmax 0 v - Rmax 0 x)) by lra.
      replace (Rmax 0 v - Rmax 0 x) with 0 by lra. rewrite Ropp_0, Rabs_R0. lra. }
    split; exact G.
  - intros H (x & X & F & Pl). specialize (St k) as Sk. destruct (nth k es _) as [[a b] e1] eqn:E1.
    got H. destruct Sk as (Bk & Nk & _). pose proof (operand_near _ _ _ _ Nk X) as Nx.
    set (v := nth k vs 0) in *. unfold stands. rewrite Pl.
    assert (Ne : Rabs (Rabs x - Rabs v) * S <= IZR (e1 + tiny p)).
    { eapply Rle_trans; [|exact Nx]. apply Rmult_le_compat_r; [lra|]. apply Rabs_triang_inv2. }
    split; [|split; apply (near_flush _ _ _ _ Ne F)].
    rewrite scaled_abs, !IZR_max, !opp_IZR. set (V := v * S) in *. clearbody V. clear - Bk.
    unfold Rabs. destruct (Rcase_abs V);
      (split; [apply Rmax_lub; [apply Rmax_lub|]; lra|]);
      [eapply Rle_trans; [|apply Rmax_l]|eapply Rle_trans; [|apply Rmax_r]]; lra.
  - intros H (x & X & F & Pl). specialize (St k) as Sk. destruct (nth k es _) as [[a b] e1] eqn:E1.
    got H. destruct Sk as (Bk & Nk & _). pose proof (operand_near _ _ _ _ Nk X) as Nx.
    set (v := nth k vs 0) in *. unfold stands. rewrite Pl, F, !opp_IZR.
    replace (- x - - v) with (- (x - v)) by ring. rewrite Rabs_Ropp. lra.
  - intros H. discriminate.
  - intros H E. got H. subst r. apply St.
Qed.

(** ** Programs: the last instruction alone may divide, and what is computed is not divided *)
Fixpoint raw_registers (prog : program) (held : list R) : list R :=
  match prog with
  | [] => held
  | i :: prog' => raw_registers prog'
      (held ++ [match i with Divided k _ => nth k held 0 | _ => instruction_value held i end])
  end.
Fixpoint divides_last (prog : program) : bool :=
  match prog with
  | Divided _ _ :: _ :: _ => false
  | [Divided _ n] => negb (is_zero n)
  | _ :: prog' => divides_last prog'
  | [] => true
  end.
Lemma run_registers prog : forall es vs rs es' rs', all_stand es vs rs -> run prog es = Ok es' ->
  computes_registers m prog rs rs' -> all_stand es' (raw_registers prog vs) rs'.
Proof.
  induction prog as [|i prog IH]; cbn [run raw_registers]; intros es vs rs es' rs' A H C.
  - inversion C; subst. injection H as <-. exact A.
  - inversion C as [|i' prog' held r all Ci Cs]; subst. unbind H. apply (IH _ _ _ _ _) with (2 := H) (3 := Cs).
    apply all_stand_more; [exact A|]. apply (errs_ok _ _ _ _ _ _ A E Ci).
Qed.
Lemma last_app {A} (l : list A) a d : last (l ++ [a]) d = a.
Proof. induction l as [|b [|c l] IH]; try reflexivity. exact IH. Qed.
Lemma raw_value prog : forall vs, divides_last prog = true -> vs <> [] ->
  last (registers prog vs) 0 = last (raw_registers prog vs) 0 / divisor prog.
Proof.
  assert (One : forall i vs, divides_last [i] = true -> last (registers [i] vs) 0
      = last (raw_registers [i] vs) 0 / divisor [i]).
  { intros i vs D. cbn [registers raw_registers]. rewrite !last_app. unfold divisor. cbn [last].
    destruct i; unfold Rdiv; rewrite ?Rinv_1, ?Rmult_1_r; reflexivity. }
  induction prog as [|i [|j prog] IH]; intros vs D V.
  - simpl. unfold divisor, Rdiv. simpl. rewrite Rinv_1. ring.
  - apply One, D.
  - change (divisor (i :: j :: prog)) with (divisor (j :: prog)).
    assert (D' : divides_last (j :: prog) = true) by (destruct i; try exact D; discriminate).
    assert (Not : forall w, vs ++ [w] <> []) by (intros w E; destruct vs; discriminate).
    destruct i; try discriminate; apply (IH _ D' (Not _)).
Qed.

(** What a program computes on an interval: a bound of the error, before the division. *)
Definition program_error (prog : program) (low high : Z) : result error_register :=
  let? es := run prog [(low, high, 0%Z)] in Ok (last es (0, 0, 0)%Z).
Theorem program_error_ok prog low high a b e x y : program_error prog low high = Ok (a, b, e) ->
  divides_last prog = true -> IZR low <= x * S <= IZR high -> computes_program m prog x y ->
  Rabs (y - program_value prog x * divisor prog) * S <= IZR e.
Proof.
  unfold program_error. intros H D B (rs & C & ->). unbind H.
  assert (A : all_stand [(low, high, 0%Z)] [x] [(x, x)]).
  { repeat split. intros [|[|k]]; cbn [nth]; try apply stands_0. unfold stands. simpl.
    rewrite Rminus_eq_0, Rabs_R0. lra. }
  pose proof (all_stand_last _ _ _ (run_registers _ _ _ _ _ _ A E C)) as St.
  assert (Hl : last a0 (0, 0, 0)%Z = (a, b, e)) by congruence. rewrite Hl in St.
  destruct St as (_ & Ne & _).
  unfold program_value. rewrite (raw_value prog [x] D) by discriminate.
  assert (Dv : divisor prog <> 0).
  { clear - D. unfold divisor. induction prog as [|i [|j prog] IH]; [simpl; lra| |].
    - destruct i; simpl in *; try lra. rewrite <- val_is_zero. destruct (is_zero n); discriminate || congruence.
    - apply IH. destruct i; try exact D; discriminate. }
  unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by exact Dv. exact Ne.
Qed.
End Run.
