(** * Upper bounds of a function on an interval

    Its cells lie between its breakpoints; what it is at breakpoints counts by itself.  An
    unbounded interval is cut at its outermost breakpoint s: the tail f(s + u), u > 0, or f(s - u),
    is one polynomial, at most its constant coefficient if no other one is positive, and atoms,
    which have bounds everywhere. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Functions Calculus Bernstein Atom_parts Pieces Halving.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** ** Tails *)
Fixpoint turned (cs : list Z) : list Z := (* q(-z) *)
  match cs with [] => [] | c :: cs' => c :: map Z.opp (turned cs') end.
Definition tail_top (q : list Z) (unit : Z) : end_ :=
  if forallb (fun c => Z.leb c 0) (tl q) then Some (ratio (hd 0%Z q) unit) else None.
(** None: no bound. *)
Definition end_plus (a b : end_) : end_ :=
  match a, b with Some p, Some q => Some (plus p q) | _, _ => None end.
Definition larger_end (a b : end_) : end_ :=
  match a, b with Some p, Some q => Some (larger p q) | _, _ => None end.

Lemma powers_at_opp cs z : powers_at (map Z.opp cs) z = - powers_at cs z.
Proof. induction cs as [|c cs IH]; simpl; [ring|]. rewrite IH, opp_IZR. ring. Qed.
Lemma turned_ok cs z : powers_at (turned cs) z = powers_at cs (- z).
Proof. induction cs as [|c cs IH]; simpl; [ring|]. rewrite powers_at_opp, IH. ring. Qed.
Lemma powers_nonpositive cs z : 0 <= z -> forallb (fun c => Z.leb c 0) cs = true -> powers_at cs z <= 0.
Proof.
  intros H. induction cs as [|c cs IH]; simpl; intros F; [lra|].
  apply andb_prop in F. destruct F as [C F]. apply Z.leb_le, IZR_le in C. specialize (IH F). nra.
Qed.
Lemma larger_end_ok a b y : at_or_below a y \/ at_or_below b y -> at_or_below (larger_end a b) y.
Proof.
  destruct a as [p|], b as [q|]; simpl; auto. destruct (larger_ok p q). intros [L|L]; lra.
Qed.
Lemma tail_top_ok q unit z y : (0 < unit)%Z -> 0 <= z -> IZR unit * y = powers_at q z ->
  at_or_below (tail_top q unit) y.
Proof.
  intros P H E. unfold tail_top. destruct (forallb _ _) eqn:F; [|exact I]. simpl.
  rewrite ratio_ok by assumption. apply (powers_nonpositive _ z H) in F. apply IZR_lt in P.
  apply Rmult_le_reg_l with (IZR unit); [assumption|]. rewrite E.
  replace (IZR unit * (IZR (hd 0%Z q) / IZR unit)) with (IZR (hd 0%Z q)) by (field; lra).
  destruct q as [|c q]; simpl in *; nra.
Qed.

(** ** The bound *)
Definition rank (gc : generator * Q) : nat := match fst gc with Pow k | Step _ k => k | _ => O end.
Definition degree (f : function) : nat := fold_right (fun gc k => Nat.max (rank gc) k) 1%nat f.
Definition places (f : function) : list Q :=
  flat_map (fun gc => match fst gc with Step t _ | Point t => [t] | _ => [] end) f.
Definition end_list (e : end_) : list Q := match e with Some t => [t] | None => [] end.
Definition up_to (B : Z) (es : list event) : list event :=
  insert_event B [] 0 (filter (fun e => Z.leb (fst e) B) es).
Definition factorial (p : nat) : Z := snd (from_powers p []).
Section Along.
Variables (cuts p : nat) (S unit : Z) (f : function) (curved : bool).
Notation smooth_at := (smooth_at f curved).
Notation piece_of := (piece_of p f curved).
(** Upper and lower bounds at the breakpoints after U, and the cells between them. *)
Definition cell_scale : Z := (unit * factorial p)%Z.
Fixpoint walk (U : Z) (a : Q * Q) (ss : list step) : result (list Q * list Q * list piece) :=
  match ss with
  | [] => Ok ([], [], [])
  | (T, (q, v)) :: ss' =>
      let? _ := need (Z.ltb U T && Nat.leb (List.length q) (Datatypes.S p)) "unreachable: a cell" in
      let? b := smooth_at (ratio T S) in
      let? c := piece_of (ratio U S) a (ratio T S) b cell_scale
                  (fst (from_powers p (stretch 1 (T - U) q))) in
      let? (above, below, cs) := walk T b ss' in
      let w := ratio v unit in
      Ok (plus w (snd b) :: above, plus w (fst b) :: below, c :: cs)
  end.
(** From A, where the polynomials have the value v, to the last step. *)
Definition walk_top (A v : Z) (ss : list step) : result Q :=
  let? a := smooth_at (ratio A S) in
  let? (above, below, cs) := walk A a ss in
  let w := ratio v unit in
  let reached := largest (plus w (fst a)) (below ++ flat_map (ends cell_scale) cs) in
  let? m := refine p f curved cuts cell_scale reached cs in
  Ok (larger (largest (plus w (snd a)) above) m).
End Along.
Definition first_place (S : Z) (lo : end_) (es : list event) : Z :=
  match lo, es with Some a, _ => over S a | None, e :: _ => fst e | None, [] => 0%Z end.
Definition top (cuts : nat) (f : function) (lo hi : end_) : result end_ :=
  let S := common_denominator (end_list lo ++ end_list hi ++ places f) in
  let D := common_denominator (map snd f) in
  let p := degree f in
  let unit := (D * S ^ Z.of_nat p)%Z in
  let es := match hi with Some b => up_to (over S b) (events S D p f) | None => events S D p f end in
  let A := first_place S lo es in
  let start := shift A (base S D p f) in
  let '(q, spike, beyond) := enter A start 0 es in
  let? s := sweep A q beyond in
  let? inner := walk_top cuts p S unit f (has_atoms f) A (hd 0 q + spike)%Z (steps s) in
  let tail q := let? e := atoms_everywhere f in Ok (end_plus (tail_top q unit) e) in
  let? above := match hi with
    | Some b => let? _ := need (Z.leb (over S b) (last_place s)) "unreachable: end" in Ok (Some inner)
    | None => let? e := tail (last_piece s) in Ok (larger_end (Some inner) e) end in
  match lo with
  | Some _ => Ok above
  | None => let? _ := need (forallb (fun e => Z.leb A (fst e)) es) "unreachable: start" in
            let? e := tail (turned start) in Ok (larger_end above e) end.

Lemma factorial_any n : forall cs, snd (from_powers n cs) = factorial n.
Proof.
  unfold factorial. induction n as [|n IH]; intros cs; [reflexivity|]. cbn [from_powers].
  rewrite (surjective_pairing (from_powers n (tl cs))), (surjective_pairing (from_powers n (tl []))).
  cbn [snd]. rewrite !IH. reflexivity.
Qed.
Lemma factorial_pos n : (0 < factorial n)%Z.
Proof.
  unfold factorial. destruct (from_powers n []) as [b f] eqn:E.
  apply (from_powers_ok _ _ _ _ 0) in E; [apply E|simpl; lia].
Qed.
Lemma up_to_ok B es X : X <= IZR B -> events_value (up_to B es) X = events_value es X.
Proof.
  intros H. unfold up_to. rewrite insert_event_ok.
  assert (Z0 : event_value (B, ([], 0%Z)) X = 0).
  { simpl. destruct (Rlt_dec X (IZR B)), (Req_EM_T X (IZR B)); ring. }
  rewrite Z0. induction es as [|e es IH]; [simpl; ring|]. cbn [filter].
  destruct (Z.leb_spec (fst e) B) as [L|L]; cbn [events_value]; rewrite <- IH; [ring|].
  destruct e as [T [j s]]. simpl in *. apply IZR_lt in L.
  destruct (Rlt_dec X (IZR T)), (Req_EM_T X (IZR T)); try lra.
Qed.
Lemma degree_ok f gc : In gc f -> (rank gc <= degree f)%nat.
Proof.
  unfold degree. induction f as [|g f IH]; simpl; intros H; [tauto|].
  destruct H as [->|H]; [lia|]. specialize (IH H). lia.
Qed.
Lemma fits_all f S : (forall t, In t (places f) -> divides S t) ->
  Forall (fits S (common_denominator (map snd f)) (degree f)) f.
Proof.
  intros H. apply Forall_forall. intros [g c] I. pose proof (degree_ok _ _ I) as R.
  assert (C : divides (common_denominator (map snd f)) c) by (apply common_ok; apply (in_map snd _ _ I)).
  assert (P : forall t, In t (match g with Step t _ | Point t => [t] | _ => [] end) -> divides S t).
  { intros t T. apply H. apply in_flat_map. exists (g, c). auto. }
  unfold fits, rank in *. destruct g; simpl in *; auto.
Qed.

Section Top.
Context {N : Normal_distribution}.
Lemma stretch_length h q : forall r, length (stretch r h q) = length q.
Proof. induction q as [|c q IH]; simpl; intros; auto. Qed.
Lemma late_events es A X : forallb (fun e => Z.leb A (fst e)) es = true -> X < IZR A ->
  events_value es X = 0.
Proof.
  induction es as [|[T [j s]] es IH]; intros F C; [reflexivity|]. simpl in F.
  apply andb_prop in F. destruct F as [L F]. apply Z.leb_le, IZR_le in L.
  cbn [events_value event_value]. rewrite IH by assumption.
  destruct (Rlt_dec X (IZR T)), (Req_EM_T X (IZR T)); lra.
Qed.
Lemma fractions u v t X : 0 < IZR v - IZR u -> t = (X - IZR u) / (IZR v - IZR u) -> IZR u < X < IZR v ->
  0 <= t <= 1 /\ IZR u + t * (IZR v - IZR u) = X.
Proof.
  intros P -> [L R]. split; [split|field; lra].
  - apply Rmult_le_pos; [lra|]. apply Rlt_le, Rinv_0_lt_compat. lra.
  - apply Rmult_le_reg_r with (IZR v - IZR u); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra.
Qed.
Section Along_ok.
Variables (cuts p : nat) (S unit : Z) (f : function) (curved : bool).
Hypothesis p_pos : (1 <= p)%nat.
Hypothesis no_curves : curved = false -> forall x, atom_part f x = 0.
Hypothesis S_pos : (0 < S)%Z.
Hypothesis unit_pos : (0 < unit)%Z.
Notation scale := (cell_scale p unit).
Lemma scale_pos : (0 < scale)%Z.
Proof. apply Z.mul_pos_pos; [assumption|apply factorial_pos]. Qed.
(** y is the sum of the polynomials at x, and X = S x. *)
Lemma walk_ok ss : forall U a above below cs, walk p S unit f curved U a ss = Ok (above, below, cs) ->
  holds_at f (ratio U S) a -> Forall (stands p f scale) cs /\
  forall X y, along U ss X (IZR unit * y) ->
    (exists b, In b above /\ y + atom_part f (X / IZR S) <= Q2R b)
    \/ (exists c t, In c cs /\ 0 <= t <= 1 /\ y + atom_part f (X / IZR S) = on_piece p f scale c t).
Proof.
  pose proof scale_pos as Ps. assert (PS := S_pos). apply IZR_lt in PS.
  assert (PU := unit_pos). apply IZR_lt in PU.
  induction ss as [|[T [q v]] ss IH]; intros U a above below cs H A; cbn [walk] in H.
  - injection H as <- <- <-. split; [constructor|intros X y []].
  - unbind H. destruct a3 as [[above' below'] cs']. injection H as <- <- <-.
    apply need_ok, andb_prop in E. destruct E as [LT Lq]. apply Z.ltb_lt, IZR_lt in LT.
    apply Nat.leb_le in Lq. apply (smooth_at_ok f curved no_curves) in E0.
    set (cs0 := stretch 1 (T - U) q) in *.
    assert (Lc : (length cs0 <= Datatypes.S p)%nat) by (unfold cs0; rewrite stretch_length; assumption).
    destruct (from_powers p cs0) as [b fac] eqn:Ef. cbn [fst] in E1.
    pose proof (factorial_any p cs0) as Fa. rewrite Ef in Fa. cbn [snd] in Fa. subst fac.
    assert (Lb : length b = Datatypes.S p) by (apply (from_powers_ok _ _ _ _ 0 Ef Lc)).
    assert (O : Q2R (ratio U S) <= Q2R (ratio T S)).
    { rewrite !ratio_ok by assumption. apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat, PS|lra]. }
    destruct (IH _ _ _ _ _ E2 E0) as [St W].
    split; [constructor; [|assumption]; apply (piece_of_ok p f curved p_pos no_curves _ _ _ _ _ _ _ E1);
      assumption|].
    intros X y [(Rg & Y)|[(-> & Y)|Al]].
    + right. exists a2. set (t := (X - IZR U) / (IZR T - IZR U)). exists t.
      destruct (fractions U T t X) as [T1 T2]; [lra|reflexivity|assumption|].
      split; [left; reflexivity|]. split; [assumption|].
      unfold Halving.piece_of in E1. unbind E1. injection E1 as <-. unfold on_piece.
      cbn [from to coefficients]. rewrite !ratio_ok by assumption.
      replace (IZR U / IZR S + t * (IZR T / IZR S - IZR U / IZR S)) with (X / IZR S)
        by (rewrite <- T2; field; lra).
      f_equal. destruct (from_powers_ok _ _ _ _ t Ef Lc) as (_ & _ & V). rewrite V. unfold cs0.
      rewrite stretch_ok, Rmult_1_l, minus_IZR.
      replace ((IZR T - IZR U) * t) with (X - IZR U) by (rewrite <- T2; ring).
      rewrite <- Y. unfold cell_scale. rewrite mult_IZR. pose proof (factorial_pos p) as Fp.
      apply IZR_lt in Fp. field. lra.
    + left. eexists. split; [left; reflexivity|]. rewrite val_plus, ratio_ok, <- Y by assumption.
      unfold holds_at in E0. rewrite ratio_ok in E0 by assumption.
      replace (IZR unit * y / IZR unit) with y by (field; lra). lra.
    + destruct (W X y Al) as [(b' & I & B)|(c & t & I & B)].
      * left. exists b'. split; [right|]; assumption.
      * right. exists c, t. split; [right|]; assumption.
Qed.
Lemma walk_top_ok A v ss m : walk_top cuts p S unit f curved A v ss = Ok m ->
  forall X y, (X = IZR A /\ IZR unit * y = IZR v) \/ along A ss X (IZR unit * y) ->
  y + atom_part f (X / IZR S) <= Q2R m.
Proof.
  unfold walk_top. intros H X y D. unbind H. destruct a0 as [[above below] cs]. unbind H.
  injection H as <-. apply (smooth_at_ok f curved no_curves) in E.
  destruct (walk_ok _ _ _ _ _ _ E0 E) as [St W].
  set (ceiling := largest _ above). destruct (larger_ok ceiling a0) as [Lc Lm].
  assert (PU := unit_pos). apply IZR_lt in PU.
  destruct D as [[-> Y]|Al].
  - eapply Rle_trans; [|apply Lc]. eapply Rle_trans; [|apply largest_first].
    rewrite val_plus, ratio_ok, <- Y by assumption. unfold holds_at in E.
    rewrite ratio_ok in E by assumption. replace (IZR unit * y / IZR unit) with y by (field; lra). lra.
  - destruct (W X y Al) as [(b & I & B)|(c & t & I & T & ->)].
    + eapply Rle_trans; [apply B|]. eapply Rle_trans; [|apply Lc]. apply largest_ok, I.
    + eapply Rle_trans; [|apply Lm].
      apply (refine_ok p f curved p_pos no_curves _ _ _ _ _ E1 scale_pos St c t I T).
Qed.
End Along_ok.

Lemma end_plus_ok a b x y : at_or_below a x -> at_or_below b y -> at_or_below (end_plus a b) (x + y).
Proof. destruct a, b; simpl; auto. rewrite val_plus. lra. Qed.
Theorem top_ok cuts f lo hi e x : top cuts f lo hi = Ok e ->
  at_or_above lo x -> at_or_below hi x -> at_or_below e (value f x).
Proof.
  unfold top. intros H Hlo Hhi.
  set (S := common_denominator _) in H. set (D := common_denominator (map snd f)) in H. set (p := degree f) in H.
  cbv zeta in H. set (unit := (D * S ^ Z.of_nat p)%Z) in H.
  set (es := match hi with Some b => _ | None => _ end) in H. set (A := first_place S lo es) in H.
  set (start := shift A _) in H. destruct (enter A start 0 es) as [[q spike] beyond] eqn:En.
  unbind H.
  assert (PS : (0 < S)%Z) by apply common_pos. assert (PD : (0 < D)%Z) by apply common_pos.
  assert (PU : (0 < unit)%Z) by (apply Z.mul_pos_pos; [|apply Z.pow_pos_nonneg]; lia).
  assert (PU' := PU). apply IZR_lt in PU'. assert (PS' := PS). apply IZR_lt in PS'.
  assert (Pp : (1 <= p)%nat).
  { unfold p, degree. clear. induction f as [|g f IH]; simpl; lia. }
  assert (Dv : forall t, In t (end_list lo ++ end_list hi ++ places f) -> divides S t)
    by (intros t; apply common_ok).
  assert (Dhi : forall b, hi = Some b -> IZR (over S b) = IZR S * Q2R b).
  { intros b ->. apply over_ok, Dv, in_or_app. right. left. reflexivity. }
  set (X := IZR S * x). assert (Xx : X / IZR S = x) by (unfold X; field; lra).
  set (y := value f x - atom_part f x).
  assert (Ey : value f x = y + atom_part f x) by (unfold y; ring). rewrite Ey.
  assert (V : IZR unit * y = powers_at start (X - IZR A) + events_value es X).
  { assert (V0 := pieces_ok S D p PS f x (fits_all f S (fun t I => Dv t (in_or_app _ _ _
      (or_intror (in_or_app _ _ _ (or_intror I))))))).
    assert (Eu : Pieces.unit S D p = IZR unit).
    { unfold Pieces.unit, unit. rewrite mult_IZR, IZR_power. reflexivity. }
    rewrite Eu in V0. unfold y. fold X in V0. unfold start. rewrite shift_ok.
    replace (IZR A + (X - IZR A)) with X by ring.
    assert (Es : events_value es X = events_value (events S D p f) X).
    { unfold es. destruct hi as [b|]; [|reflexivity]. apply up_to_ok.
      rewrite (Dhi b eq_refl). simpl in Hhi. apply Rmult_le_compat_l; lra. }
    rewrite Es. fold p in V0. lra. }
  assert (Walk := walk_top_ok cuts p S unit f (has_atoms f) Pp (fun H0 z => no_atoms f z H0) PS PU _ _ _ _ E0 X y).
  rewrite Xx in Walk.
  assert (Tail : forall q' z e', IZR unit * y = powers_at q' z -> 0 <= z ->
    (let? e := atoms_everywhere f in Ok (end_plus (tail_top q' unit) e)) = Ok e' ->
    at_or_below e' (y + atom_part f x)).
  { intros q' z e' Ez Z0 He. unbind He. ok_top He. apply end_plus_ok.
    - apply (tail_top_ok _ _ z); assumption.
    - apply atoms_everywhere_ok; assumption. }
  assert (Hi : y + atom_part f x <= Q2R a0 -> at_or_below a1 (y + atom_part f x)).
  { intros B. destruct hi; unbind E1; ok_top E1; [assumption|]. apply larger_end_ok. auto. }
  assert (Lo : at_or_below a1 (y + atom_part f x) -> at_or_below e (y + atom_part f x)).
  { intros B. destruct lo; [|unbind H]; ok_top H; [assumption|]. apply larger_end_ok. auto. }
  destruct (Rlt_le_dec X (IZR A)) as [C|C].
  - destruct lo as [l|].
    { exfalso. unfold A, first_place in C. rewrite over_ok in C by (apply Dv; left; reflexivity).
      simpl in Hlo. unfold X in C. nra. }
    unbind H. ok_top H. apply need_ok in E2. apply larger_end_ok. right.
    apply (Tail (turned start) (IZR A - X)); [|lra|exact E3].
    rewrite turned_ok, V, (late_events es A X E2 C). replace (- (IZR A - X)) with (X - IZR A) by ring.
    ring.
  - apply Lo. pose proof (enter_ok A X es C _ _ _ _ _ En) as V'. unfold spike_at in V'.
    destruct (Req_EM_T X (IZR A)) as [Eq|Ne].
    + apply Hi, Walk. left. split; [assumption|]. rewrite V, plus_IZR, <- powers_at_0.
      rewrite (sweep_before _ _ _ _ X E) in V' by lra. rewrite Eq in *. rewrite Rminus_eq_0 in *. lra.
    + assert (C' : IZR A < X) by lra.
      assert (V2 : IZR unit * y = powers_at q (X - IZR A) + events_value beyond X) by lra.
      destruct (sweep_ok _ _ _ _ X E C') as [W|[L W]]; rewrite <- V2 in W.
      * apply Hi, Walk. right. assumption.
      * destruct hi as [b|].
        { exfalso. unbind E1. apply need_ok, Z.leb_le, IZR_le in E2.
          rewrite (Dhi b eq_refl) in E2. simpl in Hhi. unfold X in L. nra. }
        unbind E1. ok_top E1. apply larger_end_ok. right.
        apply (Tail (last_piece a) (X - IZR (last_place a))); [assumption|lra|exact E2].
Qed.
End Top.
