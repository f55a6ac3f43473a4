(** * The bound of a layer's float error

    Whatever the model of arithmetic allows to be computed for a layer differs from its value over
    the reals by at most what [layer_errors] finds, at all points of the box. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions Calculus Programs Bases LinearMaps Networks
  Pieces Hulls Float_model Float_programs Float_sums Float_tables Float_layers.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.
Open Scope R_scope.

Section Bound.
Context {N : Normal_distribution}.
Variables (m : model) (cuts : nat).
Notation p := (format m).
Notation L := (least p).
Lemma live_at_most l rows r : In r rows ->
  (l <= count_live (snd r :: fst r))%nat ->
  (pred l <= fold_right (fun (r : list Q * Q) k => Nat.max (pred (count_live (snd r :: fst r))) k) 0%nat rows)%nat.
Proof.
  induction rows as [|s rows IH]; cbn [In fold_right]; [tauto|]. intros [->|I] H.
  - lia.
  - specialize (IH I H). lia.
Qed.
(** Losses of underflow and of operands that are flushed, with later factors. *)
Lemma losses_bound k d n g : growth m k - 1 <= g -> (d <= 1)%nat -> 0 <= g <= 1 -> (d = 1%nat -> g <= 1 / 3) ->
  growth m k * losses d (S n) * L + L <= 8 * (1 + INR n) * L.
Proof.
  intros G D G1 G2. pose proof (L_pos m) as P. pose proof (pos_INR n) as Np.
  pose proof (growth_at_least_1 m k) as G0. set (x := growth m k) in *. clearbody x.
  rewrite <- (Rmult_1_l L) at 2. rewrite <- Rmult_plus_distr_r. apply Rmult_le_compat_r; [lra|].
  unfold losses. rewrite S_INR. destruct d as [|[|d]]; [| |lia].
  - assert (x * (4 * (INR n + 1) - 3) <= 2 * (4 * (INR n + 1) - 3)) by (apply Rmult_le_compat_r; lra). lra.
  - specialize (G2 eq_refl).
    assert (x * (6 * (INR n + 1) - 3) <= (4 / 3) * (6 * (INR n + 1) - 3)) by (apply Rmult_le_compat_r; lra). lra.
Qed.
(** One output: what is computed from the flushed terms, and the exact value. *)
Lemma output_error g gamma ws b ts qxs es ys s divides factors k : 
  0 < Q2R gamma -> g = Q2R gamma -> growth m factors - 1 <= g -> g <= 1 -> (divides = true -> g <= 1 / 3) ->
  (forall h d, (h <= k)%nat -> (d <= if divides then 1 else 0)%nat -> (1 + h + d <= factors)%nat) ->
  Forall2 (good_entry m gamma) qxs es -> length ws = length qxs ->
  Forall2 (fun qx y => computes_program m (fst qx) (snd qx) y) qxs ys ->
  Forall2 (pair_flushed m) (pairs (map Q2R ws) ys qxs ++ [(Q2R b, 1)]) ts ->
  (pred (count_live (b :: ws)) <= k)%nat \/ (depth m <> 0%nat /\ (depth m <= k)%nat) ->
  computes_sum m ts divides s ->
  Rabs (s - (exactly (map Q2R ws) qxs + Q2R b))
  <= weighed (map Q2R ws) es / IZR one + L * (IZR (sum es) / IZR one) / g + g * Rabs (Q2R b)
     + 8 * (1 + INR (length qxs)) * L.
Proof.
  intros Gp -> Gg G1 G3 Fac Ge Lw C F Live Cs.
  apply Forall2_app_inv_l in F. destruct F as (ts1 & ts2 & F1 & F2 & ->).
  destruct (columns_sum m gamma qxs es Gp Ge (map Q2R ws) ys ts1 ltac:(rewrite map_length; exact Lw) C F1) as [Lt B].
  inversion F2 as [|? [b' z] ? ? [Fb Fz] F3]; subst. inversion F3; subst. clear F2 F3. cbn [fst snd] in *.
  pose proof (L_pos m) as LP.
  assert (Z1 : z = 1).
  { destruct Fz as [->|[Fz _]]; [reflexivity|]. exfalso. rewrite Rabs_R1 in Fz.
    assert (L <= 1); [|lra]. unfold least. rewrite <- Rinv_1. apply Rinv_le_contravar; [lra|]. apply pow_R1_Rle. lra. }
  subst z.
  assert (Bb : Q2R gamma * Rabs b' + Rabs (b' - Q2R b) <= Q2R gamma * Rabs (Q2R b) + L).
  { destruct Fb as [->|[Fb ->]].
    - rewrite Rminus_eq_0, Rabs_R0. lra.
    - rewrite Rabs_R0, Rminus_0_l, Rabs_Ropp. assert (0 <= Q2R gamma * Rabs (Q2R b)) by (apply Rmult_le_pos; [lra|apply Rabs_pos]). lra. }
  assert (Main : Rabs (s - sum_of (ts1 ++ [(b', 1)])) <= Q2R gamma * size_of (ts1 ++ [(b', 1)])
    + (8 * (1 + INR (length qxs)) * L - L)).
  { pose proof (size_of_pos (ts1 ++ [(b', 1)])) as Sp. pose proof (pos_INR (length qxs)) as Np.
    assert (S1 : 0 <= 8 * (1 + INR (length qxs)) * L - L).
    { replace (8 * (1 + INR (length qxs)) * L - L) with ((7 + 8 * INR (length qxs)) * L) by ring. apply Rmult_le_pos; lra. }
    destruct Cs as [[Zs ->]|(h & d & Sm & Hd & Dd)].
    - assert (E : sum_of (ts1 ++ [(b', 1)]) = 0).
      { clear - Zs. induction Zs as [|wx l E _ IH]; simpl; [reflexivity|]. rewrite E, IH. ring. }
      rewrite E, Rminus_eq_0, Rabs_R0. assert (0 <= Q2R gamma * size_of (ts1 ++ [(b', 1)])) by (apply Rmult_le_pos; lra). lra.
    - destruct (summed_error m _ _ _ _ Sm) as (_ & Hl & Hd1 & Er).
      assert (Hk : (h <= k)%nat).
      { destruct Live as [Live|[D0 Dk]]; [|lia].
        assert (live (ts1 ++ [(b', 1%R)]) <= count_live (b :: ws))%nat; [|lia].
        eapply Nat.le_trans; [apply (live_flushed m (pairs (map Q2R ws) ys qxs ++ [(Q2R b, 1)]))|].
        - apply Forall2_app; [exact F1|]. constructor; [split; assumption|constructor].
        - rewrite live_app. pose proof (live_pairs qxs ws ys) as Lp. unfold count_live in *. cbn [filter].
          cbn [live fold_right fst]. destruct (Req_EM_T (Q2R b) 0) as [E|E].
          + destruct (is_zero b); simpl; lia.
          + destruct (is_zero b) eqn:Zb; simpl; [apply val_is_zero in Zb; contradiction|lia]. }
      specialize (Fac h d Hk Dd). unfold off in Er. rewrite app_length in Er. simpl (length [_]) in Er.
      rewrite Lt, Nat.add_1_r in Er. pose proof (growth_mono m _ _ Fac) as Gm.
      assert (A1 : (growth m (1 + h + d) - 1) * size_of (ts1 ++ [(b', 1)]) <= Q2R gamma * size_of (ts1 ++ [(b', 1)]))
        by (apply Rmult_le_compat_r; lra).
      assert (A2 : growth m (1 + h + d) * losses d (S (length qxs)) * L + L <= 8 * (1 + INR (length qxs)) * L).
      { apply (losses_bound (1 + h + d) d (length qxs) (Q2R gamma)); try lra; try exact Hd1.
        intros ->. apply G3. destruct divides; [reflexivity|lia]. }
      lra. }
  rewrite sum_of_app, size_of_app in Main. cbn [sum_of size_of fold_right fst snd] in Main.
  rewrite !Rmult_1_r, !Rplus_0_r in Main. fold (sum_of ts1) (size_of ts1) in Main.
  replace (s - (exactly (map Q2R ws) qxs + Q2R b))
    with ((s - (sum_of ts1 + b')) + ((sum_of ts1 - exactly (map Q2R ws) qxs) + (b' - Q2R b))) by ring.
  pose proof (Rabs_triang (s - (sum_of ts1 + b')) ((sum_of ts1 - exactly (map Q2R ws) qxs) + (b' - Q2R b))).
  pose proof (Rabs_triang (sum_of ts1 - exactly (map Q2R ws) qxs) (b' - Q2R b)). lra.
Qed.

Theorem layer_errors_ok bases chosen a bias box errors pss xs ys :
  layer_errors m cuts bases chosen a bias box = Ok errors -> programs_of bases chosen = Some pss ->
  in_sides box xs -> computes_layer m {| programs := pss; weight := a; bias := bias |} xs ys ->
  length errors = outputs a /\ length ys = outputs a /\
  forall o e, nth_error errors o = Some e ->
    Rabs (nth o ys 0 - nth o (stage_value (Affine a bias) (stage_value (Bank bases chosen) xs)) 0) <= Q2R e.
Proof.
  intros H Ps X (columns & C & Ly & Out). cbn [weight programs] in *. unfold layer_errors in H. rewrite Ps in H.
  destruct a as [outs n e| | | |]; try discriminate.
  set (ps := concat pss) in *. unbind H. clear E0. apply need_ok, Nat.eqb_eq in E.
  set (rows := map (fun o => (map (e o) (count n 0), bias o)) (count outs 0)) in *.
  set (additions := fold_right _ 0%nat rows) in *.
  set (h := match depth m with O => additions | d => Nat.min d additions end) in *.
  set (dv := existsb divides_sum ps) in *.
  set (k := (1 + h + if dv then 1 else 0)%nat) in *. set (whole := Z.shiftl 1 (Z.of_nat (bits p))) in *.
  set (gamma := Qmake (Z.of_nat k) (Z.to_pos (whole - Z.of_nat k))) in *.
  apply need_ok, Z.leb_le in E1. apply need_ok in E4. apply andb_prop in E4. destruct E4 as [Sw Fl0]. apply Z.leb_le in Fl0.
  assert (Ew : whole = (2 ^ Z.of_nat (bits p))%Z) by (unfold whole; rewrite Z.shiftl_1_l; reflexivity).
  destruct (growth_gamma m k gamma ltac:(lia) ltac:(unfold k; lia) ltac:(unfold gamma; rewrite Ew; reflexivity)) as [Gk Gp].
  assert (Gq : Q2R gamma = IZR (Z.of_nat k) / IZR (whole - Z.of_nat k)).
  { unfold gamma, Q2R. cbn [Qnum Qden]. rewrite Z2Pos.id by lia. reflexivity. }
  assert (Wk : 0 < IZR (whole - Z.of_nat k)) by (apply IZR_lt; lia).
  assert (G1 : Q2R gamma <= 1).
  { rewrite Gq. apply Rmult_le_reg_r with (IZR (whole - Z.of_nat k)); [exact Wk|]. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l by lra. rewrite Rmult_1_l, Rmult_1_r. apply IZR_le. lia. }
  assert (G3 : dv = true -> Q2R gamma <= 1 / 3).
  { intros Dv. rewrite Dv in E2. cbn [andb] in E2.
    destruct (negb _) eqn:Q4 in E2; [discriminate|]. apply negb_false_iff, Z.leb_le in Q4.
    rewrite Gq. apply Rmult_le_reg_r with (IZR (whole - Z.of_nat k)); [exact Wk|]. unfold Rdiv at 1.
    rewrite Rmult_assoc, Rinv_l by lra. rewrite Rmult_1_r.
    assert (3 * IZR (Z.of_nat k) <= IZR (whole - Z.of_nat k)); [|lra]. rewrite <- mult_IZR. apply IZR_le. lia. }
  assert (Lx : length box = length xs) by (clear - X; induction X; simpl; congruence).
  assert (Lc : length xs = length chosen).
  { clear - E3 Lx. rewrite <- Lx. clear Lx. revert E3. generalize (@nil (key * entry_table)). revert box a3.
    induction chosen as [|b chosen IH]; intros [|[lo hi] box] t3 known E3; try discriminate; [reflexivity|].
    cbn [tables] in E3. unbind E3. simpl. f_equal. eapply IH; eassumption. }
  pose proof (programs_of_length _ _ _ Ps) as Lp.
  destruct (tables_ok m cuts gamma bases chosen Gp [] box _ pss xs (Forall_nil _) E3 Ps X) as (picked & Pk & Ge).
  fold (seen pss xs) in C. set (qxs := seen pss xs) in *.
  assert (Lq : length qxs = n).
  { unfold qxs. rewrite <- (map_length fst), seen_programs by congruence. symmetry. exact E. }
  assert (C' : Forall2 (fun qx y => computes_program m (fst qx) (snd qx) y) qxs columns) by exact C.
  assert (Lcol : length columns = length qxs) by (symmetry; clear - C'; induction C'; simpl; congruence).
  match type of H with Ok ?v = Ok _ => assert (He : errors = v) by congruence end. clear H.
  split; [rewrite He, !map_length; unfold rows; rewrite map_length, count_length; reflexivity|].
  split; [exact Ly|]. intros o er Ho.
  assert (Oo : (o < outs)%nat).
  { assert (Hn : (o < length errors)%nat) by (apply nth_error_Some; congruence).
    rewrite He, !map_length in Hn. unfold rows in Hn. rewrite map_length, count_length in Hn. exact Hn. }
  set (ws := map (e (Z.of_nat o)) (count n 0)) in *.
  assert (Row : nth_error rows o = Some (ws, bias (Z.of_nat o))).
  { unfold rows. erewrite map_nth_error; [reflexivity|].
    assert (G : forall j q f, (q < j)%nat -> nth_error (count j f) q = Some (f + Z.of_nat q)%Z).
    { clear. induction j as [|j IH]; intros q f Q; [lia|]. cbn [count]. destruct q as [|q]; cbn [nth_error].
      - f_equal. lia.
      - rewrite IH by lia. f_equal. lia. }
    rewrite G by exact Oo. reflexivity. }
  rewrite He in Ho. erewrite map_nth_error in Ho by (apply map_nth_error; exact Row).
  match type of Ho with Some ?v = Some _ => assert (Hv : er = v) by congruence end. clear Ho He.
  destruct (Out o ltac:(rewrite Ly; exact Oo)) as (ts & Ft & Cs).
  assert (Lw : length ws = length qxs) by (unfold ws; rewrite map_length, count_length; symmetry; exact Lq).
  assert (Et : terms {| programs := pss; weight := Dense outs n e; bias := bias |} columns o
    = pairs (map Q2R ws) columns qxs ++ [(Q2R (bias (Z.of_nat o)), 1)]).
  { unfold terms. cbn [weight programs Float_model.bias inputs]. f_equal.
    rewrite <- (seen_programs pss xs) by congruence. fold qxs. rewrite <- Lq at 1.
    rewrite (terms_pairs qxs (entry_of (Dense outs n e) o) columns Lcol). f_equal. rewrite Lq.
    unfold ws. rewrite map_map. clear - Oo.
    assert (G : forall j s, (s + j <= n)%nat -> map (entry_of (Dense outs n e) o) (seq s j)
      = map (fun x => Q2R (e (Z.of_nat o) x)) (count j (Z.of_nat s))).
    { induction j as [|j IH]; intros s Hs; cbn [seq map count]; [reflexivity|].
      rewrite entry_dense by lia. f_equal. rewrite IH by lia. do 2 f_equal. lia. }
    apply (G n 0%nat). lia. }
  rewrite Et in Ft.
  assert (Fac : forall h' d, (h' <= h)%nat -> (d <= if dv then 1 else 0)%nat -> (1 + h' + d <= k)%nat)
    by (intros h' d A B; unfold k; lia).
  assert (Live : (pred (count_live (bias (Z.of_nat o) :: ws)) <= h)%nat \/ (depth m <> 0%nat /\ (depth m <= h)%nat)).
  { pose proof (live_at_most (count_live (bias (Z.of_nat o) :: ws)) rows _ (nth_error_In _ _ Row) (le_n _)) as A.
    fold additions in A. unfold h. destruct (depth m) as [|dd]; [left; exact A|].
    destruct (Nat.le_ge_cases (S dd) additions); [right; lia|left; lia]. }
  assert (Cs' : computes_sum m ts dv (nth o ys 0)) by exact Cs.
  pose proof (output_error _ gamma ws (bias (Z.of_nat o)) ts qxs _ columns _ dv k h Gp eq_refl Gk G1 G3
    Fac Ge Lw C' Ft Live Cs') as B.
  assert (Ex : nth o (stage_value (Affine (Dense outs n e) bias) (stage_value (Bank bases chosen) xs)) 0
    = exactly (map Q2R ws) qxs + Q2R (bias (Z.of_nat o))).
  { cbn [stage_value]. rewrite (bank_exact _ _ _ _ Ps Lc). fold qxs.
    pose proof (affine_exact outs n e bias (map (fun qx => program_value (fst qx) (snd qx)) qxs) o Oo
      ltac:(rewrite map_length; exact Lq)) as A. cbn [stage_value] in A. rewrite A, exactly_dot. reflexivity. }
  rewrite Ex. eapply Rle_trans; [exact B|]. rewrite Hv. clear B Hv.
  set (d := common_denominator (fst (ws, bias (Z.of_nat o)))). cbn [fst snd] in *.
  assert (Dp : (0 < d)%Z) by apply common_pos.
  assert (Dws : Forall (divides d) ws) by (apply Forall_forall; intros w I; apply common_ok; exact I).
  pose proof (good_entries_sum d ws picked a3 Dp Dws Pk Sw) as T1. pose proof (most_ok picked a3 Pk Sw) as T2.
  set (tot := totals (map (fun w => Z.abs (over d w)) ws) a3) in *.
  set (fl := fold_right (fun t z => (most t + z)%Z) 0%Z a3) in *.
  pose proof S_pos as P1. apply IZR_lt in Dp as Dr. pose proof (tiny_ok m) as (LP & Tn & _).
  assert (P1z : (0 < one)%Z) by reflexivity.
  rewrite val_plus, val_plus, !val_times, val_plus, !val_reduced.
  assert (V1 : Q2R (Qmake tot (Z.to_pos (d * one))) = IZR tot / (IZR d * IZR one)).
  { unfold Q2R. cbn [Qnum Qden]. rewrite Z2Pos.id by lia. rewrite mult_IZR. reflexivity. }
  assert (V2 : Q2R (Qmake (Z.abs (Qnum (bias (Z.of_nat o)))) (Qden (bias (Z.of_nat o)))) = Rabs (Q2R (bias (Z.of_nat o)))).
  { unfold Q2R. cbn [Qnum Qden]. rewrite abs_IZR, Rabs_mult. f_equal. symmetry. apply Rabs_pos_eq.
    left. apply Rinv_0_lt_compat, IZR_lt. reflexivity. }
  assert (V3 : Q2R (Qmake (tiny p) (Z.to_pos one)) = IZR (tiny p) / IZR one) by reflexivity.
  assert (Kp : (0 < Z.of_nat k)%Z) by (unfold k; lia).
  assert (V4 : Q2R (Qmake (fl * Zpos (Qden gamma)) (Z.to_pos (Z.of_nat k * one))) = IZR fl / IZR one / Q2R gamma).
  { unfold Q2R. cbn [Qnum Qden]. rewrite Z2Pos.id by (apply Z.mul_pos_pos; [exact Kp|reflexivity]).
    rewrite !mult_IZR. unfold gamma at 2. cbn [Qnum Qden]. fold (Qden gamma). apply IZR_lt in Kp.
    change (Z.to_pos (whole - Z.of_nat k)) with (Qden gamma). field.
    repeat split; try lra. apply not_0_IZR. discriminate. }
  assert (V5 : Q2R (inject_Z (8 * (1 + Z.of_nat n))) = 8 * (1 + INR n)).
  { unfold Q2R, inject_Z. cbn [Qnum Qden]. rewrite mult_IZR, plus_IZR, <- INR_IZR_INZ. field. }
  rewrite V1, V2, V3, V4, V5. rewrite Lq.
  assert (B1 : weighed (map Q2R ws) (concat picked) / IZR one <= IZR tot / (IZR d * IZR one)).
  { apply Rmult_le_reg_r with (IZR d * IZR one); [apply Rmult_lt_0_compat; assumption|].
    replace (IZR tot / (IZR d * IZR one) * (IZR d * IZR one)) with (IZR tot) by (field; lra).
    replace (weighed (map Q2R ws) (concat picked) / IZR one * (IZR d * IZR one))
      with (weighed (map Q2R ws) (concat picked) * IZR d) by (field; lra). exact T1. }
  assert (Lt : L <= IZR (tiny p) / IZR one).
  { apply Rmult_le_reg_r with (IZR one); [exact P1|]. replace (IZR (tiny p) / IZR one * IZR one) with (IZR (tiny p)) by (field; lra). exact Tn. }
  assert (B2 : L * (IZR (sum (concat picked)) / IZR one) / Q2R gamma + 8 * (1 + INR n) * L
    <= (8 * (1 + INR n) + IZR fl / IZR one / Q2R gamma) * (IZR (tiny p) / IZR one)).
  { apply IZR_le in T2. set (t := IZR (tiny p) / IZR one) in *.
    assert (Fl : IZR (sum (concat picked)) / IZR one / Q2R gamma <= IZR fl / IZR one / Q2R gamma).
    { unfold Rdiv. apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; exact Gp|].
      apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; exact P1|exact T2]. }
    replace (L * (IZR (sum (concat picked)) / IZR one) / Q2R gamma) with (L * (IZR (sum (concat picked)) / IZR one / Q2R gamma)) by (field; lra).
    assert (Nn : 0 <= 8 * (1 + INR n)) by (pose proof (pos_INR n); lra).
    assert (Fp : 0 <= IZR fl / IZR one / Q2R gamma).
    { unfold Rdiv. apply Rmult_le_pos; [apply Rmult_le_pos; [apply IZR_le, Fl0|left; apply Rinv_0_lt_compat; exact P1]|left; apply Rinv_0_lt_compat; exact Gp]. }
    rewrite (Rmult_plus_distr_r _ _ t).
    assert (L * (IZR (sum (concat picked)) / IZR one / Q2R gamma) <= L * (IZR fl / IZR one / Q2R gamma)) by (apply Rmult_le_compat_l; lra).
    assert (L * (IZR fl / IZR one / Q2R gamma) <= t * (IZR fl / IZR one / Q2R gamma)) by (apply Rmult_le_compat_r; lra).
    assert (8 * (1 + INR n) * L <= 8 * (1 + INR n) * t) by (apply Rmult_le_compat_l; lra). lra. }
  lra.
Qed.
End Bound.
