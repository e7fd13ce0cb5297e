using System.Collections.Generic;
using System.Linq;

namespace Gantry.CSharp
{
    /// <summary>
    /// Functions inside methods and lambdas become variables of type Func or Action. Those that no such type fits (`ref`, `params`, default
    /// values, type parameters, iterators) stay as they are, for the compiler to refuse.
    /// </summary>
    internal static class NestedFunctions
    {
        private static readonly HashSet<string> BeforeBlock = new HashSet<string>(
            ") => else do try finally get set add remove { } ; checked unchecked unsafe".Split(' '));

        public static List<Token> Replace(List<Token> tokens)
        {
            var result = new List<Token>(tokens.Count);
            for (int index = 0; index < tokens.Count; index++)
            {
                result.Add(tokens[index]);
                if (!tokens[index].Is("{"))
                    continue;
                int end = Syntax.AfterMatch(tokens, index) - 1;
                bool block = index > 0 && BeforeBlock.Contains(tokens[index - 1].Text);
                List<Token> inner = Replace(tokens.GetRange(index + 1, end - index - 1));
                result.AddRange(block ? ReplaceIn(inner) : inner);
                index = end - 1;
            }
            return result;
        }

        private static List<Token> ReplaceIn(List<Token> statements)
        {
            var functions = new FunctionSet(statements);
            if (functions.All.Count == 0 || !functions.All.TrueForAll(IsSimple))
                return statements;
            return functions.All.SelectMany(Variable).Concat(functions.Assign(functions.All)).ToList();
        }

        private static bool IsSimple(LocalFunction function)
        {
            IEnumerable<Token> parameters = function.Range(function.ParametersStart, function.BodyStart);
            return !function.NeedsMethod && !parameters.Any(token => token.Is("ref") || token.Is("out") || token.Is("in") || token.Is("params") || token.Is("="));
        }

        private static IEnumerable<Token> Variable(LocalFunction function)
        {
            List<Token> type = function.Range(function.TypeStart, function.NameIndex);
            bool isVoid = type.Count == 1 && type[0].Is("void");
            List<IEnumerable<Token>> arguments = function.ParameterTypes();
            if (!isVoid)
                arguments.Add(type);
            var result = Lexer.Synthesize(isVoid ? "global::System.Action" : "global::System.Func");
            if (arguments.Count > 0)
            {
                result.AddRange(Lexer.Synthesize("<"));
                result.AddRange(arguments.SelectMany((argument, index) => index == 0 ? argument : Lexer.Synthesize(",").Concat(argument)));
                result.AddRange(Lexer.Synthesize(">"));
            }
            result.AddRange(Lexer.Synthesize(function.Name + " = null;"));
            return result;
        }
    }
}
