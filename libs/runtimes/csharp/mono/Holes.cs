using System;
using System.Collections.Generic;
using System.Text;

namespace Gantry.CSharp
{
    /// <summary>Changes of the C# inside an interpolated string.</summary>
    internal static class Holes
    {
        /// <summary>The literal with each token in its holes spelled as `respell` has it.</summary>
        public static string Respell(string literal, Func<IReadOnlyList<Token>, int, string> respell)
        {
            // Read by itself, a literal has its holes' tokens at their offsets in it.
            IReadOnlyList<Token> holes = Lexer.ReadAll(literal)[0].Holes;
            var result = new StringBuilder(literal);
            for (int index = holes.Count - 1; index >= 0; index--)
            {
                Token token = holes[index];
                string text = token.Holes.Count > 0 ? Respell(token.Text, respell) : respell(holes, index);
                if (token.Line == 1 && text != token.Text)
                    result.Remove(token.Column - 1, token.Text.Length).Insert(token.Column - 1, text);
            }
            return result.ToString();
        }
    }
}
