(** * Transfers: what bounds the difference of two networks bounds that of equal ones

    Equality is transitive, so on either side a chain of compositions may lead from the network
    that is spoken of to the one whose bound is cited, each on a domain that holds the claim's. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Networks Definedness Files Claims.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Section Judging.
Context {B : Buffers} (t : table).

(** The network at the end of a chain of equalities, which starts at this one. *)
Fixpoint chain_end (earlier : list shown) (dom : domain) (network : Z) (js : list json) : result Z :=
  match js with
  | [] => Ok network
  | j :: js' =>
    let? s := cited earlier j in
    match s with
    | Shown (Equal l r d) =>
      let? _ := need (Z.eqb l network) "the equality is of another network" in
      let? _ := need (lies_in dom d) "the equality is of another domain" in
      chain_end earlier dom r js'
    | _ => Invalid "it cites something other than an equality"
    end
  end.
Definition transfer (earlier : list shown) (j : json) : result shown :=
  let? f := fields ["domain"; "kind"; "left"; "left_equal"; "right"; "right_equal"; "within"] j in
  match f with
  | [jd; _; jl; jle; jr; jre; jw] =>
    let? (l, r, n, v, w, dom) := sides t jl jr jd in
    let? s := cited earlier jw in
    match s with
    | Shown (Within l' r' d bounds) =>
      let? _ := need (lies_in dom d) "the bound is of another box" in
      let? _ := need (Nat.eqb (List.length bounds) (word_outputs n v)) "the bound has other outputs" in
      let? les := items jle in
      let? a := chain_end earlier dom l les in
      let? _ := need (Z.eqb a l') "left_equal does not lead to the network of the bound" in
      let? res := items jre in
      let? b := chain_end earlier dom r res in
      let? _ := need (Z.eqb b r') "right_equal does not lead to the network of the bound" in
      Ok (Shown (Within l r dom bounds))
    | _ => Invalid "it cites no bound"
    end
  | _ => Invalid "unreachable"
  end.

Context {N : Normal_distribution}.
Notation good := (good t).
Lemma chain_end_ok earlier dom js : Forall good earlier -> forall i k n v,
  chain_end earlier dom i js = Ok k -> network_word t i = Ok (n, v) ->
  exists w, network_word t k = Ok (n, w) /\
    agree_on v w n dom.
Proof.
  intros G. induction js as [|j js IH]; cbn [chain_end]; intros i k n v H Hi.
  - inversion H; subst. exists v. split; [assumption|]. intros xs _ _. apply agree_refl.
  - unbind H. destruct a as [| |[]]; try discriminate. unbind H.
    apply need_ok in E0, E1. apply Z.eqb_eq in E0. subst left.
    apply (cited_good t _ _ _ G) in E. destruct E as [(n' & v' & w' & [Hl Hr] & Eq) _].
    rewrite Hi in Hl. inversion Hl; subst n' v'.
    destruct (IH _ _ _ _ H Hr) as (w & Hw & Eq'). exists w. split; [assumption|].
    intros xs L D. apply (agree_trans v w' w); auto. apply Eq; auto. eapply lies_in_ok; eauto.
Qed.
Lemma transfer_good earlier j s : Forall good earlier -> transfer earlier j = Ok s -> good s.
Proof.
  intros G H. unfold transfer in H. unbind H.
  destruct a as [|jd [|jk [|jl [|jle [|jr [|jre [|jw [|? ?]]]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[l r] n] v] w] dom]. unbind H.
  destruct a as [| |[]]; try discriminate. unbind H. inversion H; subst.
  split; [|exact I].
  apply need_ok in E2, E3, E6, E9. apply Nat.eqb_eq in E3. apply Z.eqb_eq in E6, E9. subst a2 a5.
  pose proof (sides_outputs t _ _ _ _ _ _ _ _ _ E0) as Out. apply sides_ok in E0.
  destruct E0 as [Hl Hr]. apply (cited_good t _ _ _ G) in E1.
  destruct E1 as [(n' & v' & w' & [Hl' Hr'] & Def & _ & _ & Gap) _].
  destruct (chain_end_ok _ _ _ G _ _ _ _ E5 Hl) as (v2 & Hv & Ev).
  destruct (chain_end_ok _ _ _ G _ _ _ _ E8 Hr) as (w2 & Hw & Ew).
  rewrite Hl' in Hv. inversion Hv; subst n' v2. rewrite Hr' in Hw. inversion Hw; subst w2.
  exists n, v, w. split; [split; assumption|].
  assert (Both : defined_on v w n dom).
  { intros xs L D. destruct (Def xs L (lies_in_ok _ _ _ E2 D)).
    destruct (Ev xs L D), (Ew xs L D). tauto. }
  split; [exact Both|]. split; [assumption|]. split; [congruence|].
  intros xs L D o b Hb. destruct (Both xs L D) as [Dv Dw]. unfold gap.
  destruct (Ev xs L D) as [_ ->]; [|assumption]. destruct (Ew xs L D) as [_ ->]; [|assumption].
  apply (Gap xs L (lies_in_ok _ _ _ E2 D) o b Hb).
Qed.
End Judging.
