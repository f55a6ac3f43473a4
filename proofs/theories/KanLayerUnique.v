(** * When a KAN layer equals an MLP layer

    A KAN layer of continuous piecewise linear edges (one affine piece a + s x on the left, then
    the slopes s' from the knots t on) has the same function as an MLP with one hidden layer of
    ReLU if and only if their canonical forms agree.  Over Q the canonical forms are computed, so
    this decides the equality of KAN layers with MLP layers, and of each kind among itself. *)
From Coq Require Import Reals QArith Qcanon Qreals List Lra Lia Bool.
From KanEquiv Require Import Relu Vectors PiecewiseLinear PiecewisePolynomials ShareBanks OneHiddenLayer OneHiddenLayerUnique.
Import ListNotations.
Open Scope R_scope.

(** ** All real numbers, and the rational ones *)
Program Definition reals : field :=
  {| number := R; val := fun a => a; zero := 0; one := 1; add := Rplus; mul := Rmult; opp := Ropp;
     inv := Rinv; negative := fun a => if Rlt_dec a 0 then true else false; same := Req_EM_T |}.
Next Obligation. destruct (Rlt_dec a 0); split; auto; intros; congruence. Qed.

Definition rational_value (q : Qc) : R := Q2R (this q).
Lemma value_Q2Qc q : Q2R (this (Q2Qc q)) = Q2R q.
Proof. apply Qeq_eqR, Qred_correct. Qed.
Program Definition rationals : field :=
  {| number := Qc; val := rational_value; zero := 0%Qc; one := 1%Qc;
     add := Qcplus; mul := Qcmult; opp := Qcopp; inv := Qcinv;
     negative := fun a => Qltb (this a) 0; same := Qc_eq_dec |}.
Next Obligation. apply Qc_is_canon, eqR_Qeq. assumption. Qed.
Next Obligation. unfold rational_value, Q2R. simpl. lra. Qed.
Next Obligation. unfold rational_value, Q2R. simpl. lra. Qed.
Next Obligation. unfold rational_value, Qcplus. rewrite value_Q2Qc. apply Q2R_plus. Qed.
Next Obligation. unfold rational_value, Qcmult. rewrite value_Q2Qc. apply Q2R_mult. Qed.
Next Obligation. unfold rational_value, Qcopp. rewrite value_Q2Qc. apply Q2R_opp. Qed.
Next Obligation.
  unfold rational_value, Qcinv. rewrite value_Q2Qc. apply Q2R_inv.
  intros E. apply H, Qc_is_canon. exact E.
Qed.
Next Obligation. rewrite Qltb_iff. unfold rational_value. rewrite Q2R_zero. reflexivity. Qed.

(** ** A KAN layer as a network with one hidden layer *)
Section Kan.
Variable F : field.
Notation K := (number F).
Notation "# a" := (val F a) (at level 5).
Notation vals := (map (val F)).
Notation unit := (list K * (list K * K))%type.

(** a + s x left of the first knot; then pairs of a knot and the slope from there on. *)
Definition edge := (K * (K * list (K * K)))%type.
Definition knots_of (l : list (K * K)) : knots := map (fun ts => (#(fst ts), #(snd ts))) l.
Definition has_shape (f : R -> R) (e : edge) : Prop := forall x,
  f x = #(fst e) + #(fst (snd e)) * x + hinges #(fst (snd e)) (knots_of (snd (snd e))) x.

(** c at place i of n, and 0 elsewhere. *)
Definition hot (n i : nat) (c : K) : list K := repeat (zero F) i ++ c :: repeat (zero F) (n - S i).
Fixpoint edge_units (n m o i : nat) (s : K) (l : list (K * K)) : list unit :=
  match l with
  | [] => []
  | (t, s') :: l' => (hot m o (add F s' (opp F s)), (hot n i (one F), opp F t)) :: edge_units n m o i s' l'
  end.
Fixpoint row_units (n m o i : nat) (row : list edge) : list unit :=
  match row with
  | [] => []
  | e :: row' => edge_units n m o i (fst (snd e)) (snd (snd e)) ++ row_units n m o (S i) row'
  end.
Fixpoint layer_units (n m o : nat) (rows : list (list edge)) : list unit :=
  match rows with [] => [] | row :: rows' => row_units n m o 0 row ++ layer_units n m (S o) rows' end.
Definition kan_layer (n m : nat) (rows : list (list edge)) : layer F :=
  {| units := layer_units n m 0 rows;
     matrix := map (map (fun e => fst (snd e))) rows;
     bias := map (fun row => fold_right (fun e s => add F (fst e) s) (zero F) row) rows |}.

Lemma hot_length n i c : (i < n)%nat -> length (hot n i c) = n.
Proof. intros H. unfold hot. rewrite app_length. simpl. rewrite !repeat_length. lia. Qed.
Lemma dot_zeros k : forall x, dot (vals (repeat (zero F) k)) x = 0.
Proof. induction k as [|k IH]; intros [|y x]; simpl; auto. rewrite IH, val_zero. ring. Qed.
Lemma dot_hot n i c : forall x, dot (vals (hot n i c)) x = #c * nth i x 0.
Proof.
  unfold hot. generalize (n - S i)%nat as k. intros k. induction i as [|i IH]; intros [|y x]; simpl; try ring.
  - rewrite dot_zeros. ring.
  - rewrite IH, val_zero. ring.
Qed.
Lemma nth_hot m o j c : nth j (hot m o c) (zero F) = if Nat.eq_dec j o then c else zero F.
Proof.
  unfold hot. generalize (m - S o)%nat as k. intros k. revert j. induction o as [|o IH]; intros [|j]; simpl; auto.
  - apply nth_repeat.
  - rewrite IH. destruct (Nat.eq_dec j o), (Nat.eq_dec (S j) (S o)); congruence.
Qed.

Lemma weighted_app o us vs x : weighted F o (us ++ vs) x = weighted F o us x + weighted F o vs x.
Proof. induction us as [|u us IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma weighted_edge n m o i l : forall s x, weighted F o (edge_units n m o i s l) x
  = hinges #s (knots_of l) (nth i x 0).
Proof.
  induction l as [|[t s'] l IH]; intros s x; simpl; [reflexivity|]. rewrite IH. f_equal.
  rewrite nth_hot. destruct (Nat.eq_dec o o) as [_|N]; [|contradiction].
  unfold at_plane. simpl. rewrite dot_hot, val_add, !val_opp, val_one. f_equal. f_equal. ring.
Qed.
Lemma weighted_other n m o j i l : j <> o -> forall s x, weighted F j (edge_units n m o i s l) x = 0.
Proof.
  intros H. induction l as [|[t s'] l IH]; intros s x; simpl; [reflexivity|]. rewrite IH, nth_hot.
  destruct (Nat.eq_dec j o); [contradiction|]. rewrite val_zero. ring.
Qed.
Lemma weighted_other_row n m o j row x : j <> o -> forall i, weighted F j (row_units n m o i row) x = 0.
Proof.
  intros H. induction row as [|e row IH]; intros i; simpl; [reflexivity|].
  rewrite weighted_app, weighted_other, IH by assumption. ring.
Qed.
Lemma weighted_later n m j rows x : forall o, (j < o)%nat -> weighted F j (layer_units n m o rows) x = 0.
Proof.
  induction rows as [|row rows IH]; intros o H; simpl; [reflexivity|].
  rewrite weighted_app, weighted_other_row, IH by lia. ring.
Qed.

(** One output: the sum of its edges. *)
Lemma row_value n m o row fs : Forall2 has_shape fs row -> forall pre x, length x = length row ->
  weighted F o (row_units n m o (length pre) row) (pre ++ x) + dot (vals (map (fun e => fst (snd e)) row)) x
  + #(fold_right (fun e s => add F (fst e) s) (zero F) row) = sum_edges fs x.
Proof.
  induction 1 as [|f e fs row He _ IH]; intros pre x L; destruct x as [|y x]; simpl in L; try discriminate.
  - simpl. rewrite val_zero. ring.
  - injection L as L. simpl. rewrite weighted_app, weighted_edge, val_add.
    rewrite app_nth2, Nat.sub_diag by lia. simpl. rewrite (He y).
    specialize (IH (pre ++ [y]) x L). rewrite app_length, <- app_assoc in IH. simpl in IH.
    rewrite Nat.add_1_r in IH. rewrite <- IH. ring.
Qed.
Lemma rows_value n m x rows fss : Forall2 (Forall2 has_shape) fss rows ->
  Forall (fun row => length row = length x) rows ->
  forall o k, (k < length rows)%nat ->
  weighted F (o + k) (layer_units n m o rows) x
  + dot (vals (nth k (map (map (fun e => fst (snd e))) rows) [])) x
  + #(nth k (map (fun row => fold_right (fun e s => add F (fst e) s) (zero F) row) rows) (zero F))
  = nth k (map (fun fs => sum_edges fs x) fss) 0.
Proof.
  induction 1 as [|fs row fss rows Hr _ IH]; intros L o k Hk; simpl in Hk; [lia|].
  inversion L as [|? ? L0 L']; subst. destruct k as [|k]; simpl; rewrite weighted_app.
  - rewrite Nat.add_0_r, weighted_later by lia. rewrite Rplus_0_r.
    apply (row_value n m o row fs Hr [] x). symmetry. exact L0.
  - rewrite weighted_other_row by lia. rewrite Rplus_0_l.
    replace (o + S k)%nat with (S o + k)%nat by lia. apply IH; [assumption|lia].
Qed.

Lemma edge_units_fit n m o i l : (o < m)%nat -> (i < n)%nat -> forall s,
  Forall (fun u => length (fst u) = m /\ length (fst (snd u)) = n) (edge_units n m o i s l).
Proof.
  intros Ho Hi. induction l as [|[t s'] l IH]; intros s; simpl; constructor; auto.
  simpl. rewrite !hot_length by assumption. auto.
Qed.
Lemma row_units_fit n m o row : (o < m)%nat -> forall i, (i + length row <= n)%nat ->
  Forall (fun u => length (fst u) = m /\ length (fst (snd u)) = n) (row_units n m o i row).
Proof.
  intros Ho. induction row as [|e row IH]; intros i H; simpl in *; [constructor|].
  apply Forall_app. split; [apply edge_units_fit; lia|apply IH; lia].
Qed.
Lemma layer_units_fit n m rows : Forall (fun row => length row = n) rows ->
  forall o, (o + length rows <= m)%nat ->
  Forall (fun u => length (fst u) = m /\ length (fst (snd u)) = n) (layer_units n m o rows).
Proof.
  induction 1 as [|row rows Hr _ IH]; intros o H; simpl in *; [constructor|].
  apply Forall_app. split; [apply row_units_fit; lia|apply IH; lia].
Qed.
Lemma kan_layer_fits n m rows : length rows = m -> Forall (fun row => length row = n) rows ->
  fits F n m (kan_layer n m rows).
Proof.
  intros M N. repeat split; simpl; rewrite ?map_length; auto.
  - apply layer_units_fit; [assumption|lia].
  - apply Forall_map, Forall_impl with (2 := N). intros row L. rewrite map_length. exact L.
Qed.

(** The KAN layer with the edges fss has the value of this network. *)
Theorem kan_layer_value : forall n m fss rows x, Forall2 (Forall2 has_shape) fss rows ->
  length rows = m -> Forall (fun row => length row = n) rows -> length x = n ->
  value F (kan_layer n m rows) x = map (fun fs => sum_edges fs x) fss.
Proof.
  intros n m fss rows x H M N X.
  pose proof (kan_layer_fits n m rows M N) as Hf.
  apply (nth_ext _ _ 0 0).
  - rewrite (value_length F n m), map_length by assumption. rewrite <- M.
    clear - H. induction H; simpl; congruence.
  - intros k Hk. rewrite (value_length F n m) in Hk by assumption. rewrite value_output. unfold output. simpl.
    apply (rows_value n m x rows fss H) with (o := 0%nat); [|lia].
    rewrite X. exact N.
Qed.

(** ** The theorem, and its decision *)
Theorem kan_layer_is_mlp_iff : forall n m fss rows g, Forall2 (Forall2 has_shape) fss rows ->
  length rows = m -> Forall (fun row => length row = n) rows -> fits F n m g ->
  ((forall x, length x = n -> map (fun fs => sum_edges fs x) fss = value F g x) <->
   agree F (canonical F (kan_layer n m rows)) (canonical F g)).
Proof.
  intros n m fss rows g H M N Hg. pose proof (kan_layer_fits n m rows M N) as Hf.
  rewrite <- (canonical_iff F n m) by assumption. split; intros E x Hx.
  - rewrite (kan_layer_value n m fss) by assumption. auto.
  - rewrite <- E by assumption. symmetry. apply kan_layer_value; assumption.
Qed.
End Kan.

(** Continuous piecewise linear functions have a shape: any real ones by [continuous_pwl_relu]. *)
Corollary continuous_edges : forall f a s l, pw_affine f None a s l ->
  has_shape reals f (a, (s, map (fun q => (fst q, snd (snd q))) l)).
Proof.
  intros f a s l H x. rewrite (continuous_pwl_relu f a s l H x). simpl. unfold knots_of. simpl.
  rewrite map_map. reflexivity.
Qed.

Theorem rational_layers_decided : forall n m f g, fits rationals n m f -> fits rationals n m g ->
  (equalb rationals f g = true <->
   forall x, length x = n -> value rationals f x = value rationals g x).
Proof. exact (equalb_iff rationals). Qed.

(** |x| + 2 relu(y - 1/2) as a KAN layer, and as three hidden units with other weights; with
    another bias it is another function. *)
Definition number_of (a : Z) (b : positive) : Qc := Q2Qc (a # b).
Local Notation q := number_of.
Definition example_kan : layer rationals := kan_layer rationals 2 1
  [[(q 0 1, (q (-1) 1, [(q 0 1, q 1 1)])); (q 0 1, (q 0 1, [(q 1 2, q 2 1)]))]].
Definition example_mlp (b : Qc) : layer rationals :=
  Build_layer rationals
    [([q 1 1], ([q (-1) 1; q 0 1], q 0 1)); ([q 1 2], ([q 2 1; q 0 1], q 0 1));
     ([q 2 3], ([q 0 1; q 3 1], b))]
    [[q 0 1; q 0 1]] [q 0 1].
Example decided : equalb rationals example_kan (example_mlp (q (-3) 2)) = true
               /\ equalb rationals example_kan (example_mlp (q (-1) 1)) = false.
Proof. split; vm_compute; reflexivity. Qed.
