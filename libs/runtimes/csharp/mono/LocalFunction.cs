using System.Collections.Generic;
using System.Linq;

namespace Gantry.CSharp
{
    /// <summary>A function declared among statements; its parts as indices into their tokens.</summary>
    internal sealed class LocalFunction
    {
        private LocalFunction(List<Token> tokens, int start)
        {
            Tokens = tokens;
            Start = start;
        }

        public List<Token> Tokens { get; }

        public int Start { get; }

        public int End { get; private set; }

        public int TypeStart { get; private set; }

        public int NameIndex { get; private set; }

        public int ParametersStart { get; private set; }

        public int BodyStart { get; private set; }

        public string Name
        {
            get { return Tokens[NameIndex].Text; }
        }

        public bool IsAsync
        {
            get { return Range(Start, TypeStart).Any(token => token.Is("async")); }
        }

        /// <summary>Type parameters or `yield`: what no lambda can have.</summary>
        public bool NeedsMethod
        {
            get { return ParametersStart != NameIndex + 1 || Range(BodyStart, End).Any(token => token.Is("yield")); }
        }

        public List<Token> Range(int start, int end)
        {
            return Tokens.GetRange(start, end - start);
        }

        /// <summary>The function that is declared at `start`, or null when a statement is there.</summary>
        public static LocalFunction TryRead(List<Token> tokens, int start)
        {
            var function = new LocalFunction(tokens, start);
            int index = start;
            while (Syntax.At(tokens, index, "["))
                index = Syntax.AfterMatch(tokens, index);
            while (index < tokens.Count && Syntax.IsModifier(tokens[index]) && !tokens[index].Is("new"))
                index++;
            function.TypeStart = index;
            index = Syntax.AfterType(tokens, index);
            if (index < 0 || !Syntax.IsName(tokens, index))
                return null;
            function.NameIndex = index++;
            if (Syntax.At(tokens, index, "<"))
                index = Syntax.AfterTypeArguments(tokens, index);
            if (index < 0 || !Syntax.At(tokens, index, "("))
                return null;
            function.ParametersStart = index;
            return function.ReadBody(Syntax.AfterMatch(tokens, index)) ? function : null;
        }

        /// <summary>The parameters as a lambda has them: without default values and `params`.</summary>
        public List<Token> LambdaParameters()
        {
            var result = new List<Token> { Tokens[ParametersStart] };
            foreach (List<Token> parameter in Parameters())
            {
                if (result.Count > 1)
                    result.AddRange(Lexer.Synthesize(","));
                int value = Syntax.Find(parameter, 0, parameter.Count, "=");
                result.AddRange(parameter.Take(value).Where(token => !token.Is("params")));
            }
            result.AddRange(Lexer.Synthesize(")"));
            return result;
        }

        /// <summary>Of parameters that are a type and a name, the types.</summary>
        public List<IEnumerable<Token>> ParameterTypes()
        {
            return Parameters().Select(parameter => parameter.Take(parameter.Count - 1)).ToList();
        }

        private IEnumerable<List<Token>> Parameters()
        {
            int end = Syntax.AfterMatch(Tokens, ParametersStart) - 1;
            int start = ParametersStart + 1;
            while (start < end)
            {
                int comma = EndOfParameter(start, end);
                yield return Range(start, comma);
                start = comma + 1;
            }
        }

        private int EndOfParameter(int index, int end)
        {
            int angles = 0;
            while (index < end && !(angles == 0 && Tokens[index].Is(",")))
            {
                angles += Tokens[index].Is("<") ? 1 : Tokens[index].Is(">") ? -1 : 0;
                index = Syntax.Nesting(Tokens[index]) > 0 ? Syntax.AfterMatch(Tokens, index) : index + 1;
            }
            return index;
        }

        private bool ReadBody(int index)
        {
            // Constraints: `where T : IComparable<T>, new()`.
            while (Syntax.At(Tokens, index, "where"))
            {
                while (index < Tokens.Count && !Tokens[index].Is("{") && !Tokens[index].Is("=>") && !Tokens[index].Is(";"))
                    index++;
            }
            BodyStart = index;
            if (Syntax.At(Tokens, index, "{"))
                End = Syntax.AfterMatch(Tokens, index);
            else if (Syntax.At(Tokens, index, "=>"))
                End = System.Math.Min(Syntax.Find(Tokens, index, Tokens.Count, ";") + 1, Tokens.Count);
            return End > 0;
        }
    }
}
