// Types of every kind after the statements, and an exit code.
using System.Text;
using static System.Math;

var shapes = new List<Shape> { new Circle(1.5), new Square { Side = 2 } };
foreach (var s in shapes)
{
    Console.WriteLine($"{s.Name}: {s.Area():F2}");
}
Console.WriteLine(Max(Color.Red.ToString().Length, 2));
var b = new StringBuilder();
b.Append('{').Append('"').Append('\'').Append("}");
Console.WriteLine(b);
return shapes.Count + 1;

abstract class Shape { public abstract string Name { get; } public abstract double Area(); }
sealed class Circle : Shape
{
    private readonly double r;
    public Circle(double r) { this.r = r; }
    public override string Name => "circle";
    public override double Area() => PI * r * r;
}
class Square : Shape { public double Side { get; init; } public override string Name => "square"; public override double Area() => Side * Side; }
enum Color { Red, Green }
public delegate int Op(int a);
interface IThing<T> where T : class { T Get(); }
struct P { public int X; }
