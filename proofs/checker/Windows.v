(** * Windows: two words of stages denote the same function on a domain

    Both words are evaluated symbolically, every coordinate as a sum of ridge functions, and the
    coordinates are compared.  [window_sound] says what an accepted window means. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu.
From KanCheck Require Import Rational Result Lookup Functions Calculus Bases LinearMaps Applications Networks
  Sums Polynomial_parts.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Section Evaluation.
Variable dom : domain.

Definition trim (d : direction) (f : function) : result function :=
  let (lo, hi) := direction_range dom d in restrict f lo hi.
Definition as_sum (d : direction) (f : function) : sum := match f with [] => [] | _ => [(d, f)] end.

(** The values of a basis at one coordinate. *)
Definition bank_sums (fs : list function) (s : sum) : result (list sum) :=
  let? (d, inner) := as_ridge s in
  let (lo, hi) := direction_range dom d in
  map_result (fun f => let? g := compose f inner in let? h := restrict g lo hi in Ok (as_sum d h)) fs.

Fixpoint evaluate_bank (fss : list (list function)) (ss : list sum) : result (list sum) :=
  match fss with
  | [] => Ok []
  | fs :: rest =>
      let? here := bank_sums fs (hd [] ss) in
      let? others := evaluate_bank rest (tl ss) in
      Ok (here ++ others)
  end.
Fixpoint bias_sums (bias : Z -> Q) (o : Z) (ss : list sum) : list sum :=
  match ss with
  | [] => []
  | s :: ss' => sum_add s (sum_constant (bias o)) :: bias_sums bias (o + 1) ss'
  end.
Fixpoint evaluate_parallel (fs : list (nat * (list sum -> result (list sum)))) (ss : list sum)
  : result (list sum) :=
  match fs with
  | [] => Ok []
  | (n, f) :: fs' =>
      let? here := f (take [] n ss) in
      let? others := evaluate_parallel fs' (skipn n ss) in
      Ok (here ++ others)
  end.
(** z_d z_e = ((z_d + z_e)^2 - (z_d - z_e)^2)/4, where z_d is the value of direction d. *)
Definition square (q : Q) (l : form) : result sum :=
  let? (s, d) := primitive l in
  Ok (as_sum d (scale (times q (times s s)) (single (Pow 2)))).
Definition product_of_directions (d e : direction) : result sum :=
  match direction_compare d e with
  | Eq => Ok (as_sum d (single (Pow 2)))
  | _ =>
    let? plus := square (1 # 4) (form_add (form_of 1 d) (form_of 1 e)) in
    let? minus := square (-1 # 4) (form_add (form_of 1 d) (form_of (-1) e)) in
    Ok (sum_add plus minus)
  end.
(** The rational that a sum is everywhere, if it is seen to be one. *)
Definition rational_of (s : sum) : option Q :=
  match nonconstants s, evaluate (constants s) 0 with [], Ok q => Some q | _, _ => None end.
Definition product_of (s t : sum) : result sum :=
  match rational_of s, rational_of t with
  | Some q, _ => Ok (sum_scale q t)
  | _, Some q => Ok (sum_scale q s)
  | _, _ =>
    let? (d, f) := as_ridge s in
    let? (e, g) := as_ridge t in
    match line None None f, line None None g with
    | Ok (a, b), Ok (a', b') =>
        let? squares := product_of_directions d e in
        Ok (sum_add (sum_scale (times a a') squares)
             (sum_add (as_sum d (scale (times a b') identity))
               (sum_add (as_sum e (scale (times b a') identity)) (sum_constant (times b b')))))
    | _, _ => Invalid "a product of functions that are not affine"
    end
  end.
(** More than two factors at a point only. *)
Fixpoint product_of_rationals (ss : list sum) (g : list nat) : result Q :=
  match g with
  | [] => Ok 1%Q
  | i :: g' =>
      match rational_of (nth i ss []) with
      | Some q => let? p := product_of_rationals ss g' in Ok (times q p)
      | None => Invalid "a product of more than two factors: split it first"
      end
  end.
Definition evaluate_group (ss : list sum) (g : list nat) : result sum :=
  match g with
  | [i] => Ok (nth i ss [])
  | [i; j] => product_of (nth i ss []) (nth j ss [])
  | _ => let? q := product_of_rationals ss g in Ok (sum_constant q)
  end.
(** max(s, t) = t + relu(s - t). *)
Definition maximum_of (s t : sum) : result sum :=
  let? above := bank_sums [single (Step 0 1)] (sum_add s (sum_scale (-1) t)) in
  match above with [r] => Ok (sum_add t r) | _ => Invalid "unreachable" end.
Fixpoint maximum_of_all (s : sum) (ss : list sum) (g : list nat) : result sum :=
  match g with
  | [] => Ok s
  | j :: g' => let? m := maximum_of s (nth j ss []) in maximum_of_all m ss g'
  end.
Definition one_direction (rs : list (direction * function)) (g : list nat) : bool :=
  match filter (fun d => match d with [] => false | _ => true end)
          (map (fun i => fst (nth i rs ([], []))) g) with
  | [] => true
  | d :: ds => forallb (fun e => match direction_compare d e with Eq => true | _ => false end) ds
  end.
(** More than two only along one direction, of which each is a function. *)
Definition evaluate_maximum (ss : list sum) (rs : list (direction * function)) (g : list nat)
  : result sum :=
  match g with
  | [] => Ok []
  | i :: g' =>
      if Nat.leb (length g) 2 || one_direction rs g then maximum_of_all (nth i ss []) ss g'
      else Invalid "a maximum of more than two directions: split it"
  end.
Fixpoint evaluate_stage (s : stage) (ss : list sum) : result (list sum) :=
  match s with
  | Affine weight bias => Ok (bias_sums bias 0 (applied [] sum_add sum_scale weight ss))
  | Bank bases basis_of =>
      let? fss := map_result functions bases in evaluate_bank (entries_at [] basis_of fss) ss
  | Parallel networks =>
      evaluate_parallel (map (fun nw => (fst nw, fun v =>
        fold_left (fun r s => let? u := r in evaluate_stage s u) (snd nw) (Ok v))) networks) ss
  | Product _ groups => let? _ := map_result as_ridge ss in map_result (evaluate_group ss) groups
  | Maximum _ groups => let? rs := map_result as_ridge ss in map_result (evaluate_maximum ss rs) groups
  | Layer_norm _ _ => Invalid "no window sees through a vector atom"
  end.
Definition evaluate_word (w : word) (ss : list sum) : result (list sum) :=
  fold_left (fun r s => let? u := r in evaluate_stage s u) w (Ok ss).

Fixpoint input_sums (is : list Z) : result (list sum) :=
  match is with
  | [] => Ok []
  | i :: is' =>
      let? f := trim [(i, 1%Z)] identity in
      let? rest := input_sums is' in
      Ok (as_sum [(i, 1%Z)] f :: rest)
  end.
Fixpoint compare_sums (ss ts : list sum) : result unit :=
  match ss, ts with
  | [], [] => Ok tt
  | s :: ss', t :: ts' =>
      let? _ := if same_sums s t then Ok tt else vanishes (sum_add s (sum_scale (-1) t)) in
      compare_sums ss' ts'
  | _, _ => Invalid "the sides differ in outputs"
  end.

(** ** Soundness *)
Context {N : Normal_distribution}.
Variable xs : list R.
Hypothesis inside : in_domain dom xs.
Definition values (ss : list sum) : list R := map (fun s => sum_value s xs) ss.

Lemma trim_ok d f g : trim d f = Ok g -> value g (direction_value d xs) = value f (direction_value d xs).
Proof.
  unfold trim. intros H. pose proof (direction_range_ok dom d xs inside) as [Lo Hi].
  destruct (direction_range dom d) as [lo hi]. apply (restrict_ok _ lo hi); auto.
Qed.
Lemma as_sum_ok d f : sum_value (as_sum d f) xs = value f (direction_value d xs).
Proof. destruct f; simpl; ring. Qed.
Lemma bank_sums_ok fs s ss b : bank_sums fs s = Ok ss ->
  (forall x, map (fun f => value f x) fs = basis_values b x) ->
  values ss = basis_values b (sum_value s xs).
Proof.
  unfold bank_sums. intros H B. unbind H. destruct a as [d inner].
  pose proof (direction_range_ok dom d xs inside) as [Lo Hi]. destruct (direction_range dom d) as [lo hi].
  rewrite <- B. unfold values.
  apply (map_result_ok _ _ (fun s => sum_value s xs) _ _) with (2 := H).
  intros f s' _ E'. unbind E'. inversion E'. rewrite as_sum_ok, (restrict_ok _ lo hi _ _ Lo Hi E1).
  rewrite (compose_ok _ _ _ _ E0), (as_ridge_ok _ _ _ xs E). reflexivity.
Qed.
Lemma hd_values ss : sum_value (hd [] ss) xs = hd 0 (values ss).
Proof. destruct ss; reflexivity. Qed.
Lemma tl_values ss : values (tl ss) = tl (values ss).
Proof. destruct ss; reflexivity. Qed.
Lemma evaluate_bank_ok bases fss basis_of : map_result functions bases = Ok fss ->
  forall ss ts, evaluate_bank (entries_at [] basis_of fss) ss = Ok ts ->
  values ts = bank_values (map basis_values bases) basis_of (values ss).
Proof.
  intros F. rewrite entries_at_ok. induction basis_of as [|b rest IH]; intros ss ts H; simpl in H.
  - inversion H; reflexivity.
  - unbind H. inversion H. subst ts. simpl. unfold values at 1. rewrite map_app. f_equal.
    + rewrite <- hd_values.
      assert (B : forall b, (exists c, nth b (map basis_values bases) (fun _ => []) = basis_values c
                 /\ forall x, map (fun f => value f x) (nth b fss []) = basis_values c x)
               \/ (nth b fss [] = [] /\ nth b (map basis_values bases) (fun _ => []) = fun _ => [])).
      { clear - F. revert fss F. induction bases as [|c bases IHb]; simpl; intros fss F b.
        - inversion F. right. destruct b; auto.
        - unbind F. inversion F; subst. destruct b as [|b]; [left|simpl; eauto].
          exists c. split; auto. intros x. simpl. apply functions_ok; auto. }
      destruct (B b) as [(c & E1 & E2)|[E1 E2]].
      * rewrite E1. apply (bank_sums_ok _ _ _ c E E2).
      * rewrite E2. rewrite E1 in E. unfold bank_sums in E. unbind E. destruct a1.
        destruct (direction_range _ _). inversion E. reflexivity.
    + rewrite <- tl_values. apply (IH (tl ss)); auto.
Qed.
Lemma bias_sums_ok bias ss : forall o, values (bias_sums bias o ss) = add_bias bias o (values ss).
Proof.
  induction ss as [|s ss IH]; intros o; simpl; [reflexivity|]. unfold values in *. simpl.
  rewrite IH, sum_value_add, sum_value_constant. reflexivity.
Qed.
Lemma square_ok q l s : square q l = Ok s -> sum_value s xs = Q2R q * form_value l xs ^ 2.
Proof.
  unfold square. intros H. unbind H. destruct a as [p d]. inversion H.
  rewrite as_sum_ok, value_scale, value_single, (primitive_ok _ _ _ xs E), !val_times.
  cbn [generator_value]. ring.
Qed.
Lemma product_of_directions_ok d e s : product_of_directions d e = Ok s ->
  sum_value s xs = direction_value d xs * direction_value e xs.
Proof.
  unfold product_of_directions. destruct (direction_compare d e) eqn:C; intros H.
  - apply direction_compare_eq in C. subst e. inversion H. cbn [sum_value].
    rewrite value_single. simpl. ring.
  - unbind H. inversion H. rewrite sum_value_add, (square_ok _ _ _ E), (square_ok _ _ _ E0).
    rewrite !form_value_add, !form_of_ok, val_1, val_m1. unfold Q2R; simpl. field.
  - unbind H. inversion H. rewrite sum_value_add, (square_ok _ _ _ E), (square_ok _ _ _ E0).
    rewrite !form_value_add, !form_of_ok, val_1, val_m1. unfold Q2R; simpl. field.
Qed.
Lemma rational_of_ok s q ys : rational_of s = Some q -> sum_value s ys = Q2R q.
Proof.
  unfold rational_of. rewrite (constants_ok s ys (Q2R 0)).
  destruct (nonconstants s); [|discriminate].
  destruct (evaluate (constants s) 0) as [x| |] eqn:E; try discriminate.
  intros H. inversion H; subst. simpl. rewrite Rplus_0_r. symmetry. apply evaluate_ok, E.
Qed.
Lemma product_of_ok s t p : product_of s t = Ok p ->
  sum_value p xs = sum_value s xs * sum_value t xs.
Proof.
  unfold product_of. intros H. destruct (rational_of s) as [q|] eqn:Rs.
  { inversion H. rewrite sum_value_scale, (rational_of_ok _ _ xs Rs). reflexivity. }
  destruct (rational_of t) as [q|] eqn:Rt.
  { inversion H. rewrite sum_value_scale, (rational_of_ok _ _ xs Rt). ring. }
  unbind H. destruct a as [d f]. unbind H. destruct a as [e g].
  rewrite (as_ridge_ok _ _ _ xs E), (as_ridge_ok _ _ _ xs E0).
  destruct (line None None f) as [[a b]| |] eqn:F; try discriminate.
  destruct (line None None g) as [[a' b']| |] eqn:F'; try discriminate.
  rewrite (line_ok None None f (direction_value d xs) I I _ _ F).
  rewrite (line_ok None None g (direction_value e xs) I I _ _ F').
  unbind H. inversion H.
  rewrite !sum_value_add, sum_value_scale, (product_of_directions_ok _ _ _ E1), !as_sum_ok.
  rewrite !value_scale, !value_identity, sum_value_constant, !val_times. ring.
Qed.
Lemma nth_values ss i : nth i (values ss) 0 = sum_value (nth i ss []) xs.
Proof. change 0 with (sum_value [] xs). apply (map_nth (fun s => sum_value s xs)). Qed.
Lemma product_of_rationals_ok ss g : forall q, product_of_rationals ss g = Ok q ->
  Q2R q = fold_right (fun i y => nth i (values ss) 0 * y) 1 g.
Proof.
  induction g as [|i g IH]; simpl; intros q H; [inversion H; apply val_1|].
  destruct (rational_of (nth i ss [])) as [r|] eqn:R; [|discriminate]. unbind H. inversion H.
  rewrite val_times, (IH _ E), nth_values, (rational_of_ok _ _ xs R). reflexivity.
Qed.
Lemma evaluate_group_ok ss g p : evaluate_group ss g = Ok p ->
  sum_value p xs = fold_right (fun i y => nth i (values ss) 0 * y) 1 g.
Proof.
  assert (G : (let? q := product_of_rationals ss g in Ok (sum_constant q)) = Ok p ->
    sum_value p xs = fold_right (fun i y => nth i (values ss) 0 * y) 1 g).
  { intros H. unbind H. inversion H. rewrite sum_value_constant. apply product_of_rationals_ok, E. }
  destruct g as [|i [|j [|? ?]]]; simpl evaluate_group; intros H; auto.
  - inversion H. simpl. rewrite nth_values. ring.
  - simpl. rewrite (product_of_ok _ _ _ H), !nth_values. ring.
Qed.
Lemma maximum_of_ok s t m : maximum_of s t = Ok m ->
  sum_value m xs = Rmax (sum_value s xs) (sum_value t xs).
Proof.
  unfold maximum_of. intros H. unbind H. destruct a as [|r [|? ?]]; try discriminate.
  inversion H. rewrite sum_value_add.
  apply (bank_sums_ok _ _ _ (Truncated_power [(0%Q, 1%nat)])) in E.
  2:{ intros x. cbn [map basis_values fst snd]. rewrite value_single. reflexivity. }
  unfold values in E. cbn [map basis_values fst snd] in E. inversion E as [R].
  rewrite R, sum_value_add, sum_value_scale, val_m1, val_0.
  unfold step_power, Rmax.
  destruct (Rle_dec (sum_value s xs) (sum_value t xs)),
    (Rle_dec 0 (sum_value s xs + -1 * sum_value t xs - 0)); simpl; lra.
Qed.
Lemma maximum_of_all_ok ss g : forall s m, maximum_of_all s ss g = Ok m ->
  sum_value m xs = fold_left (fun y j => Rmax y (nth j (values ss) 0)) g (sum_value s xs).
Proof.
  induction g as [|j g IH]; simpl; intros s m H; [inversion H; reflexivity|].
  unbind H. rewrite (IH _ _ H), (maximum_of_ok _ _ _ E), nth_values. reflexivity.
Qed.
Lemma evaluate_stage_ok s : forall ss ts, evaluate_stage s ss = Ok ts ->
  values ts = stage_value s (values ss).
Proof.
  induction s as [w b|bases basis_of|ns IH|c g|c g|n e] using stage_nested; intros ss ts H;
    [| | | | |discriminate].
  - cbn [evaluate_stage] in H. inversion H. cbn [stage_value]. rewrite bias_sums_ok, applied_ok. f_equal.
    apply (apply_homomorphism [] sum_add sum_scale (fun s => sum_value s xs)); auto.
    + intros; apply sum_value_add.
    + intros; apply sum_value_scale.
  - cbn [evaluate_stage] in H. unbind H. cbn [stage_value]. apply (evaluate_bank_ok _ a); auto.
  - cbn [evaluate_stage stage_value] in *. revert ss ts H.
    induction IH as [|[n w] ns Hw _ IHl]; intros ss ts H; simpl in *.
    + inversion H; reflexivity.
    + unbind H. inversion H; subst ts. unfold values at 1. rewrite map_app. f_equal.
      * fold (values a). replace (take 0 n (values ss)) with (values (take [] n ss))
          by (unfold values; rewrite (take_map [] (fun s => sum_value s xs)); auto).
        clear - Hw E. revert a E. generalize (take [] n ss) as us.
        induction Hw as [|s w Hs _ IHw]; simpl; intros us a E; [inversion E; reflexivity|].
        destruct (evaluate_stage s us) as [vs| |] eqn:Ev.
        -- rewrite (IHw vs a E), (Hs _ _ Ev). reflexivity.
        -- exfalso. clear - E. induction w; simpl in E; [discriminate|auto].
        -- exfalso. clear - E. induction w; simpl in E; [discriminate|auto].
      * fold (values a0). rewrite (IHl _ _ E0). f_equal. unfold values. apply skipn_map'.
  - cbn [evaluate_stage] in H. unbind H. cbn [stage_value]. unfold product_values, values at 1.
    apply (map_result_ok _ _ (fun s => sum_value s xs) _ _) with (2 := H).
    intros gr s' _ E'. apply (evaluate_group_ok _ _ _ E').
  - cbn [evaluate_stage] in H. unbind H. cbn [stage_value]. unfold maximum_values, values at 1.
    apply (map_result_ok _ _ (fun s => sum_value s xs) _ _) with (2 := H).
    intros gr s' _ E'. destruct gr as [|i gr]; [inversion E'; reflexivity|].
    unfold evaluate_maximum in E'. destruct (_ || _)%bool; [|discriminate].
    rewrite (maximum_of_all_ok _ _ _ _ E'), nth_values. reflexivity.
Qed.
Lemma evaluate_word_ok w : forall ss ts, evaluate_word w ss = Ok ts ->
  values ts = word_value w (values ss).
Proof.
  unfold evaluate_word, word_value. induction w as [|s w IH]; simpl; intros ss ts H.
  - inversion H; reflexivity.
  - destruct (evaluate_stage s ss) as [us| |] eqn:E.
    + rewrite (IH _ _ H), (evaluate_stage_ok _ _ _ E). reflexivity.
    + exfalso. clear - H. induction w; simpl in H; [discriminate|auto].
    + exfalso. clear - H. induction w; simpl in H; [discriminate|auto].
Qed.
Lemma input_sums_ok n : forall from ss, (0 <= from)%Z -> input_sums (count n from) = Ok ss ->
  values ss = map (fun i => nth (Z.to_nat i) xs 0) (count n from).
Proof.
  induction n as [|n IH]; simpl; intros from ss Hf H; [inversion H; reflexivity|].
  unbind H. inversion H. unfold values in *. simpl. rewrite as_sum_ok, (trim_ok _ _ _ E).
  rewrite value_identity. f_equal; [simpl; ring|]. apply IH; auto. lia.
Qed.
Lemma count_nth (l : list R) : forall from,
  map (fun i => nth (Z.to_nat (i - from)) l 0) (count (length l) from) = l.
Proof.
  induction l as [|x l IH]; intros from; simpl; [reflexivity|]. f_equal.
  - rewrite Z.sub_diag. reflexivity.
  - rewrite <- (IH (from + 1)%Z) at 2. apply map_ext_in. intros i Hi.
    assert (from + 1 <= i)%Z.
    { clear - Hi. revert Hi. generalize (from + 1)%Z. induction (length l) as [|n IHn]; simpl; [tauto|].
      intros z [->|Hi]; [lia|]. apply IHn in Hi. lia. }
    replace (Z.to_nat (i - from)) with (S (Z.to_nat (i - (from + 1)))) by lia. reflexivity.
Qed.
Lemma compare_sums_ok ss : forall ts u, compare_sums ss ts = Ok u -> values ss = values ts.
Proof.
  induction ss as [|s ss IH]; intros [|t ts] u H; simpl in H; try discriminate; [reflexivity|].
  unbind H. unfold values in *. simpl. rewrite (IH _ _ H). f_equal.
  destruct (same_sums s t) eqn:Same; [apply same_sums_ok, Same|].
  apply (vanishes_ok _ _ xs) in E. rewrite sum_value_add, sum_value_scale, val_m1 in E. lra.
Qed.
End Evaluation.

Definition check_window (dom : domain) (n : nat) (left right : word) : result unit :=
  let? inputs := input_sums dom (count n 0) in
  let? ls := evaluate_word dom left inputs in
  let? rs := evaluate_word dom right inputs in
  compare_sums ls rs.

Lemma input_values {N : Normal_distribution} dom n inputs xs : length xs = n -> in_domain dom xs ->
  input_sums dom (count n 0) = Ok inputs -> values xs inputs = xs.
Proof.
  intros Hn Hd E. rewrite (input_sums_ok dom xs Hd n 0 inputs) by (lia || exact E). subst n.
  transitivity (map (fun i => nth (Z.to_nat (i - 0)) xs 0) (count (length xs) 0)).
  - apply map_ext. intros i. rewrite Z.sub_0_r. reflexivity.
  - apply count_nth.
Qed.
Theorem window_sound {N : Normal_distribution} dom n left right u :
  check_window dom n left right = Ok u ->
  forall xs, length xs = n -> in_domain dom xs -> word_value left xs = word_value right xs.
Proof.
  unfold check_window. intros H xs Hn Hd. unbind H.
  pose proof (input_values dom n a xs Hn Hd E) as V. rewrite <- V at 1 2.
  rewrite <- (evaluate_word_ok dom xs Hd _ _ _ E0), <- (evaluate_word_ok dom xs Hd _ _ _ E1).
  apply (compare_sums_ok _ _ _ _ H).
Qed.
