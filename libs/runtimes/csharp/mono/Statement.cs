using System.Collections.Generic;
using System.Linq;

namespace Gantry.CSharp
{
    /// <summary>Where a statement ends and what it does to the function it is in.</summary>
    internal static class Statement
    {
        private static readonly string[] Continuations = { "else", "catch", "finally", "while", "is", "as", "switch", "with" };

        /// <summary>The index after the statement that the token at `wanted` is part of.</summary>
        public static int End(List<Token> tokens, int wanted)
        {
            int index = 0;
            while (index < tokens.Count)
            {
                bool block = tokens[index].Is("{");
                bool semicolon = tokens[index].Is(";");
                index = Syntax.Nesting(tokens[index]) > 0 ? Syntax.AfterMatch(tokens, index) : index + 1;
                if (index > wanted && (semicolon || (block && StartsStatement(tokens, index))))
                    return index;
            }
            return tokens.Count;
        }

        /// <summary>Whether these statements return a value, from the function itself and not from a lambda inside.</summary>
        public static bool ReturnsValue(List<Token> tokens)
        {
            return Own(tokens).Any(index => tokens[index].Is("return") && !Syntax.At(tokens, index + 1, ";"));
        }

        public static bool Awaits(List<Token> tokens)
        {
            return Own(tokens).Any(index => tokens[index].Is("await") || tokens[index].Holes.Any(hole => hole.Is("await")));
        }

        private static bool StartsStatement(List<Token> tokens, int index)
        {
            if (index >= tokens.Count)
                return true;
            if (tokens[index].Kind == TokenKind.Word)
                return !Continuations.Contains(tokens[index].Text);
            return tokens[index].Is("{") || tokens[index].Is("(") || tokens[index].Is("++") || tokens[index].Is("--");
        }

        private static IEnumerable<int> Own(List<Token> tokens)
        {
            for (int index = 0; index < tokens.Count; index++)
            {
                if (tokens[index].Is("{") && IsFunctionBody(tokens, index))
                    index = Syntax.AfterMatch(tokens, index) - 1;
                else
                    yield return index;
            }
        }

        private static bool IsFunctionBody(List<Token> tokens, int index)
        {
            if (Syntax.At(tokens, index - 1, "=>") || Syntax.At(tokens, index - 1, "delegate"))
                return true;
            if (!Syntax.At(tokens, index - 1, ")"))
                return false;
            int depth = 0;
            int open = index - 1;
            do
                depth -= Syntax.Nesting(tokens[open--]);
            while (depth > 0 && open >= 0);
            return Syntax.At(tokens, open, "delegate");
        }
    }
}
