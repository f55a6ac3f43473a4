(* SHA-256 (FIPS 180-4) of a part of a string, in hexadecimal. *)

let k =
  [| 0x428a2f98; 0x71374491; 0xb5c0fbcf; 0xe9b5dba5; 0x3956c25b; 0x59f111f1; 0x923f82a4; 0xab1c5ed5;
     0xd807aa98; 0x12835b01; 0x243185be; 0x550c7dc3; 0x72be5d74; 0x80deb1fe; 0x9bdc06a7; 0xc19bf174;
     0xe49b69c1; 0xefbe4786; 0x0fc19dc6; 0x240ca1cc; 0x2de92c6f; 0x4a7484aa; 0x5cb0a9dc; 0x76f988da;
     0x983e5152; 0xa831c66d; 0xb00327c8; 0xbf597fc7; 0xc6e00bf3; 0xd5a79147; 0x06ca6351; 0x14292967;
     0x27b70a85; 0x2e1b2138; 0x4d2c6dfc; 0x53380d13; 0x650a7354; 0x766a0abb; 0x81c2c92e; 0x92722c85;
     0xa2bfe8a1; 0xa81a664b; 0xc24b8b70; 0xc76c51a3; 0xd192e819; 0xd6990624; 0xf40e3585; 0x106aa070;
     0x19a4c116; 0x1e376c08; 0x2748774c; 0x34b0bcb5; 0x391c0cb3; 0x4ed8aa4a; 0x5b9cca4f; 0x682e6ff3;
     0x748f82ee; 0x78a5636f; 0x84c87814; 0x8cc70208; 0x90befffa; 0xa4506ceb; 0xbef9a3f7; 0xc67178f2 |]

let mask = 0xffffffff

(* A word of 32 bits, twice: shifted right by n < 32, its low bits are the word rotated. *)
let twice x = x lor (x lsl 32)

(* The message schedule of a block of 64 bytes. *)
let schedule w block at =
  for i = 0 to 15 do
    w.(i) <- Int32.to_int (String.get_int32_be block (at + (4 * i))) land mask
  done;
  for i = 16 to 63 do
    let a = w.(i - 15) and b = w.(i - 2) in
    let aa = twice a and bb = twice b in
    let s0 = (aa lsr 7) lxor (aa lsr 18) lxor (a lsr 3) in
    let s1 = (bb lsr 17) lxor (bb lsr 19) lxor (b lsr 10) in
    w.(i) <- (w.(i - 16) + s0 + w.(i - 7) + s1) land mask
  done

let rec rounds state w i a b c d e f g h =
  if i = 64 then
    List.iteri (fun j x -> state.(j) <- (state.(j) + x) land mask) [ a; b; c; d; e; f; g; h ]
  else
    let aa = twice a and ee = twice e in
    let s1 = (ee lsr 6) lxor (ee lsr 11) lxor (ee lsr 25) in
    let choice = (e land f) lxor (lnot e land g) in
    let t1 = h + s1 + choice + k.(i) + w.(i) in
    let s0 = (aa lsr 2) lxor (aa lsr 13) lxor (aa lsr 22) in
    let majority = (a land b) lor (c land (a lor b)) in
    rounds state w (i + 1) ((t1 + s0 + majority) land mask) a b c ((d + t1) land mask) e f g

let hex (data : string) (start : int) (length : int) : string =
  let state =
    [| 0x6a09e667; 0xbb67ae85; 0x3c6ef372; 0xa54ff53a; 0x510e527f; 0x9b05688c; 0x1f83d9ab; 0x5be0cd19 |]
  in
  let w = Array.make 64 0 in
  let block data at =
    schedule w data at;
    rounds state w 0 state.(0) state.(1) state.(2) state.(3) state.(4) state.(5) state.(6) state.(7) in
  let whole = length / 64 * 64 in
  for i = 0 to (whole / 64) - 1 do block data (start + (64 * i)) done;
  let rest = length - whole in
  let last = Bytes.make (if rest < 56 then 64 else 128) '\000' in
  Bytes.blit_string data (start + whole) last 0 rest;
  Bytes.set last rest '\x80';
  Bytes.set_int64_be last (Bytes.length last - 8) (Int64.of_int (8 * length));
  let last = Bytes.to_string last in
  for i = 0 to (String.length last / 64) - 1 do block last (64 * i) done;
  String.concat "" (Array.to_list (Array.map (Printf.sprintf "%08x") state))
