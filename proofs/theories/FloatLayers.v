(** * Float errors through a layer, and through a network

    A layer is a function f of vectors that is computed by another, g.  Where inputs are off by
    at most e, outputs are off by at most what g adds at the inputs that it is given, and what f
    makes of e: for an affine map |W| e, for functions of single inputs their slopes times e.
    [network_error] adds this up over any number of layers.

    Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), section 1.5 (forward
    errors); docs/reference/certificate-format.md, "Float programs". *)
From Coq Require Import Reals List Lra Lia.
From KanEquiv Require Import Vectors FloatSums.
Import ListNotations.
Open Scope R_scope.

(** Coordinate by coordinate, x' is within e of x. *)
Inductive near : list R -> list R -> list R -> Prop :=
| near_nil : near [] [] []
| near_cons x y e xs ys es : Rabs (y - x) <= e -> near xs ys es -> near (x :: xs) (y :: ys) (e :: es).

(** ** Affine stages *)
Fixpoint absolute_dot (ws es : list R) : R :=
  match ws, es with w :: ws', e :: es' => Rabs w * e + absolute_dot ws' es' | _, _ => 0 end.
Lemma dot_error xs ys es : near xs ys es -> forall ws,
  Rabs (dot ws ys - dot ws xs) <= absolute_dot ws es.
Proof.
  induction 1 as [|x y e xs ys es H _ IH]; intros [|w ws]; simpl;
    try (rewrite Rminus_eq_0, Rabs_R0; lra).
  replace (w * y + dot ws ys - (w * x + dot ws xs))
    with (w * (y - x) + (dot ws ys - dot ws xs)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult.
  apply Rplus_le_compat; [apply Rmult_le_compat_l; [apply Rabs_pos|assumption]|apply IH].
Qed.

(** A tree of roundings whose exact value is the dot product at the inputs that were computed:
    its error is the one of the sum there, and |w| times those of the inputs. *)
Theorem affine_error : forall rnd u eta, 0 <= u -> 0 <= eta ->
  (forall z, Rabs (rnd z - z) <= u * Rabs z + eta) ->
  forall xs ys es ws b s, near xs ys es -> exact s = dot ws ys + b ->
  Rabs (computed rnd s - (dot ws xs + b))
  <= ((1 + u) ^ height s - 1) * size s + (1 + u) ^ height s * roundings s * eta
     + absolute_dot ws es.
Proof.
  intros rnd u eta Hu He Hr xs ys es ws b s H E.
  replace (computed rnd s - (dot ws xs + b))
    with ((computed rnd s - exact s) + (dot ws ys - dot ws xs)) by (rewrite E; ring).
  eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat.
  - apply dot_product_any_order; assumption.
  - apply dot_error, H.
Qed.

(** ** Functions of single inputs *)
Theorem function_error : forall f g (inside : R -> Prop) slope own x y e,
  (forall a b, inside a -> inside b -> Rabs (f a - f b) <= slope * Rabs (a - b)) ->
  (forall a, inside a -> Rabs (g a - f a) <= own) ->
  0 <= slope -> inside x -> inside y -> Rabs (y - x) <= e ->
  Rabs (g y - f x) <= own + slope * e.
Proof.
  intros f g inside slope own x y e Hf Hg Hs Hx Hy He.
  replace (g y - f x) with ((g y - f y) + (f y - f x)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat; [auto|].
  eapply Rle_trans; [apply Hf; assumption|]. apply Rmult_le_compat_l; assumption.
Qed.

(** ** Networks *)
(** What is exact, what is computed, how errors pass, and where the layer's bounds hold. *)
Record layer := {
  real : list R -> list R;
  float : list R -> list R;
  passes : list R -> list R;
  inside : list R -> Prop }.
Definition layer_bounded (l : layer) : Prop := forall xs ys es,
  inside l xs -> inside l ys -> near xs ys es -> near (real l xs) (float l ys) (passes l es).
Definition run (f : layer -> list R -> list R) (ls : list layer) (xs : list R) : list R :=
  fold_left (fun v l => f l v) ls xs.
(** Both the exact and the computed values stay where the bounds hold. *)
Fixpoint stays (f : layer -> list R -> list R) (ls : list layer) (xs : list R) : Prop :=
  match ls with [] => True | l :: ls' => inside l xs /\ stays f ls' (f l xs) end.

Theorem network_error : forall ls, Forall layer_bounded ls -> forall xs ys es,
  near xs ys es -> stays real ls xs -> stays float ls ys ->
  near (run real ls xs) (run float ls ys) (run passes ls es).
Proof.
  induction 1 as [|l ls Hl _ IH]; intros xs ys es H Hx Hy; simpl; [exact H|].
  destruct Hx as [Ix Hx], Hy as [Iy Hy]. apply IH; auto.
Qed.

(** ** The two kinds of layers *)
(** An output of an affine stage: weights, bias, the tree by which its sum is taken, and a bound
    of that sum's own error at all inputs of the layer. *)
Record row := { weights : list R; bias : R; sum_of : list R -> tree; row_own : R }.
Definition affine_layer (rnd : R -> R) (rows : list row) (region : list R -> Prop) : layer := {|
  real := fun xs => map (fun r => dot (weights r) xs + bias r) rows;
  float := fun ys => map (fun r => computed rnd (sum_of r ys)) rows;
  passes := fun es => map (fun r => row_own r + absolute_dot (weights r) es) rows;
  inside := region |}.
Theorem affine_layer_bounded : forall rnd u eta rows (region : list R -> Prop), 0 <= u -> 0 <= eta ->
  (forall z, Rabs (rnd z - z) <= u * Rabs z + eta) ->
  (forall r ys, In r rows -> region ys ->
     let s := sum_of r ys in
     exact s = dot (weights r) ys + bias r /\
     ((1 + u) ^ height s - 1) * size s + (1 + u) ^ height s * roundings s * eta <= row_own r) ->
  layer_bounded (affine_layer rnd rows region).
Proof.
  intros rnd u eta rows region Hu He Hr H xs ys es _ Iy N. cbn [real float passes affine_layer].
  induction rows as [|r rows IH]; cbn [map]; constructor.
  - destruct (H r ys (or_introl eq_refl) Iy) as [E O].
    pose proof (affine_error rnd u eta Hu He Hr xs ys es (weights r) (bias r) _ N E). lra.
  - apply IH; [|exact Iy]. intros r' ys' I. apply H. right. exact I.
Qed.

(** One function per input: exact, computed, its slope and own error on an interval. *)
Record unit_ := { f_real : R -> R; f_float : R -> R; slope : R; own : R; lo : R; hi : R }.
Definition unit_bounded (k : unit_) : Prop := 0 <= slope k /\
  (forall a b, lo k <= a <= hi k -> lo k <= b <= hi k ->
     Rabs (f_real k a - f_real k b) <= slope k * Rabs (a - b)) /\
  (forall a, lo k <= a <= hi k -> Rabs (f_float k a - f_real k a) <= own k).
Fixpoint each {A B} (f : unit_ -> A -> B) (ks : list unit_) (l : list A) : list B :=
  match ks, l with k :: ks', a :: l' => f k a :: each f ks' l' | _, _ => [] end.
Definition bank_layer (ks : list unit_) : layer := {|
  real := each f_real ks;
  float := each f_float ks;
  passes := each (fun k e => own k + slope k * e) ks;
  inside := Forall2 (fun k x => lo k <= x <= hi k) ks |}.
Theorem bank_layer_bounded : forall ks, Forall unit_bounded ks -> layer_bounded (bank_layer ks).
Proof.
  intros ks H xs ys es Ix Iy N. cbn [real float passes inside bank_layer] in *. revert ks H Ix Iy.
  induction N as [|x y e xs ys es D _ IH]; intros ks H Ix Iy.
  - inversion Ix; subst. constructor.
  - inversion Ix; subst. inversion Iy; subst. inversion H as [|? ? (S & F & G) Hk]; subst.
    cbn [each]. constructor; [|apply IH; assumption].
    eapply (function_error (f_real x0) (f_float x0) (fun a => lo x0 <= a <= hi x0)); eauto.
Qed.
