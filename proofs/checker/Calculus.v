(** * Operations on univariate functions: evaluation, substitution, cutting, composition

    Each is the linear map given by the image of every generator, or is built from cells; each
    has one theorem that says what function it computes. *)
From Coq Require Import ZArith QArith Qreals Reals String List Bool Lra Lia.
From KanEquiv Require Import Relu Atoms.
From KanCheck Require Import Rational Result Logarithm Functions Roots.
Import ListNotations.
Open Scope R_scope.

(** ** Polynomials, as coefficients in ascending powers *)
Fixpoint coefficients_add (cs ds : list Q) : list Q :=
  match cs, ds with
  | [], _ => ds | _, [] => cs
  | c :: cs', d :: ds' => plus c d :: coefficients_add cs' ds'
  end.
(** Those of (a z + b)^k. *)
Fixpoint binomial (k : nat) (a b : Q) : list Q :=
  match k with
  | O => [1%Q]
  | S j => let cs := binomial j a b in
           coefficients_add (map (times b) cs) (0%Q :: map (times a) cs)
  end.
(** Those of p(a + b z), by Horner's rule. *)
Fixpoint affine_argument (p : list Q) (a b : Q) : list Q :=
  match p with
  | [] => []
  | c :: p' =>
      let r := affine_argument p' a b in
      coefficients_add (map (times a) r) (c :: map (times b) r)
  end.
Fixpoint polynomial_at (p : list Q) (x : Q) : Q :=
  match p with [] => 0%Q | c :: p' => plus c (times x (polynomial_at p' x)) end.
(** sum_i c_i x^i, and the same in (x - t) right of t; i counts from [from]. *)
Fixpoint powers (from : nat) (cs : list Q) : function :=
  match cs with
  | [] => []
  | c :: cs' => if is_zero c then powers (S from) cs' else (Pow from, c) :: powers (S from) cs'
  end.
Fixpoint steps (t : Q) (from : nat) (cs : list Q) : function :=
  match cs with
  | [] => []
  | c :: cs' => if is_zero c then steps t (S from) cs' else (Step t from, c) :: steps t (S from) cs'
  end.

(** sum_i c_i x^i / q(x)^k right of t. *)
Fixpoint ratios (q : list Q) (k : nat) (t : option Q) (from : nat) (cs : list Q) : function :=
  match cs with
  | [] => []
  | c :: cs' => if is_zero c then ratios q k t (S from) cs'
                else (Ratio q k t from, c) :: ratios q k t (S from) cs'
  end.

Lemma polynomial_scale q cs z : polynomial (map (times q) cs) z = Q2R q * polynomial cs z.
Proof. induction cs as [|c cs IH]; simpl; [ring|]. rewrite val_times, IH. ring. Qed.
Lemma polynomial_add cs ds z :
  polynomial (coefficients_add cs ds) z = polynomial cs z + polynomial ds z.
Proof.
  revert ds; induction cs as [|c cs IH]; intros [|d ds]; simpl; try ring.
  rewrite val_plus, IH. ring.
Qed.
Lemma binomial_ok k a b z : polynomial (binomial k a b) z = (Q2R a * z + Q2R b) ^ k.
Proof.
  induction k as [|k IH]; [cbn; rewrite val_1; ring|]. cbn [binomial]. cbv zeta.
  rewrite polynomial_add. cbn [polynomial].
  rewrite !polynomial_scale, IH, val_0. simpl. ring.
Qed.
Lemma affine_argument_ok p a b z :
  polynomial (affine_argument p a b) z = polynomial p (Q2R a + Q2R b * z).
Proof.
  induction p as [|c p IH]; [reflexivity|]. cbn [affine_argument]. cbv zeta.
  rewrite polynomial_add. cbn [polynomial]. rewrite !polynomial_scale, IH. ring.
Qed.
Lemma polynomial_at_ok p x : Q2R (polynomial_at p x) = polynomial p (Q2R x).
Proof.
  induction p as [|c p IH]; simpl; [apply val_0|]. rewrite val_plus, val_times, IH. reflexivity.
Qed.

Section Calculus.
Context {N : Normal_distribution}.

Lemma value_powers cs : forall i x, value (powers i cs) x = x ^ i * polynomial cs x.
Proof.
  induction cs as [|c cs IH]; intros i x; cbn [powers polynomial]; [simpl; ring|].
  destruct (is_zero c) eqn:Z.
  - apply val_is_zero in Z. rewrite IH, Z. simpl. ring.
  - cbn [value generator_value]. rewrite IH. simpl. ring.
Qed.
Lemma value_steps t cs : forall i x, value (steps t i cs) x
  = if Rlt_dec x (Q2R t) then 0 else (x - Q2R t) ^ i * polynomial cs (x - Q2R t).
Proof.
  induction cs as [|c cs IH]; intros i x; cbn [steps polynomial].
  - simpl. destruct (Rlt_dec x (Q2R t)); ring.
  - destruct (is_zero c) eqn:Z.
    + apply val_is_zero in Z. rewrite IH, Z. destruct (Rlt_dec x (Q2R t)); simpl; ring.
    + cbn [value generator_value]. rewrite IH. destruct (Rlt_dec x (Q2R t)).
      * rewrite step_power_neg by lra. ring.
      * rewrite step_power_pos by lra. simpl. ring.
Qed.

Lemma right_part_0 t x : right_part t x 0 = 0.
Proof. destruct t as [t|]; simpl; [|reflexivity]. destruct (Rlt_dec x (Q2R t)); reflexivity. Qed.
Lemma right_part_linear t x a y z :
  right_part t x (a * y + z) = a * right_part t x y + right_part t x z.
Proof. destruct t as [t|]; simpl; [|reflexivity]. destruct (Rlt_dec x (Q2R t)); ring. Qed.
Lemma value_ratios q k t cs : forall i x, value (ratios q k t i cs) x
  = right_part t x (x ^ i * polynomial cs x / polynomial q x ^ k).
Proof.
  induction cs as [|c cs IH]; intros i x; cbn [ratios polynomial].
  - unfold Rdiv. rewrite Rmult_0_r, Rmult_0_l, right_part_0. reflexivity.
  - replace (x ^ i * (Q2R c + x * polynomial cs x) / polynomial q x ^ k)
      with (Q2R c * (x ^ i / polynomial q x ^ k) + x ^ S i * polynomial cs x / polynomial q x ^ k)
      by (simpl; unfold Rdiv; ring).
    rewrite right_part_linear, <- IH. destruct (is_zero c) eqn:Z; [|reflexivity].
    apply val_is_zero in Z. rewrite Z. ring.
Qed.

(** ** Evaluation at a rational *)
Definition at_zero (n : atom) : Q :=
  match n with
  | Sigmoid => 1 # 2 | Silu => 0 | Tanh => 0 | Exp => 1 | Gelu => 0 | Gaussian => 1
  | Sin => 0 | Cos => 1 | Log => 0 | Sqrt => 0
  end.
Definition generator_at (g : generator) (x : Q) : result Q :=
  match g with
  | Pow k => Ok (power x k)
  | Step t k => Ok (if less x t then 0%Q else power (minus x t) k)
  | Point t => Ok (if equal x t then 1%Q else 0%Q)
  | Atom n a b =>
      let z := plus (times a x) b in
      if is_partial n then rational_value n z
      else if is_zero z then Ok (at_zero n)
      else Invalid "an atom has no rational value: atoms need an affine argument"
  | Ratio q k t j =>
      let d := power (polynomial_at q x) k in
      Ok (if match t with Some s => less x s | None => false end || is_zero d then 0%Q
          else divided (power x j) d)
  end.
Fixpoint evaluate (f : function) (x : Q) : result Q :=
  match f with
  | [] => Ok 0%Q
  | (g, c) :: f' =>
      let? v := generator_at g x in let? rest := evaluate f' x in Ok (plus (times c v) rest)
  end.

Lemma value_at_zero n : Q2R (at_zero n) = atom_value n 0.
Proof.
  destruct n; simpl.
  - unfold sigmoid. rewrite Ropp_0, exp_0. unfold Q2R; simpl. lra.
  - unfold silu. rewrite val_0. ring.
  - unfold tanh, sinh. rewrite Ropp_0, exp_0, val_0. unfold Rdiv. ring.
  - rewrite exp_0. apply val_1.
  - unfold gelu. rewrite val_0. ring.
  - unfold gaussian. rewrite val_1. replace (- (0 * 0)) with 0 by ring. rewrite exp_0. reflexivity.
  - rewrite sin_0. apply val_0.
  - rewrite cos_0. apply val_1.
  - rewrite log_nonpositive by lra. apply val_0.
  - rewrite sqrt_0. apply val_0.
Qed.
Lemma generator_at_ok g x v : generator_at g x = Ok v -> Q2R v = generator_value g (Q2R x).
Proof.
  destruct g as [k|t k|t|n a b|q k t j]; simpl; intros H.
  - inversion H. apply val_power.
  - inversion H. decide_less x t.
    + rewrite step_power_neg by lra. apply val_0.
    + rewrite step_power_pos by lra. rewrite val_power, val_minus. reflexivity.
  - inversion H. destruct (equal x t) eqn:E.
    + apply val_equal in E. destruct (Req_EM_T (Q2R x) (Q2R t)); [apply val_1|contradiction].
    + apply val_not_equal in E.
      destruct (Req_EM_T (Q2R x) (Q2R t)); [contradiction|apply val_0].
  - replace (Q2R a * Q2R x + Q2R b) with (Q2R (plus (times a x) b))
      by (rewrite val_plus, val_times; reflexivity).
    destruct (is_partial n); [apply rational_value_ok, H|].
    destruct (is_zero _) eqn:Z; [|discriminate]. inversion H. subst.
    apply val_is_zero in Z. rewrite Z. apply value_at_zero.
  - inversion H; clear H; subst v. set (d := power (polynomial_at q x) k) in *.
    assert (D : Q2R (if is_zero d then 0%Q else divided (power x j) d)
                = Q2R x ^ j / polynomial q (Q2R x) ^ k).
    { rewrite <- polynomial_at_ok, <- (val_power (polynomial_at q x) k). fold d. destruct (is_zero d) eqn:Z.
      - apply val_is_zero in Z. rewrite Z, val_0. unfold Rdiv. rewrite Rinv_0. ring.
      - assert (Q2R d <> 0) by (rewrite <- val_is_zero; congruence).
        rewrite val_divided, val_power by assumption. reflexivity. }
    rewrite <- D. destruct t as [s|]; simpl; [|reflexivity].
    decide_less x s; simpl; destruct (Rlt_dec (Q2R x) (Q2R s)); try lra; auto using val_0.
Qed.
Lemma evaluate_ok f x v : evaluate f x = Ok v -> Q2R v = value f (Q2R x).
Proof.
  revert v; induction f as [|[g c] f IH]; simpl; intros v H.
  - inversion H. apply val_0.
  - unbind H. inversion H; subst. rewrite val_plus, val_times.
    rewrite (generator_at_ok _ _ _ E), (IH _ E0). reflexivity.
Qed.

(** ** Atoms of an affine argument, in normal form

    n(-z) = c n(z) + d + e z for the atoms below; tanh is a sigmoid; silu and gaussian of a
    constant are sigmoid and exp of one. *)
Definition reflection (n : atom) : option (Q * Q * Q) :=
  match n with
  | Sigmoid => Some (-1, 1, 0)%Q
  | Silu | Gelu => Some (1, 0, -1)%Q
  | Gaussian | Cos => Some (1, 0, 0)%Q
  | Sin => Some (-1, 0, 0)%Q
  | Tanh | Exp | Log | Sqrt => None
  end.
Definition negative (a b : Q) : bool := if is_zero a then less b 0 else less a 0.
Definition plain_atom (n : atom) (a b : Q) : function :=
  if is_zero a && is_zero b then constant (at_zero n)
  else match negative a b, reflection n with
       | true, Some (c, d, e) =>
           add (scale c (single (Atom n (opposite a) (opposite b))))
               (powers 0 [minus d (times e b); opposite (times e a)])
       | _, _ => single (Atom n a b)
       end.
Definition atom_of_affine (n : atom) (a b : Q) : function :=
  match n with
  | Tanh => subtract (scale 2 (plain_atom Sigmoid (times 2 a) (times 2 b))) (constant 1)
  | Silu => if is_zero a then scale b (plain_atom Sigmoid a b) else plain_atom n a b
  | Gaussian =>
      if is_zero a then plain_atom Exp a (opposite (times b b)) else plain_atom n a b
  | Log => if is_zero a then log_of_rational b else plain_atom n a b
  | Sqrt => root_of_affine a b
  | _ => plain_atom n a b
  end.

Lemma reflection_ok n c d e z : reflection n = Some (c, d, e) ->
  atom_value n (- z) = Q2R c * atom_value n z + Q2R d + Q2R e * z.
Proof.
  destruct n; simpl; intros H; inversion H; subst; rewrite ?val_m1, ?val_0, ?val_1.
  - rewrite sigmoid_turn. ring.
  - rewrite silu_turn. ring.
  - unfold gelu. rewrite Phi_turn. ring.
  - rewrite gaussian_even. ring.
  - rewrite sin_neg. ring.
  - rewrite cos_neg. ring.
Qed.
Lemma plain_atom_ok n a b x : value (plain_atom n a b) x = atom_value n (Q2R a * x + Q2R b).
Proof.
  unfold plain_atom. destruct (_ && _) eqn:Z.
  - apply andb_prop in Z. destruct Z as [Za Zb]. apply val_is_zero in Za, Zb.
    rewrite value_constant, Za, Zb, Rmult_0_l, Rplus_0_l. apply value_at_zero.
  - destruct (negative a b); [|(rewrite value_single; reflexivity)].
    destruct (reflection n) as [[[c d] e]|] eqn:R; [|(rewrite value_single; reflexivity)].
    rewrite value_add, value_scale, value_single, value_powers. cbn [generator_value polynomial].
    rewrite val_minus, !val_opposite, !val_times.
    replace (Q2R a * x + Q2R b) with (- (- Q2R a * x + - Q2R b)) by ring.
    rewrite (reflection_ok _ _ _ _ _ R). simpl. ring.
Qed.
Lemma val_2 : Q2R 2 = 2. Proof. unfold Q2R; simpl; lra. Qed.
Lemma atom_of_affine_ok n a b x :
  value (atom_of_affine n a b) x = atom_value n (Q2R a * x + Q2R b).
Proof.
  destruct n; try apply plain_atom_ok; unfold atom_of_affine.
  - destruct (is_zero a) eqn:Z; [|apply plain_atom_ok]. apply val_is_zero in Z.
    rewrite value_scale, plain_atom_ok, Z. simpl. unfold silu. rewrite Rmult_0_l, Rplus_0_l.
    reflexivity.
  - rewrite value_subtract, value_scale, plain_atom_ok, value_constant, !val_times, val_2, val_1.
    simpl. rewrite tanh_is_sigmoid. f_equal. f_equal. f_equal. ring.
  - destruct (is_zero a) eqn:Z; [|apply plain_atom_ok]. apply val_is_zero in Z.
    rewrite plain_atom_ok, val_opposite, val_times, Z. simpl. unfold gaussian. f_equal. ring.
  - destruct (is_zero a) eqn:Z; [|apply plain_atom_ok]. apply val_is_zero in Z.
    rewrite log_of_rational_ok, Z, Rmult_0_l, Rplus_0_l. reflexivity.
  - apply root_of_affine_ok.
Qed.

(** ** Substitution: f(a x + b) *)
Definition substituted (a b : Q) (g : generator) : result function :=
  match g with
  | Atom n c d => Ok (atom_of_affine n (times c a) (plus (times c b) d))
  | _ =>
    if is_zero a then let? v := generator_at g b in Ok (constant v)
    else match g with
    | Pow k => Ok (powers 0 (binomial k a b))
    | Point t => Ok (single (Point (divided (minus t b) a)))
    | Step t k =>
        let s := divided (minus t b) a in
        let factor := power a k in
        if less 0 a then Ok (scale factor (single (Step s k)))
        else (* [a x + b >= t] is [x <= s] = 1 - [x >= s] + [x = s] *)
          let whole := subtract (powers 0 (binomial k 1 (opposite s))) (single (Step s k)) in
          Ok (scale factor (match k with O => add whole (single (Point s)) | _ => whole end))
    | Ratio q k t j =>
        let inner := affine_argument q b a in
        let lead := last inner 0%Q in
        if is_zero lead then Invalid "a denominator that ends with 0" else
        let top := map (times (divided 1 (power lead k))) (binomial j a b) in
        let part s := ratios (map (times (divided 1 lead)) inner) k s 0 top in
        match t with
        | None => Ok (part None)
        | Some u =>
            let s := divided (minus u b) a in
            if less 0 a then Ok (part (Some s))
            else let? v := generator_at g u in
                 Ok (add (subtract (part None) (part (Some s))) (scale v (single (Point s))))
        end
    | Atom _ _ _ => Invalid "unreachable"
    end
  end.
Definition substitute (f : function) (a b : Q) : result function := transform (substituted a b) f.

Lemma step_power_scale k a z : 0 < a -> step_power k (a * z) = a ^ k * step_power k z.
Proof.
  intros Ha. destruct (Rle_or_lt 0 z).
  - rewrite !step_power_pos by nra. apply Rpow_mult_distr.
  - rewrite !step_power_neg by nra. ring.
Qed.
Lemma step_power_turn k a z : a < 0 -> step_power k (a * z)
  = a ^ k * (z ^ k - step_power k z + (if Req_EM_T z 0 then 0 ^ k else 0)).
Proof.
  intros Ha. destruct (Req_EM_T z 0) as [->|Hz].
  - rewrite Rmult_0_r, step_power_pos by lra. destruct k; simpl; ring.
  - destruct (Rle_or_lt 0 z).
    + rewrite step_power_neg by nra. rewrite step_power_pos by lra. ring.
    + rewrite step_power_pos by nra. rewrite step_power_neg by lra. rewrite Rpow_mult_distr. ring.
Qed.

Lemma substituted_ok a b g i x : substituted a b g = Ok i ->
  value i x = generator_value g (Q2R a * x + Q2R b).
Proof.
  intros H. destruct g as [k|t k|t|n c d|q k t j]; cbn [substituted] in H.
  4:{ inversion H. rewrite atom_of_affine_ok, val_plus, !val_times. simpl. f_equal. ring. }
  all: destruct (is_zero a) eqn:Z;
    [apply val_is_zero in Z; unbind H; inversion H; subst; rewrite value_constant, Z, Rmult_0_l,
       Rplus_0_l; apply (generator_at_ok _ _ _ E)|].
  all: assert (A : Q2R a <> 0) by (rewrite <- val_is_zero; congruence).
  - inversion H. rewrite value_powers, binomial_ok. simpl. ring.
  - assert (S : Q2R a * x + Q2R b - Q2R t = Q2R a * (x - Q2R (divided (minus t b) a))).
    { rewrite val_divided, val_minus by auto. field. auto. }
    cbn [generator_value]. rewrite S. set (s := divided (minus t b) a) in *.
    cbv zeta in H. decide_less 0%Q a; inversion H; subst i; rewrite value_scale, val_power;
      rewrite val_0 in L.
    + rewrite value_single. simpl. rewrite step_power_scale by auto. reflexivity.
    + rewrite step_power_turn by lra. f_equal.
      assert (W : value (subtract (powers 0 (binomial k 1 (opposite s))) (single (Step s k))) x
                  = (x - Q2R s) ^ k - step_power k (x - Q2R s)).
      { rewrite value_subtract, value_powers, binomial_ok, value_single, val_1, val_opposite.
        simpl. f_equal. rewrite Rmult_1_l. f_equal. ring. }
      destruct k as [|k].
      * rewrite value_add, W, value_single. cbn [generator_value]. f_equal.
        destruct (Req_EM_T x (Q2R s)), (Req_EM_T (x - Q2R s) 0); simpl; lra.
      * rewrite W. destruct (Req_EM_T (x - Q2R s) 0); simpl; ring.
  - inversion H. rewrite value_single. cbn [generator_value]. rewrite val_divided, val_minus by auto.
    destruct (Req_EM_T x ((Q2R t - Q2R b) / Q2R a)) as [E|E],
      (Req_EM_T (Q2R a * x + Q2R b) (Q2R t)) as [F|F]; try reflexivity; exfalso.
    + apply F. rewrite E. field. auto.
    + apply E. rewrite <- F. field. auto.
  - cbv zeta in H. set (inner := affine_argument q b a) in *. set (lead := last inner 0%Q) in *.
    destruct (is_zero lead) eqn:Zl; [discriminate|].
    assert (L : Q2R lead <> 0) by (rewrite <- val_is_zero; congruence). clear Z Zl.
    assert (P : forall s, value (ratios (map (times (divided 1 lead)) inner) k s 0
        (map (times (divided 1 (power lead k))) (binomial j a b))) x
      = right_part s x ((Q2R a * x + Q2R b) ^ j / polynomial q (Q2R a * x + Q2R b) ^ k)).
    { intros s. rewrite value_ratios, !polynomial_scale, binomial_ok. f_equal.
      rewrite (val_divided 1 lead L), val_divided, val_power, val_1
        by (rewrite val_power; apply pow_nonzero, L).
      unfold inner. rewrite affine_argument_ok, (Rplus_comm (Q2R b)).
      unfold Rdiv. rewrite !Rmult_1_l, Rpow_mult_distr, Rinv_mult, pow_inv, Rinv_inv.
      simpl. generalize (/ polynomial q (Q2R a * x + Q2R b) ^ k). intros y.
      field. apply pow_nonzero, L. }
    destruct t as [t|]; [|inversion H; apply P].
    assert (S : Q2R a * x + Q2R b - Q2R t = Q2R a * (x - Q2R (divided (minus t b) a))).
    { rewrite val_divided, val_minus by auto. field. auto. }
    set (s := divided (minus t b) a) in *. cbn [generator_value right_part].
    decide_less 0%Q a; rewrite val_0 in L0.
    + inversion H; subst i. rewrite P. cbn [right_part].
      destruct (Rlt_dec x (Q2R s)), (Rlt_dec (Q2R a * x + Q2R b) (Q2R t)); nra || reflexivity.
    + unbind H. inversion H; subst i. rewrite value_add, value_subtract, !P, value_scale, value_single.
      rewrite (generator_at_ok _ _ _ E). cbn [generator_value right_part].
      destruct (Rlt_dec (Q2R t) (Q2R t)); [lra|].
      destruct (Req_EM_T x (Q2R s)) as [F|F].
      * assert (Q2R a * x + Q2R b = Q2R t) as -> by (rewrite F in S |- *; nra).
        destruct (Rlt_dec x (Q2R s)), (Rlt_dec (Q2R t) (Q2R t)); lra.
      * destruct (Rlt_dec x (Q2R s)), (Rlt_dec (Q2R a * x + Q2R b) (Q2R t)); try lra; exfalso.
        -- nra.
        -- assert (Q2R s < x) by lra. nra.
Qed.
Theorem substitute_ok f a b f' x : substitute f a b = Ok f' ->
  value f' x = value f (Q2R a * x + Q2R b).
Proof.
  apply (value_transform _ (fun x => Q2R a * x + Q2R b)). intros g i. apply substituted_ok.
Qed.

(** ** Cutting: f for x >= t, and 0 left of t *)
Definition cut (t : Q) (g : generator) : result function :=
  match g with
  | Pow k => Ok (steps t 0 (binomial k 1 t))
  | Step s k => Ok (if less s t then steps t 0 (binomial k 1 (minus t s)) else single g)
  | Point s => Ok (if less s t then [] else single g)
  | Atom _ _ _ => Invalid "an atom cannot be cut: atoms need an affine argument"
  | Ratio q k own j =>
      let later := match own with Some s => less s t | None => true end in
      Ok (single (Ratio q k (if later then Some t else own) j))
  end.
Definition right_of (f : function) (t : Q) : result function := transform (cut t) f.

Lemma cut_ok t g i x : cut t g = Ok i ->
  value i x = if Rlt_dec x (Q2R t) then 0 else generator_value g x.
Proof.
  destruct g as [k|s k|s| |q k s j]; simpl; intros H; inversion H; clear H; subst.
  - rewrite value_steps, binomial_ok, val_1. destruct (Rlt_dec x (Q2R t)); [reflexivity|].
    simpl. rewrite Rmult_1_l. f_equal. ring.
  - decide_less s t.
    + rewrite value_steps, binomial_ok, val_1, val_minus.
      destruct (Rlt_dec x (Q2R t)); [reflexivity|].
      rewrite step_power_pos by lra. simpl. rewrite Rmult_1_l. f_equal. ring.
    + rewrite value_single. simpl. destruct (Rlt_dec x (Q2R t)); [|reflexivity].
      apply step_power_neg. lra.
  - decide_less s t; rewrite ?value_single; simpl;
      destruct (Rlt_dec x (Q2R t)), (Req_EM_T x (Q2R s)); lra.
  - rewrite value_single. cbn [generator_value]. destruct s as [s|]; cbn [right_part]; [|reflexivity].
    decide_less s t; cbn [right_part];
      destruct (Rlt_dec x (Q2R t)), (Rlt_dec x (Q2R s)); lra || reflexivity.
Qed.
Lemma right_of_ok f t f' x : right_of f t = Ok f' ->
  value f' x = if Rlt_dec x (Q2R t) then 0 else value f x.
Proof.
  unfold right_of. revert f'. induction f as [|[g c] f IH]; simpl; intros f' H.
  - inversion H. destruct (Rlt_dec x (Q2R t)); reflexivity.
  - unbind H. inversion H; subst. rewrite value_add, value_scale, (cut_ok _ _ _ _ E), (IH _ E0).
    destruct (Rlt_dec x (Q2R t)); ring.
Qed.

(** [before] left of t, v at t, [after] right of t. *)
Definition paste (before : function) (t v : Q) (after : function) : result function :=
  let? rise := right_of (subtract after before) t in
  let? w := evaluate after t in
  Ok (add (add before rise) (scale (minus v w) (single (Point t)))).
Lemma paste_ok before t v after f x : paste before t v after = Ok f ->
  value f x = if Rlt_dec x (Q2R t) then value before x
              else if Req_EM_T x (Q2R t) then Q2R v else value after x.
Proof.
  unfold paste. intros H. unbind H. inversion H; subst.
  rewrite !value_add, value_scale, value_single, val_minus, (right_of_ok _ _ _ _ E).
  rewrite value_subtract, (evaluate_ok _ _ _ E0). cbn [generator_value].
  destruct (Rlt_dec x (Q2R t)), (Req_EM_T x (Q2R t)) as [F|F]; try lra.
  rewrite F. ring.
Qed.

(** ** Restriction to an interval: a combination that depends on f there only *)
Definition end_ := option Q. (* None is no end *)
Definition at_or_above (lo : end_) (x : R) : Prop := match lo with None => True | Some a => Q2R a <= x end.
Definition at_or_below (hi : end_) (x : R) : Prop := match hi with None => True | Some b => x <= Q2R b end.
Definition restricted (lo hi : end_) (g : generator) : result function :=
  match g with
  | Pow _ | Atom _ _ _ => Ok (single g)
  | Point t =>
      let outside := match lo with Some a => less t a | None => false end
                     || match hi with Some b => less b t | None => false end in
      Ok (if outside then [] else single g)
  | Step t k =>
      if match lo with Some a => negb (less a t) | None => false end
      then Ok (powers 0 (binomial k 1 (opposite t)))
      else match hi with
           | None => Ok (single g)
           | Some b => if less t b then Ok (single g)
                       else if equal t b then
                         Ok (match k with O => single (Point t) | _ => [] end)
                       else Ok []
           end
  | Ratio q k None j => Ok (single g)
  | Ratio q k (Some t) j =>
      if match lo with Some a => negb (less a t) | None => false end
      then Ok (single (Ratio q k None j))
      else match hi with
           | None => Ok (single g)
           | Some b => if less t b then Ok (single g)
                       else if equal t b then
                         let? v := generator_at g t in Ok (scale v (single (Point t)))
                       else Ok []
           end
  end.
Definition restrict (f : function) (lo hi : end_) : result function :=
  match lo, hi with
  | Some a, Some b => if equal a b then substitute f 0 a else transform (restricted lo hi) f
  | None, None => Ok f
  | _, _ => transform (restricted lo hi) f
  end.

Lemma restricted_ok lo hi g i x : at_or_above lo x -> at_or_below hi x ->
  restricted lo hi g = Ok i -> value i x = generator_value g x.
Proof.
  intros Hlo Hhi H. destruct g as [k|t k|t| |q k [t|] j]; cbn [restricted] in H;
    try (inversion H; (rewrite value_single; reflexivity)).
  - destruct (match lo with Some a => negb (less a t) | None => false end) eqn:L.
    + destruct lo as [a|]; [|discriminate]. apply negb_true_iff in L.
      apply val_not_less in L. simpl in Hlo.
      inversion H. rewrite value_powers, binomial_ok, val_1, val_opposite.
      cbn [generator_value]. rewrite step_power_pos by lra. simpl. rewrite !Rmult_1_l. f_equal.
    + clear L. destruct hi as [b|]; [|inversion H; (rewrite value_single; reflexivity)]. simpl in Hhi.
      decide_less t b; [inversion H; (rewrite value_single; reflexivity)|].
      destruct (equal t b) eqn:E.
      * apply val_equal in E. inversion H; subst. cbn [generator_value].
        destruct (Req_EM_T x (Q2R t)) as [F|F].
        -- rewrite F, Rminus_eq_0, step_power_pos by lra.
           destruct k; [rewrite value_single|]; simpl; [|ring].
           destruct (Req_EM_T (Q2R t) (Q2R t)); lra.
        -- rewrite step_power_neg by lra. destruct k; [rewrite value_single|]; simpl; [|ring].
           destruct (Req_EM_T x (Q2R t)); [contradiction|reflexivity].
      * apply val_not_equal in E. inversion H. cbn [generator_value].
        rewrite step_power_neg by lra. reflexivity.
  - inversion H; clear H; subst i. destruct (_ || _) eqn:O; [|(rewrite value_single; reflexivity)].
    simpl. destruct (Req_EM_T x (Q2R t)) as [F|F]; [|reflexivity]. exfalso.
    apply orb_prop in O. destruct O as [O|O].
    + destruct lo as [a|]; [|discriminate]. apply val_less in O. simpl in Hlo. lra.
    + destruct hi as [b|]; [|discriminate]. apply val_less in O. simpl in Hhi. lra.
  - destruct (match lo with Some a => negb (less a t) | None => false end) eqn:L.
    + destruct lo as [a|]; [|discriminate]. apply negb_true_iff, val_not_less in L. simpl in Hlo.
      inversion H. rewrite value_single. cbn [generator_value right_part].
      destruct (Rlt_dec x (Q2R t)); [lra|reflexivity].
    + clear L. destruct hi as [b|]; [|inversion H; (rewrite value_single; reflexivity)]. simpl in Hhi.
      decide_less t b; [inversion H; (rewrite value_single; reflexivity)|].
      destruct (equal t b) eqn:E.
      * apply val_equal in E. unbind H. inversion H; subst.
        rewrite value_scale, value_single, (generator_at_ok _ _ _ E0). cbn [generator_value right_part].
        destruct (Req_EM_T x (Q2R t)) as [F|F]; [rewrite F; ring|].
        destruct (Rlt_dec x (Q2R t)); [ring|lra].
      * apply val_not_equal in E. inversion H. cbn [generator_value right_part].
        destruct (Rlt_dec x (Q2R t)); [reflexivity|lra].
Qed.
Theorem restrict_ok f lo hi f' x : at_or_above lo x -> at_or_below hi x ->
  restrict f lo hi = Ok f' -> value f' x = value f x.
Proof.
  intros Hlo Hhi H.
  assert (T : transform (restricted lo hi) f = Ok f' -> value f' x = value f x).
  { apply (value_transform _ (fun x => x)). intros g i. apply restricted_ok; auto. }
  destruct lo as [a|], hi as [b|]; cbn [restrict] in H; auto; [|inversion H; reflexivity].
  destruct (equal a b) eqn:E; auto. apply val_equal in E. simpl in Hlo, Hhi.
  rewrite (substitute_ok _ _ _ _ x H), val_0. f_equal. lra.
Qed.

(** ** Composition with a function that is linear on each of its cells

    On the open cell between two cuts the inner function is slope x + offset, and the outer one
    is substituted there; at a cut the value is outer(inner(cut)). *)
Definition left_of_cell (lo : end_) (t : Q) : bool :=
  match lo with Some a => negb (less a t) | None => false end.
Definition right_of_cell (hi : end_) (t : Q) : bool :=
  match hi with Some b => negb (less t b) | None => false end.
Definition not_linear {A} : result A :=
  Invalid "a nonlinear function of an argument that is not piecewise linear".
(** Slope and offset of one generator on an open cell. *)
Definition line_of (lo hi : end_) (g : generator) : result (Q * Q) :=
  match g with
  | Pow 0 => Ok (0, 1)%Q
  | Pow 1 => Ok (1, 0)%Q
  | Step t k =>
      if right_of_cell hi t then Ok (0, 0)%Q
      else if left_of_cell lo t then
        match k with O => Ok (0%Q, 1%Q) | 1%nat => Ok (1%Q, opposite t) | _ => not_linear end
      else not_linear
  | Point t => if right_of_cell hi t || left_of_cell lo t then Ok (0, 0)%Q else not_linear
  | _ => not_linear
  end.
Fixpoint line (lo hi : end_) (f : function) : result (Q * Q) :=
  match f with
  | [] => Ok (0, 0)%Q
  | (g, c) :: f' =>
      let? (a, b) := line_of lo hi g in let? (a', b') := line lo hi f' in
      Ok (plus (times c a) a', plus (times c b) b')
  end.
Definition above (lo : end_) (x : R) : Prop := match lo with None => True | Some a => Q2R a < x end.
Definition below (hi : end_) (x : R) : Prop := match hi with None => True | Some b => x < Q2R b end.

Lemma line_of_ok lo hi g a b x : above lo x -> below hi x -> line_of lo hi g = Ok (a, b) ->
  generator_value g x = Q2R a * x + Q2R b.
Proof.
  intros Hlo Hhi H.
  assert (Lr : forall t, right_of_cell hi t = true -> x < Q2R t).
  { intros t Ht. destruct hi as [u|]; [|discriminate]. apply negb_true_iff, val_not_less in Ht.
    simpl in Hhi. lra. }
  assert (Ll : forall t, left_of_cell lo t = true -> Q2R t < x).
  { intros t Ht. destruct lo as [u|]; [|discriminate]. apply negb_true_iff, val_not_less in Ht.
    simpl in Hlo. lra. }
  destruct g as [[|[|k]]|t k|t|n c d|q k t j]; simpl in H; try discriminate.
  - inversion H. simpl. rewrite val_0, val_1. ring.
  - inversion H. simpl. rewrite val_0, val_1. ring.
  - destruct (right_of_cell hi t) eqn:Rc.
    + inversion H. simpl. rewrite step_power_neg, val_0 by (apply Lr in Rc; lra). ring.
    + destruct (left_of_cell lo t) eqn:Lc; [|discriminate]. apply Ll in Lc.
      cbn [generator_value]. rewrite step_power_pos by lra.
      destruct k as [|[|k]]; inversion H; simpl; rewrite ?val_0, ?val_1, ?val_opposite; ring.
  - destruct (_ || _) eqn:O; [|discriminate]. inversion H. simpl. rewrite val_0.
    destruct (Req_EM_T x (Q2R t)); [|ring]. exfalso.
    apply orb_prop in O. destruct O as [O|O]; [apply Lr in O|apply Ll in O]; lra.
Qed.
Lemma line_ok lo hi f x : above lo x -> below hi x -> forall a b, line lo hi f = Ok (a, b) ->
  value f x = Q2R a * x + Q2R b.
Proof.
  intros Hlo Hhi. induction f as [|[g c] f IH]; simpl; intros a b H.
  - inversion H. rewrite val_0. ring.
  - unbind H. destruct a0 as [a1 b1]. unbind H. destruct a0 as [a2 b2]. inversion H; subst.
    rewrite (line_of_ok _ _ _ _ _ x Hlo Hhi E), (IH _ _ E0), !val_plus, !val_times. ring.
Qed.

(** Breakpoints, in increasing order, each once. *)
Fixpoint insert (t : Q) (ts : list Q) : list Q :=
  match ts with
  | [] => [t]
  | s :: ts' => match compare t s with Lt => t :: ts | Eq => ts | Gt => s :: insert t ts' end
  end.
Fixpoint breakpoints (f : function) : list Q :=
  match f with
  | [] => []
  | (Step t _, _) :: f' | (Point t, _) :: f' => insert t (breakpoints f')
  | _ :: f' => breakpoints f'
  end.
Fixpoint compose_cells (outer inner : function) (lo : end_) (cuts : list Q) : result function :=
  match cuts with
  | [] => let? (a, b) := line lo None inner in substitute outer a b
  | t :: rest =>
      let? (a, b) := line lo (Some t) inner in
      let? before := substitute outer a b in
      let? after := compose_cells outer inner (Some t) rest in
      let? y := evaluate inner t in
      let? v := evaluate outer y in
      paste before t v after
  end.
(** A sum of even powers and a multiple of x, after c sqrt(a x + b):
    (c sqrt(z))^2k = c^2k z^k for z >= 0, and 0 for z < 0 unless k = 0. *)
Fixpoint powers_of_root (outer : function) (c a b : Q) : result function :=
  match outer with
  | [] => Ok []
  | (Pow k, v) :: outer' =>
      let? here := match k with
        | O => Ok (constant v)
        | 1%nat => Ok [(Atom Sqrt a b, times v c)]
        | _ => if Nat.even k then substitute [(Step 0 (Nat.div2 k), times v (power c k))] a b
               else not_linear
        end in
      let? rest := powers_of_root outer' c a b in
      Ok (add here rest)
  | _ => not_linear
  end.
Definition compose_nonlinear (outer inner : function) : result function :=
  match inner with
  | [(Atom Sqrt a b, c)] => powers_of_root outer c a b
  | _ => compose_cells outer inner None (breakpoints inner)
  end.
Definition compose (outer inner : function) : result function :=
  match line None None inner with
  | Ok (a, b) => if equal a 1 && is_zero b then Ok outer else substitute outer a b
  | _ =>
    match line None None outer with
    | Ok (a, b) => Ok (add (scale a inner) (constant b))
    | _ => compose_nonlinear outer inner
    end
  end.

Lemma compose_cells_ok outer inner cuts : forall lo f x, above lo x ->
  compose_cells outer inner lo cuts = Ok f -> value f x = value outer (value inner x).
Proof.
  induction cuts as [|t cuts IH]; intros lo f x Hx H; cbn [compose_cells] in H.
  - unbind H. destruct a as [a b]. rewrite (substitute_ok _ _ _ _ x H).
    rewrite (line_ok lo None inner x Hx I _ _ E). reflexivity.
  - unbind H. destruct a as [a b]. unbind H. rewrite (paste_ok _ _ _ _ _ x H).
    destruct (Rlt_dec x (Q2R t)) as [L|L].
    + rewrite (substitute_ok _ _ _ _ x E0).
      rewrite (line_ok lo (Some t) inner x Hx L _ _ E). reflexivity.
    + destruct (Req_EM_T x (Q2R t)) as [F|F].
      * rewrite (evaluate_ok _ _ _ E3), (evaluate_ok _ _ _ E2), F. reflexivity.
      * apply (IH (Some t) _ x); [simpl; lra|auto].
Qed.
Lemma even_power_of_root k z : (1 <= k)%nat -> sqrt z ^ (2 * k) = step_power k (z - 0).
Proof.
  intros K. rewrite Rminus_0_r. rewrite pow_mult. destruct (Rle_or_lt 0 z) as [Z|Z].
  - rewrite step_power_pos by exact Z. rewrite pow2_sqrt by exact Z. reflexivity.
  - rewrite step_power_neg by exact Z. rewrite sqrt_neg_0 by lra.
    destruct k; [lia|]. simpl. ring.
Qed.
Lemma powers_of_root_ok outer c a b x : forall f, powers_of_root outer c a b = Ok f ->
  value f x = value outer (Q2R c * sqrt (Q2R a * x + Q2R b)).
Proof.
  induction outer as [|[g v] outer IH]; cbn [powers_of_root]; intros f H; [inversion H; reflexivity|].
  destruct g as [k| | | |]; try discriminate. unbind H. inversion H.
  rewrite value_add, (IH _ E0). cbn [value generator_value]. f_equal.
  destruct k as [|[|k]].
  - inversion E. rewrite value_constant. simpl. ring.
  - inversion E. cbn [value generator_value atom_value]. rewrite val_times. simpl. ring.
  - destruct (Nat.even _) eqn:Ev; [|discriminate]. apply Nat.even_spec in Ev. destruct Ev as [j J].
    rewrite J in *. rewrite Nat.div2_double in E.
    rewrite (substitute_ok _ _ _ _ x E). cbn [value generator_value].
    rewrite val_times, val_power, val_0, <- even_power_of_root by lia.
    rewrite Rpow_mult_distr. ring.
Qed.
Lemma compose_nonlinear_ok outer inner f x : compose_nonlinear outer inner = Ok f ->
  value f x = value outer (value inner x).
Proof.
  assert (C : compose_cells outer inner None (breakpoints inner) = Ok f ->
    value f x = value outer (value inner x)) by (apply compose_cells_ok; exact I).
  unfold compose_nonlinear.
  destruct inner as [|[[k|t k|t|[] a b|q k t j] c] [|? ?]]; try exact C.
  intros H. rewrite (powers_of_root_ok _ _ _ _ x _ H). cbn [value generator_value atom_value].
  f_equal. ring.
Qed.
Theorem compose_ok outer inner f x : compose outer inner = Ok f ->
  value f x = value outer (value inner x).
Proof.
  unfold compose. intros H.
  assert (C : compose_nonlinear outer inner = Ok f ->
              value f x = value outer (value inner x)) by apply compose_nonlinear_ok.
  assert (O : match line None None outer with
              | Ok (a, b) => Ok (add (scale a inner) (constant b))
              | _ => compose_nonlinear outer inner
              end = Ok f -> value f x = value outer (value inner x)).
  { destruct (line None None outer) as [[a b]| |] eqn:E; auto. intros Ho. inversion Ho.
    rewrite value_add, value_scale, value_constant.
    rewrite (line_ok None None outer _ I I _ _ E). reflexivity. }
  destruct (line None None inner) as [[a b]| |] eqn:E; auto.
  pose proof (line_ok None None inner x I I _ _ E) as L.
  destruct (_ && _) eqn:Z.
  - apply andb_prop in Z. destruct Z as [Za Zb]. apply val_equal in Za. apply val_is_zero in Zb.
    inversion H; subst. rewrite L, Za, Zb, val_1. f_equal. ring.
  - rewrite (substitute_ok _ _ _ _ x H), L. reflexivity.
Qed.
End Calculus.
