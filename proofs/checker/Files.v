(** * Objects: from the tree of a header to tensors, maps, bases, stages and networks

    This file is the meaning of the format, and is part of what has to be read: the float bits
    of a buffer become rationals here.  [buffer_word b w k] is what the driver provides: entry k of
    buffer b, cut into words of w bytes, little endian, unsigned. *)
From Coq Require Import ZArith QArith Ascii String List Bool FMapPositive.
From KanCheck Require Import Result Rational Json Functions Roots Calculus Programs Bases Rootless
  LinearMaps Networks.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.
Open Scope Z_scope.

Class Buffers := { buffer_word : Z -> Z -> Z -> Z; buffer_bytes : Z -> option Z; file_bytes : Z }.

(** Buffers given by their sizes in bytes and their contents, for certificates inside Coq.  The
    contents are cut into lines of 64 bytes, each an integer, little endian: one integer of
    many thousand digits would be slow, and too deep for Coq's stack. *)
Definition line : Z := 64.
Definition buffers_of (contents : list (Z * list Z)) (file : Z) : Buffers :=
  let at_ b := if Z.ltb b 0 then None else nth_error contents (Z.to_nat b) in
  {| buffer_word := fun b w k =>
       match at_ b with
       | Some (_, lines) =>
         let first := w * k / line in
         let behind := (w * k) mod line in
         let several := firstn (Z.to_nat ((behind + w - 1) / line + 1)) (skipn (Z.to_nat first) lines) in
         let joined := fold_right (fun l rest => l + Z.shiftl rest (8 * line)) 0 several in
         Z.shiftr joined (8 * behind) mod Z.shiftl 1 (8 * w)
       | None => 0
       end;
     buffer_bytes := fun b => option_map fst (at_ b);
     file_bytes := file |}.

(** ** Floats *)
(** Bytes, 2^(fraction bits), 2^(exponent bits), exponent bias plus fraction bits. *)
Record float_format := { bytes : Z; fraction_unit : Z; exponent_unit : Z; shift : Z }.
Definition float_format_of (dtype : string) : result float_format :=
  if String.eqb dtype "float16" then Ok {| bytes := 2; fraction_unit := 1024; exponent_unit := 32; shift := 25 |}
  else if String.eqb dtype "bfloat16" then Ok {| bytes := 2; fraction_unit := 128; exponent_unit := 256; shift := 134 |}
  else if String.eqb dtype "float32" then Ok {| bytes := 4; fraction_unit := 8388608; exponent_unit := 256; shift := 150 |}
  else if String.eqb dtype "float64" then Ok {| bytes := 8; fraction_unit := 4503599627370496; exponent_unit := 2048; shift := 1075 |}
  else Invalid "unknown dtype".
Definition exponent (f : float_format) (w : Z) : Z := (w / fraction_unit f) mod exponent_unit f.
Definition is_finite (f : float_format) (w : Z) : bool :=
  negb (Z.eqb (exponent f w) (exponent_unit f - 1)).
(** (-1)^sign significand 2^(exponent - shift), subnormals with exponent 1 and no implicit bit. *)
Definition float_value (f : float_format) (w : Z) : Q :=
  let fraction := w mod fraction_unit f in
  let e := exponent f w in
  let significand := if Z.eqb e 0 then fraction else fraction + fraction_unit f in
  if Z.eqb significand 0 then 0%Q else
  let s := if Z.ltb w (fraction_unit f * exponent_unit f) then significand else - significand in
  let k := Z.max e 1 - shift f in
  if Z.ltb k 0 then reduced (Qmake s (Z.to_pos (Z.shiftl 1 (- k)))) else Qmake (Z.shiftl s k) 1.
(** A signed integer of w bytes, two's complement. *)
Definition signed (w : Z) (u : Z) : Z :=
  let half := Z.shiftl 1 (8 * w - 1) in if Z.ltb u half then u else u - 2 * half.

(** ** The table of objects *)
Record tensor := { shape : list Z; entry : Z -> Q; buffer : Z }.
Inductive object :=
| Tensor (t : tensor)
| Map (m : linear_map)
| Basis (b : basis)
| Stage (s : stage)
| Network (inputs : nat) (stages : list Z).
Definition table := PositiveMap.t object.
Definition lookup (t : table) (i : Z) : result object :=
  match i with
  | Zneg _ => Invalid "a negative index"
  | _ => match PositiveMap.find (Z.to_pos (i + 1)) t with
         | Some o => Ok o
         | None => Invalid "no earlier object"
         end
  end.
Definition index (j : json) : result Z := natural 0 max_features j.
Definition link_tensor (t : table) (j : json) : result tensor :=
  let? i := index j in let? o := lookup t i in
  match o with Tensor x => Ok x | _ => Invalid "an object is no tensor" end.
Definition link_map (t : table) (j : json) : result linear_map :=
  let? i := index j in let? o := lookup t i in
  match o with Map x => Ok x | _ => Invalid "an object is no linear map" end.
Definition link_basis (t : table) (j : json) : result basis :=
  let? i := index j in let? o := lookup t i in
  match o with Basis x => Ok x | _ => Invalid "an object is no basis" end.
Definition stage_at (t : table) (i : Z) : result stage :=
  let? o := lookup t i in
  match o with Stage x => Ok x | _ => Invalid "an object is no stage" end.
Definition network_at (t : table) (i : Z) : result (nat * list Z) :=
  let? o := lookup t i in
  match o with Network n l => Ok (n, l) | _ => Invalid "an object is no network" end.
(** A word, by the indices of its stages. *)
Definition resolve (t : table) : list Z -> result word := map_result (stage_at t).
Definition network_word (t : table) (i : Z) : result (nat * word) :=
  let? (n, l) := network_at t i in let? w := resolve t l in Ok (n, w).

Definition product (l : list Z) : Z := fold_right Z.mul 1 l.
Definition fits (n : nat) : result unit :=
  let z := Z.of_nat n in need (Z.leb 1 z && Z.leb z max_features) "a size".

Definition stage_inputs (s : stage) : nat :=
  match s with
  | Affine w _ => inputs w
  | Bank _ chosen => List.length chosen
  | Parallel ns => fold_right (fun nw n => (fst nw + n)%nat) 0%nat ns
  | Product columns _ => columns
  | Maximum columns _ => columns
  | Layer_norm n _ => n
  end.
(** The stages chain from n inputs; their number of outputs. *)
Fixpoint chain (n : nat) (w : word) : result nat :=
  match w with
  | [] => Ok n
  | s :: w' =>
      let? _ := need (Nat.eqb (stage_inputs s) n) "the stages do not chain" in
      chain (stage_outputs s) w'
  end.

Section Decoding.
Context {B : Buffers}.

(** ** Tensors *)
Fixpoint all_finite (f : float_format) (b : Z) (k : Z) (n : nat) : bool :=
  match n with
  | O => true
  | S m => is_finite f (buffer_word b (bytes f) k) && all_finite f b (k + 1) m
  end.
Definition shape_of (j : json) : result (list Z) := list_of (natural 1 max_features) j.
Definition holds (b : Z) (n : Z) : result unit :=
  match buffer_bytes b with
  | Some m => need (Z.eqb m n) "a buffer has another size"
  | None => Invalid "no such buffer"
  end.
Definition float_tensor (j : json) : result object :=
  let? v := fields ["buffer"; "dtype"; "name"; "shape"; "type"] j in
  match v with
  | [jb; jd; jn; js; _] =>
    let? b := index jb in
    let? d := text jd in
    let? _ := text jn in
    let? s := shape_of js in
    let? f := float_format_of d in
    let? _ := holds b (bytes f * product s) in
    let? _ := need (all_finite f b 0 (Z.to_nat (product s))) "a float is nan or inf" in
    Ok (Tensor {| shape := s; entry := fun k => float_value f (buffer_word b (bytes f) k); buffer := b |})
  | _ => Invalid "unreachable"
  end.
Fixpoint numbered {A} (k : positive) (l : list A) (m : PositiveMap.t A) : PositiveMap.t A :=
  match l with [] => m | a :: l' => numbered (Pos.succ k) l' (PositiveMap.add k a m) end.
Definition integer_tensor (j : json) : result object :=
  let? v := fields ["buffer"; "denominators"; "name"; "shape"; "type"; "width"] j in
  match v with
  | [jb; jd; jn; js; _; jw] =>
    let? b := index jb in
    let? ds := rationals jd in
    let? _ := text jn in
    let? s := shape_of js in
    let? w := natural 1 16384 jw in
    let? _ := need (forallb (fun d => Z.ltb 0 (Qnum d) && Pos.eqb (Qden d) 1) ds) "a denominator is < 1" in
    let n := Z.of_nat (List.length ds) in
    let? _ := need (Z.eqb n 1 || match s with [] => false | _ => Z.eqb n (last s 0) end)
      "as many denominators as last indices" in
    let? _ := holds b (w * product s) in
    let table := numbered 1 (map (fun d => Z.to_pos (Qnum d)) ds) (PositiveMap.empty positive) in
    Ok (Tensor {| shape := s; buffer := b; entry := fun k =>
      let u := buffer_word b w k in
      if Z.eqb u 0 then 0%Q else
      match PositiveMap.find (if Z.eqb n 1 then 1%positive else Z.to_pos (k mod n + 1)) table with
      | Some d => Qmake (signed w u) d
      | None => 0%Q
      end |})
  | _ => Invalid "unreachable"
  end.

(** ** Linear maps *)
(** The axes of a factor: output, input (group), function, column. *)
Inductive axis := O_axis | I_axis | K_axis | C_axis.
Definition axis_eqb (a b : axis) : bool :=
  match a, b with
  | O_axis, O_axis | I_axis, I_axis | K_axis, K_axis | C_axis, C_axis => true
  | _, _ => false
  end.
Definition axis_of (c : ascii) : result axis :=
  if Ascii.eqb c "o"%char then Ok O_axis else if Ascii.eqb c "i"%char then Ok I_axis
  else if Ascii.eqb c "k"%char then Ok K_axis else if Ascii.eqb c "c"%char then Ok C_axis
  else Invalid "unknown axes".
Fixpoint distinct (l : list axis) : bool :=
  match l with [] => true | a :: l' => negb (existsb (axis_eqb a) l') && distinct l' end.
(** The stride of an axis in C order, 0 for one that is missing. *)
Fixpoint stride (a : axis) (axes : list axis) (s : list Z) : Z :=
  match axes, s with
  | b :: axes', _ :: s' => if axis_eqb a b then product s' else stride a axes' s'
  | _, _ => 0
  end.
Definition factor (t : table) (o g w : Z) (j : json) : result (Z -> Z -> Q) :=
  let? (jt, ja) := pair j in
  let? x := link_tensor t jt in
  let? a := text ja in
  let? axes := map_result axis_of (list_ascii_of_string a) in
  let has b := existsb (axis_eqb b) axes in
  let? _ := need (distinct axes) "an axis stands twice" in
  let? _ := need (negb (has C_axis && (has I_axis || has K_axis))) "unknown axes" in
  let size_of b := match b with O_axis => o | I_axis => g | K_axis => w | C_axis => g * w end in
  let sizes := map size_of axes in
  let? _ := need (Nat.eqb (List.length sizes) (List.length (shape x))
    && forallb (fun p => Z.eqb (fst p) (snd p)) (combine sizes (shape x))) "shape and axes differ" in
  let so := stride O_axis axes (shape x) in
  let si := stride I_axis axes (shape x) in
  let sk := stride K_axis axes (shape x) in
  let sc := stride C_axis axes (shape x) in
  let by_column := has C_axis in
  Ok (fun r =>
    let row := so * r in
    fun c => entry x (row + (if by_column then sc * c else si * (c / w) + sk * (c mod w)))).
Fixpoint entries (fs : list (Z -> Z -> Q)) (r : Z) : Z -> Q :=
  match fs with
  | [] => fun _ => 1%Q
  | [f] => f r
  | f :: fs' => let first := f r in let others := entries fs' r in fun c => times (first c) (others c)
  end.
Definition dense (t : table) (j : json) : result linear_map :=
  let? v := fields ["factors"; "groups"; "out"; "type"; "width"] j in
  match v with
  | [jf; jg; jo; _; jw] =>
    let? o := natural 1 max_features jo in
    let? g := natural 1 max_features jg in
    let? w := natural 1 max_features jw in
    let? fs := list_of (factor t o g w) jf in
    let? _ := nonempty fs in
    let? _ := need (Z.leb (g * w) max_features) "a size" in
    Ok (Dense (Z.to_nat o) (Z.to_nat (g * w)) (entries fs))
  | _ => Invalid "unreachable"
  end.
Definition interleave (t : table) (j : json) : result linear_map :=
  let? v := fields ["inputs"; "parts"; "type"] j in
  match v with
  | [jn; jp; _] =>
    let? n := size 1 jn in
    let? ps := list_of (link_map t) jp in
    let? _ := nonempty ps in
    let widths := map (fun p => (inputs p / n)%nat) ps in
    let? _ := need (forallb (fun pw => Nat.eqb (inputs (fst pw)) (n * snd pw)) (combine ps widths)
      && forallb (Nat.leb 1) widths) "a part does not divide by the inputs" in
    let? _ := need (match ps with
      | [] => false
      | p :: ps' => forallb (fun q => Nat.eqb (outputs q) (outputs p)) ps'
      end) "the parts differ in outputs" in
    Ok (Interleave n (combine widths ps))
  | _ => Invalid "unreachable"
  end.
Definition below (n : nat) (j : json) : result nat :=
  let? z := natural 0 (Z.of_nat n - 1) j in Ok (Z.to_nat z).
Definition selection (t : table) (j : json) : result linear_map :=
  let? v := fields ["columns"; "indices"; "type"] j in
  match v with
  | [jc; ji; _] =>
    let? c := size 1 jc in
    let? is := list_of (below c) ji in
    Ok (Selection c is)
  | _ => Invalid "unreachable"
  end.
Definition block_diagonal (t : table) (j : json) : result linear_map :=
  let? v := fields ["block_of"; "blocks"; "type"] j in
  match v with
  | [jo; jb; _] =>
    let? bs := list_of (link_map t) jb in
    let? _ := nonempty bs in
    let? chosen := list_of (below (List.length bs)) jo in
    Ok (Blocks bs chosen)
  | _ => Invalid "unreachable"
  end.
Fixpoint compose_maps (m : linear_map) (ms : list linear_map) : result linear_map :=
  match ms with
  | [] => Ok m
  | m' :: ms' =>
      let? _ := need (Nat.eqb (outputs m) (inputs m')) "maps do not chain" in
      compose_maps (Then m m') ms'
  end.
Definition composition_of_maps (t : table) (j : json) : result linear_map :=
  let? v := fields ["maps"; "type"] j in
  match v with
  | [jm; _] =>
    let? ms := list_of (link_map t) jm in
    match ms with
    | m :: ((_ :: _) as ms') => compose_maps m ms'
    | _ => Invalid "a composition of less than 2 maps"
    end
  | _ => Invalid "unreachable"
  end.
Definition sized_map (r : result linear_map) : result object :=
  let? m := r in let? _ := fits (inputs m) in let? _ := fits (outputs m) in Ok (Map m).

(** ** Bases *)
Definition knots (j : json) : result (list Q) :=
  let? ks := rationals j in
  let? _ := need (Nat.leb (List.length ks) (Z.to_nat max_functions)) "too many knots" in
  let? _ := need (nondecreasing ks) "the knots decrease" in
  Ok ks.
Fixpoint increasing (l : list Q) : bool :=
  match l with s :: ((t :: _) as rest) => less s t && increasing rest | _ => true end.
Definition degree (low : Z) (j : json) : result nat :=
  let? z := natural low max_degree j in Ok (Z.to_nat z).
Definition bspline (j : json) : result basis :=
  let? v := fields ["degree"; "knots"; "type"] j in
  match v with
  | [jd; jk; _] =>
    let? ks := knots jk in let? p := degree 0 jd in Ok (Bspline ks p)
  | _ => Invalid "unreachable"
  end.
Definition term (j : json) : result (Q * nat) :=
  let? (jt, jd) := pair j in let? t := rational jt in let? d := degree 0 jd in Ok (t, d).
Definition truncated_power (j : json) : result basis :=
  let? v := fields ["terms"; "type"] j in
  match v with
  | [jt; _] => let? l := list_of term jt in Ok (Truncated_power l)
  | _ => Invalid "unreachable"
  end.
Definition monomial (j : json) : result basis :=
  let? v := fields ["degrees"; "type"] j in
  match v with
  | [jd; _] => let? l := list_of (degree 0) jd in Ok (Monomial l)
  | _ => Invalid "unreachable"
  end.
Definition atom_named (s : string) : result atom :=
  if String.eqb s "silu" then Ok Silu else if String.eqb s "sigmoid" then Ok Sigmoid
  else if String.eqb s "tanh" then Ok Tanh else if String.eqb s "exp" then Ok Exp
  else if String.eqb s "gelu" then Ok Gelu else if String.eqb s "gaussian" then Ok Gaussian
  else if String.eqb s "sin" then Ok Sin else if String.eqb s "cos" then Ok Cos
  else if String.eqb s "log" then Ok Log else if String.eqb s "sqrt" then Ok Sqrt
  else Invalid "unknown atom".
Definition atom_term (j : json) : result (atom * Q * Q) :=
  let? l := items j in
  match l with
  | [jn; ja; jb] =>
    let? s := text jn in let? n := atom_named s in
    let? a := rational ja in let? b := rational jb in
    let? _ := need (negb (is_zero a) || is_partial n && defined_at n b) "an atom with a = 0" in
    Ok (n, a, b)
  | _ => Invalid "expected a list of 3 entries"
  end.
Definition atoms (j : json) : result basis :=
  let? v := fields ["atoms"; "type"] j in
  match v with
  | [ja; _] => let? l := list_of atom_term ja in Ok (Atoms l)
  | _ => Invalid "unreachable"
  end.
Definition coefficients (j : json) : result (list Q) :=
  let? cs := rationals j in
  let? _ := need (Nat.leb (List.length cs) 65) "too high a degree" in
  let? _ := need (match cs with [] => true | _ => negb (is_zero (last cs 0%Q)) end)
    "a polynomial ends with 0" in
  Ok cs.
Fixpoint zip_pieces (ts vs : list Q) (ps : list (list Q)) : list (Q * Q * list Q) :=
  match ts, vs, ps with
  | t :: ts', v :: vs', p :: ps' => (t, v, p) :: zip_pieces ts' vs' ps'
  | _, _, _ => []
  end.
Definition piecewise_function (j : json) : result pieces :=
  let? v := fields ["breakpoints"; "pieces"; "values"] j in
  match v with
  | [jb; jp; jv] =>
    let? ts := knots jb in
    let? _ := need (increasing ts) "a repeated breakpoint" in
    let? vs := rationals jv in
    let? ps := list_of coefficients jp in
    match ps with
    | p :: ps' =>
      let n := List.length ts in
      let? _ := need (Nat.eqb (List.length vs) n && Nat.eqb (List.length ps') n) "piece counts" in
      Ok {| first := p; others := zip_pieces ts vs ps' |}
    | [] => Invalid "piece counts"
    end
  | _ => Invalid "unreachable"
  end.
Definition piecewise (j : json) : result basis :=
  let? v := fields ["functions"; "type"] j in
  match v with
  | [jf; _] => let? l := list_of piecewise_function jf in Ok (Piecewise l)
  | _ => Invalid "unreachable"
  end.
(** A limit for time only: degree times bits. *)
Definition bit_length (z : Z) : Z := if Z.eqb z 0 then 0 else Z.log2 (Z.abs z) + 1.
Definition ratio_work (q : list Q) : Z :=
  Z.of_nat (List.length q - 1)
  * fold_right (fun c n => bit_length (Qnum c) + bit_length (Zpos (Qden c)) + n) 0 q.
Definition ratio_term (j : json) : result ratio :=
  let? v := fields ["breakpoints"; "denominator"; "pieces"; "power"] j in
  match v with
  | [jb; jq; jp; jk] =>
    let? q := rationals jq in
    let? k := degree 1 jk in
    let? ts := knots jb in
    let? ps := list_of rationals jp in
    let d := (List.length q - 1)%nat in
    let? _ := need (Nat.leb 1 d && Z.leb (Z.of_nat d * Z.of_nat k) max_degree) "the degree of a denominator" in
    let? _ := need (Z.leb (ratio_work q) 262144) "too large: a denominator" in
    let? _ := need (equal (last q 0%Q) 1) "a denominator is not monic" in
    let? _ := need (increasing ts) "a repeated breakpoint" in
    match ps with
    | p :: ps' =>
      let? _ := need (Nat.eqb (List.length ps') (List.length ts)) "not one piece more than breakpoints" in
      let? _ := need (forallb (fun n => Nat.leb (List.length n) d
        && match n with [] => true | _ => negb (is_zero (last n 0%Q)) end) ps) "a numerator" in
      let r := {| denominator := q; denominator_power := k; before := p; after := combine ts ps' |} in
      let? _ := rootless_ratio r in
      Ok r
    | [] => Invalid "not one piece more than breakpoints"
    end
  | _ => Invalid "unreachable"
  end.
Definition ratios_of (j : json) : result basis :=
  let? v := fields ["functions"; "type"] j in
  match v with
  | [jf; _] => let? l := list_of (list_of ratio_term) jf in Ok (Rational l)
  | _ => Invalid "unreachable"
  end.
Fixpoint centers_inside (p k : nat) (cs : list nat) : bool :=
  match cs with
  | [] => true
  | c :: cs' => Nat.ltb k c && Nat.ltb c (k + p + 1) && centers_inside p (S k) cs'
  end.
Definition local (j : json) : result basis :=
  let? v := fields ["centers"; "degree"; "knots"; "type"] j in
  match v with
  | [jc; jd; jk; _] =>
    let? ks := knots jk in
    let? p := degree 1 jd in
    let? cs := list_of (size 0) jc in
    let? _ := need (increasing ks) "a local basis has a repeated knot" in
    let? _ := need (Nat.eqb (List.length cs + p + 1) (List.length ks)) "not one center per B-spline" in
    let? _ := need (centers_inside p 0 cs) "a center is not strictly inside its B-spline" in
    Ok (Local ks p cs)
  | _ => Invalid "unreachable"
  end.
Definition concatenation (t : table) (j : json) : result basis :=
  let? v := fields ["bases"; "type"] j in
  match v with
  | [jb; _] =>
    let? bs := list_of (link_basis t) jb in
    let? _ := nonempty bs in
    Ok (Concatenation bs)
  | _ => Invalid "unreachable"
  end.
(** ** Straight-line programs *)
Definition register (k : Z) (j : json) : result nat :=
  let? z := natural 0 k j in Ok (Z.to_nat z).
(** The instruction after k others; [final] says that none follows. *)
Definition instruction_of (k : Z) (final : bool) (j : json) : result instruction :=
  let? l := items j in
  match l with
  | jn :: args =>
    let? name := text jn in
    let is := String.eqb name in
    match args with
    | [ja] =>
      if is "constant" then let? c := rational ja in Ok (Number c) else
      let one (f : nat -> instruction) := let? a := register k ja in Ok (f a) in
      if is "relu" then one Relu else if is "absolute" then one Absolute
      else if is "negative" then one Negative
      else Invalid "unknown instruction, or other arguments"
    | [ja; jb] =>
      let? a := register k ja in
      let two (f : nat -> nat -> instruction) := let? b := register k jb in Ok (f a b) in
      if is "add" then two Plus else if is "subtract" then two Minus
      else if is "multiply" then two Times
      else if is "minimum" then two Programs.Minimum else if is "maximum" then two Programs.Maximum
      else if is "atom" then
        let? s := text jb in
        let? n := atom_named s in
        let? _ := need (negb (is_partial n)) "an atom that is not defined everywhere" in
        Ok (Atom_of a n)
      else if is "divided" then
        let? n := rational jb in
        let? _ := need final "only the last instruction may divide" in
        let? _ := need (Pos.eqb (Qden n) 1 && Z.leb 1 (Qnum n)) "division is by a positive integer" in
        Ok (Divided a n)
      else Invalid "unknown instruction, or other arguments"
    | _ => Invalid "unknown instruction, or other arguments"
    end
  | [] => Invalid "an empty instruction"
  end.
Fixpoint instructions (k : Z) (l : list json) : result program :=
  match l with
  | [] => Ok []
  | j :: l' =>
      let? i := instruction_of k (match l' with [] => true | _ => false end) j in
      let? p := instructions (k + 1) l' in
      Ok (i :: p)
  end.
Definition program_of (j : json) : result program :=
  let? l := items j in
  let? _ := need (Z.leb (Z.of_nat (List.length l)) 1024) "too long a program" in
  instructions 0 l.
Definition straight_line (j : json) : result basis :=
  let? v := fields ["programs"; "type"] j in
  match v with
  | [jp; _] => let? l := list_of program_of jp in Ok (Straight_line l)
  | _ => Invalid "unreachable"
  end.
Definition sized_basis (r : result basis) : result object :=
  let? b := r in
  let n := Z.of_nat (basis_size b) in
  let? _ := need (Z.leb 1 n && Z.leb n max_functions) "a basis has no function or too many" in
  Ok (Basis b).

(** ** Stages and networks *)
Definition affine (t : table) (j : json) : result stage :=
  let? v := fields ["bias"; "type"; "weight"] j in
  match v with
  | [jb; _; jw] =>
    let? w := link_map t jw in
    let? b := link_tensor t jb in
    let? _ := need (match shape b with [n] => Z.eqb n (Z.of_nat (outputs w)) | _ => false end)
      "the bias has another length" in
    Ok (Affine w (entry b))
  | _ => Invalid "unreachable"
  end.
Definition bank (t : table) (j : json) : result stage :=
  let? v := fields ["bases"; "basis_of"; "type"] j in
  match v with
  | [jb; jo; _] =>
    let? bs := list_of (link_basis t) jb in
    let? _ := nonempty bs in
    let? chosen := list_of (below (List.length bs)) jo in
    let used := fold_right (fun k m => PositiveMap.add (Pos.of_succ_nat k) tt m)
      (PositiveMap.empty unit) chosen in
    let? _ := need (Nat.eqb (PositiveMap.cardinal used) (List.length bs))
      "a basis of a bank is not used" in
    Ok (Bank bs chosen)
  | _ => Invalid "unreachable"
  end.
Definition parallel (t : table) (j : json) : result stage :=
  let? v := fields ["networks"; "type"] j in
  match v with
  | [jn; _] =>
    let? ns := list_of (fun k => let? i := index k in network_word t i) jn in
    let? _ := nonempty ns in
    Ok (Parallel ns)
  | _ => Invalid "unreachable"
  end.
Definition group (c : nat) (j : json) : result (list nat) :=
  let? l := list_of (below c) j in
  let? _ := need (Nat.leb 1 (List.length l) && Z.leb (Z.of_nat (List.length l)) 4096) "the size of a group" in
  Ok l.
Definition grouped (stage_of : nat -> list (list nat) -> stage) (j : json) : result stage :=
  let? v := fields ["columns"; "groups"; "type"] j in
  match v with
  | [jc; jg; _] =>
    let? c := size 1 jc in
    let? gs := list_of (group c) jg in
    let? _ := nonempty gs in
    Ok (stage_of c gs)
  | _ => Invalid "unreachable"
  end.
Definition vector_atom (j : json) : result stage :=
  let? v := fields ["features"; "function"; "parameters"; "type"] j in
  match v with
  | [jn; jf; jp; _] =>
    let? n := size 1 jn in
    let? f := text jf in
    let? ps := rationals jp in
    if String.eqb f "layer_norm" then
      match ps with
      | [e] => let? _ := need (Z.ltb 0 (Qnum e)) "not one epsilon > 0" in Ok (Layer_norm n e)
      | _ => Invalid "not one epsilon > 0"
      end
    else Unsupported f
  | _ => Invalid "unreachable"
  end.
Definition sized_stage (r : result stage) : result object :=
  let? s := r in
  let? _ := fits (stage_inputs s) in let? _ := fits (stage_outputs s) in Ok (Stage s).
Definition network (t : table) (j : json) : result object :=
  let? v := fields ["in_features"; "stages"; "type"] j in
  match v with
  | [ji; js; _] =>
    let? n := size 1 ji in
    let? l := list_of index js in
    let? w := resolve t l in
    let? m := chain n w in
    let? _ := fits m in
    Ok (Network n l)
  | _ => Invalid "unreachable"
  end.

Definition object_of (t : table) (j : json) : result object :=
  let? k := field "type" j in
  let? s := text k in
  let is := String.eqb s in
  if is "float_tensor" then float_tensor j
  else if is "integer_tensor" then integer_tensor j
  else if is "dense" then sized_map (dense t j)
  else if is "interleave" then sized_map (interleave t j)
  else if is "selection" then sized_map (selection t j)
  else if is "block_diagonal" then sized_map (block_diagonal t j)
  else if is "composition" then sized_map (composition_of_maps t j)
  else if is "bspline" then sized_basis (bspline j)
  else if is "truncated_power" then sized_basis (truncated_power j)
  else if is "monomial" then sized_basis (monomial j)
  else if is "atom" then sized_basis (atoms j)
  else if is "piecewise" then sized_basis (piecewise j)
  else if is "rational" then sized_basis (ratios_of j)
  else if is "local" then sized_basis (local j)
  else if is "straight_line" then sized_basis (straight_line j)
  else if is "concatenation" then sized_basis (concatenation t j)
  else if is "affine" then sized_stage (affine t j)
  else if is "bank" then sized_stage (bank t j)
  else if is "parallel" then sized_stage (parallel t j)
  else if is "product" then sized_stage (grouped Product j)
  else if is "maximum" then sized_stage (grouped Maximum j)
  else if is "vector_atom" then sized_stage (vector_atom j)
  else if is "network" then network t j
  else Unsupported s.

(** ** Limits, for time only: how deep objects are nested, how many maps a composition has *)
Definition link_keys : list string :=
  ["factors"; "parts"; "blocks"; "maps"; "bases"; "weight"; "bias"; "networks"; "stages"].
Fixpoint integers (j : json) : list Z :=
  match j with
  | Integer z => [z]
  | Array l => flat_map integers l
  | _ => []
  end.
Definition depth_of (depths : PositiveMap.t Z) (j : json) : Z :=
  let links := match j with
    | Object fs => flat_map (fun kv =>
        if existsb (String.eqb (fst kv)) link_keys then integers (snd kv) else []) fs
    | _ => [] end in
  fold_right (fun i d =>
    match PositiveMap.find (Z.to_pos (i + 1)) depths with Some e => Z.max d (e + 1) | None => d end)
    0 links.
Fixpoint map_count (m : linear_map) : Z :=
  match m with Then a b => map_count a + map_count b | _ => 1 end.
Definition within_limits (depth : Z) (o : object) : result unit :=
  let? _ := need (Z.leb depth 64) "nested deeper than 64" in
  match o with Map m => need (Z.leb (map_count m) 1048576) "more than 1048576 maps" | _ => Ok tt end.

Fixpoint objects (t : table) (depths : PositiveMap.t Z) (used : list Z) (k : positive) (l : list json)
  : result (table * list Z) :=
  match l with
  | [] => Ok (t, used)
  | j :: l' =>
      let? o := object_of t j in
      let depth := depth_of depths j in
      let? _ := within_limits depth o in
      let used := match o with Tensor x => buffer x :: used | _ => used end in
      objects (PositiveMap.add k o t) (PositiveMap.add k depth depths) used (Pos.succ k) l'
  end.
End Decoding.
