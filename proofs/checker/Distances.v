(** * Judgements about distance: separable networks on a box

    Both networks are sums of functions of one direction each, hence so is their difference; it
    is at most the sum of what its terms are at most, and at least what it is at a point. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Result Rational Json Functions Calculus Bases LinearMaps Networks Definedness
  Sums Windows Atom_parts Ranges Files Claims Window_judgements Points.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

(** ** Differences *)
Fixpoint differences (ls rs : list sum) : list sum :=
  match ls, rs with
  | l :: ls', r :: rs' => sum_add l (sum_scale (-1) r) :: differences ls' rs'
  | _, _ => []
  end.
Fixpoint all_below (dom : domain) (cuts : nat) (frames : list sum) (bounds : list Q) (ds : list sum)
  : result unit :=
  match bounds, ds with
  | b :: bounds', d :: ds' =>
      let? above := at_most dom cuts frames b d in
      let? _ := need above "the bound is not reached" in
      let? below := at_most dom cuts frames b (sum_scale (-1) d) in
      let? _ := need below "the bound is not reached" in
      all_below dom cuts frames bounds' ds'
  | [], [] => Ok tt
  | _, _ => Invalid "not one bound per output"
  end.
(** Bounds of a sum at a rational point, equal where there are no atoms. *)
Fixpoint direction_at (d : direction) (p : list Q) : Q :=
  match d with
  | [] => 0%Q
  | (i, c) :: d' => plus (times (inject_Z c) (nth (Z.to_nat i) p 0%Q)) (direction_at d' p)
  end.
Fixpoint sum_at (s : sum) (p : list Q) : result (Q * Q) :=
  match s with
  | [] => Ok (0, 0)%Q
  | (d, f) :: s' =>
      let x := direction_at d p in
      let? v := evaluate (plain f) x in
      let? i := atoms_at f x in
      let? rest := sum_at s' p in
      Ok (plus v (plus (fst i) (fst rest)), plus v (plus (snd i) (snd rest)))
  end.
Section Judging.
Context {B : Buffers} (t : table).
Fixpoint all_attained (n : nat) (dom : domain) (points : list json) (attained : list Q) (ds : list sum)
  : result unit :=
  match points, attained, ds with
  | j :: points', a :: attained', d :: ds' =>
      let? p := point_of n dom j in
      let? v := sum_at d p in
      let greatest := larger (fst v) (opposite (snd v)) in
      if less greatest a then
        if near greatest a && existsb (fun df => has_atoms (snd df)) d
        then Unsupported "a value too near to what is attained" else Invalid "less is attained at the point"
      else all_attained n dom points' attained' ds'
  | [], [], [] => Ok tt
  | _, _, _ => Invalid "not one point per output"
  end.
Definition distance (j : json) : result shown :=
  let? f := fields ["attained"; "bounds"; "domain"; "kind"; "left"; "points"; "right";
                    "subdivisions"] j in
  match f with
  | [ja; jb; jd; _; jl; jp; jr; ju] =>
    let? (l, r, n, v, w, dom) := sides t jl jr jd in
    let? _ := bounded dom in
    let? bounds := one_per_output (word_outputs n v) jb in
    let? cuts := natural 0 64 ju in
    let? points := items jp in
    let? attained := rationals ja in
    let? _ := need (Nat.eqb (List.length points) (List.length attained)) "not one value per point" in
    let? _ := need (affordable n v w) "too large: more work than a file of this size may ask for" in
    let? _ := everywhere_defined v in let? _ := everywhere_defined w in
    let? ls := outputs_of dom n v in
    let? rs := outputs_of dom n w in
    let ds := differences ls rs in
    let? _ := all_below dom (Z.to_nat cuts) [frame_of (ls ++ rs); frame_of ds] bounds ds in
    match points with
    | [] => Ok (Shown (Within l r dom bounds))
    | _ =>
      let? _ := all_attained n dom points attained ds in
      Ok (Shown (Supremum l r dom bounds attained))
    end
  | _ => Invalid "unreachable"
  end.

Context {N : Normal_distribution}.
Open Scope R_scope.
Lemma differences_nth xs ls : forall rs o, (o < length (differences ls rs))%nat ->
  nth o (values xs (differences ls rs)) 0 = nth o (values xs ls) 0 - nth o (values xs rs) 0.
Proof.
  induction ls as [|l ls IH]; intros [|r rs] o H; simpl in H; try lia.
  destruct o as [|o]; simpl.
  - rewrite sum_value_add, sum_value_scale, val_m1. ring.
  - apply IH. lia.
Qed.
Lemma all_below_length dom cuts frames bounds : forall ds u,
  all_below dom cuts frames bounds ds = Ok u -> length bounds = length ds.
Proof.
  induction bounds as [|b bounds IH]; intros [|d ds] u H; simpl in H; try discriminate; [reflexivity|].
  unbind H. simpl. f_equal. apply (IH _ _ H).
Qed.
Lemma all_below_ok dom cuts frames xs : in_domain dom xs -> forall bounds ds u,
  all_below dom cuts frames bounds ds = Ok u ->
  forall o b, nth_error bounds o = Some b -> Rabs (nth o (values xs ds) 0) <= Q2R b.
Proof.
  intros D. induction bounds as [|b bounds IH]; intros [|d ds] u H; simpl in H; try discriminate.
  - intros [|o] b H'; discriminate.
  - unbind H. apply need_ok in E0, E2. subst.
    apply (at_most_ok dom cuts xs D) in E, E1. rewrite sum_value_scale, val_m1 in E1.
    intros [|o] b' H'; simpl in *; [|apply (IH _ _ H), H'].
    injection H' as <-. unfold Rabs. destruct (Rcase_abs _); lra.
Qed.
Lemma direction_at_ok d p : Q2R (direction_at d p) = direction_value d (map Q2R p).
Proof.
  induction d as [|[i c] d IH]; simpl; [apply val_0|].
  rewrite val_plus, val_times, IH, val_inject_Z. do 2 f_equal.
  rewrite <- val_0. symmetry. apply (map_nth Q2R).
Qed.
Lemma sum_at_ok s p : forall i, sum_at s p = Ok i ->
  (Q2R (fst i) <= sum_value s (map Q2R p) <= Q2R (snd i))%R.
Proof.
  induction s as [|[d f] s IH]; cbn [sum_at sum_value]; intros i H.
  - injection H as <-. simpl. rewrite val_0. lra.
  - unbind H. injection H as <-. specialize (IH _ E1). apply evaluate_ok in E. apply atoms_at_ok in E0.
    rewrite direction_at_ok in E, E0. cbn [fst snd]. rewrite !val_plus, plain_ok. lra.
Qed.
Lemma all_attained_ok n dom points : forall attained ds u,
  all_attained n dom points attained ds = Ok u -> length attained = length ds /\
  forall o a, nth_error attained o = Some a -> exists xs, length xs = n /\ in_domain dom xs /\
    Q2R a <= Rabs (nth o (values xs ds) 0).
Proof.
  induction points as [|j points IH]; intros [|a attained] [|d ds] u H; simpl in H; try discriminate.
  - split; [reflexivity|]. intros [|o] a H'; discriminate.
  - unbind H. destruct (less _ a) eqn:E1 in H; [destruct (_ && _) in H; discriminate|].
    destruct (IH _ _ _ H) as [L A]. split; [simpl; congruence|].
    intros [|o] a' H'; [|apply A, H']. injection H' as <-.
    destruct (point_of_ok _ _ _ _ E) as [Lp Dp]. exists (map Q2R a0). repeat split; auto.
    simpl. apply sum_at_ok in E0. apply val_not_less in E1.
    rewrite val_larger, val_opposite in E1. unfold Rmax in E1. destruct (Rle_dec _ _) in E1;
      unfold Rabs; destruct (Rcase_abs _); lra.
Qed.
Lemma distance_good j s : distance j = Ok s -> good t s.
Proof.
  unfold distance. intros H. unbind H.
  destruct a as [|ja [|jb [|jd [|jk [|jl [|jp [|jr [|ju [|? ?]]]]]]]]]; try discriminate. unbind H.
  destruct a as [[[[[l r] n] v] w] dom]. unbind H.
  pose proof (sides_ok _ _ _ _ _ _ _ _ _ _ E0) as S. set (ds := differences a8 a9) in *.
  assert (Gap : forall xs, length xs = n -> in_domain dom xs -> forall o, (o < length ds)%nat ->
    Rabs (nth o (values xs ds) 0) = gap v w o xs).
  { intros xs L D o O. unfold gap. rewrite <- (outputs_of_ok _ _ _ _ _ E10 L D).
    rewrite <- (outputs_of_ok _ _ _ _ _ E11 L D), <- differences_nth by assumption. reflexivity. }
  pose proof (one_per_output_ok _ _ _ E2) as Lb. pose proof (sides_outputs _ _ _ _ _ _ _ _ _ _ E0) as Lo.
  pose proof (all_below_length _ _ _ _ _ _ E12) as Ld.
  assert (W : gaps_within v w n dom a0).
  { split; [assumption|]. split; [congruence|]. intros xs L D o b H'. rewrite <- Gap; auto.
    - apply (all_below_ok _ _ _ xs D _ _ _ E12 _ _ H').
    - rewrite <- Ld. apply nth_error_Some. congruence. }
  assert (Def : defined_on v w n dom) by (intros xs _ _; split; eapply total_defined; eassumption).
  destruct a2 as [|j0 points].
  - injection H as <-. split; [|exact I]. exists n, v, w. auto.
  - unbind H. injection H as <-. split; [|exact I]. exists n, v, w. split; [assumption|].
    split; [assumption|]. split; [assumption|]. destruct (all_attained_ok _ _ _ _ _ _ E13) as [La A].
    split; [congruence|]. intros o a' H'. destruct (A _ _ H') as (xs & L & D & G).
    exists xs. repeat split; auto. rewrite <- Gap; auto. rewrite <- La. apply nth_error_Some. congruence.
Qed.
End Judging.
