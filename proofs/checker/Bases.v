(** * Bases: what they mean, and their expansion in generators

    Every kind of basis of the certificate format has a meaning over R, stated directly, and an
    expansion; [functions_ok] says that the expansion means the same. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia Arith.
From KanEquiv Require Import Relu LocalToAffine.
From KanCheck Require Import Rational Result Functions Calculus Programs.
Import ListNotations.
Open Scope R_scope.

(** First piece, then at each breakpoint: the breakpoint, the value there, the next piece. *)
Record pieces := { first : list Q; others : list (Q * Q * list Q) }.
(** A numerator in pieces over a power of a denominator: on the half-open cells [t_j, t_(j+1)). *)
Record ratio := { denominator : list Q; denominator_power : nat; before : list Q; after : list (Q * list Q) }.
Inductive basis :=
| Bspline (knots : list Q) (degree : nat)
| Truncated_power (terms : list (Q * nat))
| Monomial (degrees : list nat)
| Atoms (atoms : list (atom * Q * Q))
| Piecewise (functions : list pieces)
| Rational (functions : list (list ratio))                (* sums of ratios *)
| Local (knots : list Q) (degree : nat) (centers : list nat)
| Straight_line (programs : list program)
| Concatenation (bases : list basis).

(** ** Meaning *)

(** Cox-de Boor for the first knots of a list, on half-open cells; a term with denominator 0
    counts as 0. *)
Definition quotient (a d : R) : R := if Req_EM_T d 0 then 0 else a / d.
Fixpoint cox_de_boor (p : nat) (t : list R) (x : R) : R :=
  match p with
  | O => if Rlt_dec x (nth 0 t 0) then 0 else if Rlt_dec x (nth 1 t 0) then 1 else 0
  | S q =>
      quotient (x - nth 0 t 0) (nth (S q) t 0 - nth 0 t 0) * cox_de_boor q t x
      + quotient (nth (S (S q)) t 0 - x) (nth (S (S q)) t 0 - nth 1 t 0) * cox_de_boor q (tl t) x
  end.
Definition spline_values (t : list R) (p : nat) (x : R) : list R :=
  map (fun k => cox_de_boor p (skipn k t) x) (seq 0 (length t - S p)).
Fixpoint pieces_value (before : list Q) (rest : list (Q * Q * list Q)) (x : R) : R :=
  match rest with
  | [] => polynomial before x
  | (t, v, next) :: rest' =>
      if Rlt_dec x (Q2R t) then polynomial before x
      else if Req_EM_T x (Q2R t) then Q2R v else pieces_value next rest' x
  end.
Fixpoint numerator (here : list Q) (rest : list (Q * list Q)) (x : R) : R :=
  match rest with
  | [] => polynomial here x
  | (t, next) :: rest' =>
      if Rlt_dec x (Q2R t) then polynomial here x else numerator next rest' x
  end.
Definition ratio_value (r : ratio) (x : R) : R :=
  numerator (before r) (after r) x / polynomial (denominator r) x ^ denominator_power r.
(** The denominator has no root on any closed cell on which a numerator stands. *)
Fixpoint no_root_from (q : list Q) (lo : end_) (here : list Q) (rest : list (Q * list Q)) : Prop :=
  let cell hi := here <> [] ->
    forall x, at_or_above lo x -> at_or_below hi x -> polynomial q x <> 0 in
  match rest with
  | [] => cell None
  | (t, next) :: rest' => cell (Some t) /\ no_root_from q (Some t) next rest'
  end.
Definition no_root (r : ratio) : Prop := no_root_from (denominator r) None (before r) (after r).
Definition local_indices (p k center : nat) : list nat :=
  filter (fun j => negb (Nat.eqb j center)) (seq k (p + 2)).
(** s_p(min(x, c) - t_j) for j left of the center, s_p(t_j - max(x, c)) for j right of it. *)
Definition local_value (t : list R) (p : nat) (center j : nat) (x : R) : R :=
  let c := nth center t 0 in
  if Nat.ltb j center then step_power p (Rmin x c - nth j t 0)
  else step_power p (nth j t 0 - Rmax x c).
Fixpoint local_pairs (p k : nat) (centers : list nat) : list (nat * nat) :=
  match centers with
  | [] => []
  | c :: centers' => (map (fun j => (c, j)) (local_indices p k c) ++ local_pairs p (S k) centers')%list
  end.

Section Bases.
Context {N : Normal_distribution}.
Fixpoint basis_values (b : basis) (x : R) : list R :=
  match b with
  | Bspline knots p => spline_values (map Q2R knots) p x
  | Truncated_power terms => map (fun td => step_power (snd td) (x - Q2R (fst td))) terms
  | Monomial degrees => map (fun d => x ^ d) degrees
  | Atoms atoms =>
      map (fun nab => atom_value (fst (fst nab)) (Q2R (snd (fst nab)) * x + Q2R (snd nab))) atoms
  | Piecewise functions => map (fun f => pieces_value (first f) (others f) x) functions
  | Rational functions => map (fun rs => fold_right (fun r y => ratio_value r x + y) 0 rs) functions
  | Local knots p centers =>
      map (fun cj => local_value (map Q2R knots) p (fst cj) (snd cj) x) (local_pairs p 0 centers)
  | Straight_line programs => map (fun p => program_value p x) programs
  | Concatenation bases => flat_map (fun b' => basis_values b' x) bases
  end.

(** ** B-splines, level by level *)
(** slope (x - root) f *)
Definition raise (slope root : Q) (g : generator) : result function :=
  let lower q := if is_zero q then [] else [(g, q)] in
  match g with
  | Pow k => Ok (add (lower (opposite (times slope root))) [(Pow (S k), slope)])
  | Step t k => Ok (add (lower (times slope (minus t root))) [(Step t (S k), slope)])
  | _ => Invalid "only powers and steps are multiplied"
  end.
Definition times_linear (slope root : Q) (f : function) : result function :=
  transform (raise slope root) f.
Definition rising (a b : Q) (f : function) : result function := (* (x - a)/(b - a) f *)
  let d := minus b a in if is_zero d then Ok [] else times_linear (divided 1 d) a f.
Definition falling (a b : Q) (f : function) : result function := (* (b - x)/(b - a) f *)
  let d := minus b a in if is_zero d then Ok [] else times_linear (opposite (divided 1 d)) b f.

Fixpoint level_0 (knots : list Q) : list function :=
  match knots with
  | s :: ((t :: _) as rest) => subtract (single (Step s 0)) (single (Step t 0)) :: level_0 rest
  | _ => []
  end.
Fixpoint next_level (q : nat) (knots : list Q) (fs : list function) : result (list function) :=
  match fs with
  | f :: ((g :: _) as rest) =>
      let? up := rising (nth 0 knots 0%Q) (nth (S q) knots 0%Q) f in
      let? down := falling (nth 1 knots 0%Q) (nth (S (S q)) knots 0%Q) g in
      let? others := next_level q (tl knots) rest in
      Ok (add up down :: others)
  | _ => Ok []
  end.
Fixpoint level (p : nat) (knots : list Q) : result (list function) :=
  match p with
  | O => Ok (level_0 knots)
  | S q => let? fs := level q knots in next_level q knots fs
  end.
Definition nondecreasing (knots : list Q) : bool :=
  match knots with
  | [] => true
  | t :: rest => fst (fold_left (fun acc u => (fst acc && negb (less u (snd acc)), u)) rest (true, t))
  end.

Lemma nth_val n l : nth n (map Q2R l) 0 = Q2R (nth n l 0%Q).
Proof. rewrite <- val_0. apply map_nth. Qed.
Lemma raise_ok slope root g i x : raise slope root g = Ok i ->
  value i x = Q2R slope * (x - Q2R root) * generator_value g x.
Proof.
  assert (L : forall q, value (if is_zero q then [] else [(g, q)]) x = Q2R q * generator_value g x).
  { intros q. destruct (is_zero q) eqn:Z; simpl; [|ring]. apply val_is_zero in Z. rewrite Z. ring. }
  destruct g as [k|t k| | |]; simpl in *; intros H; inversion H; clear H; rewrite value_add, L;
    cbn [value generator_value]; rewrite ?val_opposite, val_times, ?val_minus.
  - simpl. ring.
  - rewrite <- step_power_S. ring.
Qed.
Lemma times_linear_ok slope root f f' x : times_linear slope root f = Ok f' ->
  value f' x = Q2R slope * (x - Q2R root) * value f x.
Proof.
  unfold times_linear. revert f'. induction f as [|[g c] f IH]; simpl; intros f' H.
  - inversion H. simpl. ring.
  - unbind H. inversion H; subst. rewrite value_add, value_scale.
    rewrite (raise_ok _ _ _ _ _ E), (IH _ E0). ring.
Qed.
Lemma rising_ok a b f f' x : rising a b f = Ok f' ->
  value f' x = quotient (x - Q2R a) (Q2R b - Q2R a) * value f x.
Proof.
  unfold rising, quotient. cbv zeta. intros H. destruct (is_zero (minus b a)) eqn:Z.
  - apply val_is_zero in Z. rewrite val_minus in Z. inversion H.
    destruct (Req_EM_T (Q2R b - Q2R a) 0); [simpl; ring|contradiction].
  - assert (D : Q2R (minus b a) <> 0) by (rewrite <- val_is_zero; congruence).
    rewrite val_minus in D. destruct (Req_EM_T (Q2R b - Q2R a) 0); [contradiction|].
    rewrite (times_linear_ok _ _ _ _ x H), val_divided, val_minus, val_1 by (rewrite val_minus; auto).
    field. auto.
Qed.
Lemma falling_ok a b f f' x : falling a b f = Ok f' ->
  value f' x = quotient (Q2R b - x) (Q2R b - Q2R a) * value f x.
Proof.
  unfold falling, quotient. cbv zeta. intros H. destruct (is_zero (minus b a)) eqn:Z.
  - apply val_is_zero in Z. rewrite val_minus in Z. inversion H.
    destruct (Req_EM_T (Q2R b - Q2R a) 0); [simpl; ring|contradiction].
  - assert (D : Q2R (minus b a) <> 0) by (rewrite <- val_is_zero; congruence).
    rewrite val_minus in D. destruct (Req_EM_T (Q2R b - Q2R a) 0); [contradiction|].
    rewrite (times_linear_ok _ _ _ _ x H), val_opposite, val_divided, val_minus, val_1
      by (rewrite val_minus; auto).
    field. auto.
Qed.

(** The functions of a list are the splines on the successive tails of the knots. *)
Fixpoint are_splines (p : nat) (knots : list Q) (fs : list function) : Prop :=
  match fs with
  | [] => True
  | f :: fs' => (forall x, value f x = cox_de_boor p (map Q2R knots) x)
                /\ are_splines p (tl knots) fs'
  end.
Lemma map_tl {A B} (f : A -> B) l : map f (tl l) = tl (map f l).
Proof. destruct l; reflexivity. Qed.
(** Half-open cells come out right because knots do not decrease. *)
Lemma level_0_ok knots : (forall a b rest, (exists pre, knots = (pre ++ a :: b :: rest)%list) ->
  Q2R a <= Q2R b) -> are_splines 0 knots (level_0 knots).
Proof.
  induction knots as [|s knots IH]; intros H; [exact I|].
  destruct knots as [|t knots]; [exact I|]. split.
  - intros x. rewrite value_subtract, !value_single. simpl.
    assert (Q2R s <= Q2R t) by (apply (H s t knots); exists []; reflexivity).
    unfold step_power.
    destruct (Rlt_dec x (Q2R s)), (Rlt_dec x (Q2R t)), (Rle_dec 0 (x - Q2R s)),
      (Rle_dec 0 (x - Q2R t)); simpl; lra.
  - apply IH. intros a b rest (pre & E). apply (H a b rest). exists (s :: pre). simpl. congruence.
Qed.
Lemma next_level_ok q fs : forall knots fs', are_splines q knots fs ->
  next_level q knots fs = Ok fs' -> are_splines (S q) knots fs'.
Proof.
  induction fs as [|f fs IH]; intros knots fs' S H; [inversion H; exact I|].
  destruct fs as [|g fs]; [inversion H; exact I|].
  destruct S as [Sf [Sg S]]. cbn [next_level] in H. unbind H. inversion H; subst. split.
  - intros x. rewrite value_add, (rising_ok _ _ _ _ _ E), (falling_ok _ _ _ _ _ E0), Sf, Sg.
    cbn [cox_de_boor]. rewrite !nth_val, map_tl. reflexivity.
  - apply (IH (tl knots)); [split; auto|auto].
Qed.

Lemma nondecreasing_ok knots : nondecreasing knots = true ->
  forall a b rest, (exists pre, knots = (pre ++ a :: b :: rest)%list) -> Q2R a <= Q2R b.
Proof.
  destruct knots as [|t knots]; [intros _ a b rest (pre & E); destruct pre; discriminate|].
  unfold nondecreasing. generalize true at 1 as ok. revert t.
  induction knots as [|u knots IH]; simpl; intros t ok H a b rest (pre & E).
  - destruct pre as [|? [|? ?]]; discriminate.
  - assert (F : forall l acc, fst (fold_left
      (fun acc u => (fst acc && negb (less u (snd acc)), u)) l acc) = true -> fst acc = true).
    { clear. induction l as [|v l IHl]; simpl; intros acc H; auto. apply IHl in H.
      apply andb_prop in H. tauto. }
    destruct pre as [|v pre]; simpl in E.
    + inversion E; subst. apply F in H. simpl in H. apply andb_prop in H. destruct H as [_ H].
      apply negb_true_iff, val_not_less in H. exact H.
    + inversion E; subst. apply (IH u _ H a b rest). exists pre. assumption.
Qed.
Lemma level_ok p : forall knots fs, nondecreasing knots = true -> level p knots = Ok fs ->
  are_splines p knots fs.
Proof.
  induction p as [|q IH]; simpl; intros knots fs Hn H.
  - inversion H. apply level_0_ok, nondecreasing_ok, Hn.
  - unbind H. apply (next_level_ok q a); auto.
Qed.
Lemma are_splines_values p fs : forall knots x, are_splines p knots fs ->
  map (fun f => value f x) fs
  = map (fun k => cox_de_boor p (skipn k (map Q2R knots)) x) (seq 0 (length fs)).
Proof.
  induction fs as [|f fs IH]; intros knots x S; simpl; [reflexivity|].
  destruct S as [Sf S]. f_equal; [apply Sf|].
  rewrite (IH _ _ S), <- seq_shift, map_map. apply map_ext. intros k.
  rewrite map_tl. destruct (map Q2R knots); simpl; [destruct k; reflexivity|reflexivity].
Qed.

(** ** The other kinds *)
Fixpoint expand_pieces (before : list Q) (rest : list (Q * Q * list Q)) : result function :=
  match rest with
  | [] => Ok (powers 0 before)
  | (t, v, next) :: rest' =>
      let? after := expand_pieces next rest' in paste (powers 0 before) t v after
  end.
Fixpoint expand_ratio (q : list Q) (k : nat) (here : list Q) (rest : list (Q * list Q))
  : result function :=
  let f := ratios q k None 0 here in
  match rest with
  | [] => Ok f
  | (t, next) :: rest' =>
      let? g := expand_ratio q k next rest' in
      let? rise := right_of (subtract g f) t in
      Ok (add f rise)
  end.
Fixpoint expand_ratios (rs : list ratio) : result function :=
  match rs with
  | [] => Ok []
  | r :: rs' =>
      let? f := expand_ratio (denominator r) (denominator_power r) (before r) (after r) in
      let? rest := expand_ratios rs' in
      Ok (add f rest)
  end.
Definition expand_local (knots : list Q) (p center j : nat) : result function :=
  let c := nth center knots 0%Q in let t := nth j knots 0%Q in
  let start := if Nat.ltb j center then add (constant (opposite t)) identity
               else constant (minus t c) in
  compose (single (Step 0 p)) (subtract start (single (Step c 1))).
Fixpoint functions (b : basis) : result (list function) :=
  match b with
  | Bspline knots p =>
      let? _ := need (nondecreasing knots) "the knots decrease" in
      let? fs := level p knots in
      let? _ := need (Nat.eqb (length fs) (length knots - S p)) "a count of splines" in
      Ok fs
  | Truncated_power terms => Ok (map (fun td => single (Step (fst td) (snd td))) terms)
  | Monomial degrees => Ok (map (fun d => single (Pow d)) degrees)
  | Atoms atoms =>
      Ok (map (fun nab => atom_of_affine (fst (fst nab)) (snd (fst nab)) (snd nab)) atoms)
  | Piecewise fs => map_result (fun f => expand_pieces (first f) (others f)) fs
  | Rational fs => map_result expand_ratios fs
  | Local knots p centers =>
      map_result (fun cj => expand_local knots p (fst cj) (snd cj)) (local_pairs p 0 centers)
  | Straight_line programs => map_result expand_program programs
  | Concatenation bases =>
      let? parts := map_result functions bases in Ok (concat parts)
  end.

Lemma expand_pieces_ok rest : forall before f x, expand_pieces before rest = Ok f ->
  value f x = pieces_value before rest x.
Proof.
  induction rest as [|[[t v] next] rest IH]; simpl; intros before f x H.
  - inversion H. rewrite value_powers. simpl. ring.
  - unbind H. rewrite (paste_ok _ _ _ _ _ x H), value_powers.
    destruct (Rlt_dec x (Q2R t)); [simpl; ring|].
    destruct (Req_EM_T x (Q2R t)); [reflexivity|auto].
Qed.
Lemma expand_ratio_ok q k rest : forall here f x, expand_ratio q k here rest = Ok f ->
  value f x = numerator here rest x / polynomial q x ^ k.
Proof.
  induction rest as [|[t next] rest IH]; cbn [expand_ratio numerator]; cbv zeta; intros here f x H.
  - inversion H. rewrite value_ratios. simpl. unfold Rdiv. ring.
  - unbind H. inversion H. rewrite value_add, (right_of_ok _ _ _ x E0), value_subtract, (IH _ _ x E).
    rewrite value_ratios. cbn [right_part pow]. rewrite Rmult_1_l.
    destruct (Rlt_dec x (Q2R t)); ring.
Qed.
Lemma expand_ratios_ok rs : forall f x, expand_ratios rs = Ok f ->
  value f x = fold_right (fun r y => ratio_value r x + y) 0 rs.
Proof.
  induction rs as [|r rs IH]; simpl; intros f x H; [inversion H; reflexivity|].
  unbind H. inversion H. rewrite value_add, (expand_ratio_ok _ _ _ _ _ x E), (IH _ x E0). reflexivity.
Qed.
Lemma expand_local_ok knots p center j f x : expand_local knots p center j = Ok f ->
  value f x = local_value (map Q2R knots) p center j x.
Proof.
  unfold expand_local, local_value. intros H. rewrite (compose_ok _ _ _ x H).
  rewrite value_single, value_subtract, value_single. cbn [generator_value].
  rewrite (step_power_relu 1), pow_1, val_0, !nth_val by lia.
  destruct (local_to_affine x (Q2R (nth center knots 0%Q))) as [Emin Emax].
  set (c := Q2R (nth center knots 0%Q)) in *. set (t := Q2R (nth j knots 0%Q)).
  destruct (Nat.ltb j center).
  - rewrite value_add, value_constant, value_identity, val_opposite. fold t. f_equal.
    assert (Rmin x c = x - relu (x - c)) as ->; [|ring].
    destruct (Rle_or_lt x c);
      [rewrite Rmin_left, relu_neg by lra|rewrite Rmin_right, relu_pos by lra]; ring.
  - rewrite value_constant, val_minus. fold t c. f_equal. rewrite Emax. ring.
Qed.

(** Induction over bases inside bases. *)
Lemma basis_ind_nested (P : basis -> Prop) :
  (forall k p, P (Bspline k p)) -> (forall t, P (Truncated_power t)) ->
  (forall d, P (Monomial d)) -> (forall a, P (Atoms a)) -> (forall f, P (Piecewise f)) ->
  (forall f, P (Rational f)) ->
  (forall k p c, P (Local k p c)) -> (forall l, P (Straight_line l)) -> (forall l, Forall P l -> P (Concatenation l)) ->
  forall b, P b.
Proof.
  intros H1 H2 H3 H4 H5 H6 H7 H8 H9. fix IH 1. intros [k p|t|d|a|f|f|k p c|l|l];
    [apply H1|apply H2|apply H3|apply H4|apply H5|apply H6|apply H7|apply H8|apply H9].
  induction l; constructor; [apply IH|assumption].
Qed.

Theorem functions_ok : forall b fs x, functions b = Ok fs ->
  map (fun f => value f x) fs = basis_values b x.
Proof.
  induction b as [knots p|terms|degrees|atoms|fs'|fs'|knots p centers|programs|bases IH]
    using basis_ind_nested; intros fs x H; cbn [functions basis_values] in *.
  - unbind H. inversion H; subst. apply need_ok in E, E1. apply Nat.eqb_eq in E1.
    rewrite (are_splines_values p fs knots x) by (apply level_ok; auto).
    unfold spline_values. rewrite map_length, E1. reflexivity.
  - inversion H. rewrite map_map. apply map_ext. intros. apply value_single.
  - inversion H. rewrite map_map. apply map_ext. intros. apply value_single.
  - inversion H. rewrite map_map. apply map_ext. intros. apply atom_of_affine_ok.
  - apply (map_result_ok _ _ (fun f => value f x) _ _ (fun a b _ E => expand_pieces_ok _ _ _ x E) H).
  - apply (map_result_ok _ _ (fun f => value f x) _ _ (fun a b _ E => expand_ratios_ok _ _ x E) H).
  - apply (map_result_ok _ _ (fun f => value f x) _ _ (fun a b _ E => expand_local_ok _ _ _ _ _ x E) H).
  - apply (map_result_ok _ _ (fun f => value f x) _ _ (fun a b _ E => expand_program_ok _ _ x E) H).
  - unbind H. inversion H; subst. rewrite concat_map, flat_map_concat_map. f_equal.
    revert a E H. induction IH as [|b bases Hb _ IHl]; simpl; intros a E H.
    + inversion E; reflexivity.
    + unbind E. inversion E; subst. simpl. f_equal; [apply Hb; auto|]. eapply IHl; eauto.
Qed.
End Bases.
