"""Forks in every process until the kernel says no, then hangs."""
import os
import time

while True:
    try:
        os.fork()
    except OSError as error:
        os.write(2, b"%d\n" % error.errno)
        time.sleep(600)
