(** * ReLU, its powers, and truncated powers

    [relu z = max 0 z].  A unit of degree p is [relu z ^ p].  The truncated power of
    degree d, [step_power d z], is [z ^ d] for [z >= 0] and 0 for [z < 0]; for d = 0 it is
    the indicator of [z >= 0], and for d >= 1 it is [relu z ^ d].
    The letter s_p of docs/reference/rules.md stands for both. *)
From Coq Require Import Reals Lra Lia.
Open Scope R_scope.

Definition relu (z : R) : R := Rmax 0 z.
Definition step_power (d : nat) (z : R) : R := if Rle_dec 0 z then z ^ d else 0.

Lemma relu_pos z : 0 <= z -> relu z = z.
Proof. intros H; unfold relu; apply Rmax_right; lra. Qed.
Lemma relu_neg z : z <= 0 -> relu z = 0.
Proof. intros H; unfold relu; apply Rmax_left; lra. Qed.
Lemma pow_relu_neg p z : (1 <= p)%nat -> z <= 0 -> relu z ^ p = 0.
Proof. intros Hp Hz. rewrite relu_neg by auto. apply pow_i. lia. Qed.

Lemma step_power_pos d z : 0 <= z -> step_power d z = z ^ d.
Proof. intros H; unfold step_power; destruct (Rle_dec 0 z); [reflexivity|contradiction]. Qed.
Lemma step_power_neg d z : z < 0 -> step_power d z = 0.
Proof. intros H; unfold step_power; destruct (Rle_dec 0 z); [lra|reflexivity]. Qed.

(** The one law that B-splines need. *)
Lemma step_power_S d z : z * step_power d z = step_power (S d) z.
Proof. unfold step_power; destruct (Rle_dec 0 z); simpl; ring. Qed.

Lemma step_power_relu p z : (1 <= p)%nat -> step_power p z = relu z ^ p.
Proof.
  intros Hp. destruct (Rle_or_lt 0 z).
  - rewrite step_power_pos, relu_pos by lra. reflexivity.
  - rewrite step_power_neg, pow_relu_neg by (auto; lra). reflexivity.
Qed.
Lemma step_power_le0 p z : (1 <= p)%nat -> z <= 0 -> step_power p z = 0.
Proof. intros Hp Hz. rewrite step_power_relu by auto. apply pow_relu_neg; auto. Qed.
