(** * Rule [maxout_pair]

    A sum of maxima is the maximum of all sums; so a layer whose edges are differences of two
    maxima is one difference of two maxima (Goodfellow et al., Maxout networks, 2013). *)
From Coq Require Import Reals List Lra.
Import ListNotations.
Open Scope R_scope.

(** m is the greatest of a list. *)
Definition is_max (l : list R) (m : R) : Prop := In m l /\ forall x, In x l -> x <= m.

Lemma is_max_unique l m n : is_max l m -> is_max l n -> m = n.
Proof.
  intros [Hm Am] [Hn An]. apply Rle_antisym; [apply An|apply Am]; assumption.
Qed.

Definition sums (p q : list R) : list R := map (fun c => fst c + snd c) (list_prod p q).

Theorem sum_of_maxima : forall p q m n,
  is_max p m -> is_max q n -> is_max (sums p q) (m + n).
Proof.
  intros p q m n [Hm Am] [Hn An]. unfold sums. split.
  - apply in_map_iff. exists (m, n). split; [reflexivity|]. apply in_prod; assumption.
  - intros x Hx. apply in_map_iff in Hx as ((u, v) & <- & H). apply in_prod_iff in H as [Hu Hv].
    simpl. pose proof (Am u Hu). pose proof (An v Hv). lra.
Qed.

(** The sums of one element of each list. *)
Fixpoint all_sums (ps : list (list R)) : list R :=
  match ps with [] => [0] | p :: rest => sums p (all_sums rest) end.
Definition total (ms : list R) : R := fold_right Rplus 0 ms.

Theorem maxout_pair : forall ps ms, Forall2 is_max ps ms -> is_max (all_sums ps) (total ms).
Proof.
  intros ps ms H. induction H as [|p m ps ms Hp _ IH]; simpl.
  - split; [left; reflexivity|]. intros x [<-|[]]. lra.
  - apply sum_of_maxima; assumption.
Qed.
