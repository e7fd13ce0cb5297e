// Local functions: before and after their use, capturing and not, generic, recursive, iterator, async.
int total = 0;
var log = new List<string>();
Add(3);
Add(4, times: 2);
Console.WriteLine($"total {total}, fib {Fib(10)}, max {Max(3, 9)} {Max("a", "b")}");
foreach (var n in Evens(7)) Console.Write(n + " ");
Console.WriteLine();
Console.WriteLine(await Double(21));
Note("x"); Note("y");
Console.WriteLine(string.Join(",", log));
(int q, int r) DivMod(int a, int b) => (a / b, a % b);
var (quotient, rest) = DivMod(17, 5);
Console.WriteLine($"{quotient} {rest}");
bool IsOdd(int n) => n != 0 && IsEven(n - 1);
bool IsEven(int n) => n == 0 || IsOdd(n - 1);
Console.WriteLine(IsOdd(7));
void Swap(ref int a, ref int b) { int t = a; a = b; b = t; }
int u = 1, v = 2;
Swap(ref u, ref v);
Console.WriteLine($"{u}{v}");
Sum(1, 2, 3);
int Shadow(int total) { var text = $"{total + 1}/{log.Count}"; log.Add(text); return total; }
Console.WriteLine(Shadow(5) + " " + log[log.Count - 1] + " " + total);

void Add(int x, int times = 1)
{
    for (int i = 0; i < times; i++) total += x;
}
int Fib(int n) => n < 2 ? n : Fib(n - 1) + Fib(n - 2);
T Max<T>(T a, T b) where T : IComparable<T> => a.CompareTo(b) >= 0 ? a : b;
IEnumerable<int> Evens(int limit) { for (int i = 0; i <= limit; i += 2) yield return i; }
async Task<int> Double(int x) { await Task.Delay(1); return 2 * x; }
void Note(string s) { log.Add($"{s}{log.Count}"); Deeper(); }
void Deeper() { log.Add("d"); }
static void Sum(params int[] xs) { Console.WriteLine(xs.Sum()); }
