(** * Finite sets of affine forms, and the maximum of each

    A set is a list of forms by increasing coefficients, without repetition.  Soundness needs only
    that the forms have the values that they should have; order is for speed, and so that equal
    sets are equal lists. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** A constant and the coefficients of the inputs; sets are lists by increasing form. *)
Definition form := list Q.
Definition set := list form.
Definition max_forms : Z := 4096.

Fixpoint form_plus (u v : form) : form :=
  match u, v with
  | [], _ => v | _, [] => u
  | a :: u', b :: v' => plus a b :: form_plus u' v'
  end.
Definition form_scale (q : Q) (u : form) : form := map (times q) u.
(** Lexicographic; what a list lacks is 0. *)
Fixpoint sign_of (u : form) : comparison :=
  match u with [] => Eq | a :: u' => match compare a 0 with Eq => sign_of u' | c => c end end.
Fixpoint form_compare (u v : form) : comparison :=
  match u, v with
  | _, [] => sign_of u
  | [], _ => CompOpp (sign_of v)
  | a :: u', b :: v' => match compare a b with Eq => form_compare u' v' | c => c end
  end.
Definition form_zero (u : form) : bool := forallb is_zero u.

Fixpoint union (p : set) : set -> set :=
  fix union_p (q : set) : set :=
    match p, q with
    | [], _ => q
    | _, [] => p
    | u :: p', v :: q' =>
      match form_compare u v with
      | Lt => u :: union p' q
      | Gt => v :: union_p q'
      | Eq => u :: union p' q'
      end
    end.
Fixpoint in_pairs (ps : list set) : list set :=
  match ps with p :: q :: ps' => union p q :: in_pairs ps' | _ => ps end.
Fixpoint union_all (rounds : nat) (ps : list set) : set :=
  match rounds, ps with
  | S k, _ :: _ :: _ => union_all k (in_pairs ps)
  | _, _ => concat ps
  end.
Definition unite (ps : list set) : set := union_all 13 ps.
Definition size (p : set) : Z := Z.of_nat (length p).

Definition set_scale (q : Q) (p : set) : set := if equal q 1 then p else map (form_scale q) p.
Definition set_plus (p q : set) : result set :=
  let? _ := need (Z.leb (size p * size q) max_forms) "too many affine pieces" in
  Ok (unite (map (fun u => map (form_plus u) q) p)).
Fixpoint same_set (p q : set) : bool :=
  match p, q with
  | [], [] => true
  | u :: p', v :: q' => match form_compare u v with Eq => same_set p' q' | _ => false end
  | _, _ => false
  end.

(** ** Soundness *)
Definition peak (l : list R) (m : R) : Prop := In m l /\ forall y, In y l -> y <= m.
Lemma peak_unique l m m' : peak l m -> peak l m' -> m = m'.
Proof. intros [I H] [I' H']. apply Rle_antisym; auto. Qed.
Lemma fold_max_ok l : forall y, peak (y :: l) (fold_left Rmax l y).
Proof.
  induction l as [|z l IH]; intros y; simpl; [split; simpl; auto; intros ? [->|[]]; lra|].
  destruct (IH (Rmax y z)) as [I H]. split.
  - destruct I as [<-|I]; [|simpl; auto]. unfold Rmax. destruct (Rle_dec y z); simpl; auto.
  - pose proof (H _ (or_introl eq_refl)). pose proof (Rmax_l y z). pose proof (Rmax_r y z).
    intros x [->|[->|Hx]]; try lra. apply H. simpl; auto.
Qed.

Section Values.
Variable xs : list R.
Fixpoint dot (u : form) (ys : list R) : R :=
  match u, ys with a :: u', y :: ys' => Q2R a * y + dot u' ys' | _, _ => 0 end.
Definition form_value (u : form) : R := dot u (1 :: xs).
Definition values (p : set) : list R := map form_value p.

Lemma dot_plus u : forall v ys, dot (form_plus u v) ys = dot u ys + dot v ys.
Proof.
  induction u as [|a u IH]; intros [|b v] [|y ys]; simpl; try ring.
  rewrite IH, val_plus. ring.
Qed.
Lemma dot_scale q u : forall ys, dot (form_scale q u) ys = Q2R q * dot u ys.
Proof. induction u as [|a u IH]; intros [|y ys]; simpl; try ring. rewrite IH, val_times. ring. Qed.
Lemma sign_of_zero u : sign_of u = Eq -> forall ys, dot u ys = 0.
Proof.
  induction u as [|a u IH]; simpl; auto. destruct (compare a 0) eqn:C; try discriminate.
  apply val_compare in C. rewrite val_0 in C. intros H [|y ys]; auto. rewrite C, IH by auto. ring.
Qed.
Lemma form_compare_eq u : forall v, form_compare u v = Eq -> forall ys, dot u ys = dot v ys.
Proof.
  assert (Z : forall v, CompOpp (sign_of v) = Eq -> forall ys, 0 = dot v ys).
  { intros v H ys. symmetry. apply sign_of_zero. destruct (sign_of v); auto; discriminate. }
  induction u as [|a u IH]; intros [|b v] H ys.
  - reflexivity.
  - apply Z, H.
  - apply (sign_of_zero (a :: u)), H.
  - simpl in H. destruct (compare a b) eqn:C; try discriminate. apply val_compare in C.
    destruct ys as [|y ys]; simpl; auto. rewrite C, (IH _ H). reflexivity.
Qed.
Lemma form_zero_ok u : form_zero u = true -> forall ys, dot u ys = 0.
Proof.
  induction u as [|a u IH]; simpl; auto. intros H [|y ys]; auto. apply andb_prop in H.
  destruct H as [Ha H]. apply val_is_zero in Ha. rewrite Ha, IH by auto. ring.
Qed.

Lemma union_ok p : forall q y, In y (values (union p q)) <-> In y (values p ++ values q).
Proof.
  induction p as [|u p IHp]; intros q y.
  - destruct q; reflexivity.
  - induction q as [|v q IHq]; [simpl; rewrite app_nil_r; reflexivity|].
    change (In y (values (match form_compare u v with
      | Lt => u :: union p (v :: q) | Gt => v :: union (u :: p) q | Eq => u :: union p q
      end)) <-> In y (values (u :: p) ++ values (v :: q))).
    destruct (form_compare u v) eqn:C; cbn [values map app In] in *.
    + rewrite (IHp q y). rewrite !in_app_iff. cbn [In].
      rewrite <- (form_compare_eq _ _ C (1 :: xs) : form_value u = form_value v). tauto.
    + rewrite (IHp (v :: q) y). rewrite !in_app_iff. cbn [values map In]. tauto.
    + fold (values q) in *. rewrite IHq, !in_app_iff. cbn [In]. tauto.
Qed.
Lemma in_pairs_ok ps : forall y,
  In y (values (concat (in_pairs ps))) <-> In y (values (concat ps)).
Proof.
  unfold values.
  enough (G : forall n ps, (length ps <= n)%nat -> forall y,
    In y (map form_value (concat (in_pairs ps))) <-> In y (map form_value (concat ps)))
    by (apply (G (length ps)); auto).
  clear ps. induction n as [|n IH]; intros [|p [|q ps]] L y; simpl in *; try lia; try reflexivity.
  rewrite !map_app, !in_app_iff, (IH ps) by lia.
  pose proof (union_ok p q y) as U. unfold values in U. rewrite U, in_app_iff. tauto.
Qed.
Lemma unite_ok ps y : In y (values (unite ps)) <-> exists p, In p ps /\ In y (values p).
Proof.
  transitivity (In y (values (concat ps))).
  - unfold unite. generalize 13%nat as k. intros k. revert ps.
    induction k as [|k IH]; intros ps; [reflexivity|]. simpl.
    destruct ps as [|p [|q ps]]; try reflexivity. rewrite IH. apply (in_pairs_ok (p :: q :: ps)).
  - unfold values. rewrite concat_map, in_concat. split.
    + intros (l & Hl & Hy). apply in_map_iff in Hl. destruct Hl as (p & <- & Hp). eauto.
    + intros (p & Hp & Hy). exists (map form_value p). split; auto. apply in_map, Hp.
Qed.

Definition top (p : set) (m : R) : Prop := peak (values p) m.
Lemma top_map (f : form -> form) (g : R -> R) p m : (forall u, form_value (f u) = g (form_value u)) ->
  (forall y z, y <= z -> g y <= g z) -> top p m -> top (map f p) (g m).
Proof.
  intros E M [I H]. unfold top, values in *. rewrite map_map. split.
  - apply in_map_iff in I. destruct I as (u & <- & Hu). apply in_map_iff. exists u. auto.
  - intros y Hy. apply in_map_iff in Hy. destruct Hy as (u & <- & Hu). rewrite E.
    apply M, H, in_map, Hu.
Qed.
Lemma top_scale q p m : 0 <= Q2R q -> top p m -> top (set_scale q p) (Q2R q * m).
Proof.
  intros P T. unfold set_scale. destruct (equal q 1) eqn:E.
  - apply val_equal in E. rewrite E, val_1, Rmult_1_l. exact T.
  - apply top_map with (g := fun y => Q2R q * y); auto.
    + intros u. apply dot_scale.
    + intros y z L. apply Rmult_le_compat_l; auto.
Qed.
Lemma top_plus p q s m n : set_plus p q = Ok s -> top p m -> top q n -> top s (m + n).
Proof.
  unfold set_plus. intros H [Ip Hp] [Iq Hq]. unbind H. inversion H; subst s. clear H.
  apply in_map_iff in Ip, Iq. destruct Ip as (u & <- & Hu), Iq as (v & <- & Hv).
  split.
  - apply unite_ok. exists (map (form_plus u) q). split.
    + apply (in_map (fun u => map (form_plus u) q)), Hu.
    + apply in_map_iff. exists (form_plus u v). split; [apply dot_plus|apply in_map, Hv].
  - intros y Hy. apply unite_ok in Hy. destruct Hy as (l & Hl & Hy).
    apply in_map_iff in Hl. destruct Hl as (u' & <- & Hu').
    apply in_map_iff in Hy. destruct Hy as (w & <- & Hw).
    apply in_map_iff in Hw. destruct Hw as (v' & <- & Hv').
    rewrite (dot_plus u' v' (1 :: xs)
      : form_value (form_plus u' v') = form_value u' + form_value v').
    apply Rplus_le_compat; [apply Hp, in_map, Hu'|apply Hq, in_map, Hv'].
Qed.
Lemma top_single u m : form_value u = m -> top [u] m.
Proof. intros <-. split; simpl; auto. intros y [->|[]]. lra. Qed.
Lemma unite_top ss ys c m : Forall2 (fun s y => top s (y + c)) ss ys -> peak ys m ->
  top (unite ss) (m + c).
Proof.
  intros F [I H]. split.
  - apply unite_ok. clear H. induction F as [|s y ss ys T F IH]; [destruct I|].
    destruct I as [->|I]; [exists s; split; [simpl; auto|apply T]|].
    destruct (IH I) as (p & Hp & Hm). exists p. simpl. auto.
  - intros z Hz. apply unite_ok in Hz. destruct Hz as (p & Hp & Hz). clear I.
    induction F as [|s y ss ys T F IH]; [destruct Hp|].
    destruct Hp as [->|Hp].
    + apply T in Hz. pose proof (H y (or_introl eq_refl)). lra.
    + apply IH; auto. intros; apply H; simpl; auto.
Qed.
Lemma same_set_ok p : forall q m n, same_set p q = true -> top p m -> top q n -> m = n.
Proof.
  intros q m n S P Q. apply (peak_unique (values p)); [exact P|].
  replace (values p) with (values q); [exact Q|]. clear P Q. revert q S.
  induction p as [|u p IH]; intros [|v q] S; simpl in *; try discriminate; auto.
  destruct (form_compare u v) eqn:C; try discriminate. rewrite (IH q S). f_equal.
  symmetry. apply form_compare_eq, C.
Qed.
End Values.
