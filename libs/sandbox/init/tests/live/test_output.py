"""Head, tail and gap are exact to the byte."""

import hashlib
import os
import time
import unittest

import frames
from sandbox import Sandbox

TAIL_MAX = 256 * 1024
MEMORY_KIB = int(os.environ.get("GANTRY_INIT_MEMORY_KIB", "4096"))  # sanitizers need more
WRITER = """
import hashlib, os, sys
size, step, fd = (int(part) for part in sys.argv[1:4])
block = b''.join(hashlib.sha256(i.to_bytes(8, 'little')).digest() for i in range(size // 32 + 1))[:size]
at = 0
while at < size: at += os.write(fd, block[at:at + step])
"""


def block(size):
    return b"".join(hashlib.sha256(i.to_bytes(8, "little")).digest() for i in range(size // 32 + 1))[:size]


def tail_of(cap):
    return min(cap // 4, TAIL_MAX)


class Output(unittest.TestCase):
    def setUp(self):
        self.sandbox = self.enterContext(Sandbox())

    def check(self, got, head_length, gap, written, cap):
        data = block(written)
        tail = tail_of(cap)
        left_out = max(0, written - cap)
        self.assertEqual(gap, left_out or None)
        if left_out:
            self.assertEqual(head_length, cap - tail)
            self.assertEqual(got, data[: cap - tail] + data[written - tail :])
        else:
            self.assertEqual(got, data)

    def write(self, size, cap, step=1 << 20, fd=1):
        caps = {"stdout_cap": cap} if fd == 1 else {"stderr_cap": cap}
        stage = self.sandbox.python(WRITER, str(size), str(step), str(fd), **caps)
        name = "stdout" if fd == 1 else "stderr"
        self.check(getattr(stage, name), stage.head[fd], stage.gaps.get(fd), size, cap)
        self.assertEqual(stage.exit[f"{name}_written"], size)
        self.assertEqual(stage.exit[f"{name}_left_out"], max(0, size - cap))
        self.assertEqual(stage.exit["code"], 0)

    def test_around_small_caps(self):
        for cap in range(10):
            for size in (0, 1, max(0, cap - 1), cap, cap + 1, cap + 2, 100):
                self.write(size, cap, step=1 + size % 3)

    def test_around_large_caps(self):
        for cap in (65536, 100001, 4 * TAIL_MAX, 4 * TAIL_MAX + 1, 3 << 20):
            for size in (cap - tail_of(cap), cap - 1, cap, cap + 1, cap + tail_of(cap), 2 * cap + 17):
                self.write(size, cap)

    def test_huge_output_through_a_small_cap(self):
        self.write(40_000_000, 1 << 20)
        self.write(5_000_000, 1000, fd=2)

    def test_a_gigabyte_is_drained_quickly(self):
        stage = self.sandbox.run(["sh", "-c", "head -c 1000000000 /dev/zero; echo end"])
        self.assertEqual(stage.exit["stdout_written"], 1000000004)
        self.assertEqual(stage.gaps[1], 1000000004 - (1 << 20))
        self.assertTrue(stage.stdout.endswith(b"\0end\n"))
        self.assertLess(stage.exit["wall_us"], 10000000)

    def test_both_streams_at_once(self):
        source = WRITER.replace(
            "while at < size: at += os.write(fd, block[at:at + step])",
            "for at in range(0, size, step): [os.write(f, block[at:at + step]) for f in (1, 2)]",
        )
        stage = self.sandbox.python(source, "3000000", "1000", "1", stdout_cap=3000000, stderr_cap=1000000)
        self.check(stage.stdout, stage.head[1], stage.gaps.get(1), 3000000, 3000000)
        self.check(stage.stderr, stage.head[2], stage.gaps.get(2), 3000000, 1000000)

    def test_output_leaves_while_the_program_runs(self):
        self.sandbox.start(["sh", "-c", "echo now; read x; echo then"], stdin=1)
        seen = []
        while not seen or seen[-1][0] != frames.STDOUT:
            seen.append(self.sandbox.next())
        self.assertEqual(seen, [(frames.STARTED, b""), (frames.STDOUT, b"now\n")])
        self.sandbox.send(frames.frame(frames.STDIN, b"\n"))
        self.assertEqual(self.sandbox.finish_from(seen).stdout, b"now\nthen\n")

    def test_a_slow_worker_slows_the_program_and_loses_nothing(self):
        self.sandbox.start_python(WRITER.replace("sys.argv[1:4]", "(6000000, 4096, 1)"), stdout_cap=1 << 30)
        stage = self.sandbox.finish(lambda kind, _: time.sleep(0.0005))
        self.assertEqual(stage.stdout, block(6000000))

    def test_closed_output_is_no_fault(self):
        stage = self.sandbox.run(["sh", "-c", "exec >&- 2>&-; sleep 0.05; exit 4"])
        self.assertEqual((stage.exit["code"], stage.stdout, stage.stderr), (4, b"", b""))
        stage = self.sandbox.run(["sh", "-c", "echo a; exec >&-; echo b >&2; sleep 0.05; echo c >&2"])
        self.assertEqual((stage.exit["code"], stage.stdout, stage.stderr), (0, b"a\n", b"b\nc\n"))

    def test_bytes_are_not_touched(self):
        stage = self.sandbox.python("import os\nos.write(1, bytes(range(256))*3)\nos.write(2, b'\\xff\\xfe\\x00')")
        self.assertEqual((stage.stdout, stage.stderr), (bytes(range(256)) * 3, b"\xff\xfe\x00"))

    def test_usage_is_told_at_the_asked_interval(self):
        source = "import time\nx=bytearray(50_000_000)\nend=time.monotonic()+0.6\nwhile time.monotonic()<end: pass"
        stage = self.sandbox.python(source, usage_ms=50)
        self.assertTrue(6 <= len(stage.usages) <= 14, stage.usages)
        cpu = [usage[1] for usage in stage.usages]
        self.assertEqual(cpu, sorted(cpu))
        self.assertGreater(cpu[-1], 300000)
        self.assertGreater(max(usage[2] for usage in stage.usages), 50_000_000)
        self.assertEqual(stage.usages[1][3], 1)
        self.assertEqual(self.sandbox.run(["sleep", "0.2"]).usages, [])

    def test_the_init_stays_small(self):
        self.sandbox.python(WRITER, "20000000", "65536", "1", stdout_cap=1 << 21, stderr_cap=1 << 21)
        with open(f"/proc/{self.sandbox.init_pid()}/status", encoding="ascii") as status:
            fields = dict(line.split(":", 1) for line in status)
        self.assertLess(int(fields["VmHWM"].split()[0]), MEMORY_KIB)


if __name__ == "__main__":
    unittest.main()
