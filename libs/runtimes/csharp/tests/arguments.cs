// Arguments, standard input and an exit code.
if (args.Length == 0) { Console.Error.WriteLine("no args"); return 3; }
string line;
while ((line = Console.ReadLine()) != null)
    Console.WriteLine($"{args[0]}:{line}");
return args.Length;
