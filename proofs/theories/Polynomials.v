(** * Polynomials over R as coefficient lists, ascending

    A polynomial that vanishes on an interval has zero coefficients only; the Taylor form at a
    point; the formal derivative is the derivative. *)
From Coq Require Import Reals List Lra Lia.
Import ListNotations.
Open Scope R_scope.

Fixpoint peval (p : list R) (x : R) : R :=
  match p with [] => 0 | c :: p' => c + x * peval p' x end.

Fixpoint padd (p q : list R) : list R :=
  match p, q with
  | [], _ => q | _, [] => p
  | a :: p', b :: q' => (a + b) :: padd p' q'
  end.
Fixpoint psub (p q : list R) : list R :=
  match p, q with
  | [], _ => map Ropp q | _, [] => p
  | a :: p', b :: q' => (a - b) :: psub p' q'
  end.
Fixpoint pderive (p : list R) : list R :=
  match p with [] => [] | _ :: p' => padd p' (0 :: pderive p') end.

Lemma peval_padd p q x : peval (padd p q) x = peval p x + peval q x.
Proof. revert q; induction p as [|a p IH]; intros [|b q]; simpl; try ring. rewrite IH; ring. Qed.
Lemma peval_popp q x : peval (map Ropp q) x = - peval q x.
Proof. induction q as [|b q IH]; simpl; [ring|]. rewrite IH; ring. Qed.
Lemma peval_psub p q x : peval (psub p q) x = peval p x - peval q x.
Proof.
  revert q; induction p as [|a p IH]; intros [|b q]; simpl; try ring.
  - rewrite peval_popp; ring.
  - rewrite IH; ring.
Qed.
Lemma psub_length p q : length (psub p q) = Nat.max (length p) (length q).
Proof.
  revert q; induction p as [|a p IH]; intros [|b q]; simpl; auto. rewrite map_length; auto.
Qed.

(** ** Synthetic division: p(x) = p(r) + (x - r) q(x) *)
Fixpoint quotient (r : R) (p : list R) : list R :=
  match p with
  | [] => []
  | _ :: p' => match p' with [] => [] | _ => peval p' r :: quotient r p' end
  end.

Lemma quotient_cons r c d p :
  quotient r (c :: d :: p) = peval (d :: p) r :: quotient r (d :: p).
Proof. reflexivity. Qed.
Lemma quotient_ok r p x : peval p x = peval p r + (x - r) * peval (quotient r p) x.
Proof.
  induction p as [|c p IH]; [simpl; ring|]. destruct p as [|d p]; [simpl; ring|].
  rewrite quotient_cons. set (q := d :: p) in *. cbn [peval]. rewrite IH. ring.
Qed.
Lemma quotient_length r p : length (quotient r p) = pred (length p).
Proof.
  induction p as [|c p IH]; [reflexivity|]. destruct p as [|d p]; [reflexivity|].
  rewrite quotient_cons. simpl length in *. rewrite IH. reflexivity.
Qed.

(** ** A polynomial is determined by its values on an interval *)
Definition all_zero := Forall (fun c : R => c = 0).
Lemma all_zero_eval p x : all_zero p -> peval p x = 0.
Proof. induction 1 as [|c p Hc Hp IH]; simpl; [reflexivity|]. rewrite Hc, IH; ring. Qed.
Lemma quotient_zero r p : all_zero (quotient r p) -> all_zero (tl p).
Proof.
  induction p as [|c p IH]; [constructor|]. destruct p as [|d p]; [constructor|].
  rewrite quotient_cons. intros H; inversion H as [|? ? H1 H2]; subst.
  specialize (IH H2). simpl in IH |- *. constructor; auto.
  simpl in H1. rewrite all_zero_eval in H1 by auto. lra.
Qed.

Theorem zero_on_interval : forall p a b, a < b ->
  (forall x, a < x < b -> peval p x = 0) -> all_zero p.
Proof.
  intros p. remember (length p) as n eqn:E. revert p E.
  induction n as [|n IH]; intros p E a b Hab H.
  - destruct p; [constructor|discriminate].
  - set (r := (a + b) / 2).
    assert (Hr : peval p r = 0) by (apply H; unfold r; lra).
    assert (Hs : all_zero (quotient r p)).
    { apply (IH (quotient r p)) with (a := r) (b := b).
      - rewrite quotient_length, <- E; reflexivity.
      - unfold r; lra.
      - intros x Hx. pose proof (quotient_ok r p x) as Hy.
        rewrite Hr, H in Hy by (unfold r in *; lra).
        assert (Hm : (x - r) * peval (quotient r p) x = 0) by lra.
        apply Rmult_integral in Hm. destruct Hm; [exfalso; lra|auto]. }
    destruct p as [|c p]; [discriminate|]. pose proof (quotient_zero _ _ Hs) as Hz; simpl in Hz.
    constructor; auto. simpl in Hr. rewrite all_zero_eval in Hr by auto. lra.
Qed.

(** ** Taylor form: p(x) = sum_r c_r (x - t)^r *)
Fixpoint taylor_steps (n : nat) (t : R) (p : list R) : list R :=
  match n with O => [] | S m => peval p t :: taylor_steps m t (quotient t p) end.
Definition taylor (t : R) (p : list R) : list R := taylor_steps (length p) t p.

Theorem taylor_ok : forall t p x, peval p x = peval (taylor t p) (x - t).
Proof.
  intros t p x. unfold taylor. remember (length p) as n eqn:E. revert p E.
  induction n as [|n IH]; intros p E.
  - destruct p; [reflexivity|discriminate].
  - cbn [taylor_steps peval]. rewrite <- IH by (rewrite quotient_length, <- E; reflexivity).
    apply quotient_ok.
Qed.

(** ** The formal derivative is the derivative *)
Theorem pderive_ok : forall p x, derivable_pt_lim (peval p) x (peval (pderive p) x).
Proof.
  induction p as [|c p IH]; intros x; simpl.
  - apply derivable_pt_lim_const.
  - rewrite peval_padd. simpl.
    replace (peval p x + (0 + x * peval (pderive p) x))
      with (0 + (1 * peval p x + x * peval (pderive p) x)) by ring.
    apply (derivable_pt_lim_plus (fun _ => c) (fun x => x * peval p x)).
    + apply derivable_pt_lim_const.
    + apply (derivable_pt_lim_mult id (peval p)); auto. apply derivable_pt_lim_id.
Qed.
