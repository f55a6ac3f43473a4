(** * Rule [piecewise_to_maxout]

    Hinges with positive weights add up to a maximum of affine pieces; a piecewise linear
    function is the sum of its hinges with positive weights minus those with negative ones,
    so it is a difference of two such maxima. *)
From Coq Require Import Reals List Lra.
From KanEquiv Require Import Relu MaxoutPair.
Import ListNotations.
Open Scope R_scope.

(** Hinges are pairs of a breakpoint and a weight. *)
Definition hinges (l : list (R * R)) (x : R) : R :=
  fold_right (fun h s => snd h * relu (x - fst h) + s) 0 l.
(** The values at x of the affine pieces, from the leftmost one on. *)
Fixpoint pieces (a : R) (l : list (R * R)) (x : R) : list R :=
  match l with
  | [] => [a]
  | (t, J) :: rest => a :: pieces (a + J * (x - t)) rest x
  end.
(** Breakpoints increase from s on, weights are not negative. *)
Fixpoint convex (s : R) (l : list (R * R)) : Prop :=
  match l with [] => True | (t, J) :: rest => s <= t /\ 0 <= J /\ convex t rest end.

Lemma pieces_left l : forall a s x, convex s l -> x <= s ->
  (forall y, In y (pieces a l x) -> y <= a) /\ hinges l x = 0.
Proof.
  induction l as [|[t J] l IH]; intros a s x H Hx.
  - split; [|reflexivity]. intros y [<-|[]]. lra.
  - destruct H as (Hst & HJ & H). destruct (IH (a + J * (x - t)) t x H) as [A B]; [lra|].
    assert (J * (x - t) <= 0) by nra. split.
    + intros y [<-|Hy]; [lra|]. specialize (A y Hy). lra.
    + unfold hinges in *. simpl. rewrite B, relu_neg by lra. ring.
Qed.

Theorem convex_is_maximum : forall l a s x, convex s l ->
  is_max (pieces a l x) (a + hinges l x).
Proof.
  induction l as [|[t J] l IH]; intros a s x H.
  - unfold hinges. simpl. split; [left; ring|]. intros y [<-|[]]. lra.
  - destruct H as (Hst & HJ & H). destruct (Rle_or_lt x t) as [Hx|Hx].
    + destruct (pieces_left l (a + J * (x - t)) t x H Hx) as [A B].
      replace (a + hinges ((t, J) :: l) x) with a.
      * split; [left; reflexivity|]. assert (J * (x - t) <= 0) by nra.
        intros y [<-|Hy]; [lra|]. specialize (A y Hy). lra.
      * unfold hinges in *. simpl. rewrite B, relu_neg by lra. ring.
    + destruct (IH (a + J * (x - t)) t x H) as [Hin Hmax].
      replace (a + hinges ((t, J) :: l) x) with (a + J * (x - t) + hinges l x)
        by (unfold hinges; simpl; rewrite relu_pos by lra; ring).
      split; [right; exact Hin|]. intros y [<-|Hy]; [|auto].
      assert (0 <= J * (x - t)) by nra.
      assert (In (a + J * (x - t)) (pieces (a + J * (x - t)) l x))
        by (destruct l as [|[? ?] ?]; left; reflexivity).
      specialize (Hmax _ H1). lra.
Qed.

(** f = its leftmost piece a + b x, the hinges that turn up, minus those that turn down. *)
Theorem piecewise_to_maxout : forall a b up down s x m n, convex s up -> convex s down ->
  is_max (pieces (a + b * x) up x) m -> is_max (pieces 0 down x) n ->
  a + b * x + hinges up x - hinges down x = m - n.
Proof.
  intros a b up down s x m n Hu Hd Hm Hn.
  rewrite (is_max_unique _ _ _ Hm (convex_is_maximum up (a + b * x) s x Hu)).
  rewrite (is_max_unique _ _ _ Hn (convex_is_maximum down 0 s x Hd)). ring.
Qed.
