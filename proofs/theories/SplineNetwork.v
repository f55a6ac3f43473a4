(** * A KAN of B-splines is an MLP: Linear, ReLU^p, Linear, and any number of such layers

    From the recurrence of Cox and de Boor to one flat MLP with explicit matrices: a layer whose
    edge from input i to output o is sum_k C_{o,i,k} B_{i,k} is an affine map to the arguments
    x_i - t_{i,j}, a unit ReLU^p for each knot, and the matrix C M, M holding the weights of
    [bspline_to_truncated_power].  Any grids, one for each input, and any degree p >= 1, on all of
    R^n; a stack of n layers is an MLP of n + 1 affine maps.

    Source: the rules bspline_to_truncated_power, share_banks, expand_to_affine, compose_affine
    in turn; for one grid, theorem 1 of Qiu et al., PowerMLP (2025). *)
From Coq Require Import Reals List Lra Lia.
From KanEquiv Require Import Relu Vectors ShareBanks BsplineToTruncatedPower BsplineToLocal ComposeAffine
  ExpandToAffine.
Import ListNotations.
Open Scope R_scope.

(** Knots t_0 < t_1 < ... of which the first g splines are used. *)
Definition grid := ((nat -> R) * nat)%type.
Definition increasing_grid (G : grid) : Prop := forall i, fst G i < fst G (S i).

Section Degree.
Variable p : nat.
Hypothesis degree : (1 <= p)%nat.

Definition splines (G : grid) (z : R) : vec := map (fun k => bspline (fst G) p k z) (seq 0 (snd G)).
Definition knots (G : grid) : nat := (snd G + S p)%nat.
Definition powers (G : grid) (z : R) : vec := map (fun j => relu (z - fst G j) ^ p) (seq 0 (knots G)).
(** The rows of M for one input. *)
Definition weights (G : grid) : mat :=
  map (fun k => map (fun j => if andb (Nat.leb k j) (Nat.leb j (k + S p)) then weight (fst G) p k j else 0)
                    (seq 0 (knots G))) (seq 0 (snd G)).

Lemma dot_seq (f g : nat -> R) n : forall a, dot (map f (seq a n)) (map g (seq a n))
  = sum_from (fun j => f j * g j) a n.
Proof. induction n as [|n IH]; intros a; simpl; [reflexivity|]. rewrite IH. reflexivity. Qed.
Lemma splines_are_powers G z : increasing_grid G -> splines G z = matvec (weights G) (powers G z).
Proof.
  intros H. unfold splines, matvec, weights. rewrite map_map. apply map_ext_in. intros k Hk.
  apply in_seq in Hk. unfold powers. rewrite dot_seq.
  rewrite (bspline_is_relu_power (fst G) H p k z degree).
  replace (knots G) with (k + (S (S p) + (snd G - S k)))%nat by (unfold knots; lia).
  rewrite !sum_from_split. simpl (0 + k)%nat.
  rewrite (sum_from_zero _ 0), (sum_from_zero _ (k + S (S p))).
  - rewrite Rplus_0_l, Rplus_0_r. apply sum_from_ext. intros j Hj.
    rewrite (proj2 (Nat.leb_le k j)), (proj2 (Nat.leb_le j (k + S p))) by lia. reflexivity.
  - intros j Hj. rewrite (proj2 (Nat.leb_gt j (k + S p))) by lia.
    destruct (Nat.leb k j); simpl; ring.
  - intros j Hj. rewrite (proj2 (Nat.leb_gt k j)) by lia. simpl. ring.
Qed.

(** All inputs: the units, from input i on, and M as blocks. *)
Fixpoint all_units (i : nat) (Gs : list grid) : list unit :=
  match Gs with
  | [] => []
  | G :: Gs' => map (fun j => (i, (1, - fst G j))) (seq 0 (knots G)) ++ all_units (S i) Gs'
  end.
Fixpoint blocks (Gs : list grid) : mat :=
  match Gs with
  | [] => []
  | G :: Gs' => weights G ++ map (fun r => repeat 0 (knots G) ++ r) (blocks Gs')
  end.
Lemma dot_zeros k : forall x, dot (repeat 0 k) x = 0.
Proof. induction k as [|k IH]; intros [|y x]; simpl; auto. rewrite IH. ring. Qed.
Lemma bank_is_units Gs : Forall increasing_grid Gs -> forall pre x, length x = length Gs ->
  bank (map splines Gs) x
  = matvec (blocks Gs) (map (fun u => relu (argument (pre ++ x) u) ^ p) (all_units (length pre) Gs)).
Proof.
  induction 1 as [|G Gs HG _ IH]; intros pre x L; destruct x as [|z x]; simpl in L; try discriminate; auto.
  injection L as L. simpl. rewrite map_app, map_map. unfold matvec at 1. rewrite map_app, map_map.
  replace (map (fun j => relu (argument (pre ++ z :: x) (length pre, (1, - fst G j))) ^ p) (seq 0 (knots G)))
    with (powers G z).
  2:{ apply map_ext. intros j. unfold argument. simpl. rewrite app_nth2, Nat.sub_diag by lia. simpl.
      f_equal. f_equal. ring. }
  assert (P : length (powers G z) = knots G) by (unfold powers; rewrite map_length, seq_length; reflexivity).
  f_equal.
  - rewrite splines_are_powers by exact HG. apply map_ext_in. intros r Hr.
    rewrite <- (app_nil_r r) at 2. rewrite dot_app; [simpl; ring|].
    rewrite P. unfold weights in Hr. apply in_map_iff in Hr as (k & <- & _).
    rewrite map_length, seq_length. reflexivity.
  - specialize (IH (pre ++ [z]) x L). rewrite <- app_assoc, app_length in IH. simpl in IH.
    rewrite Nat.add_1_r in IH. rewrite IH. apply map_ext. intros r.
    rewrite dot_app by (rewrite repeat_length, P; reflexivity). rewrite dot_zeros. symmetry. apply Rplus_0_l.
Qed.

(** ** A layer: a grid for each input, and for each output the coefficients for each input *)
Definition spline_layer := (list grid * list (list vec))%type.
Definition layer_value (K : spline_layer) (x : vec) : vec :=
  map (fun row => sum_edges (map (fun Bc => edge (fst Bc) (snd Bc)) (combine (map splines (fst K)) row)) x)
      (snd K).
Definition well_formed (K : spline_layer) : Prop :=
  Forall increasing_grid (fst K) /\ Forall (Forall2 (fun G c => length c = snd G) (fst K)) (snd K).
Definition first_map (K : spline_layer) : affine := expand (all_units 0 (fst K)).
Definition second_map (K : spline_layer) : affine := (matmul (map (@concat R) (snd K)) (blocks (fst K)), []).

Lemma vadd_nil v : vadd v [] = v.
Proof. destruct v; reflexivity. Qed.
Theorem spline_layer_is_mlp : forall K x, well_formed K -> length x = length (fst K) ->
  layer_value K x = apply_affine (second_map K) (units p (apply_affine (first_map K) x)).
Proof.
  intros [Gs rows] x [HG HC] L. unfold layer_value, first_map, second_map. simpl in *.
  rewrite (layer_is_matrix_after_bank (map splines Gs) rows).
  - rewrite <- expand_to_affine. unfold apply_affine. simpl. rewrite vadd_nil, matmul_ok. f_equal.
    apply (bank_is_units Gs HG [] x L).
  - apply Forall_impl with (2 := HC). intros row H. clear - H.
    induction H as [|G c Gs row Hc _ IH]; simpl; constructor; auto.
    intros z. unfold splines. rewrite map_length, seq_length. exact Hc.
Qed.

(** ** A network: as many outputs of a layer as inputs of the next *)
Fixpoint network (n : nat) (Ks : list spline_layer) : Prop :=
  match Ks with
  | [] => True
  | K :: Ks' => length (fst K) = n /\ well_formed K /\ network (length (snd K)) Ks'
  end.

Theorem spline_network_is_mlp : forall n Ks, network n Ks -> forall x, length x = n ->
  in_turn (map layer_value Ks) x
  = mlp (units p) (sequential (map (fun K => (first_map K, second_map K)) Ks)) x.
Proof.
  intros n Ks H. apply equal_layers_are_one_mlp. revert n H.
  induction Ks as [|K Ks IH]; intros n H; simpl; [constructor|]. destruct H as (Hn & HK & H).
  apply Layer with (length (snd K)); [|auto]. intros x Hx. split.
  - apply spline_layer_is_mlp; congruence.
  - unfold layer_value. apply map_length.
Qed.
End Degree.
