(** * Rule [restrict_to_range]

    Where an argument never changes its sign, a unit is a power or nothing. *)
From Coq Require Import Reals List Lra Lia.
From KanEquiv Require Import Relu Vectors.
Import ListNotations.
Open Scope R_scope.

(** For degree p >= 1: s_p(z) = z^p where z >= 0, and 0 where z <= 0. *)
Theorem restrict_to_range : forall p z, (1 <= p)%nat ->
  (0 <= z -> relu z ^ p = z ^ p) /\ (z <= 0 -> relu z ^ p = 0).
Proof.
  intros p z Hp; split; intros Hz; [rewrite relu_pos by auto; reflexivity|].
  apply pow_relu_neg; auto.
Qed.

(** On a box it is enough to look at an affine argument at the ends of an interval. *)
Theorem affine_on_interval : forall w b lo hi x, lo <= x <= hi ->
  (0 <= w * lo + b -> 0 <= w * hi + b -> 0 <= w * x + b) /\
  (w * lo + b <= 0 -> w * hi + b <= 0 -> w * x + b <= 0).
Proof. intros w b lo hi x Hx; split; intros; destruct (Rle_dec 0 w); nra. Qed.

(** On a box in R^n an affine argument w . x + b reaches the interval from [least] to [greatest],
    and both of its ends. *)
Definition box := list (R * R).
Definition in_box (B : box) (x : list R) : Prop := Forall2 (fun side y => fst side <= y <= snd side) B x.
Fixpoint greatest (w : list R) (B : box) : R :=
  match w, B with
  | c :: w', (lo, hi) :: B' => c * (if Rle_dec 0 c then hi else lo) + greatest w' B'
  | _, _ => 0
  end.
Definition least (w : list R) (B : box) : R := - greatest (map Ropp w) B.

Lemma at_most_greatest B : forall w x, in_box B x -> dot w x <= greatest w B.
Proof.
  induction B as [|[lo hi] B IH]; intros w x H; inversion H as [|? y ? x' Hy Hx]; subst.
  - rewrite dot_nil_r. destruct w as [|? ?]; simpl; lra.
  - destruct w as [|c w]; simpl in *; [lra|]. specialize (IH w x' Hx).
    destruct (Rle_dec 0 c); nra.
Qed.
Lemma dot_opp w : forall x, dot (map Ropp w) x = - dot w x.
Proof. induction w as [|c w IH]; intros [|y x]; simpl; try ring. rewrite IH. ring. Qed.
Lemma at_least_least B w x : in_box B x -> least w B <= dot w x.
Proof.
  intros H. pose proof (at_most_greatest B (map Ropp w) x H) as G. rewrite dot_opp in G.
  unfold least. lra.
Qed.
Lemma greatest_reached B : Forall (fun side => fst side <= snd side) B -> forall w,
  exists x, in_box B x /\ dot w x = greatest w B.
Proof.
  induction 1 as [|[lo hi] B Hs _ IH]; intros w.
  - exists []. split; [constructor|]. rewrite dot_nil_r. destruct w; reflexivity.
  - simpl in Hs. destruct w as [|c w].
    + destruct (IH []) as (x & Hx & _). exists (lo :: x). split; [|reflexivity].
      constructor; [simpl; lra|assumption].
    + destruct (IH w) as (x & Hx & E). exists ((if Rle_dec 0 c then hi else lo) :: x). split.
      * constructor; [|assumption]. simpl. destruct (Rle_dec 0 c); lra.
      * simpl. rewrite E. reflexivity.
Qed.

(** So this decides which units do not bend inside a box, and it misses none. *)
Theorem restrict_to_box : forall p w b B, (1 <= p)%nat -> Forall (fun side => fst side <= snd side) B ->
  ((0 <= least w B + b <-> forall x, in_box B x -> 0 <= dot w x + b) /\
   (greatest w B + b <= 0 <-> forall x, in_box B x -> dot w x + b <= 0)) /\
  forall x, in_box B x ->
    (0 <= least w B + b -> relu (dot w x + b) ^ p = (dot w x + b) ^ p) /\
    (greatest w B + b <= 0 -> relu (dot w x + b) ^ p = 0).
Proof.
  intros p w b B Hp HB. split; [split|].
  - split; intros H.
    + intros x Hx. pose proof (at_least_least B w x Hx). lra.
    + destruct (greatest_reached B HB (map Ropp w)) as (x & Hx & E). specialize (H x Hx).
      rewrite dot_opp in E. unfold least. lra.
  - split; intros H.
    + intros x Hx. pose proof (at_most_greatest B w x Hx). lra.
    + destruct (greatest_reached B HB w) as (x & Hx & E). specialize (H x Hx). lra.
  - intros x Hx. pose proof (at_least_least B w x Hx). pose proof (at_most_greatest B w x Hx).
    split; intros H1; apply restrict_to_range; auto; lra.
Qed.
