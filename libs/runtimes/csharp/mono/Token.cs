using System.Collections.Generic;

namespace Gantry.CSharp
{
    internal enum TokenKind
    {
        Word,
        Number,
        Text,
        Punctuation,
        Directive,
    }

    /// <summary>One lexeme. Line and Column count from 1 in the user's file; line 0 marks what the rewrite has put in.</summary>
    internal sealed class Token
    {
        private static readonly IReadOnlyList<Token> None = new Token[0];

        public Token(TokenKind kind, string text, int line, int column, IReadOnlyList<Token> holes = null)
        {
            Kind = kind;
            Text = text;
            Line = line;
            Column = column;
            Holes = holes ?? None;
        }

        public TokenKind Kind { get; }

        public string Text { get; }

        public int Line { get; }

        public int Column { get; }

        /// <summary>The tokens of the expressions inside an interpolated string.</summary>
        public IReadOnlyList<Token> Holes { get; }

        /// <summary>True for punctuation or a word with exactly this spelling; never for the content of a string.</summary>
        public bool Is(string text)
        {
            return (Kind == TokenKind.Word || Kind == TokenKind.Punctuation) && Text == text;
        }

        public Token With(string text)
        {
            return new Token(Kind, text, Line, Column, Holes);
        }
    }
}
