(** * The canonical form of a piecewise polynomial over Q

    No coefficient too many, no breakpoint where nothing changes, reduced fractions.  It is the same
    function, and two functions are equal exactly if their canonical forms are the same term.

    Source: a polynomial is determined by its values on an interval; Schumaker, Spline Functions:
    Basic Theory (2007), section 4.2. *)
From Coq Require Import Reals QArith Qreals List Lra Bool.
From KanEquiv Require Import PiecewisePolynomials.
Import ListNotations.
Open Scope R_scope.

Fixpoint trim (p : poly) : poly :=
  match p with
  | [] => []
  | c :: p' => match trim p' with
               | [] => if Qeq_bool 0 c then [] else [Qred c]
               | q => Qred c :: q
               end
  end.
Definition same_poly (p q : poly) : {p = q} + {p <> q}.
Proof. repeat decide equality. Defined.
Fixpoint merge (p : poly) (l : pieces) : pieces :=
  match l with
  | [] => []
  | (t, q) :: l' => if same_poly (trim q) p then merge p l' else (Qred t, trim q) :: merge (trim q) l'
  end.
Definition canonical (f : function) : function := (trim (fst f), merge (trim (fst f)) (snd f)).

Lemma Q2R_Qred q : Q2R (Qred q) = Q2R q.
Proof. apply Qeq_eqR, Qred_correct. Qed.
Lemma trim_value p x : peval (trim p) x = peval p x.
Proof.
  induction p as [|c p IH]; [reflexivity|]. cbn [trim peval]. rewrite <- IH.
  destruct (trim p); [|cbn [peval]; rewrite Q2R_Qred; reflexivity].
  destruct (Qeq_bool 0 c) eqn:E; cbn [peval]; [|rewrite Q2R_Qred; reflexivity].
  apply Qeqb_iff in E. rewrite <- E, Q2R_zero. ring.
Qed.
Lemma Qred_same a b : Q2R a = Q2R b -> Qred a = Qred b.
Proof. intros H. apply Qred_complete, eqR_Qeq, H. Qed.
Lemma trim_zero p : pis_zero p = true -> trim p = [].
Proof.
  induction p as [|c p IH]; simpl; intros H; [reflexivity|]. apply andb_prop in H as [H1 H2].
  rewrite IH, H1 by assumption. reflexivity.
Qed.
Lemma trim_same p : forall q, pis_zero (psub p q) = true -> trim p = trim q.
Proof.
  induction p as [|a p IH]; intros [|b q] H; try reflexivity.
  - symmetry. apply trim_zero. revert H. generalize (b :: q). clear. intros l H.
    induction l as [|c l IH]; [reflexivity|]. simpl in *. apply andb_prop in H as [H1 H2].
    rewrite IH by assumption. rewrite andb_true_r. apply Qeqb_iff in H1. apply Qeqb_iff.
    rewrite Q2R_minus in H1. lra.
  - apply trim_zero, H.
  - simpl in *. apply andb_prop in H as [H1 H2]. rewrite (IH q H2).
    apply Qeqb_iff in H1. rewrite Q2R_minus, Q2R_zero in H1.
    rewrite (Qred_same a b) by lra.
    replace (Qeq_bool 0 a) with (Qeq_bool 0 b); [reflexivity|]. apply eq_true_iff_eq.
    rewrite !Qeqb_iff, Q2R_zero. split; lra.
Qed.
Lemma trim_unique p q a b : a < b -> (forall x, a < x < b -> peval p x = peval q x) -> trim p = trim q.
Proof.
  intros Hab H. apply trim_same, (pis_zero_complete _ a b Hab). intros x Hx.
  rewrite peval_psub, H by assumption. ring.
Qed.
Lemma trim_trim p : trim (trim p) = trim p.
Proof. apply (trim_unique _ _ 0 1); [lra|]. intros; apply trim_value. Qed.

Lemma walk_left l : forall t p x, strictly_above (Some t) l -> x <= t -> walk p l x = peval p x.
Proof.
  destruct l as [|[u q] l]; intros t p x H Hx; [reflexivity|]. simpl in *.
  destruct (Rlt_dec x (Q2R u)); [reflexivity|lra].
Qed.
Lemma merge_value l : forall lo p x, strictly_above lo l -> walk (trim p) (merge (trim p) l) x = walk p l x.
Proof.
  induction l as [|[t q] l IH]; intros lo p x H; [apply trim_value|]. destruct H as [_ H].
  cbn [merge walk]. destruct (same_poly (trim q) (trim p)) as [E|N].
  - rewrite <- E, (IH (Some (Q2R t)) q x H). destruct (Rlt_dec x (Q2R t)); [|reflexivity].
    rewrite (walk_left l (Q2R t)) by (auto; lra). rewrite <- (trim_value q), E. apply trim_value.
  - cbn [walk]. rewrite Q2R_Qred, (IH (Some (Q2R t)) q x H), trim_value. reflexivity.
Qed.
Theorem canonical_value : forall f, increasing f -> forall x, value (canonical f) x = value f x.
Proof. intros [p l] H x. apply (merge_value l None), H. Qed.

(** What a canonical form is like. *)
Fixpoint is_canonical (lo : option R) (p : poly) (l : pieces) : Prop :=
  trim p = p /\
  match l with
  | [] => True
  | (t, q) :: l' => (above lo (Q2R t) /\ Qred t = t) /\ q <> p /\ is_canonical (Some (Q2R t)) q l'
  end.
Lemma is_canonical_weaker lo l : forall t p, above lo t -> is_canonical (Some t) p l -> is_canonical lo p l.
Proof.
  destruct l as [|[u q] l]; intros t p Ht [H1 H2]; simpl in *; [auto|].
  repeat split; try tauto. destruct lo; simpl in *; [lra|exact I].
Qed.
Lemma merge_canonical l : forall lo p, strictly_above lo l -> trim p = p -> is_canonical lo p (merge p l).
Proof.
  induction l as [|[t q] l IH]; intros lo p H P; [simpl; auto|]. destruct H as [Ht H].
  cbn [merge]. destruct (same_poly (trim q) p) as [E|N].
  - apply (is_canonical_weaker lo _ (Q2R t)); [assumption|]. apply IH; assumption.
  - cbn [is_canonical]. rewrite Q2R_Qred. repeat split; auto using trim_trim.
    apply Qred_complete, Qred_correct.
Qed.

Lemma first_piece lo p l : is_canonical lo p l ->
  exists b, above lo b /\ forall x, x < b -> walk p l x = peval p x.
Proof.
  destruct l as [|[t q] l]; simpl; intros H.
  - destruct lo as [u|]; [exists (u + 1)|exists 0]; simpl; split; auto; lra.
  - exists (Q2R t). split; [tauto|]. intros x Hx. destruct (Rlt_dec x (Q2R t)); [reflexivity|lra].
Qed.
Lemma first_pieces_same lo p l q m : is_canonical lo p l -> is_canonical lo q m ->
  (forall x, above lo x -> walk p l x = walk q m x) -> p = q.
Proof.
  intros Hp Hq H. destruct (first_piece lo p l Hp) as (b & Hb & B), (first_piece lo q m Hq) as (c & Hc & C).
  assert (P : trim p = p) by (destruct l as [|[? ?] ?]; apply Hp).
  assert (Q : trim q = q) by (destruct m as [|[? ?] ?]; apply Hq).
  rewrite <- P, <- Q. set (top := Rmin b c). set (a := match lo with None => top - 1 | Some u => u end).
  pose proof (Rmin_l b c). pose proof (Rmin_r b c).
  apply (trim_unique p q a top).
  - unfold a. destruct lo; simpl in *; [apply Rmin_glb_lt; assumption|lra].
  - intros x Hx. rewrite <- B, <- C by (unfold top in Hx; lra). apply H.
    unfold a in Hx. destruct lo; simpl; [apply Hx|exact I].
Qed.
Lemma is_canonical_unique l : forall lo p q m, is_canonical lo p l -> is_canonical lo q m ->
  (forall x, above lo x -> walk p l x = walk q m x) -> (p, l) = (q, m).
Proof.
  induction l as [|[t p'] l IH]; intros lo p q m Hp Hq H;
    pose proof (first_pieces_same lo p _ q m Hp Hq H) as E; subst q; destruct m as [|[u q'] m].
  - reflexivity.
  - exfalso. destruct Hq as (Q & [Hu _] & N & Hq). apply N. symmetry.
    apply (first_pieces_same (Some (Q2R u)) p [] q' m); [split; auto|exact Hq|].
    intros x Hx. simpl in H, Hx. specialize (H x). destruct (Rlt_dec x (Q2R u)); [lra|].
    apply H. destruct lo; simpl in *; [lra|exact I].
  - exfalso. destruct Hp as (P & [Hu _] & N & Hp). apply N.
    apply (first_pieces_same (Some (Q2R t)) p' l p []); [exact Hp|split; auto|].
    intros x Hx. simpl in H, Hx. specialize (H x). destruct (Rlt_dec x (Q2R t)); [lra|].
    apply H. destruct lo; simpl in *; [lra|exact I].
  - assert (B : forall x, Q2R t < x \/ Q2R u < x -> above lo x).
    { simpl in Hp, Hq. intros x Hx. destruct lo; simpl in *; [lra|exact I]. }
    destruct (Rtotal_order (Q2R t) (Q2R u)) as [L|[L|L]].
    + exfalso. destruct Hp as (P & _ & N & Hp). apply N.
      apply (first_pieces_same (Some (Q2R t)) p' l p ((u, q') :: m)); [exact Hp| |].
      * simpl in *. tauto.
      * intros x Hx. simpl in Hx. specialize (H x (B x (or_introl Hx))). simpl in H.
        destruct (Rlt_dec x (Q2R t)); [lra|exact H].
    + destruct Hp as (_ & [_ T] & _ & Hp), Hq as (_ & [_ U] & _ & Hq).
      assert (t = u) by (rewrite <- T, <- U; apply Qred_same, L). subst u.
      enough (X : (p', l) = (q', m)) by (inversion X; reflexivity).
      apply (IH (Some (Q2R t))); auto. intros x Hx. simpl in Hx.
      specialize (H x (B x (or_introl Hx))). simpl in H. destruct (Rlt_dec x (Q2R t)); [lra|exact H].
    + exfalso. destruct Hq as (Q & _ & N & Hq). apply N. symmetry.
      apply (first_pieces_same (Some (Q2R u)) p ((t, p') :: l) q' m); [|exact Hq|].
      * simpl in *. tauto.
      * intros x Hx. simpl in Hx. specialize (H x (B x (or_intror Hx))). simpl in H.
        destruct (Rlt_dec x (Q2R u)); [lra|exact H].
Qed.

Theorem canonical_iff : forall f g, increasing f -> increasing g ->
  (canonical f = canonical g <-> forall x, value f x = value g x).
Proof.
  intros f g Hf Hg. split.
  - intros E x. rewrite <- (canonical_value f), <- (canonical_value g), E by assumption. reflexivity.
  - intros H. apply (is_canonical_unique _ None); try (apply merge_canonical; [assumption|apply trim_trim]).
    intros x _. change (value (canonical f) x = value (canonical g) x).
    rewrite !canonical_value by assumption. apply H.
Qed.
