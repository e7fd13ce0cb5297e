"""Says that it has begun, then sleeps past every test."""
import signal
import sys
import time

if "deaf" in sys.argv:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
print("begun", flush=True)
if "stop" in sys.argv:
    signal.raise_signal(signal.SIGSTOP)
time.sleep(600)
