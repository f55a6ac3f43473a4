(** * Windows with log and sqrt

    Beside the values of a word goes a list of limits: a word is defined at a point of the domain
    iff every direction's value lies in its extent.  Both words must have the same limits there,
    or be defined nowhere, and are compared on them.  Values need no premise until then, since log
    and sqrt stand for functions on all of R; log(c l) = log(c) + log(l) is used at the end, on an
    extent where l > 0. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions Roots Calculus Bases LinearMaps Networks
  Definedness Extents Sums Polynomial_parts Windows.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Definition limit := (direction * extent)%type.

(** ** The limits of a word *)
(** What this method does not see is not refused. *)
Definition lenient {A} (r : result A) : result A :=
  match r with Invalid w => Unsupported w | _ => r end.
Definition nothing : basis := Concatenation [].

Section Evaluation.
Variable dom : domain.
Fixpoint bank_limits (bases : list basis) (basis_of : list nat) (ss : list sum) : result (list limit) :=
  match basis_of with
  | [] => Ok []
  | b :: rest =>
    let? others := bank_limits bases rest (tl ss) in
    let base := nth b bases nothing in
    if total_basis base then Ok others else
    let? (d, inner) := as_ridge (hd [] ss) in
    let? (a, c) := line None None inner in
    Ok ((d, preimage (basis_extent base) a c) :: others)
  end.
Fixpoint parallel_limits (fs : list (nat * (list sum -> result (list limit)))) (ss : list sum)
  : result (list limit) :=
  match fs with
  | [] => Ok []
  | (n, f) :: fs' =>
      let? here := f (take [] n ss) in
      let? others := parallel_limits fs' (skipn n ss) in
      Ok (here ++ others)
  end.
Fixpoint stage_limits (s : stage) (ss : list sum) : result (list limit) :=
  match s with
  | Bank bases basis_of => bank_limits bases basis_of ss
  | Parallel networks =>
      parallel_limits (map (fun nw => (fst nw,
        (fix on (w : word) (v : list sum) : result (list limit) :=
           match w with
           | [] => Ok []
           | s :: w' =>
             let? here := stage_limits s v in
             let? u := evaluate_stage dom s v in
             let? later := on w' u in
             Ok (here ++ later)
           end) (snd nw))) networks) ss
  | _ => Ok []
  end.
Fixpoint word_limits (w : word) (ss : list sum) : result (list limit) :=
  match w with
  | [] => Ok []
  | s :: w' =>
    let? here := stage_limits s ss in
    let? u := evaluate_stage dom s ss in
    let? later := word_limits w' u in
    Ok (here ++ later)
  end.

(** ** One extent for a direction, and only where the domain goes beyond it *)
Fixpoint insert_limit (d : direction) (e : extent) (ls : list limit) : list limit :=
  match ls with
  | [] => [(d, e)]
  | (d', e') :: ls' =>
    match direction_compare d d' with
    | Lt => (d, e) :: ls
    | Eq => (d', meet e e') :: ls'
    | Gt => (d', e') :: insert_limit d e ls'
    end
  end.
Definition range_of (d : direction) : extent := closed_range (direction_range dom d).
Definition own (ls : list limit) : list limit :=
  filter (fun l => negb (lies_inside (range_of (fst l)) (snd l)))
    (map (fun l => (fst l, meet (snd l) (range_of (fst l))))
      (fold_right (fun l => insert_limit (fst l) (snd l)) [] ls)).
Definition nowhere (ls : list limit) : bool := existsb (fun l => is_empty (snd l)) ls.
Fixpoint same_limits (ls ms : list limit) : bool :=
  match ls, ms with
  | [], [] => true
  | (d, e) :: ls', (d', e') :: ms' =>
      match direction_compare d d' with Eq => lies_inside e e' && lies_inside e' e | _ => false end
      && same_limits ls' ms'
  | _, _ => false
  end.

(** ** Comparison on the limits *)
(** At an end that does not belong to the extent nothing counts. *)
Definition at_open_end (e : extent) (gc : generator * Q) : bool :=
  match fst gc with
  | Point t =>
      match low e with Some a => negb (has_low e) && equal t a | None => false end
      || match high e with Some b => negb (has_high e) && equal t b | None => false end
  | _ => false
  end.
Definition normal (e : extent) (g : generator) : result function :=
  match g with
  | Atom Log a b =>
      if is_zero a then Ok (single g)
      else Ok (if lies_inside e (atom_extent Log a b) then log_of_affine a b else single g)
  | _ => Ok (single g)
  end.
Definition on_extent (e : extent) (f : function) : result function :=
  let? g := restrict f (low e) (high e) in
  transform (normal e) (filter (fun gc => negb (at_open_end e gc)) g).
Fixpoint on_limits (ls : list limit) : sum -> result sum :=
  fix on_ls (s : sum) : result sum :=
    match s with
    | [] => Ok []
    | (d, f) :: s' =>
      match ls with
      | [] => let? g := transform (normal (range_of d)) f in
              let? rest := on_ls s' in Ok ((d, g) :: rest)
      | (d', e) :: ls' =>
        match direction_compare d' d with
        | Eq => let? g := on_extent e f in let? rest := on_limits ls' s' in Ok ((d, g) :: rest)
        | Lt => on_limits ls' s
        | Gt => let? g := transform (normal (range_of d)) f in
                let? rest := on_ls s' in Ok ((d, g) :: rest)
        end
      end
    end.
Fixpoint compare_on (ls : list limit) (ss ts : list sum) : result unit :=
  match ss, ts with
  | [], [] => Ok tt
  | s :: ss', t :: ts' =>
      let? difference := on_limits ls (sum_add s (sum_scale (-1) t)) in
      let? _ := vanishes difference in compare_on ls ss' ts'
  | _, _ => Invalid "the sides differ in outputs"
  end.
End Evaluation.

Definition check_partial (dom : domain) (n : nat) (left right : word) : result unit :=
  let? inputs := input_sums dom (count n 0) in
  let? llimits := lenient (word_limits dom left inputs) in
  let? rlimits := lenient (word_limits dom right inputs) in
  let lown := own dom llimits in
  let rown := own dom rlimits in
  if nowhere lown && nowhere rown then Ok tt else
  let? _ := need (negb (nowhere lown || nowhere rown) && same_limits lown rown)
    "the sides are defined elsewhere" in
  let? ls := lenient (evaluate_word dom left inputs) in
  let? rs := lenient (evaluate_word dom right inputs) in
  compare_on dom lown ls rs.
Definition check_any (dom : domain) (n : nat) (left right : word) : result unit :=
  if total_word left && total_word right then check_window dom n left right
  else check_partial dom n left right.

(** ** Soundness *)
Section Soundness.
Context {N : Normal_distribution}.
Variables (dom : domain) (xs : list R).
Hypothesis within : in_domain dom xs.
Notation values := (values xs).
Definition satisfies (ls : list limit) : Prop :=
  Forall (fun l => inside (snd l) (direction_value (fst l) xs)) ls.

Lemma lenient_ok {A} (r : result A) a : lenient r = Ok a -> r = Ok a.
Proof. destruct r; simpl; congruence. Qed.
Lemma bank_limits_ok bases basis_of : forall ss ls, bank_limits bases basis_of ss = Ok ls ->
  satisfies ls <-> bank_defined (map basis_defined bases) basis_of (values ss).
Proof.
  induction basis_of as [|b rest IH]; cbn [bank_limits bank_defined]; intros ss ls H.
  - inversion H. split; [tauto|constructor].
  - unbind H. rewrite <- tl_values, <- hd_values, <- (IH _ _ E).
    change (fun _ : R => True) with (basis_defined nothing). rewrite map_nth.
    set (base := nth b bases nothing) in *. destruct (total_basis base) eqn:T.
    + inversion H; subst. pose proof (total_basis_ok base (sum_value (hd [] ss) xs) T). tauto.
    + unbind H. destruct a0 as [d inner]. unbind H. destruct a0 as [p c]. inversion H; subst.
      unfold satisfies at 1. rewrite Forall_cons_iff. fold (satisfies a). cbn [fst snd].
      rewrite preimage_ok, basis_extent_ok, (as_ridge_ok _ _ _ xs E0).
      rewrite (line_ok None None inner _ Logic.I Logic.I _ _ E1). tauto.
Qed.
Lemma satisfies_app ls ms : satisfies (ls ++ ms) <-> satisfies ls /\ satisfies ms.
Proof. unfold satisfies. apply Forall_app. Qed.
Lemma word_limits_forall w : Forall (fun s => forall ss ls, stage_limits dom s ss = Ok ls ->
    satisfies ls <-> stage_defined s (values ss)) w ->
  forall ss ls, word_limits dom w ss = Ok ls -> satisfies ls <-> word_defined w (values ss).
Proof.
  induction 1 as [|s w Hs _ IH]; cbn [word_limits word_defined]; intros ss ls H.
  - inversion H. split; [tauto|constructor].
  - unbind H. inversion H; subst. rewrite satisfies_app, (Hs _ _ E), (IH _ _ E1).
    rewrite (evaluate_stage_ok dom xs within _ _ _ E0). tauto.
Qed.
Lemma stage_limits_ok s : forall ss ls, stage_limits dom s ss = Ok ls ->
  satisfies ls <-> stage_defined s (values ss).
Proof.
  induction s as [w b|bases basis_of|ns IH|c g|c g|n e] using stage_nested; intros ss ls H;
    try (inversion H; split; [intros; exact Logic.I|constructor]).
  - apply bank_limits_ok, H.
  - rewrite parallel_defined_eq. change (stage_limits dom (Parallel ns) ss) with
      (parallel_limits (map (fun nw => (fst nw, word_limits dom (snd nw))) ns) ss) in H.
    revert ss ls H. induction IH as [|[n w] ns Hw _ IHl]; intros ss ls H;
      cbn [map parallel_limits parallel_defined fst snd] in *.
    + inversion H. split; [tauto|constructor].
    + unbind H. inversion H; subst.
      rewrite satisfies_app, (word_limits_forall w Hw _ _ E), (IHl _ _ E0).
      unfold Windows.values. rewrite (take_map [] (fun s => sum_value s xs)) by reflexivity.
      rewrite skipn_map'. tauto.
Qed.
Lemma word_limits_ok w ss ls : word_limits dom w ss = Ok ls ->
  satisfies ls <-> word_defined w (values ss).
Proof. apply word_limits_forall. apply Forall_forall. intros s _. apply stage_limits_ok. Qed.

Lemma insert_limit_ok d e ls :
  satisfies (insert_limit d e ls) <-> inside e (direction_value d xs) /\ satisfies ls.
Proof.
  unfold satisfies. induction ls as [|[d' e'] ls IH]; cbn [insert_limit].
  - rewrite Forall_cons_iff. cbn [fst snd]. tauto.
  - destruct (direction_compare d d') eqn:C; rewrite !Forall_cons_iff; cbn [fst snd].
    + apply direction_compare_eq in C. subst d'. rewrite meet_ok. tauto.
    + tauto.
    + rewrite IH. tauto.
Qed.
Lemma in_range d : inside (range_of dom d) (direction_value d xs).
Proof. apply closed_range_ok, direction_range_ok, within. Qed.
Lemma own_ok ls : satisfies (own dom ls) <-> satisfies ls.
Proof.
  unfold own. transitivity (satisfies (fold_right (fun l => insert_limit (fst l) (snd l)) [] ls)).
  - generalize (fold_right (fun l => insert_limit (fst l) (snd l)) [] ls). clear ls.
    intros ls. unfold satisfies. induction ls as [|[d e] ls IH]; [simpl; tauto|].
    cbn [map filter fst snd]. rewrite (Forall_cons_iff _ (d, e)), <- IH. cbn [fst snd].
    pose proof (in_range d) as R.
    destruct (lies_inside (range_of dom d) (meet e (range_of dom d))) eqn:L; cbn [negb].
    + apply (lies_inside_ok _ _ _ L), meet_ok in R. tauto.
    + rewrite Forall_cons_iff. cbn [fst snd]. rewrite meet_ok. tauto.
  - induction ls as [|[d e] ls IH]; cbn [fold_right]; [tauto|].
    rewrite insert_limit_ok, IH. unfold satisfies. rewrite Forall_cons_iff. tauto.
Qed.
Lemma nowhere_ok ls : nowhere ls = true -> ~ satisfies ls.
Proof.
  unfold nowhere, satisfies. rewrite existsb_exists, Forall_forall. intros (l & I & H) A.
  apply (is_empty_ok _ (direction_value (fst l) xs) H), (A _ I).
Qed.
Lemma same_limits_ok ls : forall ms, same_limits ls ms = true -> satisfies ls <-> satisfies ms.
Proof.
  unfold satisfies. induction ls as [|[d e] ls IH]; intros [|[d' e'] ms] H; try discriminate; [tauto|].
  cbn [same_limits] in H. destruct (direction_compare d d') eqn:C; try discriminate.
  apply direction_compare_eq in C. subst d'. apply andb_prop in H. destruct H as [H S].
  apply andb_prop in H. destruct H as [H1 H2].
  rewrite !Forall_cons_iff, (IH _ S). cbn [fst snd].
  pose proof (lies_inside_ok _ _ (direction_value d xs) H1).
  pose proof (lies_inside_ok _ _ (direction_value d xs) H2). tauto.
Qed.

Lemma normal_ok e g i x : inside e x -> normal e g = Ok i -> value i x = generator_value g x.
Proof.
  intros I H. assert (S : Ok (single g) = Ok i -> value i x = generator_value g x)
    by (intros E; inversion E; apply value_single).
  destruct g as [k|t k|t|n a b|q k t j]; auto. destruct n; auto. cbn [normal] in H.
  destruct (is_zero a); auto. destruct (lies_inside _ _) eqn:L; auto.
  inversion H. apply log_of_affine_ok. apply (atom_extent_ok Log), (lies_inside_ok _ _ _ L), I.
Qed.
Lemma normal_function e f g x : inside e x -> transform (normal e) f = Ok g -> value g x = value f x.
Proof. intros I. apply (value_transform _ (fun x => x)). intros h i. apply normal_ok, I. Qed.
Lemma without_open_ends e f x : inside e x ->
  value (filter (fun gc => negb (at_open_end e gc)) f) x = value f x.
Proof.
  intros I. induction f as [|[g c] f IH]; cbn [filter]; [reflexivity|].
  destruct (at_open_end e (g, c)) eqn:O; cbn [negb value]; rewrite IH; [|reflexivity].
  destruct g as [k|t k|t|n a b|q k t j]; try discriminate. cbn [generator_value].
  destruct (Req_EM_T x (Q2R t)) as [->|]; [exfalso|ring].
  destruct I as [Lo Hi]. unfold from_low, up_to_high, at_open_end in *. cbn [fst] in O.
  apply orb_prop in O. destruct O as [O|O].
  - destruct (low e) as [a|]; [|discriminate]. apply andb_prop in O. destruct O as [O E].
    apply val_equal in E. destruct (has_low e); [discriminate|lra].
  - destruct (high e) as [b|]; [|discriminate]. apply andb_prop in O. destruct O as [O E].
    apply val_equal in E. destruct (has_high e); [discriminate|lra].
Qed.
Lemma on_extent_ok e f g x : inside e x -> on_extent e f = Ok g -> value g x = value f x.
Proof.
  intros I H. unfold on_extent in H. unbind H.
  rewrite (normal_function _ _ _ x I H), without_open_ends by exact I.
  destruct I as [Lo Hi]. apply (restrict_ok f (low e) (high e)); [| |assumption].
  - unfold from_low in Lo. destruct (low e); simpl; auto. destruct (has_low e); lra.
  - unfold up_to_high in Hi. destruct (high e); simpl; auto. destruct (has_high e); lra.
Qed.
Lemma on_limits_ok ls : satisfies ls -> forall s t, on_limits dom ls s = Ok t ->
  sum_value t xs = sum_value s xs.
Proof.
  assert (Free : forall d f g, transform (normal (range_of dom d)) f = Ok g ->
    value g (direction_value d xs) = value f (direction_value d xs))
    by (intros d f g; apply normal_function, in_range).
  induction ls as [|[d' e] ls IHl]; intros S.
  - induction s as [|[d f] s IHs]; cbn [on_limits]; intros t H; [inversion H; reflexivity|].
    unbind H. inversion H. cbn [sum_value]. rewrite (Free _ _ _ E), (IHs _ E0). reflexivity.
  - unfold satisfies in S. rewrite Forall_cons_iff in S. destruct S as [I S]. cbn [fst snd] in I.
    induction s as [|[d f] s IHs]; cbn [on_limits]; intros t H; [inversion H; reflexivity|].
    destruct (direction_compare d' d) eqn:C.
    + apply direction_compare_eq in C. subst d'. unbind H. inversion H. cbn [sum_value].
      rewrite (on_extent_ok _ _ _ _ I E), (IHl S _ _ E0). reflexivity.
    + apply (IHl S), H.
    + unbind H. inversion H. cbn [sum_value]. rewrite (Free _ _ _ E), (IHs _ E0). reflexivity.
Qed.
Lemma compare_on_ok ls : satisfies ls -> forall ss ts u, compare_on dom ls ss ts = Ok u ->
  values ss = values ts.
Proof.
  intros S. induction ss as [|s ss IH]; intros [|t ts] u H; cbn [compare_on] in H; try discriminate;
    [reflexivity|].
  unbind H. apply (vanishes_ok _ _ xs) in E0. rewrite (on_limits_ok _ S _ _ E) in E0.
  rewrite sum_value_add, sum_value_scale, val_m1 in E0.
  unfold Windows.values in *. cbn [map]. rewrite (IH _ _ H). f_equal. lra.
Qed.
End Soundness.

(** What is accepted: the words are defined at the same points of the domain, and equal there. *)
Theorem partial_window_sound {N : Normal_distribution} dom n left right u :
  check_any dom n left right = Ok u ->
  forall xs, length xs = n -> in_domain dom xs -> agree left right xs.
Proof.
  unfold check_any. intros H xs Hn Hd. destruct (_ && _) eqn:T.
  - apply andb_prop in T. destruct T as [Tl Tr].
    apply total_agree; try apply word_total; auto. eapply window_sound; eauto.
  - unfold check_partial in H. unbind H. cbv zeta in H.
    assert (V : values xs a = xs) by (apply (input_values dom n); assumption).
    apply lenient_ok, (word_limits_ok dom xs Hd) in E0.
    apply lenient_ok, (word_limits_ok dom xs Hd) in E1. rewrite V in E0, E1.
    rewrite <- (own_ok dom xs Hd) in E0, E1.
    destruct (nowhere _ && nowhere _) eqn:W.
    + apply andb_prop in W. destruct W as [Wl Wr].
      apply (nowhere_ok xs) in Wl. apply (nowhere_ok xs) in Wr. split; tauto.
    + unbind H. apply need_ok, andb_prop in E2. destruct E2 as [_ S].
      apply (same_limits_ok xs) in S. split; [tauto|]. intros D.
      apply lenient_ok, (evaluate_word_ok dom xs Hd) in E3.
      apply lenient_ok, (evaluate_word_ok dom xs Hd) in E4. rewrite V in E3, E4.
      rewrite <- E3, <- E4. apply (compare_on_ok dom xs Hd (own dom a0)) in H; [exact H|tauto].
Qed.
