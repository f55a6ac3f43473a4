(** * log and sqrt of rationals and of affine arguments, in normal form

      log(c l)  = log(l) + sum of e log(p)     c > 0, the product of p^e
      sqrt(c l) = r sqrt(m l)                  c = r^2 m > 0

    The argument l gets integer coefficients without common factor; m and the p are what trial
    division by numbers below 2^16 finds.  What it finds is tested, not trusted.  The second law
    holds for all l, since both sides are 0 where they are not defined; the first one where l > 0. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Logarithm Functions.
Import ListNotations.
Open Scope R_scope.

Definition is_partial (n : atom) : bool := match n with Log | Sqrt => true | _ => false end.
Definition defined_at (n : atom) (z : Q) : bool :=
  match n with Log => less 0 z | Sqrt => negb (less z 0) | _ => true end.
Lemma defined_at_ok n z : defined_at n z = true <-> atom_defined n (Q2R z).
Proof.
  destruct n; simpl; try tauto.
  - rewrite val_less, val_0. tauto.
  - rewrite negb_true_iff, val_not_less, val_0. tauto.
Qed.

(** ** Trial division *)
(** How often d divides n, and what is left; n > 0 and d > 1. *)
Fixpoint strip_factor (fuel : nat) (d n : Z) (e : Z) : Z * Z :=
  match fuel with
  | O => (e, n)
  | S k => let (q, r) := Z.div_eucl n d in
           if Z.eqb r 0 then strip_factor k d q (e + 1)%Z else (e, n)
  end.
Fixpoint factors_from (fuel : nat) (d n : Z) : list (Z * Z) :=
  let rest := if Z.ltb 1 n then [(n, 1%Z)] else [] in
  match fuel with
  | O => rest
  | S k =>
    if Z.ltb n (d * d) then rest else
    let next := if Z.eqb d 2 then 3%Z else (d + 2)%Z in
    if Z.eqb (Z.modulo n d) 0 then
      let (e, m) := strip_factor (Z.to_nat (Z.log2 n + 1)) d n 0 in
      (d, e) :: factors_from k next m
    else factors_from k next n
  end.
(** Below 2^16. *)
Definition trials : nat := Z.to_nat 32768.
Definition factors (n : Z) : list (Z * Z) := factors_from trials 2 n.
Definition factors_product (l : list (Z * Z)) : Z :=
  fold_right (fun pe y => fst pe ^ snd pe * y)%Z 1%Z l.
(** The factors are those of n, and positive. *)
Definition are_factors (l : list (Z * Z)) (n : Z) : bool :=
  forallb (fun pe => Z.ltb 0 (fst pe) && Z.leb 0 (snd pe)) l && Z.eqb (factors_product l) n.
(** r and m with n = r^2 m. *)
Definition square_part (n : Z) : Z * Z :=
  fold_right (fun pe rm =>
    let '(p, e) := pe in let '(r, m) := rm in
    let s := Z.sqrt p in
    if Z.eqb (s * s) p then (r * s ^ e, m)%Z
    else (r * p ^ (e / 2), m * p ^ (e mod 2))%Z) (1%Z, 1%Z) (factors n).

(** ** Content: a x + b = c (a' x + b'), c > 0, with integers a' and b' without common factor *)
Definition content (a b : Q) : Q :=
  reduced (Qmake (Z.gcd (Qnum (reduced a)) (Qnum (reduced b)))
    (Z.to_pos (Z.lcm (Zpos (Qden (reduced a))) (Zpos (Qden (reduced b)))))).

(** ** Roots *)
Definition plain_root (a b : Q) : function :=
  if is_zero a && is_zero b then [] else single (Atom Sqrt a b).
Definition root_of_affine (a b : Q) : function :=
  let c := content a b in
  let '(r, m) := square_part (Qnum c * Zpos (Qden c)) in
  let factor := reduced (Qmake r (Qden c)) in
  (* sqrt(top/bottom) = sqrt(top bottom)/bottom *)
  if less 0 c && Z.leb 0 r && Z.eqb (r * r * m) (Qnum c * Zpos (Qden c)) then
    let a' := times (inject_Z m) (divided a c) in
    let b' := times (inject_Z m) (divided b c) in
    if is_zero a then
      if less b 0 then [] else if equal b' 1 then constant factor else scale factor (plain_root 0 b')
    else scale factor (plain_root a' b')
  else plain_root a b.

(** ** Logarithms *)
Definition logs_of (sign : Z) (l : list (Z * Z)) : function :=
  fold_right (fun pe f =>
    add [(Atom Log 0 (inject_Z (fst pe)), inject_Z (sign * snd pe))] f) [] l.
(** log(c) for c > 0, from factors of its numerator and denominator *)
Definition log_by (top bottom : list (Z * Z)) (c : Q) : function :=
  if are_factors top (Qnum c) && are_factors bottom (Zpos (Qden c))
  then add (logs_of 1 top) (logs_of (-1) bottom) else single (Atom Log 0 c).
Definition log_of_positive (c : Q) : function :=
  let c := reduced c in log_by (factors (Qnum c)) (factors (Zpos (Qden c))) c.
Definition log_of_rational (b : Q) : function := if less 0 b then log_of_positive b else [].
(** Where a x + b > 0. *)
Definition log_of_affine (a b : Q) : function :=
  let c := content a b in
  if less 0 c then add (log_of_positive c) (single (Atom Log (divided a c) (divided b c)))
  else single (Atom Log a b).

(** ** The value at a rational, where it is seen to be rational *)
Definition rational_value (n : atom) (z : Q) : result Q :=
  if negb (defined_at n z) then Invalid "log or sqrt where it is not defined" else
  match n with
  | Log => if equal z 1 then Ok 0%Q else Invalid "log has no rational value there"
  | Sqrt =>
      let z := reduced z in
      let r := Qmake (Z.sqrt (Qnum z)) (Z.to_pos (Z.sqrt (Zpos (Qden z)))) in
      if equal (times r r) z then Ok r else Invalid "sqrt has no rational value there"
  | _ => Invalid "unreachable"
  end.

(** ** Proofs *)
Section Laws.
Context {N : Normal_distribution}.

Lemma val_integer z : Q2R (inject_Z z) = IZR z.
Proof. unfold Q2R, inject_Z. simpl. lra. Qed.
Lemma sqrt_scale c z : 0 <= c -> sqrt (c * z) = sqrt c * sqrt z.
Proof.
  intros C. destruct (Rle_or_lt 0 z) as [Z|Z]; [apply sqrt_mult; auto|].
  rewrite (sqrt_neg_0 z) by lra. rewrite Rmult_0_r. apply sqrt_neg_0. nra.
Qed.

Lemma plain_root_ok a b x : value (plain_root a b) x = sqrt (Q2R a * x + Q2R b).
Proof.
  unfold plain_root. destruct (_ && _) eqn:Z; [|rewrite value_single; reflexivity].
  apply andb_prop in Z. destruct Z as [Za Zb]. apply val_is_zero in Za, Zb.
  rewrite Za, Zb, Rmult_0_l, Rplus_0_l, sqrt_0. reflexivity.
Qed.
Lemma root_of_affine_ok a b x : value (root_of_affine a b) x = sqrt (Q2R a * x + Q2R b).
Proof.
  unfold root_of_affine. set (c := content a b).
  destruct (square_part _) as [r m]. cbv zeta.
  destruct (_ && _) eqn:T; [|apply plain_root_ok].
  apply andb_prop in T. destruct T as [T E]. apply andb_prop in T. destruct T as [C R].
  apply val_less in C. rewrite val_0 in C. apply Z.leb_le, IZR_le in R. apply Z.eqb_eq in E.
  set (d := IZR (Zpos (Qden c))).
  assert (D : 0 < d) by (apply IZR_lt; reflexivity).
  assert (V : Q2R c = IZR (Qnum c) / d) by reflexivity.
  apply (f_equal IZR) in E. rewrite !mult_IZR in E. fold d in E.
  assert (F : Q2R (reduced (Qmake r (Qden c))) = IZR r / d) by (rewrite val_reduced; reflexivity).
  assert (P : forall y, sqrt (Q2R c * y) = IZR r / d * sqrt (IZR m * y)).
  { intros y. replace (Q2R c * y) with ((IZR r / d) * (IZR r / d) * (IZR m * y)).
    - rewrite sqrt_scale by apply Rle_0_sqr. rewrite sqrt_square; [reflexivity|].
      apply Rmult_le_pos; [exact R|]. apply Rlt_le, Rinv_0_lt_compat, D.
    - rewrite V. transitivity (IZR r * IZR r * IZR m / d / d * y); [field; lra|].
      rewrite E. field. lra. }
  assert (A : forall q, Q2R (times (inject_Z m) (divided q c)) = IZR m * (Q2R q / Q2R c))
    by (intros; rewrite val_times, val_integer, val_divided by lra; reflexivity).
  assert (G : forall y, Q2R a * y + Q2R b = Q2R c * (Q2R a / Q2R c * y + Q2R b / Q2R c))
    by (intros; field; lra).
  destruct (is_zero a) eqn:Z.
  - apply val_is_zero in Z. decide_less b 0%Q; rewrite val_0 in L.
    + rewrite Z, Rmult_0_l, Rplus_0_l, sqrt_neg_0 by lra. reflexivity.
    + rewrite G, P, Z. replace (IZR m * (0 / Q2R c * x + Q2R b / Q2R c))
        with (Q2R (times (inject_Z m) (divided b c))) by (rewrite A; field; lra).
      destruct (equal _ 1) eqn:O.
      * apply val_equal in O. rewrite value_constant, F, O, val_1, sqrt_1. ring.
      * rewrite value_scale, plain_root_ok, F, val_0, Rmult_0_l, Rplus_0_l. reflexivity.
  - rewrite value_scale, plain_root_ok, F, !A, G, P. f_equal. f_equal. field. lra.
Qed.

Lemma log_integer_power p e : (0 < p)%Z -> (0 <= e)%Z -> log (IZR (p ^ e)) = IZR e * log (IZR p).
Proof.
  intros Hp He. rewrite <- (Z2Nat.id e) at 1 by exact He. rewrite <- pow_IZR.
  rewrite log_power by (apply IZR_lt, Hp).
  rewrite INR_IZR_INZ, Z2Nat.id by exact He. reflexivity.
Qed.
Lemma logs_of_ok sign l x : forallb (fun pe => Z.ltb 0 (fst pe) && Z.leb 0 (snd pe)) l = true ->
  0 < IZR (factors_product l) /\ value (logs_of sign l) x = IZR sign * log (IZR (factors_product l)).
Proof.
  induction l as [|[p e] l IH]; cbn [forallb logs_of factors_product fold_right fst snd]; intros H.
  - rewrite log_1. simpl. split; [lra|ring].
  - apply andb_prop in H. destruct H as [H T]. apply andb_prop in H. destruct H as [Hp He].
    apply Z.ltb_lt in Hp. apply Z.leb_le in He. destruct (IH T) as [P V].
    fold (factors_product l). rewrite mult_IZR.
    assert (Q : 0 < IZR (p ^ e)) by (apply IZR_lt, Z.pow_pos_nonneg; assumption).
    split; [apply Rmult_lt_0_compat; assumption|].
    fold (logs_of sign l). rewrite value_add, V, log_mult, log_integer_power by assumption.
    cbn [value generator_value atom_value].
    rewrite val_0, !val_integer, mult_IZR, Rmult_0_l, Rplus_0_l. ring.
Qed.
Lemma log_by_ok top bottom c x : value (log_by top bottom c) x = log (Q2R c).
Proof.
  unfold log_by. destruct (_ && _) eqn:T.
  - apply andb_prop in T. destruct T as [T B]. apply andb_prop in T, B.
    destruct T as [T T'], B as [B B']. apply Z.eqb_eq in T', B'.
    destruct (logs_of_ok 1 _ x T) as [Pt Vt]. destruct (logs_of_ok (-1) _ x B) as [Pb Vb].
    rewrite T' in Pt, Vt. rewrite B' in Pb, Vb. rewrite value_add, Vt, Vb.
    unfold Q2R. rewrite log_mult, log_inverse by (try apply Rinv_0_lt_compat; assumption). ring.
  - rewrite value_single. cbn [generator_value atom_value].
    rewrite val_0, Rmult_0_l, Rplus_0_l. reflexivity.
Qed.
Lemma log_of_positive_ok c x : value (log_of_positive c) x = log (Q2R c).
Proof.
  unfold log_of_positive. cbv zeta. rewrite <- (val_reduced c). apply log_by_ok.
Qed.
Lemma log_of_rational_ok b x : value (log_of_rational b) x = log (Q2R b).
Proof.
  unfold log_of_rational. decide_less 0%Q b; rewrite val_0 in L.
  - apply log_of_positive_ok.
  - rewrite log_nonpositive by exact L. reflexivity.
Qed.
Lemma log_of_affine_ok a b x : 0 < Q2R a * x + Q2R b ->
  value (log_of_affine a b) x = log (Q2R a * x + Q2R b).
Proof.
  intros P. unfold log_of_affine. set (c := content a b). cbv zeta. decide_less 0%Q c.
  - rewrite val_0 in L. rewrite value_add, log_of_positive_ok, value_single.
    cbn [generator_value atom_value]. rewrite !val_divided by lra.
    assert (E : Q2R a * x + Q2R b = Q2R c * (Q2R a / Q2R c * x + Q2R b / Q2R c)) by (field; lra).
    assert (S : 0 < Q2R a / Q2R c * x + Q2R b / Q2R c) by (rewrite E in P; nra).
    rewrite E, log_mult by assumption. reflexivity.
  - rewrite value_single. reflexivity.
Qed.
Lemma rational_value_ok n z v : rational_value n z = Ok v -> Q2R v = atom_value n (Q2R z).
Proof.
  unfold rational_value. destruct (negb _); [discriminate|]. intros H. destruct n; try discriminate.
  - destruct (equal z 1) eqn:E; [|discriminate]. apply val_equal in E. inversion H.
    cbn [atom_value]. rewrite E, val_1, log_1. apply val_0.
  - cbv zeta in H. destruct (equal _ _) eqn:E; [|discriminate]. apply val_equal in E. inversion H.
    clear H. cbn [atom_value]. rewrite val_times, val_reduced in E. rewrite <- E, sqrt_square;
      [reflexivity|]. unfold Q2R. apply Rmult_le_pos.
    + apply IZR_le, Z.sqrt_nonneg.
    + apply Rlt_le, Rinv_0_lt_compat, IZR_lt. reflexivity.
Qed.
Lemma rational_value_defined n z v : rational_value n z = Ok v -> atom_defined n (Q2R z).
Proof.
  unfold rational_value. destruct (negb _) eqn:D; [discriminate|]. intros _.
  apply negb_false_iff in D. apply defined_at_ok, D.
Qed.
End Laws.
