(** * Judgements that later ones cite: windows and ranges *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Calculus Bases LinearMaps Networks
  Sums Polynomial_parts Windows Products Ranges Files Claims.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Section Judging.
Context {B : Buffers} (t : table).

(** Time only: what a file of this size may ask for (kan_equiv/kernel/work.py). *)
Definition affordable (n : nat) (v w : word) : bool :=
  let total := fold_right (fun s k => Z.of_nat (stage_outputs s) + k)%Z (Z.of_nat n) (v ++ w) in
  Z.leb (64 * total) (134217728 + 128 * file_bytes).
Definition window (check : domain -> nat -> word -> word -> result unit) (j : json) : result shown :=
  let? f := fields ["domain"; "in_features"; "kind"; "left"; "right"] j in
  match f with
  | [jd; ji; _; jl; jr] =>
    let? n := size 1 ji in
    let? l := list_of index jl in
    let? r := list_of index jr in
    let? v := resolve t l in
    let? w := resolve t r in
    let? a := chain n v in
    let? b := chain n w in
    let? _ := need (Nat.eqb a b) "the sides differ in outputs" in
    let? dom := domain_of n jd in
    let? _ := need (affordable n v w) "too large: more work than a file of this size may ask for" in
    let? _ := check dom n v w in
    Ok (Window n l r dom)
  | _ => Invalid "unreachable"
  end.

Definition range (j : json) : result shown :=
  let? f := fields ["bounds"; "domain"; "in_features"; "kind"; "stages"; "subdivisions"] j in
  match f with
  | [jb; jd; ji; _; js; ju] =>
    let? n := size 1 ji in
    let? l := list_of index js in
    let? w := resolve t l in
    let? m := chain n w in
    let? dom := domain_of n jd in
    let? bounds := domain_of m jb in
    let? cuts := natural 0 64 ju in
    let? _ := need (affordable n w []) "too large: more work than a file of this size may ask for" in
    let? _ := check_range dom n w bounds in
    Ok (Range n l dom bounds)
  | _ => Invalid "unreachable"
  end.

Context {N : Normal_distribution}.
Lemma window_good check j s :
  (forall dom n v w u, check dom n v w = Ok u ->
     forall xs, length xs = n -> in_domain dom xs -> word_value v xs = word_value w xs) ->
  window check j = Ok s -> good t s.
Proof.
  unfold window. intros C H. unbind H.
  destruct a as [|jd [|ji [|jk [|jl [|jr [|? ?]]]]]]; try discriminate. unbind H.
  inversion H; subst. split; [|split; eauto]. simpl. intros v w Hv Hw xs Hn Hd.
  rewrite E3 in Hv. rewrite E4 in Hw. inversion Hv; inversion Hw; subst.
  eapply C; eauto.
Qed.

Lemma range_good j s : range j = Ok s -> good t s.
Proof.
  unfold range. intros H. unbind H.
  destruct a as [|jb [|jd [|ji [|jk [|js [|ju [|? ?]]]]]]]; try discriminate. unbind H.
  inversion H; subst. split; [|exact I]. simpl. intros w Hw xs Hn Hd.
  rewrite E2 in Hw. inversion Hw; subst. eapply range_sound; eauto.
Qed.
End Judging.
