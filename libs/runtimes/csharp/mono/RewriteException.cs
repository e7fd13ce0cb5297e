using System;

namespace Gantry.CSharp
{
    /// <summary>Source that can't be put in a form that the compiler knows. Told to the user as a compiler error.</summary>
    internal sealed class RewriteException : Exception
    {
        public RewriteException(Token token, string message)
            : base(message)
        {
            Token = token;
        }

        public Token Token { get; }
    }
}
