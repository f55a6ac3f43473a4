(** * The checker as a program

    What extraction replaces: booleans, lists, pairs, strings and characters by OCaml's; nat by
    OCaml's int (sizes are at most 2^24, checked, and their products stay below 2^62); Z and
    positive by Zarith's integers. *)
From Coq Require Import Extraction ExtrOcamlBasic ExtrOcamlNatInt ExtrOcamlZBigInt ExtrOcamlNativeString.
From Coq Require Import ZArith.
From KanCheck Require Import Json Files Verdict.

(* Coq's own list of replacements lacks these; without them they walk bits, or count. *)
Extract Constant Z.of_nat => "Big_int_Z.big_int_of_int".
Extract Constant Z.to_nat => "(fun z -> if Big_int_Z.sign_big_int z < 0 then 0 else Big_int_Z.int_of_big_int z)".
Extract Constant Pos.of_succ_nat => "(fun n -> Big_int_Z.big_int_of_int (n + 1))".
Extract Constant Pos.to_nat => "Big_int_Z.int_of_big_int".
Extract Constant Pos.eqb => "Big_int_Z.eq_big_int".
Extract Constant Z.ltb => "Big_int_Z.lt_big_int".
Extract Constant Z.leb => "Big_int_Z.le_big_int".
Extract Constant Z.gcd => "Big_int_Z.gcd_big_int".
Extract Constant Z.log2 => "(fun z -> if Big_int_Z.sign_big_int z <= 0 then Big_int_Z.zero_big_int else Big_int_Z.big_int_of_int (Z.numbits z - 1))".

Extraction Language OCaml.
Extraction "core.ml" check.
