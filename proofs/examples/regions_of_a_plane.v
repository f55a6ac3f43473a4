(* A certificate of kan_equiv, sha256 adea2bec4e7007de09e1a2a0e445d4c76c89f1b5e52001b20372e53ffdf95c29, replayed by Coq.
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
Definition buffer_2 : json := Object [("bytes", Integer (1)); ("sha256", Text "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a")].
Definition object_0 : json := Object [("functions", Array [Object [("breakpoints", Array [Text "0"; Text "1"]); ("pieces", Array [Array []; Array [Text "0"; Text "1"]; Array [Text "1"]]); ("values", Array [Text "0"; Text "1"])]]); ("type", Text "piecewise")].
Definition object_1 : json := Object [("bases", Array [Integer (0)]); ("basis_of", Array [Integer (0); Integer (0)]); ("type", Text "bank")].
Definition object_2 : json := Object [("buffer", Integer (0)); ("denominators", Array [Text "1"; Text "1"]); ("name", Text "edges"); ("shape", Array [Integer (1); Integer (2)]); ("type", Text "integer_tensor"); ("width", Integer (1))].
Definition object_3 : json := Object [("factors", Array [Array [Integer (2); Text "oc"]]); ("groups", Integer (2)); ("out", Integer (1)); ("type", Text "dense"); ("width", Integer (1))].
Definition object_4 : json := Object [("buffer", Integer (1)); ("denominators", Array [Text "1"]); ("name", Text ""); ("shape", Array [Integer (1)]); ("type", Text "integer_tensor"); ("width", Integer (1))].
Definition object_5 : json := Object [("bias", Integer (4)); ("type", Text "affine"); ("weight", Integer (3))].
Definition object_6 : json := Object [("functions", Array [Object [("breakpoints", Array [Text "0"]); ("pieces", Array [Array []; Array [Text "0"; Text "1"]]); ("values", Array [Text "0"])]]); ("type", Text "piecewise")].
Definition object_7 : json := Object [("bases", Array [Integer (6)]); ("basis_of", Array [Integer (0)]); ("type", Text "bank")].
Definition object_8 : json := Object [("buffer", Integer (2)); ("denominators", Array [Text "1"]); ("name", Text "edges"); ("shape", Array [Integer (1); Integer (1)]); ("type", Text "integer_tensor"); ("width", Integer (1))].
Definition object_9 : json := Object [("factors", Array [Array [Integer (8); Text "oc"]]); ("groups", Integer (1)); ("out", Integer (1)); ("type", Text "dense"); ("width", Integer (1))].
Definition object_10 : json := Object [("bias", Integer (4)); ("type", Text "affine"); ("weight", Integer (9))].
Definition object_11 : json := Object [("functions", Array [Object [("breakpoints", Array [Text "0"; Text "5"]); ("pieces", Array [Array []; Array [Text "0"; Text "1"]; Array [Text "-5"; Text "2"]]); ("values", Array [Text "0"; Text "5"])]]); ("type", Text "piecewise")].
Definition object_12 : json := Object [("bases", Array [Integer (11)]); ("basis_of", Array [Integer (0)]); ("type", Text "bank")].
Definition object_13 : json := Object [("in_features", Integer (2)); ("stages", Array [Integer (1); Integer (5); Integer (7); Integer (10)]); ("type", Text "network")].
Definition object_14 : json := Object [("in_features", Integer (2)); ("stages", Array [Integer (1); Integer (5); Integer (12); Integer (10)]); ("type", Text "network")].
Definition judgement_0 : json := Object [("cells", Integer (9)); ("domain", Array []); ("in_features", Integer (2)); ("kind", Text "regions_equal"); ("left", Array [Integer (1); Integer (5); Integer (7); Integer (10)]); ("right", Array [Integer (1); Integer (5); Integer (12); Integer (10)])].
Definition judgement_1 : json := Object [("domain", Array []); ("kind", Text "composition"); ("left", Integer (13)); ("right", Integer (14)); ("steps", Array [Array [Integer (0); Integer (0); Text "forward"]])].
Definition header : json := Object [("buffers", Array [buffer_0; buffer_1; buffer_2]); ("claim", Object [("domain", Array []); ("kind", Text "equal"); ("left", Integer (13)); ("right", Integer (14))]); ("format", Text "kan_equiv.certificate"); ("judgements", Array [judgement_0; judgement_1]); ("metadata", Object []); ("objects", Array [object_0; object_1; object_2; object_3; object_4; object_5; object_6; object_7; object_8; object_9; object_10; object_11; object_12; object_13; object_14]); ("version", Integer (1))].
Definition contents : list (Z * list Z) := [(2, [0x101]);
  (1, [0x0]);
  (1, [0x1])]%Z.
#[local] Instance buffers : Buffers := buffers_of contents 1686.

Definition claimed : claim := Equal 13 14 [].
Theorem accepted : check header = Ok (claimed, []).
Proof. vm_cast_no_check (eq_refl (@Ok (claim * list hole) (claimed, []))). Qed.

(* What is claimed holds over the reals, of what the objects denote. *)
Theorem proved {N : Normal_distribution} :
  exists t used, objects_of header = Ok (t, used) /\ holds t claimed.
Proof. exact (check_sound header claimed accepted). Qed.
Print Assumptions proved.
