(** * Numbers that are known exactly or to lie in an interval

    An interval is one over 2^bits.  Sums and products of exact numbers stay exact; values of
    generators too, but for atoms, so that a value at a breakpoint counts. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu.
From KanCheck Require Import Rational Result Functions Calculus Enclosures.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Inductive number := Exactly (q : Q) | Between (i : interval).

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
Fixpoint polynomial_on (q : list Q) (i : interval) : interval :=
  match q with
  | [] => (0, 0)%Z
  | c :: q' => summed (outward one c) (divide (product i (polynomial_on q' i)) one)
  end.
(** x^j / q(x)^k, where it is seen that q has no root. *)
Definition ratio_on (q : list Q) (k j : nat) (i : interval) : result interval :=
  let d := polynomial_on q i in
  if Z.ltb 0 (fst d) then quotient one (power_on i j) (power_on d k)
  else if Z.ltb (snd d) 0 then
    let? r := quotient one (power_on i j) (power_on (negated d) k) in
    Ok (if Nat.even k then r else negated r)
  else Unsupported too_wide.
(** That, right of t only. *)
Definition right_ratio_on (q : list Q) (k : nat) (t : option Q) (j : nat) (i : interval)
  : result interval :=
  match t with
  | None => ratio_on q k j i
  | Some s =>
    let e := outward one s in
    if Z.ltb (snd i) (fst e) then Ok (0, 0)%Z
    else
      let? r := ratio_on q k j (Z.max (fst i) (fst e), snd i) in
      Ok (if Z.leb (snd e) (fst i) then r else (Z.min 0 (fst r), Z.max 0 (snd r)))
  end.
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
  | Between i, Ratio q k t j => let? r := right_ratio_on q k t j i in Ok (Between r)
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
Lemma polynomial_on_ok q i x : encloses one i x -> encloses one (polynomial_on q i) (polynomial q x).
Proof.
  intros H. induction q as [|c q IH]; simpl.
  - unfold encloses, holds. simpl. lra.
  - apply summed_over; [apply outward_ok|]. apply product_over; auto.
Qed.
Lemma power_of_opposite y k : (- y) ^ k = if Nat.even k then y ^ k else - y ^ k.
Proof.
  induction k as [|k IH]; [reflexivity|]. rewrite Nat.even_succ, <- Nat.negb_even. cbn [pow].
  rewrite IH. destruct (Nat.even k); simpl; ring.
Qed.
Lemma ratio_on_ok q k j i r x : ratio_on q k j i = Ok r -> encloses one i x ->
  encloses one r (x ^ j / polynomial q x ^ k).
Proof.
  intros H X. pose proof (polynomial_on_ok q i x X) as D. pose proof (power_on_ok i j x X) as T.
  unfold ratio_on in H. cbv zeta in H. destruct (Z.ltb 0 _).
  - apply (quotient_over _ one_pos _ _ _ _ _ H T). apply power_on_ok, D.
  - destruct (Z.ltb (snd _) 0); [|discriminate]. unbind H. apply negated_over, (power_on_ok _ k) in D.
    apply (quotient_over _ one_pos _ _ _ _ _ E T) in D. rewrite power_of_opposite in D.
    ok_value H. destruct (Nat.even k); [exact D|]. apply negated_over in D.
    replace (x ^ j / polynomial q x ^ k) with (- (x ^ j / - polynomial q x ^ k)); [exact D|].
    unfold Rdiv. rewrite Rinv_opp. ring.
Qed.
Lemma right_ratio_on_ok q k t j i r x : right_ratio_on q k t j i = Ok r -> encloses one i x ->
  encloses one r (right_part t x (x ^ j / polynomial q x ^ k)).
Proof.
  pose proof (one_positive _ one_pos) as P. intros H X. destruct t as [s|]; [|apply (ratio_on_ok _ _ _ _ _ _ H X)].
  cbn [right_ratio_on right_part] in *. cbv zeta in H.
  destruct (outward_ok one s) as [Lo Up]. set (e := outward one s) in *. destruct X as [L U].
  destruct (Z.ltb_spec (snd i) (fst e)) as [B|B].
  - ok_value H. apply IZR_lt in B. destruct (Rlt_dec x (Q2R s)); [|exfalso; nra].
    unfold encloses, holds. simpl. lra.
  - unbind H. ok_value H. clear H B. destruct (Rlt_dec x (Q2R s)) as [A|A].
    + destruct (Z.leb_spec (snd e) (fst i)) as [C|C]; [apply IZR_le in C; exfalso; nra|].
      unfold encloses, holds. cbn [fst snd]. rewrite Rmult_0_l. split; apply IZR_le; lia.
    + assert (X : encloses one (Z.max (fst i) (fst e), snd i) x).
      { unfold encloses, holds. cbn [fst snd]. split; [|exact U].
        destruct (Z.max_spec (fst i) (fst e)) as [[_ ->]|[_ ->]]; [nra|exact L]. }
      apply (ratio_on_ok _ _ _ _ _ _ E) in X. destruct (Z.leb (snd e) (fst i)); [exact X|].
      destruct X as [L' U']. unfold encloses, holds. cbn [fst snd].
      split; [eapply Rle_trans; [|exact L']|eapply Rle_trans; [exact U'|]]; apply IZR_le; lia.
Qed.
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
  - destruct g as [k|t k|t|n a b|p k t j]; cbn [generator_on] in H.
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
    + unbind H. ok_value H. apply (right_ratio_on_ok _ _ _ _ _ _ _ E0 E).
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
End Over.
