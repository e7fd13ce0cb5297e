import std/[sequtils, strformat, strutils]

template twice(body: untyped) =
  body
  body

let name = stdin.readLine()
echo &"Hello, {name}, from Nim!"
var count = 0
twice: inc count
echo toSeq(1 .. 5).mapIt(it * it).join(" "), " ", count
