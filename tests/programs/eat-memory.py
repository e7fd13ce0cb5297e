"""Takes memory until it is killed: `self`, or `child` in a child whose death it survives and reports."""
import os
import sys


def eat():
    held = []
    while True:
        held.append(bytearray(8 * 1024 * 1024))


if sys.argv[1] == "self":
    eat()
child = os.fork()
if child == 0:
    eat()
status = os.waitpid(child, 0)[1]
print("child killed by", os.WTERMSIG(status))
sys.exit(int(sys.argv[2]))
