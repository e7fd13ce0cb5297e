using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Gantry.CSharp
{
    /// <summary>What nuget-install has put into the image.</summary>
    internal static class Packages
    {
        private const string Folder = "/opt/gantry/packages/nuget";
        private const string Facades = "/usr/lib/mono/4.5/Facades";

        private const string Entry = "\"id\": \"([^\"]+)\",\\s+\"version\": \"([^\"]+)\"";

        private const string Reference = "^#\\s*r\\s+\"nuget:\\s*([A-Za-z0-9_.-]+)\\s*(?:,\\s*([^\"\\s]+)\\s*)?\"\\s*(//.*)?$";

        /// <summary>Compiler options for all libraries of all packages.</summary>
        public static IEnumerable<string> References()
        {
            if (!Directory.Exists(Folder))
                return new string[0];
            // Libraries for .NET Standard name the types of the framework by these.
            string[] facades = Directory.Exists(Facades) ? Directory.GetFiles(Facades, "*.dll") : new string[0];
            var own = new HashSet<string>(Libraries().Select(Path.GetFileName), StringComparer.OrdinalIgnoreCase);
            return Libraries().Concat(facades.Where(path => !own.Contains(Path.GetFileName(path)))).Select(path => "-r:" + path);
        }

        /// <summary>Takes out `#r "nuget: Id, Version"`, which only scripts have; a package that is not there is an error at that line.</summary>
        public static List<Token> Resolve(List<Token> tokens)
        {
            foreach (Token token in tokens.Where(IsReference))
                Require(token, Regex.Match(token.Text, Reference));
            return tokens.Where(token => !IsReference(token)).ToList();
        }

        private static bool IsReference(Token token)
        {
            return token.Kind == TokenKind.Directive && Regex.IsMatch(token.Text, Reference);
        }

        private static void Require(Token token, Match reference)
        {
            string id = reference.Groups[1].Value;
            string wanted = reference.Groups[2].Value;
            string present;
            if (!Installed().TryGetValue(id, out present))
                throw new RewriteException(token, $"the package {id} is not in this image: install it by /packages/install and use the image that makes");
            if (wanted != "" && !wanted.Contains("*") && !string.Equals(wanted, present, StringComparison.OrdinalIgnoreCase))
                throw new RewriteException(token, $"the package {id} is in this image in version {present}, not {wanted}");
        }

        private static Dictionary<string, string> Installed()
        {
            string state = Path.Combine(Folder, "packages.json");
            MatchCollection entries = Regex.Matches(File.Exists(state) ? File.ReadAllText(state) : "", Entry);
            return entries.Cast<Match>().ToDictionary(entry => entry.Groups[1].Value, entry => entry.Groups[2].Value, StringComparer.OrdinalIgnoreCase);
        }

        private static IEnumerable<string> Libraries()
        {
            return Directory.GetFiles(Folder, "*.dll").Where(IsManaged).OrderBy(path => path, StringComparer.Ordinal);
        }

        private static bool IsManaged(string path)
        {
            try
            {
                return AssemblyName.GetAssemblyName(path) != null;
            }
            catch (BadImageFormatException)
            {
                return false;
            }
        }
    }
}
