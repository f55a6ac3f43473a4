(** * Pieces of a function on an interval, over the integers

    With S a common denominator of the breakpoints and D one of the coefficients, D S^p f(x) is, in
    X = S x, a polynomial with integer coefficients on every cell between breakpoints, which are
    integers too.  [sweep] walks along the breakpoints, by Taylor shifts; atoms and ratios stay apart. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu.
From KanCheck Require Import Result Rational Functions Calculus Bernstein Atom_parts.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** ** Polynomials with integer coefficients *)
Fixpoint add_powers (cs ds : list Z) : list Z :=
  match cs, ds with
  | [], _ => ds | _, [] => cs
  | c :: cs', d :: ds' => (c + d)%Z :: add_powers cs' ds'
  end.
(** c + (h + z) s(z), and q(h + z). *)
Fixpoint horner (c h : Z) (s : list Z) : list Z :=
  match s with [] => [c] | a :: s' => (c + h * a)%Z :: horner a h s' end.
Fixpoint shift (h : Z) (cs : list Z) : list Z :=
  match cs with [] => [] | c :: cs' => horner c h (shift h cs') end.
(** r q(h t). *)
Fixpoint stretch (r h : Z) (cs : list Z) : list Z :=
  match cs with [] => [] | c :: cs' => (r * c)%Z :: stretch (r * h) h cs' end.
Definition one_power (k : nat) (c : Z) : list Z := repeat 0%Z k ++ [c].

Lemma add_powers_ok cs : forall ds z, powers_at (add_powers cs ds) z = powers_at cs z + powers_at ds z.
Proof.
  induction cs as [|c cs IH]; intros [|d ds] z; simpl; try ring. rewrite IH, plus_IZR. ring.
Qed.
Lemma horner_ok h s : forall c z, powers_at (horner c h s) z = IZR c + (IZR h + z) * powers_at s z.
Proof.
  induction s as [|a s IH]; intros c z; simpl; [ring|]. rewrite IH, plus_IZR, mult_IZR. ring.
Qed.
Lemma shift_ok h cs z : powers_at (shift h cs) z = powers_at cs (IZR h + z).
Proof. induction cs as [|c cs IH]; simpl; [reflexivity|]. rewrite horner_ok, IH. reflexivity. Qed.
Lemma stretch_ok h cs t : forall r, powers_at (stretch r h cs) t = IZR r * powers_at cs (IZR h * t).
Proof.
  induction cs as [|c cs IH]; intros r; simpl; [ring|]. rewrite IH, !mult_IZR. ring.
Qed.
Lemma one_power_ok k c z : powers_at (one_power k c) z = IZR c * z ^ k.
Proof. unfold one_power. induction k as [|k IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma powers_at_0 cs : powers_at cs 0 = IZR (hd 0%Z cs).
Proof. destruct cs; simpl; ring. Qed.

(** ** Rationals over a common denominator *)
Definition over (m : Z) (q : Q) : Z := (Qnum q * (m / Zpos (Qden q)))%Z.
Lemma over_ok m q : divides m q -> IZR (over m q) = IZR m * Q2R q.
Proof.
  intros [k ->]. unfold over, Q2R. rewrite Z.div_mul, !mult_IZR by discriminate. field.
  apply not_0_IZR. discriminate.
Qed.
(** ** What happens at breakpoints: from T on a polynomial in X - T is added, and a number at T *)
Definition event := (Z * (list Z * Z))%type.
Definition event_value (e : event) (X : R) : R :=
  let '(T, (jump, spike)) := e in
  (if Rlt_dec X (IZR T) then 0 else powers_at jump (X - IZR T))
  + (if Req_EM_T X (IZR T) then IZR spike else 0).
Fixpoint events_value (es : list event) (X : R) : R :=
  match es with [] => 0 | e :: es' => event_value e X + events_value es' X end.
Fixpoint insert_event (T : Z) (jump : list Z) (spike : Z) (es : list event) : list event :=
  match es with
  | [] => [(T, (jump, spike))]
  | (U, (i, r)) as e :: es' =>
      match Z.compare T U with
      | Lt => (T, (jump, spike)) :: es
      | Eq => (U, (add_powers jump i, (spike + r)%Z)) :: es'
      | Gt => e :: insert_event T jump spike es'
      end
  end.
Lemma insert_event_ok T jump spike es X :
  events_value (insert_event T jump spike es) X = event_value (T, (jump, spike)) X + events_value es X.
Proof.
  induction es as [|[U [i r]] es IH]; [reflexivity|]. cbn [insert_event].
  destruct (Z.compare_spec T U).
  - subst U. cbn [events_value event_value]. rewrite add_powers_ok, plus_IZR.
    destruct (Rlt_dec X (IZR T)), (Req_EM_T X (IZR T)); ring.
  - reflexivity.
  - cbn [events_value]. rewrite IH. ring.
Qed.

Section Pieces.
Context {N : Normal_distribution}.
Variables (S D : Z) (p : nat).
Hypothesis S_pos : (0 < S)%Z.
(** (x - t)^k = S^(p - k) (X - T)^k / S^p. *)
Definition weight (k : nat) (c : Q) : Z := (over D c * S ^ Z.of_nat (p - k))%Z.
Fixpoint base (f : function) : list Z :=
  match f with
  | [] => []
  | (Pow k, c) :: f' => add_powers (one_power k (weight k c)) (base f')
  | _ :: f' => base f'
  end.
Fixpoint events (f : function) : list event :=
  match f with
  | [] => []
  | (Step t k, c) :: f' => insert_event (over S t) (one_power k (weight k c)) 0 (events f')
  | (Point t, c) :: f' => insert_event (over S t) [] (weight 0 c) (events f')
  | _ :: f' => events f'
  end.

(** Ranks are at most p, and S and D are common denominators. *)
Definition fits (gc : generator * Q) : Prop :=
  match fst gc with
  | Pow k => (k <= p)%nat /\ divides D (snd gc)
  | Step t k => (k <= p)%nat /\ divides D (snd gc) /\ divides S t
  | Point t => divides D (snd gc) /\ divides S t
  | Atom _ _ _ | Ratio _ _ _ _ => True
  end.
Definition unit : R := IZR D * IZR S ^ p.
Lemma IZR_power k : IZR (S ^ Z.of_nat k) = IZR S ^ k.
Proof. symmetry. apply pow_IZR. Qed.
Lemma weight_ok k c z : (k <= p)%nat -> divides D c ->
  IZR (weight k c) * (IZR S * z) ^ k = unit * Q2R c * z ^ k.
Proof.
  intros K C. unfold weight, unit. rewrite mult_IZR, IZR_power, (over_ok _ _ C), Rpow_mult_distr.
  replace p with (p - k + k)%nat at 2 by lia. rewrite pow_add. ring.
Qed.
Lemma scaled_order x t : divides S t -> IZR S * x - IZR (over S t) = IZR S * (x - Q2R t)
  /\ (IZR S * x < IZR (over S t) <-> x < Q2R t) /\ (IZR S * x = IZR (over S t) <-> x = Q2R t).
Proof.
  intros H. rewrite (over_ok _ _ H). apply IZR_lt in S_pos. repeat split; try ring; intros; nra.
Qed.
Theorem pieces_ok f x : Forall fits f ->
  unit * value f x = powers_at (base f) (IZR S * x) + events_value (events f) (IZR S * x)
    + unit * atom_part f x.
Proof.
  intros H. induction H as [|[g c] f F _ IH]; [unfold atom_part; simpl; ring|].
  unfold fits in F. cbn [fst snd] in F. cbn [value]. rewrite Rmult_plus_distr_l, IH. unfold atom_part.
  destruct g as [k|t k|t|n a b|q k t j]; cbn [base events weighted generator_value].
  - destruct F as [K C]. rewrite add_powers_ok, one_power_ok, weight_ok by auto. ring.
  - destruct F as (K & C & T). rewrite insert_event_ok. unfold event_value. rewrite one_power_ok.
    destruct (scaled_order x t T) as (E & L & _). rewrite E, weight_ok by auto.
    destruct (Rlt_dec _ _) as [l|l]; rewrite L in l.
    + rewrite step_power_neg by lra. destruct (Req_EM_T _ _); ring.
    + rewrite step_power_pos by lra. destruct (Req_EM_T _ _); ring.
  - destruct F as [C T]. rewrite insert_event_ok. unfold event_value.
    destruct (scaled_order x t T) as (_ & _ & E). pose proof (weight_ok 0 c 1 (Nat.le_0_l p) C) as W.
    cbn [powers_at pow] in *.
    destruct (Rlt_dec _ _), (Req_EM_T (IZR S * x) _) as [e|e]; rewrite E in e;
      destruct (Req_EM_T x (Q2R t)); try contradiction; lra.
  - ring.
  - ring.
Qed.
End Pieces.

(** ** Along the breakpoints *)
(** The polynomial from A on, the spike at A, and the events beyond A. *)
Fixpoint enter (A : Z) (q : list Z) (spike : Z) (es : list event) : list Z * Z * list event :=
  match es with
  | (T, (jump, s)) :: es' =>
      if Z.leb T A then
        enter A (add_powers q (shift (A - T) jump)) (if Z.eqb T A then spike + s else spike)%Z es'
      else (q, spike, es)
  | [] => (q, spike, es)
  end.
Definition spike_at (A spike : Z) (X : R) : R := if Req_EM_T X (IZR A) then IZR spike else 0.
Lemma enter_ok A X es : IZR A <= X -> forall q spike q' spike' es',
  enter A q spike es = (q', spike', es') ->
  powers_at q (X - IZR A) + spike_at A spike X + events_value es X
  = powers_at q' (X - IZR A) + spike_at A spike' X + events_value es' X.
Proof.
  intros HX. induction es as [|[T [jump s]] es IH]; intros q spike q' spike' es' H; cbn [enter] in H;
    [injection H as <- <- <-; reflexivity|].
  destruct (Z.leb_spec T A) as [L|L]; [|injection H as <- <- <-; reflexivity].
  rewrite <- (IH _ _ _ _ _ H). cbn [events_value event_value]. rewrite add_powers_ok, shift_ok.
  apply IZR_le in L. destruct (Rlt_dec X (IZR T)); [lra|].
  replace (IZR (A - T) + (X - IZR A)) with (X - IZR T) by (rewrite minus_IZR; ring).
  unfold spike_at. destruct (Z.eqb_spec T A) as [->|F].
  - destruct (Req_EM_T X (IZR A)); rewrite ?plus_IZR; ring.
  - assert (IZR T <> IZR A) by (intros E; apply F, eq_IZR, E).
    destruct (Req_EM_T X (IZR A)), (Req_EM_T X (IZR T)); try ring; exfalso; lra.
Qed.

(** From one breakpoint to the next one, T: the polynomial between them, in powers of X minus the
    first, and the value at T. *)
Definition step := (Z * (list Z * Z))%type.
Record swept := { steps : list step; last_place : Z; last_piece : list Z }.
Fixpoint sweep (U : Z) (q : list Z) (es : list event) : result swept :=
  match es with
  | [] => Ok {| steps := []; last_place := U; last_piece := q |}
  | (T, (jump, spike)) :: es' =>
      let? _ := need (Z.ltb U T) "unreachable: breakpoints in disorder" in
      let q' := add_powers (shift (T - U) q) jump in
      let? s := sweep T q' es' in
      Ok {| steps := (T, (q, hd 0 q' + spike)%Z) :: steps s;
            last_place := last_place s; last_piece := last_piece s |}
  end.
(** What the steps from U say of the value at X. *)
Fixpoint along (U : Z) (ss : list step) (X y : R) : Prop :=
  match ss with
  | [] => False
  | (T, (q, v)) :: ss' =>
      (IZR U < X < IZR T /\ y = powers_at q (X - IZR U)) \/ (X = IZR T /\ y = IZR v) \/ along T ss' X y
  end.
Lemma sweep_before es : forall U q s X, sweep U q es = Ok s -> X <= IZR U -> events_value es X = 0.
Proof.
  induction es as [|[T [jump spike]] es IH]; intros U q s X H L; [reflexivity|].
  cbn [sweep] in H. unbind H. apply need_ok, Z.ltb_lt, IZR_lt in E. cbn [events_value event_value].
  rewrite (IH _ _ _ X E0) by lra.
  destruct (Rlt_dec X (IZR T)), (Req_EM_T X (IZR T)); lra.
Qed.
Theorem sweep_ok es : forall U q s X, sweep U q es = Ok s -> IZR U < X ->
  let f := powers_at q (X - IZR U) + events_value es X in
  along U (steps s) X f
  \/ (IZR (last_place s) < X /\ f = powers_at (last_piece s) (X - IZR (last_place s))).
Proof.
  induction es as [|[T [jump spike]] es IH]; intros U q s X H L; cbn [sweep] in H.
  - injection H as <-. right. simpl. split; [assumption|ring].
  - unbind H. apply need_ok, Z.ltb_lt, IZR_lt in E. injection H as <-.
    cbn [steps last_place last_piece events_value along].
    set (q' := add_powers (shift (T - U) q) jump) in *.
    assert (Q : forall Y, powers_at q' (Y - IZR T) = powers_at q (Y - IZR U) + powers_at jump (Y - IZR T)).
    { intros Y. unfold q'. rewrite add_powers_ok, shift_ok, minus_IZR. do 2 f_equal. ring. }
    destruct (Rtotal_order X (IZR T)) as [C|[->|C]].
    + left. left. split; [lra|]. unfold event_value. rewrite (sweep_before _ _ _ _ X E0) by lra.
      destruct (Rlt_dec X (IZR T)), (Req_EM_T X (IZR T)); lra.
    + left. right. left. split; [reflexivity|]. unfold event_value.
      rewrite (sweep_before _ _ _ _ (IZR T) E0) by lra. specialize (Q (IZR T)).
      rewrite plus_IZR, <- powers_at_0.
      rewrite Rminus_eq_0 in Q. rewrite Q, Rminus_eq_0.
      destruct (Rlt_dec (IZR T) (IZR T)), (Req_EM_T (IZR T) (IZR T)); lra.
    + assert (V : powers_at q (X - IZR U) + (event_value (T, (jump, spike)) X + events_value es X)
                  = powers_at q' (X - IZR T) + events_value es X).
      { rewrite Q. unfold event_value. destruct (Rlt_dec X (IZR T)), (Req_EM_T X (IZR T)); lra. }
      rewrite V. destruct (IH _ _ _ X E0 C) as [W|W]; auto.
Qed.
