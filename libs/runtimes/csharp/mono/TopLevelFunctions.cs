using System.Collections.Generic;
using System.Linq;

namespace Gantry.CSharp
{
    /// <summary>
    /// Takes the functions out of top-level statements. One that uses no variable of the program becomes a static method; one that does
    /// becomes a variable of a delegate type of its own, which may have default values and `ref` as the function may.
    /// </summary>
    internal sealed class TopLevelFunctions
    {
        public TopLevelFunctions(List<Token> statements)
        {
            var functions = new FunctionSet(statements, "args");
            List<LocalFunction> closures = functions.FindClosures();
            LocalFunction impossible = closures.Find(function => function.NeedsMethod);
            if (impossible != null)
            {
                string message = $"Mono can't compile the generic or iterator local function `{impossible.Name}', for it uses variables of the program: pass them as parameters";
                throw new RewriteException(impossible.Tokens[impossible.NameIndex], message);
            }
            Members = closures.SelectMany(DelegateType).Concat(functions.All.Except(closures).SelectMany(Method)).ToList();
            Statements = closures.SelectMany(Variable).Concat(functions.Assign(closures)).ToList();
        }

        /// <summary>What goes into the class beside the method that has the statements.</summary>
        public List<Token> Members { get; }

        public List<Token> Statements { get; }

        private static IEnumerable<Token> Method(LocalFunction function)
        {
            List<Token> modifiers = function.Range(function.Start, function.TypeStart);
            modifiers.RemoveAll(token => token.Is("static"));
            return Lexer.Synthesize("static").Concat(modifiers).Concat(function.Range(function.TypeStart, function.End));
        }

        private static string TypeName(LocalFunction function)
        {
            return function.Name + "__Function";
        }

        private static IEnumerable<Token> DelegateType(LocalFunction function)
        {
            return Lexer.Synthesize("delegate")
                .Concat(function.Range(function.TypeStart, function.NameIndex))
                .Concat(Lexer.Synthesize(TypeName(function)))
                .Concat(function.Range(function.ParametersStart, function.BodyStart))
                .Concat(Lexer.Synthesize(";"));
        }

        private static IEnumerable<Token> Variable(LocalFunction function)
        {
            return Lexer.Synthesize(TypeName(function) + " " + function.Name + " = null;");
        }
    }
}
