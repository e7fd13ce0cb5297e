%% Calls main/1 with the arguments, else main/0, else start/0 of the compiled module. An uncaught exception ends as in any escript, with exit code 127.
-mode(compile).

main([Dir | Arguments]) ->
    true = code:add_patha(Dir),
    {ok, Name} = file:read_file(filename:join(Dir, "main")),
    Module = binary_to_atom(Name),
    {module, Module} = code:load_file(Module),
    Calls = [{main, [Arguments]}, {main, []}, {start, []}],
    Exported = fun({Function, Given}) -> erlang:function_exported(Module, Function, length(Given)) end,
    case lists:filter(Exported, Calls) of
        [{Function, Given} | _] ->
            apply(Module, Function, Given);
        [] ->
            io:format(standard_error, "~ts exports none of main/1, main/0 and start/0~n", [Name]),
            halt(1)
    end.
