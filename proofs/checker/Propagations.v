(** * Judgements about the difference of deep networks, layer by layer

    Both networks are cut into words of equal widths.  Where the left one passes on u in a box, and
    the right one v with |u_i - v_i| <= E_i, the values after the next words L and R are apart by

      |L(u)_o - R(v)_o| <= |L(u)_o - R(u)_o| + |R(u)_o - R(v)_o|,

    the first bounded by a judgement of distance on the box, the second by the slopes of R on the
    box widened by E times E: R is a sum of functions of one input each. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Networks Definedness Sums Windows Atom_parts Slopes Ranges
  Files Claims Window_judgements Compositions.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

(** ** One word *)
(** Halvings of cells where slopes are bounded. *)
Definition halvings : nat := 2.
Fixpoint widened (box : domain) (errors : list Q) : domain :=
  match box, errors with
  | (Some a, Some b) :: box', e :: errors' => (Some (minus a e), Some (plus b e)) :: widened box' errors'
  | _, _ => []
  end.
Section Growth.
Variables (wide : domain) (errors : list Q).
(** How far d . u and d . v may be apart. *)
Fixpoint way (d : direction) : Q :=
  match d with
  | [] => 0%Q
  | (i, c) :: d' => plus (times (inject_Z (Z.abs c)) (nth (Z.to_nat i) errors 0%Q)) (way d')
  end.
Fixpoint growth (s : sum) : result Q :=
  match s with
  | [] => Ok 0%Q
  | (_ :: _ :: _, _) :: _ => Invalid "a layer mixes its inputs before a bank"
  | (d, f) :: s' =>
      let? others := growth s' in
      if is_zero (way d) then Ok others
      else match direction_range wide d with
           | (Some lo, Some hi) =>
               let? m := lipschitz halvings f lo hi in Ok (plus (larger 0 (times m (way d))) others)
           | _ => Invalid "unreachable: an interval without ends"
           end
  end.
Fixpoint growths (frame : sum) (outs : list sum) (bounds : list Q) : result (list Q) :=
  match outs, bounds with
  | s :: outs', b :: bounds' =>
      let? g := growth (framed frame s) in
      let? gs := growths frame outs' bounds' in
      Ok (plus b g :: gs)
  | [], [] => Ok []
  | _, _ => Invalid "unreachable: other outputs"
  end.
End Growth.
(** A layer that mixes inputs before a bank is refused, even if nothing of it is left in the end; whether
    there is one can be seen only before the maps that follow, and in case of doubt nothing is said. *)
Definition unmixed (s : sum) : bool :=
  forallb (fun df => match fst df with _ :: _ :: _ => false | _ => true end) s.
Definition is_affine (s : stage) : bool := match s with Affine _ _ => true | _ => false end.
Definition is_bank (s : stage) : bool := match s with Bank _ _ => true | _ => false end.
(** Only banks, and then only affine stages. *)
Fixpoint one_layer (w : word) : bool :=
  match w with [] => true | s :: w' => if is_bank s then one_layer w' else forallb is_affine w end.
Definition opaque (s : stage) : bool :=
  match s with Parallel ns => negb (forallb (fun nw => one_layer (snd nw)) ns) | _ => false end.
Fixpoint never_mixed (wide : domain) (n : nat) (before w : word) : result bool :=
  match w with
  | [] => Ok true
  | s :: w' =>
      let before := before ++ [s] in
      if opaque s then Ok false
      else if is_affine s || forallb is_bank before then never_mixed wide n before w'
      else let? outs := outputs_of wide n before in
           if forallb unmixed outs then never_mixed wide n before w' else Ok false
  end.
(** The errors after a word of n inputs which is within these bounds of the left one. *)
Definition grown {B : Buffers} (n : nat) (w : word) (box : domain) (errors bounds : list Q)
  : result (list Q) :=
  if forallb is_zero errors then Ok bounds
  else
    let wide := widened box errors in
    let? _ := need (affordable n w []) "too large: more work than a file of this size may ask for" in
    let? outs := outputs_of wide n w in
    let? found := growths wide errors (frame_of outs) outs bounds in
    let? clear := never_mixed wide n [] w in
    if clear then Ok found else Unsupported "a layer that mixes inputs before a bank".
Fixpoint covers (stated found : list Q) : result unit :=
  match stated, found with
  | e :: stated', g :: found' =>
      if less e g then
        if near e g then Unsupported "an error too near to what is found"
        else Invalid "an error may be larger"
      else covers stated' found'
  | [], [] => Ok tt
  | _, _ => Invalid "not one error per output"
  end.

Section Apart.
Context {N : Normal_distribution}.
Open Scope R_scope.
Definition apart (errors : list Q) (us vs : list R) : Prop :=
  forall i, Rabs (nth i us 0 - nth i vs 0) <= Q2R (nth i errors 0%Q).
Lemma way_ok errors us vs d : apart errors us vs ->
  Rabs (direction_value d us - direction_value d vs) <= Q2R (way errors d).
Proof.
  intros A. induction d as [|[i c] d IH]; cbn [way direction_value].
  - rewrite Rminus_eq_0, Rabs_R0, val_0. lra.
  - rewrite val_plus, val_times, val_inject_Z. specialize (A (Z.to_nat i)).
    replace (IZR c * nth (Z.to_nat i) us 0 + direction_value d us
             - (IZR c * nth (Z.to_nat i) vs 0 + direction_value d vs))
      with (IZR c * (nth (Z.to_nat i) us 0 - nth (Z.to_nat i) vs 0)
            + (direction_value d us - direction_value d vs)) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat; [|exact IH].
    rewrite Rabs_mult, abs_IZR. apply Rmult_le_compat_l; [apply Rabs_pos|exact A].
Qed.
Lemma apart_tail e errors us vs : apart (e :: errors) us vs -> apart errors (tl us) (tl vs).
Proof.
  intros A i. specialize (A (S i)). destruct us, vs; simpl in *; destruct i; exact A.
Qed.
Lemma widened_ok box : forall errors us vs, in_domain box us -> apart errors us vs ->
  in_domain (widened box errors) us /\ in_domain (widened box errors) vs.
Proof.
  induction box as [|[[a|] [b|]] box IH]; intros [|e errors] us vs D A; simpl; auto.
  destruct D as (D1 & D2 & D3). destruct (IH _ _ _ D3 (apart_tail _ _ _ _ A)).
  specialize (A 0%nat). simpl in A, D1, D2. rewrite val_minus, val_plus.
  replace (nth 0 us 0) with (hd 0 us) in A by (destruct us; reflexivity).
  replace (nth 0 vs 0) with (hd 0 vs) in A by (destruct vs; reflexivity).
  unfold Rabs in A. destruct (Rcase_abs _); repeat split; auto; lra.
Qed.
Lemma growth_ok wide errors us vs s : in_domain wide us -> in_domain wide vs -> apart errors us vs ->
  forall g, growth wide errors s = Ok g ->
  Rabs (sum_value s us - sum_value s vs) <= Q2R g.
Proof.
  intros U V A. induction s as [|[d f] s IH]; cbn [growth sum_value]; intros g H.
  - injection H as <-. rewrite Rminus_eq_0, Rabs_R0, val_0. lra.
  - replace (value f (direction_value d us) + sum_value s us - (value f (direction_value d vs) + sum_value s vs))
      with ((value f (direction_value d us) - value f (direction_value d vs))
            + (sum_value s us - sum_value s vs)) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. pose proof (way_ok errors us vs d A) as W.
    destruct (direction_range_ok wide d us U) as [U1 U2].
    destruct (direction_range_ok wide d vs V) as [V1 V2].
    assert (H' : (let? others := growth wide errors s in
        if is_zero (way errors d) then Ok others
        else match direction_range wide d with
             | (Some lo, Some hi) =>
                 let? m := lipschitz halvings f lo hi in Ok (plus (larger 0 (times m (way errors d))) others)
             | _ => Invalid "unreachable: an interval without ends"
             end) = Ok g) by (destruct d as [|? [|? ?]]; [exact H|exact H|discriminate]).
    clear H. unbind H'. specialize (IH _ E). destruct (is_zero _) eqn:Z.
    + injection H' as <-. apply val_is_zero in Z. rewrite Z in W.
      assert (X : direction_value d us = direction_value d vs).
      { unfold Rabs in W. destruct (Rcase_abs _); lra. }
      rewrite X, Rminus_eq_0, Rabs_R0. lra.
    + destruct (direction_range wide d) as [[lo|] [hi|]]; try discriminate. unbind H'. injection H' as <-.
      simpl in U1, U2, V1, V2. rewrite val_plus, val_larger, val_times, val_0.
      apply Rplus_le_compat; [|exact IH].
      set (x := direction_value d us) in *. set (y := direction_value d vs) in *.
      pose proof (lipschitz_ok _ _ _ _ _ x y E0 (conj U1 U2) (conj V1 V2)) as L.
      pose proof (Rmax_l 0 (Q2R a0 * Q2R (way errors d))). pose proof (Rmax_r 0 (Q2R a0 * Q2R (way errors d))).
      pose proof (Rabs_pos (x - y)). destruct (Rle_lt_dec 0 (Q2R a0)); nra.
Qed.
Lemma growths_ok wide errors us vs frame : in_domain wide us -> in_domain wide vs -> apart errors us vs ->
  forall outs bounds gs, growths wide errors frame outs bounds = Ok gs ->
  forall o,
  Q2R (nth o bounds 0%Q) + Rabs (nth o (values us outs) 0 - nth o (values vs outs) 0) <= Q2R (nth o gs 0%Q).
Proof.
  intros U V A. induction outs as [|s outs IH]; intros [|b bounds] gs H; simpl in H; try discriminate.
  - injection H as <-. intros o. destruct o; simpl; rewrite Rminus_eq_0, Rabs_R0, val_0; lra.
  - unbind H. injection H as <-. pose proof (IH _ _ E0) as G. intros [|o]; simpl; [|apply G]. apply (growth_ok _ _ _ _ _ U V A) in E.
    rewrite !framed_ok in E. rewrite val_plus. lra.
Qed.
Lemma apart_zero errors us vs : length us = length vs -> apart errors us vs -> forallb is_zero errors = true ->
  us = vs.
Proof.
  intros L A Z. apply (nth_ext _ _ 0 0 L). intros i _. specialize (A i).
  assert (E : Q2R (nth i errors 0%Q) = 0).
  { rewrite forallb_forall in Z. destruct (nth_in_or_default i errors 0%Q) as [I| ->]; [|apply val_0].
    apply val_is_zero, Z, I. }
  rewrite E in A. unfold Rabs in A. destruct (Rcase_abs _); lra.
Qed.
Lemma grown_ok {B : Buffers} n w box errors bounds gs us vs : grown n w box errors bounds = Ok gs ->
  length us = n -> length vs = n -> in_domain box us -> apart errors us vs ->
  forall o,
  Q2R (nth o bounds 0%Q) + Rabs (nth o (word_value w us) 0 - nth o (word_value w vs) 0) <= Q2R (nth o gs 0%Q).
Proof.
  unfold grown. intros H Lu Lv D A. destruct (forallb is_zero errors) eqn:Z.
  - injection H as <-. rewrite (apart_zero errors us vs) by (auto; congruence).
    intros o. rewrite Rminus_eq_0, Rabs_R0. lra.
  - unbind H. destruct (widened_ok _ _ _ _ D A) as [U V].
    rewrite <- (outputs_of_ok _ _ _ _ us E0 Lu U), <- (outputs_of_ok _ _ _ _ vs E0 Lv V).
    destruct a2; [|discriminate]. injection H as <-. apply (growths_ok _ _ _ _ _ U V A _ _ _ E1).
Qed.
Lemma growths_length wide errors frame outs : forall bounds gs,
  growths wide errors frame outs bounds = Ok gs -> length gs = length bounds.
Proof.
  induction outs as [|s outs IH]; intros [|b bounds] gs H; simpl in H; try discriminate.
  - injection H as <-. reflexivity.
  - unbind H. injection H as <-. simpl. f_equal. apply (IH _ _ E0).
Qed.
Lemma grown_length {B : Buffers} n w box errors bounds gs : grown n w box errors bounds = Ok gs ->
  length gs = length bounds.
Proof.
  unfold grown. intros H. destruct (forallb is_zero errors).
  - injection H as <-. reflexivity.
  - unbind H. destruct a2; [|discriminate]. injection H as <-. apply (growths_length _ _ _ _ _ _ E1).
Qed.
Lemma covers_ok stated : forall found u, covers stated found = Ok u ->
  length stated = length found /\ forall o, Q2R (nth o found 0%Q) <= Q2R (nth o stated 0%Q).
Proof.
  induction stated as [|e stated IH]; intros [|g found] u H; simpl in H; try discriminate.
  - split; [reflexivity|]. intros [|o]; apply Rle_refl.
  - destruct (less e g) eqn:L; [destruct (near e g); discriminate|].
    destruct (IH _ _ H) as [Le C]. split; [simpl; congruence|].
    apply val_not_less in L. intros [|o]; [exact L|apply C].
Qed.
End Apart.

(** ** Layer by layer *)
Section Judging.
Context {B : Buffers} (t : table).
(** The stages of both sides, and the errors after the last word. *)
Fixpoint propagate (earlier : list shown) (box : domain) (errors : list Q) (layers : list json)
  : result (list Z * list Z * list Q) :=
  match layers with
  | [] => Ok ([], [], errors)
  | j :: layers' =>
    let? f := fields ["distance"; "errors"; "range"] j in
    match f with
    | [jd; je; jr] =>
      let? near := cited earlier jd in
      match near with
      | Shown (Within l r d bounds) =>
        let? (n, ls) := network_at t l in
        let? (_, rs) := network_at t r in
        let? w := resolve t rs in
        let? _ := need (Nat.eqb n (List.length errors)) "a layer has other inputs" in
        let? _ := need (lies_in box d) "the distance is of another box" in
        let? found := grown n w box errors bounds in
        let? stated := rationals je in
        let? _ := covers stated found in
        let? images := items jr in
        match layers', images with
        | [], [] => Ok (ls, rs, stated)
        | _ :: _, [ji] =>
          let? image := cited earlier ji in
          match image with
          | Range m stages d' next =>
            let? _ := need (Nat.eqb m n && same_indices stages ls) "a layer cites no range of it" in
            let? _ := need (lies_in box d') "the range is of another box" in
            let? _ := bounded next in
            let? (ls', rs', last) := propagate earlier next stated layers' in
            Ok (ls ++ ls', rs ++ rs', last)
          | _ => Invalid "a layer cites no range of it"
          end
        | _, _ => Invalid "a layer cites one range, and the last one none"
        end
      | _ => Invalid "a layer cites no distance"
      end
    | _ => Invalid "unreachable"
    end
  end.
Definition propagation (earlier : list shown) (j : json) : result shown :=
  let? f := fields ["domain"; "kind"; "layers"; "left"; "right"] j in
  match f with
  | [jd; _; js; jl; jr] =>
    let? (l, r, n, v, w, dom) := sides t jl jr jd in
    let? _ := bounded dom in
    let? layers := items js in
    let? _ := need (negb (Nat.eqb (List.length layers) 0)) "no layers" in
    let? (ls, rs, errors) := propagate earlier dom (repeat 0%Q n) layers in
    let? (_, all_left) := network_at t l in
    let? (_, all_right) := network_at t r in
    let? _ := need (same_indices ls all_left && same_indices rs all_right)
      "the layers do not make up the networks" in
    let? _ := everywhere_defined v in
    let? _ := everywhere_defined w in
    Ok (Shown (Within l r dom errors))
  | _ => Invalid "unreachable"
  end.

Context {N : Normal_distribution}.
Notation good := (good t).
Open Scope R_scope.
Lemma propagate_ok earlier : Forall good earlier -> forall layers box errors ls rs last,
  propagate earlier box errors layers = Ok (ls, rs, last) ->
  exists v w, resolve t ls = Ok v /\ resolve t rs = Ok w /\
  forall us vs, length us = length errors -> length vs = length errors ->
    length (word_value v us) = length last /\ length (word_value w vs) = length last /\
    (in_domain box us -> apart errors us vs -> apart last (word_value v us) (word_value w vs)).
Proof.
  intros G. induction layers as [|j layers IH]; cbn [propagate]; intros box errors ls rs last H.
  - injection H as <- <- <-. exists [], []. auto.
  - unbind H. destruct a as [|jd [|je [|jr [|? ?]]]]; try discriminate. unbind H.
    destruct a as [| |[]]; try discriminate. unbind H. destruct a as [n ls0]. unbind H.
    destruct a as [n' rs0]. unbind H. apply need_ok, Nat.eqb_eq in E4. apply need_ok in E5.
    subst n. apply (cited_good t _ _ _ G) in E0. destruct E0 as [(m & v & w & [Hv Hw] & _ & Lv & Lw & Gap) _].
    assert (Em : m = length errors).
    { unfold network_word in Hv. rewrite E1 in Hv. simpl in Hv. unbind Hv. congruence. }
    pose proof (network_word_at t _ _ _ _ _ E1 Hv) as Rv.
    pose proof (network_word_at t _ _ _ _ _ E2 Hw) as Rw. subst m.
    rewrite E3 in Rw. injection Rw as ->.
    destruct (covers_ok _ _ _ E8) as [Ls Cs].
    assert (Step : forall us vs, length us = length errors -> length vs = length errors ->
      length (word_value v us) = length a3 /\ length (word_value w vs) = length a3 /\
      (in_domain box us -> apart errors us vs -> apart a3 (word_value v us) (word_value w vs))).
    { intros us vs Lu Lv'.
      assert (Lb : length bounds = length a3).
      { pose proof (grown_length _ _ _ _ _ _ E6). congruence. }
      split; [rewrite (word_value_length v us _ Lu); congruence|].
      split; [rewrite (word_value_length w vs _ Lv'); congruence|].
      intros D A o. pose proof (grown_ok _ _ _ _ _ _ us vs E6 Lu Lv' D A o) as Gr.
      specialize (Cs o).
      assert (Near : Rabs (nth o (word_value v us) 0 - nth o (word_value w us) 0) <= Q2R (nth o bounds 0%Q)).
      { destruct (nth_error bounds o) as [b|] eqn:Eb.
        - pose proof (Gap us Lu (lies_in_ok _ _ _ E5 D) o b Eb) as Go. unfold gap in Go.
          rewrite (nth_error_nth _ _ 0%Q Eb). exact Go.
        - apply nth_error_None in Eb. rewrite !nth_overflow by
            (rewrite ?(word_value_length v us _ Lu), ?(word_value_length w us _ Lu); lia).
          rewrite Rminus_eq_0, Rabs_R0, val_0. lra. }
      replace (nth o (word_value v us) 0 - nth o (word_value w vs) 0)
        with ((nth o (word_value v us) 0 - nth o (word_value w us) 0)
              + (nth o (word_value w us) 0 - nth o (word_value w vs) 0)) by ring.
      eapply Rle_trans; [apply Rabs_triang|]. lra. }
    destruct layers as [|j' layers], a5 as [|ji [|? ?]]; try discriminate.
    + injection H as <- <- <-. exists v, w. auto.
    + unbind H. destruct a as [|m stages d' next|]; try discriminate. unbind H.
      destruct a7 as [[ls' rs'] last']. injection H as <- <- <-.
      apply need_ok, andb_prop in E4. destruct E4 as [Em Es]. apply Nat.eqb_eq in Em. subst m.
      apply same_indices_ok in Es. subst stages. apply need_ok in E10.
      apply (cited_good t _ _ _ G) in E0. destruct E0 as [Im _]. specialize (Im v Rv).
      destruct (IH _ _ _ _ _ E12) as (v' & w' & Hv' & Hw' & Next).
      exists (v ++ v'), (w ++ w'). split; [apply app_resolve; assumption|].
      split; [apply app_resolve; assumption|]. intros us vs Lu Lv'.
      destruct (Step us vs Lu Lv') as (S1 & S2 & S3).
      destruct (Next _ _ S1 S2) as (N1 & N2 & N3). rewrite !word_value_app.
      split; [assumption|]. split; [assumption|]. intros D A.
      apply N3; [|apply S3; assumption]. apply (Im us Lu). eapply lies_in_ok; eauto.
Qed.
Lemma propagation_good earlier j s : Forall good earlier -> propagation earlier j = Ok s -> good s.
Proof.
  intros G H. unfold propagation in H. unbind H.
  destruct a as [|jd [|jk [|js [|jl [|jr [|? ?]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[l r] n] v] w] dom]. unbind H. destruct a2 as [[ls rs] errors]. unbind H.
  destruct a2 as [n1 all_left]. unbind H. destruct a2 as [n2 all_right]. unbind H. injection H as <-.
  split; [|exact I]. pose proof (sides_ok t _ _ _ _ _ _ _ _ _ E0) as [Hl Hr].
  apply need_ok, andb_prop in E7. destruct E7 as [Sl Sr].
  apply same_indices_ok in Sl, Sr. subst all_left all_right.
  pose proof (network_word_at t _ _ _ _ _ E5 Hl) as Rl.
  pose proof (network_word_at t _ _ _ _ _ E6 Hr) as Rr.
  destruct (propagate_ok _ G _ _ _ _ _ _ E4) as (v' & w' & Hv & Hw & P).
  rewrite Rl in Hv. rewrite Rr in Hw. injection Hv as <-. injection Hw as <-. rewrite repeat_length in P.
  exists n, v, w. split; [split; assumption|].
  split; [intros xs _ _; split; eapply total_defined; eassumption|].
  destruct (P (repeat 0 n) (repeat 0 n) (repeat_length _ _) (repeat_length _ _)) as (P1 & P2 & _).
  rewrite (word_value_length v _ n (repeat_length _ _)) in P1.
  rewrite (word_value_length w _ n (repeat_length _ _)) in P2.
  split; [congruence|]. split; [congruence|]. intros xs L D o b Hb.
  destruct (P xs xs L L) as (_ & _ & A). unfold gap.
  rewrite <- (nth_error_nth _ _ 0%Q Hb). apply A; [assumption|]. intros i.
  rewrite Rminus_eq_0, Rabs_R0.
  replace (nth i (repeat 0%Q n) 0%Q) with 0%Q; [rewrite val_0; lra|].
  destruct (nth_in_or_default i (repeat 0%Q n) 0%Q) as [I0|E0']; [|symmetry; exact E0'].
  symmetry. apply (repeat_spec _ _ _ I0).
Qed.
End Judging.
