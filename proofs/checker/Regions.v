(** * Continuous piecewise linear words, cell by cell

    The domain, in which at most two inputs are free, is cut into cells on which all units of both
    words are linear; there both are compared as linear forms.  The number of cells is stated, so
    that it is bounded.  This is the enumeration of activation regions by polygons. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions Calculus Bases Networks Cones Lines Walkers.
Import ListNotations.
Open Scope list_scope.
Open Scope Z_scope.

(** ** The cells to begin with, and the comparison on each cell *)
Definition sides_of (dom : domain) (n : nat) : domain :=
  match dom with [] => repeat (None, None) n | _ => dom end.
Definition fixed (s : end_ * end_) : option Q :=
  match s with (Some a, Some b) => if equal a b then Some a else None | _ => None end.
Fixpoint free (ss : domain) : domain :=
  match ss with
  | [] => []
  | s :: ss' => match fixed s with Some _ => free ss' | None => s :: free ss' end
  end.
Fixpoint input_forms (d : Z) (k : nat) (ss : domain) : result (list triple) :=
  match ss with
  | [] => Ok []
  | s :: ss' =>
    match fixed s, k with
    | Some q, _ =>
        let? z := whole d q in let? rest := input_forms d k ss' in Ok ((0, 0, z) :: rest)
    | None, O => let? rest := input_forms d 1 ss' in Ok ((d, 0, 0) :: rest)
    | None, 1%nat => let? rest := input_forms d 2 ss' in Ok ((0, d, 0) :: rest)
    | None, _ => Invalid "more than 2 inputs are free"
    end
  end.
(** Segments and half-lines by their ends n/m, where m = 0 is infinity. *)
Definition segment := list (Z * Z).
Definition axis (s : end_ * end_) : list segment :=
  let left_ := match fst s with None => (-1, 0) | Some q => (Qnum q, Zpos (Qden q)) end in
  let right_ := match snd s with None => (1, 0) | Some q => (Qnum q, Zpos (Qden q)) end in
  match s with
  | (None, None) => [[left_; (0, 1)]; [(0, 1); right_]]
  | _ => [[left_; right_]]
  end.
Definition corners (s t : segment) : cone :=
  filter (fun r => negb (same_triple r zero3))
    (flat_map (fun nm : Z * Z => map (fun uv : Z * Z =>
      primitive (fst nm * snd uv, fst uv * snd nm, snd nm * snd uv)) t) s).
Definition start (ss : domain) : list cone :=
  let axes := map axis (free ss) ++ [[[(0, 1)]]; [[(0, 1)]]] in
  flat_map (fun s => map (corners s) (nth 1 axes [])) (nth 0 axes []).

Fixpoint same_on (c : cone) (d : Z) (fs : list triple) (e : Z) (gs : list triple) : bool :=
  match fs, gs with
  | [], [] => true
  | f :: fs', g :: gs' =>
      let h := plus3 (times3 e f) (times3 (- d) g) in
      forallb (fun r => Z.eqb (level h r) 0) c && same_on c d fs' e gs'
  | _, _ => false
  end.
Definition compare_cell (cells : Z) (d : Z) (fs : list triple) : goal := fun c e gs n =>
  let? _ := need (Z.ltb n cells) "there are more cells" in
  let? _ := need (same_on c d fs e gs) "the sides differ on a cell" in
  Ok (n + 1).
Fixpoint in_all (f : cone -> Z -> result Z) (cs : list cone) (n : Z) : result Z :=
  match cs with [] => Ok n | c :: cs' => let? m := f c n in in_all f cs' m end.
Definition check_regions (budget cells : Z) (dom : domain) (n : nat) (left_ right_ : word) : result unit :=
  let ss := sides_of dom n in
  let? _ := need (Nat.eqb (length ss) n) "expected an interval per input" in
  let? _ := need (Nat.leb (length (free ss)) 2) "more than 2 inputs are free" in
  let d := common_denominator (flat_map (fun s => match fixed s with Some q => [q] | None => [] end) ss) in
  let? _ := need (Z.ltb 0 d) "a denominator" in
  let? fs := input_forms d 0 ss in
  let? l := word_walker budget left_ in
  let? r := word_walker budget right_ in
  let? found := in_all (fun c =>
    l (fun c' e gs => r (compare_cell cells e gs) c' d fs) c d fs) (start ss) 0 in
  need (Z.eqb found cells) "there are fewer cells".

(** ** Soundness *)
Open Scope R_scope.
Lemma same_on_ok px py c d e : (0 < d)%Z -> (0 < e)%Z -> inside px py c -> forall fs gs,
  same_on c d fs e gs = true -> values px py d fs = values px py e gs.
Proof.
  intros Hd He I. pose proof (IZR_pos _ Hd). pose proof (IZR_pos _ He).
  induction fs as [|f fs IH]; intros [|g gs] S; simpl in S; try discriminate; auto.
  apply andb_prop in S. destruct S as [S1 S2]. unfold values, at_den in *. cbn [map]. f_equal; auto.
  rewrite forallb_forall in S1.
  assert (Z : here px py (real (plus3 (times3 e f) (times3 (- d) g))) = 0).
  { apply (zero px py _ c I). intros r Hr. apply Z.eqb_eq, S1, Hr. }
  fold (form_at px py (plus3 (times3 e f) (times3 (- d) g))) in Z.
  rewrite plus3_ok, !times3_ok, opp_IZR in Z.
  apply Rmult_eq_reg_r with (IZR d * IZR e); [|nra]. field_simplify; lra.
Qed.

(** ** The cells to begin with *)
Fixpoint free_values (ss : domain) (xs : list R) : list R :=
  match ss, xs with
  | s :: ss', x :: xs' =>
      match fixed s with Some _ => free_values ss' xs' | None => x :: free_values ss' xs' end
  | _, _ => []
  end.
Lemma fixed_ok s q x : fixed s = Some q -> at_or_above (fst s) x -> at_or_below (snd s) x -> x = Q2R q.
Proof.
  destruct s as [[a|] [b|]]; simpl; try discriminate. destruct (equal a b) eqn:E; [|discriminate].
  apply val_equal in E. intros H; inversion H; subst; intros; lra.
Qed.
Lemma input_forms_ok px py d ss : (0 < d)%Z -> forall xs k fs, length ss = length xs ->
  in_domain ss xs -> (forall i, nth i (free_values ss xs) 0 = nth (k + i) [px; py] 0
    \/ (length (free_values ss xs) <= i)%nat) ->
  input_forms d k ss = Ok fs -> values px py d fs = xs.
Proof.
  intros Hd. pose proof (IZR_pos _ Hd) as Hd'.
  induction ss as [|s ss IH]; intros [|x xs] k fs L D F H; simpl in L; try discriminate.
  - inversion H. reflexivity.
  - rename D into D0. destruct s as [lo hi] eqn:Es. rewrite <- Es in *.
    assert (D : at_or_above (fst s) x /\ at_or_below (snd s) x /\ in_domain ss xs)
      by (subst s; exact D0).
    destruct D as (D1 & D2 & D3). cbn [input_forms free_values] in *.
    destruct (fixed s) as [q|] eqn:Fx.
    + unbind H. inversion H; subst fs. unfold values, at_den. cbn [map]. f_equal.
      * rewrite (fixed_ok _ _ _ Fx D1 D2). unfold form_at. simpl. rewrite (whole_ok _ _ _ E).
        field. lra.
      * apply (IH xs k a0); auto.
    + assert (F0 : x = nth k [px; py] 0).
      { destruct (F 0%nat) as [E|E]; [|simpl in E; lia]. rewrite Nat.add_0_r in E. exact E. }
      assert (F' : forall i, nth i (free_values ss xs) 0 = nth (S k + i) [px; py] 0
        \/ (length (free_values ss xs) <= i)%nat).
      { intros i. destruct (F (S i)) as [E|E]; [left|right; simpl in E; lia].
        cbn [nth] in E. rewrite E. replace (k + S i)%nat with (S k + i)%nat by lia. reflexivity. }
      destruct k as [|[|k]]; [| |discriminate]; unbind H; inversion H; subst fs;
        unfold values, at_den; cbn [map]; f_equal; try (eapply IH; eauto; fail);
        unfold form_at; simpl in *; rewrite F0; field; lra.
Qed.
Lemma free_values_length ss : forall xs, length ss = length xs ->
  length (free_values ss xs) = length (free ss).
Proof.
  induction ss as [|s ss IH]; intros [|x xs] L; simpl in *; try discriminate; auto.
  destruct (fixed s); simpl; auto.
Qed.
Lemma free_inside ss : forall xs, length ss = length xs -> in_domain ss xs ->
  Forall2 (fun s x => at_or_above (fst s) x /\ at_or_below (snd s) x) (free ss) (free_values ss xs).
Proof.
  induction ss as [|[lo hi] ss IH]; intros [|x xs] L D; simpl in L; try discriminate; [constructor|].
  destruct D as (D1 & D2 & D3). cbn [free free_values].
  destruct (fixed (lo, hi)); auto.
Qed.
(** x is in a segment if every affine function that is >= 0 at its ends is >= 0 at x. *)
Definition in_segment (s : segment) (x : R) : Prop :=
  forall a b, (forall n m, In (n, m) s -> 0 <= a * IZR n + b * IZR m) -> 0 <= a * x + b.
Lemma axis_ok s x : at_or_above (fst s) x -> at_or_below (snd s) x ->
  exists g, In g (axis s) /\ in_segment g x.
Proof.
  assert (V : forall q a b, 0 <= a * IZR (Qnum q) + b * IZR (Zpos (Qden q)) -> 0 <= a * Q2R q + b).
  { intros q a b H. unfold Q2R. assert (0 < IZR (Zpos (Qden q))) by (apply IZR_lt; lia).
    apply Rmult_le_reg_r with (IZR (Zpos (Qden q))); auto. rewrite Rmult_0_l.
    replace ((a * (IZR (Qnum q) * / IZR (Z.pos (Qden q))) + b) * IZR (Z.pos (Qden q)))
      with (a * IZR (Qnum q) + b * IZR (Zpos (Qden q))) by (field; lra). exact H. }
  destruct s as [[p|] [q|]]; simpl; intros Hl Hr.
  - eexists. split; [left; reflexivity|]. intros a b H.
    assert (H1 := V _ _ _ (H _ _ (or_introl eq_refl))).
    assert (H2 := V _ _ _ (H _ _ (or_intror (or_introl eq_refl)))).
    destruct (Rle_dec 0 a); nra.
  - eexists. split; [left; reflexivity|]. intros a b H.
    assert (H1 := V _ _ _ (H _ _ (or_introl eq_refl))).
    assert (H2 := H _ _ (or_intror (or_introl eq_refl))). nra.
  - eexists. split; [left; reflexivity|]. intros a b H.
    assert (H1 := H _ _ (or_introl eq_refl)).
    assert (H2 := V _ _ _ (H _ _ (or_intror (or_introl eq_refl)))). nra.
  - destruct (Rle_dec x 0).
    + eexists. split; [left; reflexivity|]. intros a b H.
      assert (H1 := H _ _ (or_introl eq_refl)).
      assert (H2 := H _ _ (or_intror (or_introl eq_refl))). nra.
    + eexists. split; [right; left; reflexivity|]. intros a b H.
      assert (H1 := H _ _ (or_introl eq_refl)).
      assert (H2 := H _ _ (or_intror (or_introl eq_refl))). nra.
Qed.
Lemma corners_ok s t x y : in_segment s x -> in_segment t y -> inside x y (corners s t).
Proof.
  intros S T [[a b] c] H.
  assert (C : forall n m u v, In (n, m) s -> In (u, v) t ->
    0 <= a * (IZR n * IZR v) + b * (IZR u * IZR m) + c * (IZR m * IZR v)).
  { intros n m u v Hs Ht.
    set (r := (n * v, u * m, m * v)%Z).
    assert (P : 0 <= on_ray (a, b, c) (primitive r)).
    { destruct (same_triple (primitive r) zero3) eqn:E.
      - apply same_triple_ok in E. rewrite E. simpl. lra.
      - apply H. unfold corners. apply filter_In. rewrite E. split; auto.
        apply in_flat_map. exists (n, m). split; auto.
        apply in_map_iff. exists (u, v). auto. }
    apply primitive_ok in P. subst r. simpl in P. rewrite !mult_IZR in P. exact P. }
  simpl. replace (a * x + b * y + c) with (b * y + (a * x + c)) by ring. apply T.
  intros u v Ht. replace (b * IZR u + (a * x + c) * IZR v)
    with ((a * IZR v) * x + (b * IZR u + c * IZR v)) by ring. apply S.
  intros n m Hs. pose proof (C _ _ _ _ Hs Ht). lra.
Qed.
Lemma start_ok ss xs : length ss = length xs -> in_domain ss xs ->
  exists c, In c (start ss) /\
    inside (nth 0 (free_values ss xs) 0) (nth 1 (free_values ss xs) 0) c.
Proof.
  intros L D. pose proof (free_inside _ _ L D) as F.
  assert (A : forall i, exists g,
    In g (nth i (map axis (free ss) ++ [[[(0, 1)]]; [[(0, 1)]]]%Z) []) /\
    in_segment g (nth i (free_values ss xs) 0) \/ (2 <= i)%nat).
  { assert (O : in_segment [(0, 1)]%Z 0).
    { intros a b H. specialize (H 0%Z 1%Z (or_introl eq_refl)). lra. }
    induction F as [|s x fs ys [Hl Hr] F IH]; intros i.
    - destruct i as [|[|i]]; [exists [(0, 1)]%Z; left; simpl; auto..|exists []; right; lia].
    - destruct i as [|i]; cbn [map app nth].
      + destruct (axis_ok s x Hl Hr) as (g & Hg & G). exists g. auto.
      + destruct (IH i) as (g & [G|G]); exists g; [auto|right; lia]. }
  destruct (A 0%nat) as (g & [[Hg G]|?]); [|lia]. destruct (A 1%nat) as (h & [[Hh K]|?]); [|lia].
  exists (corners g h). split; [|apply corners_ok; auto].
  unfold start. cbv zeta. apply in_flat_map. exists g. split; auto. apply in_map, Hh.
Qed.
Lemma in_all_ok f cs : forall n n', in_all f cs n = Ok n' -> forall c, In c cs ->
  exists m m', f c m = Ok m'.
Proof.
  induction cs as [|c cs IH]; intros n n' H c' Hc; [destruct Hc|]. cbn [in_all] in H. unbind H.
  destruct Hc as [<-|Hc]; eauto.
Qed.

Theorem regions_sound {N : Normal_distribution} budget cells dom n left_ right_ u :
  check_regions budget cells dom n left_ right_ = Ok u ->
  forall xs, length xs = n -> in_domain dom xs -> word_value left_ xs = word_value right_ xs.
Proof.
  unfold check_regions. cbv zeta. intros H xs <- D. unbind H. clear H.
  apply need_ok, Nat.eqb_eq in E. apply need_ok, Nat.leb_le in E0. apply need_ok, Z.ltb_lt in E1.
  set (d := common_denominator _) in *. clearbody d.
  assert (D' : in_domain (sides_of dom (length xs)) xs).
  { destruct dom as [|s dom]; [|exact D]. simpl. clear. induction xs; simpl; auto. }
  set (ss := sides_of dom (length xs)) in *. clearbody ss.
  destruct (start_ok _ _ E D') as (c & Hc & I).
  set (px := nth 0 (free_values ss xs) 0) in *. set (py := nth 1 (free_values ss xs) 0) in *.
  assert (V : values px py d a2 = xs).
  { apply (input_forms_ok px py d ss E1 xs 0 a2); auto. intros i.
    pose proof (free_values_length ss xs E). destruct i as [|[|i]]; [left; reflexivity..|right; lia]. }
  destruct (in_all_ok _ _ _ _ E5 c Hc) as (m & m' & W).
  destruct (word_walker_ok px py _ _ _ E3 _ _ _ _ _ _ W E1 I)
    as (c1 & d1 & f1 & m1 & m1' & W1 & P1 & I1 & V1).
  destruct (word_walker_ok px py _ _ _ E4 _ _ _ _ _ _ W1 E1 I1)
    as (c2 & d2 & f2 & m2 & m2' & W2 & P2 & I2 & V2).
  unfold compare_cell in W2. unbind W2. apply need_ok in E7.
  rewrite V in V1, V2. rewrite <- V1, <- V2. apply (same_on_ok px py c2); auto.
Qed.
