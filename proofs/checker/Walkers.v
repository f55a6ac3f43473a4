(** * Cells on which a word is linear

    On a cell every coordinate is a linear form (a X + b Y + c W)/d.  An affine stage combines these;
    a bank cuts the cell at its breakpoints, where it does not lie on one side already.

    A walker takes what is to be done with the cells and coordinates after a stage, and does it
    for the cells and coordinates before.  [walks] is all that is needed of it: every point is in
    a cell with which that is done, and there the coordinates are the values of the stage. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu.
From KanCheck Require Import Rational Result Functions Calculus Bases LinearMaps Networks Rows Cones
  Lines.
Import ListNotations.
Open Scope list_scope.
Open Scope Z_scope.

Definition max_entries : Z := 1048576.
Definition max_bits : Z := 262144.

(** A cell, the denominator of the coordinates and these; and the number of cells so far. *)
Definition goal := cone -> Z -> list triple -> Z -> result Z.
Definition walker := goal -> goal.
Definition plus3 (u v : triple) : triple :=
  let '(a, b, c) := u in let '(x, y, w) := v in (a + x, b + y, c + w).
Definition times3 (k : Z) (u : triple) : triple := let '(a, b, c) := u in (k * a, k * b, k * c).
Definition zero3 : triple := (0, 0, 0).

(** ** Least common denominators *)
Fixpoint common (g : Z) (fs : list triple) : Z :=
  match fs with
  | [] => g
  | (a, b, c) :: fs' => if Z.eqb g 1 then 1 else common (Z.gcd (Z.gcd g a) (Z.gcd b c)) fs'
  end.
Definition divided_by (g : Z) (fs : list triple) : list triple :=
  map (fun t : triple => let '(a, b, c) := t in (a / g, b / g, c / g)) fs.
Definition largest (d : Z) (fs : list triple) : Z :=
  fold_left (fun m (t : triple) => let '(a, b, c) := t in
    Z.max m (Z.max (Z.abs a) (Z.max (Z.abs b) (Z.abs c)))) fs d.
Definition short (m : Z) : bool := Z.ltb (Z.log2 m) max_bits.
Definition reduce (k : goal) (c : cone) (d : Z) (fs : list triple) (n : Z) : result Z :=
  let? _ := need (short (largest d fs)) "an integer is too long" in
  let g := common d fs in
  if Z.eqb g 1 then k c d fs n else k c (d / g) (divided_by g fs) n.

(** ** Affine stages *)
Definition whole_row (e : Z) (r : row) : result (list (nat * Z)) :=
  map_result (fun iq => let? z := whole e (snd iq) in Ok (fst iq, z)) r.
Fixpoint mix (r : list (nat * Z)) (fs : list triple) (acc : triple) : triple :=
  match r with
  | [] => acc
  | (i, v) :: r' =>
    match skipn i fs with [] => acc | f :: rest => mix r' rest (plus3 acc (times3 v f)) end
  end.
Definition affine_walker (weight : linear_map) (bias : Z -> Q) : result walker :=
  let? _ := need (Z.leb (Z.of_nat (inputs weight) * Z.of_nat (outputs weight)) max_entries)
    "a matrix is too large" in
  let? rs := rows weight in
  let bs := map bias (count (length rs) 0) in
  let e := common_denominator (bs ++ flat_map (map snd) rs) in
  let? _ := need (Z.ltb 0 e) "a denominator" in
  let? bs' := map_result (whole e) bs in
  let? rs' := map_result (whole_row e) rs in
  let rows := combine bs' rs' in
  Ok (fun k c d fs n =>
    let? _ := need (Nat.eqb (length fs) (inputs weight)) "the columns of a weight" in
    reduce k c (d * e) (map (fun br => mix (snd br) fs (0, 0, fst br * d)) rows) n).

(** ** Banks *)
Definition image (d : Z) (f : triple) (l : lines) : list triple :=
  let '(a, b, c) := f in map (fun so => (fst so * a, fst so * b, fst so * c + snd so * d)) l.
Fixpoint bend (d : Z) (f : triple) (l : lines) (rest : list (Q * lines))
  (k : cone -> list triple -> Z -> result Z) (c : cone) (n : Z) : result Z :=
  match rest with
  | [] => k c (image d f l) n
  | (t, next) :: rest' =>
      let '(a, b, w) := f in
      let q := Zpos (Qden t) in
      let g := (q * a, q * b, q * w - d * Qnum t) in
      if forallb (fun r => Z.leb (level g r) 0) c then k c (image d f l) n
      else if forallb (fun r => Z.leb 0 (level g r)) c then bend d f next rest' k c n
      else
        let? (below, above) := divide g c in
        let? m := k below (image d f l) n in
        bend d f next rest' k above m
  end.
Fixpoint bend_all (units : list unit_) (basis_of : list nat) (d : Z)
  (k : cone -> list triple -> Z -> result Z) (c : cone) (fs : list triple) (n : Z) : result Z :=
  match basis_of with
  | [] => k c [] n
  | b :: basis_of' =>
      let u := nth b units ([], []) in
      bend d (hd zero3 fs) (fst u) (snd u) (fun c' first =>
        bend_all units basis_of' d (fun c'' others => k c'' (first ++ others)) c' (tl fs)) c n
  end.
Definition bank_walker (budget : Z) (bases : list basis) (basis_of : list nat) : result walker :=
  let? us := map_result (pieces_of budget) bases in
  let e := common_denominator (flat_map (fun u => rationals_of (fst u) ++
    flat_map (fun tl => rationals_of (snd tl)) (snd u)) us) in
  let? _ := need (Z.ltb 0 e) "a denominator" in
  let? us' := map_result (whole_unit e) us in
  Ok (fun k c d fs n =>
    bend_all us' basis_of d (fun c' gs => reduce k c' (d * e) gs) c fs n).

(** ** Words *)
Fixpoint slices (ws : list (nat * walker)) (k : goal) (c : cone) (d : Z) (fs : list triple) (n : Z)
  : result Z :=
  match ws with
  | [] => k c 1 [] n
  | (i, f) :: ws' =>
      f (fun c' d1 first =>
        slices ws' (fun c'' d2 others =>
          reduce k c'' (d1 * d2) (map (times3 d2) first ++ map (times3 d1) others))
          c' d (skipn i fs)) c d (take zero3 i fs) n
  end.
Fixpoint stage_walker (budget : Z) (s : stage) : result walker :=
  match s with
  | Affine weight bias => affine_walker weight bias
  | Bank bases basis_of => bank_walker budget bases basis_of
  | Parallel networks =>
      let? ws := map_result (fun nw =>
        let? f := fold_right (fun s r => let? f := stage_walker budget s in let? g := r in
          Ok (fun k => f (g k))) (Ok (fun k => k)) (snd nw) in
        Ok (fst nw, f)) networks in
      Ok (slices ws)
  | _ => Invalid "a stage that is not piecewise linear"
  end.
Definition word_walker (budget : Z) (w : word) : result walker :=
  fold_right (fun s r => let? f := stage_walker budget s in let? g := r in Ok (fun k => f (g k)))
    (Ok (fun k => k)) w.


(** ** Soundness *)
Open Scope R_scope.
Lemma common_divides fs : forall g, (common g fs | g)%Z /\
  Forall (fun t : triple => let '(a, b, c) := t in
    (common g fs | a)%Z /\ (common g fs | b)%Z /\ (common g fs | c)%Z) fs.
Proof.
  induction fs as [|[[a b] c] fs IH]; intros g; cbn [common]; [split; [apply Z.divide_refl|constructor]|].
  destruct (Z.eqb_spec g 1) as [->|_].
  - split; [apply Z.divide_1_l|]. constructor; [repeat split; apply Z.divide_1_l|].
    apply Forall_forall. intros [[x y] z] _. repeat split; apply Z.divide_1_l.
  - destruct (IH (Z.gcd (Z.gcd g a) (Z.gcd b c))) as [D F].
    assert (D1 := Z.divide_trans _ _ _ D (Z.gcd_divide_l _ _)).
    assert (D2 := Z.divide_trans _ _ _ D (Z.gcd_divide_r _ _)).
    split; [exact (Z.divide_trans _ _ _ D1 (Z.gcd_divide_l _ _))|]. constructor; [|exact F].
    repeat split.
    + exact (Z.divide_trans _ _ _ D1 (Z.gcd_divide_r _ _)).
    + exact (Z.divide_trans _ _ _ D2 (Z.gcd_divide_l _ _)).
    + exact (Z.divide_trans _ _ _ D2 (Z.gcd_divide_r _ _)).
Qed.
Lemma common_nonneg fs : forall g, (0 <= g)%Z -> (0 <= common g fs)%Z.
Proof.
  induction fs as [|[[a b] c] fs IH]; intros g H; cbn [common]; auto.
  destruct (Z.eqb g 1); [lia|]. apply IH, Z.gcd_nonneg.
Qed.
Section At_a_point.
Variables px py : R.
Notation inside := (inside px py).
Definition form_at (f : triple) : R := here px py (real f).
Definition at_den (d : R) (fs : list triple) : list R := map (fun f => form_at f / d) fs.
Definition values (d : Z) (fs : list triple) : list R := at_den (IZR d) fs.
Definition walks (f : walker) (g : list R -> list R) : Prop :=
  forall k c d fs n n', f k c d fs n = Ok n' -> (0 < d)%Z -> inside c ->
  exists c' d' fs' m m', k c' d' fs' m = Ok m' /\ (0 < d')%Z /\ inside c' /\
    values d' fs' = g (values d fs).

Lemma plus3_ok u v : form_at (plus3 u v) = form_at u + form_at v.
Proof. destruct u as [[a b] c], v as [[x y] w]. unfold form_at. simpl. rewrite !plus_IZR. ring. Qed.
Lemma times3_ok k u : form_at (times3 k u) = IZR k * form_at u.
Proof. destruct u as [[a b] c]. unfold form_at. simpl. rewrite !mult_IZR. ring. Qed.
Lemma zero3_ok : form_at zero3 = 0.
Proof. unfold form_at. simpl. ring. Qed.
Lemma reduce_ok k c d fs n n' : reduce k c d fs n = Ok n' -> (0 < d)%Z ->
  exists d' fs', k c d' fs' n = Ok n' /\ (0 < d')%Z /\ values d' fs' = values d fs.
Proof.
  unfold reduce. intros H Hd. unbind H. cbv zeta in H. destruct (Z.eqb _ 1); [eauto|].
  destruct (common_divides fs d) as [D F]. pose proof (common_nonneg fs d ltac:(lia)) as P.
  set (g := common d fs) in *. clearbody g. destruct D as [q Dq].
  assert (0 < g)%Z by (destruct (Z.eq_dec g 0); [subst; rewrite Z.mul_0_r in Hd; lia|lia]).
  assert (Q : (d / g = q)%Z) by (rewrite Dq; apply Z.div_mul; lia).
  assert (0 < q)%Z by (clear - Dq P Hd; nia). exists (d / g)%Z, (divided_by g fs). rewrite Q in *.
  split; [exact H|split; [auto|]]. unfold values, at_den, divided_by. rewrite map_map.
  apply map_ext_in. intros [[x y] w] Ht. rewrite Forall_forall in F.
  destruct (F _ Ht) as ([x' ->] & [y' ->] & [w' ->]). rewrite !Z.div_mul by lia.
  unfold form_at. simpl. rewrite Dq, !mult_IZR. apply IZR_pos in H0, H1. field. lra.
Qed.

(** ** Affine stages *)
Lemma gap_value_nil r : gap_value r [] = 0.
Proof.
  induction r as [|[i q] r IH]; simpl; auto. rewrite skipn_nil. simpl. rewrite IH. ring.
Qed.
Lemma mix_ok e d r : (0 < d)%Z -> forall r' fs acc, whole_row e r = Ok r' ->
  form_at (mix r' fs acc) = form_at acc + IZR d * IZR e * gap_value r (values d fs).
Proof.
  intros Hd. apply IZR_pos in Hd.
  induction r as [|[i q] r IH]; intros r' fs acc H; unfold whole_row in H; cbn [map_result] in H.
  - inversion H. simpl. ring.
  - unbind H. cbn beta in E. unbind E. inversion E; subst. inversion H; subst. cbn [mix gap_value fst snd] in *.
    cbv zeta. unfold values, at_den in *.
    rewrite <- (skipn_map' (fun f => form_at f / IZR d)).
    destruct (skipn i fs) as [|f rest]; cbn [map hd tl].
    + rewrite gap_value_nil. ring.
    + rewrite (IH a0 rest) by assumption. rewrite plus3_ok, times3_ok, (whole_ok _ _ _ E1).
      field. lra.
Qed.
Lemma affine_walker_ok weight bias f : affine_walker weight bias = Ok f ->
  walks f (fun v => add_bias bias 0 (apply_real weight v)).
Proof.
  unfold affine_walker. intros H. cbv zeta in H. unbind H. inversion H; subst f. clear H.
  intros k c d fs n n' H Hd I. unbind H. apply need_ok, Nat.eqb_eq in E4.
  rename a0 into rs, a2 into bs', a3 into rs'. set (e := common_denominator _) in *. clearbody e.
  apply need_ok, Z.ltb_lt in E1.
  destruct (reduce_ok _ _ _ _ _ _ H ltac:(nia)) as (d' & fs' & K & P & V).
  exists c, d', fs', n, n'. repeat split; auto. rewrite V.
  rewrite (rows_ok (values d fs) _ _ E0) by (unfold values, at_den; rewrite map_length; auto).
  clear - E1 E2 E3 Hd. unfold values at 1. rewrite mult_IZR.
  pose proof (IZR_pos _ Hd) as Hd'. pose proof (IZR_pos _ E1) as He.
  revert bs' rs' E2 E3.
  enough (G : forall o bs' rs', map_result (whole e) (map bias (count (length rs) o)) = Ok bs' ->
    map_result (whole_row e) rs = Ok rs' ->
    at_den (IZR d * IZR e) (map (fun br => mix (snd br) fs (0, 0, fst br * d)%Z) (combine bs' rs'))
    = add_bias bias o (map (fun r => gap_value r (values d fs)) rs)) by (apply (G 0%Z)).
  induction rs as [|r rs IH]; intros o bs' rs' E2 E3; cbn [length count map map_result] in E2, E3.
  - inversion E2. reflexivity.
  - unbind E2. inversion E2; subst. unbind E3. inversion E3; subst.
    cbn [combine map add_bias at_den fst snd]. f_equal.
    + rewrite (mix_ok e d r Hd _ _ _ E4). unfold form_at at 1. simpl.
      rewrite mult_IZR, (whole_ok _ _ _ E). field. split; lra.
    + apply (IH (o + 1)%Z); auto.
Qed.

(** ** Banks *)
Lemma image_ok d e f l : (0 < d)%Z -> (0 < e)%Z ->
  at_den (IZR d * IZR e) (image d f l) = whole_at e l (form_at f / IZR d).
Proof.
  intros Hd He. apply IZR_pos in Hd, He. destruct f as [[a b] c]. unfold at_den, whole_at. simpl.
  rewrite map_map. apply map_ext. intros [s o]. unfold form_at. simpl.
  rewrite plus_IZR, !mult_IZR. field. split; lra.
Qed.
Lemma bend_ok d e f g rest : (0 < d)%Z -> (0 < e)%Z -> forall lo l k c n n',
  covers (whole_at e) g lo l rest -> at_or_above lo (form_at f / IZR d) -> inside c ->
  bend d f l rest k c n = Ok n' ->
  exists c' gs m m', k c' gs m = Ok m' /\ inside c' /\
    at_den (IZR d * IZR e) gs = g (form_at f / IZR d).
Proof.
  intros Hd He. pose proof (IZR_pos _ Hd) as Hd'.
  induction rest as [|[t next] rest IH]; intros lo l k c n n' C Hlo I H; cbn [bend] in H.
  - exists c, (image d f l), n, n'. repeat split; auto. rewrite image_ok by auto. symmetry.
    apply C, Hlo.
  - destruct C as [C1 C2]. destruct f as [[a b] w] eqn:Ef. cbv zeta in H.
    set (cut := (Z.pos (Qden t) * a, Z.pos (Qden t) * b, Z.pos (Qden t) * w - d * Qnum t)%Z) in *.
    rewrite <- Ef in *.
    assert (S : here px py (real cut)
      = IZR (Zpos (Qden t)) * IZR d * (form_at f / IZR d - Q2R t)).
    { subst f cut. unfold form_at, Q2R. cbn [here real]. rewrite minus_IZR, !mult_IZR.
      assert (IZR (Zpos (Qden t)) <> 0) by (apply not_0_IZR; discriminate).
      field. split; auto; lra. }
    assert (Q : 0 < IZR (Zpos (Qden t)) * IZR d)
      by (apply Rmult_lt_0_compat; auto; apply IZR_lt; lia).
    destruct (forallb (fun r => Z.leb (level cut r) 0) c) eqn:F1;
      [|destruct (forallb (fun r => Z.leb 0 (level cut r)) c) eqn:F2].
    + rewrite forallb_forall in F1.
      assert (L : here px py (real cut) <= 0).
      { apply (at_or_below_zero px py cut c I). intros r Hr. apply Z.leb_le, F1, Hr. }
      exists c, (image d f l), n, n'. repeat split; auto. rewrite image_ok by auto. symmetry.
      apply C1; [exact Hlo|]. rewrite S in L. nra.
    + rewrite forallb_forall in F2.
      assert (L : 0 <= here px py (real cut)).
      { apply (at_or_above_zero px py cut c I). intros r Hr. apply Z.leb_le, F2, Hr. }
      apply (IH (Some t) next k c n n'); auto. simpl. rewrite S in L. nra.
    + unbind H. destruct a0 as [below above]. unbind H.
      destruct (divide_ok px py _ _ _ _ E I) as [B A].
      destruct (Rle_dec (here px py (real cut)) 0) as [L|L].
      * exists below, (image d f l), n, a0. repeat split; auto. rewrite image_ok by auto. symmetry.
        apply C1; [exact Hlo|]. rewrite S in L. nra.
      * apply (IH (Some t) next k above a0 n'); auto; [|apply A; lra]. simpl. rewrite S in L. nra.
Qed.
Context {N : Normal_distribution}.
Lemma bend_all_ok d e units bases : (0 < d)%Z -> (0 < e)%Z ->
  (forall b, covers (whole_at e) (nth b bases (fun _ => [])) None
    (fst (nth b units ([], []))) (snd (nth b units ([], [])))) ->
  forall basis_of k c fs n n', bend_all units basis_of d k c fs n = Ok n' -> inside c ->
  exists c' gs m m', k c' gs m = Ok m' /\ inside c' /\
    at_den (IZR d * IZR e) gs = bank_values bases basis_of (values d fs).
Proof.
  intros Hd He U. induction basis_of as [|b basis_of IH]; intros k c fs n n' H I;
    cbn [bend_all] in H.
  - exists c, [], n, n'. auto.
  - cbv zeta in H.
    apply (bend_ok d e _ (nth b bases (fun _ => [])) _ Hd He None) in H; auto; [|exact Logic.I].
    destruct H as (c1 & g1 & m1 & m1' & H & I1 & V1).
    apply IH in H; auto. destruct H as (c2 & g2 & m2 & m2' & H & I2 & V2).
    exists c2, (g1 ++ g2), m2, m2'. repeat split; auto. cbn [bank_values].
    unfold at_den in *. rewrite map_app, V1, V2. f_equal; [|f_equal].
    + f_equal. unfold values, at_den. destruct fs; simpl; auto. rewrite zero3_ok. unfold Rdiv. ring.
    + unfold values, at_den. destruct fs; reflexivity.
Qed.
Lemma bank_walker_ok budget bases basis_of f : bank_walker budget bases basis_of = Ok f ->
  walks f (bank_values (map basis_values bases) basis_of).
Proof.
  unfold bank_walker. intros H. cbv zeta in H. unbind H. inversion H; subst f. clear H.
  set (e := common_denominator _) in *. clearbody e. apply need_ok, Z.ltb_lt in E0.
  intros k c d fs n n' H Hd I.
  apply (bend_all_ok d e _ (map basis_values bases) Hd E0) in H; auto.
  - destruct H as (c' & gs & m & m' & H & I' & V).
    destruct (reduce_ok _ _ _ _ _ _ H ltac:(nia)) as (d' & fs' & K & P & V').
    exists c', d', fs', m, m'. repeat split; auto. rewrite V', <- V. unfold values.
    rewrite mult_IZR. reflexivity.
  - clear - E E0 E1. revert a E a1 E1.
    induction bases as [|b bases IH]; intros us E us' E1 i; cbn [map_result] in E.
    + inversion E; subst. cbn [map_result] in E1. inversion E1. destruct i; simpl; auto.
    + unbind E. inversion E; subst. cbn [map_result] in E1. unbind E1. inversion E1; subst.
      destruct i as [|i]; cbn [nth map].
      * apply (whole_unit_ok _ _ a); auto. apply (pieces_of_ok budget), E2.
      * eapply IH; eauto.
Qed.

(** ** Words *)
Lemma walks_id : walks (fun k => k) (fun v => v).
Proof. intros k c d fs n n' H Hd I. exists c, d, fs, n, n'. auto. Qed.
Lemma walks_then f g h i : walks f h -> walks g i -> walks (fun k => f (g k)) (fun v => i (h v)).
Proof.
  intros F G k c d fs n n' H Hd I.
  destruct (F _ _ _ _ _ _ H Hd I) as (c1 & d1 & fs1 & m1 & m1' & H1 & P1 & I1 & V1).
  destruct (G _ _ _ _ _ _ H1 P1 I1) as (c2 & d2 & fs2 & m2 & m2' & H2 & P2 & I2 & V2).
  exists c2, d2, fs2, m2, m2'. rewrite <- V1. auto.
Qed.
Lemma slices_ok ws gs : Forall2 (fun iw ig => fst iw = fst ig /\ walks (snd iw) (snd ig)) ws gs ->
  walks (slices ws) (parallel_values gs).
Proof.
  induction 1 as [|[i f] [j g] ws gs [E W] _ IH]; intros k c d fs n n' H Hd I; cbn [slices] in H.
  - exists c, 1%Z, [], n, n'. repeat split; auto; lia.
  - cbn [fst snd] in *. subst j.
    destruct (W _ _ _ _ _ _ H Hd I) as (c1 & d1 & fs1 & m1 & m1' & H1 & P1 & I1 & V1).
    destruct (IH _ _ _ _ _ _ H1 Hd I1) as (c2 & d2 & fs2 & m2 & m2' & H2 & P2 & I2 & V2).
    destruct (reduce_ok _ _ _ _ _ _ H2 ltac:(nia)) as (d' & fs' & K & P & V).
    exists c2, d', fs', m2, m2'. repeat split; auto. rewrite V. cbn [parallel_values].
    unfold values in *.
    replace (take 0 i (at_den (IZR d) fs)) with (at_den (IZR d) (take zero3 i fs)).
    2:{ unfold at_den. apply take_map. rewrite zero3_ok. unfold Rdiv. ring. }
    replace (skipn i (at_den (IZR d) fs)) with (at_den (IZR d) (skipn i fs))
      by (unfold at_den; apply skipn_map').
    rewrite <- V1, <- V2. unfold at_den. rewrite map_app, !map_map, mult_IZR.
    apply IZR_pos in P1, P2.
    f_equal; apply map_ext; intros t; rewrite times3_ok; field; split; lra.
Qed.
Lemma stage_walker_ok budget s : forall f, stage_walker budget s = Ok f -> walks f (stage_value s).
Proof.
  induction s as [w b|bases basis_of|ns IH|c g|c g|n e] using stage_nested; intros f H;
    try discriminate.
  - apply affine_walker_ok, H.
  - apply (bank_walker_ok budget), H.
  - cbn [stage_walker] in H. unbind H. inversion H; subst f. cbn [stage_value]. apply slices_ok.
    clear H. revert a E. induction IH as [|[i w] ns Hw _ IHl]; intros ws E; cbn [map_result] in E.
    + inversion E. constructor.
    + unbind E. cbn beta in E0. unbind E0. inversion E0; subst. inversion E; subst.
      cbn [map fst snd] in *.
      constructor; [|apply IHl; auto]. split; auto. cbn [snd]. clear - Hw E2.
      revert a1 E2. induction Hw as [|s w Hs _ IHw]; intros f E; cbn [fold_right fold_left] in *.
      * inversion E. apply walks_id.
      * unbind E. inversion E; subst. apply (walks_then a a0 (stage_value s)
          (fun v => fold_left (fun u s => stage_value s u) w v)); auto.
Qed.
Lemma word_walker_ok budget w : forall f, word_walker budget w = Ok f -> walks f (word_value w).
Proof.
  unfold word_walker. induction w as [|s w IH]; intros f H; cbn [fold_right] in H.
  - inversion H. apply walks_id.
  - unbind H. inversion H; subst. apply (walks_then a a0 (stage_value s) (word_value w)); auto.
    apply (stage_walker_ok budget), E.
Qed.
End At_a_point.
