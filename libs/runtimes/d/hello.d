import std.algorithm, std.array, std.conv, std.range, std.stdio, std.string;

int square(int n) { return n * n; }

enum atCompileTime = square(12);

void main() {
  auto name = readln().strip;
  writefln("Hello, %s, from D!", name);
  writeln(iota(1, 6).map!square.array, " ", atCompileTime);
}
