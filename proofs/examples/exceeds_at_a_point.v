(* A certificate of kan_equiv, sha256 c6da34c29f4127c4cb5e9aa77a31d3ee1501e9efed95729f41d9e7e6b34c0585, replayed by Coq.
   In a source tree of kan_equiv, after make -C proofs:
   coqc -Q proofs/theories KanEquiv -Q proofs/checker KanCheck FILE.v *)
From Coq Require Import ZArith QArith String List.
From KanCheck Require Import Result Json Functions Files Claims Judge Verdict.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

(* The header of the file, and for every buffer its bytes and their content in lines of
   64 bytes, each an integer, little endian. *)
Definition buffer_0 : json := Object [("bytes", Integer (2)); ("sha256", Text "9dcf97a184f32623d11a73124ceb99a5709b083721e878a16d78f596718ba7b2")].
Definition buffer_1 : json := Object [("bytes", Integer (1)); ("sha256", Text "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")].
Definition object_0 : json := Object [("functions", Array [Object [("breakpoints", Array [Text "0"]); ("pieces", Array [Array []; Array [Text "0"; Text "1"]]); ("values", Array [Text "0"])]]); ("type", Text "piecewise")].
Definition object_1 : json := Object [("bases", Array [Integer (0)]); ("basis_of", Array [Integer (0); Integer (0)]); ("type", Text "bank")].
Definition object_2 : json := Object [("buffer", Integer (0)); ("denominators", Array [Text "1"; Text "1"]); ("name", Text "edges"); ("shape", Array [Integer (1); Integer (2)]); ("type", Text "integer_tensor"); ("width", Integer (1))].
Definition object_3 : json := Object [("factors", Array [Array [Integer (2); Text "oc"]]); ("groups", Integer (2)); ("out", Integer (1)); ("type", Text "dense"); ("width", Integer (1))].
Definition object_4 : json := Object [("buffer", Integer (1)); ("denominators", Array [Text "1"]); ("name", Text ""); ("shape", Array [Integer (1)]); ("type", Text "integer_tensor"); ("width", Integer (1))].
Definition object_5 : json := Object [("bias", Integer (4)); ("type", Text "affine"); ("weight", Integer (3))].
Definition object_6 : json := Object [("in_features", Integer (2)); ("stages", Array [Integer (1); Integer (5)]); ("type", Text "network")].
Definition object_7 : json := Object [("functions", Array [Object [("breakpoints", Array [Text "0"; Text "3"]); ("pieces", Array [Array []; Array [Text "0"; Text "1"]; Array [Text "9"; Text "-5"; Text "1"]]); ("values", Array [Text "0"; Text "3"])]]); ("type", Text "piecewise")].
Definition object_8 : json := Object [("bases", Array [Integer (0); Integer (7)]); ("basis_of", Array [Integer (0); Integer (1)]); ("type", Text "bank")].
Definition object_9 : json := Object [("in_features", Integer (2)); ("stages", Array [Integer (8); Integer (5)]); ("type", Text "network")].
Definition judgement_0 : json := Object [("bits", Integer (0)); ("domain", Array [Array [Text "-1"; Text "4"]; Array [Text "-1"; Text "4"]]); ("epsilon", Text "1/8"); ("kind", Text "exceeds"); ("left", Integer (6)); ("output", Integer (0)); ("point", Array [Text "4"; Text "4"]); ("right", Integer (9))].
Definition header : json := Object [("buffers", Array [buffer_0; buffer_1]); ("claim", Object [("domain", Array [Array [Text "-1"; Text "4"]; Array [Text "-1"; Text "4"]]); ("epsilon", Text "1/8"); ("kind", Text "exceeds"); ("left", Integer (6)); ("output", Integer (0)); ("right", Integer (9))]); ("format", Text "kan_equiv.certificate"); ("judgements", Array [judgement_0]); ("metadata", Object []); ("objects", Array [object_0; object_1; object_2; object_3; object_4; object_5; object_6; object_7; object_8; object_9]); ("version", Integer (1))].
Definition contents : list (Z * list Z) := [(2, [0x101]);
  (1, [0x0])]%Z.
#[local] Instance buffers : Buffers := buffers_of contents 1228.

Definition claimed : claim := Exceeds 6 9 [(Some ((-1) # 1)%Q, Some ((4) # 1)%Q); (Some ((-1) # 1)%Q, Some ((4) # 1)%Q)] 0 ((1) # 8)%Q.
Theorem accepted : check header = Ok (claimed, []).
Proof. vm_cast_no_check (eq_refl (@Ok (claim * list hole) (claimed, []))). Qed.

(* What is claimed holds over the reals, of what the objects denote. *)
Theorem proved {N : Normal_distribution} :
  exists t used, objects_of header = Ok (t, used) /\ holds t claimed.
Proof. exact (check_sound header claimed accepted). Qed.
Print Assumptions proved.
