"""Leaves what a collector must cope with, and some files that it shall bring out."""

import hashlib
import os
import random
import socket
import sys
import time

os.makedirs("out/deep/er")
for path, text in (("out/a.txt", "a"), ("out/deep/b.json", "{}"), ("out/deep/er/empty", ""), ("not-this", "no")):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
large = random.Random(5).randbytes(3_000_001)
with open("out/large.bin", "wb") as file:
    file.write(large)
print(hashlib.sha256(large).hexdigest())

os.symlink("/etc/passwd", "out/link")
os.symlink("/proc", "out/proc")
os.symlink("/etc", "out/etc")
os.mkfifo("out/fifo")
server = socket.socket(socket.AF_UNIX)
server.bind("out/socket")
os.link("not-this", "out/hard")
with open("out/giant", "wb") as file:
    os.ftruncate(file.fileno(), 60_000_000)
with open("out/shut", "w", encoding="utf-8") as file:
    file.write("shut")
os.chmod("out/shut", 0)
for name in (b"out/new\nline", "out/\u00e4 \U0001f600.txt".encode(), b"out/no\xfftext"):
    with open(name, "wb") as file:
        file.write(b"odd")
os.mkdir("deep")
os.chdir("deep")
for _ in range(1000):
    os.mkdir("d")
    os.chdir("d")
sys.stdout.flush()
if sys.argv[1:] == ["and-sleep"]:
    time.sleep(600)
if sys.argv[1:] == ["and-die"]:
    os.kill(os.getpid(), 11)
