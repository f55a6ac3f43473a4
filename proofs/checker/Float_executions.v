(** * The model of float arithmetic has executions

    Exact arithmetic is one of them, so that a bound for all executions says something: of every
    layer some output is computed.  (Where the depth of sums is limited, there may be none.) *)
From Coq Require Import ZArith QArith Qreals Reals List Bool Lra Lia.
From KanCheck Require Import Functions Programs LinearMaps Float_model.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

Section Executions.
Context {N : Normal_distribution}.
Variable m : model.
Lemma exact_rounds z : rounds m z z.
Proof.
  unfold rounds. rewrite Rminus_eq_0, Rabs_R0.
  assert (0 < roundoff (format m)) by (apply Rinv_0_lt_compat, pow_lt; lra).
  assert (0 < least (format m)) by (apply Rinv_0_lt_compat, pow_lt; lra).
  pose proof (Rabs_pos z). nra.
Qed.
Lemma unflushed z : flushed m z z.
Proof. left. reflexivity. Qed.
Lemma exact_instruction held i : (0 <= ulps m)%Z -> exists r, computes_instruction m held i r.
Proof.
  intros U. pose proof exact_rounds as Ro. pose proof unflushed as Un.
  assert (Su : forall r, summand m r (fst r)) by (intros r; left; apply Un).
  destruct i as [c|k l|k l|k l|k l|k l|k|k|k|k n|k n]; cbn [computes_instruction].
  - exists (Q2R c, Q2R c). auto.
  - set (z := fst (nth k held (0, 0)) + fst (nth l held (0, 0))). exists (z, z). do 2 eexists. eauto.
  - set (z := fst (nth k held (0, 0)) - fst (nth l held (0, 0))). exists (z, z). do 2 eexists. eauto.
  - set (z := fst (nth k held (0, 0)) * fst (nth l held (0, 0))). exists (z, z).
    exists (fst (nth k held (0, 0))), (fst (nth l held (0, 0))). repeat split; try apply Un. apply Ro.
  - eexists (_, _). do 2 eexists. repeat split; apply Un.
  - eexists (_, _). do 2 eexists. repeat split; apply Un.
  - eexists (_, _). eexists. repeat split; apply Un.
  - eexists (_, _). eexists. repeat split; apply Un.
  - eexists (_, _). eexists. repeat split; apply Un.
  - set (f := atom_value n (fst (nth k held (0, 0)))). exists (f, f). exists (fst (nth k held (0, 0))).
    split; [apply Un|]. split; [reflexivity|]. cbn [fst]. fold f. rewrite Rminus_eq_0, Rabs_R0.
    assert (0 < roundoff (format m)) by (apply Rinv_0_lt_compat, pow_lt; lra).
    assert (0 < least (format m)) by (apply Rinv_0_lt_compat, pow_lt; lra).
    assert (0 <= floor_of n). { destruct n; simpl; try lra; left; apply Rinv_0_lt_compat; lra. }
    apply IZR_le in U. pose proof (Rabs_pos f).
    apply Rplus_le_le_0_compat; [|lra]. repeat apply Rmult_le_pos; lra.
  - eauto.
Qed.
Lemma some_registers p : (0 <= ulps m)%Z -> forall held, exists all, computes_registers m p held all.
Proof.
  intros U. induction p as [|i p IH]; intros held; [exists held; constructor|].
  destruct (exact_instruction held i U) as (r & R). destruct (IH (held ++ [r])) as (all & A).
  exists all. econstructor; eassumption.
Qed.
Lemma some_sum ts divides : depth m = 0%nat -> exists s, computes_sum m ts divides s.
Proof.
  intros D.
  assert (G : (Forall (fun wx => fst wx = 0) ts) \/ exists h s, summed m ts h 0 s).
  { induction ts as [|[w x] ts IH]; [left; constructor|].
    destruct (Req_EM_T w 0) as [->|W]; destruct IH as [Z|(h & s & Su)].
    - left. constructor; [reflexivity|exact Z].
    - right. exists h, s. apply (Sum_zero m x ts h 0 s s Su (unflushed s)).
    - right. exists 0%nat, (w * x).
      assert (One : summed m [(w, x)] 0 0 (w * x)) by (apply Sum_product; [exact W|apply exact_rounds]).
      assert (P : summed m (ts ++ [(w, x)]) 0 0 (w * x)).
      { induction Z as [|[v y] ts E _ IH]; [exact One|]. cbn [fst] in E. subst v.
        apply (Sum_zero m y _ 0 0 _ _ IH (unflushed _)). }
      apply (Sum_order m _ _ 0 0 _ P). apply Permutation.Permutation_sym, Permutation.Permutation_cons_append.
    - right. exists (S h), (w * x + s). apply (Sum_fused m w x ts h 0 s s); auto using unflushed, exact_rounds. }
  destruct G as [Z|(h & s & Su)].
  - exists 0. left. auto.
  - exists s. right. exists h, 0%nat. repeat split; [exact Su|left; exact D|lia].
Qed.
Lemma some_list {A} (P : nat -> A -> Prop) n : (forall o, exists a, P o a) ->
  exists l, length l = n /\ forall o d, (o < n)%nat -> P o (nth o l d).
Proof.
  intros H. induction n as [|n (l & Ln & G)]; [exists []; split; [reflexivity|intros; lia]|].
  destruct (H n) as (a & Pa). exists (l ++ [a]). split; [rewrite app_length; simpl; lia|].
  intros o d O. destruct (Nat.eq_dec o n) as [->|Ne].
  - rewrite app_nth2, Ln, Nat.sub_diag by lia. exact Pa.
  - rewrite app_nth1 by lia. apply G. lia.
Qed.
Theorem some_execution : depth m = 0%nat -> (0 <= ulps m)%Z -> forall ls xs, exists ys, computes m ls xs ys.
Proof.
  intros D U. induction ls as [|l ls IH]; intros xs; [exists xs; constructor|].
  assert (L : exists ys, computes_layer m l xs ys).
  { set (qxs := flat_map (fun px => map (fun p => (p, snd px)) (fst px)) (combine (programs l) xs)).
    assert (C : exists columns, Forall2 (fun p y => computes_program m (fst p) (snd p) y) qxs columns).
    { induction qxs as [|[q x] qxs (cs & C)]; [exists []; constructor|].
      destruct (some_registers q U [(x, x)]) as (all & A).
      exists (fst (last all (0, 0)) :: cs). constructor; [|exact C]. exists all. auto. }
    destruct C as (columns & C).
    destruct (some_list (fun o s => computes_sum m (terms l columns o) (divides_somewhere l) s)
      (outputs (weight l)) (fun o => some_sum _ _ D)) as (ys & Ly & G).
    exists ys, columns. split; [exact C|]. split; [exact Ly|]. intros o O.
    exists (terms l columns o). split; [|apply G; congruence].
    generalize (terms l columns o) as ts. intros ts. induction ts as [|t ts IHt]; constructor; [|exact IHt].
    split; apply unflushed. }
  destruct L as (ys & L). destruct (IH ys) as (zs & Z). exists zs. econstructor; eassumption.
Qed.
End Executions.
