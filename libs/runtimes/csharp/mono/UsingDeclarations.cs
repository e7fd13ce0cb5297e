using System.Collections.Generic;

namespace Gantry.CSharp
{
    /// <summary>`using var x = …;` becomes `using (var x = …) {`, closed where its block ends.</summary>
    internal static class UsingDeclarations
    {
        public static List<Token> Enclose(List<Token> tokens)
        {
            var result = new List<Token>(tokens.Count);
            var open = new Stack<int>();
            open.Push(0);
            for (int index = 0; index < tokens.Count; index++)
            {
                if (tokens[index].Is("{"))
                    open.Push(0);
                if (tokens[index].Is("}") && open.Count > 1)
                    Close(result, open.Pop());
                result.Add(tokens[index]);
                if (open.Count < 2 || !IsDeclaration(tokens, index))
                    continue;
                int end = Syntax.Find(tokens, index, tokens.Count, ";");
                result.AddRange(Lexer.Synthesize("("));
                result.AddRange(tokens.GetRange(index + 1, end - index - 1));
                result.AddRange(Lexer.Synthesize(") {"));
                open.Push(open.Pop() + 1);
                index = end;
            }
            return result;
        }

        private static bool IsDeclaration(List<Token> tokens, int index)
        {
            if (!tokens[index].Is("using") || Syntax.At(tokens, index + 1, "("))
                return false;
            int name = Syntax.AfterType(tokens, index + 1);
            return Syntax.IsName(tokens, name) && Syntax.At(tokens, name + 1, "=");
        }

        private static void Close(List<Token> result, int count)
        {
            for (; count > 0; count--)
                result.AddRange(Lexer.Synthesize("}"));
        }
    }
}
