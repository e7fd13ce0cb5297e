type shape = Square of int | Rectangle of int * int

let area = function Square side -> side * side | Rectangle (a, b) -> a * b

let () =
  let name = read_line () in
  Printf.printf "Hello, %s, from OCaml!\n" name;
  [ Square 3; Rectangle (2, 5) ] |> List.map area |> List.iter (Printf.printf "%d ");
  print_endline (Str.global_replace (Str.regexp "a") "o" name)
