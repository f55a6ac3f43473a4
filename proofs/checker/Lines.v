(** * Continuous piecewise linear functions by their lines

    A basis of such functions is a list of breakpoints with a line for each function between two of
    them.  Slopes and offsets are integers over one denominator.  [covers] says on which closed
    interval a list of lines holds. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu.
From KanCheck Require Import Rational Result Functions Calculus Bases Networks.
Import ListNotations.
Open Scope list_scope.
Open Scope Z_scope.

(** q E as an integer. *)
Definition whole (e : Z) (q : Q) : result Z :=
  let z := Qnum q * (e / Zpos (Qden q)) in
  let? _ := need (Z.eqb (z * Zpos (Qden q)) (Qnum q * e)) "a common denominator" in
  Ok z.

(** Slope and offset of a function on a closed interval. *)
Definition line_on (lo hi : end_) (g : generator) : result (Q * Q) :=
  match g with
  | Pow 0 => Ok (0, 1)%Q
  | Pow 1 => Ok (1, 0)%Q
  | Step t 1 =>
      if right_of_cell hi t then Ok (0, 0)%Q
      else if left_of_cell lo t then Ok (1%Q, opposite t)
      else Invalid "unreachable"
  | _ => Invalid "a function is not continuous and piecewise linear"
  end.
Fixpoint line_of_sum (lo hi : end_) (f : function) : result (Q * Q) :=
  match f with
  | [] => Ok (0, 0)%Q
  | (g, c) :: f' =>
      let? (a, b) := line_on lo hi g in let? (a', b') := line_of_sum lo hi f' in
      Ok (plus (times c a) a', plus (times c b) b')
  end.
Definition lines := list (Z * Z).
(** The lines up to the first breakpoint, then each breakpoint with the lines after it. *)
Definition unit_ := (lines * list (Q * lines))%type.
Fixpoint rational_pieces (fs : list function) (lo : end_) (cuts : list Q)
  : result (list (Q * Q) * list (Q * list (Q * Q))) :=
  match cuts with
  | [] => let? l := map_result (line_of_sum lo None) fs in Ok (l, [])
  | t :: cuts' =>
      let? l := map_result (line_of_sum lo (Some t)) fs in
      let? (m, rest) := rational_pieces fs (Some t) cuts' in
      Ok (l, (t, m) :: rest)
  end.
Definition whole_lines (e : Z) (l : list (Q * Q)) : result lines :=
  map_result (fun ab => let? a := whole e (fst ab) in let? b := whole e (snd ab) in Ok (a, b)) l.
Definition whole_unit (e : Z) (u : list (Q * Q) * list (Q * list (Q * Q))) : result unit_ :=
  let? l := whole_lines e (fst u) in
  let? rest := map_result (fun tl => let? m := whole_lines e (snd tl) in Ok (fst tl, m)) (snd u) in
  Ok (l, rest).
Definition rationals_of (l : list (Q * Q)) : list Q := flat_map (fun ab => [fst ab; snd ab]) l.
(** No more than [budget] numbers: for time only. *)
Definition pieces_of (budget : Z) (b : basis)
  : result (list (Q * Q) * list (Q * list (Q * Q))) :=
  let? fs := functions b in
  let cuts := fold_right (fun f ts => fold_right insert ts (breakpoints f)) [] fs in
  let? _ := need (Z.leb (32 * (Z.of_nat (length fs) * (1 + Z.of_nat (length cuts)))) budget)
    "too large" in
  rational_pieces fs None cuts.

(** ** Soundness *)
Open Scope R_scope.
Lemma whole_ok e q z : whole e q = Ok z -> IZR z = Q2R q * IZR e.
Proof.
  unfold whole. intros H. unbind H. apply need_ok, Z.eqb_eq in E. inversion H; subst z.
  apply (f_equal IZR) in E. rewrite !mult_IZR in E. unfold Q2R.
  assert (IZR (Zpos (Qden q)) <> 0) by (apply not_0_IZR; discriminate).
  rewrite mult_IZR. apply Rmult_eq_reg_r with (IZR (Zpos (Qden q))); auto. rewrite E. field. auto.
Qed.
Lemma IZR_pos z : (0 < z)%Z -> 0 < IZR z.
Proof. apply IZR_lt. Qed.

Section Lines.
Context {N : Normal_distribution}.
Lemma line_on_ok lo hi g a b x : at_or_above lo x -> at_or_below hi x ->
  line_on lo hi g = Ok (a, b) -> generator_value g x = Q2R a * x + Q2R b.
Proof.
  intros Hlo Hhi H. destruct g as [[|[|k]]|t [|[|k]]|t|n c d|q k t j]; simpl in H; try discriminate.
  - inversion H. simpl. rewrite val_0, val_1. ring.
  - inversion H. simpl. rewrite val_0, val_1. ring.
  - cbn [generator_value]. destruct (right_of_cell hi t) eqn:Rc.
    + destruct hi as [u|]; [|discriminate]. apply negb_true_iff, val_not_less in Rc. simpl in Hhi.
      inversion H. rewrite val_0. destruct (Req_dec x (Q2R t)) as [->|].
      * rewrite step_power_pos by lra. simpl. ring.
      * rewrite step_power_neg by lra. ring.
    + destruct (left_of_cell lo t) eqn:Lc; [|discriminate]. destruct lo as [u|]; [|discriminate].
      apply negb_true_iff, val_not_less in Lc. simpl in Hlo. inversion H.
      rewrite step_power_pos by lra. rewrite val_1, val_opposite. simpl. ring.
Qed.
Lemma line_of_sum_ok lo hi f x : at_or_above lo x -> at_or_below hi x -> forall a b,
  line_of_sum lo hi f = Ok (a, b) -> value f x = Q2R a * x + Q2R b.
Proof.
  intros Hlo Hhi. induction f as [|[g c] f IH]; simpl; intros a b H.
  - inversion H. rewrite val_0. ring.
  - unbind H. destruct a0 as [a1 b1]. unbind H. destruct a0 as [a2 b2]. inversion H; subst.
    rewrite (line_on_ok _ _ _ _ _ x Hlo Hhi E), (IH _ _ E0), !val_plus, !val_times. ring.
Qed.
End Lines.

(** On the closed interval between two breakpoints g is what the lines there say. *)
Fixpoint covers {L} (at_ : L -> R -> list R) (g : R -> list R) (lo : end_) (l : L)
  (rest : list (Q * L)) : Prop :=
  match rest with
  | [] => forall x, at_or_above lo x -> g x = at_ l x
  | (t, next) :: rest' =>
      (forall x, at_or_above lo x -> x <= Q2R t -> g x = at_ l x) /\ covers at_ g (Some t) next rest'
  end.
Definition rational_at (l : list (Q * Q)) (x : R) : list R :=
  map (fun ab => Q2R (fst ab) * x + Q2R (snd ab)) l.
Definition whole_at (e : Z) (l : lines) (x : R) : list R :=
  map (fun so => (IZR (fst so) * x + IZR (snd so)) / IZR e) l.
Lemma rational_pieces_ok {N : Normal_distribution} fs cuts : forall lo l rest,
  rational_pieces fs lo cuts = Ok (l, rest) ->
  covers rational_at (fun x => map (fun f => value f x) fs) lo l rest.
Proof.
  assert (P : forall lo hi l x, map_result (line_of_sum lo hi) fs = Ok l ->
    at_or_above lo x -> at_or_below hi x -> map (fun f => value f x) fs = rational_at l x).
  { intros lo hi l x H Hlo Hhi. symmetry. revert H. apply map_result_ok. intros f [a b] _ E.
    symmetry. apply (line_of_sum_ok lo hi); auto. }
  induction cuts as [|t cuts IH]; intros lo l rest H; cbn [rational_pieces] in H; unbind H.
  - inversion H; subst. intros x Hx. apply (P lo None); simpl; auto.
  - destruct a0 as [m rest']. inversion H; subst. split; [|apply IH; auto].
    intros x Hx Ht. apply (P lo (Some t)); auto.
Qed.
Lemma whole_lines_ok e l l' x : (0 < e)%Z -> whole_lines e l = Ok l' -> whole_at e l' x = rational_at l x.
Proof.
  intros He. apply IZR_pos in He. apply map_result_ok. intros [a b] so _ H. unbind H. inversion H.
  simpl. rewrite (whole_ok _ _ _ E), (whole_ok _ _ _ E0). simpl. field. lra.
Qed.
Lemma whole_unit_ok e g u u' : (0 < e)%Z -> whole_unit e u = Ok u' -> forall lo,
  covers rational_at g lo (fst u) (snd u) -> covers (whole_at e) g lo (fst u') (snd u').
Proof.
  intros He H. unfold whole_unit in H. unbind H. inversion H; subst u'. destruct u as [l rest].
  cbn [fst snd] in *. clear H. revert l a a0 E E0.
  induction rest as [|[t m] rest IH]; intros l l' rest' E E0 lo C; cbn [map_result] in E0.
  - inversion E0. intros x Hx. rewrite (whole_lines_ok _ _ _ _ He E). apply C, Hx.
  - unbind E0. inversion E0; subst. cbn beta in E1. unbind E1. inversion E1; subst.
    cbn [fst snd] in *.
    destruct C as [C1 C2]. split.
    + intros x Hx Ht. rewrite (whole_lines_ok _ _ _ _ He E). auto.
    + apply (IH m); auto.
Qed.

Lemma pieces_of_ok {N : Normal_distribution} budget b u : pieces_of budget b = Ok u ->
  covers rational_at (basis_values b) None (fst u) (snd u).
Proof.
  unfold pieces_of. intros H. unbind H. destruct u as [l rest].
  apply rational_pieces_ok in H.
  assert (V : forall x, map (fun f => value f x) a = basis_values b x)
    by (intros; apply functions_ok; auto).
  clear E. revert H. cbn [fst snd]. generalize (None : end_) as lo.
  revert l. induction rest as [|[t m] rest IH]; intros l lo; cbn [covers].
  - intros C x Hx. rewrite <- V. auto.
  - intros [C1 C2]. split; [|apply IH; auto]. intros x Hx Ht. rewrite <- V. auto.
Qed.
