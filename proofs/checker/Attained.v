(** * How far two networks are apart at rational points

    A bound that was shown before, and points of the domain where the difference is at least what
    is stated, one for each output. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Networks Definedness Exact Files Claims Points.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Section Judging.
Context {B : Buffers} (t : table).

(** The difference in output o at a point is at least so much, from output o on. *)
Fixpoint attain (bits : nat) (v w : word) (o : nat) (points : list (list Q)) (attained : list Q) : result unit :=
  match points, attained with
  | [], [] => Ok tt
  | p :: points', a :: attained' =>
    let? d := gap_at bits v w p o in
    let? _ := need (negb (less d a)) "less is attained at a point" in
    attain bits v w (S o) points' attained'
  | _, _ => Invalid "not one point per output"
  end.
Definition attained (earlier : list shown) (j : json) : result shown :=
  let? f := fields ["attained"; "bits"; "domain"; "kind"; "left"; "points"; "right"; "within"] j in
  match f with
  | [ja; jb; jd; _; jl; jp; jr; jw] =>
    let? (l, r, n, v, w, dom) := sides t jl jr jd in
    let? s := cited earlier jw in
    match s with
    | Shown (Within l' r' d bounds) =>
      let? _ := need (Z.eqb l l' && Z.eqb r r' && same_domain dom d) "it cites no bound of this difference" in
      let? points := list_of (point_of n dom) jp in
      let? values := one_per_output (word_outputs n v) ja in
      let? bits := natural 0 4096 jb in
      let? _ := attain (Z.to_nat bits) v w 0 points values in
      Ok (Shown (Supremum l r dom bounds values))
    | _ => Invalid "it cites no bound of this difference"
    end
  | _ => Invalid "unreachable"
  end.

Context {N : Normal_distribution}.
Notation good := (good t).
Open Scope R_scope.
Lemma attain_ok bits v w points : forall from values u, attain bits v w from points values = Ok u ->
  forall o a, nth_error values o = Some a ->
    exists p, In p points /\ Q2R a <= gap v w (from + o) (reals p).
Proof.
  induction points as [|p points IH]; intros from [|b values] u H o a Ha; try discriminate.
  - destruct o; discriminate.
  - cbn [attain] in H. unbind H. destruct o as [|o].
    + simpl in Ha. inversion Ha; subst b. exists p. split; [left; reflexivity|].
      rewrite Nat.add_0_r. apply gap_at_ok in E. apply need_ok, negb_true_iff, val_not_less in E0. lra.
    + destruct (IH _ _ _ H o a Ha) as (q & Hq & A). exists q. split; [right; assumption|].
      replace (from + S o)%nat with (S from + o)%nat by lia. exact A.
Qed.
Lemma list_of_in {A} (f : json -> result A) js l a : list_of f js = Ok l -> In a l ->
  exists x, f x = Ok a.
Proof.
  unfold list_of. intros H. unbind H. clear E. revert l H. induction a0 as [|x js' IH]; simpl;
    intros l H I; [inversion H; subst; destruct I|].
  unbind H. inversion H; subst. destruct I as [->|I]; eauto.
Qed.
Lemma attained_good earlier j s : Forall good earlier -> attained earlier j = Ok s -> good s.
Proof.
  intros G H. unfold attained in H. unbind H.
  destruct a as [|ja [|jb [|jd [|jk [|jl [|jp [|jr [|jw [|? ?]]]]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[l r] n] v] w] dom]. unbind H.
  destruct a as [| |[]]; try discriminate. unbind H.
  inversion H; subst. split; [|exact I].
  apply need_ok, andb_prop in E2. destruct E2 as [E2 D]. apply andb_prop in E2.
  destruct E2 as [El Er]. apply Z.eqb_eq in El, Er. subst left right.
  apply sides_ok in E0. apply (cited_good t _ _ _ G) in E1.
  destruct E1 as [(n' & v' & w' & [Hl Hr] & Def & Lv & Lw & Gap) _]. destruct E0 as [Hl' Hr'].
  rewrite Hl in Hl'. rewrite Hr in Hr'. inversion Hl'; inversion Hr'; subst n' v' w'.
  exists n, v, w. split; [split; assumption|]. split; [|split].
  - intros xs L I. apply Def; [assumption|]. apply (same_domain_ok _ _ xs D), I.
  - split; [assumption|]. split; [assumption|]. intros xs L I. apply Gap; [assumption|].
    apply (same_domain_ok _ _ xs D), I.
  - split; [apply (one_per_output_ok _ _ _ E4)|]. intros o b Hb.
    destruct (attain_ok _ _ _ _ _ _ _ E6 o b Hb) as (p & Hp & A).
    assert (P : length (reals p) = n /\ in_domain dom (reals p)).
    { destruct (list_of_in _ _ _ _ E3 Hp) as (x & Hx). apply (point_of_ok _ _ _ _ Hx). }
    exists (reals p). destruct P. auto.
Qed.
End Judging.
