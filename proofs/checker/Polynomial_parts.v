(** * Polynomials in several inputs: what powers of different directions have in common

    Powers of different directions are not independent: z^2 of x + y, x - y, x and y are not.
    Where the non-polynomial parts of a sum vanish, what is left is multiplied out. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions Calculus Networks Sums.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Definition monomial := list Z. (* inputs, with multiplicity *)
Definition multivariate := list (monomial * Q).
Fixpoint monomial_value (m : monomial) (xs : list R) : R :=
  match m with [] => 1 | i :: m' => nth (Z.to_nat i) xs 0 * monomial_value m' xs end.
Fixpoint multivariate_value (p : multivariate) (xs : list R) : R :=
  match p with [] => 0 | (m, q) :: p' => Q2R q * monomial_value m xs + multivariate_value p' xs end.

Fixpoint monomial_compare (m n : monomial) : comparison :=
  match m, n with
  | [], [] => Eq | [], _ => Lt | _, [] => Gt
  | i :: m', j :: n' => then_compare (Z.compare i j) (monomial_compare m' n')
  end.
Fixpoint monomial_times (i : Z) (m : monomial) : monomial :=
  match m with [] => [i] | j :: m' => if Z.leb i j then i :: m else j :: monomial_times i m' end.
Fixpoint multivariate_add (p : multivariate) : multivariate -> multivariate :=
  fix add_p (r : multivariate) : multivariate :=
    match p, r with
    | [], _ => r
    | _, [] => p
    | (m, a) :: p', (n, b) :: r' =>
      match monomial_compare m n with
      | Lt => (m, a) :: multivariate_add p' r
      | Gt => (n, b) :: add_p r'
      | Eq => let c := plus a b in
              if is_zero c then multivariate_add p' r' else (m, c) :: multivariate_add p' r'
      end
    end.
(** Times c x_i; the products of one variable are merged one by one, as the order may change. *)
Definition times_variable (i : Z) (c : Z) (p : multivariate) : multivariate :=
  fold_right (fun mq acc =>
    multivariate_add [(monomial_times i (fst mq), times (inject_Z c) (snd mq))] acc) [] p.
(** The sum of many, neighbours first: one after the other would take the square of the time. *)
Fixpoint pairs_added (ps : list multivariate) : list multivariate :=
  match ps with
  | p :: r :: ps' => multivariate_add p r :: pairs_added ps'
  | _ => ps
  end.
Fixpoint added (rounds : nat) (ps : list multivariate) : multivariate :=
  match rounds, ps with
  | S k, _ :: _ :: _ => added k (pairs_added ps)
  | _, _ => fold_right multivariate_add [] ps
  end.
Definition times_direction (d : direction) (p : multivariate) : multivariate :=
  added 24 (map (fun ic => times_variable (fst ic) (snd ic) p) d).
Fixpoint direction_power (d : direction) (k : nat) : multivariate :=
  match k with O => [([], 1%Q)] | S j => times_direction d (direction_power d j) end.
(** How many products direction_power takes: refused beyond a limit, for time only. *)
Definition limit : Z := 1000000.
Definition work (d : direction) (k : nat) : Z := Z.pow (Z.of_nat (length d)) (Z.of_nat k).

Fixpoint polynomial_part (d : direction) (f : function) : result multivariate :=
  match f with
  | [] => Ok []
  | (g, c) :: f' =>
      let? rest := polynomial_part d f' in
      if is_zero c then Ok rest else
      match g with
      | Pow k =>
          if Z.leb (work d k) limit then
            Ok (multivariate_add
                  (map (fun mq => (fst mq, times c (snd mq))) (direction_power d k)) rest)
          else Unsupported "powers of long directions"
      | _ => Invalid "the sides differ by a function that is no polynomial"
      end
  end.
Definition polynomial_parts (s : sum) : result multivariate :=
  let? ps := map_result (fun df => polynomial_part (fst df) (snd df)) s in Ok (added 24 ps).
Definition zero_multivariate (p : multivariate) : bool := forallb (fun mq => is_zero (snd mq)) p.
(** Constants go to the direction [], where equal constant atoms cancel. *)
Definition vanishes (s : sum) : result unit :=
  if forallb (fun df => all_zero (snd df)) s then Ok tt else
  let? p := polynomial_parts (([], constants s) :: nonconstants s) in
  need (zero_multivariate p) "the sides differ by a polynomial".

Lemma monomial_compare_eq m : forall n, monomial_compare m n = Eq -> m = n.
Proof.
  induction m as [|i m IH]; intros [|j n] H; simpl in H; try discriminate; [reflexivity|].
  apply then_compare_eq in H. destruct H as [H1 H2]. apply Z.compare_eq in H1. apply IH in H2.
  congruence.
Qed.
Lemma monomial_times_ok i m xs :
  monomial_value (monomial_times i m) xs = nth (Z.to_nat i) xs 0 * monomial_value m xs.
Proof.
  induction m as [|j m IH]; simpl; [ring|]. destruct (Z.leb i j); simpl; [ring|].
  rewrite IH. ring.
Qed.
Lemma multivariate_add_cons m a p n b r :
  multivariate_add ((m, a) :: p) ((n, b) :: r) =
  match monomial_compare m n with
  | Lt => (m, a) :: multivariate_add p ((n, b) :: r)
  | Gt => (n, b) :: multivariate_add ((m, a) :: p) r
  | Eq => let c := plus a b in
          if is_zero c then multivariate_add p r else (m, c) :: multivariate_add p r
  end.
Proof. reflexivity. Qed.
Lemma multivariate_value_add p r xs :
  multivariate_value (multivariate_add p r) xs = multivariate_value p xs + multivariate_value r xs.
Proof.
  revert r; induction p as [|[m a] p IHp]; intros r.
  - destruct r; simpl; ring.
  - induction r as [|[n b] r IHr]; [simpl; ring|]. rewrite multivariate_add_cons.
    destruct (monomial_compare m n) eqn:E.
    + apply monomial_compare_eq in E. subst n. cbv zeta. destruct (is_zero (plus a b)) eqn:Z.
      * apply val_is_zero in Z. rewrite val_plus in Z. rewrite IHp. cbn [multivariate_value].
        replace (Q2R b) with (- Q2R a) by lra. ring.
      * cbn [multivariate_value]. rewrite IHp, val_plus. ring.
    + cbn [multivariate_value]. rewrite IHp. cbn [multivariate_value]. ring.
    + cbn [multivariate_value]. rewrite IHr. cbn [multivariate_value]. ring.
Qed.
Definition total (ps : list multivariate) (xs : list R) : R :=
  fold_right (fun p y => multivariate_value p xs + y) 0 ps.
Lemma pairs_added_ok ps xs : total (pairs_added ps) xs = total ps xs.
Proof.
  enough (H : forall n ps, (length ps <= n)%nat -> total (pairs_added ps) xs = total ps xs)
    by (apply (H (length ps)); lia).
  clear ps. induction n as [|n IH]; intros [|p [|r ps]] L; simpl in L; try lia; try reflexivity.
  unfold total in *. cbn [pairs_added fold_right]. rewrite IH, multivariate_value_add by lia. ring.
Qed.
Lemma added_ok rounds xs : forall ps, multivariate_value (added rounds ps) xs = total ps xs.
Proof.
  assert (Z : forall ps, multivariate_value (fold_right multivariate_add [] ps) xs = total ps xs).
  { induction ps as [|p ps IH]; simpl; [reflexivity|]. rewrite multivariate_value_add, IH. reflexivity. }
  induction rounds as [|k IH]; intros [|p [|r ps]]; cbn [added]; auto.
  rewrite IH. apply pairs_added_ok.
Qed.
Lemma times_variable_ok i c p xs : multivariate_value (times_variable i c p) xs
  = IZR c * nth (Z.to_nat i) xs 0 * multivariate_value p xs.
Proof.
  unfold times_variable. induction p as [|[m q] p IH]; [simpl; ring|]. cbn [fold_right].
  rewrite multivariate_value_add, IH. cbn [multivariate_value fst snd].
  rewrite monomial_times_ok, val_times, val_inject_Z. ring.
Qed.
Lemma times_direction_ok d p xs : multivariate_value (times_direction d p) xs
  = direction_value d xs * multivariate_value p xs.
Proof.
  unfold times_direction. rewrite added_ok.
  induction d as [|[i c] d IH]; simpl; [ring|]. rewrite IH, times_variable_ok. ring.
Qed.
Lemma direction_power_ok d k xs :
  multivariate_value (direction_power d k) xs = direction_value d xs ^ k.
Proof.
  induction k as [|k IH]; cbn [direction_power]; [simpl; rewrite val_1; ring|].
  rewrite times_direction_ok, IH. reflexivity.
Qed.
Lemma multivariate_scale_ok c p xs :
  multivariate_value (map (fun mq => (fst mq, times c (snd mq))) p) xs
  = Q2R c * multivariate_value p xs.
Proof. induction p as [|[m q] p IH]; simpl; [ring|]. rewrite IH, val_times. ring. Qed.

Section Vanishes.
Context {N : Normal_distribution}.
Lemma polynomial_part_ok d f xs : forall p, polynomial_part d f = Ok p ->
  value f (direction_value d xs) = multivariate_value p xs.
Proof.
  induction f as [|[g c] f IH]; simpl; intros p H; [inversion H; reflexivity|].
  unbind H. specialize (IH _ E). destruct (is_zero c) eqn:Z.
  - apply val_is_zero in Z. inversion H; subst. rewrite Z, IH. ring.
  - destruct g; try discriminate. destruct (Z.leb _ _); [|discriminate]. inversion H.
    rewrite multivariate_value_add, multivariate_scale_ok, direction_power_ok, IH. reflexivity.
Qed.
Lemma polynomial_parts_ok s xs p : polynomial_parts s = Ok p ->
  sum_value s xs = multivariate_value p xs.
Proof.
  unfold polynomial_parts. intros H. unbind H. replace p with (added 24 a) by congruence. rewrite added_ok. clear - E. revert a E.
  induction s as [|[d f] s IH]; simpl; intros ps E; [inversion E; reflexivity|].
  unbind E. inversion E. simpl. rewrite (polynomial_part_ok _ _ xs _ E0), (IH _ E1). reflexivity.
Qed.
Theorem vanishes_ok s u xs : vanishes s = Ok u -> sum_value s xs = 0.
Proof.
  unfold vanishes. destruct (forallb _ s) eqn:F; intros H.
  - clear H. induction s as [|[d f] s IH]; simpl in *; [reflexivity|].
    apply andb_prop in F. destruct F as [F1 F2]. rewrite (all_zero_ok _ _ F1), IH by auto. ring.
  - unbind H. apply need_ok in H. pose proof (polynomial_parts_ok _ xs _ E) as P.
    cbn [sum_value direction_value] in P. rewrite (constants_ok s xs 0), P. clear - H.
    induction a as [|[m q] p IH]; simpl in *; [reflexivity|].
    apply andb_prop in H. destruct H as [H1 H2]. apply val_is_zero in H1. rewrite H1, IH by auto. ring.
Qed.
End Vanishes.
