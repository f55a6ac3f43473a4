(** * No pole stands in a file that is read

    Over R a quotient by 0 has some value in Coq, which nobody means.  Here it is seen that this
    value plays no part: wherever a ratio of a network that is read has a numerator, on the closed
    cell, its denominator has no root. *)
From Coq Require Import ZArith QArith Reals String List Bool FMapPositive Lia.
From KanCheck Require Import Result Rational Json Functions Calculus Bases Rootless LinearMaps Networks
  Files Verdict.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Inductive basis_without_poles : basis -> Prop :=
| Ratios_apart b : (forall fs, b <> Rational fs) -> (forall bs, b <> Concatenation bs) ->
    basis_without_poles b
| Ratios fs : Forall (Forall no_root) fs -> basis_without_poles (Rational fs)
| Ratios_in bs : Forall basis_without_poles bs -> basis_without_poles (Concatenation bs).
Inductive without_poles : stage -> Prop :=
| Bank_without bs chosen : Forall basis_without_poles bs -> without_poles (Bank bs chosen)
| Parallel_without ns : Forall (fun nw => Forall without_poles (snd nw)) ns ->
    without_poles (Parallel ns)
| Other_stage s : (forall bs chosen, s <> Bank bs chosen) -> (forall ns, s <> Parallel ns) ->
    without_poles s.
Definition object_without (o : object) : Prop :=
  match o with
  | Basis b => basis_without_poles b
  | Stage s => without_poles s
  | _ => True
  end.
Definition table_without (t : table) : Prop :=
  forall i o, PositiveMap.find i t = Some o -> object_without o.

Lemma map_result_all {A B} (f : A -> result B) (P : B -> Prop) l : forall bs,
  (forall a b, f a = Ok b -> P b) -> map_result f l = Ok bs -> Forall P bs.
Proof.
  induction l as [|a l IH]; simpl; intros bs H E; [inversion E; constructor|].
  unbind E. inversion E; subst. constructor; eauto.
Qed.
Lemma list_of_all {B} (f : json -> result B) (P : B -> Prop) j bs :
  (forall a b, f a = Ok b -> P b) -> list_of f j = Ok bs -> Forall P bs.
Proof. unfold list_of. intros H E. unbind E. apply (map_result_all f P _ _ H E). Qed.

Lemma ratio_term_no_root j r : ratio_term j = Ok r -> no_root r.
Proof.
  unfold ratio_term. intros H. unbind H.
  destruct a as [|jb [|jq [|jp [|jk [|? ?]]]]]; try discriminate. unbind H.
  destruct a2 as [|p ps]; [discriminate|]. unbind H. inversion H; subst.
  eapply rootless_ratio_ok. eassumption.
Qed.

Section Reading.
Context {B : Buffers}.
Variable t : table.
Hypothesis earlier : table_without t.
Lemma lookup_without i o : lookup t i = Ok o -> object_without o.
Proof.
  unfold lookup. destruct i; try discriminate;
    (destruct (PositiveMap.find _ _) eqn:E; [|discriminate]); intros H; inversion H; subst;
    apply (earlier _ _ E).
Qed.
Lemma link_basis_without j b : link_basis t j = Ok b -> basis_without_poles b.
Proof.
  unfold link_basis. intros H. unbind H. destruct a0; try discriminate. inversion H; subst.
  apply (lookup_without _ _ E0).
Qed.
Theorem network_without i n w : network_word t i = Ok (n, w) -> Forall without_poles w.
Proof.
  unfold network_word, resolve. intros H. unbind H. destruct a as [m l]. unbind H. inversion H; subst.
  apply (map_result_all _ _ _ _) with (2 := E0). intros k s S. unfold stage_at in S. unbind S.
  destruct a; try discriminate. inversion S; subst. apply (lookup_without _ _ E1).
Qed.
Ltac by_pattern H :=
  repeat match type of H with match ?l with _ => _ end = Ok _ => destruct l; try discriminate end.
Ltac kind H :=
  unfold sized_basis, sized_stage, sized_map in H; unbind H; inversion H; subst; simpl; auto.
Ltac other := constructor; intros; discriminate.
Lemma object_of_without j o : object_of t j = Ok o -> object_without o.
Proof.
  unfold object_of. intros H. unbind H. cbv zeta in H.
  repeat match type of H with (if ?b then _ else _) = _ => destruct b end; try discriminate.
  - unfold float_tensor in H. unbind H. by_pattern H. unbind H. inversion H; exact I.
  - unfold integer_tensor in H. unbind H. by_pattern H. unbind H. inversion H; exact I.
  - kind H.
  - kind H.
  - kind H.
  - kind H.
  - kind H.
  - kind H. unfold bspline in E1. unbind E1. by_pattern E1. unbind E1. inversion E1. other.
  - kind H. unfold truncated_power in E1. unbind E1. by_pattern E1. unbind E1. inversion E1. other.
  - kind H. unfold monomial in E1. unbind E1. by_pattern E1. unbind E1. inversion E1. other.
  - kind H. unfold atoms in E1. unbind E1. by_pattern E1. unbind E1. inversion E1. other.
  - kind H. unfold piecewise in E1. unbind E1. by_pattern E1. unbind E1. inversion E1. other.
  - kind H. unfold ratios_of in E1. unbind E1. by_pattern E1. unbind E1. inversion E1.
    apply Ratios. eapply list_of_all; [|eassumption]. intros k rs R.
    eapply list_of_all; [apply ratio_term_no_root|exact R].
  - kind H. unfold local in E1. unbind E1. by_pattern E1. unbind E1. inversion E1. other.
  - kind H. unfold straight_line in E1. unbind E1. by_pattern E1. unbind E1. inversion E1. other.
  - kind H. unfold concatenation in E1. unbind E1. by_pattern E1. unbind E1. inversion E1.
    apply Ratios_in. eapply list_of_all; [apply link_basis_without|eassumption].
  - kind H. unfold affine in E1. unbind E1. by_pattern E1. unbind E1. inversion E1.
    apply Other_stage; intros; discriminate.
  - kind H. unfold bank in E1. unbind E1. by_pattern E1. unbind E1. inversion E1.
    apply Bank_without. eapply list_of_all; [apply link_basis_without|eassumption].
  - kind H. unfold parallel in E1. unbind E1. by_pattern E1. unbind E1. inversion E1.
    apply Parallel_without. eapply list_of_all; [|eassumption]. intros k [n w] R.
    unbind R. apply (network_without _ _ _ R).
  - kind H. unfold grouped in E1. unbind E1. by_pattern E1. unbind E1. inversion E1.
    apply Other_stage; intros; discriminate.
  - kind H. unfold grouped in E1. unbind E1. by_pattern E1. unbind E1. inversion E1.
    apply Other_stage; intros; discriminate.
  - kind H. unfold vector_atom in E1. unbind E1. by_pattern E1. unbind E1.
    destruct (String.eqb _ _); [|discriminate]. by_pattern E1. unbind E1. inversion E1.
    apply Other_stage; intros; discriminate.
  - unfold network in H. unbind H. by_pattern H. unbind H. inversion H; exact I.
Qed.
End Reading.

Section Files.
Context {B : Buffers}.
Lemma objects_without l : forall t depths used k t' used', table_without t ->
  objects t depths used k l = Ok (t', used') -> table_without t'.
Proof.
  induction l as [|j l IH]; cbn [objects]; intros t depths used k t' used' T H.
  - inversion H; subst. exact T.
  - unbind H. apply IH in H; [exact H|]. intros i o F.
    destruct (Pos.eq_dec i k) as [->|D].
    + rewrite PositiveMap.gss in F. inversion F; subst. apply (object_of_without t T _ _ E).
    + rewrite PositiveMap.gso in F by assumption. apply (T _ _ F).
Qed.
Theorem no_pole_stands j t used : objects_of j = Ok (t, used) ->
  forall i n w, network_word t i = Ok (n, w) -> Forall without_poles w.
Proof.
  unfold objects_of. intros H. unbind H. intros i n w. apply network_without.
  apply (objects_without _ _ _ _ _ _ _) with (2 := H). intros k o F.
  rewrite PositiveMap.gempty in F. discriminate.
Qed.
End Files.
