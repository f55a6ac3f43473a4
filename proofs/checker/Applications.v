(** * Linear maps applied to long vectors

    [applied] is [apply], with the entries of selections and the blocks of direct sums looked up
    in trees. *)
From Coq Require Import ZArith QArith List.
From KanCheck Require Import Lookup LinearMaps.
Import ListNotations.
Open Scope list_scope.

Section Applied.
Context {A : Type} (zero : A) (add : A -> A -> A) (scale : Q -> A -> A).
Definition nothing : nat * (list A -> list A) := (0%nat, fun _ => []).
Fixpoint in_turn (maps : list (nat * (list A -> list A))) (xs : list A) : list A :=
  match maps with
  | [] => []
  | (n, f) :: rest => f (take zero n xs) ++ in_turn rest (skipn n xs)
  end.
Fixpoint applied (m : linear_map) (xs : list A) : list A :=
  match m with
  | Dense _ _ _ => apply zero add scale m xs
  | Selection _ indices => entries_at zero indices xs
  | Blocks blocks chosen =>
      in_turn (entries_at nothing chosen (map (fun b => (inputs b, applied b)) blocks)) xs
  | Interleave groups parts =>
      apply_parts zero add (map (fun wm => (fst wm, applied (snd wm))) parts) (outputs m) 0
        (fold_right (fun wm n => (fst wm + n)%nat) 0%nat parts) groups xs
  | Then a b => applied b (applied a xs)
  end.

Lemma in_turn_ok maps others chosen :
  (forall b, fst (nth b maps nothing) = fst (nth b others nothing)
    /\ forall ys, snd (nth b maps nothing) ys = snd (nth b others nothing) ys) ->
  forall xs, in_turn (map (fun b => nth b maps nothing) chosen) xs = apply_blocks zero others chosen xs.
Proof.
  intros H. induction chosen as [|b chosen IH]; intros xs; [reflexivity|]. cbn [map in_turn apply_blocks].
  fold nothing. destruct (H b) as [F S]. destruct (nth b maps nothing) as [n f]. simpl in F, S. subst n.
  rewrite S, IH. reflexivity.
Qed.
Theorem applied_ok : forall m xs, applied m xs = apply zero add scale m xs.
Proof.
  induction m as [o c e|c i|bs chosen IH|g ps IH|a b IHa IHb] using linear_map_nested; intros xs.
  - reflexivity.
  - apply entries_at_ok.
  - cbn [applied apply]. rewrite entries_at_ok. apply in_turn_ok. intros b. revert b.
    induction IH as [|m bs Hm _ IHl]; intros [|b]; simpl; auto.
  - cbn [applied apply]. generalize (outputs (Interleave g ps)) as size. generalize 0%nat at 1 3 as offset.
    generalize (fold_right (fun wm n => (fst wm + n)%nat) 0%nat ps) as total. intros total offset size.
    revert offset. induction IH as [|[w m] ps Hm _ IHl]; intros offset; simpl; [reflexivity|].
    simpl in Hm. rewrite Hm, IHl. reflexivity.
  - simpl. rewrite IHb, IHa. reflexivity.
Qed.
End Applied.
