(** * IEEE formats: the rounding that the bounds of float sums are about

    Flocq's FLT format with precision prec and least exponent emin, rounded to nearest with any
    rule for ties, satisfies |rnd x - x| <= u |x| + eta with u = 2^-prec and eta = 2^(emin - 1).
    So [dot_product_any_order] holds of binary16, bfloat16, tf32, binary32 and binary64, below
    overflow, which these formats do not have: their exponents have no upper end.

    Source: Boldo and Melquiond, Flocq, theorem error_N_FLT. *)
From Coq Require Import ZArith Reals Lra Lia.
From Flocq Require Import Core Relative.
From KanEquiv Require Import FloatSums.
Open Scope R_scope.

Definition unit_roundoff (prec : Z) : R := bpow radix2 (- prec).
Definition least_half (emin : Z) : R := bpow radix2 (emin - 1).
Definition rounded (ties : Z -> bool) (emin prec : Z) (x : R) : R :=
  round radix2 (FLT_exp emin prec) (Znearest ties) x.

Theorem rounded_error : forall ties emin prec x, (0 < prec)%Z ->
  Rabs (rounded ties emin prec x - x) <= unit_roundoff prec * Rabs x + least_half emin.
Proof.
  intros ties emin prec x Hp. unfold rounded.
  destruct (error_N_FLT radix2 emin prec Hp ties x) as (eps & eta & He & Ht & _ & E).
  rewrite E. replace (x * (1 + eps) + eta - x) with (eps * x + eta) by ring.
  assert (U : / 2 * bpow radix2 (- prec + 1) = unit_roundoff prec).
  { unfold unit_roundoff. rewrite bpow_plus. change (bpow radix2 1) with 2. field. }
  assert (L : / 2 * bpow radix2 emin = least_half emin).
  { unfold least_half. replace (emin - 1)%Z with (emin + -1)%Z by ring.
    rewrite bpow_plus. change (bpow radix2 (-1)) with (/ 2). ring. }
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult. apply Rplus_le_compat.
  - apply Rmult_le_compat_r; [apply Rabs_pos|]. rewrite <- U. exact He.
  - rewrite <- L. exact Ht.
Qed.

(** Float dot products in an IEEE format: any tree of additions, fused or not. *)
Theorem ieee_dot_product : forall ties emin prec s, (0 < prec)%Z ->
  let u := unit_roundoff prec in
  Rabs (computed (rounded ties emin prec) s - exact s)
  <= ((1 + u) ^ height s - 1) * size s + (1 + u) ^ height s * roundings s * least_half emin.
Proof.
  intros ties emin prec s Hp u. apply dot_product_any_order; try apply bpow_ge_0.
  intros x. apply rounded_error, Hp.
Qed.

(** The formats: precision, and the exponent of the least positive number. *)
Definition nearest_even := fun z => negb (Z.even z).
Definition binary16 := rounded nearest_even (-24) 11.
Definition bfloat16 := rounded nearest_even (-133) 8.
Definition tf32 := rounded nearest_even (-136) 11.
Definition binary32 := rounded nearest_even (-149) 24.
Definition binary64 := rounded nearest_even (-1074) 53.

Corollary binary32_dot_product : forall s,
  Rabs (computed binary32 s - exact s)
  <= ((1 + bpow radix2 (-24)) ^ height s - 1) * size s
     + (1 + bpow radix2 (-24)) ^ height s * roundings s * bpow radix2 (-150).
Proof. intros s. apply (ieee_dot_product nearest_even (-149) 24 s eq_refl). Qed.
Corollary binary64_dot_product : forall s,
  Rabs (computed binary64 s - exact s)
  <= ((1 + bpow radix2 (-53)) ^ height s - 1) * size s
     + (1 + bpow radix2 (-53)) ^ height s * roundings s * bpow radix2 (-1075).
Proof. intros s. apply (ieee_dot_product nearest_even (-1074) 53 s eq_refl). Qed.
