(** * A certified KAN is an MLP

    Joins the checker to the theorem on stacks: where the right network of an accepted
    certificate is a word Affine, ReLU^p, Affine, ..., Affine, the left one has, over the reals,
    the value of a plain MLP with explicit matrices and biases. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu Vectors ComposeAffine.
From KanCheck Require Import Result Rational Functions Calculus Bases LinearMaps Networks Definedness Json Files
  Claims Verdict.
Import ListNotations.
Open Scope list_scope.
Open Scope R_scope.

(** ** The matrix of a linear map: its rows, from what it does to unit vectors *)
Fixpoint unit_vectors (n : nat) : list vec :=
  match n with O => [] | S m => (1 :: repeat 0 m) :: map (cons 0) (unit_vectors m) end.
Definition matrix (m : linear_map) : mat :=
  apply [] vadd (fun q v => vscale (Q2R q) v) m (unit_vectors (inputs m)).

Lemma dot_zeros n x : dot (repeat 0 n) x = 0.
Proof. revert x; induction n as [|n IH]; intros [|y x]; simpl; auto. rewrite IH. ring. Qed.
Lemma dot_unit_vectors x : map (fun e => dot e x) (unit_vectors (length x)) = x.
Proof.
  induction x as [|y x IH]; simpl; [reflexivity|]. f_equal.
  - rewrite dot_zeros. ring.
  - rewrite map_map. rewrite <- IH at 2. apply map_ext. intros e. simpl. ring.
Qed.
Theorem matrix_ok : forall m x, length x = inputs m -> apply_real m x = matvec (matrix m) x.
Proof.
  intros m x L. unfold matvec, matrix.
  rewrite (apply_homomorphism [] vadd (fun q v => vscale (Q2R q) v) (fun e => dot e x)).
  - rewrite <- L, dot_unit_vectors. reflexivity.
  - reflexivity.
  - intros. apply dot_vadd_l.
  - intros. apply dot_vscale.
Qed.

(** ** Words that are MLPs *)
Definition affine_of (w : linear_map) (bias : Z -> Q) : Vectors.affine :=
  (matrix w, map (fun o => Q2R (bias o)) (count (outputs w) 0)).
Definition relu_power (p : nat) (n : nat) : stage :=
  Bank [Truncated_power [(0%Q, p)]] (repeat 0%nat n).
Inductive mlp_word (p : nat) : nat -> word -> list Vectors.affine -> Prop :=
| Last n w b : inputs w = n -> mlp_word p n [Affine w b] [affine_of w b]
| Hidden n w b rest maps : inputs w = n -> mlp_word p (outputs w) rest maps ->
    mlp_word p n (Affine w b :: relu_power p (outputs w) :: rest) (affine_of w b :: maps).

Section Words.
Context {N : Normal_distribution}.
Lemma add_bias_vadd b ys : forall o,
  add_bias b o ys = vadd ys (map (fun i => Q2R (b i)) (count (length ys) o)).
Proof. induction ys as [|y ys IH]; intros o; simpl; [reflexivity|]. rewrite IH. reflexivity. Qed.
Lemma affine_stage w b x : length x = inputs w ->
  stage_value (Affine w b) x = apply_affine (affine_of w b) x.
Proof.
  intros L. cbn [stage_value]. rewrite add_bias_vadd. unfold apply_affine, affine_of. simpl.
  rewrite <- (matrix_ok w x L). unfold apply_real at 2. rewrite apply_length. reflexivity.
Qed.
Lemma relu_power_stage p x : (1 <= p)%nat -> stage_value (relu_power p (length x)) x = units p x.
Proof.
  intros Hp. unfold relu_power, units. cbn [stage_value]. induction x as [|y x IH]; [reflexivity|].
  simpl in *. f_equal; [|exact IH].
  replace (y - Q2R 0) with y by (rewrite val_0; ring). apply step_power_relu. assumption.
Qed.
Lemma mlp_word_cons p n w maps : mlp_word p n w maps -> exists L rest, maps = L :: rest.
Proof. intros []; eauto. Qed.

Theorem mlp_word_is_mlp : forall p n w maps, (1 <= p)%nat -> mlp_word p n w maps ->
  forall x, length x = n -> word_value w x = mlp (units p) maps x.
Proof.
  intros p n w maps Hp H. induction H as [n w b Hn|n w b rest maps Hn H IH]; intros x L.
  - unfold word_value. cbn [fold_left]. apply affine_stage. congruence.
  - unfold word_value in *. cbn [fold_left].
    assert (A : stage_value (Affine w b) x = apply_affine (affine_of w b) x)
      by (apply affine_stage; congruence).
    pose proof (stage_value_length (Affine w b) x) as Len. cbn [stage_outputs] in Len.
    rewrite <- Len at 1. rewrite relu_power_stage by assumption.
    rewrite IH by (unfold units; rewrite map_length; exact Len).
    rewrite A. destruct (mlp_word_cons _ _ _ _ H) as (M & more & ->). reflexivity.
Qed.

Lemma mlp_word_defined p n w maps : mlp_word p n w maps -> forall x, word_defined w x.
Proof.
  intros H. apply word_total. induction H as [n w b Hn|n w b rest maps Hn H IH]; [reflexivity|exact IH].
Qed.
(** Accepted, and the right side is such a word: the left side is this MLP, on all of R^n. *)
Theorem certified_kan_is_mlp {B : Buffers} : forall j l r t used n v w p maps,
  check j = Ok (Equal l r [], []) -> objects_of j = Ok (t, used) ->
  network_word t l = Ok (n, v) -> network_word t r = Ok (n, w) ->
  (1 <= p)%nat -> mlp_word p n w maps ->
  forall x, length x = n -> word_defined v x /\ word_value v x = mlp (units p) maps x.
Proof.
  intros j l r t used n v w p maps C O Hl Hr Hp M x L.
  destruct (check_sound j _ C) as (t' & used' & O' & n' & v' & w' & [Hl' Hr'] & E).
  rewrite O in O'. inversion O'; subst t' used'. rewrite Hl in Hl'. rewrite Hr in Hr'.
  inversion Hl'; inversion Hr'; subst. destruct (E x eq_refl I) as [D V].
  assert (Dv : word_defined v' x) by (apply D, (mlp_word_defined _ _ _ _ M)).
  split; [exact Dv|]. rewrite V by exact Dv. eapply mlp_word_is_mlp; eauto.
Qed.

(** ** Layers with a certificate each are one MLP

    Every layer has a certificate of its own that says that it is Linear, ReLU^p, Linear; as many
    outputs of a layer as inputs of the next. *)
Inductive certified_layers (p : nat) : nat -> list word -> list (Vectors.affine * Vectors.affine) -> Prop :=
| No_layer n : certified_layers p n [] []
| Certified_layer (B : Buffers) n j l r t used v w E L vs rest :
    check j = Ok (Equal l r [], []) -> objects_of j = Ok (t, used) ->
    network_word t l = Ok (n, v) -> network_word t r = Ok (n, w) -> mlp_word p n w [E; L] ->
    certified_layers p (length (snd L)) vs rest -> certified_layers p n (v :: vs) ((E, L) :: rest).

Lemma count_length n : forall o, length (count n o) = n.
Proof. induction n as [|n IH]; intros o; simpl; auto. Qed.
Lemma two_maps_length p n w E L : mlp_word p n w [E; L] -> forall x,
  length (apply_affine L x) = length (snd L).
Proof.
  intros H x. inversion H as [|? w1 ? ? ? ? H']; subst. inversion H' as [? w2 ? ? |? ? ? ? ? ? H'']; subst.
  - unfold apply_affine, affine_of, matvec. cbn [fst snd].
    assert (G : forall a b : vec, length a = length b -> length (vadd a b) = length b).
    { induction a as [|y a IH]; intros [|z c] Q; simpl in *; try discriminate; auto. }
    apply G. rewrite !map_length, count_length. unfold matrix. apply apply_length.
  - inversion H''.
Qed.

Theorem certified_layers_are_one_mlp : forall p n vs layers, (1 <= p)%nat ->
  certified_layers p n vs layers -> forall x, length x = n ->
  word_defined (concat vs) x /\ word_value (concat vs) x = mlp (units p) (sequential layers) x.
Proof.
  intros p n vs layers Hp H x Hx. split.
  { revert x Hx. induction H as [n|B n j l r t used v w E L vs rest C O Hl Hr M _ IH]; intros x Hx; [exact I|].
    destruct (certified_kan_is_mlp j l r t used n v w p [E; L] C O Hl Hr Hp M x Hx) as [D V].
    simpl. apply word_defined_app. split; [exact D|]. apply IH. rewrite V.
    apply (two_maps_length p n w E L M). }
  rewrite <- (equal_layers_are_one_mlp (units p) n (map word_value vs)).
  - unfold in_turn, word_value. clear H Hx. revert x. induction vs as [|v vs IH]; intros x; simpl; auto.
    rewrite fold_left_app. apply IH.
  - clear x Hx. induction H as [n|B n j l r t used v w E L vs rest C O Hl Hr M _ IH]; simpl; [constructor|].
    apply Layer with (length (snd L)); [|exact IH]. intros x Hx.
    destruct (certified_kan_is_mlp j l r t used n v w p [E; L] C O Hl Hr Hp M x Hx) as [_ ->].
    split; [reflexivity|]. apply (two_maps_length p n w E L M).
  - assumption.
Qed.
End Words.
