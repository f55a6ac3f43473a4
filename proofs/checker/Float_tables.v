(** * What a bank of programs computes on an interval: errors and sizes, cell by cell

    The functions of a bank are piecewise polynomials, and continuous; the cells between their
    breakpoints are cut into 2^cuts parts, and on a part a polynomial is at most its largest
    Bernstein coefficient.  On each part an entry per program says by how much, times the absolute
    value of its weight, its product puts a sum off: E + g (M + E) + L for an error E and a size M. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu.
From KanCheck Require Import Rational Result Functions Calculus Bernstein Pieces Hulls Programs
  Float_model Float_programs.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

(** ** Polynomials on closed cells *)
Section Cells.
Variables (S D : Z) (p : nat).
Fixpoint piece_from (A : Z) (f : function) : list Z :=
  match f with
  | [] => []
  | (Pow k, c) :: f' => add_powers (shift A (one_power k (Pieces.weight S D p k c))) (piece_from A f')
  | (Step t k, c) :: f' =>
      if Z.leb (over S t) A
      then add_powers (shift (A - over S t) (one_power k (Pieces.weight S D p k c))) (piece_from A f')
      else piece_from A f'
  | _ :: f' => piece_from A f'
  end.
(** Continuous, without breakpoints strictly inside. *)
Definition unbroken (A B : Z) (f : function) : bool :=
  forallb (fun gc => match fst gc with
    | Pow _ => true
    | Step t k => Nat.leb 1 k && (Z.leb (over S t) A || Z.leb B (over S t))
    | _ => false end) f.
Hypothesis S_pos : (0 < S)%Z.
Open Scope R_scope.
Lemma piece_from_ok {N : Normal_distribution} A B f x : Forall (fits S D p) f -> unbroken A B f = true ->
  IZR A <= IZR S * x <= IZR B ->
  unit S D p * value f x = powers_at (piece_from A f) (IZR S * x - IZR A).
Proof.
  intros F U X. induction F as [|[g c] f Fg _ IH]; [simpl; ring|]. cbn [unbroken forallb] in U.
  apply andb_prop in U. destruct U as [Ug U]. specialize (IH U). unfold fits in Fg. cbn [fst snd] in Fg, Ug.
  cbn [value piece_from]. rewrite Rmult_plus_distr_l.
  destruct g as [k|t k|t|n a b|q k t j]; try discriminate; cbn [generator_value].
  - destruct Fg as [K C]. rewrite add_powers_ok, shift_ok, one_power_ok, IH.
    replace (IZR A + (IZR S * x - IZR A)) with (IZR S * x) by ring. rewrite weight_ok by auto. ring.
  - destruct Fg as (K & C & T). apply andb_prop in Ug. destruct Ug as [K1 Ug]. apply Nat.leb_le in K1.
    destruct (scaled_order S S_pos x t T) as (E & _ & _).
    destruct (Z.leb_spec (over S t) A) as [L|L].
    + rewrite add_powers_ok, shift_ok, one_power_ok, IH, minus_IZR.
      replace (IZR A - IZR (over S t) + (IZR S * x - IZR A)) with (IZR S * x - IZR (over S t)) by ring.
      rewrite E, weight_ok by auto. apply IZR_le in L. apply IZR_lt in S_pos.
      assert (0 <= x - Q2R t). { apply Rmult_le_reg_l with (IZR S); [assumption|]. rewrite <- E. lra. }
      rewrite step_power_pos by assumption. ring.
    + simpl in Ug. apply Z.leb_le, IZR_le in Ug. apply IZR_lt in S_pos.
      assert (x - Q2R t <= 0). { apply Rmult_le_reg_l with (IZR S); [assumption|]. rewrite <- E. lra. }
      rewrite step_power_le0 by assumption. rewrite IH. ring.
Qed.
End Cells.

(** ** Parts of a cell *)
Fixpoint parts (n cuts : nat) (b : list Z) : list (list Z) :=
  match cuts with
  | O => [b]
  | S k => parts n k (left_half n b) ++ parts n k (right_half n b)
  end.
Definition extent (l : list Z) : Z := fold_right (fun z e => Z.max (Z.abs z) e) 0%Z l.
Open Scope R_scope.
(** The part in which t lies. *)
Fixpoint part_of (cuts : nat) (t : R) : nat :=
  match cuts with
  | O => O
  | S k => if Rle_dec t (1 / 2) then part_of k (2 * t) else (2 ^ k + part_of k (2 * t - 1))%nat
  end.
Lemma part_of_ok cuts : forall t, 0 <= t <= 1 ->
  (part_of cuts t < 2 ^ cuts)%nat /\ INR (part_of cuts t) <= t * 2 ^ cuts <= INR (part_of cuts t) + 1.
Proof.
  induction cuts as [|k IH]; intros t T; cbn [part_of].
  - simpl. split; [lia|lra].
  - destruct (Rle_dec t (1 / 2)).
    + destruct (IH (2 * t)) as [A B]; [lra|]. simpl. split; [lia|]. lra.
    + destruct (IH (2 * t - 1)) as [A B]; [lra|]. rewrite plus_INR, pow_INR. simpl (INR 2).
      simpl. split; [lia|]. change (1 + 1) with 2. lra.
Qed.
Lemma extent_ok l z : In z l -> (Z.abs z <= extent l)%Z.
Proof. induction l as [|a l IH]; simpl; [tauto|]. intros [->|H]; [lia|]. specialize (IH H). lia. Qed.
Lemma form_extent n l t : 0 <= t <= 1 -> length l = Datatypes.S n -> Rabs (form n l t) <= IZR (extent l).
Proof.
  intros T L. apply Rabs_le. split.
  - assert (H : form n (map Z.opp l) t <= IZR (extent l)).
    { apply form_at_most; [assumption|rewrite map_length; assumption|]. intros z I. apply in_map_iff in I.
      destruct I as (y & <- & I). apply extent_ok in I. lia. }
    assert (E : form n (map Z.opp l) t = - form n l t).
    { unfold form. rewrite (bernstein_ext n _ (fun k => -1 * entry l k)).
      - rewrite bernstein_scale. ring.
      - intros k K. unfold entry. change 0%Z with (Z.opp 0) at 1. rewrite map_nth, opp_IZR. ring. }
    lra.
  - apply form_at_most; try assumption. intros z I. apply extent_ok in I. lia.
Qed.
Lemma parts_length n cuts : forall b, length (parts n cuts b) = (2 ^ cuts)%nat.
Proof. induction cuts as [|k IH]; intros b; simpl; [reflexivity|]. rewrite app_length, !IH. lia. Qed.
Lemma parts_ok n cuts : forall b t, length b = Datatypes.S n -> 0 <= t <= 1 ->
  Rabs (form n b t) * (2 ^ n) ^ cuts <= IZR (extent (nth (part_of cuts t) (parts n cuts b) [])).
Proof.
  induction cuts as [|k IH]; intros b t Lb T; cbn [parts part_of].
  - simpl. rewrite Rmult_1_r. apply form_extent; assumption.
  - assert (P : 0 < 2 ^ n) by (apply pow_lt; lra). destruct (Rle_dec t (1 / 2)).
    + pose proof (part_of_ok k (2 * t) ltac:(lra)) as [Lt _].
      rewrite app_nth1 by (rewrite parts_length; exact Lt).
      eapply Rle_trans; [|apply IH; [apply left_half_length|lra]].
      rewrite left_half_ok by assumption. replace (2 * t / 2) with t by field.
      rewrite Rabs_mult, (Rabs_pos_eq (2 ^ n)) by lra. simpl. lra.
    + rewrite app_nth2 by (rewrite parts_length; lia). rewrite parts_length.
      replace (2 ^ k + part_of k (2 * t - 1) - 2 ^ k)%nat with (part_of k (2 * t - 1)) by lia.
      eapply Rle_trans; [|apply IH; [apply right_half_length|lra]].
      rewrite right_half_ok by assumption. replace ((1 + (2 * t - 1)) / 2) with t by field.
      rewrite Rabs_mult, (Rabs_pos_eq (2 ^ n)) by lra. simpl. lra.
Qed.

Lemma map_result_in {X Y} (g : X -> result Y) l x : forall ys, map_result g l = Ok ys -> In x l ->
  exists y, In y ys /\ g x = Ok y.
Proof.
  induction l as [|c l IH]; simpl; intros ys H I; [tauto|]. unbind H. injection H as <-.
  destruct I as [<-|I]; [eexists; split; [left; reflexivity|assumption]|].
  destruct (IH _ E0 I) as (y & ? & ?). exists y. simpl. auto.
Qed.
(** ** The cells of a bank *)
Close Scope R_scope.
Definition degree_of (fs : list function) : nat := fold_right (fun f k => Nat.max (degree f) k) 1%nat fs.
(** Breakpoints of all functions and both ends, increasing, each once. *)
Definition points_of (fs : list function) (lo hi : Q) : list Q :=
  fold_right insert []
    (lo :: hi :: filter (fun t => negb (less t lo) && negb (less hi t)) (flat_map places fs)).
Fixpoint pairs_of (ts : list Q) : list (Q * Q) :=
  match ts with s :: ((t :: _) as rest) => (s, t) :: pairs_of rest | _ => [] end.
Definition cells_of (ts : list Q) : list (Q * Q) :=
  match ts with [t] => [(t, t)] | _ => pairs_of ts end.
(** The sizes of a function on the parts of a cell, over 2^192. *)
Definition sizes_on (p cuts : nat) (f : function) (u v : Q) : result (list Z) :=
  let S := common_denominator (u :: v :: places f) in
  let D := common_denominator (map snd f) in
  let A := over S u in let B := over S v in
  let q := piece_from S D p A f in
  let? _ := need (unbroken S A B f && Nat.leb (List.length q) (Datatypes.S p) && Nat.leb (degree f) p)
    "a program with a spike or a jump" in
  let b := fst (from_powers p (stretch 1 (B - A) q)) in
  let scale := (D * S ^ Z.of_nat p * factorial p * 2 ^ Z.of_nat (p * cuts))%Z in
  Ok (map (fun l => (- (- extent l * one / scale))%Z) (parts p cuts b)).
(** The parts of an interval whose ends were rounded. *)
Definition part (low high : Z) (cuts m : nat) : Z * Z :=
  let end_ k := (low + (high - low) * Z.of_nat k / 2 ^ Z.of_nat cuts)%Z in
  (end_ m - 1, end_ (Datatypes.S m) + 2)%Z.
Definition all_same (l : list Z) : bool :=
  match l with [] => false | a :: l' => Z.ltb 0 a && forallb (Z.eqb a) l' end.
Section Bank.
Variables (m : model) (gamma : Q) (cuts p : nat).
Definition errors_on (prog : program) (sizes : list Z) (u v : Q) : result (list Z) :=
  let low := floor_at u in let high := ceiling_at v in
  let error low high := let? (_, _, e) := program_error m prog low high in Ok e in
  if all_same sizes then let? e := error low high in Ok (repeat e (2 ^ cuts))
  else map_result (fun k => let (a, b) := part low high cuts k in error a b) (seq 0 (2 ^ cuts)).
Definition entry_for (divisor : Z) (error size : Z) : Z :=
  let error := (- (- error / divisor))%Z in
  (error - (- Qnum gamma * (error + size) / Zpos (Qden gamma)) + tiny (format m))%Z.
Definition divisor_of (prog : program) : Z :=
  match last prog (Number 0) with Divided _ n => Qnum n | _ => 1%Z end.
Fixpoint entries_for (divisor : Z) (errors sizes : list Z) : list Z :=
  match errors, sizes with
  | e :: errors', s :: sizes' => entry_for divisor e s :: entries_for divisor errors' sizes'
  | _, _ => []
  end.
Definition column_on (u v : Q) (pf : program * function) : result (list Z) :=
  let (prog, f) := pf in
  let? sizes := sizes_on p cuts f u v in
  let? errors := errors_on prog sizes u v in
  Ok (entries_for (divisor_of prog) errors sizes).
Definition rows_on (pfs : list (program * function)) (uv : Q * Q) : result (list (list Z)) :=
  let? columns := map_result (column_on (fst uv) (snd uv)) pfs in
  Ok (map (fun k => map (fun column => nth k column 0%Z) columns) (seq 0 (2 ^ cuts))).
Fixpoint covered (lo hi : Q) (cells : list (Q * Q)) : bool :=
  match cells with
  | [] => false
  | [(u, v)] => negb (less lo u) && negb (less v hi)
  | (u, v) :: rest => negb (less lo u) && covered v hi rest
  end.
Definition simple (prog : program) : bool :=
  divides_last prog && match last prog (Number 0) with
    | Divided _ n => Pos.eqb (Qden n) 1 && Z.leb 1 (Qnum n) | _ => true end.
Definition table_on (pfs : list (program * function)) (lo hi : Q) : result (list (list Z)) :=
  let cells := cells_of (points_of (map snd pfs) lo hi) in
  let? _ := need (covered lo hi cells && forallb (fun pf => simple (fst pf)) pfs) "unreachable: cells" in
  let? rows := map_result (rows_on pfs) cells in
  Ok (concat rows).

(** ** Soundness *)
Open Scope R_scope.
Context {N : Normal_distribution}.
Notation L := (least (format m)).
Hypothesis gamma_pos : 0 < Q2R gamma.
(** What an entry says of a program at x. *)
Definition column_good (x : R) (pf : program * function) (E : Z) : Prop := forall y w w' z,
  computes_program m (fst pf) x y -> flushed m w w' -> flushed m (y / divisor (fst pf)) z ->
  let f := program_value (fst pf) x in
  Q2R gamma * Rabs (w' * z) + Rabs (w' * z - w * f)
  <= Rabs w * (IZR E / IZR one) + L * (IZR E / IZR one) / Q2R gamma.

Lemma map_result_nth {A B} (g : A -> result B) d d' l : forall ys k, map_result g l = Ok ys ->
  (k < length l)%nat -> g (nth k l d) = Ok (nth k ys d').
Proof.
  induction l as [|a l IH]; simpl; intros ys k H K; [lia|]. unbind H. injection H as <-.
  destruct k as [|k]; simpl; [assumption|]. apply IH; [assumption|lia].
Qed.
Lemma map_result_length {A B} (g : A -> result B) l : forall ys, map_result g l = Ok ys -> length ys = length l.
Proof.
  induction l as [|a l IH]; simpl; intros ys H; [injection H as <-; reflexivity|].
  unbind H. injection H as <-. simpl. f_equal. apply IH. assumption.
Qed.
Definition place (u v : Q) (x : R) : R :=
  if Req_EM_T (Q2R u) (Q2R v) then 0 else (x - Q2R u) / (Q2R v - Q2R u).
Lemma place_ok u v x : Q2R u <= x <= Q2R v -> 0 <= place u v x <= 1
  /\ place u v x * (Q2R v - Q2R u) = x - Q2R u.
Proof.
  intros X. unfold place. destruct (Req_EM_T _ _) as [E|E]; [split; lra|].
  assert (P : 0 < Q2R v - Q2R u) by lra. split; [split|field; lra].
  - apply Rmult_le_pos; [lra|]. left. apply Rinv_0_lt_compat, P.
  - apply Rmult_le_reg_r with (Q2R v - Q2R u); [exact P|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra.
Qed.
Lemma sizes_on_ok f u v sizes x : sizes_on p cuts f u v = Ok sizes -> Q2R u <= x <= Q2R v ->
  length sizes = (2 ^ cuts)%nat /\
  Rabs (value f x) * IZR one <= IZR (nth (part_of cuts (place u v x)) sizes 0%Z).
Proof.
  unfold sizes_on. set (S := common_denominator _). set (D := common_denominator _). cbv zeta.
  intros H X. unbind H. apply need_ok in E. apply andb_prop in E. destruct E as [E Dg].
  apply andb_prop in E. destruct E as [U Lq]. apply Nat.leb_le in Dg, Lq.
  assert (PS : (0 < S)%Z) by apply common_pos. assert (PD : (0 < D)%Z) by apply common_pos.
  assert (Dv : forall t, In t (u :: v :: places f) -> divides S t) by (intros t; apply common_ok).
  assert (Fit : Forall (fits S D p) f).
  { pose proof (fits_all f S (fun t I => Dv t (or_intror (or_intror I)))) as F.
    eapply Forall_impl; [|exact F]. intros [g c] G. unfold fits in *. cbn [fst snd] in *.
    destruct g; cbn in *; intuition lia. }
  set (A := over S u) in *. set (B := over S v) in *. set (q := piece_from S D p A f) in *.
  pose proof PS as PSr. apply IZR_lt in PSr.
  assert (EA : IZR A = IZR S * Q2R u) by (apply over_ok, Dv; simpl; auto).
  assert (EB : IZR B = IZR S * Q2R v) by (apply over_ok, Dv; simpl; auto).
  assert (V : unit S D p * value f x = powers_at q (IZR S * x - IZR A)).
  { apply (piece_from_ok S D p PS A B); auto. rewrite EA, EB. split; apply Rmult_le_compat_l; lra. }
  set (t := place u v x). destruct (place_ok u v x X) as [T1 T2]. fold t in T1, T2.
  pose proof (factorial_any p (stretch 1 (B - A) q)) as Fa.
  destruct (from_powers p (stretch 1 (B - A) q)) as [b fac] eqn:E'.
  apply (from_powers_ok _ _ _ _ t) in E'; [|rewrite stretch_length; exact Lq].
  destruct E' as (Lb & _ & W). cbn [fst snd] in *. subst fac.
  rewrite stretch_ok, Rmult_1_l in W.
  replace (IZR (B - A) * t) with (IZR S * x - IZR A) in W.
  2:{ rewrite minus_IZR, EA, EB. replace ((IZR S * Q2R v - IZR S * Q2R u) * t)
        with (IZR S * (t * (Q2R v - Q2R u))) by ring. rewrite T2. ring. }
  rewrite <- V in W. pose proof (parts_ok p cuts b t Lb T1) as Pt.
  assert (H' : sizes = map (fun l => (- (- extent l * one / (D * S ^ Z.of_nat p * factorial p * 2 ^ Z.of_nat (p * cuts))))%Z) (parts p cuts b)) by congruence.
  clear H. subst sizes. split; [rewrite map_length; apply parts_length|].
  set (scale := (D * S ^ Z.of_nat p * factorial p * 2 ^ Z.of_nat (p * cuts))%Z).
  set (k := part_of cuts t). set (e := extent (nth k (parts p cuts b) [])) in *.
  set (F := fun l => (- (- extent l * one / scale))%Z).
  assert (En : nth k (map F (parts p cuts b)) 0%Z = F (nth k (parts p cuts b) [])).
  { rewrite (nth_indep _ 0%Z (F [])); [apply map_nth|].
    rewrite map_length, parts_length. apply part_of_ok, T1. }
  rewrite En. unfold F. fold e.
  pose proof (factorial_pos p) as PF.
  assert (Psc : (0 < scale)%Z) by (unfold scale; repeat apply Z.mul_pos_pos; try apply Z.pow_pos_nonneg; lia).
  assert (Esc : IZR scale = unit S D p * IZR (factorial p) * (2 ^ p) ^ cuts).
  { unfold scale, unit. rewrite !mult_IZR, IZR_power, <- pow_IZR, pow_mult. simpl (IZR 2). ring. }
  assert (Psr := Psc). apply IZR_lt in Psr.
  pose proof (div_ok (- e * one) scale Psc) as Dk. rewrite opp_IZR, mult_IZR, opp_IZR in *.
  assert (G : Rabs (value f x) * IZR scale <= IZR e).
  { eapply Rle_trans; [|exact Pt]. rewrite W, Esc.
    assert (0 <= unit S D p) by (unfold unit; apply Rmult_le_pos; [apply IZR_le; lia|apply pow_le; lra]).
    assert (0 <= IZR (factorial p)) by (apply IZR_le; lia).
    rewrite !Rabs_mult, (Rabs_pos_eq (IZR (factorial p))), (Rabs_pos_eq (unit S D p)) by assumption.
    right. ring. }
  pose proof S_pos as P1.
  apply Rmult_le_reg_r with (IZR scale); [exact Psr|].
  assert (Q : - (- IZR e * IZR one / IZR scale) * IZR scale = IZR e * IZR one) by (field; lra).
  assert (- (- IZR e * IZR one / IZR scale) * IZR scale <= - IZR (- e * one / scale) * IZR scale)
    by (apply Rmult_le_compat_r; lra).
  apply Rle_trans with (Rabs (value f x) * IZR scale * IZR one); [right; ring|].
  apply Rle_trans with (IZR e * IZR one); [apply Rmult_le_compat_r; lra|]. lra.
Qed.
Lemma part_ok low high u v x k : IZR low <= Q2R u * IZR one < IZR low + 1 ->
  Q2R v * IZR one <= IZR high < Q2R v * IZR one + 1 -> Q2R u <= x <= Q2R v ->
  INR k <= place u v x * 2 ^ cuts <= INR k + 1 -> 0 <= place u v x <= 1 -> (k < 2 ^ cuts)%nat ->
  let (a, b) := part low high cuts k in IZR a <= x * IZR one <= IZR b.
Proof.
  intros HL HH X K T K'. unfold part. cbv zeta. destruct (place_ok u v x X) as [_ E].
  set (t := place u v x) in *. pose proof S_pos as P.
  assert (C : 0 < 2 ^ cuts) by (apply pow_lt; lra).
  assert (PC : (0 < 2 ^ Z.of_nat cuts)%Z) by (apply Z.pow_pos_nonneg; lia).
  assert (EC : IZR (2 ^ Z.of_nat cuts) = 2 ^ cuts) by (symmetry; apply pow_IZR).
  pose proof (div_ok ((high - low) * Z.of_nat k) _ PC) as D1.
  pose proof (div_ok ((high - low) * Z.of_nat (Datatypes.S k)) _ PC) as D2.
  rewrite EC, mult_IZR, minus_IZR, <- INR_IZR_INZ in D1, D2. rewrite S_INR in D2.
  rewrite minus_IZR, !plus_IZR. set (Lo := IZR low) in *. set (Hi := IZR high) in *.
  set (c := 2 ^ cuts) in *. set (r := INR k) in *.
  assert (Xe : x * IZR one = Q2R u * IZR one + t * (Q2R v * IZR one - Q2R u * IZR one)) by nra.
  assert (R0 : 0 <= r) by apply pos_INR.
  assert (R1 : r + 1 <= c). { unfold r, c. rewrite <- S_INR. replace 2 with (INR 2) by (simpl; ring). rewrite <- pow_INR. apply le_INR. lia. }
  set (s := r / c). set (s' := (r + 1) / c).
  assert (Es : (Hi - Lo) * r / c = (Hi - Lo) * s) by (unfold s; field; lra).
  assert (Es' : (Hi - Lo) * (r + 1) / c = (Hi - Lo) * s') by (unfold s'; field; lra).
  assert (Bs : 0 <= s <= t).
  { unfold s. split; [apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat, C]|].
    apply Rmult_le_reg_r with c; [exact C|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra. }
  assert (Bs' : t <= s' <= 1).
  { unfold s'. split; (apply Rmult_le_reg_r with c; [exact C|]); unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra. }
  rewrite Es in D1. rewrite Es' in D2. set (U := Q2R u * IZR one) in *. set (V := Q2R v * IZR one) in *.
  assert (UV : U <= V) by (unfold U, V; apply Rmult_le_compat_r; lra).
  clearbody Lo Hi U V s s' t. clear - HL HH D1 D2 Xe Bs Bs' UV T. split; nra.
Qed.
Lemma errors_on_ok prog sizes u v es x y : errors_on prog sizes u v = Ok es -> divides_last prog = true ->
  Q2R u <= x <= Q2R v -> computes_program m prog x y -> length es = (2 ^ cuts)%nat /\
  Rabs (y - program_value prog x * divisor prog) * IZR one <= IZR (nth (part_of cuts (place u v x)) es 0%Z).
Proof.
  unfold errors_on. cbv zeta. intros H D X C. destruct (place_ok u v x X) as [T _].
  pose proof (part_of_ok cuts _ T) as [K Kb]. pose proof (floor_at_ok u) as Fl. pose proof (ceiling_at_ok v) as Ce.
  pose proof S_pos as P. destruct (all_same sizes).
  - unbind H. unbind E. destruct a0 as [[a1 b1] e1].
    assert (He : es = repeat e1 (2 ^ cuts)) by congruence. subst es. clear H.
    rewrite repeat_length. split; [reflexivity|]. rewrite (nth_indep _ 0%Z e1), nth_repeat by (rewrite repeat_length; exact K).
    assert (Bx : IZR (floor_at u) <= x * IZR one <= IZR (ceiling_at v)).
    { split; [eapply Rle_trans; [apply Fl|]|eapply Rle_trans; [|apply Ce]]; apply Rmult_le_compat_r; lra. }
    apply (program_error_ok m prog _ _ _ _ _ x y E0 D Bx C).
  - split; [rewrite (map_result_length _ _ _ H), seq_length; reflexivity|].
    set (k := part_of cuts (place u v x)) in *.
    pose proof (map_result_nth _ 0%nat 0%Z _ _ k H ltac:(rewrite seq_length; exact K)) as R.
    rewrite seq_nth in R by exact K. simpl (0 + k)%nat in R.
    pose proof (part_ok _ _ u v x k Fl Ce X Kb T K) as Bx. destruct (part _ _ cuts k) as [a b].
    unbind R. destruct a0 as [[a1 b1] e1]. assert (He : nth k es 0%Z = e1) by congruence. rewrite He.
    apply (program_error_ok m prog _ _ _ _ _ x y E D Bx C).
Qed.
Lemma entry_for_ok d error size f y w w' z : (1 <= d)%Z -> Rabs (y - f * IZR d) * IZR one <= IZR error ->
  Rabs f * IZR one <= IZR size -> flushed m w w' -> flushed m (y / IZR d) z ->
  let E := IZR (entry_for d error size) / IZR one in
  Q2R gamma * Rabs (w' * z) + Rabs (w' * z - w * f) <= Rabs w * E + L * E / Q2R gamma.
Proof.
  intros D He Hs Fw Fz E. pose proof S_pos as P. pose proof (tiny_ok m) as (LP & T & _).
  apply IZR_le in D. set (e := (- (- error / d))%Z).
  assert (Ee : Rabs (y / IZR d - f) * IZR one <= IZR e).
  { pose proof (div_ok (- error) d ltac:(apply lt_IZR; lra)) as Dk. unfold e. rewrite opp_IZR in *.
    replace (y / IZR d - f) with ((y - f * IZR d) * / IZR d) by (field; lra).
    rewrite Rabs_mult, (Rabs_pos_eq (/ IZR d)) by (left; apply Rinv_0_lt_compat; lra).
    apply Rmult_le_reg_r with (IZR d); [lra|].
    replace (Rabs (y - f * IZR d) * / IZR d * IZR one * IZR d) with (Rabs (y - f * IZR d) * IZR one) by (field; lra).
    assert (- IZR (- error / d) * IZR d >= IZR error); [|lra].
    assert (Q : - (- IZR error / IZR d) * IZR d = IZR error) by (field; lra).
    assert (- (- IZR error / IZR d) * IZR d <= - IZR (- error / d) * IZR d) by (apply Rmult_le_compat_r; lra). lra. }
  assert (EE : IZR e / IZR one + Q2R gamma * ((IZR e + IZR size) / IZR one) + L <= E).
  { unfold E, entry_for. cbv zeta. fold e. rewrite plus_IZR, minus_IZR.
    pose proof (div_ok (- Qnum gamma * (e + size)) (Zpos (Qden gamma)) eq_refl) as Dk.
    rewrite mult_IZR, opp_IZR, plus_IZR in Dk.
    assert (G : - IZR (Qnum gamma) * (IZR e + IZR size) / IZR (Zpos (Qden gamma)) = - (Q2R gamma * (IZR e + IZR size)))
      by (unfold Q2R; field; apply not_0_IZR; discriminate).
    rewrite G in Dk. apply Rmult_le_reg_r with (IZR one); [exact P|].
    replace ((IZR e - IZR (- Qnum gamma * (e + size) / Z.pos (Qden gamma)) + IZR (tiny (format m))) / IZR one * IZR one)
      with (IZR e - IZR (- Qnum gamma * (e + size) / Z.pos (Qden gamma)) + IZR (tiny (format m))) by (field; lra).
    replace ((IZR e / IZR one + Q2R gamma * ((IZR e + IZR size) / IZR one) + L) * IZR one)
      with (IZR e + Q2R gamma * (IZR e + IZR size) + L * IZR one) by (field; lra). lra. }
  set (x := y / IZR d) in *. set (er := IZR e / IZR one) in *. set (si := IZR size / IZR one).
  assert (Er : Rabs (x - f) <= er). { unfold er. apply Rmult_le_reg_r with (IZR one); [exact P|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r; lra. }
  assert (Si : Rabs f <= si). { unfold si. apply Rmult_le_reg_r with (IZR one); [exact P|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r; lra. }
  replace ((IZR e + IZR size) / IZR one) with (er + si) in EE by (unfold er, si; field; lra).
  clearbody E x er si. clear He Hs Ee T.
  pose proof (Rabs_pos w). pose proof (Rabs_pos f). pose proof (Rabs_pos (x - f)).
  assert (Xs : Rabs x <= er + si). { replace x with ((x - f) + f) by ring. pose proof (Rabs_triang (x - f) f). lra. }
  assert (Ep : 0 <= E) by nra.
  assert (LE : 0 <= L * E / Q2R gamma).
  { unfold Rdiv. repeat apply Rmult_le_pos; try lra. left. apply Rinv_0_lt_compat, gamma_pos. }
  destruct Fw as [->|[Wl ->]].
  - destruct Fz as [->|[Xl ->]].
    + replace (w * x - w * f) with (w * (x - f)) by ring. rewrite !Rabs_mult.
      assert (Rabs w * (Q2R gamma * Rabs x + Rabs (x - f)) <= Rabs w * E); [|lra].
      apply Rmult_le_compat_l; [assumption|]. assert (Q2R gamma * Rabs x <= Q2R gamma * (er + si)) by (apply Rmult_le_compat_l; lra). lra.
    + rewrite Rmult_0_r, Rabs_R0, Rmult_0_r, Rminus_0_l, Rabs_Ropp, Rabs_mult.
      assert (Rabs w * Rabs f <= Rabs w * E); [|lra]. apply Rmult_le_compat_l; [assumption|].
      replace f with (x - (x - f)) by ring. pose proof (Rabs_triang x (- (x - f))) as Tr. rewrite Rabs_Ropp in Tr.
      assert (0 <= Q2R gamma * (er + si)) by (apply Rmult_le_pos; lra). unfold Rminus at 1. lra.
  - rewrite Rmult_0_l, Rabs_R0, Rmult_0_r, Rminus_0_l, Rabs_Ropp, Rabs_mult.
    assert (Rabs w * Rabs f <= L * E / Q2R gamma).
    { apply Rmult_le_reg_r with (Q2R gamma); [assumption|].
      replace (L * E / Q2R gamma * Q2R gamma) with (L * E) by (field; lra).
      rewrite Rmult_assoc. apply Rmult_le_compat; try lra; [apply Rmult_le_pos; lra|].
      rewrite Rmult_comm. assert (Q2R gamma * Rabs f <= Q2R gamma * (er + si)) by (apply Rmult_le_compat_l; lra). lra. }
    assert (0 <= Rabs w * E) by (apply Rmult_le_pos; lra). lra.
Qed.
Lemma entries_for_nth d errors : forall sizes k, length errors = length sizes -> (k < length errors)%nat ->
  nth k (entries_for d errors sizes) 0%Z = entry_for d (nth k errors 0%Z) (nth k sizes 0%Z).
Proof.
  induction errors as [|e errors IH]; intros [|s sizes] k Ln K; simpl in *; try lia.
  destruct k as [|k]; [reflexivity|]. apply IH; lia.
Qed.
Lemma divisor_of_ok prog : simple prog = true -> divisor prog = IZR (divisor_of prog) /\ (1 <= divisor_of prog)%Z.
Proof.
  unfold simple, divisor, divisor_of. intros H. apply andb_prop in H. destruct H as [_ H].
  destruct (last prog (Number 0)); try (split; [reflexivity|lia]).
  apply andb_prop in H. destruct H as [H1 H2]. apply Pos.eqb_eq in H1. apply Z.leb_le in H2.
  split; [|exact H2]. unfold Q2R. rewrite H1. field.
Qed.
Definition expands (pf : program * function) : Prop := forall x, value (snd pf) x = program_value (fst pf) x.
Lemma column_on_ok u v pf column x : column_on u v pf = Ok column -> Q2R u <= x <= Q2R v ->
  simple (fst pf) = true -> expands pf -> column_good x pf (nth (part_of cuts (place u v x)) column 0%Z).
Proof.
  destruct pf as [prog f]. unfold column_on. intros H X Si Ex. unbind H.
  intros y w w' z C Fw Fz. cbn [fst snd] in *. unfold expands in Ex. cbn [fst snd] in Ex.
  destruct (sizes_on_ok _ _ _ _ x E X) as [Ls Hs]. rewrite Ex in Hs.
  assert (Dl : divides_last prog = true) by (apply andb_prop in Si; apply Si).
  destruct (errors_on_ok _ _ _ _ _ x y E0 Dl X C) as [Le He].
  destruct (divisor_of_ok _ Si) as [Dv D1]. rewrite Dv in *.
  assert (Hc : column = entries_for (divisor_of prog) a0 a) by congruence. subst column.
  destruct (place_ok u v x X) as [T _]. destruct (part_of_ok cuts _ T) as [K _].
  rewrite entries_for_nth by (rewrite ?Le, ?Ls; auto).
  exact (entry_for_ok _ _ _ _ y w w' z D1 He Hs Fw Fz).
Qed.
Lemma rows_on_ok pfs u v rows x : rows_on pfs (u, v) = Ok rows -> Q2R u <= x <= Q2R v ->
  Forall (fun pf => simple (fst pf) = true) pfs -> Forall expands pfs ->
  exists row, In row rows /\ Forall2 (column_good x) pfs row.
Proof.
  unfold rows_on. cbn [fst snd]. intros H X Si Ex. unbind H.
  destruct (place_ok u v x X) as [T _]. destruct (part_of_ok cuts _ T) as [K _].
  set (k := part_of cuts (place u v x)) in *. exists (map (fun column => nth k column 0%Z) a). split.
  - assert (Hr : rows = map (fun k => map (fun column => nth k column 0%Z) a) (seq 0 (2 ^ cuts))) by congruence.
    subst rows. apply in_map_iff. exists k. split; [reflexivity|]. apply in_seq. lia.
  - clear H. revert a E. induction pfs as [|pf pfs IH]; cbn [map_result]; intros a E.
    + injection E as <-. constructor.
    + unbind E. injection E as <-. inversion Si; subst. inversion Ex; subst. constructor; [|apply IH; assumption].
      apply (column_on_ok u v); assumption.
Qed.
Lemma covered_ok cells : forall lo hi x, covered lo hi cells = true -> Q2R lo <= x <= Q2R hi ->
  exists u v, In (u, v) cells /\ Q2R u <= x <= Q2R v.
Proof.
  induction cells as [|[u v] cells IH]; intros lo hi x C X; [discriminate|]. cbn [covered] in C.
  destruct cells as [|c cells].
  - apply andb_prop in C. destruct C as [C1 C2]. apply negb_true_iff, val_not_less in C1, C2.
    exists u, v. split; [left; reflexivity|lra].
  - apply andb_prop in C. destruct C as [C1 C2]. apply negb_true_iff, val_not_less in C1.
    destruct (Rle_dec x (Q2R v)).
    + exists u, v. split; [left; reflexivity|lra].
    + destruct (IH v hi x C2 ltac:(lra)) as (a & b & I & B). exists a, b. split; [right; exact I|exact B].
Qed.
Theorem table_on_ok pfs lo hi table x : table_on pfs lo hi = Ok table -> Q2R lo <= x <= Q2R hi ->
  Forall expands pfs -> exists row, In row table /\ Forall2 (column_good x) pfs row.
Proof.
  unfold table_on. intros H X Ex. unbind H. apply need_ok, andb_prop in E. destruct E as [C Si].
  destruct (covered_ok _ _ _ _ C X) as (u & v & I & B).
  destruct (map_result_in _ _ _ _ E0 I) as (rows & Ir & Hr).
  rewrite forallb_forall in Si. apply Forall_forall in Si.
  destruct (rows_on_ok _ _ _ _ x Hr B Si Ex) as (row & Irow & G).
  assert (Ht : table = concat a0) by congruence. subst table.
  exists row. split; [|exact G]. apply in_concat. eauto.
Qed.
End Bank.
