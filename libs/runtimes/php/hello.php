<?php
declare(strict_types=1);

enum Suit: string {
  case Hearts = 'H';
  case Spades = 'S';
}

$name = trim(fgets(STDIN));
echo "Hello, $name, from PHP!\n";
echo implode(' ', array_map(fn(int $n): int => $n ** 2, range(1, 5))), ' ', Suit::from('S')->name, "\n";
