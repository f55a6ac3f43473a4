(** * Outcomes of a check: a value, or a refusal with its reason

    [unsupported] refusals say that this checker does not know a kind; others that the file is
    wrong.  Soundness speaks of [Ok] only. *)
From Coq Require Import String List.
Import ListNotations.
Open Scope string_scope.

Inductive result (A : Type) :=
| Ok (value : A)
| Invalid (why : string)
| Unsupported (kind : string).
Arguments Ok {A}. Arguments Invalid {A}. Arguments Unsupported {A}.

Definition bind {A B} (r : result A) (f : A -> result B) : result B :=
  match r with Ok a => f a | Invalid w => Invalid w | Unsupported k => Unsupported k end.
Notation "'let?' x := r 'in' e" := (bind r (fun x => e))
  (at level 200, x pattern, r at level 100, e at level 200).
Definition need (b : bool) (why : string) : result unit :=
  if b then Ok tt else Invalid why.

Section Map.
Context {A B : Type} (f : A -> result B).
Fixpoint map_result (l : list A) : result (list B) :=
  match l with
  | [] => Ok []
  | a :: l' => let? b := f a in let? bs := map_result l' in Ok (b :: bs)
  end.
End Map.

Lemma bind_ok {A B} (r : result A) (f : A -> result B) b :
  bind r f = Ok b -> exists a, r = Ok a /\ f a = Ok b.
Proof. destruct r; simpl; intros H; try discriminate. eauto. Qed.
Lemma need_ok b why u : need b why = Ok u -> b = true.
Proof. destruct b; simpl; congruence. Qed.

(** Take a hypothesis "a chain of binds gave Ok" apart. *)
Ltac unbind H :=
  lazymatch type of H with
  | bind ?r _ = Ok _ =>
    let a := fresh "a" in let E := fresh "E" in
    apply bind_ok in H; destruct H as (a & E & H); try unbind H
  end.

Lemma map_result_ok {A B C} (f : A -> result B) (g : A -> C) (h : B -> C) l bs :
  (forall a b, In a l -> f a = Ok b -> h b = g a) -> map_result f l = Ok bs ->
  List.map h bs = List.map g l.
Proof.
  revert bs; induction l as [|a l IH]; simpl; intros bs H E.
  - inversion E; reflexivity.
  - unbind E. inversion E; subst. simpl. f_equal; eauto.
Qed.
