(* The container: magic, header length, header, buffers with their sha256; and the digests of
   objects, by which a verdict names its networks.  See docs/reference/certificate-format.md. *)

open Tokens

type file = { header : json; buffers : (string * int * int * string) array (* data, start, size, sha256 *) }

let fail = Tokens.fail
let field key = function
  | Object l -> (match List.assoc_opt key l with Some v -> v | None -> fail ("missing key " ^ key))
  | _ -> fail "expected a JSON object"

let read (data : string) : file =
  let n = String.length data in
  if n < 16 || String.sub data 0 8 <> "KANEQUIV" then fail "no kan_equiv container";
  let size = Z.of_bits (String.sub data 8 8) in
  if Z.gt size (Z.of_int (n - 16)) then fail "the header is cut off";
  let stop = 16 + Z.to_int size in
  let source = String.sub data 16 (stop - 16) in
  let header = Tokens.parse source in
  if Tokens.encode header <> source then fail "the header is not canonical JSON";
  let start = ref stop in
  let buffer = function
    | Object [ ("bytes", Integer size); ("sha256", Text digest) ] ->
      if Z.lt size Z.one || Z.gt size (Z.of_int (n - !start)) then fail "a buffer is cut off";
      let size = Z.to_int size in
      if Sha256.hex data !start size <> digest then fail "a buffer has another sha256";
      let found = (data, !start, size, digest) in
      start := !start + size;
      found
    | _ -> fail "a buffer's size and sha256" in
  let buffers = match field "buffers" header with
    | Array l -> Array.of_list (List.map buffer l)
    | _ -> fail "expected a list" in
  if !start <> n then fail "bytes after the last buffer";
  { header; buffers }

(* Entry k of buffer b, cut into words of w bytes: little endian, unsigned. *)
let word file b w k =
  let data, start, size, _ = file.buffers.(Z.to_int b) in
  let w = Z.to_int w and k = Z.to_int k in
  let p = start + (w * k) in
  if k < 0 || (w * k) + w > size then fail "beyond the end of a buffer";
  match w with
  | 1 -> Z.of_int (Char.code data.[p])
  | 2 -> Z.of_int (String.get_uint16_le data p)
  | 4 -> Z.of_int (Int32.to_int (String.get_int32_le data p) land 0xffffffff)
  | _ -> Z.of_bits (String.sub data p w)

let size file b =
  if Z.sign b >= 0 && Z.lt b (Z.of_int (Array.length file.buffers)) then
    let _, _, size, _ = file.buffers.(Z.to_int b) in
    Some (Z.of_int size)
  else None

let links = [ "factors"; "parts"; "blocks"; "maps"; "bases"; "weight"; "bias"; "networks"; "stages" ]

let digests file : string array =
  let raw = match field "objects" file.header with Array l -> Array.of_list l | _ -> [||] in
  let known = Array.make (Array.length raw) "" in
  let rec see_through = function
    | Array l -> Array (List.map see_through l)
    | Integer z -> Text known.(Z.to_int z)
    | v -> v in
  Array.iteri (fun i o ->
      let content = match o with
        | Object l ->
          Object (List.filter_map (fun (k, v) ->
              if k = "name" then None
              else if List.mem k links then Some (k, see_through v)
              else if k = "buffer" then
                match v with
                | Integer z -> let _, _, _, d = file.buffers.(Z.to_int z) in Some (k, Text d)
                | v -> Some (k, v)
              else Some (k, v)) l)
        | v -> v in
      let text = Tokens.encode content in
      known.(i) <- Sha256.hex text 0 (String.length text)) raw;
  known
