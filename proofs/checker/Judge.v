(** * The kinds of judgement *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Json Functions Windows Products Files Claims Window_judgements Compositions
  Points.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Section Judging.
Context {B : Buffers} (t : table).

Definition judge (earlier : list shown) (j : json) : result shown :=
  let? k := field "kind" j in
  let? s := text k in
  let is := String.eqb s in
  if is "window_equal" then window t check_window j
  else if is "products_equal" then window t (fun _ => check_products) j
  else if is "range" then range t j
  else if is "composition" then composition t earlier j
  else if is "witness" then witness t j
  else if is "exceeds" then exceeds t j
  else Unsupported s.
Fixpoint judge_all (earlier : list shown) (l : list json) : result (list shown) :=
  match l with
  | [] => Ok earlier
  | j :: l' => let? s := judge earlier j in judge_all (earlier ++ [s]) l'
  end.

Context {N : Normal_distribution}.
Notation good := (good t).
Lemma judge_good earlier j s : Forall good earlier -> judge earlier j = Ok s -> good s.
Proof.
  intros G H. unfold judge in H. unbind H.
  repeat match type of H with (if ?b then _ else _) = _ => destruct b end; try discriminate;
    eauto using composition_good, witness_good, exceeds_good, range_good.
  - eapply window_good; [|eassumption]. intros. eapply window_sound; eauto.
  - eapply window_good; [|eassumption]. intros. eapply products_sound; eauto.
Qed.
Lemma judge_all_good l : forall earlier all, Forall good earlier -> judge_all earlier l = Ok all ->
  Forall good all.
Proof.
  induction l as [|j l IH]; simpl; intros earlier all G H; [inversion H; subst; assumption|].
  unbind H. apply (IH _ _) in H; auto. apply Forall_app. split; auto.
  constructor; [|constructor]. eapply judge_good; eauto.
Qed.
End Judging.
