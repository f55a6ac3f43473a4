(** * Upper bounds of a function on an interval

    Between breakpoints a polynomial is at most its greatest Bernstein coefficient; cells that may
    hold more than what is reached are halved, a stated number of times.  An unbounded interval is
    cut at its outermost breakpoint s: the tail f(s + u), u > 0, or f(s - u), is one polynomial,
    at most its constant coefficient if no other one is positive. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Functions Calculus Bernstein Pieces.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Definition largest (a : Q) (l : list Q) : Q := fold_left larger l a.
Lemma larger_ok a b : Q2R a <= Q2R (larger a b) /\ Q2R b <= Q2R (larger a b).
Proof. rewrite val_larger. split; [apply Rmax_l|apply Rmax_r]. Qed.
Lemma largest_first l : forall a, Q2R a <= Q2R (largest a l).
Proof.
  induction l as [|c l IH]; intros a; simpl; [lra|].
  destruct (larger_ok a c). specialize (IH (larger a c)). lra.
Qed.
Lemma largest_ok l b : In b l -> forall a, Q2R b <= Q2R (largest a l).
Proof.
  induction l as [|c l IH]; simpl; [tauto|]. intros [<-|H] a; [|apply IH, H].
  destruct (larger_ok a c). pose proof (largest_first l (larger a c)). lra.
Qed.
(** z over the positive integer m. *)
Definition ratio (z m : Z) : Q := Qmake z (Z.to_pos m).
Lemma ratio_ok z m : (0 < m)%Z -> Q2R (ratio z m) = IZR z / IZR m.
Proof. intros H. unfold ratio, Q2R. simpl. rewrite Z2Pos.id by lia. reflexivity. Qed.
Definition greatest (l : list Z) : Z := fold_left Z.max l (hd 0 l)%Z.
Lemma greatest_ok l z : In z l -> (z <= greatest l)%Z.
Proof.
  unfold greatest. generalize (hd 0%Z l). induction l as [|a l IH]; simpl; intros m H; [tauto|].
  destruct H as [<-|H]; [|apply IH, H]. clear IH.
  assert (G : forall n, (n <= fold_left Z.max l n)%Z).
  { induction l as [|b l IH]; simpl; intros n; [lia|]. specialize (IH (Z.max n b)). lia. }
  specialize (G (Z.max m a)). lia.
Qed.

(** From Ok a = Ok b, without simplification. *)
Ltac ok_top H :=
  match type of H with Ok ?a = Ok ?b => replace b with a by congruence end.

(** ** Halving

    A cell: its ends, coefficients over a common scale, and an upper bound of what it stands for. *)
Record piece := { from : Q; to : Q; coefficients : list Z; bound : Q }.
Section Refine.
Variable n : nat.
Definition max_live : nat := 1024.
Definition piece_of (u v : Q) (scale : Z) (b : list Z) : piece :=
  {| from := u; to := v; coefficients := b; bound := ratio (greatest b) scale |}.
Definition halves (scale : Z) (c : piece) : list piece :=
  let m := times (1 # 2) (plus (from c) (to c)) in
  [piece_of (from c) m scale (left_half n (coefficients c));
   piece_of m (to c) scale (right_half n (coefficients c))].
(** What is found at the ends of cells only says which cells need not be halved. *)
Definition ends (scale : Z) (c : piece) : list Q :=
  [ratio (hd 0%Z (coefficients c)) scale; ratio (last (coefficients c) 0%Z) scale].
Fixpoint refine (cuts : nat) (scale : Z) (reached : Q) (cs : list piece) : Q :=
  let live := filter (fun c => less reached (bound c)) cs in
  match cuts, live with
  | _, [] => reached
  | O, _ => largest reached (map bound live)
  | S k, _ =>
      if Nat.ltb max_live (List.length live) then largest reached (map bound live)
      else
        let scale := Z.shiftl scale (Z.of_nat n) in
        let halved := flat_map (halves scale) live in
        refine k scale (largest reached (flat_map (ends scale) halved)) halved
  end.

Definition stands (scale : Z) (c : piece) : Prop :=
  length (coefficients c) = Datatypes.S n /\ forall t, 0 <= t <= 1 ->
    form n (coefficients c) t / IZR scale <= Q2R (bound c).
Lemma piece_of_ok u v scale b : (0 < scale)%Z -> length b = S n -> stands scale (piece_of u v scale b).
Proof.
  intros H L. split; [assumption|]. intros t T. cbn [coefficients bound piece_of].
  rewrite ratio_ok by assumption. apply Rmult_le_compat_r.
  - apply Rlt_le, Rinv_0_lt_compat, IZR_lt, H.
  - apply form_at_most; auto. apply greatest_ok.
Qed.
Lemma refine_reached cuts : forall scale reached cs, Q2R reached <= Q2R (refine cuts scale reached cs).
Proof.
  induction cuts as [|k IH]; intros scale reached cs; cbn [refine]; destruct (filter _ _) as [|c l];
    try (apply Rle_refl); try (apply largest_first).
  destruct (Nat.ltb _ _); [apply largest_first|].
  eapply Rle_trans; [|apply IH]. apply largest_first.
Qed.
Theorem refine_ok cuts : forall scale reached cs c t, (0 < scale)%Z -> Forall (stands scale) cs ->
  In c cs -> 0 <= t <= 1 ->
  form n (coefficients c) t / IZR scale <= Q2R (refine cuts scale reached cs).
Proof.
  induction cuts as [|k IH]; intros scale reached cs c t P F I T; cbn [refine];
    set (live := filter (fun c => less reached (bound c)) cs);
    assert (F' := F); rewrite Forall_forall in F'; destruct (F' _ I) as [L Bd]; specialize (Bd t T);
    (destruct (less reached (bound c)) eqn:B;
     [assert (I' : In c live) by (apply filter_In; auto)|apply val_not_less in B]).
  - destruct live as [|d l] eqn:E; [destruct I'|]. eapply Rle_trans; [apply Bd|].
    apply largest_ok. apply in_map, I'.
  - eapply Rle_trans; [apply Bd|]. eapply Rle_trans; [apply B|].
    apply (refine_reached 0 scale reached cs).
  - destruct live as [|d l] eqn:E; [destruct I'|]. rewrite <- E in *.
    destruct (Nat.ltb _ _); [eapply Rle_trans; [apply Bd|]; apply largest_ok, in_map, I'|].
    set (scale' := Z.shiftl scale (Z.of_nat n)). set (halved := flat_map (halves scale') live).
    assert (E' : IZR scale' = IZR scale * 2 ^ n).
    { unfold scale'. rewrite Z.shiftl_mul_pow2, mult_IZR, <- pow_IZR by lia. reflexivity. }
    assert (P2 : 0 < 2 ^ n) by (apply pow_lt; lra). assert (P1 := P). apply IZR_lt in P1.
    assert (P' : (0 < scale')%Z) by (apply lt_IZR; rewrite E'; nra).
    assert (H : Forall (stands scale') halved).
    { apply Forall_forall. intros h Ih. unfold halved in Ih. apply in_flat_map in Ih.
      destruct Ih as (d' & _ & Ih). unfold halves in Ih.
      destruct Ih as [<-|[<-|[]]]; apply piece_of_ok; auto using left_half_length, right_half_length. }
    assert (M : forall h, In h (halves scale' c) -> In h halved).
    { intros h Ih. apply in_flat_map. eauto. }
    destruct (Rle_dec t (1 / 2)) as [G|G].
    + set (h := hd c (halves scale' c)).
      assert (X := IH scale' (largest reached (flat_map (ends scale') halved)) halved h (2 * t) P' H
        (M h (or_introl eq_refl))).
      cbn [h halves hd piece_of coefficients] in X. rewrite left_half_ok, E' in X by assumption.
      replace (2 * t / 2) with t in X by field. eapply Rle_trans; [|apply X; lra].
      right. field. lra.
    + set (h := hd c (tl (halves scale' c))).
      assert (X := IH scale' (largest reached (flat_map (ends scale') halved)) halved h (2 * t - 1) P' H
        (M h (or_intror (or_introl eq_refl)))).
      cbn [h halves hd tl piece_of coefficients] in X. rewrite right_half_ok, E' in X by assumption.
      replace ((1 + (2 * t - 1)) / 2) with t in X by field. eapply Rle_trans; [|apply X; lra].
      right. field. lra.
  - eapply Rle_trans; [apply Bd|]. eapply Rle_trans; [apply B|].
    apply (refine_reached (S k) scale reached cs).
Qed.
End Refine.

(** ** Tails *)
Fixpoint turned (cs : list Z) : list Z := (* q(-z) *)
  match cs with [] => [] | c :: cs' => c :: map Z.opp (turned cs') end.
Definition tail_top (q : list Z) (unit : Z) : end_ :=
  if forallb (fun c => Z.leb c 0) (tl q) then Some (ratio (hd 0%Z q) unit) else None.
(** None: no bound. *)
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
Definition piece_on (S : Z) (p : nat) (scale : Z) (c : cell) : result piece :=
  let '(U, V, q) := c in
  let? _ := need (Nat.leb (List.length q) (Datatypes.S p)) "unreachable: degrees" in
  Ok (piece_of (ratio U S) (ratio V S) scale (fst (from_powers p (stretch 1 (V - U) q)))).
(** Of what is swept and of the value v at its start. *)
Definition swept_top (cuts p : nat) (S unit v : Z) (s : swept) : result Q :=
  let scale := (unit * factorial p)%Z in
  let? ps := map_result (piece_on S p scale) (cells s) in
  let others := map (fun v => ratio v unit) (at_breakpoints s) ++ flat_map (ends scale) ps in
  Ok (refine p cuts scale (largest (ratio v unit) others) ps).
Definition first_place (S : Z) (lo : end_) (es : list event) : Z :=
  match lo, es with Some a, _ => over S a | None, e :: _ => fst e | None, [] => 0%Z end.
Definition top (cuts : nat) (f : function) (lo hi : end_) : result end_ :=
  if existsb (fun gc => is_atom gc && negb (is_zero (snd gc))) f then Unsupported "bounds of atoms"
  else
    let S := common_denominator (end_list lo ++ end_list hi ++ places f) in
    let D := common_denominator (map snd f) in
    let p := degree f in
    let unit := (D * S ^ Z.of_nat p)%Z in
    let es := match hi with Some b => up_to (over S b) (events S D p f) | None => events S D p f end in
    let A := first_place S lo es in
    let start := shift A (base S D p f) in
    let '(q, spike, beyond) := enter A start 0 es in
    let? s := sweep A q beyond in
    let? inner := swept_top cuts p S unit (hd 0 q + spike)%Z s in
    let? above := match hi with
      | Some b => let? _ := need (Z.leb (over S b) (last_place s)) "unreachable" in Ok (Some inner)
      | None => Ok (larger_end (Some inner) (tail_top (last_piece s) unit)) end in
    match lo with
    | Some _ => Ok above
    | None => let? _ := need (forallb (fun e => Z.leb A (fst e)) es) "unreachable" in
              Ok (larger_end above (tail_top (turned start) unit)) end.

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
Lemma no_atoms f x : existsb (fun gc => is_atom gc && negb (is_zero (snd gc))) f = false ->
  value (atoms f) x = 0.
Proof.
  unfold atoms. induction f as [|[g c] f IH]; [reflexivity|]. cbn [existsb filter].
  destruct (is_atom (g, c)); simpl; [|auto]. destruct (is_zero c) eqn:Z; [|discriminate]. simpl.
  intros H. apply val_is_zero in Z. rewrite Z, IH by assumption. ring.
Qed.
Lemma stretch_length h q : forall r, length (stretch r h q) = length q.
Proof. induction q as [|c q IH]; simpl; intros; auto. Qed.
Lemma piece_on_stands S p scale c u : piece_on S p scale c = Ok u -> (0 < scale)%Z -> stands p scale u.
Proof.
  destruct c as [[U V] q]. unfold piece_on. intros H P. unbind H. apply need_ok, Nat.leb_le in E.
  injection H as <-. apply piece_of_ok; [assumption|].
  destruct (from_powers p (stretch 1 (V - U) q)) as [b f] eqn:E'.
  apply (from_powers_ok _ _ _ _ 0) in E'; [apply E'|]. rewrite stretch_length. assumption.
Qed.
Lemma piece_on_ok S p scale U V q u X : piece_on S p scale (U, V, q) = Ok u -> IZR U < X < IZR V ->
  exists t, 0 <= t <= 1 /\ form p (coefficients u) t = IZR (factorial p) * powers_at q (X - IZR U).
Proof.
  unfold piece_on. intros H [L R]. unbind H. apply need_ok, Nat.leb_le in E. injection H as <-.
  set (t := (X - IZR U) / (IZR V - IZR U)).
  pose proof (factorial_any p (stretch 1 (V - U) q)) as Fa.
  destruct (from_powers p (stretch 1 (V - U) q)) as [b f] eqn:E'.
  apply (from_powers_ok _ _ _ _ t) in E'; [|rewrite stretch_length; assumption].
  destruct E' as (_ & _ & W). cbn [fst snd] in *. subst f. exists t. split.
  - unfold t. split.
    + apply Rmult_le_pos; [lra|]. apply Rlt_le, Rinv_0_lt_compat. lra.
    + apply Rmult_le_reg_r with (IZR V - IZR U); [lra|]. unfold Rdiv.
      rewrite Rmult_assoc, Rinv_l; lra.
  - cbn [coefficients piece_of]. rewrite W, stretch_ok, Rmult_1_l. do 2 f_equal.
    unfold t. rewrite minus_IZR. field. lra.
Qed.
Lemma map_result_in {X Y} (g : X -> result Y) l : forall ys, map_result g l = Ok ys ->
  (forall y, In y ys -> exists x, In x l /\ g x = Ok y)
  /\ (forall x, In x l -> exists y, In y ys /\ g x = Ok y).
Proof.
  induction l as [|c l IH]; simpl; intros ps H.
  - injection H as <-. split; simpl; tauto.
  - unbind H. injection H as <-. destruct (IH _ E0) as [I1 I2]. split.
    + intros u [<-|I]; [eauto|]. destruct (I1 _ I) as (c' & ? & ?). eauto.
    + intros c' [<-|I]; [eexists; split; [left; reflexivity|assumption]|].
      destruct (I2 _ I) as (u & ? & ?). exists u. simpl. auto.
Qed.
Lemma late_events es A X : forallb (fun e => Z.leb A (fst e)) es = true -> X < IZR A ->
  events_value es X = 0.
Proof.
  induction es as [|[T [j s]] es IH]; intros F C; [reflexivity|]. simpl in F.
  apply andb_prop in F. destruct F as [L F]. apply Z.leb_le, IZR_le in L.
  cbn [events_value event_value]. rewrite IH by assumption.
  destruct (Rlt_dec X (IZR T)), (Req_EM_T X (IZR T)); lra.
Qed.
(** y is the value at the start, at a breakpoint or on a cell. *)
Lemma swept_top_ok cuts p S unit v s m X y : swept_top cuts p S unit v s = Ok m -> (0 < unit)%Z ->
  IZR unit * y = IZR v
  \/ (exists z, In z (at_breakpoints s) /\ IZR unit * y = IZR z)
  \/ (exists U V c, In (U, V, c) (cells s) /\ IZR U < X < IZR V
        /\ IZR unit * y = powers_at c (X - IZR U)) -> y <= Q2R m.
Proof.
  unfold swept_top. intros H P D. unbind H. injection H as <-. set (reached := largest _ _).
  assert (P' := P). apply IZR_lt in P'. pose proof (factorial_pos p) as F. assert (F' := F).
  apply IZR_lt in F'.
  assert (B : forall z, IZR unit * y = IZR z -> y = Q2R (ratio z unit)).
  { intros z E'. rewrite ratio_ok, <- E' by assumption. field. lra. }
  destruct D as [D|[(z & I & D)|(U & V & c & I & R & D)]].
  - rewrite (B _ D). eapply Rle_trans; [|apply refine_reached]. apply largest_first.
  - rewrite (B _ D). eapply Rle_trans; [|apply refine_reached]. apply largest_ok, in_or_app. left.
    apply in_map_iff. eauto.
  - destruct (map_result_in _ _ _ E) as [M1 M2]. destruct (M2 _ I) as (u & Iu & Pu).
    destruct (piece_on_ok _ _ _ _ _ _ _ X Pu R) as (t & T & Ft).
    assert (Psc : (0 < unit * factorial p)%Z) by (apply Z.mul_pos_pos; assumption).
    assert (St : Forall (stands p (unit * factorial p)) a).
    { apply Forall_forall. intros u' I'. destruct (M1 _ I') as (c' & _ & Pu').
      apply (piece_on_stands _ _ _ _ _ Pu' Psc). }
    pose proof (refine_ok p cuts _ reached a u t Psc St Iu T) as Rf.
    eapply Rle_trans; [|apply Rf]. rewrite Ft, mult_IZR, <- D. right. field. lra.
Qed.
Theorem top_ok cuts f lo hi e x : top cuts f lo hi = Ok e ->
  at_or_above lo x -> at_or_below hi x -> at_or_below e (value f x).
Proof.
  unfold top. destruct (existsb _ f) eqn:At; [discriminate|]. intros H Hlo Hhi.
  set (S := common_denominator _) in H. set (D := common_denominator (map snd f)) in H. set (p := degree f) in H.
  cbv zeta in H. set (unit := (D * S ^ Z.of_nat p)%Z) in H.
  set (es := match hi with Some b => _ | None => _ end) in H. set (A := first_place S lo es) in H.
  set (start := shift A _) in H. destruct (enter A start 0 es) as [[q spike] beyond] eqn:En.
  unbind H.
  assert (PS : (0 < S)%Z) by apply common_pos. assert (PD : (0 < D)%Z) by apply common_pos.
  assert (PU : (0 < unit)%Z) by (apply Z.mul_pos_pos; [|apply Z.pow_pos_nonneg]; lia).
  assert (PU' := PU). apply IZR_lt in PU'. assert (PS' := PS). apply IZR_lt in PS'.
  assert (Dv : forall t, In t (end_list lo ++ end_list hi ++ places f) -> divides S t)
    by (intros t; apply common_ok).
  assert (Dhi : forall b, hi = Some b -> IZR (over S b) = IZR S * Q2R b).
  { intros b ->. apply over_ok, Dv, in_or_app. right. left. reflexivity. }
  set (X := IZR S * x). set (y := value f x).
  assert (V : IZR unit * y = powers_at start (X - IZR A) + events_value es X).
  { assert (V0 := pieces_ok S D p PS f x (fits_all f S (fun t I => Dv t (in_or_app _ _ _
      (or_intror (in_or_app _ _ _ (or_intror I))))))).
    rewrite no_atoms in V0 by assumption. unfold unit. rewrite mult_IZR, IZR_power.
    unfold Pieces.unit in V0. fold y in V0. rewrite V0. unfold start. rewrite shift_ok.
    replace (IZR A + (X - IZR A)) with X by ring. fold X.
    unfold es. destruct hi as [b|]; [|ring]. rewrite up_to_ok; [ring|].
    rewrite (Dhi b eq_refl). simpl in Hhi. apply Rmult_le_compat_l; lra. }
  assert (Hi : y <= Q2R a0 -> at_or_below a1 y).
  { intros B. destruct hi; [unbind E1|]; ok_top E1; [assumption|].
    apply larger_end_ok. auto. }
  assert (Lo : at_or_below a1 y -> at_or_below e y).
  { intros B. destruct lo; [|unbind H]; ok_top H; [assumption|]. apply larger_end_ok. auto. }
  destruct (Rlt_le_dec X (IZR A)) as [C|C].
  - destruct lo as [l|].
    { exfalso. unfold A, first_place in C. rewrite over_ok in C by (apply Dv; left; reflexivity).
      simpl in Hlo. unfold X in C. nra. }
    unbind H. ok_top H. apply need_ok in E2. apply larger_end_ok. right.
    apply (tail_top_ok _ _ (IZR A - X)); [assumption|lra|].
    rewrite turned_ok, V, (late_events es A X E2 C). replace (- (IZR A - X)) with (X - IZR A) by ring.
    ring.
  - apply Lo. pose proof (enter_ok A X es C _ _ _ _ _ En) as V'. unfold spike_at in V'.
    destruct (Req_EM_T X (IZR A)) as [Eq|Ne].
    + apply Hi, (swept_top_ok _ _ _ _ _ _ _ X y E0 PU). left. rewrite V, plus_IZR, <- powers_at_0.
      rewrite (sweep_before _ _ _ _ X E) in V' by lra. rewrite Eq in *. rewrite Rminus_eq_0 in *. lra.
    + assert (C' : IZR A < X) by lra.
      assert (V2 : IZR unit * y = powers_at q (X - IZR A) + events_value beyond X) by lra.
      destruct (sweep_ok _ _ _ _ X E C') as [W|[W|[L W]]]; rewrite <- V2 in W.
      * apply Hi, (swept_top_ok _ _ _ _ _ _ _ X y E0 PU). auto.
      * apply Hi, (swept_top_ok _ _ _ _ _ _ _ X y E0 PU). auto.
      * destruct hi as [b|].
        { exfalso. unbind E1. apply need_ok, Z.leb_le, IZR_le in E2.
          rewrite (Dhi b eq_refl) in E2. simpl in Hhi. unfold X in L. nra. }
        ok_top E1. apply larger_end_ok. right.
        apply (tail_top_ok _ _ (X - IZR (last_place a))); [assumption|lra|assumption].
Qed.
End Top.
