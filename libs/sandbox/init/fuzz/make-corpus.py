#!/usr/bin/env python3
"""Writes the first inputs of the fuzzers: make-corpus.py, from this folder. What it writes is kept in the repository."""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/live"))
import frames  # noqa: E402
import test_protocol  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def write(corpus, name, data):
    with open(os.path.join(HERE, f"corpus-{corpus}", name), "wb") as target:
        target.write(data)


everything = frames.run(
    ["sh", "-c", "x"],
    ["A=1", "B="],
    cpu_ms=5,
    file_bytes=6,
    open_files=7,
    stack_bytes=8,
    on_output=1,
    stdin=1,
    usage_ms=100,
    runtime="python",
)
conversation = (
    frames.owner(70000, 70000)
    + frames.preload("python")
    + frames.file("/workspace/a/b", b"x" * 20)
    + everything
    + frames.frame(frames.STDIN, b"in")
    + frames.frame(frames.STDIN_EOF)
    + frames.frame(frames.KILL)
    + frames.collect(["out/**", "*.[a-z]ng"])
)
for name, first in (("whole", 255), ("byte-by-byte", 0), ("pieces", 1)):
    write("frames", name, bytes([first]) + conversation)
for number, (name, data) in enumerate(sorted(test_protocol.BAD.items())):
    if len(data) < 2048 and number % 4 == 0:
        write("frames", f"bad-{number:02}", b"\xff" + data)
for cap, step, size in ((0, 0, 3), (1, 0, 5), (10, 2, 9), (10, 2, 10), (10, 2, 11), (100, 7, 500), (4096, 255, 9000)):
    write("streams", f"cap-{cap}-{size}", struct.pack("<IB", cap, step) + bytes(i % 251 for i in range(size)))
write("cgroup", "number", b"\x00123456789\n")
write("cgroup", "number-max", b"\x0018446744073709551615\n")
write("cgroup", "v1-oom", b"\x01oom_kill_disable 0\nunder_oom 0\noom_kill 7\n")
write("cgroup", "v2-pids", b"\x02max 4\n")
write("cgroup", "v1-cpu", b"\x03nr_periods 10\nnr_throttled 3\nthrottled_time 123456789\n")
write("cgroup", "v2-cpu", b"\x04usage_usec 4321\nuser_usec 4000\n")
for name, lines in (
    ("stars", "*a*b**c\naXbYc\nabc\nac"),
    ("deep", "a/**/b/**/c\na/b/c\na/x/b/y/c/z"),
    ("class", "[!a-c]?[]x]*\nxy]\na\u00e4x\n\u20ac"),
    ("bomb", "*a" * 30 + "b\n" + "a" * 200),
):
    write("glob", name, lines.encode())
write("glob", "no-text", b"?[\x80-\xff]\n\xff\xfe\n\xc3")
