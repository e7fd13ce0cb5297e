using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;

namespace Gantry.CSharp
{
    /// <summary>
    /// `compile.exe DIRECTORY FILE…`: rewrites the files and has Mono's compiler, in this same process, write DIRECTORY/program.exe.
    /// </summary>
    internal static class Compile
    {
        private const string Compiler = "/usr/lib/mono/4.5/mcs.exe";

        private static readonly string[] References =
        {
            "Microsoft.CSharp", "System.IO.Compression", "System.Net.Http", "System.Numerics", "System.Runtime.Serialization", "System.Xml.Linq",
        };

        private static readonly string[] SyntaxErrors = { "CS1525", "CS1644", "CS0453" };

        private const string Hint = "note: C# is compiled by Mono here, which knows C# 7 and, of what is newer, top-level statements, using declarations, "
            + "raw strings and file-scoped namespaces; not records, switch expressions, `new()' without a type, `??=' and nullable references.";

        private static int Main(string[] arguments)
        {
            if (arguments.Length < 2)
            {
                Console.Error.WriteLine("usage: csharp-compile DIRECTORY FILE...");
                return 2;
            }
            string directory = arguments[0];
            string work = Path.Combine(directory, ".source");
            Directory.CreateDirectory(work);
            try
            {
                string entry = null;
                var sources = new List<string>();
                foreach (string file in arguments.Skip(1))
                    sources.Add(Rewrite(file, Path.Combine(work, sources.Count + ".cs"), ref entry));
                return RunCompiler(Options(directory, entry).Concat(sources).ToArray());
            }
            catch (RewriteException error)
            {
                Console.Error.WriteLine(error.Message);
                return 1;
            }
            catch (IOException error)
            {
                Console.Error.WriteLine("error: " + error.Message);
                return 1;
            }
            finally
            {
                Directory.Delete(work, true);
            }
        }

        private static string Rewrite(string file, string target, ref string entry)
        {
            bool hasStatements;
            string path = Path.GetFullPath(file);
            try
            {
                File.WriteAllText(target, Rewriter.Rewrite(File.ReadAllText(file), path, out hasStatements));
            }
            catch (RewriteException error)
            {
                throw new RewriteException(error.Token, $"{path}({error.Token.Line},{error.Token.Column}): error: {error.Message}");
            }
            if (hasStatements)
                entry = Rewriter.EntryClass;
            return target;
        }

        private static IEnumerable<string> Options(string directory, string entry)
        {
            // Warnings are left out: they are about the rewritten form as often as about the user's.
            var options = new List<string> { "-nologo", "-langversion:latest", "-codepage:utf8", "-warn:0", "-optimize+", "-debug" };
            options.Add("-out:" + Path.Combine(directory, "program.exe"));
            if (entry != null)
                options.Add("-main:" + entry);
            return options.Concat(References.Select(name => "-r:" + name + ".dll")).Concat(Packages.References());
        }

        /// <summary>In this process: a second start of the runtime would double the time of a small program's compilation.</summary>
        private static int RunCompiler(string[] arguments)
        {
            Type driver = Assembly.LoadFrom(Compiler).GetType("Mono.CSharp.CompilerCallableEntryPoint", true);
            var messages = new StringWriter();
            object succeeded = driver.GetMethod("InvokeCompiler").Invoke(null, new object[] { arguments, messages });
            Console.Error.Write(messages);
            if (SyntaxErrors.Any(messages.ToString().Contains))
                Console.Error.WriteLine(Hint);
            return (bool)succeeded ? 0 : 1;
        }
    }
}
