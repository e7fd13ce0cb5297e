"""Writes as many MiB as told to its stdout."""
import os
import sys

piece = b"x" * (1 << 20)
for _ in range(int(sys.argv[1])):
    left = memoryview(piece)
    while left:
        left = left[os.write(1, left):]
