(** * What computing a layer in floats adds, for every output

    A term of a sum takes part in k operations that round, so that it counts with 1 + t,
    |t| <= g = k u/(1 - k u); the coordinates of a box vary freely, so that the sum over inputs of
    the largest sum on a cell is a bound.

    Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), lemma 3.1, section 4.2. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require FloatSums.
From KanCheck Require Import Rational Result Functions Calculus Programs Bases LinearMaps Networks
  Pieces Float_model Float_programs Float_sums Float_tables.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

(** Whether a number is one of a format. *)
Definition power_of_two (z : Z) : bool := Z.eqb (2 ^ Z.log2 z) z.
Definition representable (p : precision) (q : Q) : bool :=
  let n := Z.abs (Qnum q) in let d := Zpos (Qden q) in
  let scale := Z.log2 d in let length := (Z.log2 n + 1)%Z in
  let zeros := Z.log2 (Z.gcd n (2 ^ length)) in
  power_of_two d && (Z.eqb n 0
    || (Z.leb (length - zeros) (Z.of_nat (bits p))
        && Z.leb (1 - Z.of_nat (normal p) - Z.of_nat (bits p)) (zeros - scale)
        && Z.leb (length - scale) (top_exponent p))).
Definition constants_fit (p : precision) (prog : program) : bool :=
  forallb (fun i => match i with Number c => representable p c | _ => true end) prog.

Section Layer.
Variables (m : model) (cuts : nat).
Notation p := (format m).
Definition entry_table := list (list Z).
Definition has_atoms (f : function) : bool :=
  existsb (fun gc => match fst gc with Atom _ _ _ => true | _ => false end) f.
Definition table_of (gamma : Q) (bases : list basis) (b : nat) (lo hi : Q) : result entry_table :=
  match nth_error bases b with
  | Some (Straight_line ps) =>
      let? fs := map_result expand_program ps in
      let? _ := if existsb has_atoms fs then Unsupported "float errors of atoms" else Ok tt in
      table_on m gamma cuts (degree_of fs) (combine ps fs) lo hi
  | _ => Invalid "a basis is no list of straight-line programs"
  end.
Definition key : Type := nat * Q * Q.
Definition same_key (k l : key) : bool :=
  let '(a, p, q) := k in let '(b, r, s) := l in
  Nat.eqb a b && Z.eqb (Qnum p) (Qnum r) && Pos.eqb (Qden p) (Qden r)
  && Z.eqb (Qnum q) (Qnum s) && Pos.eqb (Qden q) (Qden s).
Fixpoint tables (gamma : Q) (bases : list basis) (known : list (key * entry_table)) (chosen : list nat)
  (box : list (Q * Q)) : result (list entry_table) :=
  match chosen, box with
  | [], [] => Ok []
  | b :: chosen', (lo, hi) :: box' =>
      let? t := match find (fun kt => same_key (fst kt) (b, lo, hi)) known with
                | Some (_, t) => Ok t
                | None => table_of gamma bases b lo hi
                end in
      let? rest := tables gamma bases (((b, lo, hi), t) :: known) chosen' box' in
      Ok (t :: rest)
  | _, _ => Invalid "the box has another dimension"
  end.
Fixpoint dot (ws es : list Z) : Z :=
  match ws, es with w :: ws', e :: es' => (w * e + dot ws' es')%Z | _, _ => 0%Z end.
Definition width (t : entry_table) : nat := List.length (hd [] t).
Definition largest_dot (ws : list Z) (t : entry_table) : Z := fold_right (fun row z => Z.max (dot ws row) z) 0%Z t.
Fixpoint totals (ws : list Z) (ts : list entry_table) : Z :=
  match ts with
  | [] => 0%Z
  | t :: ts' => (largest_dot (firstn (width t) ws) t + totals (skipn (width t) ws) ts')%Z
  end.
Fixpoint larger_rows (r s : list Z) : list Z :=
  match r, s with a :: r', b :: s' => Z.max a b :: larger_rows r' s' | [], _ => s | _, [] => r end.
Definition sum (l : list Z) : Z := fold_right Z.add 0%Z l.
Definition most (t : entry_table) : Z := sum (fold_right larger_rows [] t).
Definition same_widths (t : entry_table) : bool := forallb (fun row => Nat.eqb (List.length row) (width t)) t.
Definition count_live (ws : list Q) : nat := List.length (filter (fun w => negb (is_zero w)) ws).
Definition layer_errors (bases : list basis) (chosen : list nat) (a : linear_map) (bias : Z -> Q)
  (box : list (Q * Q)) : result (list Q) :=
  match programs_of bases chosen, a with
  | None, _ => Invalid "a basis is no list of straight-line programs"
  | Some pss, Dense outs n e =>
    let ps := concat pss in
    let? _ := need (Nat.eqb n (List.length ps)) "a layer has other columns" in
    let rows := map (fun o => (map (e o) (count n 0), bias o)) (count outs 0) in
    let? _ := need (forallb (fun r => forallb (representable p) (snd r :: fst r)) rows
      && forallb (constants_fit p) ps) "a weight, bias or constant is not of the format" in
    let divisor := fold_right (fun q z => Z.max (divisor_of q) z) 1%Z ps in
    let divides := existsb divides_sum ps in
    let additions := fold_right (fun r k => Nat.max (pred (count_live (snd r :: fst r))) k) 0%nat rows in
    let h := match depth m with O => additions | d => Nat.min d additions end in
    let factors := Z.of_nat (1 + h + if divides then 1 else 0) in
    let whole := Z.shiftl 1 (Z.of_nat (bits p)) in
    let? _ := need (Z.leb (2 * factors) whole) "a sum has too many terms for the format" in
    let? _ := if divides && negb (Z.leb (4 * factors) whole) then Unsupported "long sums that are divided"
              else Ok tt in
    let gamma := Qmake factors (Z.to_pos (whole - factors)) in
    let? ts := tables gamma bases [] chosen box in
    let flushed := fold_right (fun t z => (most t + z)%Z) 0%Z ts in
    let? _ := need (forallb same_widths ts && Z.leb 0 flushed) "unreachable: widths" in
    let errors := map (fun r =>
      let d := common_denominator (fst r) in
      let ws := map (fun w => Z.abs (over d w)) (fst r) in
      plus (times gamma (Qmake (Z.abs (Qnum (snd r))) (Qden (snd r))))
           (reduced (Qmake (totals ws ts) (Z.to_pos (d * one))))) rows in
    let reach := times (inject_Z (4 * divisor)) (fold_right larger 0%Q errors) in
    let? _ := need (negb (less (times gamma (inject_Z (Z.shiftl 1 (top_exponent p - 1)))) reach))
      "a sum may overflow" in
    let values := reduced (Qmake (flushed * Zpos (Qden gamma)) (Z.to_pos (factors * one))) in
    let lost := times (plus (inject_Z (8 * (1 + Z.of_nat n))) values) (Qmake (tiny p) (Z.to_pos one)) in
    Ok (map (fun t => plus t lost) errors)
  | Some _, _ => Unsupported "float errors of a layer whose weights are no dense map"
  end.

(** ** Soundness *)
Open Scope R_scope.
Context {N : Normal_distribution}.
Notation L := (least p).
(** Programs with the inputs that they see. *)
Definition seen (pss : list (list program)) (xs : list R) : list (program * R) :=
  flat_map (fun px => map (fun q => (q, snd px)) (fst px)) (combine pss xs).
Definition good_entry (gamma : Q) (qx : program * R) (E : Z) : Prop :=
  column_good m gamma (snd qx) (fst qx, []) E.
Definition table_good (gamma : Q) (bases : list basis) (b : nat) (lo hi : Q) (t : entry_table) : Prop :=
  forall ps x, nth_error bases b = Some (Straight_line ps) -> Q2R lo <= x <= Q2R hi ->
    exists row, In row t /\ Forall2 (fun q => good_entry gamma (q, x)) ps row.
Lemma combine_expands ps : forall fs, map_result expand_program ps = Ok fs ->
  length fs = length ps /\ Forall expands (combine ps fs).
Proof.
  induction ps as [|q ps IH]; cbn [map_result]; intros fs H; [injection H as <-; split; [reflexivity|constructor]|].
  unbind H. injection H as <-. destruct (IH _ E0) as [A B]. split; [simpl; congruence|].
  constructor; [|exact B]. intros x. apply expand_program_ok, E.
Qed.
Lemma Forall2_combine {A B C} (P : A -> C -> Prop) (l : list A) : forall (k : list B) rs,
  length k = length l -> Forall2 (fun ab => P (fst ab)) (combine l k) rs -> Forall2 P l rs.
Proof.
  induction l as [|a l IH]; intros [|b k] rs Lk H; simpl in *; try discriminate; inversion H; subst; constructor.
  - assumption.
  - apply (IH k); [lia|assumption].
Qed.
Lemma table_of_ok gamma bases b lo hi t : 0 < Q2R gamma -> table_of gamma bases b lo hi = Ok t ->
  table_good gamma bases b lo hi t.
Proof.
  intros G H ps x Eb X. unfold table_of in H. rewrite Eb in H. unbind H.
  destruct (combine_expands _ _ E) as [Lf Ex].
  destruct (table_on_ok m gamma cuts _ G _ _ _ _ x H X Ex) as (row & I & F).
  exists row. split; [exact I|]. apply (Forall2_combine _ _ a); [exact Lf|]. exact F.
Qed.
Lemma same_key_ok k l : same_key k l = true -> k = l.
Proof.
  destruct k as [[a [n d]] [n' d']], l as [[b [r s]] [r' s']]. unfold same_key. cbn [Qnum Qden]. intros H.
  repeat (apply andb_prop in H; destruct H as [H ?]). apply Nat.eqb_eq in H.
  repeat match goal with E : Z.eqb _ _ = true |- _ => apply Z.eqb_eq in E
    | E : Pos.eqb _ _ = true |- _ => apply Pos.eqb_eq in E end. congruence.
Qed.
Definition in_sides (box : list (Q * Q)) (xs : list R) : Prop :=
  Forall2 (fun s x => Q2R (fst s) <= x <= Q2R (snd s)) box xs.
Lemma tables_ok gamma bases chosen : 0 < Q2R gamma -> forall known box ts pss xs,
  Forall (fun kt => table_good gamma bases (fst (fst (fst kt))) (snd (fst (fst kt))) (snd (fst kt)) (snd kt)) known ->
  tables gamma bases known chosen box = Ok ts -> programs_of bases chosen = Some pss -> in_sides box xs ->
  exists rows, Forall2 (fun row t => In row t) rows ts /\ Forall2 (good_entry gamma) (seen pss xs) (concat rows).
Proof.
  intros G. induction chosen as [|b chosen IH]; intros known box ts pss xs K H Ps X.
  - destruct box; [|discriminate]. injection H as <-. injection Ps as <-. exists []. split; constructor.
  - destruct box as [|[lo hi] box]; [discriminate|]. cbn [tables] in H. unbind H. injection H as <-.
    cbn [programs_of] in Ps. destruct (nth_error bases b) as [[]|] eqn:Eb; try discriminate.
    destruct (programs_of bases chosen) as [rest|] eqn:Er; [|discriminate]. injection Ps as <-.
    inversion X as [|? x ? xs' Xb Xr]; subst. cbn [fst snd] in Xb.
    assert (Gt : table_good gamma bases b lo hi a).
    { match type of E with match ?o with _ => _ end = _ => destruct o as [[k t]|] eqn:Ef end.
      - injection E as <-. apply find_some in Ef. destruct Ef as [I Sk]. apply same_key_ok in Sk. cbn [fst] in Sk.
        rewrite Forall_forall in K. specialize (K _ I). cbn [fst snd] in K. subst k. exact K.
      - apply table_of_ok; assumption. }
    destruct (Gt _ x Eb Xb) as (row & I & F).
    assert (K' := Forall_cons (P := fun kt => table_good gamma bases (fst (fst (fst kt))) (snd (fst (fst kt)))
      (snd (fst kt)) (snd kt)) ((b, lo, hi), a) Gt K).
    destruct (IH _ _ _ _ xs' K' E0 eq_refl Xr) as (rows & R & Fs).
    exists (row :: rows). split; [constructor; assumption|]. cbn [concat]. unfold seen. cbn [combine flat_map fst snd].
    apply Forall2_app; [|exact Fs]. clear - F. induction F; cbn [map]; constructor; assumption.
Qed.

(** ** Sums over columns *)
Fixpoint pairs (ws ys : list R) (qxs : list (program * R)) : list (R * R) :=
  match ws, ys, qxs with
  | w :: ws', y :: ys', (q, _) :: qxs' => (w, y / divisor q) :: pairs ws' ys' qxs'
  | _, _, _ => []
  end.
Fixpoint exactly (ws : list R) (qxs : list (program * R)) : R :=
  match ws, qxs with w :: ws', (q, x) :: qxs' => w * program_value q x + exactly ws' qxs' | _, _ => 0 end.
Fixpoint weighed (ws : list R) (es : list Z) : R :=
  match ws, es with w :: ws', e :: es' => Rabs w * IZR e + weighed ws' es' | _, _ => 0 end.
Lemma columns_sum gamma qxs es : 0 < Q2R gamma -> Forall2 (good_entry gamma) qxs es -> forall ws ys ts,
  length ws = length qxs -> Forall2 (fun qx y => computes_program m (fst qx) (snd qx) y) qxs ys ->
  Forall2 (pair_flushed m) (pairs ws ys qxs) ts ->
  length ts = length qxs /\
  Q2R gamma * size_of ts + Rabs (sum_of ts - exactly ws qxs)
  <= weighed ws es / IZR one + L * (IZR (sum es) / IZR one) / Q2R gamma.
Proof.
  intros G. induction 1 as [|[q x] E qxs es Ge _ IH]; intros ws ys ts Lw C F.
  - inversion C; subst. destruct ws; [|discriminate]. inversion F; subst.
    split; [reflexivity|]. cbn [size_of sum_of fold_right exactly weighed sum]. rewrite Rminus_eq_0, Rabs_R0. unfold Rdiv.
    repeat rewrite ?Rmult_0_l, ?Rmult_0_r. lra.
  - inversion C as [|? y ? ys' Cy Cs]; subst. destruct ws as [|w ws]; [discriminate|]. cbn [pairs] in F.
    inversion F as [|? [w' z] ? ts' [Fw Fz] Fs]; subst. cbn [fst snd] in *.
    destruct (IH ws ys' ts' ltac:(simpl in Lw; lia) Cs Fs) as [Lt B]. split; [simpl; congruence|].
    pose proof (Ge y w w' z Cy Fw Fz) as B1. cbv zeta in B1. cbn [fst snd] in B1.
    cbn [size_of sum_of fold_right fst snd exactly weighed sum]. fold (size_of ts') (sum_of ts') (sum es).
    rewrite plus_IZR.
    replace (w' * z + sum_of ts' - (w * program_value q x + exactly ws qxs))
      with ((w' * z - w * program_value q x) + (sum_of ts' - exactly ws qxs)) by ring.
    pose proof (Rabs_triang (w' * z - w * program_value q x) (sum_of ts' - exactly ws qxs)).
    unfold Rdiv in *. lra.
Qed.

(** Entries are sizes: no smaller than 0. *)
Lemma good_entries_sum d ws rows ts : (0 < d)%Z -> Forall (divides d) ws ->
  Forall2 (fun row t => In row t) rows ts -> forallb same_widths ts = true ->
  weighed (map Q2R ws) (concat rows) * IZR d <= IZR (totals (map (fun w => Z.abs (over d w)) ws) ts).
Proof.
  intros D Ws F. revert ws Ws. induction F as [|row t rows ts I _ IH]; intros ws Ws Sw.
  - simpl. destruct ws; simpl; lra.
  - cbn [concat totals]. cbn [forallb] in Sw. apply andb_prop in Sw. destruct Sw as [S1 S2].
    assert (Lr : length row = width t).
    { unfold same_widths in S1. rewrite forallb_forall in S1. apply Nat.eqb_eq, (S1 _ I). }
    rewrite plus_IZR.
    assert (Sp : forall us vs k, weighed us (vs ++ k) = weighed (firstn (length vs) us) vs + weighed (skipn (length vs) us) k).
    { induction us as [|u us IHu]; intros [|v vs] k; simpl; try ring;
        try (rewrite IHu; ring); destruct k; simpl; ring. }
    rewrite Sp, Lr, Rmult_plus_distr_r, !firstn_map, !skipn_map.
    apply Rplus_le_compat.
    + apply Rle_trans with (IZR (dot (map (fun w => Z.abs (over d w)) (firstn (width t) ws)) row)).
      * right. assert (W' : Forall (divides d) (firstn (width t) ws)).
        { apply Forall_forall. intros w Iw. rewrite Forall_forall in Ws. apply Ws.
          rewrite <- (firstn_skipn (width t) ws). apply in_or_app. left. exact Iw. }
        clear - D W'. revert W'. generalize (firstn (width t) ws) as us. intros us W'. revert row.
        induction W' as [|w us Dw _ IH]; intros [|e row]; simpl; try ring.
        rewrite plus_IZR, mult_IZR, abs_IZR, (over_ok _ _ Dw), <- IH, Rabs_mult.
        rewrite (Rabs_pos_eq (IZR d)) by (apply IZR_le; lia). ring.
      * apply IZR_le. clear - I. unfold largest_dot. revert I. generalize (map (fun w => Z.abs (over d w)) (firstn (width t) ws)) as v.
        intros v. induction t as [|r t IHt]; simpl; [tauto|]. intros [->|I]; [lia|]. specialize (IHt I). lia.
    + apply IH; [|exact S2]. apply Forall_forall. intros w Iw. rewrite Forall_forall in Ws. apply Ws.
      rewrite <- (firstn_skipn (width t) ws). apply in_or_app. right. exact Iw.
Qed.
Lemma most_ok rows ts : Forall2 (fun row t => In row t) rows ts -> forallb same_widths ts = true ->
  (sum (concat rows) <= fold_right (fun t z => most t + z) 0 ts)%Z.
Proof.
  intros F. induction F as [|row t rows ts I _ IH]; intros Sw; [simpl; lia|].
  cbn [forallb] in Sw. apply andb_prop in Sw. destruct Sw as [S1 S2]. specialize (IH S2).
  cbn [concat fold_right]. assert (A : forall k l, sum (k ++ l) = (sum k + sum l)%Z).
  { induction k as [|a k IHk]; intros l; simpl; [reflexivity|]. rewrite IHk. lia. }
  rewrite A. enough (sum row <= most t)%Z by lia. unfold most.
  unfold same_widths in S1. generalize dependent (width t). intros w S1. rewrite forallb_forall in S1.
  assert (Ln : forall t', (forall r, In r t' -> length r = w) -> t' <> [] -> length (fold_right larger_rows [] t') = w
     /\ forall r, In r t' -> (sum r <= sum (fold_right larger_rows [] t'))%Z).
  { assert (Lr : forall r s, length r = length s -> length (larger_rows r s) = length r
       /\ (sum r <= sum (larger_rows r s))%Z /\ (sum s <= sum (larger_rows r s))%Z).
    { induction r as [|a r IHr]; intros [|b s] E; simpl in *; try discriminate; [repeat split; lia|].
      destruct (IHr s ltac:(lia)) as (X & Y & Z). repeat split; lia. }
    induction t' as [|r t' IHt]; intros H Ne; [contradiction|].
    destruct t' as [|r' t''].
    - cbn [fold_right]. assert (E : larger_rows r [] = r) by (destruct r; reflexivity). rewrite E.
      split; [apply H; left; reflexivity|]. intros q [->|[]]. lia.
    - destruct (IHt (fun q Iq => H q (or_intror Iq)) ltac:(discriminate)) as [X Y].
      set (f := fold_right larger_rows [] (r' :: t'')) in *.
      change (fold_right larger_rows [] (r :: r' :: t'')) with (larger_rows r f).
      destruct (Lr r f) as (P & Q & R0); [rewrite X; apply H; left; reflexivity|].
      split; [rewrite P; apply H; left; reflexivity|]. intros q [->|Iq]; [exact Q|]. specialize (Y q Iq). lia. }
  destruct (Ln t) as [_ Y]; [intros r Ir; apply Nat.eqb_eq, S1, Ir|intros ->; destruct I|]. apply Y, I.
Qed.

(** ** What the layer is, exactly *)
Lemma programs_of_length bases chosen : forall pss, programs_of bases chosen = Some pss -> length pss = length chosen.
Proof.
  induction chosen as [|b chosen IH]; cbn [programs_of]; intros pss H; [injection H as <-; reflexivity|].
  destruct (nth_error bases b) as [[]|]; try discriminate. destruct (programs_of bases chosen); [|discriminate].
  injection H as <-. simpl. f_equal. apply IH. reflexivity.
Qed.
Lemma bank_exact bases chosen : forall pss xs, programs_of bases chosen = Some pss -> length xs = length chosen ->
  bank_values (map basis_values bases) chosen xs
  = map (fun qx => program_value (fst qx) (snd qx)) (seen pss xs).
Proof.
  induction chosen as [|b chosen IH]; cbn [programs_of]; intros pss xs H Lx.
  - injection H as <-. destruct xs; [reflexivity|discriminate].
  - destruct (nth_error bases b) as [bs|] eqn:Eb; [|discriminate].
    destruct bs as [| | | | | | |ps|]; try discriminate.
    destruct (programs_of bases chosen) as [rest|] eqn:Er; [|discriminate]. injection H as <-.
    destruct xs as [|x xs]; [discriminate|]. cbn [bank_values hd tl]. unfold seen. cbn [combine flat_map fst snd].
    rewrite map_app, map_map. cbn [fst snd]. f_equal.
    + rewrite (nth_error_nth (map basis_values bases) b _ (map_nth_error basis_values b bases Eb)). reflexivity.
    + apply IH; [reflexivity|simpl in Lx; lia].
Qed.
Lemma seen_programs pss : forall xs, length xs = length pss -> map fst (seen pss xs) = concat pss.
Proof.
  induction pss as [|ps pss IH]; intros [|x xs] H; try discriminate; [reflexivity|].
  unfold seen. cbn [combine flat_map concat fst snd]. rewrite map_app, map_map. cbn [fst]. rewrite map_id.
  f_equal. apply IH. simpl in H. lia.
Qed.
Lemma nth_count {A} (f : Z -> A) n d : forall k o, (o < n)%nat -> nth o (map f (count n k)) d = f (k + Z.of_nat o)%Z.
Proof.
  induction n as [|n IH]; intros k o H; [lia|]. cbn [count map]. destruct o as [|o]; cbn [nth].
  - f_equal. lia.
  - rewrite IH by lia. f_equal. lia.
Qed.
Fixpoint dot_real (ws ys : list R) : R :=
  match ws, ys with w :: ws', y :: ys' => w * y + dot_real ws' ys' | _, _ => 0 end.
Lemma combine_row_dot e ys : forall c, combine_row 0 Rplus (fun q x => Q2R q * x) e c ys
  = dot_real (map Q2R (map e (count (length ys) c))) ys.
Proof. induction ys as [|y ys IH]; intros c; cbn; [reflexivity|]. rewrite IH. reflexivity. Qed.
Lemma combine_row_unit e c n : forall s k, combine_row 0 Rplus (fun q x => Q2R q * x) e k
    (map (fun j => if Nat.eqb j c then 1 else 0) (seq s n))
  = if Nat.leb s c && Nat.ltb c (s + n) then Q2R (e (k + Z.of_nat (c - s))%Z) else 0.
Proof.
  induction n as [|n IH]; intros s k; cbn [seq map combine_row].
  - destruct (Nat.leb_spec s c), (Nat.ltb_spec c (s + 0)); simpl; try reflexivity; lia.
  - rewrite IH. destruct (Nat.eqb_spec s c) as [->|Ne].
    + replace (Nat.leb (S c) c) with false by (symmetry; apply Nat.leb_gt; lia).
      rewrite Nat.leb_refl, Nat.sub_diag. replace (Nat.ltb c (c + S n)) with true by (symmetry; apply Nat.ltb_lt; lia).
      cbn [andb]. rewrite Z.add_0_r. ring.
    + destruct (Nat.leb_spec (S s) c), (Nat.ltb_spec c (S s + n)), (Nat.leb_spec s c), (Nat.ltb_spec c (s + S n));
        cbn [andb]; try lia; try ring.
      replace (k + 1 + Z.of_nat (c - S s))%Z with (k + Z.of_nat (c - s))%Z by lia. ring.
Qed.
Lemma entry_dense outs n e o c : (o < outs)%nat -> (c < n)%nat ->
  entry_of (Dense outs n e) o c = Q2R (e (Z.of_nat o) (Z.of_nat c)).
Proof.
  intros O C. unfold entry_of, apply_real. cbn [inputs apply]. cbv zeta.
  rewrite take_all by (rewrite map_length, seq_length; reflexivity).
  rewrite (nth_count (fun r => combine_row 0 Rplus (fun q x => Q2R q * x) (e r) 0 _) outs 0 0 o O).
  rewrite combine_row_unit. replace (Nat.leb 0 c && Nat.ltb c (0 + n)) with true.
  - do 2 f_equal; lia.
  - symmetry. apply andb_true_intro. split; [reflexivity|apply Nat.ltb_lt; lia].
Qed.
Lemma add_bias_nth b l : forall k o, (o < length l)%nat ->
  nth o (add_bias b k l) 0 = nth o l 0 + Q2R (b (k + Z.of_nat o)%Z).
Proof.
  induction l as [|y l IH]; intros k o H; simpl in H; [lia|]. cbn [add_bias]. destruct o as [|o]; cbn [nth].
  - rewrite Z.add_0_r. reflexivity.
  - rewrite IH by lia. do 3 f_equal. lia.
Qed.
Lemma affine_exact outs n e b fs o : (o < outs)%nat -> length fs = n ->
  nth o (stage_value (Affine (Dense outs n e) b) fs) 0
  = dot_real (map Q2R (map (e (Z.of_nat o)) (count n 0))) fs + Q2R (b (Z.of_nat o)).
Proof.
  intros O Lf. cbn [stage_value]. rewrite add_bias_nth by (unfold apply_real; rewrite apply_length; exact O).
  rewrite Z.add_0_l. f_equal. unfold apply_real. cbn [apply]. cbv zeta. rewrite take_all by exact Lf.
  rewrite (nth_count (fun r => combine_row 0 Rplus (fun q x => Q2R q * x) (e r) 0 fs) outs 0 0 o O).
  rewrite combine_row_dot, Lf. reflexivity.
Qed.
Lemma exactly_dot qxs : forall ws, exactly ws qxs = dot_real ws (map (fun qx => program_value (fst qx) (snd qx)) qxs).
Proof. induction qxs as [|[q x] qxs IH]; intros [|w ws]; simpl; try reflexivity. rewrite IH. reflexivity. Qed.
Lemma terms_pairs qxs : forall (F : nat -> R) ys, length ys = length qxs ->
  map (fun c => (F c, nth c ys 0 / nth c (map divisor (map fst qxs)) 1)) (seq 0 (length qxs))
  = pairs (map F (seq 0 (length qxs))) ys qxs.
Proof.
  induction qxs as [|[q x] qxs IH]; intros F [|y ys] Ly; try discriminate; [reflexivity|].
  cbn [length seq map fst]. rewrite <- seq_shift, (map_map S F), (map_map S). cbn [pairs nth]. f_equal.
  rewrite <- (IH (fun c => F (S c)) ys) by (simpl in Ly; lia). reflexivity.
Qed.

(** ** Live terms *)
Lemma live_flushed l ts : Forall2 (pair_flushed m) l ts -> (live ts <= live l)%nat.
Proof.
  induction 1 as [|[w x] [w' x'] l ts [[Fw|[_ Fw]] _] _ IH]; simpl in *; subst; [lia| |];
    destruct (Req_EM_T _ _); try lia; destruct (Req_EM_T _ _); try lia. contradiction.
Qed.
Lemma live_pairs qxs : forall ws ys, (live (pairs (map Q2R ws) ys qxs) <= count_live ws)%nat.
Proof.
  unfold count_live. induction qxs as [|[q x] qxs IH]; intros [|w ws] [|y ys]; simpl; try lia.
  specialize (IH ws ys). destruct (Req_EM_T (Q2R w) 0) as [E|E].
  - destruct (is_zero w); simpl; lia.
  - destruct (is_zero w) eqn:Z; simpl; [apply val_is_zero in Z; contradiction|lia].
Qed.
Lemma growth_gamma k g : (2 * Z.of_nat k <= 2 ^ Z.of_nat (bits p))%Z -> (1 <= k)%nat ->
  g = Qmake (Z.of_nat k) (Z.to_pos (2 ^ Z.of_nat (bits p) - Z.of_nat k)) ->
  growth m k - 1 <= Q2R g /\ 0 < Q2R g.
Proof.
  intros K K1 ->. set (W := (2 ^ Z.of_nat (bits p))%Z) in *.
  assert (Er : IZR W = 2 ^ bits p) by (symmetry; apply pow_IZR).
  assert (Wp : 0 < 2 ^ bits p) by (apply pow_lt; lra). rewrite <- Er in Wp.
  assert (Kr : 2 * INR k <= IZR W).
  { rewrite INR_IZR_INZ. rewrite <- mult_IZR. apply IZR_le. exact K. }
  apply le_INR in K1 as K1r. simpl in K1r.
  unfold Q2R. cbn [Qnum Qden]. rewrite Z2Pos.id by lia. rewrite minus_IZR, <- INR_IZR_INZ.
  assert (u_eq : roundoff p = / IZR W) by (unfold roundoff; rewrite Er; reflexivity).
  split.
  - pose proof (FloatSums.product_of_roundings (roundoff p) (repeat (roundoff p) k)) as H.
    rewrite repeat_length in H.
    assert (Ge : FloatSums.factors (repeat (roundoff p) k) = growth m k).
    { unfold FloatSums.factors, growth. clear. induction k as [|k IH]; simpl; [reflexivity|]. rewrite IH. reflexivity. }
    rewrite Ge in H. pose proof (roundoff_pos m) as [U _].
    assert (Hk : INR k * roundoff p < 1).
    { rewrite u_eq. apply Rmult_lt_reg_r with (IZR W); [exact Wp|]. rewrite Rmult_assoc, Rinv_l; lra. }
    eapply Rle_trans; [apply Rle_abs|]. eapply Rle_trans; [apply H; [lra| |exact Hk]|].
    + apply Forall_forall. intros d I. apply repeat_spec in I. subst d. rewrite Rabs_pos_eq; lra.
    + right. rewrite u_eq. field. split; lra.
  - apply Rmult_lt_0_compat; [lra|]. apply Rinv_0_lt_compat. lra.
Qed.
End Layer.
