(** * Schemas: a B-spline as a sum of units, for all knots at once

    On each of the p + 3 cells between knots t_0 < ... < t_{p+1} both sides are rational functions
    of x and the knots, whose denominators are products of differences of knots.  They are put
    over one denominator, and the numerator of their difference must be the zero polynomial over
    Z.  Polynomials and their evaluation are those of Coq's tactic [ring] (EnvRing): variable 1
    is x, variable j + 2 is t_j. *)
From Coq Require Import EnvRing ZArith Reals List Bool Lra Lia.
From KanCheck Require Import Bases.
Import ListNotations.
Open Scope R_scope.
Open Scope list_scope.

(** A factor (a, b) is the difference t_a - t_b. *)
Definition factor : Type := nat * nat.
Record product := { coefficient : Z; over : list factor; under : list factor }.
Inductive unit_of_schema :=
| Constant
| Hinge (j : nat)
| Below (j c : nat)
| Above (j c : nat).
Record schema := { schema_degree : nat; schema_rows : list (unit_of_schema * list product) }.

(** ** Meaning *)
Section Values.
Variables (p : nat) (knots : list R).
Notation t j := (nth j knots 0).
Definition unit_value (x : R) (u : unit_of_schema) : R :=
  match u with
  | Constant => 1
  | Hinge j => Rmax (x - t j) 0 ^ p
  | Below j c => Rmax (Rmin x (t c) - t j) 0 ^ p
  | Above j c => Rmax (t j - Rmax x (t c)) 0 ^ p
  end.
Definition factors_value (l : list factor) : R :=
  fold_right (fun f v => (t (fst f) - t (snd f)) * v) 1 l.
Definition product_value (m : product) : R :=
  IZR (coefficient m) * factors_value (over m) / factors_value (under m).
Definition sum (l : list R) : R := fold_right Rplus 0 l.
Definition rows_value (x : R) (l : list (unit_of_schema * list product)) : R :=
  sum (map (fun row => sum (map product_value (snd row)) * unit_value x (fst row)) l).
Definition increasing : Prop :=
  forall i j, (i < j < length knots)%nat -> t i < t j.
End Values.
Definition schema_holds (s : schema) : Prop :=
  forall knots x, length knots = (schema_degree s + 2)%nat -> increasing knots ->
    cox_de_boor (schema_degree s) knots x = rows_value (schema_degree s) knots x (schema_rows s).

(** ** Both sides on cell s: right of s knots, left of the others *)
Definition polynomial : Type := PExpr Z.
Definition one : polynomial := PEc 1%Z.
Definition X : polynomial := PEX xH.
Definition T (j : nat) : polynomial := PEX (Pos.of_nat (j + 2)).
Definition term : Type := polynomial * list factor. (* a quotient *)

Section Cell.
Variables (p s : nat).
Fixpoint spline (q j : nat) : list term :=
  match q with
  | O => if Nat.eqb s (j + 1) then [(one, [])] else []
  | S r =>
      map (fun n => (PEmul (PEsub X (T j)) (fst n), (j + q, j)%nat :: snd n)) (spline r j)
      ++ map (fun n => (PEmul (PEsub (T (j + q + 1)) X) (fst n), (j + q + 1, j + 1)%nat :: snd n))
           (spline r (j + 1))
  end.
(** max(z, 0)^p for a z whose sign is known *)
Definition relu_power (positive : bool) (z : polynomial) : polynomial :=
  if positive then PEpow z (N.of_nat p) else PEc 0%Z.
Definition unit_polynomial (u : unit_of_schema) : polynomial :=
  match u with
  | Constant => one
  | Hinge j => relu_power (Nat.ltb j s) (PEsub X (T j))
  | Below j c =>
      if Nat.ltb c s then relu_power (Nat.ltb j c) (PEsub (T c) (T j))
      else relu_power (Nat.ltb j s) (PEsub X (T j))
  | Above j c =>
      if Nat.ltb c s then relu_power (negb (Nat.ltb j s)) (PEsub (T j) X)
      else relu_power (Nat.ltb c j) (PEsub (T j) (T c))
  end.
Definition expanded (l : list factor) (n : polynomial) : polynomial :=
  fold_right (fun f n => PEmul (PEsub (T (fst f)) (T (snd f))) n) n l.
Definition row_terms (row : unit_of_schema * list product) : list term :=
  map (fun m => (PEmul (PEc (- coefficient m)%Z) (expanded (over m) (unit_polynomial (fst row))),
                 under m)) (snd row).
Definition cell_terms (l : list (unit_of_schema * list product)) : list term :=
  spline p 0 ++ flat_map row_terms l.
End Cell.

(** ** The numerator of a sum *)
Definition factor_eqb (f g : factor) : bool := Nat.eqb (fst f) (fst g) && Nat.eqb (snd f) (snd g).
Fixpoint without (f : factor) (l : list factor) : option (list factor) :=
  match l with
  | [] => None
  | g :: l' => if factor_eqb f g then Some l' else option_map (cons g) (without f l')
  end.
(** What is left of the common denominator, if it holds all of these factors. *)
Fixpoint cofactor (common l : list factor) : option (list factor) :=
  match l with
  | [] => Some common
  | f :: l' => match without f common with Some rest => cofactor rest l' | None => None end
  end.
Fixpoint numerator (common : list factor) (l : list term) : option polynomial :=
  match l with
  | [] => Some (PEc 0%Z)
  | (n, d) :: l' =>
      match cofactor common d, numerator common l' with
      | Some rest, Some m => Some (PEadd (expanded rest n) m)
      | _, _ => None
      end
  end.
(** All positive differences of n knots. *)
Definition differences (n : nat) : list factor :=
  flat_map (fun a => map (fun b => (a, b)) (seq 0 a)) (seq 0 n).
Definition normal (n : polynomial) : Pol Z :=
  norm_aux 0%Z 1%Z Z.add Z.mul Z.sub Z.opp Zeq_bool n.
Definition sums_to_zero (n : nat) (l : list term) : bool :=
  let occurs f := existsb (fun m => existsb (factor_eqb f) (snd m)) l in
  match numerator (filter occurs (differences n)) l with
  | Some m => Peq Zeq_bool (normal m) (Pc 0%Z)
  | None => false
  end.
Definition proper_unit (n : nat) (u : unit_of_schema) : bool :=
  match u with
  | Constant => true
  | Hinge j => Nat.ltb j n
  | Below j c | Above j c => Nat.ltb j n && Nat.ltb c n
  end.
Definition proper_factor (n : nat) (f : factor) : bool :=
  Nat.ltb (snd f) (fst f) && Nat.ltb (fst f) n.
Definition check_schema (sc : schema) : bool :=
  let p := schema_degree sc in
  Nat.leb 1 p
  && forallb (fun row => proper_unit (p + 2) (fst row)
       && forallb (fun m => forallb (proper_factor (p + 2)) (under m)) (snd row)) (schema_rows sc)
  && forallb (fun s => sums_to_zero (p + 2) (cell_terms p s (schema_rows sc))) (seq 0 (p + 3)).

(** ** Soundness *)
Lemma sum_app l m : sum (l ++ m) = sum l + sum m.
Proof. induction l as [|a l IH]; simpl; [lra|]. rewrite IH; lra. Qed.

Section Sound.
Variables (knots : list R) (x : R).
Hypothesis Increasing : increasing knots.
Notation t j := (nth j knots 0).
Notation fv := (factors_value knots).
Definition point (v : positive) : R :=
  match v with xH => x | _ => nth (Pos.to_nat v - 2) knots 0 end.
Definition at_point (n : polynomial) : R :=
  PEeval Rplus Rmult Rminus Ropp IZR N.to_nat pow point n.
Definition term_value (n : term) : R := at_point (fst n) / fv (snd n).
Definition proper (l : list factor) : Prop :=
  Forall (fun f => proper_factor (length knots) f = true) l.

Lemma at_T j : at_point (T j) = t j.
Proof.
  unfold at_point, T; simpl. unfold Env.nth, point.
  destruct (Pos.of_nat (j + 2)) eqn:E; [| |exfalso].
  1,2: rewrite <- E, Nat2Pos.id by lia; f_equal; lia.
  apply (f_equal Pos.to_nat) in E. rewrite Nat2Pos.id in E; lia.
Qed.
Lemma at_X : at_point X = x. Proof. reflexivity. Qed.
Lemma at_mul m n : at_point (PEmul m n) = at_point m * at_point n. Proof. reflexivity. Qed.
Lemma at_sub m n : at_point (PEsub m n) = at_point m - at_point n. Proof. reflexivity. Qed.
Lemma at_pow n k : at_point (PEpow n (N.of_nat k)) = at_point n ^ k.
Proof. unfold at_point; simpl. rewrite Nnat.Nat2N.id. reflexivity. Qed.
Lemma zero_ok n : Peq Zeq_bool (normal n) (Pc 0%Z) = true -> at_point n = 0.
Proof.
  intros H. unfold at_point, normal in *.
  pose proof (@Eqsth R) as E. pose proof (Eq_ext Rplus Rmult Ropp) as X.
  rewrite (norm_aux_spec E X (Rth_ARth E X RTheory) R_rm R_power_theory).
  rewrite (Peq_ok E X R_rm _ _ H). reflexivity.
Qed.
Lemma at_expanded l n : at_point (expanded l n) = fv l * at_point n.
Proof.
  induction l as [|f l IH]; simpl; [lra|].
  rewrite at_mul, at_sub, !at_T, IH. ring.
Qed.

Lemma proper_neq l : proper l -> fv l <> 0.
Proof.
  induction 1 as [|f l F _ IH]; simpl; [lra|]. apply Rmult_integral_contrapositive. split; auto.
  apply andb_prop in F. destruct F as [F G]. apply Nat.ltb_lt in F, G.
  pose proof (Increasing (snd f) (fst f) (conj F G)). lra.
Qed.
Lemma factor_eqb_ok f g : factor_eqb f g = true -> f = g.
Proof.
  destruct f, g. unfold factor_eqb; simpl. intros H. apply andb_prop in H. destruct H as [H H'].
  apply Nat.eqb_eq in H, H'. congruence.
Qed.
Lemma without_ok f l : forall rest, without f l = Some rest -> fv l = fv [f] * fv rest.
Proof.
  induction l as [|g l IH]; simpl; intros rest H; [discriminate|].
  destruct (factor_eqb f g) eqn:E.
  - apply factor_eqb_ok in E. inversion H; subst. ring.
  - destruct (without f l) as [r|]; [|discriminate]. inversion H; subst. simpl.
    rewrite (IH r eq_refl). simpl. ring.
Qed.
Lemma cofactor_ok l : forall common rest, cofactor common l = Some rest -> fv common = fv l * fv rest.
Proof.
  induction l as [|f l IH]; simpl; intros common rest H.
  - inversion H; subst. lra.
  - destruct (without f common) as [r|] eqn:E; [|discriminate].
    rewrite (without_ok _ _ _ E), (IH _ _ H). simpl. ring.
Qed.
Lemma numerator_ok common l : Forall (fun n => proper (snd n)) l ->
  forall m, numerator common l = Some m -> at_point m = fv common * sum (map term_value l).
Proof.
  induction 1 as [|[n d] l D _ IH]; simpl; intros m H.
  - inversion H; subst. unfold at_point; simpl. lra.
  - destruct (cofactor common d) as [rest|] eqn:E; [|discriminate].
    destruct (numerator common l) as [k|]; [|discriminate]. inversion H; subst.
    change (at_point (PEadd (expanded rest n) k)) with (at_point (expanded rest n) + at_point k).
    rewrite at_expanded, (IH k eq_refl). pose proof (proper_neq d D).
    unfold term_value; simpl. rewrite (cofactor_ok _ _ _ E). field. assumption.
Qed.
Lemma differences_proper : proper (differences (length knots)).
Proof.
  unfold proper. rewrite Forall_forall. intros f H. apply in_flat_map in H.
  destruct H as (a & A & H). apply in_map_iff in H. destruct H as (b & <- & H).
  apply in_seq in A, H. unfold proper_factor; simpl. apply andb_true_intro.
  split; apply Nat.ltb_lt; lia.
Qed.
Lemma sums_to_zero_ok l : Forall (fun n => proper (snd n)) l ->
  sums_to_zero (length knots) l = true -> sum (map term_value l) = 0.
Proof.
  intros D H. unfold sums_to_zero in H. set (common := filter _ _) in H.
  destruct (numerator common l) as [m|] eqn:E; [|discriminate]. apply zero_ok in H.
  rewrite (numerator_ok common l D m E) in H. apply Rmult_integral in H. destruct H as [H|]; [|auto].
  exfalso. revert H. apply proper_neq, Forall_forall. intros f F.
  pose proof differences_proper as P. unfold proper in P. rewrite Forall_forall in P.
  apply filter_In in F. apply P, F.
Qed.

(** *** On a cell: knot j is at most x for j < s, and larger for the others *)
Variable s : nat.
Hypothesis Cell : forall j, (j < length knots)%nat -> if Nat.ltb j s then t j <= x else x < t j.

Lemma cell_cases j : (j < length knots)%nat ->
  (Nat.ltb j s = true /\ t j <= x) \/ (Nat.ltb j s = false /\ x < t j).
Proof. intros H. specialize (Cell j H). destruct (Nat.ltb j s); auto. Qed.
Lemma map_terms c f l :
  sum (map term_value (map (fun n => (PEmul c (fst n), f :: snd n)) l))
  = at_point c / (t (fst f) - t (snd f)) * sum (map term_value l).
Proof.
  induction l as [|[n d] l IH]; simpl; [lra|]. rewrite IH. unfold term_value at 1 3; simpl.
  rewrite at_mul. unfold Rdiv. rewrite Rinv_mult. ring.
Qed.
Lemma spline_ok q : forall j, (j + q + 1 < length knots)%nat ->
  cox_de_boor q (skipn j knots) x = sum (map term_value (spline s q j)).
Proof.
  assert (N : forall j i, nth i (skipn j knots) 0 = t (j + i)%nat).
  { intros j. generalize knots. induction j as [|j IH]; intros [|a l] i; simpl; auto.
    destruct i; reflexivity. }
  assert (L : forall j, tl (skipn j knots) = skipn (j + 1) knots).
  { intros j. generalize knots. induction j as [|j IH]; intros [|a l]; simpl in *; auto. }
  induction q as [|q IH]; intros j H.
  - cbn [cox_de_boor spline]. rewrite !N. replace (j + 0)%nat with j by lia.
    pose proof (cell_cases j ltac:(lia)) as A. pose proof (cell_cases (j + 1) ltac:(lia)) as B.
    destruct (Nat.eqb_spec s (j + 1)) as [->|D].
    + assert (Nat.ltb j (j + 1) = true) by (apply Nat.ltb_lt; lia).
      assert (Nat.ltb (j + 1) (j + 1) = false) by (apply Nat.ltb_ge; lia).
      unfold term_value, at_point; simpl.
      destruct (Rlt_dec x (t j)), (Rlt_dec x (t (j + 1)%nat)); destruct A as [[]|[]], B as [[]|[]];
        try congruence; lra.
    + rewrite Nat.ltb_lt, Nat.ltb_ge in A, B. simpl.
      destruct (Rlt_dec x (t j)), (Rlt_dec x (t (j + 1)%nat)); destruct A as [[]|[]], B as [[]|[]];
        try reflexivity; lra || lia.
  - cbn [cox_de_boor spline]. rewrite map_app, sum_app, !map_terms, !N, L.
    rewrite (IH j), (IH (j + 1)%nat) by lia. cbn [fst snd].
    rewrite !at_sub, !at_T, at_X. replace (j + 0)%nat with j by lia.
    replace (j + S (S q))%nat with (j + S q + 1)%nat by lia.
    pose proof (Increasing j (j + S q)%nat ltac:(lia)).
    pose proof (Increasing (j + 1)%nat (j + S q + 1)%nat ltac:(lia)).
    unfold quotient. destruct (Req_EM_T _ 0) as [Z|_]; [lra|].
    destruct (Req_EM_T _ 0) as [Z|_]; [lra|]. reflexivity.
Qed.
Lemma spline_proper q : forall j, (j + q + 1 < length knots)%nat ->
  Forall (fun n => proper (snd n)) (spline s q j).
Proof.
  induction q as [|q IH]; intros j H; simpl.
  - destruct (Nat.eqb s (j + 1)); repeat constructor.
  - apply Forall_app. split; apply Forall_map;
      (eapply Forall_impl; [|apply IH; lia]); intros n P; simpl; constructor; auto;
      unfold proper_factor; simpl; apply andb_true_intro; split; apply Nat.ltb_lt; lia.
Qed.

Variable p : nat.
Hypothesis Positive : (1 <= p)%nat.
Lemma relu_power_ok (b : bool) n z : at_point n = z -> (if b then 0 <= z else z <= 0) ->
  at_point (relu_power p b n) = Rmax z 0 ^ p.
Proof.
  intros <- H. unfold relu_power. destruct b.
  - rewrite at_pow, Rmax_left by lra. reflexivity.
  - rewrite Rmax_right by lra. unfold at_point; simpl. rewrite pow_i by lia. reflexivity.
Qed.
Lemma knots_sign j c : (j < length knots)%nat -> (c < length knots)%nat ->
  if Nat.ltb j c then t j < t c else t c <= t j.
Proof.
  intros J C. destruct (Nat.ltb_spec j c); [apply Increasing; lia|].
  destruct (Nat.eq_dec c j) as [->|]; [lra|]. left. apply Increasing. lia.
Qed.
Lemma unit_ok u : proper_unit (length knots) u = true ->
  at_point (unit_polynomial p s u) = unit_value p knots x u.
Proof.
  destruct u as [|j|j c|j c]; simpl; intros H;
    [reflexivity| |apply andb_prop in H; destruct H as [H H']; apply Nat.ltb_lt in H'..];
    apply Nat.ltb_lt in H; destruct (cell_cases j H) as [[A A']|[A A']]; rewrite ?A.
  1,2: apply relu_power_ok; [now rewrite at_sub, at_T|lra].
  all: pose proof (knots_sign j c H H') as J; pose proof (knots_sign c j H' H) as C;
    destruct (cell_cases c H') as [[B B']|[B B']]; rewrite B;
    first [rewrite (Rmin_right x) by lra | rewrite (Rmin_left x) by lra
          | rewrite (Rmax_left x) by lra | rewrite (Rmax_right x) by lra];
    (apply relu_power_ok; [now rewrite at_sub, ?at_T|]); simpl; try lra;
    first [destruct (Nat.ltb j c); lra | destruct (Nat.ltb c j); lra].
Qed.
End Sound.

Lemma some_cell x knots : increasing knots -> exists s, (s <= length knots)%nat /\
  forall j, (j < length knots)%nat -> if Nat.ltb j s then nth j knots 0 <= x else x < nth j knots 0.
Proof.
  induction knots as [|a l IH]; intros H; [exists O; split; simpl; [lia|intros; lia]|].
  destruct (Rle_or_lt a x) as [A|A].
  - destruct IH as (s & B & C); [intros i j L; apply (H (S i) (S j)); simpl; lia|].
    exists (S s). split; [simpl; lia|]. intros [|j] L; [exact A|]. apply (C j). simpl in L. lia.
  - exists O. split; [lia|]. intros [|j] L; [exact A|]. simpl.
    pose proof (H O (S j) ltac:(simpl in *; lia)). simpl in *. lra.
Qed.
Lemma row_terms_value knots x p s u (ms : list product) :
  sum (map (term_value knots x) (row_terms p s (u, ms)))
  = - (sum (map (product_value knots) ms) * at_point knots x (unit_polynomial p s u)).
Proof.
  unfold row_terms. induction ms as [|m ms IH]; simpl in *; [lra|]. rewrite IH.
  unfold term_value at 1, product_value at 2; simpl. rewrite at_mul, at_expanded.
  change (at_point knots x (PEc (- coefficient m)%Z)) with (IZR (- coefficient m)).
  rewrite opp_IZR. unfold Rdiv. ring.
Qed.
Theorem schema_sound : forall sc, check_schema sc = true -> schema_holds sc.
Proof.
  intros [p l] H knots x L I. unfold check_schema in H. cbn [schema_degree schema_rows] in *.
  apply andb_prop in H. destruct H as [H Z]. apply andb_prop in H. destruct H as [P W].
  apply Nat.leb_le in P. rewrite forallb_forall in W, Z.
  destruct (some_cell x knots I) as (s & B & C).
  specialize (Z s). rewrite <- L in Z, W. rewrite in_seq in Z.
  apply (sums_to_zero_ok knots x I) in Z; [|..|lia].
  - unfold cell_terms in Z. rewrite map_app, sum_app in Z.
    rewrite <- (spline_ok knots x I s C p 0) in Z by lia. cbn [skipn] in Z.
    enough (sum (map (term_value knots x) (flat_map (row_terms p s) l))
            = - rows_value p knots x l) by lra.
    clear Z. unfold rows_value. induction l as [|[u ms] l IH]; [simpl; lra|].
    cbn [flat_map map sum fold_right fst snd]. rewrite map_app, sum_app, row_terms_value, IH
      by (intros; apply W; right; assumption).
    specialize (W (u, ms) (or_introl eq_refl)). apply andb_prop in W.
    rewrite (unit_ok knots x I s C p P) by apply W. simpl. unfold sum. ring.
  - apply Forall_app. split; [apply spline_proper; lia|].
    rewrite Forall_forall. intros n N. apply in_flat_map in N. destruct N as ([u ms] & R & N).
    apply W in R. apply andb_prop in R. destruct R as [_ R]. rewrite forallb_forall in R.
    apply in_map_iff in N. destruct N as (m & <- & M). simpl.
    apply R in M. rewrite forallb_forall in M. apply Forall_forall, M.
Qed.
