(** * The canonical form of networks with one hidden layer of ReLU

      x |-> sum_u v_u relu(w_u . x + b_u) + C x + d

    with n inputs and any number of outputs.  A unit whose first weight that is not 0 is l
    becomes a unit of the hyperplane (w_u / l, b_u / l), by relu(s z) = s relu(z) for s > 0 and
    relu(-z) = relu(z) - z; units of one hyperplane are added up; units that no output reads are left
    out; units with w_u = 0 are constants.

    The weights are of any field of real numbers whose equality is decided: all of R, or Q, where
    all of it can be computed. *)
From Coq Require Import Reals List Lra Lia.
From KanEquiv Require Import Relu Vectors FewestUnits.
Import ListNotations.
Open Scope R_scope.

Record field := {
  number : Type;
  val : number -> R;
  zero : number; one : number;
  add : number -> number -> number; mul : number -> number -> number;
  opp : number -> number; inv : number -> number;
  negative : number -> bool;
  same : forall a b : number, {a = b} + {a <> b};
  val_injective : forall a b, val a = val b -> a = b;
  val_zero : val zero = 0; val_one : val one = 1;
  val_add : forall a b, val (add a b) = val a + val b;
  val_mul : forall a b, val (mul a b) = val a * val b;
  val_opp : forall a, val (opp a) = - val a;
  val_inv : forall a, a <> zero -> val (inv a) = / val a;
  negative_ok : forall a, negative a = true <-> val a < 0 }.

Section Layers.
Variable F : field.
Notation K := (number F).
Notation "# a" := (val F a) (at level 5).
Notation vals := (map (val F)).

(** Hyperplanes are (w, b), units are (v, (w, b)). *)
Notation plane := (list K * K)%type.
Notation unit := (list K * plane)%type.
Record layer := { units : list unit; matrix : list (list K); bias : list K }.
Definition fits (n m : nat) (f : layer) : Prop :=
  Forall (fun u => length (fst u) = m /\ length (fst (snd u)) = n) (units f) /\
  (length (matrix f) = m /\ Forall (fun row => length row = n) (matrix f)) /\ length (bias f) = m.

Definition at_plane (p : plane) (x : list R) : R := relu (dot (vals (fst p)) x + #(snd p)).
Definition value (f : layer) (x : list R) : vec :=
  vadd (vecmat (map (fun u => at_plane (snd u) x) (units f)) (map (fun u => vals (fst u)) (units f)))
       (apply_affine (map (fun row => vals row) (matrix f), vals (bias f)) x).

(** ** One output *)
Definition weighted (o : nat) (us : list unit) (x : list R) : R :=
  fold_right (fun u s => #(nth o (fst u) (zero F)) * at_plane (snd u) x + s) 0 us.
Definition output (f : layer) (o : nat) (x : list R) : R :=
  weighted o (units f) x + dot (vals (nth o (matrix f) [])) x + #(nth o (bias f) (zero F)).

Lemma nth_vadd o : forall a b, nth o (vadd a b) 0 = nth o a 0 + nth o b 0.
Proof. induction o as [|o IH]; intros [|x a] [|y b]; simpl; try ring; apply IH. Qed.
Lemma nth_vscale c o : forall a, nth o (vscale c a) 0 = c * nth o a 0.
Proof. induction o as [|o IH]; intros [|x a]; simpl; try ring; apply IH. Qed.
Lemma nth_vals o : forall a, nth o (vals a) 0 = #(nth o a (zero F)).
Proof. intros a. rewrite <- (val_zero F). apply map_nth. Qed.
Lemma nth_matvec x o : forall M : mat, nth o (matvec M x) 0 = dot (nth o M []) x.
Proof. intros M. change 0 with (dot [] x). apply (map_nth (fun r => dot r x)). Qed.
Lemma value_output f x o : nth o (value f x) 0 = output f o x.
Proof.
  unfold value, output, apply_affine. cbn [fst snd]. rewrite !nth_vadd, nth_matvec, nth_vals.
  change (@nil R) with (vals []). rewrite (map_nth (fun row => vals row)).
  rewrite <- Rplus_assoc. f_equal. f_equal. induction (units f) as [|u us IH]; simpl.
  - destruct o; reflexivity.
  - rewrite nth_vadd, nth_vscale, nth_vals, IH. ring.
Qed.
Lemma length_vadd a b : length (vadd a b) = Nat.max (length a) (length b).
Proof. revert b; induction a as [|x a IH]; intros [|y b]; simpl; auto. Qed.
Lemma value_length n m f x : fits n m f -> length (value f x) = m.
Proof.
  intros (Hu & (Hm & _) & Hb). unfold value, apply_affine, matvec.
  rewrite !length_vadd. simpl. rewrite !map_length, Hm, Hb, Nat.max_id.
  apply Nat.max_r. induction Hu as [|u us [H _] _ IH]; simpl; [lia|].
  rewrite length_vadd. unfold vscale. rewrite !map_length.
  apply Nat.max_lub; [apply Nat.eq_le_incl, H|exact IH].
Qed.
Lemma values_equal n m f g x : fits n m f -> fits n m g ->
  (value f x = value g x <-> forall o, (o < m)%nat -> output f o x = output g o x).
Proof.
  intros Hf Hg. split; intros H.
  - intros o _. rewrite <- !value_output, H. reflexivity.
  - apply (nth_ext _ _ 0 0); rewrite (value_length n m f) by assumption.
    + symmetry. apply (value_length n m g). assumption.
    + intros o Ho. rewrite !value_output. auto.
Qed.

(** ** The canonical form *)
Fixpoint lead (w : list K) : K :=
  match w with [] => zero F | a :: w' => if same F a (zero F) then lead w' else a end.
Definition slope (u : unit) : K := lead (fst (snd u)).
Definition bends (u : unit) : bool := if same F (slope u) (zero F) then false else true.
Definition scaled (c : K) (w : list K) : list K := map (mul F c) w.
Definition normal (u : unit) : plane :=
  let s := inv F (slope u) in (scaled s (fst (snd u)), mul F s (snd (snd u))).
Definition size (a : K) : K := if negative F a then opp F a else a.

Definition same_plane (p q : plane) : {p = q} + {p <> q}.
Proof. decide equality; [apply same|apply list_eq_dec, same]. Defined.
Arguments same_plane : simpl never.
Arguments normal : simpl never.

(** The weight of a hyperplane in output o. *)
Definition strength (o : nat) (us : list unit) (p : plane) : K :=
  fold_right (fun u s => if same_plane (normal u) p
    then add F (mul F (size (slope u)) (nth o (fst u) (zero F))) s else s) (zero F) (filter bends us).
Fixpoint sum (v w : list K) : list K :=
  match v, w with [], _ => w | _, [] => v | a :: v', b :: w' => add F a b :: sum v' w' end.
(** What turning around adds to the affine part, and units without weights. *)
Definition row (f : layer) (o : nat) : list K :=
  fold_right (fun u s => if negative F (slope u)
    then sum (scaled (nth o (fst u) (zero F)) (fst (snd u))) s else s) (nth o (matrix f) []) (units f).
Definition constant (u : unit) : K :=
  let b := snd (snd u) in
  if bends u then (if negative F (slope u) then b else zero F) else if negative F b then zero F else b.
Definition shift (f : layer) (o : nat) : K :=
  fold_right (fun u s => add F (mul F (nth o (fst u) (zero F)) (constant u)) s)
    (nth o (bias f) (zero F)) (units f).

Definition planes (us : list unit) : list plane := nodup same_plane (map normal (filter bends us)).
Definition is_read (u : unit) : bool := existsb (fun a => if same F a (zero F) then false else true) (fst u).
Definition columns (m : nat) (us : list unit) : list unit :=
  filter is_read (map (fun p => (map (fun o => strength o us p) (seq 0 m), p)) (planes us)).
Definition canonical (f : layer) : layer :=
  let m := length (bias f) in
  {| units := columns m (units f); matrix := map (row f) (seq 0 m); bias := map (shift f) (seq 0 m) |}.

(** ** It is the same function *)
Lemma vals_scaled c w : vals (scaled c w) = vscale #c (vals w).
Proof. unfold scaled, vscale. rewrite !map_map. apply map_ext. intros; apply val_mul. Qed.
Lemma vals_sum v : forall w, vals (sum v w) = vadd (vals v) (vals w).
Proof. induction v as [|a v IH]; intros [|b w]; simpl; auto. rewrite IH, val_add. reflexivity. Qed.
Lemma val_nonzero a : a <> zero F -> #a <> 0.
Proof. intros H E. apply H, (val_injective F). rewrite val_zero. exact E. Qed.
Lemma lead_zero w : lead w = zero F -> forall x, dot (vals w) x = 0.
Proof.
  induction w as [|a w IH]; simpl; intros H x; [reflexivity|].
  destruct (same F a (zero F)) as [->|N]; [|contradiction].
  destruct x as [|y x]; [reflexivity|]. rewrite val_zero, IH by assumption. ring.
Qed.
Lemma size_val a : #(size a) = Rabs #a.
Proof.
  unfold size. destruct (negative F a) eqn:E.
  - apply negative_ok in E. rewrite val_opp, Rabs_left by assumption. reflexivity.
  - rewrite Rabs_right; [reflexivity|]. apply Rnot_lt_ge. intros H. apply negative_ok in H. congruence.
Qed.
Lemma not_negative a : negative F a = false -> 0 <= #a.
Proof. intros E. apply Rnot_lt_le. intros H. apply negative_ok in H. congruence. Qed.

Lemma relu_abs l z : l <> 0 -> relu (l * z) = Rabs l * relu z + (if Rlt_dec l 0 then l * z else 0).
Proof.
  intros H. unfold Rabs. destruct (Rlt_dec l 0) as [L|L], (Rcase_abs l) as [M|M]; try lra;
    destruct (Rle_or_lt 0 z) as [Z|Z];
    rewrite ?(relu_pos z), ?(relu_neg z) by lra;
    rewrite ?(relu_pos (l * z)), ?(relu_neg (l * z)) by nra; ring.
Qed.
(** One unit: its hyperplane, and its part of the affine map. *)
Lemma one_unit u x : at_plane (snd u) x =
  (if bends u then #(size (slope u)) * at_plane (normal u) x else 0)
  + (if negative F (slope u) then dot (vals (fst (snd u))) x else 0) + #(constant u).
Proof.
  unfold constant, bends, at_plane, normal. destruct u as [v [w b]].
  unfold slope in *. simpl. destruct (same F (lead w) (zero F)) as [E|N].
  - rewrite (lead_zero w E), E. assert (negative F (zero F) = false) as ->.
    { destruct (negative F (zero F)) eqn:Z; [|reflexivity]. apply negative_ok in Z. rewrite val_zero in Z. lra. }
    destruct (negative F b) eqn:B.
    + apply negative_ok in B. rewrite relu_neg, val_zero by lra. ring.
    + apply not_negative in B. rewrite relu_pos by lra. ring.
  - pose proof (val_nonzero _ N) as L. set (l := #(lead w)) in *.
    rewrite vals_scaled, dot_vscale, val_mul, val_inv by assumption. fold l.
    replace (dot (vals w) x + #b) with (l * (/ l * dot (vals w) x + / l * #b)) at 1 by (field; assumption).
    rewrite relu_abs by assumption. rewrite size_val. fold l.
    destruct (negative F (lead w)) eqn:G.
    + apply negative_ok in G. fold l in G. destruct (Rlt_dec l 0); [|contradiction]. field. assumption.
    + apply not_negative in G. fold l in G. destruct (Rlt_dec l 0); [lra|]. rewrite val_zero. ring.
Qed.

(** The sum over hyperplanes [ps]. *)
Definition by_planes (o : nat) (us : list unit) (ps : list plane) (x : list R) : R :=
  fold_right (fun p s => #(strength o us p) * at_plane p x + s) 0 ps.
Definition columns_of (o : nat) (us : list unit) : list (R * plane) :=
  map (fun u => (#(size (slope u)) * #(nth o (fst u) (zero F)), normal u)) (filter bends us).

Lemma strength_weight o us p : #(strength o us p) = weight same_plane p (columns_of o us).
Proof.
  unfold strength, columns_of. induction (filter bends us) as [|u l IH]; simpl; [apply val_zero|].
  destruct (same_plane (normal u) p); rewrite <- IH, ?val_add, ?val_mul; ring.
Qed.
Lemma by_planes_total o us ps x : NoDup ps -> incl (planes us) ps ->
  by_planes o us ps x = total (columns_of o us) (fun p => at_plane p x).
Proof.
  intros Hn Hi. rewrite <- (fewest_units same_plane ps); [|assumption|].
  - unfold by_planes, total, merged. clear Hn Hi. induction ps as [|p ps IH]; simpl; [reflexivity|].
    rewrite IH, strength_weight. reflexivity.
  - intros c Hc. apply Hi, nodup_In. unfold columns_of in Hc. apply in_map_iff in Hc as (u & <- & Hu).
    simpl. apply in_map, Hu.
Qed.

Lemma output_by_planes f ps o x : NoDup ps -> incl (planes (units f)) ps ->
  output f o x = by_planes o (units f) ps x + dot (vals (row f o)) x + #(shift f o).
Proof.
  intros Hn Hi. rewrite by_planes_total by assumption. clear Hn Hi.
  unfold output, row, shift, columns_of, weighted, total.
  induction (units f) as [|u us IH]; [simpl; ring|]. cbn [fold_right filter].
  set (a := #(nth o (fst u) (zero F))) in *. rewrite (one_unit u x).
  rewrite val_add, val_mul. fold a.
  assert (E : forall s, dot (vals (if negative F (slope u)
      then sum (scaled (nth o (fst u) (zero F)) (fst (snd u))) s else s)) x
    = (if negative F (slope u) then a * dot (vals (fst (snd u))) x else 0) + dot (vals s) x).
  { intros s. destruct (negative F (slope u)); [|ring].
    rewrite vals_sum, dot_vadd_l, vals_scaled, dot_vscale. reflexivity. }
  rewrite E. clear E.
  destruct (bends u), (negative F (slope u)); cbn [map fold_right fst snd]; fold a; lra.
Qed.

Lemma not_read v p o : is_read (v, p) = false -> nth o v (zero F) = zero F.
Proof.
  unfold is_read. simpl. revert o. induction v as [|a v IH]; intros [|o] H; simpl in *; auto;
    destruct (same F a (zero F)); try discriminate; auto.
Qed.
Lemma nth_tabulate {A} (g : nat -> A) m o d : (o < m)%nat -> nth o (map g (seq 0 m)) d = g o.
Proof.
  intros H. rewrite (nth_indep _ d (g 0%nat)) by (rewrite map_length, seq_length; assumption).
  rewrite map_nth, seq_nth by assumption. reflexivity.
Qed.
Lemma weighted_columns m us o x : (o < m)%nat ->
  weighted o (columns m us) x = by_planes o us (planes us) x.
Proof.
  intros Ho. unfold weighted, columns, by_planes. induction (planes us) as [|p ps IH]; [reflexivity|].
  cbn [map filter fold_right]. rewrite <- IH.
  rewrite <- (nth_tabulate (fun o => strength o us p) m o (zero F) Ho).
  destruct (is_read _) eqn:E; [reflexivity|].
  rewrite (not_read _ _ o E), val_zero. ring.
Qed.

Lemma normal_length n u : length (fst (snd u)) = n -> length (fst (normal u)) = n.
Proof. intros <-. apply map_length. Qed.
Lemma plane_length n m f p : fits n m f -> In p (planes (units f)) -> length (fst p) = n.
Proof.
  intros [Hu _] Hp. apply nodup_In, in_map_iff in Hp as (u & <- & Hin).
  apply filter_In in Hin as [Hin _]. rewrite Forall_forall in Hu. apply normal_length, Hu, Hin.
Qed.
Lemma row_length n m f o : fits n m f -> (o < m)%nat -> length (row f o) = n.
Proof.
  intros (Hu & (Hm & Hr) & _) Ho. unfold row. induction Hu as [|u us [_ Hn] _ IH]; simpl.
  - rewrite Forall_forall in Hr. apply Hr, nth_In. lia.
  - destruct (negative F (slope u)); [|exact IH]. rewrite <- (map_length (val F)), vals_sum.
    rewrite length_vadd, !map_length, IH. unfold scaled. rewrite map_length, Hn. apply Nat.max_id.
Qed.
Lemma canonical_fits n m f : fits n m f -> fits n m (canonical f).
Proof.
  intros H. assert (M : length (bias f) = m) by apply H. unfold canonical. rewrite M.
  repeat split; simpl; rewrite ?map_length, ?seq_length; auto.
  - apply Forall_forall. intros u Hu. apply filter_In in Hu as [Hu _].
    apply in_map_iff in Hu as (p & <- & Hp). simpl. rewrite map_length, seq_length.
    split; [reflexivity|]. apply (plane_length n m f); assumption.
  - apply Forall_forall. intros r Hr. apply in_map_iff in Hr as (o & <- & Ho).
    apply in_seq in Ho. apply (row_length n m); [assumption|lia].
Qed.

Theorem canonical_value : forall n m f x, fits n m f -> value (canonical f) x = value f x.
Proof.
  intros n m f x H. apply (values_equal n m); [apply canonical_fits|..]; try assumption.
  intros o Ho. assert (M : length (bias f) = m) by apply H.
  rewrite (output_by_planes f (planes (units f)) o x (NoDup_nodup _ _) (incl_refl _)).
  unfold output, canonical. simpl. rewrite M, !nth_tabulate, weighted_columns by assumption. reflexivity.
Qed.
End Layers.
Arguments same_plane : simpl never.
Arguments normal : simpl never.
