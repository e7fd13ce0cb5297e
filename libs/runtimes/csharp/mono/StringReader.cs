using System.Collections.Generic;

namespace Gantry.CSharp
{
    /// <summary>Finds the end of a string or character literal of any form: regular, verbatim, interpolated, raw.</summary>
    internal sealed class StringReader
    {
        private readonly string source;

        public StringReader(string source)
        {
            this.source = source;
        }

        /// <summary>
        /// Returns the index after the literal that starts at `start`, or `start` when none does. `replacement` is the literal as an
        /// older compiler knows it, or null when it can stay.
        /// </summary>
        public int TryRead(int start, List<Token> holes, out string replacement)
        {
            replacement = null;
            if (At(start) == '\'')
                return EndOfPlain(start, '\'');
            int quote = start;
            int dollars = 0;
            bool verbatim = false;
            for (; At(quote) == '$' || At(quote) == '@'; quote++)
            {
                dollars += At(quote) == '$' ? 1 : 0;
                verbatim |= At(quote) == '@';
            }
            if (At(quote) != '"')
                return start;
            int quotes = Count(quote, '"');
            if (!verbatim && quotes >= 3)
                return new RawString(source, quote, quotes, dollars).Read(holes, out replacement);
            if (dollars > 0)
                return EndOfInterpolated(quote + 1, verbatim, holes);
            return verbatim ? EndOfVerbatim(quote + 1) : EndOfPlain(quote, '"');
        }

        private char At(int index)
        {
            return index < source.Length ? source[index] : '\0';
        }

        private int Count(int start, char wanted)
        {
            int index = start;
            while (At(index) == wanted)
                index++;
            return index - start;
        }

        private int EndOfPlain(int start, char quote)
        {
            int index = start + 1;
            while (index < source.Length && source[index] != quote && source[index] != '\n')
                index += source[index] == '\\' ? 2 : 1;
            return System.Math.Min(index + 1, source.Length);
        }

        private int EndOfVerbatim(int index)
        {
            for (; index < source.Length; index++)
            {
                if (source[index] != '"')
                    continue;
                if (At(index + 1) != '"')
                    return index + 1;
                index++;
            }
            return source.Length;
        }

        private int EndOfInterpolated(int index, bool verbatim, List<Token> holes)
        {
            while (index < source.Length)
            {
                char current = source[index];
                char next = At(index + 1);
                if (current == '"' && !(verbatim && next == '"'))
                    return index + 1;
                bool doubled = (current == '"' || current == '{' || current == '}') && next == current;
                if (doubled || (current == '\\' && !verbatim))
                    index += 2;
                else if (current == '{')
                    index = AfterHole(index + 1, holes);
                else
                    index++;
            }
            return source.Length;
        }

        private int AfterHole(int start, List<Token> holes)
        {
            int end = Lexer.ReadHole(source, start, holes);
            // A format such as `:D2` is not C#.
            while (end < source.Length && source[end] != '}')
                end++;
            return System.Math.Min(end + 1, source.Length);
        }
    }
}
