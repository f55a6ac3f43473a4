(** * The kinds of judgement *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Json Functions Windows Partial Products Maxima Files Claims Window_judgements Compositions
  Points Transfers Attained Distances Propagations Roundings Schema_judgements.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Section Judging.
Context {B : Buffers} (t : table).

Definition judge (earlier : list shown) (j : json) : result shown :=
  let? k := field "kind" j in
  let? s := text k in
  let is := String.eqb s in
  if is "window_equal" then window t check_any j
  else if is "products_equal" then window t (of_total (fun _ => check_products)) j
  else if is "regions_equal" then regions t j
  else if is "maxima_equal" then window t (of_total (fun _ => check_maxima budget)) j
  else if is "range" then range t j
  else if is "composition" then composition t earlier j
  else if is "witness" then witness t j
  else if is "exceeds" then exceeds t j
  else if is "transfer" then transfer t earlier j
  else if is "attained" then attained t earlier j
  else if is "distance" then distance t j
  else if is "propagation" then propagation t earlier j
  else if is "rounding" then rounding t earlier j
  else if is "schema" then judged_schema j
  else Unsupported s.
(** Judgements in order; and the windows among them that are taken on trust: the index of the
    judgement, what it says, and why. *)
Definition hole : Type := nat * shown * string.
Fixpoint judge_all (earlier : list shown) (l : list json) : result (list shown * list hole) :=
  match l with
  | [] => Ok (earlier, [])
  | j :: l' =>
    let? k := field "kind" j in
    let? kind := text k in
    if String.eqb kind "window_admitted" then
      let? (s, reason) := admitted t j in
      let? (done, holes) := judge_all (earlier ++ [s]) l' in
      Ok (done, (List.length earlier, s, reason) :: holes)
    else let? s := judge earlier j in judge_all (earlier ++ [s]) l'
  end.

Context {N : Normal_distribution}.
Notation good := (good t).
Lemma judge_good earlier j s : Forall good earlier -> judge earlier j = Ok s -> good s.
Proof.
  intros G H. unfold judge in H. unbind H.
  repeat match type of H with (if ?b then _ else _) = _ => destruct b end; try discriminate;
    eauto using composition_good, witness_good, exceeds_good, range_good, regions_good, transfer_good,
      attained_good, distance_good, propagation_good, rounding_good, judged_schema_good.
  - eapply window_good; [|eassumption]. intros ? ? ? ? ? C xs L D. eapply partial_window_sound; eauto.
  - eapply window_good; [|eassumption]. apply of_total_ok. intros. eapply products_sound; eauto.
  - eapply window_good; [|eassumption]. apply of_total_ok. intros ? ? ? ? ? C. intros.
    eapply maxima_sound; [exact C|auto].
Qed.
Definition hole_holds (h : hole) : Prop := let '(_, s, _) := h in shown_holds t s.
Lemma judge_all_good l : forall earlier all holes, judge_all earlier l = Ok (all, holes) ->
  Forall hole_holds holes -> Forall good earlier -> Forall good all.
Proof.
  induction l as [|j l IH]; cbn [judge_all]; intros earlier all holes H A G;
    [inversion H; subst; assumption|].
  unbind H. destruct (String.eqb a0 "window_admitted"); unbind H.
  - destruct a1 as [s reason]. unbind H. destruct a1 as [done others]. inversion H; subst.
    inversion A; subst. apply (IH _ _ _ E2); [assumption|]. apply Forall_app. split; auto.
    constructor; [|constructor]. eapply admitted_good; eauto.
  - apply (IH _ _ _ H); [assumption|]. apply Forall_app. split; auto.
    constructor; [|constructor]. eapply judge_good; eauto.
Qed.
End Judging.
