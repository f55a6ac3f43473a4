(** * Independence of units of mixed degrees

    As in [HingesIndependent], with any combination c_1 s_1 + c_2 s_2 + ... of degrees at each
    hyperplane: for different hyperplanes h_i in R^n and a polynomial P,

      P(x) + sum_i sum_d c_{i,d} s_d(h_i(x)) = 0 for all x in R^n

    only if all c_{i,d} are 0.  So two sums of ridge functions made of truncated powers, s_0
    excepted, are equal exactly if for each hyperplane and each degree the weights agree, and
    the polynomials.

    Source: Pinkus, Ridge Functions (2015), chapter 3; Schumaker (2007), theorem 4.5. *)
From Coq Require Import Reals List Lra Lia Permutation.
From KanEquiv Require Import Relu Vectors Polynomials PiecewiseToTruncatedPower TruncatedPowersIndependent
  HingesIndependent.
Import ListNotations.
Open Scope R_scope.

(** ** One variable: sum_t sum_d c_{t,d} s_d(x - t), degrees from 1 on *)
Fixpoint jump_sum (l : list (R * list R)) (x : R) : R :=
  match l with [] => 0 | (t, c) :: l' => jump 1 c (x - t) + jump_sum l' x end.

Lemma jump_left c z : z <= 0 -> jump 1 c z = 0.
Proof.
  intros H. destruct (Rle_lt_or_eq_dec z 0 H) as [L| ->]; [apply jump_neg, L|].
  rewrite jump_pos by lra. ring.
Qed.
Lemma jump_sum_left l x : Forall (fun tc => x <= fst tc) l -> jump_sum l x = 0.
Proof.
  induction 1 as [|[t c] l H _ IH]; simpl in *; [reflexivity|]. rewrite IH, jump_left by lra. ring.
Qed.
Lemma jump_sum_permute l m x : Permutation l m -> jump_sum l x = jump_sum m x.
Proof. induction 1 as [|[? ?] ? ? _ IH|[? ?] [? ?] ?|? ? ? _ IH1 _ IH2]; simpl; lra. Qed.
Lemma jumps_alone l : increasing l -> (forall x, jump_sum l x = 0) -> Forall (fun tc => all_zero (snd tc)) l.
Proof.
  induction l as [|[t c] l IH]; intros Hi H; [constructor|]. destruct Hi as [Hf Hi].
  destruct (room t l Hf) as (u & Hu & Hl).
  assert (C : all_zero c).
  { apply zero_on_interval with 0 (u - t); [lra|]. intros z Hz. specialize (H (t + z)). simpl in H.
    rewrite (jump_sum_left l) in H.
    2:{ apply Forall_impl with (2 := Hl). intros tc. lra. }
    replace (t + z - t) with z in H by ring. rewrite jump_pos in H by lra.
    assert (M : z * peval c z = 0) by lra. apply Rmult_integral in M. destruct M; [lra|assumption]. }
  constructor; [assumption|]. apply IH; [assumption|]. intros x. rewrite <- (H x). simpl.
  destruct (Rle_or_lt (x - t) 0); [rewrite jump_left by assumption; ring|].
  rewrite jump_pos, (all_zero_eval c) by (auto; lra). ring.
Qed.
Lemma lower_bound {A} (l : list (R * A)) : exists lo, Forall (fun tc => lo <= fst tc) l.
Proof.
  induction l as [|[t c] l (lo & H)]; [exists 0; constructor|]. exists (Rmin t lo).
  constructor; [apply Rmin_l|]. apply Forall_impl with (2 := H). intros tc. pose proof (Rmin_r t lo). lra.
Qed.
Theorem jumps_independent : forall c l, NoDup (map fst l) -> (forall x, peval c x + jump_sum l x = 0) ->
  all_zero c /\ Forall (fun tc => all_zero (snd tc)) l.
Proof.
  intros c l Hn H. destruct (increasing_order l Hn) as (m & E & Hm).
  assert (C : all_zero c).
  { destruct (lower_bound l) as (lo & Hlo). apply zero_on_interval with (lo - 1) lo; [lra|].
    intros x Hx. rewrite <- (H x), jump_sum_left; [ring|].
    apply Forall_impl with (2 := Hlo). intros tc. lra. }
  split; [assumption|]. apply (Permutation_Forall (Permutation_sym E)), jumps_alone; [assumption|].
  intros x. rewrite <- (jump_sum_permute l m x E), <- (H x), (all_zero_eval c x C). ring.
Qed.

(** ** Units (c, h), the weights c of degrees 1, 2, ... at the hyperplane h *)
Fixpoint mixed_sum (us : list (list R * hyperplane)) (x : list R) : R :=
  match us with [] => 0 | (c, h) :: us' => jump 1 c (height h x) + mixed_sum us' x end.

Lemma jump_on_line A B : B <> 0 -> forall c d, (1 <= d)%nat -> exists e,
  (all_zero e -> all_zero c) /\ polynomial (fun t => jump d c (A + t * B) - jump d e (t - - A / B)).
Proof.
  intros HB. induction c as [|a c IH]; intros d Hd.
  - exists []. split; [auto|]. exists []. intros t. simpl. ring.
  - destruct (IH (S d) ltac:(lia)) as (e & Hz & He). destruct (unit_on_line d A B Hd HB) as (m & Hm & Hu).
    exists (a * m :: e). split.
    + intros H. inversion H as [|? ? H0 H']; subst. constructor; [|apply Hz, H'].
      apply Rmult_integral in H0. destruct H0; [assumption|contradiction].
    + apply (polynomial_ext (fun t => a * (relu (A + t * B) ^ d - m * relu (t - - A / B) ^ d)
          + (jump (S d) c (A + t * B) - jump (S d) e (t - - A / B)))).
      * intros t. simpl. rewrite !step_power_relu by assumption. ring.
      * apply polynomial_plus; [apply polynomial_scale, Hu|exact He].
Qed.
Lemma mixed_on_line n r s us :
  Forall (fun u => length (fst (snd u)) = n /\ peval (fst (snd u)) s <> 0) us ->
  exists l, map fst l = map (fun u => knot r s (snd u)) us /\
    (Forall (fun tc => all_zero (snd tc)) l -> Forall (fun u => all_zero (fst u)) us) /\
    polynomial (fun t => mixed_sum us (line (vscale r (powers n r)) (powers n s) t) - jump_sum l t).
Proof.
  induction 1 as [|[c h] us [L B] _ (l & Hk & Hz & Hl)].
  - exists []. repeat split; [constructor|]. exists []. intros t. simpl. ring.
  - simpl in L, B. destruct (jump_on_line (peval (snd h :: fst h) r) _ B c 1 (le_n 1)) as (e & He & Hu).
    exists ((knot r s h, e) :: l). split; [simpl; congruence|]. split.
    + intros H. inversion H; subst. constructor; auto.
    + apply (polynomial_ext (fun t =>
        (jump 1 c (peval (snd h :: fst h) r + t * peval (fst h) s) - jump 1 e (t - knot r s h))
        + (mixed_sum us (line (vscale r (powers n r)) (powers n s) t) - jump_sum l t))).
      * intros t. cbn [mixed_sum jump_sum]. rewrite height_on_line by assumption. ring.
      * apply polynomial_plus; [exact Hu|exact Hl].
Qed.

Theorem mixed_units_independent : forall n P us,
  polynomial_on_lines n P -> different n (map snd us) ->
  (forall x, length x = n -> P x + mixed_sum us x = 0) ->
  Forall (fun u => all_zero (fst u)) us /\ forall x, length x = n -> P x = 0.
Proof.
  intros n P us HP Hd H.
  assert (Z : Forall (fun u => all_zero (fst u)) us).
  { destruct (general_line n _ Hd) as (r & s & Hs & Hk). rewrite map_map in Hk.
    rewrite Forall_map in Hs.
    destruct (mixed_on_line n r s us) as (l & El & Hz & Hl).
    { destruct Hd as [Hd _]. rewrite Forall_map in Hd. rewrite Forall_forall in *.
      intros u Hu. split; [apply Hd|apply Hs]; assumption. }
    set (x := vscale r (powers n r)) in *. set (v := powers n s) in *.
    assert (Lx : length x = n) by (unfold x, vscale; rewrite map_length; apply powers_length).
    assert (Lv : length v = n) by apply powers_length.
    destruct (polynomial_plus _ _ (HP x v Lx Lv) Hl) as (c & Hc).
    apply Hz, (jumps_independent c); [congruence|].
    intros t. rewrite <- Hc. pose proof (H (line x v t) (line_length x v t n Lx Lv)). lra. }
  split; [assumption|]. intros x Hx. rewrite <- (H x Hx). clear - Z.
  induction Z as [|[c h] us Hc _ IH]; simpl in *; [ring|]. rewrite <- Rplus_assoc.
  replace (jump 1 c (height h x)) with 0; [rewrite Rplus_0_r; exact IH|].
  clear - Hc. assert (G : forall d z, jump d c z = 0).
  { induction Hc as [|a c Ha _ IH]; intros d z; simpl; [reflexivity|]. rewrite Ha, IH. ring. }
  symmetry. apply G.
Qed.
