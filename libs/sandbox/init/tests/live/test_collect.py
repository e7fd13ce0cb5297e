"""What a program has left comes out, and nothing else does."""

import hashlib
import time
import unittest

import frames
from sandbox import Gone, Sandbox
from test_tenant import FIRST, begin, tenant

(NO_FILE, FILE_SIZE, TOTAL_SIZE, NUMBER, NO_TEXT, CHANGED, UNREADABLE, DEPTH, TIME) = range(1, 10)
ALL, LATE, LOST, STOPPED = range(4)


class Collected:
    def __init__(self):
        self.files, self.omitted, self.given_up = {}, [], {}
        self.order, self.untold, self.end = [], None, None


def receive(sandbox, on_frame=None):
    """Up to COLLECTED; checks the order of frames on the way."""
    found, path, size, content = Collected(), None, 0, bytearray()
    while found.end is None:
        kind, payload = sandbox.next()
        if on_frame is not None:
            on_frame(kind, payload)
        if kind == frames.ARTIFACT:
            assert path is None
            attributes = frames.attributes(payload)
            path, size, content = attributes[1].decode(), int.from_bytes(attributes[2], "little"), bytearray()
        elif kind == frames.ARTIFACT_DATA:
            assert path is not None and 0 < len(payload) <= 65536
            content += payload
        elif kind == frames.ARTIFACT_END:
            numbers = frames.numbers(payload)
            if numbers[1] == 1:
                assert len(content) == size
                found.files[path] = bytes(content)
                found.order.append(path)
            else:
                found.given_up[path] = numbers[2]
            path = None
        elif kind == frames.OMITTED:
            assert path is None
            attributes = frames.attributes(payload)
            found.omitted.append((attributes[1].decode(), int.from_bytes(attributes[2], "little")))
        elif kind == frames.COLLECTED:
            assert path is None
            numbers = frames.numbers(payload)
            found.untold, found.end = numbers[1], numbers[2]
        else:
            raise AssertionError((hex(kind), payload))
    return found


def collect(sandbox, *patterns, **fields):
    sandbox.send(frames.collect(patterns, **fields))
    return receive(sandbox)


class Collecting(unittest.TestCase):
    def test_files_come_in_order_with_their_bytes(self):
        with Sandbox() as sandbox:
            script = "mkdir -p out/b/c; printf two >out/b/two; printf one >out/b/c/one; printf z >out/z; : >empty.png; printf no >no.txt"
            self.assertEqual(sandbox.run(["sh", "-c", script]).exit["code"], 0)
            found = collect(sandbox, "out/**", "*.png")
            self.assertEqual(found.order, ["empty.png", "out/b/c/one", "out/b/two", "out/z"])
            self.assertEqual([found.files[path] for path in found.order], [b"", b"one", b"two", b"z"])
            self.assertEqual((found.omitted, found.untold, found.end), ([], 0, ALL))

    def test_large_files_are_whole(self):
        with Sandbox() as sandbox:
            stage = sandbox.python(
                "import random\nb = random.Random(3).randbytes(5_000_001)\nopen('big', 'wb').write(b)\nimport hashlib\nprint(hashlib.sha256(b).hexdigest())"
            )
            found = collect(sandbox, "big", file_bytes=1 << 30)
            self.assertEqual(hashlib.sha256(found.files["big"]).hexdigest(), stage.stdout.decode().strip())

    def test_more_stages_and_more_collections_follow(self):
        with Sandbox() as sandbox:
            sandbox.run(["sh", "-c", "echo 1 >a; echo t >/tmp/a"])
            self.assertEqual(collect(sandbox, "a").files, {"a": b"1\n"})
            self.assertEqual(collect(sandbox, "a", root="/tmp").files, {"a": b"t\n"})
            self.assertEqual(sandbox.run(["sh", "-c", "echo 2 >a; ls /proc | grep -c '^[0-9]'"]).stdout, b"4\n")
            self.assertEqual(collect(sandbox, "*").files, {"a": b"2\n"})

    def test_after_a_stage_that_was_killed(self):
        with Sandbox(memory=64 << 20) as sandbox:
            for script, fields in [
                ("echo kept >a; sleep 60", {"wall_ms": 300}),
                ("echo kept >a; kill -9 $$", {}),
                ("echo kept >a; exec head -c 200000000 /dev/zero | tail -c 200000000", {}),
            ]:
                with self.subTest(script):
                    sandbox.run(["sh", "-c", script], **fields)
                    self.assertEqual(collect(sandbox, "a").files, {"a": b"kept\n"})

    def test_in_the_worlds_of_a_tenant(self):
        with tenant() as sandbox:
            for number in (1, 2):
                begin(sandbox, number)
                sandbox.run(["sh", "-c", f"mkdir out; echo {number} >out/{number}; ln -s /etc/passwd out/link"])
                found = collect(sandbox, "out/**")
                self.assertEqual((found.files, found.omitted), ({f"out/{number}": f"{number}\n".encode()}, [("out/link", NO_FILE)]))
                sandbox.send(frames.frame(frames.END))

    def test_a_worker_that_stops_it(self):
        with Sandbox() as sandbox:
            sandbox.run(["sh", "-c", "head -c 8000000 /dev/zero >big"])
            sandbox.send(frames.collect(["big"], file_bytes=1 << 30))
            self.assertEqual(sandbox.next()[0], frames.ARTIFACT)
            sandbox.send(frames.frame(frames.KILL))
            sandbox.pending = frames.frame(frames.ARTIFACT, frames.text(1, "big") + frames.number(2, 8000000)) + sandbox.pending
            found = receive(sandbox)
            self.assertEqual((found.end, found.given_up), (STOPPED, {"big": UNREADABLE}))
            self.assertEqual(sandbox.run(["echo", "on"]).stdout, b"on\n")

    def test_what_must_not_come_ends_the_container(self):
        order = frames.collect(["*"])
        for name, before, data in [
            ("before a stage", False, order),
            ("twice", True, order + order),
            ("beside a stage", True, frames.run(["sleep", "60"]) + order),
            ("a stage beside it", True, order + frames.run(["true"])),
            ("a file beside it", True, order + frames.file("/workspace/x")),
            ("a root elsewhere", True, frames.collect(["*"], root="/etc")),
            ("a pattern that climbs", True, frames.collect(["../*"])),
            ("no pattern", True, frames.collect([])),
            ("too many patterns", True, frames.collect(["*"] * 65)),
            ("a pattern that is too long", True, frames.collect(["a" * 1025])),
        ]:
            with self.subTest(name), Sandbox() as sandbox:
                if before:
                    sandbox.run(["sh", "-c", "head -c 60000000 /dev/zero >big"])
                sandbox.send(data)
                code, _, status = sandbox.error()
                self.assertEqual((code, status), ("bad_frame", 120))

    def test_a_worker_that_goes_ends_everything(self):
        with Sandbox() as sandbox:
            sandbox.run(["sh", "-c", "head -c 60000000 /dev/zero >big"])
            sandbox.send(frames.collect(["big"], file_bytes=1 << 30, total_bytes=1 << 30))
            self.assertEqual(sandbox.next()[0], frames.ARTIFACT)
            sandbox.close_input()
            self.assertEqual(sandbox.process.wait(10), 0)


class Caps(unittest.TestCase):
    def test_number_size_and_total(self):
        with Sandbox() as sandbox:
            sandbox.run(["sh", "-c", "for f in a b c d; do printf 12345 >$f; done; printf 1234567890 >large"])
            found = collect(sandbox, "?", files=2)
            self.assertEqual((found.order, found.omitted), (["a", "b"], [("c", NUMBER), ("d", NUMBER)]))
            found = collect(sandbox, "*", file_bytes=9, total_bytes=14)
            self.assertEqual(found.order, ["a", "b"])
            self.assertEqual(found.omitted, [("c", TOTAL_SIZE), ("d", TOTAL_SIZE), ("large", FILE_SIZE)])

    def test_omissions_are_told_up_to_a_number_and_then_counted(self):
        with Sandbox() as sandbox:
            sandbox.run(["sh", "-c", "i=0; while [ $i -lt 250 ]; do : >$i; i=$((i+1)); done"])
            found = collect(sandbox, "*", files=20)
            self.assertEqual((len(found.files), len(found.omitted), found.untold, found.end), (20, 100, 130, ALL))

    def test_a_time_that_is_over(self):
        with Sandbox(options="size=200m") as sandbox:
            sandbox.run(["sh", "-c", "head -c 60000000 /dev/zero >big; : >a"])
            sandbox.send(frames.collect(["*"], file_bytes=1 << 30, total_bytes=1 << 30, ms=300))
            time.sleep(1)  # a worker that reads nothing meanwhile
            found = receive(sandbox)
            self.assertEqual((found.order, found.given_up, found.end), (["a"], {"big": TIME}, LATE))
            self.assertEqual(sandbox.run(["echo", "on"]).stdout, b"on\n")


class Hostile(unittest.TestCase):
    def test_what_is_no_regular_file(self):
        source = """
import os, socket
os.symlink('/etc/passwd', 'out-link'); os.symlink('/proc/1/environ', 'out-proc'); os.symlink('/etc', 'out-directory')
os.symlink('out-missing', 'out-dangling'); os.symlink('out-loop', 'out-loop'); os.mkfifo('out-fifo')
s = socket.socket(socket.AF_UNIX); s.bind('out-socket')
open('plain', 'w').write('plain'); os.link('plain', 'out-hard')
for mode, number in ((0o20666, os.makedev(1, 5)), (0o60666, os.makedev(8, 0))):
    try: os.mknod('out-device', mode, number); print('a device')
    except PermissionError: print('none')
try: os.link('/etc/passwd', 'out-passwd'); print('a link')
except OSError as error: print(error.errno)
"""
        with Sandbox() as sandbox:
            stage = sandbox.python(source)
            # EXDEV, or EPERM where the kernel protects hard links first.
            self.assertIn(stage.stdout, (b"none\nnone\n18\n", b"none\nnone\n1\n"))
            found = collect(sandbox, "out*", "out-directory/*", "out-directory/**", "**/passwd")
            self.assertEqual(found.files, {"out-hard": b"plain"})
            expected = ["dangling", "directory", "fifo", "link", "loop", "proc", "socket"]
            self.assertEqual(found.omitted, [(f"out-{name}", NO_FILE) for name in expected])

    def test_a_root_that_is_a_link_or_gone(self):
        with Sandbox() as sandbox:
            sandbox.run(["sh", "-c", "mkdir real; echo x >real/x; ln -s real link; ln -s /etc etc; : >file"])
            for root in ("/workspace/link", "/workspace/etc", "/workspace/missing", "/workspace/file", "/workspace/link/x"):
                found = collect(sandbox, "**", root=root)
                self.assertEqual((found.files, found.omitted, found.end), ({}, [(".", UNREADABLE)], ALL))
            self.assertEqual(collect(sandbox, "**", root="/workspace/real").files, {"x": b"x\n"})

    def test_what_its_owner_may_not_read(self):
        with Sandbox() as sandbox:
            sandbox.run(["sh", "-c", "mkdir d shut; : >d/in; : >shut/in; echo x >none; chmod 0 none d; chmod 300 shut"])
            found = collect(sandbox, "**")
            self.assertEqual((found.files, sorted(found.omitted)), ({}, [(n, UNREADABLE) for n in ("d", "none", "shut")]))

    def test_sparse_giants(self):
        with Sandbox() as sandbox:
            sandbox.run(["sh", "-c", "truncate -s 1T giant; truncate -s 900000 hole"])
            found = collect(sandbox, "*")
            self.assertEqual((found.files, found.omitted), ({"hole": bytes(900000)}, [("giant", FILE_SIZE)]))

    def test_odd_names(self):
        source = """
import os
for name in (b'new\\nline', b'no\\xfftext', '\\u00e4\\U0001f600'.encode(), b'n' * 255, b'-rf', b'.hidden', b' ', b'a\\\\b', b'\\x1b[31m'):
    open(name, 'wb').write(b'x')
os.mkdir(b'dir\\xff'); open(b'dir\\xff/in', 'wb').close()
"""
        with Sandbox() as sandbox:
            sandbox.python(source)
            found = collect(sandbox, "**")
            wanted = ["new\nline", "\u00e4\U0001f600", "n" * 255, "-rf", ".hidden", " ", "a\\b", "\x1b[31m", "main.py"]
            self.assertEqual(sorted(found.files), sorted(wanted))
            self.assertEqual(found.omitted, [("dir\\xff", NO_TEXT), ("no\\xfftext", NO_TEXT)])

    def test_deep_and_long_paths(self):
        source = """
import os
open('d0', 'w').close(); os.mkdir('d')
for depth in range(1000):
    os.chdir('d')
    open(f'at{depth}', 'w').close()
    os.mkdir('d')
os.chdir('/workspace')
for _ in range(6):
    os.mkdir('n' * 200); os.chdir('n' * 200); open('f', 'w').close()
"""
        with Sandbox() as sandbox:
            self.assertEqual(sandbox.python(source).exit["code"], 0)
            found = collect(sandbox, "d/**")
            self.assertEqual(len(found.files), 64)
            self.assertEqual(found.omitted, [("/".join("d" * 65), DEPTH)])
            found = collect(sandbox, "n*/**")
            self.assertEqual(len(found.files), 5)
            self.assertEqual([(len(path), why) for path, why in found.omitted], [(1024, DEPTH)])

    def test_a_hundred_thousand_names(self):
        source = "for n in range(100_001): open(f'{n:06}', 'w').close()"
        with Sandbox(memory=1 << 30, options="size=64m,nr_inodes=200000") as sandbox:
            self.assertEqual(sandbox.python(source, wall_ms=60000).exit["code"], 0)
            found = collect(sandbox, "*", files=10, ms=30000)
            self.assertEqual((len(found.files), found.end), (10, ALL))
            self.assertEqual(found.omitted[0], (".", NUMBER))
            # One name is main.py; what was read and matches is told or counted, and so is that there is more.
            self.assertEqual(len(found.omitted) + found.untold + len(found.files), 100_001)

    def test_long_names_fill_a_bounded_memory(self):
        source = "for n in range(40_000): open(f'{n:06}' + 'n' * 249, 'w').close()"
        with Sandbox(memory=1 << 30, options="size=64m,nr_inodes=200000") as sandbox:
            self.assertEqual(sandbox.python(source, wall_ms=60000).exit["code"], 0)
            found = collect(sandbox, "*1nnn*", files=5, ms=30000)
            self.assertEqual((len(found.files), found.end, found.omitted[0]), (5, ALL, (".", NUMBER)))

    def test_pattern_bombs_end_in_time(self):
        source = "for n in range(2000): open('a' * 250 + f'{n:04}', 'w').close()"
        with Sandbox() as sandbox:
            sandbox.python(source)
            started = time.monotonic()
            found = collect(sandbox, *["*a" * 511 + "b"] * 64, ms=2000)
            self.assertLess(time.monotonic() - started, 5)
            self.assertEqual(found.files, {})
            self.assertIn(found.end, (ALL, LATE))

    def test_a_collector_for_which_there_is_no_memory(self):
        with Sandbox(memory=32 << 20) as sandbox:
            sandbox.run(["sh", "-c", ": >a; exec head -c 60000000 /dev/zero >big"])
            try:
                found = collect(sandbox, "*", file_bytes=1 << 30, total_bytes=1 << 30, ms=5000)
            except Gone:  # the kernel found no other process to kill than the init
                return
            self.assertIn(found.end, (ALL, LOST))
            if found.end == LOST:
                self.assertNotIn("big", found.files)
                self.assertEqual(set(found.given_up.values()) - {UNREADABLE}, set())
            else:
                self.assertEqual(found.order, ["a", "big"])


if __name__ == "__main__":
    unittest.main()
