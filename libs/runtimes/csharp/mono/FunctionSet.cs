using System.Collections.Generic;
using System.Linq;

namespace Gantry.CSharp
{
    /// <summary>The functions that are declared among some statements, and the statements without them.</summary>
    internal sealed class FunctionSet
    {
        private readonly Dictionary<string, int> variables;

        /// <summary>`given` are variables of the statements that they do not declare themselves.</summary>
        public FunctionSet(List<Token> statements, params string[] given)
        {
            All = new List<LocalFunction>();
            Rest = new List<Token>();
            Separate(statements);
            variables = Names.Declared(Rest);
            foreach (string name in given)
                variables[name] = -1;
        }

        public List<LocalFunction> All { get; }

        public List<Token> Rest { get; }

        /// <summary>The functions that use one of the variables, directly or through another that does.</summary>
        public List<LocalFunction> FindClosures()
        {
            var closures = new HashSet<string>();
            int before;
            do
            {
                before = closures.Count;
                foreach (LocalFunction function in All)
                {
                    if (OuterNames(function).Any(name => variables.ContainsKey(name) || closures.Contains(name)))
                        closures.Add(function.Name);
                }
            }
            while (closures.Count > before);
            return All.Where(function => closures.Contains(function.Name)).ToList();
        }

        /// <summary>The statements, with each function assigned to its variable as soon as the last of the variables that it uses is there.</summary>
        public IEnumerable<Token> Assign(IEnumerable<LocalFunction> functions)
        {
            ILookup<int, LocalFunction> places = functions.ToLookup(Place);
            for (int index = 0; index <= Rest.Count; index++)
            {
                foreach (Token token in places[index].SelectMany(Assignment))
                    yield return token;
                if (index < Rest.Count)
                    yield return Rest[index];
            }
        }

        private IEnumerable<Token> Assignment(LocalFunction function)
        {
            bool block = function.Tokens[function.BodyStart].Is("{");
            HashSet<string> hiding = Names.DeclaredAnywhere(function.Range(function.ParametersStart, function.End));
            hiding.IntersectWith(Names.DeclaredAnywhere(Rest));
            IEnumerable<Token> lambda = function.LambdaParameters()
                .Concat(Lexer.Synthesize(block ? "=>" : ""))
                .Concat(function.Range(function.BodyStart, function.End));
            return Lexer.Synthesize(function.Name + " =" + (function.IsAsync ? " async" : ""))
                .Concat(Renaming.Apply(lambda.ToList(), hiding))
                .Concat(Lexer.Synthesize(block ? ";" : ""));
        }

        private static IEnumerable<string> OuterNames(LocalFunction function)
        {
            List<Token> inner = function.Range(function.ParametersStart, function.End);
            HashSet<string> own = Names.DeclaredAnywhere(inner);
            return Names.Used(inner).Where(name => !own.Contains(name) && name != function.Name);
        }

        private int Place(LocalFunction function)
        {
            int last = OuterNames(function).Where(variables.ContainsKey).Select(name => variables[name]).DefaultIfEmpty(-1).Max();
            return last < 0 ? 0 : Statement.End(Rest, last);
        }

        private void Separate(List<Token> statements)
        {
            bool atStart = true;
            int index = 0;
            while (index < statements.Count)
            {
                LocalFunction function = atStart ? LocalFunction.TryRead(statements, index) : null;
                if (function != null)
                {
                    All.Add(function);
                    index = function.End;
                    continue;
                }
                int next = Syntax.Nesting(statements[index]) > 0 ? Syntax.AfterMatch(statements, index) : index + 1;
                Rest.AddRange(statements.GetRange(index, next - index));
                Token last = statements[next - 1];
                atStart = last.Is("}") || last.Is(";") || last.Is(":") || last.Kind == TokenKind.Directive;
                index = next;
            }
        }
    }
}
