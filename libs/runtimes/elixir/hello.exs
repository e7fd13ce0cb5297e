defmodule Greeting do
  defstruct [:name]
  def text(%Greeting{name: name}), do: "Hello, #{name}, from Elixir!"
end

name = IO.gets("") |> String.trim()
IO.puts(Greeting.text(struct(Greeting, name: name)))

1..5
|> Task.async_stream(fn n -> n * n end)
|> Enum.map(fn {:ok, square} -> square end)
|> IO.inspect()
