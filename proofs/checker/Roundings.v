(** * Rounding: how far float code of a network is from an exact network, at most

    The right network consists of layers, each a bank of straight-line programs and an affine stage.
    Errors before a layer count with the slopes of the exact layer on the box widened by them;
    what computing the layer adds is bounded there.  To the errors after the last layer come the
    bounds of the difference of both networks over the reals, shown before. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Calculus Programs Bases LinearMaps Networks Definedness Files
  Float_model Float_layers Float_bounds Claims Window_judgements Compositions Propagations.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Definition read_model (jd jf jt ju jv : json) : result model :=
  let? f := text jf in
  let? v := text jv in
  let? p := if String.eqb f "float64" then Ok Float64 else if String.eqb f "float32" then Ok Float32
            else Invalid "values are float64 or float32" in
  let? _ := need (existsb (String.eqb v) [""; "tf32"; "float16"; "bfloat16"]) "unknown format of products" in
  let? _ := need (String.eqb v "" || String.eqb f "float32") "split values are those of float32" in
  let? _ := natural 1 (if String.eqb v "" then 1 else 3) jt in
  let? u := natural 1 1024 ju in
  let? d := size 0 jd in
  if String.eqb v "" then Ok {| format := p; ulps := u; depth := d |} else Unsupported "split products".
Fixpoint sides_of (d : domain) : result (list (Q * Q)) :=
  match d with
  | [] => Ok []
  | (Some a, Some b) :: d' => let? s := sides_of d' in Ok ((a, b) :: s)
  | _ => Invalid "a bounded box is needed here"
  end.
Fixpoint added (a b : list Q) : list Q :=
  match a, b with p :: a', q :: b' => plus p q :: added a' b' | _, _ => [] end.

(** Before the first layer nothing is off and no slope counts: there what is found is the kernel's. *)
Definition stated_errors (exact : bool) (found : list Q) (j : json) : result (list Q) :=
  let? stated := rationals j in
  let? _ := need (negb (exact && existsb (fun eg => less (fst eg) (snd eg)) (combine stated found)))
    "an error may be larger" in
  Ok stated.

Section Judging.
Context {B : Buffers} (t : table).
Section Layers.
Variables (m : model) (cuts : nat).
(** The stages of all layers, and the errors after the last one. *)
Fixpoint rounded_layers (earlier : list shown) (box : domain) (errors : list Q) (layers : list json)
  : result (list Z * list Q) :=
  match layers with
  | [] => Ok ([], errors)
  | j :: layers' =>
    let? f := fields ["errors"; "range"; "stages"] j in
    match f with
    | [je; jr; js] =>
      let? stages := list_of index js in
      let? w := resolve t stages in
      let n := List.length errors in
      let? _ := chain n w in
      match w with
      | [Bank bases chosen; Affine a b] =>
        let? sides := sides_of (widened box errors) in
        let? _ := need (Nat.eqb (List.length sides) n) "unreachable: a box" in
        let? own := layer_errors m cuts bases chosen a b sides in
        let? found := grown n w box errors own in
        let? stated := stated_errors (forallb is_zero errors) found je in
        let? _ := covers stated found in
        let? images := items jr in
        match layers', images with
        | [], [] => Ok (stages, stated)
        | _ :: _, [ji] =>
          let? image := cited earlier ji in
          match image with
          | Range k seen d' next =>
            let? _ := need (Nat.eqb k n && same_indices seen stages) "a layer cites no range of it" in
            let? _ := need (lies_in box d') "the range is of another box" in
            let? _ := bounded next in
            let? (rest, last) := rounded_layers earlier next stated layers' in
            Ok (stages ++ rest, last)
          | _ => Invalid "a layer cites no range of it"
          end
        | _, _ => Invalid "a layer cites one range, and the last one none"
        end
      | _ => Invalid "a layer is a bank and an affine stage"
      end
    | _ => Invalid "unreachable"
    end
  end.
End Layers.
(** How far both networks are apart over the reals, shown before. *)
Definition apart_by (earlier : list shown) (l r : Z) (dom : domain) (outputs : nat) (js : list json)
  : result (list Q) :=
  match js with
  | [] => let? _ := need (Z.eqb l r) "nothing is cited for two networks" in Ok (repeat 0%Q outputs)
  | [j] =>
    let? s := cited earlier j in
    match s with
    | Shown (Within l' r' d bounds) =>
      let? _ := need (Z.eqb l l' && Z.eqb r r') "the distance is of other networks" in
      let? _ := need (lies_in dom d) "the distance is of another box" in
      Ok bounds
    | _ => Invalid "what is cited bounds no distance"
    end
  | _ => Invalid "more than one distance is cited"
  end.
Definition rounding (earlier : list shown) (j : json) : result shown :=
  let? f := fields ["cuts"; "depth"; "domain"; "format"; "kind"; "layers"; "left"; "right"; "terms";
                    "ulps"; "values"; "within"] j in
  match f with
  | [jc; jde; jd; jf; _; jls; jl; jr; jt; ju; jv; jw] =>
    let? (l, r, n, v, w, dom) := sides t jl jr jd in
    let? m := read_model jde jf jt ju jv in
    let? cuts := size 0 jc in
    let? _ := need (Nat.leb cuts 6) "too many cuts" in
    let? cites := items jw in
    let? near := apart_by earlier l r dom (word_outputs n v) cites in
    let? _ := bounded dom in
    let? layers := items jls in
    let? _ := need (negb (Nat.eqb (List.length layers) 0)) "no layers" in
    let? (stages, errors) := rounded_layers m cuts earlier dom (repeat 0%Q n) layers in
    let? (_, all) := network_at t r in
    let? _ := need (same_indices stages all && Nat.eqb (List.length errors) (word_outputs n v))
      "the layers do not make up the program" in
    let? _ := everywhere_defined v in
    let? _ := everywhere_defined w in
    Ok (Shown (Rounding l r dom (added near errors) m))
  | _ => Invalid "unreachable"
  end.

(** ** Soundness *)
Context {N : Normal_distribution}.
Notation good := (good t).
Open Scope R_scope.
Lemma sides_of_ok d : forall s xs, sides_of d = Ok s -> length s = length xs -> in_domain d xs -> in_sides s xs.
Proof.
  induction d as [|[[a|] [b|]] d IH]; cbn [sides_of]; intros s xs H Ls D; try discriminate.
  - injection H as <-. destruct xs; [constructor|discriminate].
  - unbind H. injection H as <-. destruct xs as [|x xs]; [discriminate|]. destruct D as (D1 & D2 & D3).
    constructor; [exact (conj D1 D2)|]. apply IH; [exact E|simpl in Ls; lia|exact D3].
Qed.
Lemma layers_of_app v w ls ms : layers_of v = Some ls -> layers_of w = Some ms ->
  layers_of (v ++ w) = Some (ls ++ ms).
Proof.
  assert (G : forall k v ls, (length v <= k)%nat -> layers_of v = Some ls -> layers_of w = Some ms ->
    layers_of (v ++ w) = Some (ls ++ ms)).
  { induction k as [|k IH]; intros [|s v'] l Hk Hv Hw; simpl in Hk; try lia;
      try (injection Hv as <-; exact Hw).
    destruct s; try discriminate. destruct v' as [|s v']; [discriminate|].
    destruct s; try discriminate. cbn [layers_of app] in *.
    destruct (programs_of _ _) as [ps|]; [|discriminate]. destruct (layers_of v') as [l'|] eqn:El; [|discriminate].
    injection Hv as <-. rewrite (IH v' l') by (simpl in Hk; auto; lia). reflexivity. }
  intros Hv Hw. exact (G (length v) v ls (le_n _) Hv Hw).
Qed.
Lemma computes_app m ls : forall ms xs zs, computes m (ls ++ ms) xs zs ->
  exists ys, computes m ls xs ys /\ computes m ms ys zs.
Proof.
  induction ls as [|l ls IH]; intros ms xs zs H; simpl in H; [exists xs; split; [constructor|exact H]|].
  inversion H as [|? ? ? ys ? Hl Hr]; subst. destruct (IH _ _ _ Hr) as (ks & A & C).
  exists ks. split; [econstructor; eassumption|exact C].
Qed.
Lemma apart_by_outputs us vs ws (own found : list Q) :
  length us = length ws -> length vs = length ws -> length own = length ws -> length found = length own ->
  (forall o e, nth_error own o = Some e -> Rabs (nth o vs 0 - nth o ws 0) <= Q2R e) ->
  (forall o, Q2R (nth o own 0%Q) + Rabs (nth o us 0 - nth o ws 0) <= Q2R (nth o found 0%Q)) ->
  apart found us vs.
Proof.
  intros Lu Lv Lo Lf V G o. specialize (G o). destruct (Nat.lt_ge_cases o (length own)) as [O|O].
  - destruct (nth_error own o) as [e|] eqn:E; [|apply nth_error_None in E; lia].
    specialize (V o e E). rewrite (nth_error_nth own o 0%Q E) in G.
    replace (nth o us 0 - nth o vs 0) with ((nth o us 0 - nth o ws 0) - (nth o vs 0 - nth o ws 0)) by ring.
    pose proof (Rabs_triang (nth o us 0 - nth o ws 0) (- (nth o vs 0 - nth o ws 0))) as T.
    rewrite Rabs_Ropp in T. unfold Rminus at 1. lra.
  - rewrite (nth_overflow us), (nth_overflow vs), (nth_overflow found) by lia.
    rewrite Rminus_eq_0, Rabs_R0, val_0. lra.
Qed.
Lemma rounded_layers_ok m cuts earlier : Forall good earlier -> forall layers box errors stages last,
  rounded_layers m cuts earlier box errors layers = Ok (stages, last) ->
  exists w ls, resolve t stages = Ok w /\ layers_of w = Some ls /\
  forall us vs zs, length us = length errors -> length vs = length errors -> in_domain box us ->
    apart errors us vs -> computes m ls vs zs ->
    length (word_value w us) = length last /\ length zs = length last /\ apart last (word_value w us) zs.
Proof.
  intros G. induction layers as [|j layers IH]; cbn [rounded_layers]; intros box errors stages last H.
  - injection H as <- <-. exists [], []. repeat split; auto; inversion H3; subst; auto.
  - unbind H. destruct a as [|je [|jr [|js [|? ?]]]]; try discriminate. unbind H.
    destruct a0 as [|s1 [|s2 [|? ?]]]; try (destruct s1; discriminate); try discriminate.
    2:{ destruct s1; try discriminate; destruct s2; discriminate. }
    destruct s1 as [|bases chosen| | | |]; try discriminate. destruct s2 as [a0 b| | | | |]; try discriminate.
    unbind H. apply need_ok, Nat.eqb_eq in E4. destruct (covers_ok _ _ _ E8) as [Ls Cs].
    pose proof (grown_length _ _ _ _ _ _ E6) as Lg.
    destruct (programs_of bases chosen) as [pss|] eqn:Ps;
      [|unfold layer_errors in E5; rewrite Ps in E5; discriminate].
    set (l := {| programs := pss; weight := a0; bias := b |}).
    assert (Step : forall us vs ys, length us = length errors -> length vs = length errors -> in_domain box us ->
      apart errors us vs -> computes_layer m l vs ys ->
      length (word_value [Bank bases chosen; Affine a0 b] us) = length a6 /\ length ys = length a6 /\
      apart a6 (word_value [Bank bases chosen; Affine a0 b] us) ys).
    { intros us vs ys Lu Lv D A C. destruct (widened_ok _ _ _ _ D A) as [_ Wv].
      pose proof (sides_of_ok _ _ vs E3 ltac:(congruence) Wv) as Sv.
      destruct (layer_errors_ok m cuts bases chosen a0 b _ _ pss vs ys E5 Ps Sv C) as (Le & Ly & V).
      assert (Lw : forall xs, length (word_value [Bank bases chosen; Affine a0 b] xs) = outputs a0).
      { intros xs. unfold word_value. cbn [fold_left]. apply (stage_value_length (Affine a0 b)). }
      split; [rewrite Lw; congruence|]. split; [congruence|].
      assert (Af : apart a5 (word_value [Bank bases chosen; Affine a0 b] us) ys).
      { apply (apart_by_outputs _ _ (word_value [Bank bases chosen; Affine a0 b] vs) a4);
          rewrite ?Lw; try congruence; [exact V|].
        intros o. apply (grown_ok _ _ _ _ _ _ us vs E6 Lu Lv D A o). }
      intros o. specialize (Af o). specialize (Cs o). lra. }
    destruct layers as [|j' layers].
    + destruct a8; [|discriminate]. injection H as <- <-.
      exists [Bank bases chosen; Affine a0 b], [l]. split; [exact E1|]. split.
      { cbn [layers_of]. rewrite Ps. reflexivity. }
      intros us vs zs Lu Lv D A C. inversion C as [|? ? ? ys ? Cl Cr]; subst. inversion Cr; subst.
      apply (Step us vs zs); assumption.
    + destruct a8 as [|ji [|? ?]]; try discriminate. unbind H.
      destruct a8 as [|k seen d' next|]; try discriminate. unbind H. destruct a11 as [rest last'].
      apply need_ok, andb_prop in E11. destruct E11 as [Ek Si]. apply Nat.eqb_eq in Ek. subst k.
      apply same_indices_ok in Si. subst seen.
      apply need_ok in E12. apply (cited_good t _ _ _ G) in E10. destruct E10 as [Hr _]. simpl in Hr.
      specialize (Hr _ E1). destruct (IH _ _ _ _ E14) as (w' & ls' & R' & L' & Later).
      injection H as <- <-. exists ([Bank bases chosen; Affine a0 b] ++ w'), ([l] ++ ls').
      split; [apply app_resolve; assumption|].
      split; [apply layers_of_app; [cbn [layers_of]; rewrite Ps; reflexivity|exact L']|].
      intros us vs zs Lu Lv D A C. inversion C as [|? ? ? ys ? Cl Cr]; subst.
      destruct (Step us vs ys Lu Lv D A Cl) as (S1 & S2 & S3). rewrite word_value_app.
      apply (Later _ ys zs S1 S2); [|exact S3|exact Cr]. apply (Hr us Lu). eapply lies_in_ok; eauto.
Qed.
Lemma added_ok a : forall b o, length a = length b -> Q2R (nth o (added a b) 0%Q) = Q2R (nth o a 0%Q) + Q2R (nth o b 0%Q).
Proof.
  induction a as [|p a IH]; intros [|q b] o H; try discriminate; destruct o as [|o]; cbn [added nth];
    rewrite ?val_plus, ?val_0; try lra. apply IH. simpl in H. lia.
Qed.
Lemma added_length a : forall b, length a = length b -> length (added a b) = length a.
Proof. induction a as [|p a IH]; intros [|q b] H; try discriminate; simpl; auto. Qed.
Lemma apart_by_ok earlier l r dom n v w js near : Forall good earlier ->
  networks t l r n v w -> apart_by earlier l r dom (word_outputs n v) js = Ok near ->
  length near = word_outputs n v /\ forall xs, length xs = n -> in_domain dom xs ->
    forall o b, nth_error near o = Some b -> Rabs (nth o (word_value v xs) 0 - nth o (word_value w xs) 0) <= Q2R b.
Proof.
  intros G [Hl Hr] H. unfold apart_by in H. destruct js as [|j [|? ?]]; try discriminate; unbind H.
  - injection H as <-. apply need_ok, Z.eqb_eq in E. subst r. rewrite Hl in Hr. injection Hr as <-.
    split; [apply repeat_length|]. intros xs _ _ o b Hb. apply nth_error_In, repeat_spec in Hb. subst b.
    rewrite Rminus_eq_0, Rabs_R0, val_0. lra.
  - destruct a as [| |[]]; try discriminate. unbind H. injection H as <-.
    apply need_ok, andb_prop in E0. destruct E0 as [E0 E2]. apply Z.eqb_eq in E0, E2. subst left right.
    apply need_ok in E1. apply (cited_good t _ _ _ G) in E. destruct E as [(n' & v' & w' & [Hl' Hr'] & _ & Lv & _ & Gap) _].
    rewrite Hl in Hl'. injection Hl' as <- <-. rewrite Hr in Hr'. injection Hr' as <-.
    split; [exact Lv|]. intros xs Lx D o b Hb. apply (Gap xs Lx (lies_in_ok _ _ _ E1 D) o b Hb).
Qed.
Lemma rounding_good earlier j s : Forall good earlier -> rounding earlier j = Ok s -> good s.
Proof.
  intros G H. unfold rounding in H. unbind H.
  destruct a as [|jc [|jde [|jd [|jf [|jk [|jls [|jl [|jr [|jt [|ju [|jv [|jw [|? ?]]]]]]]]]]]]]; try discriminate.
  unbind H. destruct a as [[[[[l r] n] v] w] dom]. unbind H.
  destruct a7 as [stages errors]. unbind H. destruct a7 as [n' all]. unbind H. injection H as <-.
  split; [|exact I]. pose proof (sides_outputs t _ _ _ _ _ _ _ _ _ E0) as Lo.
  pose proof (sides_ok t _ _ _ _ _ _ _ _ _ E0) as S. pose proof S as [Hl Hr].
  destruct (apart_by_ok _ _ _ _ _ _ _ _ _ G S E5) as [Ln Near].
  apply need_ok, andb_prop in E11. destruct E11 as [Si Le]. apply same_indices_ok in Si.
  apply Nat.eqb_eq in Le. subst all. pose proof (network_word_at t _ _ _ _ _ E10 Hr) as Rr.
  destruct (rounded_layers_ok _ _ _ G _ _ _ _ _ E9) as (w' & ls & Rw & Ly & P).
  rewrite Rr in Rw. injection Rw as <-. rewrite repeat_length in P.
  exists n, v, w, ls. split; [exact S|]. split; [exact Ly|].
  match type of Ln with length ?x = _ => rename x into near end.
  match type of Le with length ?x = _ => rename x into errors end.
  split; [rewrite added_length; congruence|].
  split; [intros xs _ _; split; eapply total_defined; eassumption|].
  intros xs ys Lx D C o b Hb.
  assert (A0 : apart (repeat 0%Q n) xs xs).
  { intros i. rewrite Rminus_eq_0, Rabs_R0. destruct (nth_in_or_default i (repeat 0%Q n) 0%Q) as [I0| ->].
    - apply repeat_spec in I0. rewrite I0, val_0. lra.
    - rewrite val_0. lra. }
  destruct (P xs xs ys Lx Lx D A0 C) as (_ & _ & P3). specialize (P3 o).
  assert (O : (o < length near)%nat).
  { rewrite <- (added_length near errors) by congruence. apply nth_error_Some. congruence. }
  destruct (nth_error near o) as [c|] eqn:Ec; [|apply nth_error_None in Ec; lia].
  specialize (Near xs Lx D o c Ec).
  pose proof (added_ok near errors o ltac:(congruence)) as Ad.
  rewrite (nth_error_nth _ o 0%Q Hb), (nth_error_nth _ o 0%Q Ec) in Ad. rewrite Ad.
  replace (nth o ys 0 - nth o (word_value v xs) 0)
    with (- (nth o (word_value v xs) 0 - nth o (word_value w xs) 0)
          + - (nth o (word_value w xs) 0 - nth o ys 0)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_Ropp. lra.
Qed.
End Judging.
