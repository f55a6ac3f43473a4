(** * Rule [piecewise_to_truncated_power]

    Any piecewise polynomial is its leftmost piece plus its jumps:

      f(x) = f_left(x) + sum_t sum_r J_{t,r} s_r(x - t),

    with J_{t,r} the Taylor coefficients at t of the piece right of t minus the piece left of
    it.  If f is continuous, all J_{t,0} vanish and units of an MLP are enough; if f has degree
    p and p - 1 continuous derivatives, only the jumps of order p remain (RePU form).

    Source: Schumaker, Spline Functions: Basic Theory (2007), section 4.2. *)
From Coq Require Import Reals List Lra Lia.
From KanEquiv Require Import Relu Polynomials.
Import ListNotations.
Open Scope R_scope.

(** First piece, then (breakpoint, piece from there on); half-open cells. *)
Definition pieces := list (R * list R).
Fixpoint piecewise (p : list R) (l : pieces) (x : R) : R :=
  match l with
  | [] => peval p x
  | (t, q) :: l' => if Rlt_dec x t then peval p x else piecewise q l' x
  end.
(** Breakpoints do not decrease. *)
Fixpoint ordered (l : pieces) : Prop :=
  match l with
  | [] => True
  | (t, _) :: l' => Forall (fun tq => t <= fst tq) l' /\ ordered l'
  end.

(** sum_r c_r s_r(z), where r counts from d. *)
Fixpoint jump (d : nat) (c : list R) (z : R) : R :=
  match c with [] => 0 | a :: c' => a * step_power d z + jump (S d) c' z end.
Fixpoint jumps (p : list R) (l : pieces) (x : R) : R :=
  match l with
  | [] => 0
  | (t, q) :: l' => jump 0 (taylor t (psub q p)) (x - t) + jumps q l' x
  end.

Lemma jump_pos c : forall d z, 0 <= z -> jump d c z = z ^ d * peval c z.
Proof.
  induction c as [|a c IH]; intros d z Hz; simpl; [ring|].
  rewrite step_power_pos, IH by auto. simpl. ring.
Qed.
Lemma jump_neg c : forall d z, z < 0 -> jump d c z = 0.
Proof.
  induction c as [|a c IH]; intros d z Hz; simpl; [ring|].
  rewrite step_power_neg, IH by auto. ring.
Qed.
Lemma jumps_left l : forall p x, Forall (fun tq => x < fst tq) l -> jumps p l x = 0.
Proof.
  induction l as [|[t q] l IH]; intros p x H; simpl; [reflexivity|].
  inversion H; subst; simpl in *. rewrite jump_neg, IH by (auto; lra). ring.
Qed.

Theorem piecewise_to_truncated_power : forall l p, ordered l ->
  forall x, piecewise p l x = peval p x + jumps p l x.
Proof.
  induction l as [|[t q] l IH]; intros p Hs x; simpl in *; [ring|].
  destruct Hs as [Hf Hs]. destruct (Rlt_dec x t).
  - rewrite jump_neg by lra. rewrite jumps_left; [ring|].
    apply Forall_impl with (2 := Hf). simpl; intros; lra.
  - rewrite IH, jump_pos by (auto; lra). simpl. rewrite Rmult_1_l, <- taylor_ok, peval_psub. ring.
Qed.

(** ** RePU form: where all jumps of order below n vanish, and degrees are at most n *)
Definition only_order (n : nat) (c : list R) : Prop :=
  (length c <= S n)%nat /\ forall r, (r < n)%nat -> nth r c 0 = 0.
Fixpoint smooth (n : nat) (p : list R) (l : pieces) : Prop :=
  match l with
  | [] => True
  | (t, q) :: l' => only_order n (taylor t (psub q p)) /\ smooth n q l'
  end.
Fixpoint top_jumps (n : nat) (p : list R) (l : pieces) (x : R) : R :=
  match l with
  | [] => 0
  | (t, q) :: l' => nth n (taylor t (psub q p)) 0 * relu (x - t) ^ n + top_jumps n q l' x
  end.

Lemma jump_only_order n : forall c d z, only_order n c ->
  jump d c z = nth n c 0 * step_power (d + n) z.
Proof.
  induction n as [|n IH]; intros c d z [Hl Hz].
  - destruct c as [|a [|b c]]; simpl in *; try lia; [ring|]. rewrite Nat.add_0_r. ring.
  - destruct c as [|a c]; [simpl; ring|]. cbn [jump nth].
    rewrite (IH c (S d) z).
    + replace (S d + n)%nat with (d + S n)%nat by lia.
      pose proof (Hz 0%nat ltac:(lia)) as H0. simpl in H0. rewrite H0. ring.
    + split; [simpl in Hl; lia|]. intros r Hr. apply (Hz (S r)). lia.
Qed.

Theorem repu_form : forall n l p, (1 <= n)%nat -> ordered l -> smooth n p l ->
  forall x, piecewise p l x = peval p x + top_jumps n p l x.
Proof.
  intros n l p Hn Hs Hm x. rewrite piecewise_to_truncated_power by auto. f_equal.
  clear Hs. revert p Hm. induction l as [|[t q] l IH]; intros p Hm; simpl; [reflexivity|].
  destruct Hm as [Ht Hm]. rewrite IH by auto. rewrite (jump_only_order n) by auto.
  simpl. rewrite step_power_relu by auto. reflexivity.
Qed.
