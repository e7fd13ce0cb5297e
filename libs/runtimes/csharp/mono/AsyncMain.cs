using System.Collections.Generic;

namespace Gantry.CSharp
{
    /// <summary>Gives a class with `static async Task Main` a plain Main that waits for it.</summary>
    internal static class AsyncMain
    {
        private const string Renamed = "Main__Async";

        public static List<Token> Enter(List<Token> tokens)
        {
            int name = tokens.FindIndex(token => token.Is("Main"));
            while (name >= 0 && !IsAsyncMain(tokens, name))
                name = tokens.FindIndex(name + 1, token => token.Is("Main"));
            if (name < 0)
                return tokens;
            bool takesArguments = !Syntax.At(tokens, name + 2, ")");
            bool value = tokens[name - 1].Is(">");
            string call = $"{Renamed}({(takesArguments ? "args" : "")}).GetAwaiter().GetResult();";
            string entry = $"static {(value ? "int" : "void")} Main(string[] args) {{ {(value ? "return " : "")}{call} }}";
            tokens[name] = tokens[name].With(Renamed);
            tokens.InsertRange(StartOfMember(tokens, name), Lexer.Synthesize(entry));
            return tokens;
        }

        private static bool IsAsyncMain(List<Token> tokens, int name)
        {
            int type = name - 1;
            while (type > 0 && !tokens[type].Is("Task") && name - type < 4)
                type--;
            return type > 0 && tokens[type].Is("Task") && Syntax.At(tokens, name + 1, "(");
        }

        private static int StartOfMember(List<Token> tokens, int index)
        {
            while (index > 0 && !tokens[index - 1].Is("{") && !tokens[index - 1].Is("}") && !tokens[index - 1].Is(";") && !tokens[index - 1].Is("]"))
                index--;
            return index;
        }
    }
}
