using System.Collections.Generic;
using System.Linq;

namespace Gantry.CSharp
{
    /// <summary>Which variables a run of statements declares, and which names a body uses.</summary>
    internal static class Names
    {
        private static readonly string[] AfterPattern = { ")", ",", ";", "=", "&&", "||", "?", "in", "}" };

        /// <summary>Variables in order of declaration, with the index of the token that names them. Inner blocks keep theirs.</summary>
        public static Dictionary<string, int> Declared(List<Token> tokens)
        {
            var found = new Dictionary<string, int>();
            for (int index = 0; index < tokens.Count; index++)
            {
                if (tokens[index].Is("{"))
                    index = Syntax.AfterMatch(tokens, index) - 1;
                else if (IsDeclared(tokens, index))
                    Remember(found, tokens, index);
                else if (tokens[index].Is("var") && Syntax.At(tokens, index + 1, "("))
                    RememberAll(found, tokens, index + 1, Syntax.AfterMatch(tokens, index + 1));
                else if (tokens[index].Is(",") && found.Count > 0 && AfterPattern.Any(next => Syntax.At(tokens, index + 2, next)))
                    Remember(found, tokens, index + 1);
            }
            return found;
        }

        /// <summary>Every name that is used for itself: not a member after a dot, not a named argument or an object's member.</summary>
        public static IEnumerable<string> Used(IReadOnlyList<Token> tokens)
        {
            for (int index = 0; index < tokens.Count; index++)
            {
                foreach (string name in Used(tokens[index].Holes))
                    yield return name;
                bool member = Syntax.At(tokens, index - 1, ".") || Syntax.At(tokens, index - 1, "?.");
                if (tokens[index].Kind == TokenKind.Word && !member)
                    yield return tokens[index].Text;
            }
        }

        /// <summary>What a body declares itself, at any depth, hides the name outside.</summary>
        public static HashSet<string> DeclaredAnywhere(List<Token> tokens)
        {
            return new HashSet<string>(Enumerable.Range(0, tokens.Count).Where(index => IsDeclared(tokens, index)).Select(index => tokens[index].Text));
        }

        private static bool IsDeclared(List<Token> tokens, int index)
        {
            if (!Syntax.IsName(tokens, index) || index == 0 || !AfterPattern.Any(next => Syntax.At(tokens, index + 1, next)))
                return false;
            Token before = tokens[index - 1];
            return Syntax.IsName(tokens, index - 1) || before.Is(">") || before.Is("]") || before.Is("?") || IsTupleEnd(tokens, index - 1);
        }

        /// <summary>`(int a, string b) name`, unlike the cast `(int) name`, has a comma.</summary>
        private static bool IsTupleEnd(List<Token> tokens, int index)
        {
            if (!tokens[index].Is(")"))
                return false;
            int depth = 0;
            bool comma = false;
            for (; index >= 0; index--)
            {
                depth -= Syntax.Nesting(tokens[index]);
                comma |= tokens[index].Is(",");
                if (depth == 0)
                    return comma && !Syntax.IsName(tokens, index - 1);
            }
            return false;
        }

        private static void RememberAll(Dictionary<string, int> found, List<Token> tokens, int start, int end)
        {
            for (int index = start; index < end; index++)
                Remember(found, tokens, index);
        }

        private static void Remember(Dictionary<string, int> found, List<Token> tokens, int index)
        {
            if (Syntax.IsName(tokens, index) && !found.ContainsKey(tokens[index].Text))
                found.Add(tokens[index].Text, index);
        }
    }
}
