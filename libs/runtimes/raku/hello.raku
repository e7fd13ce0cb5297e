my $name = get;
say "Hello, $name, from Raku!";
say (1..5).map(* ** 2).join(' '), ' ', [+] 1..5;
multi area(:$side!) { $side ** 2 }
say area(side => 3), ' ', 0.1 + 0.2 == 0.3;
