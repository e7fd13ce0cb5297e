"""Starts the real init as PID 1 of a namespace that looks like a sandbox container, and speaks to it."""

import ctypes
import itertools
import os
import platform
import select
import signal
import struct
import subprocess
import tempfile
import time

import frames
from cgroups import Cgroup

HERE = os.path.dirname(os.path.abspath(__file__))
INIT = os.environ.get("GANTRY_INIT", os.path.join(HERE, "../../build/gantry-init"))
PRELOADER = os.path.join(HERE, "../../preload")
UID = 70001
PATIENCE = float(os.environ.get("GANTRY_INIT_PATIENCE", "30"))
serial = itertools.count()


def ignore_hidden_signals():
    """Those of the C library's threads, which no sigaction() of a C library touches: x86-64 and arm64 alike in what they take."""
    rt_sigaction = {"x86_64": 13, "aarch64": 134}[platform.machine()]
    ignore = (ctypes.c_ulong * 4)(signal.SIG_IGN)
    for number in (32, 33):
        assert ctypes.CDLL(None).syscall(rt_sigaction, number, ctypes.byref(ignore), None, 8) == 0


class Gone(Exception):
    """The init has closed its output."""


class Sandbox:
    def __init__(self, memory=512 << 20, pids=64, options="size=64m", bounding=None, owned=True, preloader=PRELOADER, arguments=""):
        self.root = tempfile.mkdtemp(prefix="gantry-init-test-")
        self.cgroup = Cgroup(f"gantry-init-test-{os.getpid()}-{next(serial)}", memory, pids)
        environment = {
            "PATH": os.environ["PATH"],
            "GANTRY_PRELOADER": preloader,
            "GANTRY_ARGUMENTS": arguments,
            "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1",
            "UBSAN_OPTIONS": "halt_on_error=1",
        }
        if bounding is not None:
            environment["GANTRY_BOUNDING"] = bounding
        self.process = subprocess.Popen(
            [
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--net",
                "--ipc",
                "--uts",
                "sh",
                os.path.join(HERE, "enter.sh"),
                self.root,
                INIT,
                str(UID),
                str(self.cgroup.version),
                self.cgroup.name,
                options,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            bufsize=0,
            preexec_fn=ignore_hidden_signals,
        )
        self.input, self.output = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self.input, False)
        self.pending = b""
        self.unsent = b""
        if owned:
            self.ready = self.expect(frames.READY)
            self.send(frames.owner(UID, UID))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """The end of its input ends the init; a test that leaves one behind has found a fault."""
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.kill(self.init_pid(), signal.SIGKILL)
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()
            self.cgroup.remove()
            os.rmdir(self.root)

    def init_pid(self):
        """The init's number in the world outside."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as children:
            return int(children.read())

    def send(self, *parts):
        self.unsent += b"".join(parts)
        self.push()

    def push(self):
        while self.unsent:
            try:
                self.unsent = self.unsent[os.write(self.input, self.unsent[:65536]) :]
            except BlockingIOError:
                return

    def close_input(self):
        self.process.stdin.close()

    def next(self, patience=PATIENCE):
        """The next frame as (type, payload)."""
        until = time.monotonic() + patience
        while True:
            if len(self.pending) >= 5:
                length, kind = struct.unpack_from("<IB", self.pending)
                assert length <= frames.FRAME_MAX
                if len(self.pending) >= 5 + length:
                    payload, self.pending = self.pending[5 : 5 + length], self.pending[5 + length :]
                    return kind, payload
            self.fill(until)

    def fill(self, until):
        wanted = [self.input] if self.unsent else []
        readable, writable, _ = select.select([self.output], wanted, [], max(0, until - time.monotonic()))
        if writable:
            self.push()
        if readable:
            chunk = os.read(self.output, 1 << 16)
            if not chunk:
                raise Gone
            self.pending += chunk
        assert readable or writable, "the init says nothing"

    def expect(self, kind):
        got, payload = self.next()
        assert got == kind, (hex(got), payload)
        return payload

    def error(self):
        """Reads up to ERROR; returns its code, its text and the exit status."""
        while True:
            kind, payload = self.next()
            if kind == frames.ERROR:
                found = frames.attributes(payload)
                return found[1].decode(), found[2].decode(), self.process.wait(PATIENCE)

    def start(self, argv, files=(), env=("PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/workspace"), **fields):
        self.send(*[frames.file(*entry) for entry in files], frames.run(argv, env, **fields))

    def finish(self, on_frame=None, stage=None):
        """Collects a stage up to its EXIT."""
        stage = stage or Stage()
        while stage.exit is None:
            kind, payload = self.next()
            stage.take(kind, payload)
            if on_frame is not None:
                on_frame(kind, payload)
        return stage

    def finish_from(self, seen):
        """Goes on after frames that were read one by one."""
        stage = Stage()
        for kind, payload in seen:
            stage.take(kind, payload)
        return self.finish(stage=stage)

    def run(self, argv, files=(), **fields):
        self.start(argv, files, **fields)
        return self.finish()

    def python(self, source, *arguments, **fields):
        return self.run(
            ["python3", "/workspace/main.py", *arguments], [("/workspace/main.py", source.encode())], **fields
        )

    def processes(self):
        """Who is alive, seen by a new stage from inside; python3 is the one that looks."""
        stage = self.python(
            "import os\nfor p in os.listdir('/proc'):\n if p.isdigit(): print(open(f'/proc/{p}/comm').read(),end='')"
        )
        return sorted(stage.stdout.decode().split())

    def start_python(self, source, **fields):
        self.start(["python3", "/workspace/main.py"], [("/workspace/main.py", source.encode())], **fields)


class Stage:
    def __init__(self):
        self.started, self.exit = False, None
        self.stdout, self.stderr = b"", b""
        self.head = {1: None, 2: None}
        self.gaps, self.usages, self.credit = {}, [], 0
        self.credit_at_output = None

    def take(self, kind, payload):
        assert self.exit is None
        if kind == frames.STARTED:
            assert not self.started and not self.stdout and not self.stderr and payload == b""
            self.started = True
        elif kind in (frames.STDOUT, frames.STDERR):
            assert 0 < len(payload) <= 65536
            if self.credit_at_output is None:
                self.credit_at_output = self.credit
            if kind == frames.STDOUT:
                self.stdout += payload
            else:
                self.stderr += payload
        elif kind == frames.GAP:
            found = frames.numbers(payload)
            assert found[1] not in self.gaps
            self.gaps[found[1]] = found[2]
            self.head[found[1]] = len(self.stdout if found[1] == 1 else self.stderr)
        elif kind == frames.STDIN_CREDIT:
            self.credit += frames.numbers(payload)[1]
        elif kind == frames.USAGE:
            self.usages.append(frames.numbers(payload))
        elif kind == frames.EXIT:
            self.exit = frames.exit_report(payload)
        else:
            raise AssertionError((hex(kind), payload))
