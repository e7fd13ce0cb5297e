// Queries, tasks, exceptions, labels, anonymous and dynamic types.
#nullable enable
using System.Globalization;
var words = "the quick brown fox jumps over the lazy dog".Split(' ');
var groups = from w in words group w by w.Length into g orderby g.Key select new { g.Key, Words = g.ToList() };
foreach (var g in groups) { Console.WriteLine($"{g.Key}: {string.Join(",", g.Words)}"); }
var tasks = Enumerable.Range(1, 3).Select(async i => { await Task.Delay(i); return i * i; });
int[] squares = await Task.WhenAll(tasks);
Console.WriteLine(squares.Sum().ToString("N1", CultureInfo.InvariantCulture));
Func<int, int> f = delegate(int z) { return z + 1; };
Action a = () => { return; };
a();
dynamic dyn = 5; Console.WriteLine(dyn + f(1));
do { squares[0]++; } while (squares[0] < 5);
try { throw new Exception("e"); } catch (Exception ex) when (ex.Message == "e") { Console.WriteLine("caught"); } finally { Console.WriteLine("fin"); }
switch (squares.Length) { case 3: Console.WriteLine("three"); break; default: break; }
lock (words) { Console.WriteLine(System.Numerics.BigInteger.Pow(2, 100)); }
using var http = new HttpClient();
label: Console.WriteLine(http != null);
unchecked { int big = int.MaxValue; big++; Console.WriteLine(big); }
