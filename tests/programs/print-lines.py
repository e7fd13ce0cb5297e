"""Prints numbered lines of 10 bytes until it has printed as many bytes as told, on stdout or on fd 2."""
import os
import sys

total, fd = int(sys.argv[1]), int(sys.argv[2])
for start in range(0, total // 10, 10000):
    data = b"".join(b"%09d\n" % n for n in range(start, min(start + 10000, total // 10)))
    while data:
        data = data[os.write(fd, data):]
