(** * Words of affine stages and maxima: differences of two maxima of affine forms

    Every coordinate is max(P) - max(Q) for finite sets P, Q of affine forms of the inputs
    (Ovchinnikov, Max-min representation of piecewise linear functions, 2002), by

      a max P = max(a P) for a >= 0,    max P + max Q = max {p + q},
      max_i (max P_i - max Q_i) = max_i (max P_i + sum_{j /= i} max Q_j) - sum_j max Q_j.

    The least form of Q is moved to 0; equal pairs of sets are the same function. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions LinearMaps Networks Rows.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** A constant and the coefficients of the inputs; sets are lists by increasing form. *)
Definition form := list Q.
Definition set := list form.
Definition pair := (set * set)%type.
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
Definition shifted (pq : pair) : pair :=
  match snd pq with
  | u :: _ =>
      if form_zero u then pq
      else let v := form_scale (-1) u in
           (map (form_plus v) (fst pq), map (form_plus v) (snd pq))
  | [] => pq
  end.

(** The row of an affine stage, added to what is there. *)
Fixpoint mixed (r : row) (found : list pair) (above below : set) : result pair :=
  match r with
  | [] => Ok (shifted (above, below))
  | (i, q) :: r' =>
    match skipn i found with
    | [] => Invalid "the columns of a row"
    | (first, second) :: rest =>
        if is_zero q then mixed r' rest above below
        else
          let (first, second) := if less 0 q then (first, second) else (second, first) in
          let a := if less 0 q then q else opposite q in
          let? above' := set_plus above (set_scale a first) in
          let? below' := set_plus below (set_scale a second) in
          mixed r' rest above' below'
    end
  end.
Fixpoint mixed_rows (rs : list row) (bias : Z -> Q) (o : Z) (found : list pair)
  : result (list pair) :=
  match rs with
  | [] => Ok []
  | r :: rs' =>
      let? here := mixed r found [[bias o]] [[]] in
      let? others := mixed_rows rs' bias (o + 1) found in
      Ok (here :: others)
  end.

Definition is_origin (q : set) : bool := match q with [u] => form_zero u | _ => false end.
Fixpoint sum_onto (p : set) (qs : list set) : result set :=
  match qs with [] => Ok p | q :: qs' => let? s := set_plus p q in sum_onto s qs' end.
(** P_i + sum of Q_j, j not i, for all i. *)
Fixpoint tops (before : list set) (parts : list pair) : result (list set) :=
  match parts with
  | [] => Ok []
  | (p, q) :: rest =>
      let? here := sum_onto p (before ++ map snd rest) in
      let? others := tops (before ++ [q]) rest in
      Ok (here :: others)
  end.
Definition greatest (parts : list pair) : result pair :=
  if forallb (fun pq => is_origin (snd pq)) parts then
    let? _ := need (Z.leb (fold_right (fun pq k => (size (fst pq) + k)%Z) 0%Z parts) max_forms)
      "too many affine pieces" in
    Ok (unite (map fst parts), [[]])
  else
    let? ps := tops [] parts in
    let? q := sum_onto [[]] (map snd parts) in
    Ok (shifted (unite ps, q)).

Definition stage_pairs (s : stage) (found : list pair) : result (list pair) :=
  match s with
  | Affine weight bias =>
      let? _ := need (Nat.eqb (length found) (inputs weight)) "the columns of a weight" in
      let? rs := rows weight in
      mixed_rows rs bias 0 found
  | Maximum c groups =>
      let? _ := need (forallb (fun g => Nat.leb 1 (length g) &&
          forallb (fun i => Nat.ltb i (length found)) g) groups) "a group of a maximum" in
      map_result (fun g => greatest (map (fun i => nth i found ([], [])) g)) groups
  | _ => Invalid "a stage that is neither affine nor a maximum"
  end.
Fixpoint word_pairs (w : word) (found : list pair) : result (list pair) :=
  match w with
  | [] => Ok found
  | s :: w' => let? next := stage_pairs s found in word_pairs w' next
  end.
Definition input_pairs (n : nat) : list pair :=
  map (fun i => ([0%Q :: repeat 0%Q i ++ [1%Q]], [[]])) (seq 0 n).

Fixpoint same_set (p q : set) : bool :=
  match p, q with
  | [], [] => true
  | u :: p', v :: q' => match form_compare u v with Eq => same_set p' q' | _ => false end
  | _, _ => false
  end.
Fixpoint same_pairs (l r : list pair) : bool :=
  match l, r with
  | [], [] => true
  | (p, q) :: l', (p', q') :: r' => same_set p p' && same_set q q' && same_pairs l' r'
  | _, _ => false
  end.
(** No more than [budget] numbers to begin with: for time only. *)
Definition check_maxima (budget : Z) (n : nat) (left_ right_ : word) : result unit :=
  let? _ := need (Z.leb (Z.of_nat n) max_forms) "too many inputs" in
  let? _ := need (Z.leb (32 * (Z.of_nat n * Z.of_nat n)) budget) "too large" in
  let? l := word_pairs left_ (input_pairs n) in
  let? r := word_pairs right_ (input_pairs n) in
  need (same_pairs l r) "the sides have other affine pieces".

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

Section Soundness.
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

Definition means (pq : pair) (y : R) : Prop :=
  exists m n, top (fst pq) m /\ top (snd pq) n /\ y = m - n.
Lemma shifted_ok pq y : means pq y -> means (shifted pq) y.
Proof.
  intros (m & n & P & Q & ->). unfold shifted. destruct (snd pq) as [|u q] eqn:E.
  - exists m, n. rewrite E. auto.
  - destruct (form_zero u); [exists m, n; rewrite E; auto|].
    set (v := form_scale (-1) u).
    assert (S : forall p m, top p m -> top (map (form_plus v) p) (form_value v + m)).
    { intros p m'. apply top_map with (g := fun y => form_value v + y).
      - intros w. apply dot_plus.
      - intros; lra. }
    exists (form_value v + m), (form_value v + n). cbn [fst snd]. repeat split; try apply S; auto.
    ring.
Qed.
Lemma Forall2_skipn {A B} (P : A -> B -> Prop) l l' : Forall2 P l l' ->
  forall i, Forall2 P (skipn i l) (skipn i l').
Proof. induction 1; intros [|i]; simpl; auto. Qed.
Lemma mixed_ok r : forall found ys above below m n pq, Forall2 means found ys ->
  top above m -> top below n -> mixed r found above below = Ok pq ->
  means pq (m - n + gap_value r ys).
Proof.
  induction r as [|[i q] r IH]; intros found ys above below m n pq F P Q H.
  - inversion H. apply shifted_ok. exists m, n. simpl. repeat split; auto; try apply P; try apply Q.
    ring.
  - cbn [mixed gap_value] in *. cbv zeta.
    pose proof (Forall2_skipn _ _ _ F i) as G. destruct (skipn i found) as [|[p1 q1] rest];
      [discriminate|].
    inversion G as [|? y ? ys' (m1 & n1 & P1 & Q1 & Ey) G' E1 E2]; subst. cbn [hd tl].
    cbn [fst snd] in *. destruct (is_zero q) eqn:Z.
    + apply val_is_zero in Z. rewrite Z. replace (m - n + _) with (m - n + gap_value r ys') by ring.
      eapply IH; eauto.
    + decide_less 0%Q q; rewrite val_0 in L; unbind H.
      * replace (m - n + (Q2R q * (m1 - n1) + gap_value r ys'))
          with ((m + Q2R q * m1) - (n + Q2R q * n1) + gap_value r ys') by ring.
        apply (IH rest ys' a a0); auto.
        -- eapply top_plus; eauto. apply top_scale; auto; lra.
        -- eapply top_plus; eauto. apply top_scale; auto; lra.
      * assert (O : 0 <= Q2R (opposite q)) by (rewrite val_opposite; lra).
        replace (m - n + (Q2R q * (m1 - n1) + gap_value r ys'))
          with ((m + Q2R (opposite q) * n1) - (n + Q2R (opposite q) * m1) + gap_value r ys')
          by (rewrite val_opposite; ring).
        apply (IH rest ys' a a0); auto.
        -- eapply top_plus; eauto. apply top_scale; auto.
        -- eapply top_plus; eauto. apply top_scale; auto.
Qed.
Lemma top_single u m : form_value u = m -> top [u] m.
Proof. intros <-. split; simpl; auto. intros y [->|[]]. lra. Qed.
Lemma mixed_rows_ok rs bias found ys : Forall2 means found ys -> forall o l,
  mixed_rows rs bias o found = Ok l ->
  Forall2 means l (add_bias bias o (map (fun r => gap_value r ys) rs)).
Proof.
  intros F. induction rs as [|r rs IH]; intros o l H; cbn [mixed_rows] in H.
  - inversion H. constructor.
  - unbind H. inversion H; subst. cbn [map add_bias]. constructor; [|apply IH; auto].
    replace (gap_value r ys + Q2R (bias o)) with (Q2R (bias o) - 0 + gap_value r ys) by ring.
    eapply mixed_ok; eauto; apply top_single; unfold form_value; simpl; ring.
Qed.

Fixpoint total (l : list R) : R := match l with [] => 0 | y :: l' => y + total l' end.
Lemma total_app l l' : total (l ++ l') = total l + total l'.
Proof. induction l; simpl; lra. Qed.
Lemma sum_onto_ok qs ns : Forall2 top qs ns -> forall p m s, top p m -> sum_onto p qs = Ok s ->
  top s (m + total ns).
Proof.
  induction 1 as [|q n qs ns T F IH]; intros p m s P H; cbn [sum_onto total] in *.
  - inversion H; subst. rewrite Rplus_0_r. exact P.
  - unbind H. rewrite <- Rplus_assoc. apply (IH a); auto. eapply top_plus; eauto.
Qed.
Lemma tops_ok parts ys : Forall2 means parts ys ->
  exists ns, Forall2 top (map snd parts) ns /\
  forall before bs, Forall2 top before bs -> forall ss, tops before parts = Ok ss ->
  Forall2 (fun s y => top s (y + (total bs + total ns))) ss ys.
Proof.
  induction 1 as [|[p q] y parts ys (m & n & P & Q & Ey) F (ns & Fn & IH)].
  - exists []. split; [constructor|]. intros before bs _ ss H. inversion H. constructor.
  - cbn [fst snd] in *. exists (n :: ns). split; [constructor; auto|].
    intros before bs Fb ss H. cbn [tops] in H. unbind H. inversion H; subst. constructor.
    + replace (m - n + (total bs + total (n :: ns))) with (m + total (bs ++ ns))
        by (rewrite total_app; simpl; ring).
      eapply sum_onto_ok; eauto. apply Forall2_app; auto.
    + replace (total bs + total (n :: ns)) with (total (bs ++ [n]) + total ns)
        by (rewrite total_app; simpl; ring).
      eapply IH; eauto. apply Forall2_app; auto.
Qed.
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
Lemma is_origin_ok q n : is_origin q = true -> top q n -> n = 0.
Proof.
  destruct q as [|u [|? ?]]; try discriminate. simpl. intros Z T. apply (peak_unique _ _ _ T).
  apply top_single. apply form_zero_ok, Z.
Qed.
Lemma greatest_ok parts ys m pq : Forall2 means parts ys -> peak ys m ->
  greatest parts = Ok pq -> means pq m.
Proof.
  unfold greatest. intros F K H. destruct (forallb (fun pq => is_origin (snd pq)) parts) eqn:Z.
  - unbind H. inversion H; subst. exists (m + 0), 0. cbn [fst snd]. split; [|split].
    + apply unite_top with (ys := ys); auto. clear - F Z.
      induction F as [|[p q] y parts ys (a & b & P & Q & Ey) F IH]; simpl in *; constructor.
      * apply andb_prop in Z. destruct Z as [Z _]. cbn [fst snd] in *.
        rewrite (is_origin_ok _ _ Z Q) in Ey. replace (y + 0) with a by lra. exact P.
      * apply IH. apply andb_prop in Z. tauto.
    + apply top_single. reflexivity.
    + ring.
  - unbind H. inversion H; subst. apply shifted_ok.
    destruct (tops_ok _ _ F) as (ns & Fn & T). exists (m + total ns), (0 + total ns).
    cbn [fst snd]. split; [|split].
    + apply unite_top with (ys := ys); auto.
      pose proof (T [] [] (Forall2_nil _) _ E) as G. simpl in G.
      clear - G. induction G; constructor; auto. rewrite Rplus_0_l in H. exact H.
    + eapply sum_onto_ok; eauto. apply top_single. reflexivity.
    + ring.
Qed.

Context {N : Normal_distribution}.
Lemma Forall2_nth' found ys : Forall2 means found ys -> forall i, (i < length found)%nat ->
  means (nth i found ([], [])) (nth i ys 0).
Proof. induction 1; intros [|i] L; simpl in *; try lia; auto. apply IHForall2. lia. Qed.
Lemma stage_pairs_ok s found ys l : Forall2 means found ys -> stage_pairs s found = Ok l ->
  Forall2 means l (stage_value s ys).
Proof.
  intros F H. destruct s; cbn [stage_pairs] in H; try discriminate; unbind H; apply need_ok in E.
  - apply Nat.eqb_eq in E. assert (L : length found = length ys) by (clear - F; induction F; simpl; congruence).
    cbn [stage_value]. rewrite (rows_ok ys _ _ E0) by congruence.
    eapply mixed_rows_ok; eauto.
  - cbn [stage_value]. unfold maximum_values. revert l H.
    induction groups as [|g groups IH]; intros l H; cbn [map_result map] in *.
    + inversion H. constructor.
    + unbind H. inversion H; subst. cbn [forallb] in E. apply andb_prop in E.
      destruct E as [Eg E]. constructor; [|apply IH; auto].
      apply andb_prop in Eg. destruct Eg as [El Eg]. apply Nat.leb_le in El.
      eapply greatest_ok; [| |exact E0].
      * instantiate (1 := map (fun j => nth j ys 0) g). clear - F Eg.
        induction g as [|j g IHg]; simpl in *; constructor; apply andb_prop in Eg.
        -- apply Forall2_nth'; auto. apply Nat.ltb_lt. tauto.
        -- apply IHg. tauto.
      * destruct g as [|i g]; [simpl in El; lia|]. cbn [map].
        replace (fold_left (fun m j => Rmax m (nth j ys 0)) g (nth i ys 0))
          with (fold_left Rmax (map (fun j => nth j ys 0) g) (nth i ys 0)); [apply fold_max_ok|].
        generalize (nth i ys 0). clear. induction g; simpl; auto.
Qed.
Lemma word_pairs_ok w : forall found ys l, Forall2 means found ys -> word_pairs w found = Ok l ->
  Forall2 means l (word_value w ys).
Proof.
  induction w as [|s w IH]; intros found ys l F H; cbn [word_pairs] in H.
  - inversion H; subst. exact F.
  - unbind H. apply (IH a); auto. eapply stage_pairs_ok; eauto.
Qed.
Lemma same_set_ok p : forall q m n, same_set p q = true -> top p m -> top q n -> m = n.
Proof.
  intros q m n S P Q. apply (peak_unique (values p)); [exact P|].
  replace (values p) with (values q); [exact Q|]. clear P Q. revert q S.
  induction p as [|u p IH]; intros [|v q] S; simpl in *; try discriminate; auto.
  destruct (form_compare u v) eqn:C; try discriminate. rewrite (IH q S). f_equal.
  symmetry. apply form_compare_eq, C.
Qed.
Lemma same_pairs_ok l : forall r ys zs, same_pairs l r = true -> Forall2 means l ys ->
  Forall2 means r zs -> ys = zs.
Proof.
  induction l as [|[p q] l IH]; intros [|[p' q'] r] ys zs S F G; simpl in S; try discriminate.
  - inversion F. inversion G. reflexivity.
  - apply andb_prop in S. destruct S as [S S3]. apply andb_prop in S. destruct S as [S1 S2].
    inversion F as [|? ? ? ? (m & n & P & Q & ->)]; inversion G as [|? ? ? ? (m' & n' & P' & Q' & ->)];
      subst. cbn [fst snd] in *.
    rewrite (same_set_ok _ _ _ _ S1 P P'), (same_set_ok _ _ _ _ S2 Q Q'). f_equal. eapply IH; eauto.
Qed.
Lemma input_pairs_ok : Forall2 means (input_pairs (length xs)) xs.
Proof.
  unfold input_pairs.
  assert (D : forall i ys, dot (repeat 0%Q i ++ [1%Q]) ys = nth i ys 0).
  { induction i as [|i IH]; intros [|y ys]; simpl; auto; [rewrite val_1; ring|].
    rewrite val_0, IH. ring. }
  enough (G : forall ys from, (forall i, nth i ys 0 = nth (from + i) xs 0) -> Forall2 means
    (map (fun i => ([0%Q :: repeat 0%Q i ++ [1%Q]], [[]])) (seq from (length ys))) ys)
    by (apply G; auto).
  induction ys as [|y ys IH]; intros from E; simpl; constructor.
  - exists y, 0. cbn [fst snd]. split; [|split; [|ring]]; apply top_single.
    + unfold form_value. cbn [dot]. rewrite D, val_0. specialize (E 0%nat). simpl in E.
      rewrite Nat.add_0_r in E. rewrite <- E. ring.
    + reflexivity.
  - apply IH. intros i. specialize (E (S i)). simpl in E. rewrite E. f_equal. lia.
Qed.
End Soundness.

Theorem maxima_sound {N : Normal_distribution} budget n left_ right_ u :
  check_maxima budget n left_ right_ = Ok u ->
  forall xs, length xs = n -> word_value left_ xs = word_value right_ xs.
Proof.
  unfold check_maxima. intros H xs <-. unbind H. apply need_ok in H.
  pose proof (input_pairs_ok xs) as I.
  eapply same_pairs_ok; [exact H| |]; eapply word_pairs_ok; eauto.
Qed.
