"""An interpreter that waits for its program: it becomes it, or is gone before another process takes its place."""

import os
import tempfile
import time
import unittest

import frames
from sandbox import PATIENCE, Sandbox

USUAL = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/workspace",
    "LANG=C.UTF-8",
    "PYTHONUNBUFFERED=1",
    "PYTHONDONTWRITEBYTECODE=1",
]
# A plain start does not load it.
WAITED = "import sys\nprint('dataclasses' in sys.modules)\n"
# The start of a preloader that does as it should; a test adds what it does not.
GOOD = "import os, sys\ndef word(w=b'W'): os.write(255, w)\ndef order(): return os.read(255, 65536)\n"


class Preload(unittest.TestCase):
    def sandbox(self, source=None, **options):
        """With our preloader, or with one of the test's."""
        if source is not None:
            place = self.enterContext(tempfile.TemporaryDirectory(prefix="gantry-init-test-"))
            os.mkdir(os.path.join(place, "python"))
            with open(os.path.join(place, "python/sitecustomize.py"), "w", encoding="utf-8") as hook:
                hook.write(GOOD + source)
            for entry in (place, os.path.join(place, "python")):
                os.chmod(entry, 0o755)
            options["preloader"] = place
        return self.enterContext(Sandbox(**options))

    def preload(self, sandbox, name="python"):
        sandbox.send(frames.preload(name))
        return frames.attributes(sandbox.expect(frames.PRELOADED))[1].decode()

    def run_usual(self, sandbox, source=WAITED, *arguments, env=(), **fields):
        fields.setdefault("runtime", "python")
        return sandbox.python(source, *arguments, env=[*USUAL, *env], **fields)

    def await_loneliness(self, sandbox):
        """Until the init has reaped its last child."""
        init = sandbox.init_pid()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with open(f"/proc/{init}/task/{init}/children", encoding="ascii") as children:
                if not children.read():
                    return
            time.sleep(0.005)
        self.fail("the init still has a child")

    def check_plain(self, sandbox):
        stage = self.run_usual(sandbox)
        self.assertEqual((stage.stdout, stage.stderr, stage.exit["code"]), (b"False\n", b"", 0))
        self.assertTrue(stage.started)
        self.assertEqual(sandbox.processes(), ["gantry-init", "python3"])

    def test_a_program_runs_in_the_process_that_waits_and_only_one_does(self):
        sandbox = self.sandbox()
        self.assertEqual(self.preload(sandbox), "python")
        source = WAITED + "import os\nprint(sys.argv, os.environ.get('MINE'), len(os.environ), input())\nraise SystemExit(7)"
        sandbox.start_python(source, env=[*USUAL, "MINE=ü"], runtime="python", stdin=1)
        sandbox.send(frames.frame(frames.STDIN, b"line\n"), frames.frame(frames.STDIN_EOF))
        stage = sandbox.finish()
        self.assertEqual(stage.stdout.decode(), "True\n['/workspace/main.py'] ü 6 line\n")
        self.assertEqual((stage.stderr, stage.exit["code"], stage.started, stage.credit), (b"", 7, True, 5))
        self.check_plain(sandbox)

    def test_anything_unusual_runs_in_a_process_of_its_own(self):
        for fields in (
            {"runtime": ""},
            {"runtime": "node"},
            {"cwd": "/tmp"},
            {"stack_bytes": 1 << 20},
            {"env": ["PYTHONHASHSEED=0"]},
            {"env": ["LONG=" + "x" * 65536]},
        ):
            sandbox = self.sandbox()
            self.assertEqual(self.preload(sandbox), "python")
            self.assertEqual(self.run_usual(sandbox, **fields).stdout, b"False\n", fields)
            self.assertEqual(sandbox.processes(), ["gantry-init", "python3"])

    def test_another_program_takes_its_place_even_where_there_is_room_for_one_process(self):
        sandbox = self.sandbox(pids=2)
        self.assertEqual(self.preload(sandbox), "python")
        self.assertEqual(sandbox.run(["echo", "x"]).stdout, b"x\n")

    def test_what_there_is_none_of_is_said_at_once(self):
        sandbox = self.sandbox()
        self.assertEqual(self.preload(sandbox, "cobol"), "")
        self.check_plain(sandbox)

    def test_a_preloader_that_dies_or_says_something_else_is_done_without(self):
        for source in ("os._exit(3)", "os.kill(os.getpid(), 9)", "word(b'X'); order()", "os.close(255); os.read(0, 1)"):
            sandbox = self.sandbox(source)
            self.assertEqual(self.preload(sandbox), "", source)
            self.check_plain(sandbox)

    def test_a_preloader_that_says_nothing_is_given_up(self):
        sandbox = self.sandbox("if os.environ.get('PYTHONPATH'): order()")
        self.assertEqual(self.preload(sandbox), "")
        self.check_plain(sandbox)

    def test_a_preloader_that_dies_or_speaks_while_it_waits_is_done_without(self):
        for source in ("word(); os._exit(3)", "word(); word(); order()"):
            sandbox = self.sandbox(source)
            self.assertEqual(self.preload(sandbox), "python")
            self.await_loneliness(sandbox)
            self.check_plain(sandbox)

    def test_what_a_preloader_writes_never_passes_for_output(self):
        for stream in (1, 2):
            sandbox = self.sandbox(f"if os.environ.get('PYTHONPATH'): os.write({stream}, b'noise'); word(); order()")
            self.assertEqual(self.preload(sandbox), "python")
            self.check_plain(sandbox)

    def test_limits_are_those_of_a_plain_start(self):
        source = (
            "import resource\nfor name in sorted(dir(resource)):\n"
            " if name.startswith('RLIMIT_'): print(name, resource.getrlimit(getattr(resource, name)))"
        )
        limits = {"file_bytes": 1 << 20, "open_files": 77, "cpu_ms": 5000}
        plain = self.run_usual(self.sandbox(), source, **limits).stdout
        sandbox = self.sandbox()
        self.preload(sandbox)
        self.assertEqual(self.run_usual(sandbox, source, **limits).stdout, plain)
        self.assertIn(b"RLIMIT_NOFILE (77, 77)", plain)

    def test_who_the_program_is_and_what_it_holds_is_as_in_a_plain_start(self):
        source = (
            "import os, re\nprint(re.findall(r'^(?:Uid|Gid|Groups|Cap.*|NoNewPrivs|Seccomp|Sig...|Umask):.*',"
            " open('/proc/self/status').read(), re.M), os.listdir('/proc/self/fd'), os.getcwd(), os.getsid(0) == os.getpid())\n"
            "try: os.fstat(255)\nexcept OSError as error: print(error)"
        )
        plain = self.run_usual(self.sandbox(), source).stdout
        sandbox = self.sandbox()
        self.preload(sandbox)
        self.assertEqual(self.run_usual(sandbox, source).stdout, plain)
        self.assertIn(b"Bad file descriptor", plain)

    def test_the_time_before_the_program_is_not_counted(self):
        busy = "import time\nuntil = time.process_time() + 0.5\nwhile time.process_time() < until: pass\nword(); order(); os._exit(0)"
        sandbox = self.sandbox(busy)
        self.assertEqual(self.preload(sandbox), "python")
        stage = self.run_usual(sandbox, cpu_ms=400)
        self.assertEqual((stage.exit["kind"], stage.exit["code"], stage.exit["cause"]), (0, 0, 0))
        self.assertLess(stage.exit["cpu_us"], 300000)
        self.assertLess(stage.exit["wall_us"], 300000)

    def test_a_program_that_waits_is_killed_with_everything_it_left(self):
        sandbox = self.sandbox()
        self.preload(sandbox)
        source = "import os, time\nfor _ in range(3):\n if os.fork() == 0: os.setsid()\nwhile True: time.sleep(1)"
        stage = self.run_usual(sandbox, source, wall_ms=300)
        self.assertEqual((stage.exit["signal"], stage.exit["cause"]), (9, frames.CAUSE_WALL))
        self.check_plain(sandbox)

    def test_files_may_come_before_or_while_it_starts(self):
        sandbox = self.sandbox()
        sandbox.send(frames.file("/workspace/beside.py", b"VALUE = 5"), frames.preload("python"))
        self.assertEqual(frames.attributes(sandbox.expect(frames.PRELOADED))[1], b"python")
        self.assertEqual(self.run_usual(sandbox, WAITED + "import beside; print(beside.VALUE)").stdout, b"True\n5\n")

    def test_a_run_that_does_not_wait_for_it_gets_a_process_of_its_own(self):
        sandbox = self.sandbox("if os.environ.get('PYTHONPATH'): order()")
        sandbox.send(frames.preload("python"))
        sandbox.start_python(WAITED, env=USUAL, runtime="python")
        self.assertEqual(frames.attributes(sandbox.expect(frames.PRELOADED))[1], b"")
        self.assertEqual(sandbox.finish().stdout, b"False\n")

    def test_a_worker_that_goes_away_ends_it(self):
        sandbox = self.sandbox()
        self.preload(sandbox)
        sandbox.close_input()
        self.assertEqual(sandbox.process.wait(10), 0)


if __name__ == "__main__":
    unittest.main()
