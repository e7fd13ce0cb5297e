-module(broken).
-export([main/0]).
main() -> io:format("~p~n", [Missing]).
