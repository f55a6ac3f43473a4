(** * Values of a network at a rational point, as intervals

    Stage by stage.  A value is known exactly, or encloses in an interval over one = 2^bits.  Up to
    the first bank values stay exact, so that a value at one of its breakpoints counts; what a bank
    gives is rounded outward. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu.
From KanCheck Require Import Rational Result Functions Calculus Enclosures Bases LinearMaps Networks
  Exact.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Inductive number := Exactly (q : Q) | Between (i : interval).

(** ** Linear maps respect what holds of sums and multiples *)
Section Related.
Context {A : Type} (zero : A) (add : A -> A -> A) (scale : Q -> A -> A) (P : A -> R -> Prop).
Hypothesis P_zero : P zero 0.
Hypothesis P_add : forall a b x y, P a x -> P b y -> P (add a b) (x + y).
Hypothesis P_scale : forall q a x, P a x -> P (scale q a) (Q2R q * x).
Notation related := (Forall2 P).

Lemma related_nth l xs : related l xs -> forall i, P (nth i l zero) (nth i xs 0).
Proof. induction 1; intros [|i]; simpl; auto. Qed.
Lemma related_take n : forall l xs, related l xs -> related (take zero n l) (take 0 n xs).
Proof. induction n as [|n IH]; intros l xs H; simpl; [constructor|]. destruct H; constructor; auto. Qed.
Lemma related_skipn n : forall l xs, related l xs -> related (skipn n l) (skipn n xs).
Proof. induction n as [|n IH]; intros l xs H; simpl; [exact H|]. destruct H; auto. Qed.
Lemma related_hd l xs : related l xs -> P (hd zero l) (hd 0 xs).
Proof. destruct 1; simpl; auto. Qed.
Lemma related_tl l xs : related l xs -> related (tl l) (tl xs).
Proof. destruct 1; simpl; auto. Qed.
Lemma related_row entry l xs : related l xs -> forall c,
  P (combine_row zero add scale entry c l) (combine_row 0 Rplus (fun q x => Q2R q * x) entry c xs).
Proof. induction 1; intros c; simpl; auto. Qed.
Lemma related_vectors n : forall l xs m ys, related l xs -> related m ys ->
  related (add_vectors zero add n l m) (add_vectors 0 Rplus n xs ys).
Proof.
  induction n as [|n IH]; intros; simpl; constructor.
  - apply P_add; apply related_hd; auto.
  - apply IH; apply related_tl; auto.
Qed.
Lemma related_gather offset width total n : forall l xs, related l xs ->
  related (gather zero offset width total n l) (gather 0 offset width total n xs).
Proof.
  induction n as [|n IH]; intros; simpl; [constructor|].
  apply Forall2_app; [apply related_take, related_skipn; auto|apply IH, related_skipn; auto].
Qed.
Theorem apply_related : forall m l xs, related l xs ->
  related (apply zero add scale m l) (apply_real m xs).
Proof.
  unfold apply_real.
  induction m as [o c e|c i|bs chosen IH|g ps IH|a b IHa IHb] using linear_map_nested; intros l xs H.
  - cbn [apply]. cbv zeta. induction (count o 0); simpl; constructor; auto.
    apply related_row, related_take, H.
  - simpl. induction i as [|j i IHi]; simpl; constructor; auto. apply related_nth, H.
  - cbn [apply]. revert l xs H.
    induction chosen as [|b rest IHc]; intros l xs H; simpl; [constructor|].
    assert (G : forall b,
      fst (nth b (map (fun b0 => (inputs b0, apply zero add scale b0)) bs) (0%nat, fun _ => []))
      = fst (nth b (map (fun b0 => (inputs b0, apply 0 Rplus (fun q x => Q2R q * x) b0)) bs)
               (0%nat, fun _ => []))
      /\ forall l xs, related l xs ->
         related (snd (nth b (map (fun b0 => (inputs b0, apply zero add scale b0)) bs)
               (0%nat, fun _ => [])) l)
         (snd (nth b (map (fun b0 => (inputs b0, apply 0 Rplus (fun q x => Q2R q * x) b0)) bs)
               (0%nat, fun _ => [])) xs)).
    { clear - IH. induction IH as [|m bs Hm _ IHl]; intros [|b]; simpl; auto. }
    destruct (G b) as [G1 G2]. rewrite G1. apply Forall2_app.
    + apply G2, related_take, H.
    + apply IHc, related_skipn, H.
  - cbn [apply]. generalize (outputs (Interleave g ps)) as size.
    generalize (fold_right (fun wm n => (fst wm + n)%nat) 0%nat ps) as total.
    generalize 0%nat as offset. intros offset total size. revert offset.
    induction IH as [|[w m] ps Hm _ IHl]; intros offset; simpl.
    + induction size; simpl; constructor; auto.
    + apply related_vectors; [apply Hm, related_gather, H|apply IHl].
  - simpl. apply IHb, IHa, H.
Qed.
End Related.

(** ** Arithmetic of numbers *)
(** From Ok a = Ok b, without simplification. *)
Ltac ok_value H :=
  match type of H with Ok ?a = Ok ?b => replace b with a by congruence end.

Section Over.
Variable bits : nat.
Let one := power_of_2 bits.

Definition interval_of (e : number) : interval :=
  match e with Exactly q => outward one q | Between i => i end.
Definition plus_number (d e : number) : number :=
  match d, e with
  | Exactly p, Exactly q => Exactly (plus p q)
  | _, _ => Between (summed (interval_of d) (interval_of e))
  end.
Definition times_number (q : Q) (e : number) : number :=
  match e with
  | Exactly p => Exactly (times q p)
  | Between i => Between (divide (multiple (Qnum q) i) (Zpos (Qden q)))
  end.
Definition product_number (d e : number) : number :=
  match d, e with
  | Exactly p, Exactly q => Exactly (times p q)
  | _, _ => Between (divide (product (interval_of d) (interval_of e)) one)
  end.
Definition maximum_number (d e : number) : number :=
  match d, e with
  | Exactly p, Exactly q => Exactly (larger p q)
  | _, _ => let i := interval_of d in let j := interval_of e in
            Between (Z.max (fst i) (fst j), Z.max (snd i) (snd j))
  end.
Definition zero_number : number := Exactly 0.

(** ** Functions *)
Fixpoint power_on (i : interval) (k : nat) : interval :=
  match k with O => integer one 1 | S j => divide (product i (power_on i j)) one end.
Definition step_on (z : interval) (k : nat) : interval :=
  if Z.ltb (snd z) 0 then (0, 0)%Z
  else if Z.leb 0 (fst z) then power_on z k
  else (0%Z, snd (power_on (0%Z, snd z) k)).
Definition generator_on (g : generator) (e : number) : result number :=
  match e, g with
  | Exactly q, Atom n a b =>
      let? i := atom_on bits n (outward one (plus (times a q) b)) in Ok (Between i)
  | Exactly q, _ => let? v := generator_at g q in Ok (Exactly v)
  | Between i, Pow k => Ok (Between (power_on i k))
  | Between i, Step t k => Ok (Between (step_on (summed i (negated (outward one t))) k))
  | Between i, Point t =>
      let z := summed i (negated (outward one t)) in
      Ok (Between (if Z.ltb (snd z) 0 || Z.ltb 0 (fst z) then (0, 0)%Z else (0%Z, one)))
  | Between i, Atom n a b =>
      let? j := atom_on bits n
        (interval_of (plus_number (times_number a (Between i)) (Exactly b))) in Ok (Between j)
  | Between _, Ratio _ _ _ _ => Unsupported "enclosures of ratios"
  end.
Fixpoint function_on (f : function) (e : number) : result number :=
  match f with
  | [] => Ok zero_number
  | (g, c) :: f' =>
      let? v := generator_on g e in
      let? rest := function_on f' e in
      Ok (plus_number (times_number c v) rest)
  end.
Definition rounded (f : function) (e : number) : result number :=
  let? v := function_on f e in Ok (Between (interval_of v)).

(** ** Stages *)
Fixpoint bias_numbers (bias : Z -> Q) (o : Z) (es : list number) : list number :=
  match es with
  | [] => []
  | e :: es' => plus_number e (Exactly (bias o)) :: bias_numbers bias (o + 1) es'
  end.
Fixpoint bank_numbers (bases : list (list function)) (basis_of : list nat) (es : list number)
  : result (list number) :=
  match basis_of with
  | [] => Ok []
  | b :: rest =>
      let? here := map_result (fun f => rounded f (hd zero_number es)) (nth b bases []) in
      let? others := bank_numbers bases rest (tl es) in
      Ok (here ++ others)
  end.
Fixpoint parallel_numbers (fs : list (nat * (list number -> result (list number))))
  (es : list number) : result (list number) :=
  match fs with
  | [] => Ok []
  | (n, f) :: fs' =>
      let? here := f (take zero_number n es) in
      let? others := parallel_numbers fs' (skipn n es) in
      Ok (here ++ others)
  end.
Fixpoint stage_on (s : stage) (es : list number) : result (list number) :=
  match s with
  | Affine weight bias =>
      Ok (bias_numbers bias 0 (apply zero_number plus_number times_number weight es))
  | Bank bases basis_of => let? fss := map_result functions bases in bank_numbers fss basis_of es
  | Parallel networks =>
      parallel_numbers (map (fun nw => (fst nw, fun v =>
        fold_left (fun r s => let? u := r in stage_on s u) (snd nw) (Ok v))) networks) es
  | Product _ groups =>
      Ok (map (fold_right (fun i y => product_number (nth i es zero_number) y) (Exactly 1)) groups)
  | Maximum _ groups =>
      Ok (map (fun g => match g with
                        | [] => zero_number
                        | i :: g' => fold_left (fun m j => maximum_number m (nth j es zero_number)) g'
                                       (nth i es zero_number)
                        end) groups)
  | Layer_norm _ _ => Unsupported "values of a vector atom"
  end.
Definition word_on (w : word) (es : list number) : result (list number) :=
  fold_left (fun r s => let? u := r in stage_on s u) w (Ok es).

(** ** Soundness *)
Context {N : Normal_distribution}.
Lemma one_pos : (0 < one)%Z. Proof. apply power_of_2_positive. Qed.
Hint Resolve one_pos : core.
Definition is_ (e : number) (x : R) : Prop :=
  match e with Exactly q => x = Q2R q | Between i => encloses one i x end.
Notation are := (Forall2 is_).
Lemma interval_of_ok e x : is_ e x -> encloses one (interval_of e) x.
Proof. destruct e; simpl; [intros ->; apply outward_ok; auto|auto]. Qed.
Lemma zero_is : is_ zero_number 0. Proof. simpl. rewrite val_0. reflexivity. Qed.
Lemma plus_is d e x y : is_ d x -> is_ e y -> is_ (plus_number d e) (x + y).
Proof.
  intros D E. pose proof (interval_of_ok _ _ D). pose proof (interval_of_ok _ _ E).
  destruct d, e; try (apply summed_over; auto). simpl in *. rewrite val_plus. congruence.
Qed.
Lemma times_is q e x : is_ e x -> is_ (times_number q e) (Q2R q * x).
Proof.
  destruct e as [p|i]; simpl; intros H; [rewrite val_times; congruence|].
  unfold encloses in *. replace (Q2R q * x * IZR one)
    with (IZR (Qnum q) * (x * IZR one) / IZR (Zpos (Qden q))) by (unfold Q2R, Rdiv; ring).
  apply divide_ok; [reflexivity|]. apply multiple_ok, H.
Qed.
Lemma product_is d e x y : is_ d x -> is_ e y -> is_ (product_number d e) (x * y).
Proof.
  intros D E. pose proof (interval_of_ok _ _ D). pose proof (interval_of_ok _ _ E).
  destruct d, e; try (apply product_over; auto). simpl in *. rewrite val_times. congruence.
Qed.
Lemma maximum_is d e x y : is_ d x -> is_ e y -> is_ (maximum_number d e) (Rmax x y).
Proof.
  intros D E. pose proof (interval_of_ok _ _ D) as D'. pose proof (interval_of_ok _ _ E) as E'.
  assert (I : encloses one (Z.max (fst (interval_of d)) (fst (interval_of e)),
                            Z.max (snd (interval_of d)) (snd (interval_of e))) (Rmax x y)).
  { pose proof (one_positive _ one_pos). unfold encloses, holds in *. cbn [fst snd].
    rewrite Rmult_comm, <- RmaxRmult by lra. rewrite !(Rmult_comm (IZR one)).
    split.
    - destruct (Z.max_spec (fst (interval_of d)) (fst (interval_of e))) as [[_ ->]|[_ ->]];
        [eapply Rle_trans; [apply E'|apply Rmax_r]|eapply Rle_trans; [apply D'|apply Rmax_l]].
    - apply Rmax_lub; [eapply Rle_trans; [apply D'|]|eapply Rle_trans; [apply E'|]];
        apply IZR_le; lia. }
  destruct d, e; try exact I. simpl in *. rewrite val_larger. congruence.
Qed.
Lemma power_on_ok i k x : encloses one i x -> encloses one (power_on i k) (x ^ k).
Proof.
  intros H. induction k as [|k IH]; cbn [power_on pow]; [apply (integer_over one 1)|].
  apply product_over; auto.
Qed.
Lemma step_on_ok z k y : encloses one z y -> encloses one (step_on z k) (step_power k y).
Proof.
  pose proof (one_positive _ one_pos) as P. intros H. unfold step_on.
  destruct (Z.ltb_spec (snd z) 0) as [L|L].
  - apply IZR_lt in L. destruct H as [_ U]. rewrite step_power_neg by nra.
    unfold encloses, holds. simpl. lra.
  - destruct (Z.leb_spec 0 (fst z)) as [M|_].
    + apply IZR_le in M. destruct H as [Lo U]. rewrite step_power_pos by nra.
      apply power_on_ok. split; auto.
    + apply IZR_le in L. destruct H as [_ U]. simpl in U.
      assert (S : encloses one (power_on (0%Z, snd z) k) (Rmax 0 y ^ k)).
      { apply power_on_ok. unfold encloses, holds. cbn [fst snd].
        unfold Rmax. destruct (Rle_dec 0 y); split; nra. }
      pose proof (pow_le (Rmax 0 y) k (Rmax_l 0 y)) as Q. destruct S as [_ S].
      unfold encloses, holds. cbn [fst snd]. destruct (Rle_or_lt 0 y) as [Y|Y].
      * rewrite step_power_pos by auto. rewrite Rmax_right in Q, S by auto. cbn [snd fst] in S. split; [|exact S].
        simpl IZR. nra.
      * rewrite step_power_neg by auto. rewrite Rmult_0_l. split; [simpl; lra|]. nra.
Qed.
Lemma difference_ok i t x : encloses one i x ->
  encloses one (summed i (negated (outward one t))) (x - Q2R t).
Proof. intros H. apply summed_over; auto. apply negated_over, outward_ok; auto. Qed.
Lemma generator_on_ok g e v x : generator_on g e = Ok v -> is_ e x -> is_ v (generator_value g x).
Proof.
  pose proof (one_positive _ one_pos) as P.
  intros H E. destruct e as [q|i].
  - simpl in E. subst x. destruct g as [k|t k|t|n a b|p k t j]; cbn [generator_on] in H; unbind H;
      inversion H; subst; try (symmetry; apply (generator_at_ok _ _ _ E)).
    simpl. apply (atom_on_ok _ _ _ _ _ E).
    replace (Q2R a * Q2R q + Q2R b) with (Q2R (plus (times a q) b))
      by (rewrite val_plus, val_times; reflexivity).
    apply outward_ok; auto.
  - destruct g as [k|t k|t|n a b|p k t j]; cbn [generator_on] in H; [| | | |discriminate].
    + inversion H. apply power_on_ok, E.
    + inversion H. apply step_on_ok, difference_ok, E.
    + ok_value H. clear H.
      cbn [generator_value is_]. pose proof (difference_ok i t x E) as D. revert D.
      generalize (summed i (negated (outward one t))). intros z [L U].
      destruct (Req_EM_T x (Q2R t)) as [F|F].
      * rewrite F, Rminus_eq_0, Rmult_0_l in L, U. destruct (_ || _) eqn:O.
        -- exfalso. apply orb_prop in O. destruct O as [O|O]; apply Z.ltb_lt, IZR_lt in O; lra.
        -- unfold encloses, holds. simpl. lra.
      * destruct (_ || _); unfold encloses, holds; simpl; lra.
    + unbind H. inversion H; subst. cbn [is_ generator_value]. apply (atom_on_ok _ _ _ _ _ E0).
      apply interval_of_ok. apply plus_is; [apply times_is, E|reflexivity].
Qed.
Lemma function_on_ok f e x : is_ e x -> forall v, function_on f e = Ok v -> is_ v (value f x).
Proof.
  intros E. induction f as [|[g c] f IH]; cbn [function_on value]; intros v H.
  - inversion H. apply zero_is.
  - unbind H. inversion H. apply plus_is; [|auto]. apply times_is, (generator_on_ok _ _ _ _ E0 E).
Qed.
Lemma rounded_ok f e x v : is_ e x -> rounded f e = Ok v -> is_ v (value f x).
Proof.
  unfold rounded. intros E H. unbind H. inversion H. apply interval_of_ok.
  apply (function_on_ok _ _ _ E _ E0).
Qed.
Lemma bias_numbers_ok bias es xs : are es xs -> forall o,
  are (bias_numbers bias o es) (add_bias bias o xs).
Proof. induction 1; intros o; simpl; constructor; auto. apply plus_is; auto. reflexivity. Qed.
Lemma all_rounded fs e x ys : is_ e x -> map_result (fun f => rounded f e) fs = Ok ys ->
  are ys (map (fun f => value f x) fs).
Proof.
  intros E. revert ys. induction fs as [|f fs IH]; simpl; intros ys H; [inversion H; constructor|].
  unbind H. inversion H. constructor; auto. apply (rounded_ok _ _ _ _ E E0).
Qed.
Lemma bank_numbers_ok bases fss basis_of : map_result functions bases = Ok fss ->
  forall es xs ys, are es xs -> bank_numbers fss basis_of es = Ok ys ->
  are ys (bank_values (map basis_values bases) basis_of xs).
Proof.
  intros F. induction basis_of as [|b rest IH]; intros es xs ys E H; simpl in H;
    [inversion H; constructor|].
  unbind H. inversion H. cbn [bank_values]. apply Forall2_app.
  - apply (all_rounded _ _ (hd 0 xs)) in E0; [|apply (related_hd _ _ zero_is), E].
    replace (nth b (map basis_values bases) (fun _ => []) (hd 0 xs))
      with (map (fun f => value f (hd 0 xs)) (nth b fss [])); [exact E0|].
    clear - F. revert b fss F. induction bases as [|c bases IHb]; intros b fss F; simpl in F.
    + inversion F. destruct b; reflexivity.
    + unbind F. inversion F; subst. destruct b as [|b]; simpl; [apply functions_ok, E|apply IHb, E0].
  - apply (IH (tl es)); auto. apply related_tl, E.
Qed.
Lemma word_by_stages_on w : Forall (fun s => forall es xs ys, are es xs -> stage_on s es = Ok ys ->
    are ys (stage_value s xs)) w ->
  forall es xs ys, are es xs -> word_on w es = Ok ys -> are ys (word_value w xs).
Proof.
  unfold word_on, word_value. induction 1 as [|s w Hs _ IH]; simpl; intros es xs ys E H.
  - inversion H; subst; assumption.
  - destruct (stage_on s es) as [us| |] eqn:S.
    + apply (IH us); auto. apply (Hs es); auto.
    + exfalso. revert H. apply (fold_result stage_on). discriminate.
    + exfalso. revert H. apply (fold_result stage_on). discriminate.
Qed.
Lemma stage_on_ok s : forall es xs ys, are es xs -> stage_on s es = Ok ys ->
  are ys (stage_value s xs).
Proof.
  induction s as [w b|bases basis_of|ns IH|c g|c g|n e] using stage_nested; intros es xs ys E H;
    cbn [stage_on stage_value] in *; [| | | | |discriminate].
  - inversion H. apply bias_numbers_ok.
    apply (apply_related _ _ _ is_ zero_is plus_is times_is), E.
  - unbind H. apply (bank_numbers_ok _ a _ E0 es); auto.
  - revert es xs ys E H. induction IH as [|[n w] ns Hw _ IHl]; intros es xs ys E H; simpl in *.
    + inversion H; constructor.
    + unbind H. inversion H; subst ys. apply Forall2_app.
      * apply (word_by_stages_on w Hw (take zero_number n es)); auto.
        apply (related_take _ _ zero_is), E.
      * apply (IHl (skipn n es)); [|assumption]. apply related_skipn, E.
  - ok_value H. unfold product_values. clear H. induction g as [|gr g IHg]; simpl; constructor; auto.
    induction gr as [|i gr IHgr]; simpl.
    + rewrite val_1. reflexivity.
    + apply product_is; [|exact IHgr]. apply (related_nth _ _ zero_is), E.
  - ok_value H. unfold maximum_values. clear H. induction g as [|gr g IHg]; simpl; constructor; auto.
    destruct gr as [|i gr]; [apply zero_is|].
    pose proof (related_nth _ _ zero_is _ _ E) as Nth. specialize (Nth i) as Ni.
    revert Ni. generalize (nth i es zero_number), (nth i xs 0).
    induction gr as [|j gr IHgr]; simpl; intros e x Ni; auto.
    apply IHgr. apply maximum_is; auto.
Qed.
Theorem word_on_ok w es xs ys : are es xs -> word_on w es = Ok ys -> are ys (word_value w xs).
Proof. apply word_by_stages_on, Forall_forall. intros s _. apply stage_on_ok. Qed.

(** The outputs at a rational point, each over 2^bits. *)
Definition enclosed (w : word) (p : list Q) : result (list interval) :=
  let? ys := word_on w (map Exactly p) in Ok (map interval_of ys).
Theorem enclosed_ok w p l o i : enclosed w p = Ok l -> nth_error l o = Some i ->
  encloses one i (nth o (word_value w (reals p)) 0).
Proof.
  unfold enclosed. intros H O. unbind H. inversion H; subst. clear H.
  assert (A : are (map Exactly p) (reals p)).
  { clear. induction p; simpl; constructor; auto. reflexivity. }
  pose proof (word_on_ok _ _ _ _ A E) as F. clear A E. revert o O.
  induction F as [|e x es xs E _ IH]; intros [|o] O; simpl in O; try discriminate.
  - inversion O; subst. apply interval_of_ok, E.
  - simpl. apply IH, O.
Qed.
End Over.
