-module(greeting).
-export([main/0]).

square(N, Parent) -> Parent ! {N, N * N}.

main() ->
    Name = string:trim(io:get_line("")),
    io:format("Hello, ~s, from Erlang!~n", [Name]),
    Self = self(),
    [spawn(fun() -> square(N, Self) end) || N <- lists:seq(1, 5)],
    Squares = [receive {N, Square} -> Square end || N <- lists:seq(1, 5)],
    io:format("~p ~p~n", [Squares, << <<(C + 1)>> || <<C>> <= <<"HAL">> >>]).
