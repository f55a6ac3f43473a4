(** * Judgements that later ones cite: windows and ranges *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Calculus Bases LinearMaps Networks
  Definedness Sums Polynomial_parts Windows Products Regions Ranges Files Claims.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Section Judging.
Context {B : Buffers} (t : table).

(** Time only: what a file of this size may ask for (kan_equiv/kernel/work.py). *)
Definition budget : Z := (134217728 + 128 * file_bytes)%Z.
Definition affordable (n : nat) (v w : word) : bool :=
  let total := fold_right (fun s k => Z.of_nat (stage_outputs s) + k)%Z (Z.of_nat n) (v ++ w) in
  Z.leb (64 * total) budget.
(** Two lists of stages with their words, which have equally many inputs and outputs. *)
Definition read_window (jd ji jl jr : json)
  : result (nat * list Z * list Z * word * word * domain) :=
  let? n := size 1 ji in
  let? l := list_of index jl in
  let? r := list_of index jr in
  let? v := resolve t l in
  let? w := resolve t r in
  let? a := chain n v in
  let? b := chain n w in
  let? _ := need (Nat.eqb a b) "the sides differ in outputs" in
  let? dom := domain_of n jd in
  Ok (n, l, r, v, w, dom).
(** For checks that know no log and no sqrt. *)
Definition of_total (check : domain -> nat -> word -> word -> result unit) (dom : domain) (n : nat)
  (v w : word) : result unit :=
  let? _ := everywhere_defined v in let? _ := everywhere_defined w in check dom n v w.
Definition checked (check : domain -> nat -> word -> word -> result unit) (jd ji jl jr : json)
  : result shown :=
  let? (n, l, r, v, w, dom) := read_window jd ji jl jr in
  let? _ := need (affordable n v w) "too large: more work than a file of this size may ask for" in
  let? _ := check dom n v w in
  Ok (Window n l r dom).
Definition window (check : domain -> nat -> word -> word -> result unit) (j : json) : result shown :=
  let? f := fields ["domain"; "in_features"; "kind"; "left"; "right"] j in
  match f with
  | [jd; ji; _; jl; jr] => checked check jd ji jl jr
  | _ => Invalid "unreachable"
  end.
Definition regions (j : json) : result shown :=
  let? f := fields ["cells"; "domain"; "in_features"; "kind"; "left"; "right"] j in
  match f with
  | [jc; jd; ji; _; jl; jr] =>
      let? cells := natural 1 1048576 jc in checked (of_total (check_regions budget cells)) jd ji jl jr
  | _ => Invalid "unreachable"
  end.
(** A window that is taken on trust, with the reason that is given for it. *)
Definition admitted (j : json) : result (shown * string) :=
  let? f := fields ["domain"; "in_features"; "kind"; "left"; "reason"; "right"] j in
  match f with
  | [jd; ji; _; jl; jw; jr] =>
    let? (n, l, r, _, _, dom) := read_window jd ji jl jr in
    let? reason := text jw in
    Ok (Window n l r dom, if String.eqb reason "" then "no reason given" else reason)
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
    let? _ := everywhere_defined w in
    let? _ := check_range (Z.to_nat cuts) dom n w bounds in
    Ok (Range n l dom bounds)
  | _ => Invalid "unreachable"
  end.

Context {N : Normal_distribution}.
Lemma read_window_ok jd ji jl jr n l r v w dom :
  read_window jd ji jl jr = Ok (n, l, r, v, w, dom) -> resolve t l = Ok v /\ resolve t r = Ok w.
Proof. unfold read_window. intros H. unbind H. inversion H; subst. auto. Qed.
Lemma of_total_ok check :
  (forall dom n v w u, check dom n v w = Ok u ->
     forall xs, length xs = n -> in_domain dom xs -> word_value v xs = word_value w xs) ->
  forall dom n v w u, of_total check dom n v w = Ok u -> agree_on v w n dom.
Proof.
  unfold of_total. intros C dom n v w u H xs L D. unbind H.
  apply total_agree; eauto using total_defined.
Qed.
Lemma checked_good check jd ji jl jr s :
  (forall dom n v w u, check dom n v w = Ok u -> agree_on v w n dom) ->
  checked check jd ji jl jr = Ok s -> good t s.
Proof.
  unfold checked. intros C H. unbind H.
  destruct a as [[[[[n l] r] v] w] dom]. unbind H. inversion H; subst.
  apply read_window_ok in E. destruct E as [Hv Hw].
  split; [|split; eauto]. simpl. intros v' w' Hv' Hw' xs Hn Hd.
  rewrite Hv in Hv'. rewrite Hw in Hw'. inversion Hv'; inversion Hw'; subst.
  eapply C; eauto.
Qed.
Lemma window_good check j s :
  (forall dom n v w u, check dom n v w = Ok u -> agree_on v w n dom) ->
  window check j = Ok s -> good t s.
Proof.
  unfold window. intros C H. unbind H.
  destruct a as [|jd [|ji [|jk [|jl [|jr [|? ?]]]]]]; try discriminate.
  exact (checked_good _ _ _ _ _ _ C H).
Qed.
Lemma regions_good j s : regions j = Ok s -> good t s.
Proof.
  unfold regions. intros H. unbind H.
  destruct a as [|jc [|jd [|ji [|jk [|jl [|jr [|? ?]]]]]]]; try discriminate. unbind H.
  apply checked_good in H; [exact H|]. apply of_total_ok. intros. eapply regions_sound; eauto.
Qed.
(** It is as good as any other, if it holds. *)
Lemma admitted_good j s reason : admitted j = Ok (s, reason) -> shown_holds t s -> good t s.
Proof.
  unfold admitted. intros H S. unbind H.
  destruct a as [|jd [|ji [|jk [|jl [|jw [|jr [|? ?]]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[n l] r] v] w] dom]. unbind H. inversion H; subst.
  apply read_window_ok in E0. destruct E0. split; [exact S|split; eauto].
Qed.

Lemma range_good j s : range j = Ok s -> good t s.
Proof.
  unfold range. intros H. unbind H.
  destruct a as [|jb [|jd [|ji [|jk [|js [|ju [|? ?]]]]]]]; try discriminate. unbind H.
  inversion H; subst. split; [|exact I]. simpl. intros w Hw xs Hn Hd.
  rewrite E2 in Hw. inversion Hw; subst. split; [eapply total_defined|eapply range_sound]; eauto.
Qed.
End Judging.
