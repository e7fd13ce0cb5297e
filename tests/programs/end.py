"""Ends as told: `exit N`, or by its own signal `signal N`."""
import os
import sys

how, number = sys.argv[1], int(sys.argv[2])
if how == "exit":
    os._exit(number)
os.kill(os.getpid(), number)
