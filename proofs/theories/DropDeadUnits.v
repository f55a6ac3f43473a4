(** * Rule [drop_dead_units]

    Hidden units whose outgoing coefficients are all zero are left out. *)
From Coq Require Import Reals List Lra Bool.
From KanEquiv Require Import Vectors.
Import ListNotations.
Open Scope R_scope.

(** The entries of a list that are kept. *)
Fixpoint keep {A} (mask : list bool) (l : list A) : list A :=
  match mask, l with
  | true :: mask', a :: l' => a :: keep mask' l'
  | false :: mask', _ :: l' => keep mask' l'
  | _, _ => []
  end.
(** Where the mask says false, the row is zero; nothing lies beyond the mask. *)
Fixpoint dead (mask : list bool) (row : vec) : Prop :=
  match mask, row with
  | m :: mask', c :: row' => (m = false -> c = 0) /\ dead mask' row'
  | _, [] => True
  | [], _ :: _ => False
  end.

Lemma dot_keep mask : forall row h, dead mask row -> dot (keep mask row) (keep mask h) = dot row h.
Proof.
  induction mask as [|m mask IH]; intros row h H.
  - destruct row; [reflexivity|contradiction].
  - destruct row as [|c row]; [destruct m, h; reflexivity|].
    destruct h as [|z h]; [destruct m; simpl; rewrite ?dot_nil_r; reflexivity|].
    destruct H as [H0 H]. destruct m; simpl; rewrite IH by auto; [reflexivity|].
    rewrite H0 by auto. ring.
Qed.

Theorem drop_dead_units : forall mask W h, Forall (dead mask) W ->
  matvec (map (keep mask) W) (keep mask h) = matvec W h.
Proof.
  intros mask W h H. unfold matvec. rewrite map_map. apply map_ext_in. intros row Hin.
  rewrite Forall_forall in H. apply dot_keep; auto.
Qed.
