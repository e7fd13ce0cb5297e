using System.Collections.Generic;

namespace Gantry.CSharp
{
    /// <summary>Newer forms that have an older spelling with the same meaning.</summary>
    internal static class Spelling
    {
        public static List<Token> Modernize(List<Token> tokens)
        {
            tokens.RemoveAll(token => token.Kind == TokenKind.Directive && token.Text.Substring(1).TrimStart().StartsWith("nullable"));
            var result = new List<Token>(tokens.Count);
            int index = 0;
            while (index < tokens.Count)
                index += Next(tokens, index, result);
            return FileScopedNamespace(result);
        }

        /// <summary>Adds what stands for the tokens at `index`, and returns how many they are.</summary>
        private static int Next(List<Token> tokens, int index, List<Token> result)
        {
            Token token = tokens[index];
            if (token.Is("global") && Syntax.At(tokens, index + 1, "using"))
                return 1;
            if (token.Is("is") && Syntax.At(tokens, index + 1, "null"))
                result.Add(token.With("=="));
            else if (token.Is("is") && Syntax.At(tokens, index + 1, "not") && Syntax.At(tokens, index + 2, "null"))
            {
                result.Add(token.With("!="));
                return 2;
            }
            else if (token.Is("init") && (Syntax.At(tokens, index + 1, ";") || Syntax.At(tokens, index + 1, "=>")) && !Syntax.At(tokens, index - 1, "."))
                result.Add(token.With("set"));
            else if (token.Holes.Count > 0)
                result.Add(token.With(Holes.Respell(token.Text, (holes, hole) => Number(holes[hole]))));
            else
                result.Add(token.With(Number(token)));
            return 1;
        }

        /// <summary>Mono's compiler reads 1_000 as 10000.</summary>
        private static string Number(Token token)
        {
            return token.Kind == TokenKind.Number ? token.Text.Replace("_", "") : token.Text;
        }

        private static List<Token> FileScopedNamespace(List<Token> tokens)
        {
            int start = tokens.FindIndex(token => token.Is("namespace"));
            int end = start < 0 ? -1 : tokens.FindIndex(start, token => token.Is(";") || token.Is("{"));
            if (end < 0 || !tokens[end].Is(";"))
                return tokens;
            tokens[end] = tokens[end].With("{");
            tokens.AddRange(Lexer.Synthesize("}"));
            return tokens;
        }
    }
}
