using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Gantry.CSharp
{
    /// <summary>A literal in three or more quotes, turned into a verbatim one with the same value.</summary>
    internal sealed class RawString
    {
        private readonly string source;
        private readonly int start;
        private readonly int quotes;
        private readonly int dollars;

        public RawString(string source, int quote, int quotes, int dollars)
        {
            this.source = source;
            this.quotes = quotes;
            this.dollars = dollars;
            start = quote + quotes;
        }

        /// <summary>Returns the index after the literal.</summary>
        public int Read(List<Token> holes, out string replacement)
        {
            int end = source.IndexOf(new string('"', quotes), start, StringComparison.Ordinal);
            if (end < 0)
            {
                replacement = null;
                return source.Length;
            }
            // More quotes than opened it: the first of them belong to the content.
            while (end + quotes < source.Length && source[end + quotes] == '"')
                end++;
            string content = Dedent(source.Substring(start, end - start).Replace("\r\n", "\n"));
            replacement = dollars > 0 ? "$@\"" + Interpolate(content, holes) + "\"" : "@\"" + Escape(content) + "\"";
            return end + quotes;
        }

        /// <summary>Over several lines, the closing quotes' indentation is taken off each line, and the first and last line break.</summary>
        private static string Dedent(string content)
        {
            string[] lines = content.Split('\n');
            if (lines.Length < 2)
                return content;
            string indentation = lines[lines.Length - 1];
            IEnumerable<string> kept = lines.Skip(1).Take(lines.Length - 2);
            return string.Join("\n", kept.Select(line => line.StartsWith(indentation, StringComparison.Ordinal) ? line.Substring(indentation.Length) : line.TrimStart()));
        }

        private static string Escape(string text)
        {
            return text.Replace("\"", "\"\"");
        }

        /// <summary>As many braces as dollars open a hole; fewer are text, which a verbatim string has to double.</summary>
        private string Interpolate(string content, List<Token> holes)
        {
            var result = new StringBuilder();
            int index = 0;
            while (index < content.Length)
            {
                char current = content[index];
                int run = content.Skip(index).TakeWhile(next => next == current).Count();
                if (current == '{' && run >= dollars)
                {
                    result.Append('{', 2 * (run - dollars)).Append('{');
                    int end = Lexer.ReadHole(content, index + run, holes);
                    int close = content.IndexOf(new string('}', dollars), Math.Min(end, content.Length), StringComparison.Ordinal);
                    close = close < 0 ? content.Length : close;
                    result.Append(content, index + run, close - index - run).Append('}');
                    index = close + dollars;
                }
                else if (current == '{' || current == '}')
                {
                    result.Append(current, 2 * run);
                    index += run;
                }
                else
                {
                    result.Append(Escape(current.ToString()));
                    index++;
                }
            }
            return result.ToString();
        }
    }
}
