(** * Judgements about one rational point: witness and exceeds *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Calculus Bases LinearMaps Networks
  Definedness Exact Enclosures Intervals Files Claims.
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
Definition ends_of (j : json) : result (Q * Q) :=
  match j with
  | Text s => if String.eqb s "undefined" then Unsupported "undefined values" else Invalid "expected a list"
  | _ =>
    let? (lo, hi) := side j in
    match lo, hi with
    | Some a, Some b => Ok (a, b)
    | _, _ => Invalid "a bounded interval is needed here"
    end
  end.
Definition output_of (n : nat) (w : word) (j : json) : result nat := below (word_outputs n w) j.

(** ** Enclosed values, with more and more bits until they are disjoint *)
(** Computed with more bits than are asked for, so that roundings on the way hardly count. *)
Definition guard : nat := 32.
Definition enclosed_at (bits : nat) (w : word) (p : list Q) (o : nat) : result interval :=
  let? ys := enclosed (bits + guard) w p in
  match nth_error ys o with Some i => Ok (coarser guard i) | None => Invalid "no such output" end.
(** Both can be the same number. *)
Definition meets (bits : nat) (stated : Q * Q) (i : interval) : bool :=
  negb (less (dyadic bits (snd i)) (fst stated)) && negb (less (snd stated) (dyadic bits (fst i))).
Definition disjoint (i j : interval) : bool := Z.ltb (snd i) (fst j) || Z.ltb (snd j) (fst i).
Fixpoint separated (precisions : list nat) (v w : word) (p : list Q) (o : nat) (a b : Q * Q)
  : result unit :=
  match precisions with
  | [] => Unsupported "values that are not separated"
  | bits :: finer =>
    match enclosed_at bits v p o, enclosed_at bits w p o with
    | Ok x, Ok y =>
      let? _ := need (meets bits a x) "the left value lies outside of what is stated" in
      let? _ := need (meets bits b y) "the right value lies outside of what is stated" in
      if disjoint x y then Ok tt else separated finer v w p o a b
    | Invalid why, _ | _, Invalid why => Invalid why
    | Unsupported k, _ | _, Unsupported k =>
      if String.eqb k too_wide then separated finer v w p o a b else Unsupported k
    end
  end.
Definition precisions : list nat := [64; 128; 256; 512; 1024; 2048; 4096]%nat.
Definition differ (v w : word) (p : list Q) (o : nat) (a b : Q * Q) : result unit :=
  if equal (fst a) (snd a) && equal (fst b) (snd b) then
    let? x := value_at v p o in
    let? y := value_at w p o in
    let? _ := need (equal (fst a) x) "the left value is another one" in
    let? _ := need (equal (fst b) y) "the right value is another one" in
    need (negb (equal x y)) "the values are equal"
  else separated precisions v w p o a b.
(** |v_o - w_o| at the point is at least so much: exactly that if bits = 0. *)
Definition gap_at (bits : nat) (v w : word) (p : list Q) (o : nat) : result Q :=
  match bits with
  | O =>
    let? x := value_at v p o in
    let? y := value_at w p o in
    let d := minus x y in Ok (if less d 0 then opposite d else d)
  | _ =>
    let? x := enclosed_at bits v p o in
    let? y := enclosed_at bits w p o in
    Ok (dyadic bits (Z.max 0 (Z.max (fst x - snd y) (fst y - snd x))))
  end.

Definition witness (j : json) : result shown :=
  let? f := fields ["domain"; "kind"; "left"; "left_value"; "output"; "point"; "right"; "right_value"] j in
  match f with
  | [jd; _; jl; jlv; jo; jp; jr; jrv] =>
    let? (l, r, n, v, w, dom) := sides t jl jr jd in
    let? p := point_of n dom jp in
    let? o := output_of n v jo in
    let? a := ends_of jlv in
    let? b := ends_of jrv in
    let? _ := everywhere_defined v in let? _ := everywhere_defined w in
    let? _ := differ v w p o a b in
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
    let? bits := natural 0 4096 jb in
    let? _ := everywhere_defined v in let? _ := everywhere_defined w in
    let? d := gap_at (Z.to_nat bits) v w p o in
    let? _ := need (less epsilon d) "the difference is not larger" in
    Ok (Shown (Exceeds l r dom o epsilon))
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
Lemma output_of_ok n w j o : output_of n w j = Ok o -> (o < word_outputs n w)%nat.
Proof.
  unfold output_of, below. intros H. unbind H. injection H as <-. destruct j; try discriminate E.
  simpl in E. destruct (Z.leb _ _) eqn:L in E; [|discriminate E]. destruct (Z.leb _ _) eqn:U in E; [|discriminate E].
  injection E as <-. apply Z.leb_le in L, U. lia.
Qed.
Lemma point_of_ok n dom j p : point_of n dom j = Ok p ->
  length (reals p) = n /\ in_domain dom (reals p).
Proof.
  unfold point_of. intros H. unbind H. inversion H; subst. apply need_ok in E0, E1.
  apply Nat.eqb_eq in E0. unfold reals. rewrite map_length. split; [assumption|]. apply point_inside_ok, E1.
Qed.
Open Scope R_scope.
Lemma enclosed_at_ok bits w p o i : enclosed_at bits w p o = Ok i ->
  encloses (power_of_2 bits) i (nth o (word_value w (reals p)) 0).
Proof.
  unfold enclosed_at. intros H. unbind H. destruct (nth_error a o) eqn:E0; [|discriminate].
  inversion H; subst. apply coarser_ok, (enclosed_ok _ _ _ _ _ _ E E0).
Qed.
Lemma separated_ok l v w p o a b u : separated l v w p o a b = Ok u ->
  word_value v (reals p) <> word_value w (reals p).
Proof.
  induction l as [|bits l IH]; cbn [separated]; intros H; [discriminate|].
  destruct (enclosed_at bits v p o) as [x| |k] eqn:E, (enclosed_at bits w p o) as [y| |k'] eqn:E0;
    try discriminate; try (destruct (String.eqb _ too_wide); [auto|discriminate]).
  unbind H. destruct (disjoint x y) eqn:D; [|auto]. clear H IH. intros C.
  apply enclosed_at_ok in E, E0. rewrite C in E. destruct E as [L U], E0 as [L' U'].
  apply orb_prop in D. destruct D as [D|D]; apply Z.ltb_lt, IZR_lt in D; lra.
Qed.
Lemma differ_ok v w p o a b u : differ v w p o a b = Ok u ->
  word_value v (reals p) <> word_value w (reals p).
Proof.
  unfold differ. destruct (_ && _); [|apply separated_ok]. intros H C. unbind H.
  apply need_ok, negb_true_iff, val_not_equal in H. apply H.
  apply value_at_ok in E, E0. rewrite C in E. congruence.
Qed.
Lemma gap_at_ok bits v w p o d : gap_at bits v w p o = Ok d -> Q2R d <= gap v w o (reals p).
Proof.
  unfold gap_at, gap. intros H. destruct bits as [|k].
  - unbind H. inversion H; subst. apply value_at_ok in E, E0.
    rewrite (nth_error_nth _ _ 0 E), (nth_error_nth _ _ 0 E0).
    decide_less (minus a a0) 0%Q; rewrite ?val_opposite, val_minus, val_0 in *; unfold Rabs;
      destruct (Rcase_abs _); lra.
  - set (bits := Datatypes.S k) in *. clearbody bits. unbind H.
    match type of H with Ok ?x = Ok ?y => replace y with x by congruence end. clear H.
    rewrite val_dyadic. apply enclosed_at_ok in E, E0. destruct E as [L U], E0 as [L' U'].
    pose proof (power_of_2_positive bits) as P. apply IZR_lt in P.
    set (x := nth o (word_value v (reals p)) 0) in *. set (y := nth o (word_value w (reals p)) 0) in *.
    apply (Rmult_le_reg_r (IZR (power_of_2 bits))); [exact P|].
    unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
    assert (D : forall m, m = 0%Z \/ m = (fst a - snd a0)%Z \/ m = (fst a0 - snd a)%Z ->
      IZR m <= Rabs (x - y) * IZR (power_of_2 bits)).
    { intros m [->|[->| ->]]; rewrite ?minus_IZR; pose proof (Rabs_pos (x - y));
        unfold Rabs in *; destruct (Rcase_abs _); nra. }
    apply D. lia.
Qed.
Lemma witness_good j s : witness j = Ok s -> good s.
Proof.
  unfold witness. intros H. unbind H.
  destruct a as [|jd [|jk [|jl [|jlv [|jo [|jp [|jr [|jrv [|? ?]]]]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[l r] n] v] w] dom]. unbind H. inversion H; subst. split; [|exact I].
  pose proof (sides_ok _ _ _ _ _ _ _ _ _ _ E0) as S. destruct (point_of_ok _ _ _ _ E1) as [L D].
  exists n, v, w. split; [exact S|]. split; [exact (sides_outputs _ _ _ _ _ _ _ _ _ _ E0)|].
  exists (reals a). repeat split; auto.
  intros [_ A]. apply (differ_ok _ _ _ _ _ _ _ E7), A. eapply total_defined; eauto.
Qed.
Lemma exceeds_good j s : exceeds j = Ok s -> good s.
Proof.
  unfold exceeds. intros H. unbind H.
  destruct a as [|jb [|jd [|je [|jk [|jl [|jo [|jp [|jr [|? ?]]]]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[l r] n] v] w] dom]. unbind H. inversion H; subst. split; [|exact I].
  pose proof (sides_ok _ _ _ _ _ _ _ _ _ _ E0) as S. destruct (point_of_ok _ _ _ _ E1) as [L D].
  pose proof (sides_outputs _ _ _ _ _ _ _ _ _ _ E0) as O.
  exists n, v, w. split; [exact S|]. apply output_of_ok in E2.
  split; [exact E2|]. split; [rewrite <- O; exact E2|].
  exists (reals a). repeat split; auto.
  1, 2: eapply total_defined; eassumption.
  apply need_ok, val_less in E8. apply gap_at_ok in E7. lra.
Qed.
End Judging.
