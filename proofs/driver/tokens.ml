(* Bytes to the tree of a header, and back.  Only canonical JSON is read: what Python's
   json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True) writes.  The
   caller compares the encoding of what was read with the bytes. *)

type json = Core.json =
  | Null | Boolean of bool | Integer of Z.t | Text of string | Array of json list
  | Object of (string * json) list

exception Malformed of string

let fail why = raise (Malformed why)

(* Strings are kept as UTF-8 (lone surrogates in the same scheme), whose order of bytes is the
   order of code points, by which keys are sorted. *)
let add_code buffer c =
  let byte b = Buffer.add_char buffer (Char.chr b) in
  if c < 0x80 then byte c
  else if c < 0x800 then (byte (0xc0 lor (c lsr 6)); byte (0x80 lor (c land 63)))
  else if c < 0x10000 then (
    byte (0xe0 lor (c lsr 12)); byte (0x80 lor ((c lsr 6) land 63)); byte (0x80 lor (c land 63)))
  else (
    byte (0xf0 lor (c lsr 18)); byte (0x80 lor ((c lsr 12) land 63));
    byte (0x80 lor ((c lsr 6) land 63)); byte (0x80 lor (c land 63)))

let parse (s : string) : json =
  let n = String.length s in
  let at = ref 0 in
  let peek () = if !at < n then s.[!at] else fail "the header is cut off" in
  let next () = let c = peek () in incr at; c in
  let expect c = if next () <> c then fail "the header is no JSON" in
  let word w value = String.iter expect w; value in
  let hex4 () =
    let digit () = match next () with
      | '0' .. '9' as c -> Char.code c - 48
      | 'a' .. 'f' as c -> Char.code c - 87
      | _ -> fail "an escape in a string" in
    let a = digit () in let b = digit () in let c = digit () in let d = digit () in
    (((a * 16) + b) * 16 + c) * 16 + d in
  let text () =
    let buffer = Buffer.create 16 in
    let rec go () = match next () with
      | '"' -> Buffer.contents buffer
      | '\\' ->
        (match next () with
         | '"' -> Buffer.add_char buffer '"' | '\\' -> Buffer.add_char buffer '\\'
         | 'n' -> Buffer.add_char buffer '\n' | 'r' -> Buffer.add_char buffer '\r'
         | 't' -> Buffer.add_char buffer '\t' | 'b' -> Buffer.add_char buffer '\b'
         | 'f' -> Buffer.add_char buffer '\012'
         | 'u' ->
           let high = hex4 () in
           if high land 0xfc00 = 0xd800 && !at + 1 < n && s.[!at] = '\\' && s.[!at + 1] = 'u' then begin
             let back = !at in
             at := !at + 2;
             let low = hex4 () in
             if low land 0xfc00 = 0xdc00
             then add_code buffer (0x10000 + ((high land 0x3ff) lsl 10) + (low land 0x3ff))
             else (at := back; add_code buffer high)
           end else add_code buffer high
         | _ -> fail "an escape in a string");
        go ()
      | c when c < ' ' || c > '~' -> fail "a character in a string"
      | c -> Buffer.add_char buffer c; go () in
    go () in
  let number () =
    let start = !at in
    if peek () = '-' then incr at;
    while !at < n && s.[!at] >= '0' && s.[!at] <= '9' do incr at done;
    if !at < n && String.contains ".eE" s.[!at] then fail "the header holds a float";
    if !at - start > 4000 then fail "an integer is too long";
    match Z.of_string (String.sub s start (!at - start)) with
    | z -> Integer z
    | exception _ -> fail "the header is no JSON" in
  let rec value depth =
    if depth > 500 then fail "nested too deeply";
    match peek () with
    | '{' ->
      incr at;
      if peek () = '}' then (incr at; Object [])
      else
        let rec members previous acc =
          expect '"';
          let key = text () in
          (match previous with
           | Some p when compare p key >= 0 -> fail "the keys are not in order"
           | _ -> ());
          expect ':';
          let v = value (depth + 1) in
          let acc = (key, v) :: acc in
          match next () with
          | ',' -> members (Some key) acc
          | '}' -> Object (List.rev acc)
          | _ -> fail "the header is no JSON" in
        members None []
    | '[' ->
      incr at;
      if peek () = ']' then (incr at; Array [])
      else
        let rec entries acc =
          let acc = value (depth + 1) :: acc in
          match next () with
          | ',' -> entries acc
          | ']' -> Array (List.rev acc)
          | _ -> fail "the header is no JSON" in
        entries []
    | '"' -> incr at; Text (text ())
    | 't' -> word "true" (Boolean true)
    | 'f' -> word "false" (Boolean false)
    | 'n' -> word "null" Null
    | _ -> number () in
  let v = value 0 in
  if !at <> n then fail "bytes after the JSON";
  v

let code_at s i =
  let c k = Char.code s.[i + k] in
  let b = c 0 in
  if b < 0x80 then (b, 1)
  else if b < 0xe0 then (((b land 31) lsl 6) lor (c 1 land 63), 2)
  else if b < 0xf0 then (((b land 15) lsl 12) lor ((c 1 land 63) lsl 6) lor (c 2 land 63), 3)
  else
    (((b land 7) lsl 18) lor ((c 1 land 63) lsl 12) lor ((c 2 land 63) lsl 6) lor (c 3 land 63), 4)

let encode (v : json) : string =
  let out = Buffer.create 256 in
  let put = Buffer.add_string out in
  let text s =
    put "\"";
    let i = ref 0 in
    while !i < String.length s do
      let code, width = code_at s !i in
      (match Char.chr (code land 255) with
       | _ when code > 0xffff ->
         let c = code - 0x10000 in
         put (Printf.sprintf "\\u%04x\\u%04x" (0xd800 lor (c lsr 10)) (0xdc00 lor (c land 0x3ff)))
       | _ when code > 126 -> put (Printf.sprintf "\\u%04x" code)
       | '"' -> put "\\\"" | '\\' -> put "\\\\" | '\n' -> put "\\n" | '\r' -> put "\\r"
       | '\t' -> put "\\t" | '\b' -> put "\\b" | '\012' -> put "\\f"
       | c when c < ' ' -> put (Printf.sprintf "\\u%04x" code)
       | c -> Buffer.add_char out c);
      i := !i + width
    done;
    put "\"" in
  let rec value = function
    | Null -> put "null"
    | Boolean b -> put (if b then "true" else "false")
    | Integer z -> put (Z.to_string z)
    | Text s -> text s
    | Array l -> put "["; separated (fun v -> value v) l; put "]"
    | Object l -> put "{"; separated (fun (k, v) -> text k; put ":"; value v) l; put "}"
  and separated : 'a. ('a -> unit) -> 'a list -> unit = fun f l ->
    List.iteri (fun i v -> if i > 0 then put ","; f v) l in
  value v;
  Buffer.contents out
