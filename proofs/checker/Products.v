(** * Words of products: every output is a monomial in the inputs *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result Functions Networks Sums Polynomial_parts.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** The product of two monomials. *)
Definition monomial_product (m n : monomial) : monomial := fold_right monomial_times n m.
Definition group_monomial (ms : list monomial) (g : list nat) : monomial :=
  fold_right (fun i m => monomial_product (nth i ms [0%Z]) m) [] g.
Fixpoint monomials (w : word) (ms : list monomial) : result (list monomial) :=
  match w with
  | [] => Ok ms
  | Product c groups :: w' =>
      let? _ := need (Nat.eqb c (length ms) && forallb (forallb (fun i => Nat.ltb i c)) groups)
        "an index of a product" in
      let next := map (group_monomial ms) groups in
      let? _ := need (forallb (fun m => Z.leb (Z.of_nat (length m)) 4096) next) "too many factors" in
      monomials w' next
  | _ => Invalid "a stage that is no product"
  end.
Fixpoint same_monomials (ms ns : list monomial) : bool :=
  match ms, ns with
  | [], [] => true
  | m :: ms', n :: ns' =>
      match monomial_compare m n with Eq => same_monomials ms' ns' | _ => false end
  | _, _ => false
  end.
Definition check_products (n : nat) (left_ right_ : word) : result unit :=
  let inputs := map (fun i => [Z.of_nat i]) (seq 0 n) in
  let? ms := monomials left_ inputs in
  let? ns := monomials right_ inputs in
  need (same_monomials ms ns) "the sides multiply other inputs".

Section Soundness.
Context {N : Normal_distribution}.
Variable xs : list R.
Definition monomial_values (ms : list monomial) : list R := map (fun m => monomial_value m xs) ms.

Lemma monomial_product_ok m n :
  monomial_value (monomial_product m n) xs = monomial_value m xs * monomial_value n xs.
Proof.
  unfold monomial_product. induction m as [|i m IH]; simpl; [ring|].
  rewrite monomial_times_ok, IH. ring.
Qed.
Lemma group_monomial_ok ms g : forallb (fun i => Nat.ltb i (length ms)) g = true ->
  monomial_value (group_monomial ms g) xs
  = fold_right (fun i y => nth i (monomial_values ms) 0 * y) 1 g.
Proof.
  unfold group_monomial. induction g as [|i g IH]; simpl; intros H; [reflexivity|].
  apply andb_prop in H. destruct H as [Hi H]. apply Nat.ltb_lt in Hi.
  rewrite monomial_product_ok, IH by auto. f_equal.
  unfold monomial_values. rewrite (nth_indep _ 0 (monomial_value [0%Z] xs)) by (rewrite map_length; auto).
  symmetry. apply (map_nth (fun m => monomial_value m xs)).
Qed.
Lemma monomials_ok w : forall ms ns, monomials w ms = Ok ns ->
  monomial_values ns = word_value w (monomial_values ms).
Proof.
  induction w as [|s w IH]; simpl; intros ms ns H; [inversion H; reflexivity|].
  destruct s; try discriminate. unbind H. apply need_ok in E. apply andb_prop in E.
  destruct E as [Ec Ei]. apply Nat.eqb_eq in Ec. subst columns. rewrite (IH _ _ H). f_equal.
  unfold monomial_values at 1. simpl. unfold product_values. rewrite map_map. apply map_ext_in.
  intros g Hg. rewrite forallb_forall in Ei. apply group_monomial_ok, Ei, Hg.
Qed.
Lemma same_monomials_ok ms : forall ns, same_monomials ms ns = true -> ms = ns.
Proof.
  induction ms as [|m ms IH]; intros [|n ns] H; simpl in H; try discriminate; [reflexivity|].
  destruct (monomial_compare m n) eqn:C; try discriminate. apply monomial_compare_eq in C.
  rewrite C, (IH _ H). reflexivity.
Qed.
Lemma inputs_ok : monomial_values (map (fun i => [Z.of_nat i]) (seq 0 (length xs))) = xs.
Proof.
  unfold monomial_values. rewrite map_map.
  transitivity (map (fun i => nth i xs 0) (seq 0 (length xs))).
  - apply map_ext. intros i. simpl. rewrite Nat2Z.id. ring.
  - clear. induction xs as [|x l IH]; simpl; [reflexivity|]. f_equal.
    rewrite <- seq_shift, map_map. exact IH.
Qed.
End Soundness.

Theorem products_sound {N : Normal_distribution} n left_ right_ u :
  check_products n left_ right_ = Ok u ->
  forall xs, length xs = n -> word_value left_ xs = word_value right_ xs.
Proof.
  unfold check_products. intros H xs <-. unbind H. apply need_ok, same_monomials_ok in H. subst.
  apply (monomials_ok xs) in E, E0. rewrite (inputs_ok xs) in E, E0. congruence.
Qed.
