using System.Collections.Generic;

namespace Gantry.CSharp
{
    /// <summary>A file cut into what has to come first (usings, assembly attributes), top-level statements, and declarations.</summary>
    internal sealed class CompilationUnit
    {
        private CompilationUnit(List<Token> tokens)
        {
            int usings = AfterLeading(tokens);
            int prologue = AfterPrologue(tokens, usings);
            int statements = AfterStatements(tokens, prologue);
            Leading = tokens.GetRange(0, usings);
            Prologue = tokens.GetRange(usings, prologue - usings);
            Statements = tokens.GetRange(prologue, statements - prologue);
            Declarations = tokens.GetRange(statements, tokens.Count - statements);
        }

        /// <summary>`#define`s and extern aliases: nothing may stand before them.</summary>
        public List<Token> Leading { get; }

        public List<Token> Prologue { get; }

        public List<Token> Statements { get; }

        public List<Token> Declarations { get; }

        public bool HasStatements
        {
            get { return Statements.Exists(token => token.Kind != TokenKind.Directive); }
        }

        public static CompilationUnit Split(List<Token> tokens)
        {
            return new CompilationUnit(tokens);
        }

        private static int AfterLeading(List<Token> tokens)
        {
            int index = 0;
            while (index < tokens.Count)
            {
                if (tokens[index].Kind == TokenKind.Directive)
                    index++;
                else if (Syntax.At(tokens, index, "extern") && Syntax.At(tokens, index + 1, "alias"))
                    index += 4;
                else
                    break;
            }
            return System.Math.Min(index, tokens.Count);
        }

        private static int AfterPrologue(List<Token> tokens, int index)
        {
            while (index < tokens.Count)
            {
                if (tokens[index].Kind == TokenKind.Directive)
                    index++;
                else if (IsUsingDirective(tokens, index))
                    index = Syntax.Find(tokens, index, tokens.Count, ";") + 1;
                else if (IsAssemblyAttribute(tokens, index))
                    index = Syntax.AfterMatch(tokens, index);
                else
                    break;
            }
            return System.Math.Min(index, tokens.Count);
        }

        /// <summary>`using A.B;`, `using static A;`, `using X = A.B;`; but not the declaration `using var x = …;` nor `using (…)`.</summary>
        private static bool IsUsingDirective(List<Token> tokens, int index)
        {
            if (!tokens[index].Is("using") || Syntax.At(tokens, index + 1, "("))
                return false;
            int end = Syntax.Find(tokens, index, tokens.Count, ";");
            int assignment = Syntax.Find(tokens, index, end, "=");
            return assignment == end || assignment == index + 2;
        }

        private static bool IsAssemblyAttribute(List<Token> tokens, int index)
        {
            bool targeted = Syntax.At(tokens, index + 1, "assembly") || Syntax.At(tokens, index + 1, "module");
            return tokens[index].Is("[") && targeted && Syntax.At(tokens, index + 2, ":");
        }

        private static int AfterStatements(List<Token> tokens, int index)
        {
            bool atStart = true;
            while (index < tokens.Count)
            {
                if (atStart && Syntax.IsTypeDeclaration(tokens, index))
                    return index;
                bool opens = Syntax.Nesting(tokens[index]) > 0;
                bool block = tokens[index].Is("{");
                atStart = block || tokens[index].Is(";") || tokens[index].Kind == TokenKind.Directive;
                index = opens ? Syntax.AfterMatch(tokens, index) : index + 1;
            }
            return tokens.Count;
        }
    }
}
