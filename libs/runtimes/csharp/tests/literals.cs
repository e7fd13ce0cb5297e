// Literals of every form, and comments that look like code.
var name = "Ann \"x\" {}"; // not { code
var d = new Dictionary<string, int> { ["k"] = 1 };
/* } */ Console.WriteLine(@"C:\dir\""q""");
Console.WriteLine($"{d["k"]:D3} {{literal}} {(d.Count > 0 ? "yes" : "no")} {name,-15}|");
Console.WriteLine($@"verb {name} \ ""{d.Count}""");
Console.WriteLine("""raw "quotes" and \ {braces}""");
Console.WriteLine("""
    two
      lines "here"
    """);
Console.WriteLine($"""x {d["k"]} "y" """);
Console.WriteLine($$"""json {"a": {{d["k"]}}}""");
char c = '"', e = '\'', f = '\u0041', g = '{';
Console.WriteLine($"{c}{e}{f}{g}");
Console.WriteLine("ünïcode ✓ 𝄞");
string @class = "kw";
Console.WriteLine($"{@class} {1_000} {0xF_F} {1.5e-3} {0b1_1}");
