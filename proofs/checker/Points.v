(** * Judgements about one rational point: witness and exceeds *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Calculus Bases LinearMaps Networks
  Exact Files Claims.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Section Judging.
Context {B : Buffers} (t : table).

Definition value_at (w : word) (p : list Q) (o : nat) : result Q :=
  let? ys := exact_word w p in
  match nth_error ys o with Some y => Ok y | None => Invalid "no such output" end.
Fixpoint point_inside (dom : domain) (p : list Q) : bool :=
  match dom, p with
  | [], _ => true
  | (lo, hi) :: dom', x :: p' =>
      inside_low (Some x) lo && inside_high (Some x) hi && point_inside dom' p'
  | _, [] => false
  end.
Definition point_of (n : nat) (dom : domain) (j : json) : result (list Q) :=
  let? p := rationals j in
  let? _ := need (Nat.eqb (List.length p) n) "the point has another length" in
  let? _ := need (point_inside dom p) "the point lies outside of the domain" in
  Ok p.
Definition exact_value (j : json) : result Q :=
  let? (lo, hi) := side j in
  match lo, hi with
  | Some a, Some b => if equal a b then Ok a else Unsupported "witness with enclosures"
  | _, _ => Invalid "a bounded interval is needed here"
  end.
Definition output_of (n : nat) (w : word) (j : json) : result nat := below (word_outputs n w) j.

Definition witness (j : json) : result shown :=
  let? f := fields ["domain"; "kind"; "left"; "left_value"; "output"; "point"; "right"; "right_value"] j in
  match f with
  | [jd; _; jl; jlv; jo; jp; jr; jrv] =>
    let? (l, r, n, v, w, dom) := sides t jl jr jd in
    let? p := point_of n dom jp in
    let? o := output_of n v jo in
    let? a := exact_value jlv in
    let? b := exact_value jrv in
    let? x := value_at v p o in
    let? y := value_at w p o in
    let? _ := need (equal a x) "the left value is another one" in
    let? _ := need (equal b y) "the right value is another one" in
    let? _ := need (negb (equal x y)) "the values are equal" in
    Ok (Shown (Refuted l r dom))
  | _ => Invalid "unreachable"
  end.
Definition exceeds (j : json) : result shown :=
  let? f := fields ["bits"; "domain"; "epsilon"; "kind"; "left"; "output"; "point"; "right"] j in
  match f with
  | [jb; jd; je; _; jl; jo; jp; jr] =>
    let? (l, r, n, v, w, dom) := sides t jl jr jd in
    let? p := point_of n dom jp in
    let? o := output_of n v jo in
    let? epsilon := rational je in
    match jb with
    | Integer 0 =>
      let? x := value_at v p o in
      let? y := value_at w p o in
      let d := minus x y in
      let? _ := need (less epsilon d || less epsilon (opposite d)) "the difference is not larger" in
      Ok (Shown (Exceeds l r dom o epsilon))
    | _ => Unsupported "exceeds with enclosures"
    end
  | _ => Invalid "unreachable"
  end.

Context {N : Normal_distribution}.
Notation good := (good t).
Lemma point_inside_ok dom : forall p, point_inside dom p = true -> in_domain dom (reals p).
Proof.
  induction dom as [|[lo hi] dom IH]; intros [|x p] H; simpl in *; auto; try discriminate.
  apply andb_prop in H. destruct H as [H H3]. apply andb_prop in H. destruct H as [H1 H2].
  repeat split; auto.
  - destruct lo; simpl in *; auto. apply negb_true_iff, val_not_less in H1. assumption.
  - destruct hi; simpl in *; auto. apply negb_true_iff, val_not_less in H2. assumption.
Qed.
Lemma value_at_ok w p o q : value_at w p o = Ok q ->
  nth_error (word_value w (reals p)) o = Some (Q2R q).
Proof.
  unfold value_at. intros H. unbind H. rewrite <- (exact_word_ok _ _ _ E).
  destruct (nth_error a o) as [y|] eqn:Y; [|discriminate]. inversion H; subst.
  apply map_nth_error, Y.
Qed.
Lemma point_of_ok n dom j p : point_of n dom j = Ok p ->
  length (reals p) = n /\ in_domain dom (reals p).
Proof.
  unfold point_of. intros H. unbind H. inversion H; subst. apply need_ok in E0, E1.
  apply Nat.eqb_eq in E0. unfold reals. rewrite map_length. split; [assumption|]. apply point_inside_ok, E1.
Qed.
Lemma witness_good j s : witness j = Ok s -> good s.
Proof.
  unfold witness. intros H. unbind H.
  destruct a as [|jd [|jk [|jl [|jlv [|jo [|jp [|jr [|jrv [|? ?]]]]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[l r] n] v] w] dom]. unbind H. inversion H; subst. split; [|exact I].
  pose proof (sides_ok _ _ _ _ _ _ _ _ _ _ E0) as S. destruct (point_of_ok _ _ _ _ E1) as [L D].
  exists n, v, w. split; [exact S|]. exists (reals a). repeat split; auto.
  intros C. apply need_ok, negb_true_iff, val_not_equal in E9. apply E9.
  apply value_at_ok in E5, E6. rewrite C in E5. congruence.
Qed.
Lemma exceeds_good j s : exceeds j = Ok s -> good s.
Proof.
  unfold exceeds. intros H. unbind H.
  destruct a as [|jb [|jd [|je [|jk [|jl [|jo [|jp [|jr [|? ?]]]]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[l r] n] v] w] dom]. unbind H.
  destruct jb as [| |[|?|?]| | |]; try discriminate. unbind H. inversion H; subst. split; [|exact I].
  pose proof (sides_ok _ _ _ _ _ _ _ _ _ _ E0) as S. destruct (point_of_ok _ _ _ _ E1) as [L D].
  exists n, v, w. split; [exact S|]. exists (reals a). repeat split; auto.
  apply need_ok in E6. apply value_at_ok in E4, E5.
  unfold gap. rewrite (nth_error_nth _ _ 0%R E4), (nth_error_nth _ _ 0%R E5).
  apply orb_prop in E6. destruct E6 as [E6|E6]; apply val_less in E6;
    rewrite ?val_opposite, val_minus in E6; unfold Rabs; destruct (Rcase_abs _); lra.
Qed.
End Judging.
