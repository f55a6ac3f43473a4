(** * Linear maps respect what holds of sums and multiples

    A relation of whatever stands for numbers with real numbers, that holds of zeros, sums and
    rational multiples, holds of what a linear map makes of them. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational LinearMaps.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Section Related.
Context {A : Type} (zero : A) (add : A -> A -> A) (scale : Q -> A -> A) (P : A -> R -> Prop).
Hypothesis P_zero : P zero 0.
Hypothesis P_add : forall a b x y, P a x -> P b y -> P (add a b) (x + y).
Hypothesis P_scale : forall q a x, P a x -> P (scale q a) (Q2R q * x).
Notation related := (Forall2 P).

Lemma related_nth l xs : related l xs -> forall i, P (nth i l zero) (nth i xs 0).
Proof. induction 1; intros [|i]; simpl; auto. Qed.
Lemma related_take n : forall l xs, related l xs -> related (take zero n l) (take 0 n xs).
Proof. induction n as [|n IH]; intros l xs H; simpl; [constructor|]. destruct H; constructor; auto. Qed.
Lemma related_skipn n : forall l xs, related l xs -> related (skipn n l) (skipn n xs).
Proof. induction n as [|n IH]; intros l xs H; simpl; [exact H|]. destruct H; auto. Qed.
Lemma related_hd l xs : related l xs -> P (hd zero l) (hd 0 xs).
Proof. destruct 1; simpl; auto. Qed.
Lemma related_tl l xs : related l xs -> related (tl l) (tl xs).
Proof. destruct 1; simpl; auto. Qed.
Lemma related_row entry l xs : related l xs -> forall c,
  P (combine_row zero add scale entry c l) (combine_row 0 Rplus (fun q x => Q2R q * x) entry c xs).
Proof. induction 1; intros c; simpl; auto. Qed.
Lemma related_vectors n : forall l xs m ys, related l xs -> related m ys ->
  related (add_vectors zero add n l m) (add_vectors 0 Rplus n xs ys).
Proof.
  induction n as [|n IH]; intros; simpl; constructor.
  - apply P_add; apply related_hd; auto.
  - apply IH; apply related_tl; auto.
Qed.
Lemma related_gather offset width total n : forall l xs, related l xs ->
  related (gather zero offset width total n l) (gather 0 offset width total n xs).
Proof.
  induction n as [|n IH]; intros; simpl; [constructor|].
  apply Forall2_app; [apply related_take, related_skipn; auto|apply IH, related_skipn; auto].
Qed.
Theorem apply_related : forall m l xs, related l xs ->
  related (apply zero add scale m l) (apply_real m xs).
Proof.
  unfold apply_real.
  induction m as [o c e|c i|bs chosen IH|g ps IH|a b IHa IHb] using linear_map_nested; intros l xs H.
  - cbn [apply]. cbv zeta. induction (count o 0); simpl; constructor; auto.
    apply related_row, related_take, H.
  - simpl. induction i as [|j i IHi]; simpl; constructor; auto. apply related_nth, H.
  - cbn [apply]. revert l xs H.
    induction chosen as [|b rest IHc]; intros l xs H; simpl; [constructor|].
    assert (G : forall b,
      fst (nth b (map (fun b0 => (inputs b0, apply zero add scale b0)) bs) (0%nat, fun _ => []))
      = fst (nth b (map (fun b0 => (inputs b0, apply 0 Rplus (fun q x => Q2R q * x) b0)) bs)
               (0%nat, fun _ => []))
      /\ forall l xs, related l xs ->
         related (snd (nth b (map (fun b0 => (inputs b0, apply zero add scale b0)) bs)
               (0%nat, fun _ => [])) l)
         (snd (nth b (map (fun b0 => (inputs b0, apply 0 Rplus (fun q x => Q2R q * x) b0)) bs)
               (0%nat, fun _ => [])) xs)).
    { clear - IH. induction IH as [|m bs Hm _ IHl]; intros [|b]; simpl; auto. }
    destruct (G b) as [G1 G2]. rewrite G1. apply Forall2_app.
    + apply G2, related_take, H.
    + apply IHc, related_skipn, H.
  - cbn [apply]. generalize (outputs (Interleave g ps)) as size.
    generalize (fold_right (fun wm n => (fst wm + n)%nat) 0%nat ps) as total.
    generalize 0%nat as offset. intros offset total size. revert offset.
    induction IH as [|[w m] ps Hm _ IHl]; intros offset; simpl.
    + induction size; simpl; constructor; auto.
    + apply related_vectors; [apply Hm, related_gather, H|apply IHl].
  - simpl. apply IHb, IHa, H.
Qed.
End Related.
