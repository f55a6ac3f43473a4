(** * Words of affine stages and maxima: differences of two maxima of affine forms

    Every coordinate is max(P) - max(Q) for finite sets P, Q of affine forms of the inputs
    (Ovchinnikov, Max-min representation of piecewise linear functions, 2002), by

      a max P = max(a P) for a >= 0,    max P + max Q = max {p + q},
      max_i (max P_i - max Q_i) = max_i (max P_i + sum_{j /= i} max Q_j) - sum_j max Q_j.

    The least form of Q is moved to 0; equal pairs of sets are the same function. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions LinearMaps Networks Rows Form_sets.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Definition pair := (set * set)%type.
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
Section Soundness.
Variable xs : list R.
Notation form_value := (form_value xs).
Notation top := (top xs).
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
Lemma same_pairs_ok l : forall r ys zs, same_pairs l r = true -> Forall2 means l ys ->
  Forall2 means r zs -> ys = zs.
Proof.
  induction l as [|[p q] l IH]; intros [|[p' q'] r] ys zs S F G; simpl in S; try discriminate.
  - inversion F. inversion G. reflexivity.
  - apply andb_prop in S. destruct S as [S S3]. apply andb_prop in S. destruct S as [S1 S2].
    inversion F as [|? ? ? ? (m & n & P & Q & ->)]; inversion G as [|? ? ? ? (m' & n' & P' & Q' & ->)];
      subst. cbn [fst snd] in *.
    rewrite (same_set_ok xs _ _ _ _ S1 P P'), (same_set_ok xs _ _ _ _ S2 Q Q'). f_equal. eapply IH; eauto.
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
