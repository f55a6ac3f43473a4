(** * Piecewise polynomials over Q: a decision procedure for equality, sound and complete

    Breakpoints, and a polynomial on each half-open cell.  Two functions are
    compared by subtraction: on every cell of the common refinement the difference must be the
    zero polynomial.  A polynomial that vanishes on an interval has zero coefficients only, so
    the procedure misses no equality. *)
From Coq Require Import Reals QArith Qreals List Lra Lia Bool.
From KanEquiv Require Polynomials.
Import ListNotations.
Open Scope R_scope.

(** Rationals and their values. *)
Lemma Q2R_zero : Q2R 0 = 0. Proof. unfold Q2R; simpl; lra. Qed.
Definition Qltb (a b : Q) : bool := negb (Qle_bool b a).
Lemma Qeqb_iff a b : Qeq_bool a b = true <-> Q2R a = Q2R b.
Proof. rewrite Qeq_bool_iff. split; [apply Qeq_eqR|apply eqR_Qeq]. Qed.
Lemma Qltb_iff a b : Qltb a b = true <-> Q2R a < Q2R b.
Proof.
  unfold Qltb. rewrite negb_true_iff. split.
  - intros H. apply Qlt_Rlt, Qnot_le_lt. intros L. apply Qle_bool_iff in L. congruence.
  - intros H. apply Rlt_Qlt in H. apply not_true_iff_false. intros L.
    apply Qle_bool_iff in L. apply (Qlt_not_le _ _ H L).
Qed.

(** ** Polynomials *)
Definition poly := list Q.
Fixpoint peval (p : poly) (x : R) : R :=
  match p with [] => 0 | c :: p' => Q2R c + x * peval p' x end.
Lemma peval_over_R p x : peval p x = Polynomials.peval (map Q2R p) x.
Proof. induction p; simpl; congruence. Qed.

Fixpoint psub (p q : poly) : poly :=
  match p, q with
  | [], _ => map (Qminus 0%Q) q | _, [] => p
  | a :: p', b :: q' => Qminus a b :: psub p' q'
  end.
Definition pis_zero (p : poly) : bool := forallb (Qeq_bool 0%Q) p.

Lemma peval_opp q x : peval (map (Qminus 0%Q) q) x = - peval q x.
Proof.
  induction q as [|c q IH]; cbn [map peval]; [ring|]. rewrite Q2R_minus, Q2R_zero, IH; ring.
Qed.
Lemma peval_psub p q x : peval (psub p q) x = peval p x - peval q x.
Proof.
  revert q; induction p as [|a p IH]; intros [|b q].
  - simpl; ring.
  - unfold psub. rewrite peval_opp. simpl; ring.
  - simpl; ring.
  - cbn [psub peval]. rewrite Q2R_minus, IH; ring.
Qed.
Lemma pis_zero_ok p : pis_zero p = true -> forall x, peval p x = 0.
Proof.
  induction p as [|a p IH]; simpl; intros H x; auto.
  apply andb_prop in H; destruct H as [H1 H2].
  apply Qeqb_iff in H1. rewrite <- H1, Q2R_zero, IH by auto. ring.
Qed.
Lemma pis_zero_complete p a b : a < b -> (forall x, a < x < b -> peval p x = 0) -> pis_zero p = true.
Proof.
  intros Hab H. assert (Hz : Polynomials.all_zero (map Q2R p)).
  { apply Polynomials.zero_on_interval with a b; auto. intros; rewrite <- peval_over_R; auto. }
  clear H. induction p as [|c p IH]; simpl in *; auto. inversion Hz; subst.
  apply andb_true_intro; split; auto. apply Qeqb_iff. rewrite Q2R_zero; auto.
Qed.

(** ** Piecewise polynomials: first piece, then (knot, piece from the knot on). *)
Definition pieces := list (Q * poly).
Definition function := (poly * pieces)%type.
Fixpoint walk (p : poly) (l : pieces) (x : R) : R :=
  match l with
  | [] => peval p x
  | (t, q) :: l' => if Rlt_dec x (Q2R t) then peval p x else walk q l' x
  end.
Definition value (f : function) := walk (fst f) (snd f).

(** An operation, cell by cell of the common refinement. *)
Fixpoint zip (op : poly -> poly -> poly) (p : poly) (l1 : pieces) : poly -> pieces -> pieces :=
  fix aux (q : poly) (l2 : pieces) : pieces :=
    match l1 with
    | [] => map (fun tq => (fst tq, op p (snd tq))) l2
    | (t1, p') :: l1' =>
      match l2 with
      | [] => map (fun tp => (fst tp, op (snd tp) q)) l1
      | (t2, q') :: l2' =>
        if Qltb t1 t2 then (t1, op p' q) :: zip op p' l1' q l2
        else if Qltb t2 t1 then (t2, op p q') :: aux q' l2'
        else (t1, op p' q') :: zip op p' l1' q' l2'
      end
    end.
Lemma zip_cons op p t1 p' l1 q t2 q' l2 :
  zip op p ((t1, p') :: l1) q ((t2, q') :: l2) =
    if Qltb t1 t2 then (t1, op p' q) :: zip op p' l1 q ((t2, q') :: l2)
    else if Qltb t2 t1 then (t2, op p q') :: zip op p ((t1, p') :: l1) q' l2
    else (t1, op p' q') :: zip op p' l1 q' l2.
Proof. reflexivity. Qed.
Lemma zip_nil_l op p q l2 : zip op p [] q l2 = map (fun tq => (fst tq, op p (snd tq))) l2.
Proof. destruct l2; reflexivity. Qed.
Lemma zip_nil_r op p l1 q : zip op p l1 q [] = map (fun tp => (fst tp, op (snd tp) q)) l1.
Proof. destruct l1 as [|[? ?] ?]; reflexivity. Qed.

Lemma Qltb_false a b : Qltb a b = false -> Q2R b <= Q2R a.
Proof.
  intros H. destruct (Rle_or_lt (Q2R b) (Q2R a)); auto.
  apply Qltb_iff in H0. congruence.
Qed.

Section Zip.
Variable op : poly -> poly -> poly.
Variable rop : R -> R -> R.
Hypothesis op_ok : forall p q x, peval (op p q) x = rop (peval p x) (peval q x).

Lemma walk_map_l p q l x :
  walk (op p q) (map (fun tq => (fst tq, op p (snd tq))) l) x = rop (peval p x) (walk q l x).
Proof.
  revert q; induction l as [|[t q'] l IH]; simpl; intros q; auto.
  destruct (Rlt_dec x (Q2R t)); auto.
Qed.
Lemma walk_map_r p q l x :
  walk (op p q) (map (fun tp => (fst tp, op (snd tp) q)) l) x = rop (walk p l x) (peval q x).
Proof.
  revert p; induction l as [|[t p'] l IH]; simpl; intros p; auto.
  destruct (Rlt_dec x (Q2R t)); auto.
Qed.
Lemma zip_ok : forall l1 p q l2 x,
  walk (op p q) (zip op p l1 q l2) x = rop (walk p l1 x) (walk q l2 x).
Proof.
  induction l1 as [|[t1 p'] l1 IH1]; intros p q l2 x.
  - rewrite zip_nil_l. apply walk_map_l.
  - revert q; induction l2 as [|[t2 q'] l2 IH2]; intros q.
    + rewrite zip_nil_r. apply (walk_map_r p q ((t1,p')::l1)).
    + rewrite zip_cons. destruct (Qltb t1 t2) eqn:E1; [|destruct (Qltb t2 t1) eqn:E2].
      * apply Qltb_iff in E1. cbn [walk]. destruct (Rlt_dec x (Q2R t1)).
        -- destruct (Rlt_dec x (Q2R t2)); [auto|lra].
        -- rewrite IH1. cbn [walk]. auto.
      * apply Qltb_iff in E2. cbn [walk]. destruct (Rlt_dec x (Q2R t2)).
        -- destruct (Rlt_dec x (Q2R t1)); [auto|lra].
        -- rewrite IH2. cbn [walk]. auto.
      * apply Qltb_false in E1; apply Qltb_false in E2. cbn [walk].
        replace (Q2R t2) with (Q2R t1) by lra.
        destruct (Rlt_dec x (Q2R t1)); auto.
Qed.

(** Strictly increasing breakpoints, all above a bound. *)
Definition above (lo : option R) (x : R) := match lo with None => True | Some t => t < x end.
Fixpoint strictly_above (lo : option R) (l : pieces) : Prop :=
  match l with [] => True | (t, _) :: l' => above lo (Q2R t) /\ strictly_above (Some (Q2R t)) l' end.
Lemma strictly_above_map (f : Q * poly -> poly) l : forall lo, strictly_above lo l ->
  strictly_above lo (map (fun tq => (fst tq, f tq)) l).
Proof. induction l as [|[t q] l IH]; simpl; intros; intuition. Qed.
Lemma zip_sorted : forall l1 lo p q l2, strictly_above lo l1 -> strictly_above lo l2 ->
  strictly_above lo (zip op p l1 q l2).
Proof.
  induction l1 as [|[t1 p'] l1 IH1]; intros lo p q l2 H1 H2.
  - rewrite zip_nil_l. apply strictly_above_map; auto.
  - revert lo q H1 H2; induction l2 as [|[t2 q'] l2 IH2]; intros lo q H1 H2.
    + rewrite zip_nil_r. apply (strictly_above_map (fun tp => op (snd tp) q)); auto.
    + rewrite zip_cons. destruct (Qltb t1 t2) eqn:E1; [|destruct (Qltb t2 t1) eqn:E2].
      * apply Qltb_iff in E1. simpl in *. split; [tauto|]. apply IH1; simpl; tauto.
      * apply Qltb_iff in E2. split; [simpl in *; tauto|]. apply IH2; simpl in *; tauto.
      * apply Qltb_false in E1; apply Qltb_false in E2. assert (E : Q2R t2 = Q2R t1) by lra.
        simpl in *. rewrite E in *. split; [tauto|]. apply IH1; tauto.
Qed.
End Zip.

Definition difference (f g : function) : function := (psub (fst f) (fst g), zip psub (fst f) (snd f) (fst g) (snd g)).
Lemma difference_ok f g x : value (difference f g) x = value f x - value g x.
Proof. apply (zip_ok psub Rminus peval_psub). Qed.
(** ** The decision procedure *)
Definition is_zero (f : function) : bool := pis_zero (fst f) && forallb (fun tq => pis_zero (snd tq)) (snd f).
Definition equalb (f g : function) : bool := is_zero (difference f g).
Definition increasing (f : function) : Prop := strictly_above None (snd f).

Lemma is_zero_ok f : is_zero f = true -> forall x, value f x = 0.
Proof.
  destruct f as [p l]; unfold is_zero, value; simpl. revert p.
  induction l as [|[t q] l IH]; simpl; intros p H x; apply andb_prop in H; destruct H as [H1 H2].
  - apply pis_zero_ok; auto.
  - destruct (Rlt_dec x (Q2R t)); [apply pis_zero_ok; auto|]. apply IH; auto.
Qed.
Lemma is_zero_complete p l : forall lo, strictly_above lo l ->
  (forall x, above lo x -> walk p l x = 0) -> is_zero (p, l) = true.
Proof.
  revert p; induction l as [|[t q] l IH]; intros p lo Hs H; unfold is_zero; simpl in *.
  - rewrite andb_true_r. destruct lo as [u|]; simpl in *.
    + apply pis_zero_complete with u (u+1); [lra|]. intros; apply H; lra.
    + apply pis_zero_complete with 0 1; [lra|]. intros; apply H; auto.
  - destruct Hs as [H1 H2]. apply andb_true_intro; split.
    + destruct lo as [u|]; simpl in *.
      * apply pis_zero_complete with u (Q2R t); auto. intros x Hx. specialize (H x).
        destruct (Rlt_dec x (Q2R t)); [apply H; lra|lra].
      * apply pis_zero_complete with (Q2R t - 1) (Q2R t); [lra|]. intros x Hx. specialize (H x).
        destruct (Rlt_dec x (Q2R t)); [apply H; auto|lra].
    + apply (IH q (Some (Q2R t))); auto. simpl. intros x Hx. specialize (H x).
      destruct (Rlt_dec x (Q2R t)); [lra|]. apply H. destruct lo; simpl in *; auto; lra.
Qed.

Theorem equalb_sound : forall f g, equalb f g = true -> forall x, value f x = value g x.
Proof.
  intros f g H x. pose proof (is_zero_ok _ H x) as E. rewrite difference_ok in E. lra.
Qed.
Theorem equalb_complete : forall f g, increasing f -> increasing g ->
  (forall x, value f x = value g x) -> equalb f g = true.
Proof.
  intros f g Hf Hg H. apply (is_zero_complete _ _ None).
  - apply zip_sorted; auto.
  - intros x _. change (value (difference f g) x = 0). rewrite difference_ok, H. ring.
Qed.
Theorem equalb_iff : forall f g, increasing f -> increasing g ->
  (equalb f g = true <-> forall x, value f x = value g x).
Proof. split; [apply equalb_sound|apply equalb_complete; auto]. Qed.
