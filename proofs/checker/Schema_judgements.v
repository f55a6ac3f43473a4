(** * Schemas as written in a file

    Every statement has one spelling: units in the order of a form, factors sorted, products in
    lowest terms.  Claim and judgement both hold the whole statement. *)
From Coq Require Import ZArith QArith String List Bool Arith.
From KanCheck Require Import Result Rational Json Functions Files Claims Schemas.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Definition at_most {A} (n : nat) (l : list A) : result unit :=
  need (Nat.leb (List.length l) n) "too many entries".

(** ** Products *)
Definition knot (p : nat) (j : json) : result nat :=
  let? z := natural 0 (Z.of_nat p + 1) j in Ok (Z.to_nat z).
Definition factor_of (p : nat) (j : json) : result factor :=
  let? (ja, jb) := pair j in
  let? a := knot p ja in
  let? b := knot p jb in
  let? _ := need (Nat.ltb b a) "a factor is not positive" in
  Ok (a, b).
Definition comes_before (f g : factor) : bool :=
  Nat.ltb (fst f) (fst g) || Nat.eqb (fst f) (fst g) && Nat.ltb (snd f) (snd g).
Fixpoint ordered (before : factor -> factor -> bool) (l : list factor) : bool :=
  match l with f :: ((g :: _) as l') => before f g && ordered before l' | _ => true end.
Definition product_of (p : nat) (j : json) : result product :=
  let? l := items j in
  match l with
  | [jc; jo; ju] =>
    let? c := rational jc in
    let? _ := need (Pos.eqb (Qden c) 1 && negb (is_zero c)) "a coefficient is no integer other than 0" in
    let? up := list_of (factor_of p) jo in
    let? _ := at_most (2 * p + 2) up in
    let? down := list_of (factor_of p) ju in
    let? _ := at_most ((p + 2) * (p + 1)) down in
    let? _ := need (ordered (fun f g => negb (comes_before g f)) up && ordered comes_before down)
      "factors are not in order" in
    let? _ := need (negb (existsb (fun f => existsb (factor_eqb f) down) up))
      "a product is not in lowest terms" in
    Ok {| coefficient := Qnum c; over := up; under := down |}
  | _ => Invalid "expected a list of 3 entries"
  end.

(** ** Rows *)
Definition unit_of (p : nat) (j : json) : result unit_of_schema :=
  let? l := items j in
  match l with
  | [jn] => let? s := text jn in let? _ := need (String.eqb s "constant") "unknown unit" in Ok Constant
  | [jn; jj] =>
      let? s := text jn in let? _ := need (String.eqb s "hinge") "unknown unit" in
      let? k := knot p jj in Ok (Hinge k)
  | [jn; jj; jc] =>
      let? s := text jn in let? k := knot p jj in let? c := knot p jc in
      if String.eqb s "below" then Ok (Below k c) else if String.eqb s "above" then Ok (Above k c)
      else Invalid "unknown unit"
  | _ => Invalid "unknown unit"
  end.
Definition row_of (p : nat) (j : json) : result (unit_of_schema * list product) :=
  let? f := fields ["unit"; "weight"] j in
  match f with
  | [ju; jw] =>
    let? u := unit_of p ju in
    let? w := list_of (product_of p) jw in
    let? _ := nonempty w in
    let? _ := at_most (p + 2) w in
    Ok (u, w)
  | _ => Invalid "unreachable"
  end.
Definition same_unit (u v : unit_of_schema) : {u = v} + {u <> v}.
Proof. decide equality; apply Nat.eq_dec. Defined.
Definition same_units := list_eq_dec same_unit.
(** The lists of units that a form allows: in the local form one for each center. *)
Definition units_of_form (form : string) (p : nat) : list (list unit_of_schema) :=
  if String.eqb form "hinge" then [map Hinge (seq 0 (p + 2))]
  else if String.eqb form "local" then
    map (fun c => Constant :: map (fun j => Below j c) (seq 0 c)
                  ++ map (fun j => Above j c) (seq (c + 1) (p + 1 - c))) (seq 1 p)
  else [].
Definition schema_of (j : json) : result schema :=
  let? f := fields ["degree"; "form"; "kind"; "rows"] j in
  match f with
  | [jd; jf; _; jr] =>
    let? z := natural 1 3 jd in
    let p := Z.to_nat z in
    let? form := text jf in
    let? l := list_of (row_of p) jr in
    let? _ := need (existsb (fun us => if same_units (map fst l) us then true else false)
      (units_of_form form p)) "the units are not those of the form" in
    Ok {| schema_degree := p; schema_rows := l |}
  | _ => Invalid "unreachable"
  end.
(** Two statements are the same, written out. *)
Definition same_schema (r s : schema) : {r = s} + {r <> s}.
Proof. repeat decide equality. Defined.

(** ** The claim and the judgement *)
Definition claimed_schema (t : table) (j : json) : result claim :=
  let? _ := need (FMapPositive.PositiveMap.is_empty t)
    "a schema is about symbols, so there are no objects" in
  let? s := schema_of j in Ok (Schema s).
Definition judged_schema (j : json) : result shown :=
  let? s := schema_of j in
  let? _ := need (check_schema s) "the sides differ" in
  Ok (Shown (Schema s)).
Lemma judged_schema_good {N : Normal_distribution} t j s : judged_schema j = Ok s -> good t s.
Proof.
  unfold judged_schema. intros H. unbind H. inversion H; subst. split; [|exact I].
  apply schema_sound. eapply need_ok. eassumption.
Qed.
