"""Reaches for the init. Prints what it could do."""
import os
import signal

for name in ["environ", "mem", "maps", "stack", "syscall", "auxv", "io"]:
    try:
        with open(f"/proc/1/{name}", "rb") as file:
            file.read(1)
            print("read", name)
    except OSError:
        pass
for name in ["exe", "cwd", "root", "fd/0", "fd/1"]:
    try:
        print("link", name, os.readlink(f"/proc/1/{name}"))
    except OSError:
        pass
for number in range(1, 65):
    try:
        os.kill(1, number)
        print("signalled", number)
    except OSError:
        pass
try:
    os.kill(-1, signal.SIGCONT)
except OSError:
    pass
