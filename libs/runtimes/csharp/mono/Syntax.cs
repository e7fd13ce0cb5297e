using System.Collections.Generic;
using System.Linq;

namespace Gantry.CSharp
{
    /// <summary>Questions about a run of tokens that need no grammar of expressions.</summary>
    internal static class Syntax
    {
        private static readonly HashSet<string> NotTypes = new HashSet<string>(
            ("new return await throw else yield using lock if while for foreach switch case goto fixed in is as out do try catch finally break "
                + "continue default when and or not base this null true false typeof sizeof nameof checked unchecked stackalloc get set").Split(' '));

        private static readonly HashSet<string> Modifiers = new HashSet<string>(
            "public internal private protected static abstract sealed partial unsafe readonly ref file new virtual override async extern".Split(' '));

        private static readonly HashSet<string> TypeKeywords = new HashSet<string>("class struct interface enum namespace delegate record".Split(' '));

        public static bool At(IReadOnlyList<Token> tokens, int index, string text)
        {
            return index >= 0 && index < tokens.Count && tokens[index].Is(text);
        }

        public static bool IsName(IReadOnlyList<Token> tokens, int index)
        {
            return index >= 0 && index < tokens.Count && tokens[index].Kind == TokenKind.Word && !NotTypes.Contains(tokens[index].Text);
        }

        /// <summary>+1 for an opening bracket of any kind, -1 for a closing one.</summary>
        public static int Nesting(Token token)
        {
            if (token.Kind != TokenKind.Punctuation)
                return 0;
            return "([{".Contains(token.Text) ? 1 : ")]}".Contains(token.Text) ? -1 : 0;
        }

        /// <summary>The index after the bracket that closes the one at `index`.</summary>
        public static int AfterMatch(IReadOnlyList<Token> tokens, int index)
        {
            int depth = 0;
            for (; index < tokens.Count; index++)
            {
                depth += Nesting(tokens[index]);
                if (depth == 0)
                    return index + 1;
            }
            return tokens.Count;
        }

        /// <summary>The index of the first `text` outside brackets, or `end`.</summary>
        public static int Find(IReadOnlyList<Token> tokens, int index, int end, string text)
        {
            while (index < end && !tokens[index].Is(text))
                index = Nesting(tokens[index]) > 0 ? AfterMatch(tokens, index) : index + 1;
            return index < end ? index : end;
        }

        /// <summary>The index after the type that starts at `index`, or -1.</summary>
        public static int AfterType(IReadOnlyList<Token> tokens, int index)
        {
            while (At(tokens, index, "ref") || At(tokens, index, "readonly"))
                index++;
            if (At(tokens, index, "("))
                index = AfterMatch(tokens, index);
            else if ((index = AfterQualifiedName(tokens, index)) < 0)
                return -1;
            while (true)
            {
                if (At(tokens, index, "?") || At(tokens, index, "*"))
                    index++;
                else if (At(tokens, index, "[") && IsRank(tokens, index + 1))
                    index = AfterMatch(tokens, index);
                else
                    return index;
            }
        }

        /// <summary>Whether a class, struct, interface, enum, record, delegate or namespace is declared at `index`.</summary>
        public static bool IsTypeDeclaration(IReadOnlyList<Token> tokens, int index)
        {
            while (At(tokens, index, "["))
                index = AfterMatch(tokens, index);
            while (index < tokens.Count && tokens[index].Kind == TokenKind.Word && Modifiers.Contains(tokens[index].Text))
                index++;
            if (index >= tokens.Count || tokens[index].Kind != TokenKind.Word || !TypeKeywords.Contains(tokens[index].Text))
                return false;
            // `record` is an ordinary name elsewhere: a declaration goes on with a name and then a list, a body or a base.
            if (tokens[index].Text == "record")
                return IsName(tokens, index + 1) && !At(tokens, index + 2, "=") && !At(tokens, index + 2, ",");
            return tokens[index].Text == "delegate" ? AfterType(tokens, index + 1) > 0 && !At(tokens, index + 1, "(") : true;
        }

        public static bool IsModifier(Token token)
        {
            return token.Kind == TokenKind.Word && Modifiers.Contains(token.Text) && token.Text != "ref" && token.Text != "readonly";
        }

        private static bool IsRank(IReadOnlyList<Token> tokens, int index)
        {
            while (At(tokens, index, ","))
                index++;
            return At(tokens, index, "]");
        }

        private static int AfterQualifiedName(IReadOnlyList<Token> tokens, int index)
        {
            while (IsName(tokens, index))
            {
                index++;
                if (At(tokens, index, "<"))
                    index = AfterTypeArguments(tokens, index);
                if (index < 0 || !(At(tokens, index, ".") || At(tokens, index, "::")))
                    return index;
                index++;
            }
            return -1;
        }

        public static int AfterTypeArguments(IReadOnlyList<Token> tokens, int index)
        {
            int depth = 0;
            for (; index < tokens.Count; index++)
            {
                Token token = tokens[index];
                if (token.Is("<"))
                    depth++;
                else if (token.Is(">") && --depth == 0)
                    return index + 1;
                else if (token.Kind != TokenKind.Word && !new[] { ">", ",", ".", "?", "[", "]", "(", ")", "::" }.Any(token.Is))
                    return -1;
            }
            return -1;
        }
    }
}
