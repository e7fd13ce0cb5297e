%% Compiles a module of any name into a directory, and writes its name to the file `main` there.
-mode(compile).

main([File, Dir]) ->
    Options = [binary, return, debug_info, {i, filename:dirname(File)}],
    case compile:file(File, Options) of
        {ok, Module, Beam, _Warnings} ->
            ok = file:write_file(filename:join(Dir, atom_to_list(Module) ++ ".beam"), Beam),
            ok = file:write_file(filename:join(Dir, "main"), atom_to_list(Module));
        {error, Errors, _Warnings} ->
            [tell(Source, Error) || {Source, Found} <- Errors, Error <- Found],
            halt(1)
    end.

tell(Source, {none, By, What}) -> say("~ts: ~ts~n", [Source, By:format_error(What)]);
tell(Source, {{Line, Column}, By, What}) -> say("~ts:~w:~w: ~ts~n", [Source, Line, Column, By:format_error(What)]);
tell(Source, {Line, By, What}) -> say("~ts:~w: ~ts~n", [Source, Line, By:format_error(What)]).

say(Format, Arguments) -> io:format(standard_error, Format, Arguments).
