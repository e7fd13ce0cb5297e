global _start
_start:
  move eax, 1
