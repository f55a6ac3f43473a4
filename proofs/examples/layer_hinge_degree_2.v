(* A certificate of kan_equiv, sha256 c8d8c5121c29aeaba5e3c5c3f739dbcaa1bedcc5a25329a4f6624b9620e62e1e, replayed by Coq.
   In a source tree of kan_equiv, after make -C proofs:
   coqc -Q proofs/theories KanEquiv -Q proofs/checker KanCheck FILE.v *)
From Coq Require Import ZArith QArith String List.
From KanCheck Require Import Result Json Functions Files Claims Judge Verdict.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

(* The header of the file, and for every buffer its bytes and their content in lines of
   64 bytes, each an integer, little endian. *)
Definition buffer_0 : json := Object [("bytes", Integer (80)); ("sha256", Text "93e5632b537a880e6d2648b6916e5204810d0a4ed016efcd8057ab05f42c971c")].
Definition buffer_1 : json := Object [("bytes", Integer (80)); ("sha256", Text "d1be2886d85971c6a3f356588d4568b7b1621e961e7393140c798de108257a2f")].
Definition buffer_2 : json := Object [("bytes", Integer (10)); ("sha256", Text "01d448afd928065458cf670b60f5a594d735af0172c8d67f22a81680132681ca")].
Definition buffer_3 : json := Object [("bytes", Integer (80)); ("sha256", Text "9dfe79b7f692882b157a7b5a2f6bab91155b7f94a4ff195ca0ebe189b926e10e")].
Definition buffer_4 : json := Object [("bytes", Integer (16)); ("sha256", Text "f6bb1294da2f78cd935b01c7656280df5eaa0439e9d97bc03775825a41a508e4")].
Definition buffer_5 : json := Object [("bytes", Integer (2)); ("sha256", Text "b413f47d13ee2fe6c845b2ee141af81de858df4ec549a58b7970bb96645bc8d2")].
Definition buffer_6 : json := Object [("bytes", Integer (16)); ("sha256", Text "c753e40be9fe2034befb6274f6c15789612d4f4cca03490cdadbf594d1dcee63")].
Definition object_0 : json := Object [("degree", Integer (2)); ("knots", Array [Text "-21/8"; Text "-9/4"; Text "-13/8"; Text "-1"; Text "-1/4"; Text "3/4"; Text "7/4"; Text "21/8"]); ("type", Text "bspline")].
Definition object_1 : json := Object [("degree", Integer (2)); ("knots", Array [Text "-2"; Text "-13/8"; Text "-5/8"; Text "3/8"; Text "5/8"; Text "9/8"; Text "7/4"; Text "5/2"]); ("type", Text "bspline")].
Definition object_2 : json := Object [("bases", Array [Integer (0); Integer (1)]); ("basis_of", Array [Integer (0); Integer (1)]); ("type", Text "bank")].
Definition object_3 : json := Object [("terms", Array [Array [Text "-21/8"; Integer (2)]; Array [Text "-9/4"; Integer (2)]; Array [Text "-13/8"; Integer (2)]; Array [Text "-1"; Integer (2)]; Array [Text "-1/4"; Integer (2)]; Array [Text "3/4"; Integer (2)]; Array [Text "7/4"; Integer (2)]; Array [Text "21/8"; Integer (2)]]); ("type", Text "truncated_power")].
Definition object_4 : json := Object [("terms", Array [Array [Text "-2"; Integer (2)]; Array [Text "-13/8"; Integer (2)]; Array [Text "-5/8"; Integer (2)]; Array [Text "3/8"; Integer (2)]; Array [Text "5/8"; Integer (2)]; Array [Text "9/8"; Integer (2)]; Array [Text "7/4"; Integer (2)]; Array [Text "5/2"; Integer (2)]]); ("type", Text "truncated_power")].
Definition object_5 : json := Object [("bases", Array [Integer (3); Integer (4)]); ("basis_of", Array [Integer (0); Integer (1)]); ("type", Text "bank")].
Definition object_6 : json := Object [("buffer", Integer (0)); ("denominators", Array [Text "3"; Text "75"; Text "275"; Text "525"; Text "66"; Text "105"; Text "14"; Text "105"]); ("name", Text "grid map"); ("shape", Array [Integer (5); Integer (8)]); ("type", Text "integer_tensor"); ("width", Integer (2))].
Definition object_7 : json := Object [("factors", Array [Array [Integer (6); Text "oc"]]); ("groups", Integer (8)); ("out", Integer (5)); ("type", Text "dense"); ("width", Integer (1))].
Definition object_8 : json := Object [("buffer", Integer (1)); ("denominators", Array [Text "33"; Text "6"; Text "55"; Text "6"; Text "45"; Text "165"; Text "45"; Text "33"]); ("name", Text "grid map"); ("shape", Array [Integer (5); Integer (8)]); ("type", Text "integer_tensor"); ("width", Integer (2))].
Definition object_9 : json := Object [("factors", Array [Array [Integer (8); Text "oc"]]); ("groups", Integer (8)); ("out", Integer (5)); ("type", Text "dense"); ("width", Integer (1))].
Definition object_10 : json := Object [("block_of", Array [Integer (0); Integer (1)]); ("blocks", Array [Integer (7); Integer (9)]); ("type", Text "block_diagonal")].
Definition object_11 : json := Object [("buffer", Integer (2)); ("denominators", Array [Text "1"; Text "1"; Text "1"; Text "1"; Text "1"; Text "1"; Text "1"; Text "1"; Text "1"; Text "1"]); ("name", Text "constants"); ("shape", Array [Integer (10)]); ("type", Text "integer_tensor"); ("width", Integer (1))].
Definition object_12 : json := Object [("bias", Integer (11)); ("type", Text "affine"); ("weight", Integer (10))].
Definition object_13 : json := Object [("buffer", Integer (3)); ("dtype", Text "float32"); ("name", Text "coef.0"); ("shape", Array [Integer (2); Integer (2); Integer (5)]); ("type", Text "float_tensor")].
Definition object_14 : json := Object [("buffer", Integer (4)); ("dtype", Text "float32"); ("name", Text "mask"); ("shape", Array [Integer (2); Integer (2)]); ("type", Text "float_tensor")].
Definition object_15 : json := Object [("factors", Array [Array [Integer (13); Text "iok"]; Array [Integer (14); Text "io"]]); ("groups", Integer (2)); ("out", Integer (2)); ("type", Text "dense"); ("width", Integer (5))].
Definition object_16 : json := Object [("buffer", Integer (5)); ("denominators", Array [Text "1"; Text "7"]); ("name", Text "bias"); ("shape", Array [Integer (2)]); ("type", Text "integer_tensor"); ("width", Integer (1))].
Definition object_17 : json := Object [("bias", Integer (16)); ("type", Text "affine"); ("weight", Integer (15))].
Definition object_18 : json := Object [("in_features", Integer (2)); ("stages", Array [Integer (2); Integer (17)]); ("type", Text "network")].
Definition object_19 : json := Object [("in_features", Integer (2)); ("stages", Array [Integer (5); Integer (12); Integer (17)]); ("type", Text "network")].
Definition object_20 : json := Object [("columns", Integer (2)); ("indices", Array [Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (1); Integer (1); Integer (1); Integer (1); Integer (1); Integer (1); Integer (1); Integer (1)]); ("type", Text "selection")].
Definition object_21 : json := Object [("buffer", Integer (6)); ("denominators", Array [Text "8"; Text "4"; Text "8"; Text "1"; Text "4"; Text "4"; Text "4"; Text "8"; Text "1"; Text "8"; Text "8"; Text "8"; Text "8"; Text "8"; Text "4"; Text "2"]); ("name", Text "shifts"); ("shape", Array [Integer (16)]); ("type", Text "integer_tensor"); ("width", Integer (1))].
Definition object_22 : json := Object [("bias", Integer (21)); ("type", Text "affine"); ("weight", Integer (20))].
Definition object_23 : json := Object [("terms", Array [Array [Text "0"; Integer (2)]]); ("type", Text "truncated_power")].
Definition object_24 : json := Object [("bases", Array [Integer (23)]); ("basis_of", Array [Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0); Integer (0)]); ("type", Text "bank")].
Definition object_25 : json := Object [("in_features", Integer (2)); ("stages", Array [Integer (22); Integer (24); Integer (12); Integer (17)]); ("type", Text "network")].
Definition judgement_0 : json := Object [("domain", Array []); ("in_features", Integer (2)); ("kind", Text "window_equal"); ("left", Array [Integer (2)]); ("right", Array [Integer (5); Integer (12)])].
Definition judgement_1 : json := Object [("domain", Array []); ("kind", Text "composition"); ("left", Integer (18)); ("right", Integer (19)); ("steps", Array [Array [Integer (0); Integer (0); Text "forward"]])].
Definition judgement_2 : json := Object [("domain", Array []); ("in_features", Integer (2)); ("kind", Text "window_equal"); ("left", Array [Integer (5)]); ("right", Array [Integer (22); Integer (24)])].
Definition judgement_3 : json := Object [("domain", Array []); ("kind", Text "composition"); ("left", Integer (18)); ("right", Integer (25)); ("steps", Array [Array [Integer (0); Integer (0); Text "forward"]; Array [Integer (0); Integer (2); Text "forward"]])].
Definition header : json := Object [("buffers", Array [buffer_0; buffer_1; buffer_2; buffer_3; buffer_4; buffer_5; buffer_6]); ("claim", Object [("domain", Array []); ("kind", Text "equal"); ("left", Integer (18)); ("right", Integer (25))]); ("format", Text "kan_equiv.certificate"); ("judgements", Array [judgement_0; judgement_1; judgement_2; judgement_3]); ("metadata", Object []); ("objects", Array [object_0; object_1; object_2; object_3; object_4; object_5; object_6; object_7; object_8; object_9; object_10; object_11; object_12; object_13; object_14; object_15; object_16; object_17; object_18; object_19; object_20; object_21; object_22; object_23; object_24; object_25]); ("version", Integer (1))].
Definition contents : list (Z * list Z) := [(80, [0xfff900a5ff87019000000000000000000000ffc40098fa10014000000000000000000000ffc00700fc00006000000000000000000000fd600478fe600008; 0xffc00017ff5f00210000000000000000]);
  (80, [0xffc003c8fe48002000000000000000000000fe4801f8ffc8002c00000000000000000000ff70001bff9d000300000000000000000000fffd005fffed0040; 0xffe000a0fd3000500000000000000000]);
  (10, [0x0]);
  (80, [0xbdcb28593ee8f044bf4aca21bea85b9bbe9f01453f7a41dcbf0dc7553e8ffad83f461830bea69dd23f9274073fe65cd0c01c4100bed37d11bf05d2d83e419736; 0xbf646c123e01df29bf1b70863f0b980b]);
  (16, [0x3f8000003f8000003f8000003f800000]);
  (2, [0x100]);
  (16, [0xfbf9f7fbfd050d02ebf9fd01010d0915])]%Z.
#[local] Instance buffers : Buffers := buffers_of contents 3517.

Definition claimed : claim := Equal 18 25 [].
Theorem accepted : check header = Ok (claimed, []).
Proof. vm_cast_no_check (eq_refl (@Ok (claim * list hole) (claimed, []))). Qed.

(* What is claimed holds over the reals, of what the objects denote. *)
Theorem proved {N : Normal_distribution} :
  exists t used, objects_of header = Ok (t, used) /\ holds t claimed.
Proof. exact (check_sound header claimed accepted). Qed.
Print Assumptions proved.
