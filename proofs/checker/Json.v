(** * The header as a tree, read strictly

    What is not expected is invalid: the keys of every object are exactly the listed ones, in
    the order of canonical JSON.  Tokens (bytes to this tree) are read outside, see README. *)
From Coq Require Import ZArith QArith String Ascii List Bool.
From KanCheck Require Import Result Rational.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Inductive json :=
| Null
| Boolean (b : bool)
| Integer (z : Z)
| Text (s : string)
| Array (l : list json)
| Object (fields : list (string * json)).

Definition max_features : Z := 16777216.
Definition max_degree : Z := 64.
Definition max_functions : Z := 4096. (* and knots, of one basis *)
Definition max_digits : Z := 65536.

Definition natural (low high : Z) (j : json) : result Z :=
  match j with
  | Integer z => if Z.leb low z && Z.leb z high then Ok z else Invalid "an integer out of range"
  | _ => Invalid "expected an integer"
  end.
Definition size (low : Z) (j : json) : result nat :=
  let? z := natural low max_features j in Ok (Z.to_nat z).
Definition text (j : json) : result string :=
  match j with Text s => Ok s | _ => Invalid "expected a string" end.
Definition items (j : json) : result (list json) :=
  match j with Array l => Ok l | _ => Invalid "expected a list" end.
Definition list_of {A} (f : json -> result A) (j : json) : result (list A) :=
  let? l := items j in map_result f l.
Definition nonempty {A} (l : list A) : result unit :=
  match l with [] => Invalid "an empty list" | _ => Ok tt end.

Fixpoint same_keys (keys : list string) (fields : list (string * json)) : bool :=
  match keys, fields with
  | [], [] => true
  | k :: ks, (k', _) :: fs => String.eqb k k' && same_keys ks fs
  | _, _ => false
  end.
Definition fields (keys : list string) (j : json) : result (list json) :=
  match j with
  | Object fs => if same_keys keys fs then Ok (map snd fs) else Invalid "unknown or missing keys"
  | _ => Invalid "expected a JSON object"
  end.
Definition field (key : string) (j : json) : result json :=
  match j with
  | Object fs =>
      match find (fun kv => String.eqb key (fst kv)) fs with
      | Some (_, v) => Ok v
      | None => Invalid "missing key"
      end
  | _ => Invalid "expected a JSON object"
  end.

(** ** Rationals: n or n/d in lowest terms, d >= 2, no plus sign, no -0, no leading zeros *)
Definition digit (c : ascii) : result Z :=
  let z := (Z.of_N (N_of_ascii c) - 48)%Z in
  if Z.leb 0 z && Z.leb z 9 then Ok z else Invalid "expected a rational, n or n/d".
Fixpoint digits (acc : Z) (cs : list ascii) : result Z :=
  match cs with [] => Ok acc | c :: cs' => let? z := digit c in digits (acc * 10 + z)%Z cs' end.
Definition decimal (cs : list ascii) : result Z :=
  match cs with
  | [] => Invalid "expected a rational, n or n/d"
  | c :: rest =>
      if Ascii.eqb c "0" then
        match rest with [] => Ok 0%Z | _ => Invalid "a leading zero" end
      else if Z.leb (Z.of_nat (List.length cs)) max_digits then digits 0 cs else Invalid "too many digits"
  end.
Fixpoint split_at (c : ascii) (cs : list ascii) : list ascii * option (list ascii) :=
  match cs with
  | [] => ([], None)
  | a :: cs' => if Ascii.eqb a c then ([], Some cs')
                else let (l, r) := split_at c cs' in (a :: l, r)
  end.
Definition unsigned (cs : list ascii) : result Q :=
  match split_at "/" cs with
  | (n, None) => let? z := decimal n in Ok (Qmake z 1)
  | (n, Some d) =>
      let? a := decimal n in
      let? b := decimal d in
      let? _ := need (Z.ltb 1 b && Z.eqb (Z.gcd a b) 1) "a rational is not reduced" in
      Ok (Qmake a (Z.to_pos b))
  end.
Definition rational (j : json) : result Q :=
  let? s := text j in
  match list_ascii_of_string s with
  | c :: cs =>
      if Ascii.eqb c "-" then
        let? q := unsigned cs in
        let? _ := need (Z.ltb 0 (Qnum q)) "minus zero" in
        Ok (opposite q)
      else unsigned (c :: cs)
  | [] => Invalid "expected a rational, n or n/d"
  end.
Definition rationals : json -> result (list Q) := list_of rational.

Definition pair (j : json) : result (json * json) :=
  let? l := items j in
  match l with [a; b] => Ok (a, b) | _ => Invalid "expected a list of 2 entries" end.
