(** * Halving: upper bounds of polynomials and atoms on cells

    On a cell a polynomial is at most its greatest Bernstein coefficient; an atom is near its
    chord, which only adds to the coefficients.  Cells that may hold more than what is reached
    somewhere are halved, a stated number of times. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Functions Calculus Bernstein Atom_parts.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Definition largest (a : Q) (l : list Q) : Q := fold_left larger l a.
Lemma larger_ok a b : Q2R a <= Q2R (larger a b) /\ Q2R b <= Q2R (larger a b).
Proof. rewrite val_larger. split; [apply Rmax_l|apply Rmax_r]. Qed.
Lemma largest_first l : forall a, Q2R a <= Q2R (largest a l).
Proof.
  induction l as [|c l IH]; intros a; simpl; [lra|].
  destruct (larger_ok a c). specialize (IH (larger a c)). lra.
Qed.
Lemma largest_ok l b : In b l -> forall a, Q2R b <= Q2R (largest a l).
Proof.
  induction l as [|c l IH]; simpl; [tauto|]. intros [<-|H] a; [|apply IH, H].
  destruct (larger_ok a c). pose proof (largest_first l (larger a c)). lra.
Qed.
(** z over the positive integer m. *)
Definition ratio (z m : Z) : Q := Qmake z (Z.to_pos m).
Lemma ratio_ok z m : (0 < m)%Z -> Q2R (ratio z m) = IZR z / IZR m.
Proof. intros H. unfold ratio, Q2R. simpl. rewrite Z2Pos.id by lia. reflexivity. Qed.
Definition greatest (l : list Z) : Z := fold_left Z.max l (hd 0 l)%Z.
Lemma greatest_ok l z : In z l -> (z <= greatest l)%Z.
Proof.
  unfold greatest. generalize (hd 0%Z l). induction l as [|a l IH]; simpl; intros m H; [tauto|].
  destruct H as [<-|H]; [|apply IH, H]. clear IH.
  assert (G : forall n, (n <= fold_left Z.max l n)%Z).
  { induction l as [|b l IH]; simpl; intros n; [lia|]. specialize (IH (Z.max n b)). lia. }
  specialize (G (Z.max m a)). lia.
Qed.

(** From Ok a = Ok b, without simplification. *)
Ltac ok_top H :=
  match type of H with Ok ?a = Ok ?b => replace b with a by congruence end.

(** ** Halving *)
Section Refine.
Variables (n : nat) (f : function) (curved : bool). (* the degree; the atoms; whether there are any *)
(** A cell: its ends with bounds of the atoms there, coefficients over a common scale, and an upper
    bound of what it stands for. *)
Record piece := {
  from : Q; at_from : Q * Q; to : Q; at_to : Q * Q; coefficients : list Z; bound : Q }.
Definition max_live : nat := 1024.
Definition smooth_at (x : Q) : result (Q * Q) := if curved then atoms_at f x else Ok (0, 0)%Q.
(** The coefficients with those of the line from a to b, whose degree is raised to n. *)
Fixpoint with_line (k : nat) (scale : Z) (a b : Q) (l : list Z) : list Q :=
  match l with
  | [] => []
  | z :: l' =>
      plus (ratio z scale) (plus (times (ratio (Z.of_nat (n - k)) (Z.of_nat n)) a)
                                 (times (ratio (Z.of_nat k) (Z.of_nat n)) b))
      :: with_line (S k) scale a b l'
  end.
Definition bound_of (u : Q) (a : Q * Q) (v : Q) (b : Q * Q) (scale : Z) (l : list Z) : result Q :=
  if curved then
    let? i := bend f u v in
    match with_line 0 scale (snd a) (snd b) l with
    | c :: cs => Ok (plus (largest c cs) (snd i))
    | [] => Invalid "unreachable: no coefficients"
    end
  else Ok (ratio (greatest l) scale).
Definition piece_of (u : Q) (a : Q * Q) (v : Q) (b : Q * Q) (scale : Z) (l : list Z) : result piece :=
  let? m := bound_of u a v b scale l in
  Ok {| from := u; at_from := a; to := v; at_to := b; coefficients := l; bound := m |}.
Fixpoint halves (scale : Z) (cs : list piece) : result (list piece) :=
  match cs with
  | [] => Ok []
  | c :: cs' =>
      let m := times (1 # 2) (plus (from c) (to c)) in
      let? a := smooth_at m in
      let? l := piece_of (from c) (at_from c) m a scale (left_half n (coefficients c)) in
      let? r := piece_of m a (to c) (at_to c) scale (right_half n (coefficients c)) in
      let? others := halves scale cs' in
      Ok (l :: r :: others)
  end.
(** What is reached at the ends of cells: it says which cells need not be halved. *)
Definition ends (scale : Z) (c : piece) : list Q :=
  [plus (ratio (hd 0%Z (coefficients c)) scale) (fst (at_from c));
   plus (ratio (last (coefficients c) 0%Z) scale) (fst (at_to c))].
Fixpoint refine (cuts : nat) (scale : Z) (reached : Q) (cs : list piece) : result Q :=
  let live := filter (fun c => less reached (bound c)) cs in
  match cuts, live with
  | _, [] => Ok reached
  | O, _ => Ok (largest reached (map bound live))
  | S k, _ =>
      if Nat.ltb max_live (List.length live) then Ok (largest reached (map bound live))
      else
        let scale := Z.shiftl scale (Z.of_nat n) in
        let? halved := halves scale live in
        refine k scale (largest reached (flat_map (ends scale) halved)) halved
  end.

Context {N : Normal_distribution}.
Hypothesis n_pos : (1 <= n)%nat.
Hypothesis no_curves : curved = false -> forall x, atom_part f x = 0.
Definition holds_at (x : Q) (i : Q * Q) : Prop := Q2R (fst i) <= atom_part f (Q2R x) <= Q2R (snd i).
(** The value at from + t (to - from) of what a cell stands for. *)
Definition on_piece (scale : Z) (c : piece) (t : R) : R :=
  form n (coefficients c) t / IZR scale + atom_part f (Q2R (from c) + t * (Q2R (to c) - Q2R (from c))).
Definition stands (scale : Z) (c : piece) : Prop :=
  length (coefficients c) = S n /\ Q2R (from c) <= Q2R (to c) /\ holds_at (from c) (at_from c)
  /\ holds_at (to c) (at_to c) /\ forall t, 0 <= t <= 1 -> on_piece scale c t <= Q2R (bound c).
Lemma smooth_at_ok x i : smooth_at x = Ok i -> holds_at x i.
Proof.
  unfold smooth_at, holds_at. destruct curved; [apply atoms_at_ok|].
  intros H. injection H as <-. rewrite no_curves by reflexivity. simpl. rewrite val_0. lra.
Qed.
Lemma with_line_nth scale a b l : (0 < scale)%Z -> forall k j, (k < length l)%nat -> (j + length l = S n)%nat ->
  In (nth k (with_line j scale a b l) 0%Q) (with_line j scale a b l) /\
  Q2R (nth k (with_line j scale a b l) 0%Q)
  = IZR (nth k l 0%Z) / IZR scale + (Q2R a + INR (j + k) * ((Q2R b - Q2R a) / INR n)).
Proof.
  intros P. induction l as [|z l IH]; intros k j K J; simpl in K, J; [lia|].
  destruct k as [|k]; cbn [with_line nth].
  - split; [left; reflexivity|]. rewrite !val_plus, !val_times, !ratio_ok by lia.
    rewrite Nat.add_0_r, <- !INR_IZR_INZ, minus_INR by lia. apply IZR_lt in P.
    field. split; [apply not_0_INR; lia|lra].
  - destruct (IH k (S j)) as [I E]; try lia. split; [right; exact I|]. rewrite E.
    replace (S j + k)%nat with (j + S k)%nat by lia. reflexivity.
Qed.
Lemma bound_of_ok u a v b scale l m t : bound_of u a v b scale l = Ok m -> (0 < scale)%Z ->
  length l = S n -> Q2R u <= Q2R v -> holds_at u a -> holds_at v b -> 0 <= t <= 1 ->
  form n l t / IZR scale + atom_part f (Q2R u + t * (Q2R v - Q2R u)) <= Q2R m.
Proof.
  unfold bound_of. intros H P L O A B T. assert (P' := P). apply IZR_lt in P'.
  destruct curved eqn:Cu.
  - unbind H. pose proof (bend_ok f u v t a0 E O T) as D.
    pose proof (with_line_nth scale (snd a) (snd b) l P) as W.
    destruct (with_line 0 scale (snd a) (snd b) l) as [|c cs] eqn:El; [discriminate|].
    injection H as <-. rewrite val_plus.
    assert (M : form n l t / IZR scale + (Q2R (snd a) + t * (Q2R (snd b) - Q2R (snd a)))
      <= Q2R (largest c cs)).
    { replace (form n l t / IZR scale + (Q2R (snd a) + t * (Q2R (snd b) - Q2R (snd a))))
        with (bernstein n (fun k => / IZR scale * entry l k
          + (Q2R (snd a) + (Q2R (snd b) - Q2R (snd a)) / INR n * INR k)) t).
      - apply bernstein_at_most; [assumption|]. intros k K. destruct (W k 0%nat) as [I E1]; try lia.
        rewrite El in I, E1. rewrite Nat.add_0_l in E1. unfold entry.
        assert (E2 : / IZR scale * IZR (nth k l 0%Z)
            + (Q2R (snd a) + (Q2R (snd b) - Q2R (snd a)) / INR n * INR k) = Q2R (nth k (c :: cs) 0%Q)).
        { rewrite E1. field. split; [apply not_0_INR; lia|lra]. }
        rewrite E2. destruct I as [<-|I]; [apply largest_first|apply largest_ok, I].
      - rewrite !bernstein_add, !bernstein_scale, bernstein_constant, bernstein_index.
        unfold form. field. split; [lra|apply not_0_INR; lia]. }
    unfold holds_at in A, B. nra.
  - injection H as <-. rewrite no_curves, ratio_ok, Rplus_0_r by auto. apply Rmult_le_compat_r.
    + apply Rlt_le, Rinv_0_lt_compat, P'.
    + apply form_at_most; auto. apply greatest_ok.
Qed.
Lemma piece_of_ok u a v b scale l c : piece_of u a v b scale l = Ok c -> (0 < scale)%Z ->
  length l = S n -> Q2R u <= Q2R v -> holds_at u a -> holds_at v b -> stands scale c.
Proof.
  unfold piece_of. intros H P L O A B. unbind H. injection H as <-. repeat split; auto; try apply A; try apply B.
  intros t T. apply (bound_of_ok u a v b scale l a0 t); auto.
Qed.
(** Every cell that is halved is covered by its halves. *)
Lemma halves_ok scale cs : (0 < scale)%Z -> Forall (stands scale) cs -> forall hs,
  halves (Z.shiftl scale (Z.of_nat n)) cs = Ok hs ->
  Forall (stands (Z.shiftl scale (Z.of_nat n))) hs /\
  forall c t, In c cs -> 0 <= t <= 1 -> exists h s, In h hs /\ 0 <= s <= 1 /\
    on_piece (Z.shiftl scale (Z.of_nat n)) h s = on_piece scale c t.
Proof.
  intros P. set (scale' := Z.shiftl scale (Z.of_nat n)).
  assert (E : IZR scale' = IZR scale * 2 ^ n).
  { unfold scale'. rewrite Z.shiftl_mul_pow2, mult_IZR, <- pow_IZR by lia. reflexivity. }
  assert (P2 : 0 < 2 ^ n) by (apply pow_lt; lra). assert (P1 := P). apply IZR_lt in P1.
  assert (P' : (0 < scale')%Z) by (apply lt_IZR; rewrite E; nra).
  induction cs as [|c cs IH]; intros F hs H; cbn [halves] in H.
  - injection H as <-. split; [constructor|intros c t []].
  - inversion F as [|c' cs' Sc Fcs]; subst. unbind H. injection H as <-.
    destruct (IH Fcs _ E3) as [Fh Ch]. clear IH E3. destruct Sc as (L & O & A & B & _).
    apply smooth_at_ok in E0. set (m := times (1 # 2) (plus (from c) (to c))) in *.
    assert (M : Q2R m = (Q2R (from c) + Q2R (to c)) / 2).
    { unfold m. rewrite val_times, val_plus. unfold Q2R at 1. simpl. field. }
    pose proof (piece_of_ok _ _ _ _ _ _ _ E1 P' (left_half_length n _) ltac:(lra) A E0) as Sl.
    pose proof (piece_of_ok _ _ _ _ _ _ _ E2 P' (right_half_length n _) ltac:(lra) E0 B) as Sr.
    unfold piece_of in E1, E2. unbind E1. unbind E2. injection E1 as <-. injection E2 as <-.
    split; [constructor; [|constructor]; assumption|]. intros d t [<-|I] T.
    + destruct (Rle_dec t (1 / 2)) as [G|G].
      * eexists. exists (2 * t). split; [left; reflexivity|]. split; [lra|].
        unfold on_piece. cbn [from to coefficients].
        rewrite left_half_ok, E, M by assumption. replace (2 * t / 2) with t by field. f_equal.
        -- field. lra.
        -- f_equal. field.
      * eexists. exists (2 * t - 1). split; [right; left; reflexivity|]. split; [lra|].
        unfold on_piece. cbn [from to coefficients].
        rewrite right_half_ok, E, M by assumption. replace ((1 + (2 * t - 1)) / 2) with t by field.
        f_equal.
        -- field. lra.
        -- f_equal. field.
    + destruct (Ch d t I T) as (h & s & Ih & Hs & Eh). exists h, s. simpl. auto.
Qed.
Lemma refine_reached cuts : forall scale reached cs m, refine cuts scale reached cs = Ok m ->
  Q2R reached <= Q2R m.
Proof.
  induction cuts as [|k IH]; intros scale reached cs m H; cbn [refine] in H;
    destruct (filter _ _) as [|c l]; try (ok_top H; apply Rle_refl);
    try (ok_top H; apply largest_first).
  destruct (Nat.ltb _ _); [ok_top H; apply largest_first|]. unbind H. apply IH in H.
  eapply Rle_trans; [apply largest_first|apply H].
Qed.
Theorem refine_ok cuts : forall scale reached cs m, refine cuts scale reached cs = Ok m ->
  (0 < scale)%Z -> Forall (stands scale) cs -> forall c t, In c cs -> 0 <= t <= 1 ->
  on_piece scale c t <= Q2R m.
Proof.
  induction cuts as [|k IH]; intros scale reached cs m H P F c t I T; assert (H' := H);
    cbn [refine] in H; set (live := filter (fun c => less reached (bound c)) cs) in *;
    assert (F' := F); rewrite Forall_forall in F';
    destruct (F' _ I) as (_ & _ & _ & _ & Bd); specialize (Bd t T);
    (destruct (less reached (bound c)) eqn:B;
     [assert (I' : In c live) by (apply filter_In; auto)
     |apply val_not_less in B; apply refine_reached in H'; lra]).
  - destruct live as [|d l] eqn:E; [destruct I'|]. ok_top H. eapply Rle_trans; [apply Bd|].
    apply largest_ok, in_map, I'.
  - destruct live as [|d l] eqn:E; [destruct I'|]. rewrite <- E in *.
    destruct (Nat.ltb _ _).
    { ok_top H. eapply Rle_trans; [apply Bd|]. apply largest_ok, in_map, I'. }
    unbind H. assert (Fl : Forall (stands scale) live).
    { apply Forall_forall. intros d' Id. apply filter_In in Id. apply F', Id. }
    destruct (halves_ok scale live P Fl _ E0) as [Fh Ch].
    destruct (Ch c t I' T) as (h & s & Ih & Hs & <-).
    apply (IH _ _ _ _ H); auto.
    apply lt_IZR. rewrite Z.shiftl_mul_pow2, mult_IZR, <- pow_IZR by lia.
    apply IZR_lt in P. pose proof (pow_lt (IZR 2) n ltac:(lra)). nra.
Qed.
End Refine.
