use v5.36;
use List::Util qw(sum);

chomp(my $name = <STDIN>);
my %letters;
$letters{lc $_}++ for split //, $name;
say "Hello, $name, from Perl!";
say join ' ', map { "$_=$letters{$_}" } sort keys %letters;
say sum(map { $_**2 } 1 .. 5);
