(** * The rows of a linear map

    A linear map is applied to the unit vectors, as sparse vectors of rationals: what comes out
    are its rows.  [rows_ok] says that the map is the product with these. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanCheck Require Import Rational Result LinearMaps.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** A sparse vector: column and entry, by increasing column. *)
Definition row := list (nat * Q).
Fixpoint row_add (r : row) : row -> row :=
  fix row_add_r (s : row) : row :=
    match r, s with
    | [], _ => s
    | _, [] => r
    | (i, p) :: r', (j, q) :: s' =>
      match Nat.compare i j with
      | Lt => (i, p) :: row_add r' s
      | Gt => (j, q) :: row_add_r s'
      | Eq => let e := plus p q in
              if is_zero e then row_add r' s' else (i, e) :: row_add r' s'
      end
    end.
Definition row_scale (q : Q) (r : row) : row :=
  if is_zero q then [] else map (fun ie => (fst ie, times q (snd ie))) r.
(** The same by gaps: how many columns to skip before each entry. *)
Fixpoint gaps (from : nat) (r : row) : result row :=
  match r with
  | [] => Ok []
  | (i, q) :: r' =>
      let? _ := need (Nat.leb from i) "the columns of a row" in
      let? rest := gaps (S i) r' in
      Ok ((i - from, q)%nat :: rest)
  end.
Definition rows (m : linear_map) : result (list row) :=
  map_result (gaps 0)
    (apply [] row_add row_scale m (map (fun i => [(i, 1%Q)]) (seq 0 (inputs m)))).

Fixpoint row_value (r : row) (xs : list R) : R :=
  match r with [] => 0 | (i, q) :: r' => Q2R q * nth i xs 0 + row_value r' xs end.
Fixpoint gap_value (r : row) (xs : list R) : R :=
  match r with
  | [] => 0
  | (i, q) :: r' => let ys := skipn i xs in Q2R q * hd 0 ys + gap_value r' (tl ys)
  end.

Section Soundness.
Variable xs : list R.
Lemma row_add_ok r : forall s, row_value (row_add r s) xs = row_value r xs + row_value s xs.
Proof.
  induction r as [|[i p] r IHr]; intros s.
  - destruct s; simpl; ring.
  - induction s as [|[j q] s IHs]; [simpl; ring|].
    change (row_value (match Nat.compare i j with
      | Lt => (i, p) :: row_add r ((j, q) :: s)
      | Gt => (j, q) :: row_add ((i, p) :: r) s
      | Eq => let e := plus p q in if is_zero e then row_add r s else (i, e) :: row_add r s
      end) xs = row_value ((i, p) :: r) xs + row_value ((j, q) :: s) xs).
    destruct (Nat.compare i j) eqn:C.
    + apply Nat.compare_eq in C. subst j. cbv zeta. destruct (is_zero (plus p q)) eqn:Z.
      * apply val_is_zero in Z. rewrite val_plus in Z. rewrite IHr. simpl.
        replace (Q2R q) with (- Q2R p) by lra. ring.
      * cbn [row_value]. rewrite IHr, val_plus. ring.
    + cbn [row_value]. rewrite IHr. cbn [row_value]. ring.
    + cbn [row_value]. rewrite IHs. cbn [row_value]. ring.
Qed.
Lemma row_scale_ok q r : row_value (row_scale q r) xs = Q2R q * row_value r xs.
Proof.
  unfold row_scale. destruct (is_zero q) eqn:Z.
  - apply val_is_zero in Z. rewrite Z. simpl. ring.
  - induction r as [|[i p] r IH]; simpl; [ring|]. rewrite val_times, IH. ring.
Qed.
Lemma skipn_skipn' {A} (l : list A) : forall i j, skipn i (skipn j l) = skipn (j + i) l.
Proof.
  induction l as [|a l IH]; intros i j; [destruct i, j; reflexivity|].
  destruct j as [|j]; simpl; auto.
Qed.
Lemma tl_skipn {A} (l : list A) i : tl (skipn i l) = skipn (S i) l.
Proof. revert i. induction l as [|a l IH]; intros [|i]; auto. simpl. rewrite IH. reflexivity. Qed.
Lemma hd_skipn (l : list R) i : hd 0 (skipn i l) = nth i l 0.
Proof. revert i. induction l as [|a l IH]; intros [|i]; simpl; auto. Qed.
Lemma gaps_ok r : forall from g, gaps from r = Ok g -> gap_value g (skipn from xs) = row_value r xs.
Proof.
  induction r as [|[i q] r IH]; intros from g H; simpl in H; [inversion H; reflexivity|].
  unbind H. inversion H; subst. apply need_ok, Nat.leb_le in E. cbn [gap_value row_value]. cbv zeta.
  rewrite skipn_skipn'. replace (from + (i - from))%nat with i by lia.
  rewrite hd_skipn, tl_skipn, (IH _ _ E0). reflexivity.
Qed.
Theorem rows_ok m rs : rows m = Ok rs -> length xs = inputs m ->
  apply_real m xs = map (fun r => gap_value r xs) rs.
Proof.
  unfold rows. intros H L.
  rewrite (map_result_ok _ (fun r => row_value r xs) (fun r => gap_value r xs) _ _) with (2 := H)
    by (intros; apply (gaps_ok a 0); assumption).
  rewrite (apply_homomorphism [] row_add row_scale (fun r => row_value r xs));
    auto using row_add_ok, row_scale_ok.
  rewrite map_map, <- L. f_equal. clear.
  transitivity (map (fun i => nth i xs 0) (seq 0 (length xs))).
  - induction xs as [|x l IH]; simpl; [reflexivity|]. f_equal.
    rewrite <- seq_shift, map_map. exact IH.
  - apply map_ext. intros i. simpl. rewrite val_1. ring.
Qed.
End Soundness.
