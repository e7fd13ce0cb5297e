"""Whatever does not belong ends the container, and says so."""

import random
import struct
import unittest

import frames
from frames import frame, number, text
from sandbox import Gone, PATIENCE, Sandbox, UID

OWNER = frames.owner(UID, UID)
GOOD = text(1, "true") + text(3, "/") + number(4, 1000)


def run(payload):
    return OWNER + frame(frames.RUN, payload)


def file(payload):
    return OWNER + frame(frames.FILE, payload)


BAD = {
    "unknown type 0": frame(0),
    "unknown type 64": frame(64),
    "preload before owner": frames.preload("python"),
    "preload twice": OWNER + frames.preload("none") + frames.preload("none"),
    "preload without a name": OWNER + frame(frames.PRELOAD),
    "a frame of its own": frame(frames.EXIT),
    "a frame that is too long": struct.pack("<IB", frames.FRAME_MAX + 1, frames.STDIN),
    "the longest length": struct.pack("<IB", 0xFFFFFFFF, frames.FILE_DATA),
    "file before owner": frame(frames.FILE, text(1, "/tmp/x") + number(2, 0o644)),
    "run before owner": frame(frames.RUN, GOOD),
    "kill before run": OWNER + frame(frames.KILL),
    "stdin before run": OWNER + frame(frames.STDIN, b"x"),
    "end of stdin before run": OWNER + frame(frames.STDIN_EOF),
    "data without file": OWNER + frame(frames.FILE_DATA, b"x"),
    "owner twice": OWNER + OWNER,
    "owner is root": frames.owner(0, 70000),
    "owner group is root": frames.owner(70000, 0),
    "owner is the init": frames.owner(65532, 65532),
    "owner is below": frames.owner(65535, 65536),
    "owner is nobody at all": frames.owner(0xFFFFFFFF, 70000),
    "owner wraps": frames.owner((1 << 32) + 70000, 70000),
    "owner without group": frame(frames.OWNER, number(1, 70000)),
    "owner with more": frame(frames.OWNER, number(1, 70000) + number(2, 70000) + number(3, 1)),
    "owner empty": frame(frames.OWNER),
    "attribute cut in its header": run(b"\x01\x00"),
    "attribute longer than the frame": run(struct.pack("<BI", 1, 10) + b"true"),
    "attribute much longer": run(struct.pack("<BI", 1, 0xFFFFFFFF) + b"true"),
    "tag 0": run(GOOD + number(0, 1)),
    "tag 15": run(GOOD + number(15, 1)),
    "tag 255": run(GOOD + number(255, 1)),
    "a number of four bytes": run(GOOD + struct.pack("<BII", 5, 4, 1)),
    "a number twice": run(GOOD + number(4, 1000)),
    "a directory twice": run(GOOD + text(3, "/")),
    "no argv": run(text(3, "/") + number(4, 1000)),
    "empty program": run(text(1, "") + text(3, "/") + number(4, 1000)),
    "no directory": run(text(1, "true") + number(4, 1000)),
    "relative directory": run(text(1, "true") + text(3, "tmp") + number(4, 1000)),
    "no wall limit": run(text(1, "true") + text(3, "/")),
    "wall limit 0": run(text(1, "true") + text(3, "/") + number(4, 0)),
    "wall limit that overflows": run(text(1, "true") + text(3, "/") + number(4, (1 << 64) - 1)),
    "too many arguments": run(GOOD + text(1, "x") * 256),
    "too many variables": run(GOOD + text(2, "A=1") * 513),
    "variable without =": run(GOOD + text(2, "A")),
    "variable without name": run(GOOD + text(2, "=1")),
    "NUL in argv": run(GOOD + text(1, b"a\0b")),
    "NUL in env": run(GOOD + text(2, b"A=\0")),
    "NUL in the directory": run(text(1, "true") + text(3, "/\0") + number(4, 1000)),
    "third way at the output limit": run(GOOD + number(11, 2)),
    "third kind of stdin": run(GOOD + number(12, 2)),
    "kill with a payload": run(GOOD) + frame(frames.KILL, b"x"),
    "end of stdin with a payload": run(GOOD + number(12, 1)) + frame(frames.STDIN_EOF, b"x"),
    "file without path": file(number(2, 0o644)),
    "file without mode": file(text(1, "/tmp/x")),
    "file with setuid": file(text(1, "/tmp/x") + number(2, 0o4755)),
    "file with NUL": file(text(1, b"/tmp/x\0y") + number(2, 0o644)),
    **{
        f"file at {path}": file(text(1, path) + number(2, 0o644))
        for path in [
            "",
            "/",
            "x",
            "tmp/x",
            "/tmp",
            "/tmp/",
            "/workspace",
            "/workspace/",
            "/workspace//x",
            "/workspace/x/",
            "/workspace/./x",
            "/workspace/../etc/x",
            "/workspace/x/..",
            "/workspace/.",
            "/workspacex/y",
            "/tmpx",
            "/etc/passwd",
            "/proc/1/mem",
            "//tmp/x",
            "/workspace/" + "n" * 256,
            "/tmp" + "/d" * 2100,
        ]
    },
    "file while a stage runs": OWNER + frames.run(["sleep", "60"]) + frames.file("/tmp/x"),
    "run while a stage runs": OWNER + frames.run(["sleep", "60"]) + frames.run(["true"]),
    "owner while a stage runs": OWNER + frames.run(["sleep", "60"]) + OWNER,
    "data while a stage runs": OWNER
    + frames.file("/tmp/x")
    + frames.run(["sleep", "60"])
    + frame(frames.FILE_DATA, b"x"),
}


class Protocol(unittest.TestCase):
    def test_everything_malformed_ends_the_container(self):
        for name, data in BAD.items():
            with self.subTest(name), Sandbox(owned=False) as sandbox:
                sandbox.expect(frames.READY)
                sandbox.send(data)
                code, _, status = sandbox.error()
                self.assertEqual((code, status), ("bad_frame", 120))
                with self.assertRaises(Gone):
                    sandbox.next()

    def test_every_frame_may_come_byte_by_byte(self):
        with Sandbox(owned=False) as sandbox:
            sandbox.expect(frames.READY)
            for byte in OWNER + frames.file("/workspace/f", b"content") + frames.run(["cat", "f"], ["PATH=/bin"]):
                sandbox.send(bytes([byte]))
            self.assertEqual(sandbox.finish().stdout, b"content")

    def test_the_largest_frame_is_taken(self):
        with Sandbox() as sandbox:
            head = text(1, "/workspace/f") + number(2, 0o644)
            content = random.Random(1).randbytes(frames.FRAME_MAX - len(head) - 5)
            sandbox.send(
                frame(frames.FILE, head + text(3, content)), frame(frames.FILE_DATA, content + b"12345" + head)
            )
            stage = sandbox.run(["cat", "f"], stdout_cap=1 << 30)
            self.assertEqual(stage.stdout, content + content + b"12345" + head)

    def test_the_end_of_the_input_ends_everything(self):
        for before in (b"", OWNER, OWNER + frames.run(["sleep", "60"], ["PATH=/bin"]), OWNER + b"\x05\x00"):
            with self.subTest(before), Sandbox(owned=False) as sandbox:
                sandbox.expect(frames.READY)
                sandbox.send(before)
                sandbox.close_input()
                self.assertEqual(sandbox.process.wait(PATIENCE), 0)

    def test_a_worker_that_closes_the_output_ends_everything(self):
        with Sandbox() as sandbox:
            sandbox.start(["sleep", "60"])
            sandbox.expect(frames.STARTED)
            sandbox.process.stdout.close()
            self.assertEqual(sandbox.process.wait(PATIENCE), 0)

    def test_random_changes_never_hang_or_crash_it(self):
        rng = random.Random(20240601)
        for _ in range(150):
            good = bytearray(
                OWNER
                + frames.file("/workspace/f", b"x" * 50)
                + frames.run(["sh", "-c", "cat; exit 3"], ["PATH=/bin"], stdin=1)
                + frame(frames.STDIN, b"hello")
                + frame(frames.STDIN_EOF)
                + frame(frames.KILL)
            )
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(good))
                change = rng.randrange(4)
                if change == 0:
                    good[at] ^= 1 << rng.randrange(8)
                elif change == 1:
                    good[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
                elif change == 2:
                    del good[at : at + rng.randint(1, 9)]
                else:
                    good[at:at] = good[rng.randrange(len(good)) :][: rng.randint(1, 30)]
            with Sandbox(owned=False) as sandbox:
                sandbox.expect(frames.READY)
                sandbox.send(bytes(good))
                sandbox.close_input()
                self.assertIn(sandbox.process.wait(PATIENCE), (0, 120))


if __name__ == "__main__":
    unittest.main()
