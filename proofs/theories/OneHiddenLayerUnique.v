(** * The canonical form of one hidden layer of ReLU is unique

    Two networks with one hidden layer of ReLU have equal values on all of R^n if and only if
    their canonical forms agree: the same hyperplanes with the same weights, in some order, and
    the same affine part.  So equality is decided by comparing canonical forms, and no network
    with one hidden layer, be its other weights as they may, has fewer units than the canonical form.

    A KAN layer of continuous piecewise linear edges is such a network, whose hyperplanes are
    x_i = t, so all of this holds for KAN layers and between both kinds. *)
From Coq Require Import Reals List Lra Lia Permutation Bool.
From KanEquiv Require Import Relu Vectors Polynomials HingesIndependent OneHiddenLayer.
Import ListNotations.
Open Scope R_scope.

Section Layers.
Variable F : field.
Notation K := (number F).
Notation "# a" := (val F a) (at level 5).
Notation vals := (map (val F)).
Notation plane := (list K * K)%type.
Notation unit := (list K * plane)%type.

(** ** Normal hyperplanes that differ are no multiples of each other *)
Definition in_space (p : plane) : hyperplane := (vals (fst p), #(snd p)).

Lemma one_nonzero : one F <> zero F.
Proof. intros E. apply (f_equal (val F)) in E. rewrite val_one, val_zero in E. lra. Qed.
Lemma lead_scaled c w : c <> zero F -> lead F (scaled F c w) = mul F c (lead F w).
Proof.
  intros Hc. assert (Z : mul F c (zero F) = zero F).
  { apply val_injective. rewrite val_mul, val_zero. ring. }
  induction w as [|a w IH]; simpl; [symmetry; exact Z|].
  destruct (same F a (zero F)) as [->|N], (same F (mul F c _) (zero F)) as [E|M]; auto; [contradiction|].
  exfalso. apply (f_equal (val F)) in E. rewrite val_mul, val_zero in E.
  apply Rmult_integral in E. destruct E as [E|E]; revert E; apply val_nonzero; assumption.
Qed.
Lemma normal_lead u : bends F u = true -> lead F (fst (normal F u)) = one F.
Proof.
  unfold bends. destruct (same F (slope F u) (zero F)) as [|N]; [discriminate|]. intros _.
  pose proof (val_nonzero F _ N) as L. unfold normal. simpl. rewrite lead_scaled.
  - apply val_injective. rewrite val_mul, val_inv, val_one by assumption. apply Rinv_l, L.
  - intros E. apply (f_equal (val F)) in E. rewrite val_inv, val_zero in E by assumption.
    apply (Rinv_neq_0_compat _ L E).
Qed.
Lemma plane_lead us p : In p (planes F us) -> lead F (fst p) = one F.
Proof.
  intros Hp. apply nodup_In, in_map_iff in Hp as (u & <- & Hu). apply filter_In in Hu as [_ Hu].
  apply normal_lead, Hu.
Qed.

Lemma lead_all_zero w : all_zero (vals w) -> lead F w = zero F.
Proof.
  induction w as [|a w IH]; simpl; intros H; [reflexivity|]. inversion H as [|? ? Ha Hw]; subst.
  destruct (same F a (zero F)) as [_|N]; [auto|]. exfalso. exact (val_nonzero F a N Ha).
Qed.
Lemma multiple_of_one r v : forall w, lead F v = one F -> lead F w = one F ->
  vals v = vscale r (vals w) -> r = 1.
Proof.
  induction v as [|a v IH]; intros [|b w] Hv Hw E; simpl in *; try discriminate.
  - symmetry in Hv. contradiction (one_nonzero Hv).
  - injection E as Eab E. destruct (same F a (zero F)) as [->|Na], (same F b (zero F)) as [->|Nb].
    + apply (IH w); assumption.
    + subst b. rewrite val_zero, val_one in Eab. assert (r = 0) by lra. subst r.
      contradiction one_nonzero. rewrite <- Hv. apply lead_all_zero. rewrite E.
      apply Forall_forall. intros y Hy. apply in_map_iff in Hy as (z & <- & _). ring.
    + exfalso. apply (val_nonzero F a Na). rewrite Eab, val_zero. ring.
    + subst a b. rewrite val_one in Eab. lra.
Qed.
Lemma vals_injective v : forall w, vals v = vals w -> v = w.
Proof.
  induction v as [|a v IH]; intros [|b w] E; simpl in E; try discriminate; auto.
  injection E as Ea E. f_equal; [apply val_injective, Ea|apply IH, E].
Qed.
Lemma normal_multiple p q : lead F (fst p) = one F -> lead F (fst q) = one F ->
  multiple (in_space p) (in_space q) -> p = q.
Proof.
  destruct p as [v a], q as [w b]. intros Hv Hw (r & E & Eb). simpl in *.
  pose proof (multiple_of_one r v w Hv Hw E) as ->. rewrite vscale_1 in E. rewrite Rmult_1_l in Eb.
  f_equal; [apply vals_injective, E|apply val_injective, Eb].
Qed.
Lemma planes_different n ps : NoDup ps ->
  Forall (fun p => length (fst p) = n /\ lead F (fst p) = one F) ps -> different n (map in_space ps).
Proof.
  intros Hn H. split.
  - rewrite Forall_map. apply Forall_impl with (2 := H). intros p [L O]. simpl. split.
    + rewrite map_length. exact L.
    + intros Z. apply one_nonzero. rewrite <- O. apply lead_all_zero, Z.
  - induction Hn as [|p ps Hp _ IH]; simpl; constructor; inversion H as [|? ? [_ Op] Hps]; subst; auto.
    apply Forall_map, Forall_forall. intros q Hq M. apply Hp.
    rewrite Forall_forall in Hps. rewrite (normal_multiple p q); auto. apply Hps, Hq.
Qed.

(** ** Equal functions have equal weights *)
Lemma by_planes_difference us vs o ps x :
  by_planes F o us ps x - by_planes F o vs ps x
  = unit_sum 1 (map (fun p => (#(strength F o us p) - #(strength F o vs p), in_space p)) ps) x.
Proof.
  induction ps as [|p ps IH]; simpl; [ring|]. rewrite <- IH. unfold at_plane, height. simpl. ring.
Qed.
Lemma minus_all_zero v : forall w, length v = length w ->
  all_zero (vadd (vals v) (vscale (-1) (vals w))) -> v = w.
Proof.
  induction v as [|a v IH]; intros [|b w] L H; simpl in *; try discriminate; auto.
  inversion H as [|? ? H0 H']; subst. f_equal; [apply val_injective; lra|]. apply IH; auto.
Qed.
Lemma strength_elsewhere o us p : ~ In p (planes F us) -> strength F o us p = zero F.
Proof.
  unfold planes, strength. rewrite nodup_In. induction (filter (bends F) us) as [|u l IH]; simpl; intros H; auto.
  destruct (same_plane F (normal F u) p); [exfalso; auto|apply IH; auto].
Qed.

Lemma equal_weights n m f g o : fits F n m f -> fits F n m g -> (o < m)%nat ->
  (forall x, length x = n -> output F f o x = output F g o x) ->
  (forall p, strength F o (units F f) p = strength F o (units F g) p)
  /\ row F f o = row F g o /\ shift F f o = shift F g o.
Proof.
  intros Hf Hg Ho H.
  set (ps := nodup (same_plane F) (planes F (units F f) ++ planes F (units F g))).
  assert (If : incl (planes F (units F f)) ps) by (intros p Hp; apply nodup_In, in_or_app; auto).
  assert (Ig : incl (planes F (units F g)) ps) by (intros p Hp; apply nodup_In, in_or_app; auto).
  assert (N : NoDup ps) by apply NoDup_nodup.
  destruct (hinges_independent n (vadd (vals (row F f o)) (vscale (-1) (vals (row F g o))))
    (#(shift F f o) - #(shift F g o))
    (map (fun p => (#(strength F o (units F f) p) - #(strength F o (units F g) p), in_space p)) ps))
    as (C & D & W).
  - rewrite length_vadd. unfold vscale. rewrite !map_length.
    rewrite !(row_length F n m) by assumption. apply Nat.max_id.
  - rewrite map_map. apply planes_different; [assumption|]. apply Forall_forall. intros p Hp.
    apply nodup_In, in_app_or in Hp. destruct Hp as [Hp|Hp]; split;
      eauto using plane_lead, plane_length.
  - intros x Hx. specialize (H x Hx).
    rewrite (output_by_planes F f ps), (output_by_planes F g ps) in H by assumption.
    rewrite <- by_planes_difference, dot_vadd_l, dot_vscale. lra.
  - split; [|split].
    + intros p. destruct (in_dec (same_plane F) p ps) as [Hp|Hp].
      * rewrite Forall_map, Forall_forall in W. specialize (W p Hp). simpl in W.
        apply val_injective. lra.
      * rewrite !strength_elsewhere by auto. reflexivity.
    + apply minus_all_zero; [|exact C]. rewrite !(row_length F n m) by assumption. reflexivity.
    + apply val_injective. lra.
Qed.

(** ** Canonical forms are necessary and sufficient *)
Lemma column_plane m us v p : In (v, p) (columns F m us) <->
  v = map (fun o => strength F o us p) (seq 0 m) /\ is_read F (v, p) = true.
Proof.
  unfold columns. rewrite filter_In, in_map_iff. split.
  - intros [(q & E & _) R]. injection E as Ev ->. auto.
  - intros [E R]. split; [|assumption]. exists p. split; [rewrite E; reflexivity|].
    destruct (in_dec (same_plane F) p (planes F us)) as [H|H]; [assumption|exfalso].
    revert R. unfold is_read. simpl. rewrite E. rewrite existsb_exists. intros (a & Ha & Na).
    apply in_map_iff in Ha as (o & <- & _). rewrite strength_elsewhere in Na by assumption.
    destruct (same F (zero F) (zero F)); [discriminate|contradiction].
Qed.
Lemma columns_NoDup m us : NoDup (columns F m us).
Proof.
  apply NoDup_filter, FinFun.Injective_map_NoDup; [|apply NoDup_nodup].
  intros p q E. injection E as _ E. exact E.
Qed.

(** The same units in some order, and the same affine part. *)
Definition agree (f g : layer F) : Prop :=
  Permutation (units F f) (units F g) /\ matrix F f = matrix F g /\ bias F f = bias F g.

Theorem canonical_unique : forall n m f g, fits F n m f -> fits F n m g ->
  (forall x, length x = n -> value F f x = value F g x) -> agree (canonical F f) (canonical F g).
Proof.
  intros n m f g Hf Hg H.
  assert (E : forall o, (o < m)%nat ->
    (forall p, strength F o (units F f) p = strength F o (units F g) p)
    /\ row F f o = row F g o /\ shift F f o = shift F g o).
  { intros o Ho. apply (equal_weights n m); try assumption. intros x Hx.
    apply (values_equal F n m); auto. }
  assert (Mf : length (bias F f) = m) by apply Hf. assert (Mg : length (bias F g) = m) by apply Hg.
  unfold agree, canonical. rewrite Mf, Mg. simpl. split; [|split].
  - apply NoDup_Permutation; try apply columns_NoDup. intros [v p]. rewrite !column_plane.
    replace (map (fun o => strength F o (units F g) p) (seq 0 m))
      with (map (fun o => strength F o (units F f) p) (seq 0 m)); [reflexivity|].
    apply map_ext_in. intros o Ho. apply in_seq in Ho. apply E. lia.
  - apply map_ext_in. intros o Ho. apply in_seq in Ho. apply E. lia.
  - apply map_ext_in. intros o Ho. apply in_seq in Ho. apply E. lia.
Qed.

Lemma weighted_permute o us vs x : Permutation us vs -> weighted F o us x = weighted F o vs x.
Proof. induction 1; simpl; lra. Qed.

Theorem canonical_iff : forall n m f g, fits F n m f -> fits F n m g ->
  ((forall x, length x = n -> value F f x = value F g x) <-> agree (canonical F f) (canonical F g)).
Proof.
  intros n m f g Hf Hg. split; [apply (canonical_unique n m); assumption|].
  intros (U & M & B) x _. rewrite <- (canonical_value F n m f), <- (canonical_value F n m g) by assumption.
  apply (values_equal F n m); try (apply canonical_fits; assumption). intros o _.
  unfold output. rewrite (weighted_permute _ _ _ _ U), M, B. reflexivity.
Qed.

(** ** The decision, by computation where numbers can be computed *)
Definition same_unit (u v : unit) : {u = v} + {u <> v}.
Proof. decide equality; [apply same_plane|apply list_eq_dec, same]. Defined.
Definition inside (us vs : list unit) : bool :=
  forallb (fun u => if in_dec same_unit u vs then true else false) us.
Definition equalb (f g : layer F) : bool :=
  let f' := canonical F f in let g' := canonical F g in
  inside (units F f') (units F g') && inside (units F g') (units F f')
  && (if list_eq_dec (list_eq_dec (same F)) (matrix F f') (matrix F g') then true else false)
  && (if list_eq_dec (same F) (bias F f') (bias F g') then true else false).

Lemma inside_ok us vs : inside us vs = true <-> incl us vs.
Proof.
  unfold inside. rewrite forallb_forall. split; intros H u Hu; specialize (H u Hu);
    destruct (in_dec same_unit u vs); auto; discriminate.
Qed.
Theorem equalb_iff : forall n m f g, fits F n m f -> fits F n m g ->
  (equalb f g = true <-> forall x, length x = n -> value F f x = value F g x).
Proof.
  intros n m f g Hf Hg. rewrite (canonical_iff n m) by assumption.
  unfold equalb, agree. rewrite !andb_true_iff, !inside_ok. split.
  - intros [[[I J] M] B].
    destruct (list_eq_dec _ _ _); [|discriminate]. destruct (list_eq_dec _ _ _); [|discriminate].
    split; [|split]; auto. apply NoDup_Permutation; try apply columns_NoDup. intros u. split; auto.
  - intros (U & M & B).
    destruct (list_eq_dec _ _ _); [|contradiction]. destruct (list_eq_dec _ _ _); [|contradiction].
    repeat split; intros u Hu; [apply (Permutation_in u U Hu)|].
    apply (Permutation_in u (Permutation_sym U) Hu).
Qed.

(** ** No network with one hidden layer has fewer units *)
Lemma columns_length m us : (length (columns F m us) <= length us)%nat.
Proof.
  assert (L : forall A (p : A -> bool) l, (length (filter p l) <= length l)%nat).
  { intros A p l. induction l as [|a l IH]; simpl; [lia|]. destruct (p a); simpl; lia. }
  unfold columns. eapply Nat.le_trans; [apply L|]. rewrite map_length. unfold planes.
  eapply Nat.le_trans; [apply NoDup_incl_length; [apply NoDup_nodup|]|].
  - intros p Hp. apply nodup_In in Hp. exact Hp.
  - rewrite map_length. apply L.
Qed.
Theorem canonical_has_fewest_units : forall n m f g, fits F n m f -> fits F n m g ->
  (forall x, length x = n -> value F g x = value F f x) ->
  (length (units F (canonical F f)) <= length (units F g))%nat.
Proof.
  intros n m f g Hf Hg H. destruct (canonical_unique n m g f Hg Hf H) as [U _].
  rewrite <- (Permutation_length U). apply columns_length.
Qed.
End Layers.
