"""First stage: leaves a file and a process. Second stage (`look`): says what it finds."""
import os
import sys
import time

if sys.argv[1:] == ["look"]:
    others = [pid for pid in os.listdir("/proc") if pid.isdigit() and pid not in ("1", str(os.getpid()))]
    print(open("/workspace/built").read(), others)
else:
    open("/workspace/built", "w").write("built")
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
