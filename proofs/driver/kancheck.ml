(* kancheck CERTIFICATE: the verdict of the verified checker, as one JSON object.

   Exit codes: 0 valid, 1 invalid, 2 usage, 3 holey or unsupported, 4 the file cannot be read. *)

open Tokens

let print fields code =
  print_endline (Tokens.encode (Object fields));
  exit code

let invalid why = print [ ("verdict", Text "invalid"); ("reason", Text why) ] 1

let unsupported kind =
  print [ ("verdict", Text "unsupported"); ("reason", Text ("unsupported " ^ kind)) ] 3

(* Lists are walked by recursion, as deep as they are long: the program starts itself anew, once,
   with a stack of 1 GB, or of what is allowed. *)
let with_a_large_stack path =
  let marked = "KANCHECK_STACK" in
  if Sys.getenv_opt marked = None then begin
    Unix.putenv marked "1";
    let command =
      "ulimit -s 1048576 2>/dev/null || ulimit -s $(ulimit -H -s) 2>/dev/null; exec \"$0\" \"$1\"" in
    try Unix.execv "/bin/sh" [| "sh"; "-c"; command; Sys.executable_name; path |]
    with Unix.Unix_error _ -> ()
  end

let read_file path =
  match
    let channel = open_in_bin path in
    let data = really_input_string channel (in_channel_length channel) in
    close_in channel; data
  with
  | data -> data
  | exception Sys_error why -> prerr_endline ("kancheck: " ^ why); exit 4

let sides file left right =
  let digests = Container.digests file in
  [ ("left", Text digests.(Z.to_int left)); ("right", Text digests.(Z.to_int right)) ]

(* Where a claim holds, in the words of the certificate. *)
let domain file claim =
  let side = function
    | Array [ Text lo; Text hi ] ->
      (if lo = "-inf" then "(-inf" else "[" ^ lo) ^ ", " ^ if hi = "inf" then "inf)" else hi ^ "]"
    | _ -> "?" in
  match Container.field "domain" claim with
  | Array [] ->
    (match Container.field "left" claim, Container.field "objects" file.Container.header with
     | Integer l, Array objects ->
       (match Container.field "in_features" (List.nth objects (Z.to_int l)) with
        | Integer n -> "R^" ^ Z.to_string n
        | _ -> "R^n")
     | _ -> "R^n")
  | Array (first :: others as sides) when List.for_all (( = ) first) others ->
    "the box " ^ side first ^ "^" ^ string_of_int (List.length sides)
  | Array sides ->
    let first = List.filteri (fun i _ -> i < 8) sides in
    "the box " ^ String.concat " x " (List.map side first)
    ^ if List.length sides > 8 then " x ..." else ""
  | _ -> "?"

(* A window that the file takes on trust: the index of the judgement, and why. *)
let hole ((index, _), why) =
  Object [ ("judgement", Integer (Z.of_int index)); ("reason", Text why) ]

(* The largest number of a list of the claim, as the file writes it. *)
let largest name values claim =
  let larger (v, a) (w, b) =
    if Z.lt (Z.mul a.Core.qnum b.Core.qden) (Z.mul b.Core.qnum a.Core.qden) then (w, b) else (v, a) in
  match Container.field name claim with
  | Array (v :: vs) ->
    (match List.fold_left2 (fun x w b -> larger x (w, b)) (v, List.hd values) vs (List.tl values) with
     | Text t, _ -> t
     | _ -> "?")
  | _ -> "?"

(* A schema in the kernel's words, without what follows for layers. *)
let schema { Core.schema_degree = p; schema_rows } =
  let t = Printf.sprintf "t_%d" in
  let power = if p > 1 then "^" ^ string_of_int p else "" in
  let unit = function
    | Core.Constant -> ""
    | Core.Hinge j -> Printf.sprintf " max(x - %s, 0)%s" (t j) power
    | Core.Below (j, c) -> Printf.sprintf " max(min(x, %s) - %s, 0)%s" (t c) (t j) power
    | Core.Above (j, c) -> Printf.sprintf " max(%s - max(x, %s), 0)%s" (t j) (t c) power in
  let factors l =
    String.concat " " (List.map (fun (a, b) -> Printf.sprintf "(%s - %s)" (t a) (t b)) l) in
  let product { Core.coefficient = c; over; under } =
    let sign =
      if over <> [] && Z.equal (Z.abs c) Z.one then (if Z.sign c < 0 then "-" else "")
      else Z.to_string c ^ (if over = [] then "" else " ") in
    let bottom = factors under in
    sign ^ factors over
    ^ if under = [] then "" else " / " ^ if List.length under > 1 then "(" ^ bottom ^ ")" else bottom in
  let row (u, weight) = "[" ^ String.concat " + " (List.map product weight) ^ "]" ^ unit u in
  Printf.sprintf
    "for all real %s and all real x, the B-spline of degree %d on these knots has at x the value %s"
    (String.concat " < " (List.init (p + 2) t)) p (String.concat " + " (List.map row schema_rows))

let accepted file shown holes =
  let claim = Container.field "claim" file.Container.header in
  let over () = " as functions over the reals on " ^ domain file claim in
  let statement, named = match shown with
    | Core.Equal (l, r, _) -> ("left and right are equal" ^ over (), sides file l r)
    | Core.Refuted (l, r, _) -> ("left and right differ" ^ over (), sides file l r)
    | Core.Within (l, r, _, e) ->
      ("left and right differ by at most " ^ largest "epsilon" e claim ^ over (), sides file l r)
    | Core.Supremum (l, r, _, e, a) ->
      ("left and right differ by at most " ^ largest "epsilon" e claim ^ over ()
       ^ ", and somewhere by at least " ^ largest "attained" a claim, sides file l r)
    | Core.Exceeds (l, r, _, _, _) ->
      (match Container.field "output" claim, Container.field "epsilon" claim with
       | Integer o, Text e ->
         Printf.sprintf "left and right differ by more than %s in output %s," e (Z.to_string o)
       | _ -> "?") ^ over (), sides file l r
    | Core.Rounding (l, r, _, e, _) ->
      (match Container.field "format" claim, Container.field "depth" claim, Container.field "ulps" claim with
       | Text format, Integer depth, Integer ulps ->
         Printf.sprintf
           "computed in floats, right differs from left over the reals by at most %s at every %s point of %s; \
            rounded to nearest, subnormals kept or flushed, no overflow, sums %s, fused or not, atoms within %s units roundoff"
           (largest "epsilon" e claim) format (domain file claim)
           (if Z.equal depth Z.zero then "in any order" else "at most " ^ Z.to_string depth ^ " additions deep")
           (Z.to_string ulps)
       | _ -> "?"), sides file l r
    | Core.Schema s -> (schema s, [])
    | Core.Network_file n -> ("this is a network", sides file n n) in
  let fields verdict = [ ("verdict", Text verdict); ("claim", Text statement) ] @ named in
  if holes = [] then print (fields "valid") 0
  else print (fields "holey" @ [ ("holes", Array (List.map hole holes)) ]) 3

let () =
  match Sys.argv with
  | [| _; path |] ->
    with_a_large_stack path;
    (* Little is thrown away before the end, so the collector may be lazy. *)
    Gc.set { (Gc.get ()) with minor_heap_size = 4194304; space_overhead = 200 };
    let data = read_file path in
    (try
       let file = Container.read data in
       let buffers =
         { Core.buffer_word = Container.word file;
           buffer_bytes = Container.size file;
           file_bytes = Z.of_int (String.length data) } in
       match Core.check buffers file.Container.header with
       | Core.Ok (claim, holes) -> accepted file claim holes
       | Core.Invalid why -> invalid why
       | Core.Unsupported kind -> unsupported kind
     with
     | Tokens.Malformed why -> invalid why
     | Stack_overflow | Out_of_memory -> unsupported "a file as large as this, with so little memory"
     | Z.Overflow | Invalid_argument _ | Failure _ | Not_found -> invalid "malformed or too large")
  | _ -> prerr_endline "usage: kancheck CERTIFICATE"; exit 2
