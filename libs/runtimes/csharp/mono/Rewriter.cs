using System.Collections.Generic;
using System.Linq;

namespace Gantry.CSharp
{
    /// <summary>Turns a file of today's C# into one that Mono's compiler knows.</summary>
    internal static class Rewriter
    {
        /// <summary>The class whose Main starts the statements. A `Program` of the user's own can stand beside it.</summary>
        public const string EntryClass = "Program__Entry";

        private const string ImplicitUsings = "using System; using System.Collections.Generic; using System.IO; using System.Linq; "
            + "using System.Net.Http; using System.Threading; using System.Threading.Tasks;";

        /// <summary>Returns the new source; `hasStatements` says whether the file is where the program starts.</summary>
        public static string Rewrite(string source, string path, out bool hasStatements)
        {
            List<Token> tokens = Spelling.Modernize(Packages.Resolve(Lexer.ReadAll(source)));
            CompilationUnit unit = CompilationUnit.Split(tokens);
            hasStatements = unit.HasStatements;
            IEnumerable<Token> program = hasStatements ? Program(unit.Statements) : unit.Statements;
            IEnumerable<Token> all = unit.Leading
                .Concat(Lexer.Synthesize(ImplicitUsings))
                .Concat(unit.Prologue)
                .Concat(program)
                .Concat(hasStatements ? unit.Declarations : AsyncMain.Enter(unit.Declarations));
            return Emitter.Write(UsingDeclarations.Enclose(NestedFunctions.Replace(all.ToList())), path);
        }

        private static IEnumerable<Token> Program(List<Token> statements)
        {
            var functions = new TopLevelFunctions(statements);
            bool value = Statement.ReturnsValue(functions.Statements);
            bool awaits = Statement.Awaits(functions.Statements);
            return Lexer.Synthesize("partial class Program { internal static " + Result(value, awaits) + " Main__(string[] args) {")
                .Concat(functions.Statements)
                .Concat(Lexer.Synthesize("}"))
                .Concat(functions.Members)
                .Concat(Lexer.Synthesize("} static class " + EntryClass + " { " + Entry(value, awaits) + " }"));
        }

        private static string Result(bool value, bool awaits)
        {
            if (!awaits)
                return value ? "int" : "void";
            return "async global::System.Threading.Tasks.Task" + (value ? "<int>" : "");
        }

        private static string Entry(bool value, bool awaits)
        {
            string call = "Program.Main__(args)" + (awaits ? ".GetAwaiter().GetResult()" : "");
            return value ? "static int Main(string[] args) { return " + call + "; }" : "static void Main(string[] args) { " + call + "; }";
        }
    }
}
