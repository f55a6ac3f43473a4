(** * Cones: convex cells of the plane, in homogeneous coordinates

    A ray (X, Y, W) with W >= 0 is the point (X/W, Y/W), or a direction.  A cell is given by the
    rays that generate it, in any order; a point belongs to it if every linear form that is >= 0
    on the rays is >= 0 at the point (Farkas).  So no combination of rays is ever written down: a
    form that is 0 on all rays is 0 on the cell, and the halves of a cell are seen by one
    multiplier. *)
From Coq Require Import ZArith Reals String List Bool Lra Lia Psatz.
From KanCheck Require Import Result.
Import ListNotations.
Open Scope list_scope.

Definition triple := (Z * Z * Z)%type.
Definition cone := list triple.
Open Scope Z_scope.
Definition level (f r : triple) : Z :=
  let '(a, b, c) := f in let '(x, y, w) := r in a * x + b * y + c * w.
Definition same_triple (u v : triple) : bool :=
  let '(a, b, c) := u in let '(x, y, w) := v in Z.eqb a x && Z.eqb b y && Z.eqb c w.
(** The same ray with the least integers. *)
Definition primitive (t : triple) : triple :=
  let '(x, y, w) := t in
  let g := Z.gcd (Z.gcd x y) w in
  if Z.ltb 1 g then (x / g, y / g, w / g) else t.
(** Where the segment from u to v meets the zero line, if the levels there are l < 0 < m. *)
Definition crossing (u : triple) (l : Z) (v : triple) (m : Z) : triple :=
  let '(x, y, w) := u in let '(x', y', w') := v in
  primitive (m * x - l * x', m * y - l * y', m * w - l * w').

(** Rays of one plane: r lies between u and v.  By Cramer's rule in the coordinates that are
    left when one is dropped; the result is compared in all three. *)
Inductive dropped := First | Second | Third.
Definition minor (k : dropped) (u v : triple) : Z :=
  let '(x, y, w) := u in let '(x', y', w') := v in
  match k with
  | First => y * w' - w * y' | Second => x * w' - w * x' | Third => x * y' - y * x'
  end.
Definition between (k : dropped) (u v r : triple) : bool :=
  if same_triple r u || same_triple r v then true
  else
    let g := minor k u v in let a := minor k r v in let b := minor k u r in
    let '(x, y, w) := r in let '(x1, y1, w1) := u in let '(x2, y2, w2) := v in
    negb (Z.eqb g 0) && Z.leb 0 (g * a) && Z.leb 0 (g * b)
    && Z.eqb (g * x) (a * x1 + b * x2) && Z.eqb (g * y) (a * y1 + b * y2)
    && Z.eqb (g * w) (a * w1 + b * w2).
(** Two of the rays between which all lie. *)
Fixpoint span (k : dropped) (u v : triple) (rs : list triple) : result (triple * triple) :=
  match rs with
  | [] => Ok (u, v)
  | r :: rs' =>
      if between k u v r then span k u v rs'
      else if between k u r v then span k u r rs'
      else if between k r v u then span k r v rs'
      else Unsupported "rays that no two of them span"
  end.
(** The parts of a cell where a form is <= 0 and where it is >= 0. *)
Definition divide (f : triple) (c : cone) : result (cone * cone) :=
  let marked := map (fun r => (r, level f r)) c in
  let chosen (p : Z -> bool) := filter (fun rl => p (snd rl)) marked in
  let below := chosen (fun l => Z.ltb l 0) in
  let above := chosen (fun l => Z.ltb 0 l) in
  let on := map fst (chosen (fun l => Z.eqb l 0)) in
  let crossings := flat_map (fun ul =>
    map (fun vm => crossing (fst ul) (snd ul) (fst vm) (snd vm)) above) below in
  let k := let '(a, b, _) := f in
    if negb (Z.eqb a 0) then First else if negb (Z.eqb b 0) then Second else Third in
  match on ++ crossings with
  | [] => Unsupported "a cell that is not divided"
  | r :: rs =>
      let? (u, v) := span k r r rs in
      let ends := if same_triple u v then [u] else [u; v] in
      Ok (map fst below ++ ends, map fst above ++ ends)
  end.

Open Scope R_scope.
Section At_a_point.
Variables px py : R.
Definition functional := (R * R * R)%type.
Definition on_ray (f : functional) (r : triple) : R :=
  let '(a, b, c) := f in let '(x, y, w) := r in a * IZR x + b * IZR y + c * IZR w.
Definition here (f : functional) : R := let '(a, b, c) := f in a * px + b * py + c.
Definition real (f : triple) : functional := let '(a, b, c) := f in (IZR a, IZR b, IZR c).
Definition inside (c : cone) : Prop :=
  forall f, (forall r, In r c -> 0 <= on_ray f r) -> 0 <= here f.
Definition negative (f : functional) : functional := let '(a, b, c) := f in (- a, - b, - c).

Lemma on_negative f r : on_ray (negative f) r = - on_ray f r.
Proof. destruct f as [[a b] c], r as [[x y] w]. simpl. ring. Qed.
Lemma here_negative f : here (negative f) = - here f.
Proof. destruct f as [[a b] c]. simpl. ring. Qed.
Lemma level_ok f r : IZR (level f r) = on_ray (real f) r.
Proof.
  destruct f as [[a b] c], r as [[x y] w]. simpl. rewrite !plus_IZR, !mult_IZR. ring.
Qed.
Lemma at_or_below_zero f c : inside c -> (forall r, In r c -> (level f r <= 0)%Z) ->
  here (real f) <= 0.
Proof.
  intros I H. enough (0 <= here (negative (real f))) by (rewrite here_negative in *; lra).
  apply I. intros r Hr. rewrite on_negative, <- level_ok. apply H, IZR_le in Hr. simpl in Hr. lra.
Qed.
Lemma at_or_above_zero f c : inside c -> (forall r, In r c -> (0 <= level f r)%Z) ->
  0 <= here (real f).
Proof. intros I H. apply I. intros r Hr. rewrite <- level_ok. apply IZR_le, H, Hr. Qed.
Lemma zero f c : inside c -> (forall r, In r c -> level f r = 0%Z) -> here (real f) = 0.
Proof.
  intros I H. apply Rle_antisym.
  - apply (at_or_below_zero f c I). intros r Hr. rewrite (H r Hr). lia.
  - apply (at_or_above_zero f c I). intros r Hr. rewrite (H r Hr). lia.
Qed.

Lemma primitive_ok f t : 0 <= on_ray f (primitive t) -> 0 <= on_ray f t.
Proof.
  destruct t as [[x y] w]. unfold primitive. set (g := Z.gcd (Z.gcd x y) w).
  destruct (Z.ltb_spec 1 g) as [L|_]; auto. intros H.
  assert (D : forall z, (g | z)%Z -> IZR z = IZR g * IZR (z / g)).
  { intros z [q ->]. rewrite Z.div_mul, mult_IZR by lia. ring. }
  assert (Dx : (g | x)%Z).
  { eapply Z.divide_trans; [apply Z.gcd_divide_l|apply Z.gcd_divide_l]. }
  assert (Dy : (g | y)%Z).
  { eapply Z.divide_trans; [apply Z.gcd_divide_l|apply Z.gcd_divide_r]. }
  assert (Dw : (g | w)%Z) by apply Z.gcd_divide_r.
  destruct f as [[a b] c]. simpl in *. rewrite (D x Dx), (D y Dy), (D w Dw).
  apply IZR_lt in L. simpl in L. clear - H L. nra.
Qed.
Lemma same_triple_ok u v : same_triple u v = true -> u = v.
Proof.
  destruct u as [[a b] c], v as [[x y] w]. simpl. intros H.
  apply andb_prop in H. destruct H as [H H3]. apply andb_prop in H. destruct H as [H1 H2].
  apply Z.eqb_eq in H1, H2, H3. congruence.
Qed.
Lemma between_ok f k u v r : between k u v r = true ->
  0 <= on_ray f u -> 0 <= on_ray f v -> 0 <= on_ray f r.
Proof.
  unfold between. destruct (same_triple r u) eqn:Eu; [apply same_triple_ok in Eu; subst; auto|].
  destruct (same_triple r v) eqn:Ev; [apply same_triple_ok in Ev; subst; auto|]. simpl orb.
  cbv iota. cbv zeta.
  generalize (minor k u v) (minor k r v) (minor k u r). intros g a b.
  destruct r as [[x y] w], u as [[x1 y1] w1], v as [[x2 y2] w2], f as [[p q] s]. intros H Hu Hv.
  repeat (apply andb_prop in H; let H' := fresh "C" in destruct H as [H H']).
  apply negb_true_iff, Z.eqb_neq in H. apply Z.eqb_eq in C, C0, C1. apply Z.leb_le in C2, C3.
  assert (G : 0 < IZR g * IZR g).
  { rewrite <- mult_IZR. apply IZR_lt. nia. }
  apply IZR_le in C2, C3. apply (f_equal IZR) in C, C0, C1.
  rewrite ?plus_IZR, ?mult_IZR in *. cbn [on_ray] in *.
  apply Rmult_le_reg_l with (IZR g * IZR g); auto. rewrite Rmult_0_r.
  replace (IZR g * IZR g * (p * IZR x + q * IZR y + s * IZR w))
    with (IZR g * (p * (IZR g * IZR x) + q * (IZR g * IZR y) + s * (IZR g * IZR w))) by ring.
  rewrite C, C0, C1.
  replace (IZR g * _) with (IZR g * IZR a * (p * IZR x1 + q * IZR y1 + s * IZR w1)
    + IZR g * IZR b * (p * IZR x2 + q * IZR y2 + s * IZR w2)) by ring.
  apply Rplus_le_le_0_compat; apply Rmult_le_pos; auto.
Qed.
Lemma span_ok f k rs : forall u v u' v', span k u v rs = Ok (u', v') ->
  0 <= on_ray f u' -> 0 <= on_ray f v' ->
  0 <= on_ray f u /\ 0 <= on_ray f v /\ forall r, In r rs -> 0 <= on_ray f r.
Proof.
  induction rs as [|r rs IH]; intros u v u' v' H Hu Hv; cbn [span] in H.
  - inversion H; subst. repeat split; auto. intros r [].
  - destruct (between k u v r) eqn:B1;
      [|destruct (between k u r v) eqn:B2; [|destruct (between k r v u) eqn:B3; [|discriminate]]];
      destruct (IH _ _ _ _ H Hu Hv) as (H1 & H2 & H3).
    + repeat split; auto. intros s [<-|Hs]; auto. eapply between_ok; eauto.
    + split; [|split]; auto; [eapply between_ok; eauto|]. intros s [<-|Hs]; auto.
    + split; [|split]; auto; [eapply between_ok; eauto|]. intros s [<-|Hs]; auto.
Qed.

(** One t with a + t l >= 0 for all pairs (a, l), if any two of them have one. *)
Lemma multiplier (ps : list (R * R)) :
  (forall a l, In (a, l) ps -> l <= 0 -> 0 <= a) ->
  (forall a l b m, In (a, l) ps -> In (b, m) ps -> l < 0 -> 0 < m -> 0 <= m * a - l * b) ->
  exists t, 0 <= t /\ forall a l, In (a, l) ps -> 0 <= a + t * l.
Proof.
  induction ps as [|[a l] ps IH]; intros H1 H2; [exists 0; split; [lra|intros ? ? []]|].
  destruct IH as (t & Ht & T); [intros; eapply H1; simpl; eauto|intros; eapply H2; simpl; eauto|].
  destruct (Rle_dec 0 (a + t * l)) as [P|P].
  { exists t. split; auto. intros b m [E|Hb]; [inversion E; subst; auto|auto]. }
  apply Rnot_le_lt in P. destruct (Rle_dec l 0) as [L|L].
  - pose proof (H1 a l (or_introl eq_refl) L). assert (l < 0) by nra.
    assert (S : a / - l * l = - a) by (field; lra).
    assert (0 <= a / - l) by (apply Rmult_le_pos; [auto|left; apply Rinv_0_lt_compat; lra]).
    exists (a / - l). split; auto.
    intros b m [E|Hb]; [inversion E; subst; lra|]. pose proof (T _ _ Hb).
    destruct (Rle_dec m 0) as [M|M]; [nra|].
    pose proof (H2 a l b m (or_introl eq_refl) (or_intror Hb) H0). nra.
  - apply Rnot_le_lt in L.
    assert (S : - a / l * l = - a) by (field; lra).
    assert (t < - a / l) by nra.
    exists (- a / l). split; [lra|].
    intros b m [E|Hb]; [inversion E; subst; lra|]. pose proof (T _ _ Hb).
    destruct (Rle_dec 0 m) as [M|M]; [nra|]. apply Rnot_le_lt in M.
    pose proof (H2 b m a l (or_intror Hb) (or_introl eq_refl) M L). nra.
Qed.
Lemma half c f g : inside c -> here g <= 0 ->
  (forall u, In u c -> on_ray g u <= 0 -> 0 <= on_ray f u) ->
  (forall u v, In u c -> In v c -> on_ray g u < 0 -> 0 < on_ray g v ->
     0 <= on_ray g v * on_ray f u - on_ray g u * on_ray f v) ->
  0 <= here f.
Proof.
  intros I G H1 H2.
  destruct (multiplier (map (fun u => (on_ray f u, on_ray g u)) c)) as (t & Ht & T).
  - intros a l Hp. apply in_map_iff in Hp. destruct Hp as (u & E & Hu). inversion E; subst. auto.
  - intros a l b m Hp Hq. apply in_map_iff in Hp, Hq. destruct Hp as (u & E & Hu), Hq as (v & E' & Hv).
    inversion E; inversion E'; subst. auto.
  - assert (T' : forall r, In r c -> 0 <= on_ray f r + t * on_ray g r)
      by (intros r Hr; apply T, (in_map (fun u => (on_ray f u, on_ray g u))), Hr).
    clear T H1 H2. destruct f as [[a b] s], g as [[a' b'] s'].
    assert (P : 0 <= here (a + t * a', b + t * b', s + t * s')).
    { apply I. intros r Hr. specialize (T' r Hr). destruct r as [[x y] w]. simpl in *. lra. }
    simpl in *. nra.
Qed.

Lemma crossing_ok f g u v : 0 <= on_ray f (crossing u (level g u) v (level g v)) ->
  0 <= on_ray (real g) v * on_ray f u - on_ray (real g) u * on_ray f v.
Proof.
  rewrite <- !level_ok. generalize (level g u) (level g v). intros l m. unfold crossing.
  destruct u as [[x y] w], v as [[x' y'] w'], f as [[a b] c]. intros H. apply primitive_ok in H.
  simpl in *. rewrite !minus_IZR, !mult_IZR in H. lra.
Qed.
Theorem divide_ok f c below above : divide f c = Ok (below, above) -> inside c ->
  (here (real f) <= 0 -> inside below) /\ (0 <= here (real f) -> inside above).
Proof.
  unfold divide. cbv zeta.
  set (marked := map (fun r => (r, level f r)) c).
  set (neg := filter (fun rl => Z.ltb (snd rl) 0) marked).
  set (pos := filter (fun rl => Z.ltb 0 (snd rl)) marked).
  set (on := map fst (filter (fun rl => Z.eqb (snd rl) 0) marked)).
  set (k := let '(a, b, _) := f in _). intros H I.
  destruct (on ++ _) as [|r rs] eqn:E; [discriminate|]. unbind H. destruct a as [u v].
  inversion H; subst below above. clear H.
  assert (M : forall r, In r c -> In (r, level f r) marked)
    by (intros s Hs; apply (in_map (fun r => (r, level f r))), Hs).
  assert (N : forall r, In r c -> (level f r < 0)%Z -> In (r, level f r) neg).
  { intros s Hs L. apply filter_In. split; auto. simpl. apply Z.ltb_lt, L. }
  assert (P : forall r, In r c -> (0 < level f r)%Z -> In (r, level f r) pos).
  { intros s Hs L. apply filter_In. split; auto. simpl. apply Z.ltb_lt, L. }
  assert (S : forall h, (forall s, In s (if same_triple u v then [u] else [u; v]) -> 0 <= on_ray h s) ->
    forall s, In s (r :: rs) -> 0 <= on_ray h s).
  { intros h Hh. assert (0 <= on_ray h u /\ 0 <= on_ray h v) as [Hu Hv].
    { destruct (same_triple u v) eqn:T; [apply same_triple_ok in T; subst v|];
        split; apply Hh; simpl; auto. }
    destruct (span_ok h _ _ _ _ _ _ E0 Hu Hv) as (Hr & _ & Hrs). intros s [<-|Hs]; auto. }
  assert (Z : forall h s, (forall q, In q (r :: rs) -> 0 <= on_ray h q) -> In s c -> level f s = 0%Z ->
    0 <= on_ray h s).
  { intros h s Hh Hs L. apply Hh. rewrite <- E. apply in_or_app. left.
    apply (in_map fst _ (s, level f s)), filter_In. split; auto. simpl. apply Z.eqb_eq, L. }
  assert (X : forall h s q, (forall q, In q (r :: rs) -> 0 <= on_ray h q) -> In s c -> In q c ->
    (level f s < 0)%Z -> (0 < level f q)%Z ->
    0 <= on_ray (real f) q * on_ray h s - on_ray (real f) s * on_ray h q).
  { intros h s q Hh Hs Hq Ls Lq. apply crossing_ok, Hh. rewrite <- E. apply in_or_app. right.
    apply in_flat_map. exists (s, level f s). split; auto.
    apply in_map_iff. exists (q, level f q). split; auto. }
  split; intros Hf h Hh.
  - assert (A := S h (fun s Hs => Hh s (in_or_app _ _ _ (or_intror Hs)))).
    apply (half c h (real f) I Hf).
    + intros s Hs L. rewrite <- level_ok in L. apply le_IZR in L.
      destruct (Z.eq_dec (level f s) 0) as [L0|L0]; [apply Z; auto|].
      apply Hh, in_or_app. left. apply (in_map fst _ (s, level f s)), N; auto. lia.
    + intros s q Hs Hq Ls Lq. apply X; auto; apply lt_IZR; rewrite level_ok; auto.
  - assert (A := S h (fun s Hs => Hh s (in_or_app _ _ _ (or_intror Hs)))).
    apply (half c h (negative (real f)) I); [rewrite here_negative; lra| |].
    + intros s Hs L. rewrite on_negative, <- level_ok in L.
      assert (L' : (0 <= level f s)%Z) by (apply le_IZR; lra).
      destruct (Z.eq_dec (level f s) 0) as [L0|L0]; [apply Z; auto|].
      apply Hh, in_or_app. left. apply (in_map fst _ (s, level f s)), P; auto. lia.
    + intros s q Hs Hq Ls Lq. rewrite !on_negative in *.
      assert (Y := X h q s A Hq Hs). rewrite <- !level_ok in *.
      enough (0 <= IZR (level f s) * on_ray h q - IZR (level f q) * on_ray h s) by lra.
      apply Y; apply lt_IZR; lra.
Qed.
End At_a_point.
