#define EXTRA
// Functions inside methods, lambdas and functions; directives; what looks like a declaration and is none.
using System.Text;

int Outer(int n)
{
    int Twice(int x) => 2 * x;
    int Sum(int x)
    {
        if (x <= 0) return 0;
        return x + Sum(x - 1);
    }
    return Twice(Sum(n));
}
Console.WriteLine(Outer(4));
Main();
var app = new App(3);
app.Run();
foreach (var pair in new Dictionary<string, List<int>> { ["a"] = new List<int> { 1, 2 }, ["b"] = new List<int>() })
{
    Console.WriteLine($"{pair.Key}:{pair.Value.Count}");
}
#region output
#if EXTRA
Console.WriteLine("extra");
#else
Console.WriteLine("class Nope { }");
#endif
#endregion
if (app is App a && a.Size > 2)
{
    Show(a.Size);
    void Show(int size) { Console.WriteLine("size " + size); }
}
var counter = 0;
Action bump = () =>
{
    void Add(int by) { counter += by; }
    Add(2);
    Add(3);
};
bump();
Console.WriteLine(counter);
int[] numbers = { 3, 1, 2 };
Array.Sort(numbers, (x, y) => { return y.CompareTo(x); });
Console.WriteLine(string.Join(" ", numbers));
var record = 5;
record += 1;
Console.WriteLine(record);

void Main() { Console.WriteLine("a function called Main"); }

namespace Tools
{
    internal static class Extensions { public static int Half(this int x) => x / 2; }
}

class App
{
    public int Size { get; }
    public App(int size) => Size = size;
    public void Run()
    {
        string Label(string name, IDictionary<string, int> map)
        {
            return $"{name}={map[name]}";
        }
        var map = new Dictionary<string, int> { ["size"] = Size };
        Print(Label("size", map));
        void Print(string text) => Console.WriteLine(text);
        using var stream = new MemoryStream();
        using (var writer = new StreamWriter(stream)) { writer.Write("abc"); }
        Console.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }
}
