"""Writes a whole EXIT frame that claims success, and a READY, to every descriptor it might have; then fails with 7."""
import os
import struct


def number(tag, value):
    return struct.pack("<BIQ", tag, 8, value)


report = number(1, 0) + number(2, 0) + number(5, 0) + number(6, 1)
forged = struct.pack("<IB", len(report), 0x88) + report + struct.pack("<IB", 0, 0x81)
docker = struct.pack(">B3xI", 1, len(forged)) + forged
for fd in range(21):
    for data in (forged, docker):
        try:
            os.write(fd, data)
        except OSError:
            pass
for directory in ("/proc/1/fd", "/proc/self/fd"):
    for name in range(21):
        try:
            fd = os.open(f"{directory}/{name}", os.O_WRONLY | os.O_NONBLOCK)
            os.write(fd, forged)
        except OSError:
            pass
os._exit(7)
