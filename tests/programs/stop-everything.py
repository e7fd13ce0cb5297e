"""Signals everything that it can reach: `kill` to the end, `stop` to a halt."""
import os
import signal
import sys

number = signal.SIGKILL if sys.argv[1] == "kill" else signal.SIGSTOP
for _ in range(3):
    if os.fork() == 0:
        signal.pause()
for pid in [-1, 1, 0]:
    try:
        os.kill(pid, number)
    except OSError:
        pass
