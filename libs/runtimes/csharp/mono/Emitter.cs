using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Gantry.CSharp
{
    /// <summary>
    /// Writes tokens so that the compiler sees each of the user's at its own line and column, wherever it has been moved: by padding
    /// where that is enough, else by a `#line` directive.
    /// </summary>
    internal sealed class Emitter
    {
        private readonly StringBuilder output = new StringBuilder();
        private readonly string path;
        private int line = 1;
        private int column = 1;
        private bool fresh = true;
        private bool afterDirective;

        private Emitter(string path)
        {
            this.path = path;
        }

        public static string Write(IEnumerable<Token> tokens, string path)
        {
            var emitter = new Emitter(path);
            emitter.Map(1);
            foreach (Token token in tokens)
                emitter.Add(token);
            return emitter.output.Append('\n').ToString();
        }

        private void Add(Token token)
        {
            if (token.Line > 0)
                MoveTo(token);
            else
                Separate(token);
            Append(token.Text);
            fresh = false;
            afterDirective = token.Kind == TokenKind.Directive;
        }

        private void Separate(Token token)
        {
            if (afterDirective || (token.Kind == TokenKind.Directive && !fresh))
                NewLine();
            else
                Append(" ");
        }

        private void MoveTo(Token token)
        {
            bool behind = token.Line < line || (token.Line == line && token.Column < column);
            bool blocked = token.Kind == TokenKind.Directive && token.Line == line && !fresh;
            if (behind || blocked)
                Map(token.Line);
            while (line < token.Line)
                NewLine();
            Append(new string(' ', token.Column - column));
        }

        private void Map(int number)
        {
            if (output.Length > 0)
                output.Append('\n');
            output.Append("#line ").Append(number).Append(" \"").Append(path).Append("\"\n");
            line = number;
            column = 1;
            fresh = true;
        }

        private void NewLine()
        {
            output.Append('\n');
            line++;
            column = 1;
            fresh = true;
        }

        private void Append(string text)
        {
            output.Append(text);
            line += text.Count(character => character == '\n');
            column = text.Length - text.LastIndexOf('\n') + (text.Contains("\n") ? 0 : column - 1);
        }
    }
}
