// A program with an async Main of its own, in a file-scoped namespace, that ends by an exception.
using System;
using System.Threading.Tasks;
namespace App;
public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        await Task.Yield();
        using var m = new System.IO.MemoryStream();
        m.WriteByte(1);
        using (var n = new System.IO.MemoryStream()) { }
        object o = null;
        if (o is null && m is not null) Console.WriteLine("null " + m.Length);
        throw new InvalidOperationException("boom");
    }
}
