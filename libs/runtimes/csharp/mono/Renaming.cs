using System.Collections.Generic;
using System.Linq;

namespace Gantry.CSharp
{
    /// <summary>Gives a function's own variables other names where they hide ones outside, which a lambda may not do.</summary>
    internal static class Renaming
    {
        private const string Suffix = "__inner";

        public static List<Token> Apply(IReadOnlyList<Token> tokens, ICollection<string> names)
        {
            return Enumerable.Range(0, tokens.Count).Select(index => Rename(tokens, index, names)).ToList();
        }

        private static Token Rename(IReadOnlyList<Token> tokens, int index, ICollection<string> names)
        {
            Token token = tokens[index];
            if (token.Holes.Count > 0)
                return token.With(Holes.Respell(token.Text, (holes, hole) => Rename(holes, hole, names).Text));
            bool member = Syntax.At(tokens, index - 1, ".") || Syntax.At(tokens, index - 1, "?.");
            bool argument = Syntax.At(tokens, index + 1, ":") && (Syntax.At(tokens, index - 1, "(") || Syntax.At(tokens, index - 1, ","));
            bool concerned = token.Kind == TokenKind.Word && names.Contains(token.Text) && !member && !argument;
            return concerned ? token.With(token.Text + Suffix) : token;
        }
    }
}
