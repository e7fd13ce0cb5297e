using System.Collections.Generic;

namespace Gantry.CSharp
{
    /// <summary>Cuts C# source into tokens. White space and comments are dropped: every token knows its place.</summary>
    internal sealed class Lexer
    {
        // Only what a pass has to see as one; `>>` stays two, for it also ends nested type arguments.
        private static readonly string[] Compounds = { "??=", "=>", "==", "!=", "<=", ">=", "::", "->", "&&", "||", "??", "?.", "++", "--", ".." };

        private readonly string source;
        private readonly StringReader strings;
        private int position;
        private int line;
        private int lineStart;

        private Lexer(string source, int position, int line, int lineStart)
        {
            this.source = source;
            this.position = position;
            this.line = line;
            this.lineStart = lineStart;
            strings = new StringReader(source);
        }

        public static List<Token> ReadAll(string source)
        {
            var lexer = new Lexer(source, 0, 1, 0);
            var tokens = new List<Token>();
            for (Token token = lexer.Next(); token != null; token = lexer.Next())
                tokens.Add(token);
            return tokens;
        }

        /// <summary>Tokens for source that the user did not write.</summary>
        public static List<Token> Synthesize(string source)
        {
            return ReadAll(source).ConvertAll(token => new Token(token.Kind, token.Text, 0, 0, token.Holes));
        }

        /// <summary>
        /// Reads the expression in a hole of an interpolated string, which starts at `start`. Returns the index of the `}` or the `:` that
        /// ends it.
        /// </summary>
        public static int ReadHole(string source, int start, List<Token> holes)
        {
            var lexer = new Lexer(source, start, 1, 0);
            int depth = 0;
            while (true)
            {
                Token token = lexer.Next();
                if (token == null)
                    return source.Length;
                bool ends = token.Is("}") || token.Is(":");
                if (depth == 0 && ends)
                    return lexer.position - 1;
                if (token.Is("(") || token.Is("[") || token.Is("{"))
                    depth++;
                if (token.Is(")") || token.Is("]") || token.Is("}"))
                    depth--;
                holes.Add(token);
            }
        }

        private Token Next()
        {
            SkipTrivia();
            if (position >= source.Length)
                return null;
            int start = position;
            char first = source[start];
            if (first == '#' && source.Substring(lineStart, start - lineStart).Trim().Length == 0)
                return Take(TokenKind.Directive, EndOfLine(start));
            var holes = new List<Token>();
            string replacement;
            int end = strings.TryRead(start, holes, out replacement);
            if (end > start)
                return Take(TokenKind.Text, end, replacement, holes);
            if (first == '_' || first == '@' || char.IsLetter(first))
                return Take(TokenKind.Word, EndOfWord(start + 1));
            if (char.IsDigit(first) || (first == '.' && char.IsDigit(At(start + 1))))
                return Take(TokenKind.Number, EndOfNumber(start));
            return Take(TokenKind.Punctuation, start + CompoundLength(start));
        }

        private Token Take(TokenKind kind, int end, string replacement = null, List<Token> holes = null)
        {
            string text = source.Substring(position, end - position);
            var token = new Token(kind, replacement ?? text, line, position - lineStart + 1, holes);
            AdvanceTo(end);
            return token;
        }

        private void AdvanceTo(int end)
        {
            for (; position < end; position++)
            {
                if (source[position] != '\n')
                    continue;
                line++;
                lineStart = position + 1;
            }
        }

        private void SkipTrivia()
        {
            while (position < source.Length)
            {
                if (char.IsWhiteSpace(source[position]) || source[position] == '\uFEFF')
                    AdvanceTo(position + 1);
                else if (Starts("//"))
                    AdvanceTo(EndOfLine(position));
                else if (Starts("/*"))
                    AdvanceTo(EndOfComment(position));
                else
                    return;
            }
        }

        private bool Starts(string text)
        {
            return string.CompareOrdinal(source, position, text, 0, text.Length) == 0;
        }

        private char At(int index)
        {
            return index < source.Length ? source[index] : '\0';
        }

        private int EndOfLine(int start)
        {
            int end = source.IndexOfAny(new[] { '\r', '\n' }, start);
            return end < 0 ? source.Length : end;
        }

        private int EndOfComment(int start)
        {
            int end = source.IndexOf("*/", start + 2, System.StringComparison.Ordinal);
            return end < 0 ? source.Length : end + 2;
        }

        private int EndOfWord(int index)
        {
            while (At(index) == '_' || char.IsLetterOrDigit(At(index)))
                index++;
            return index;
        }

        private int EndOfNumber(int index)
        {
            bool hexadecimal = At(index) == '0' && (At(index + 1) == 'x' || At(index + 1) == 'X');
            while (true)
            {
                char current = At(index);
                bool exponent = !hexadecimal && (current == 'e' || current == 'E');
                if (exponent && (At(index + 1) == '+' || At(index + 1) == '-'))
                    index += 2;
                else if (current == '_' || char.IsLetterOrDigit(current) || (current == '.' && char.IsDigit(At(index + 1))))
                    index++;
                else
                    return index;
            }
        }

        private int CompoundLength(int start)
        {
            foreach (string compound in Compounds)
            {
                if (string.CompareOrdinal(source, start, compound, 0, compound.Length) == 0)
                    return compound.Length;
            }
            return 1;
        }
    }
}
