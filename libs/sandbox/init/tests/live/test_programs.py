"""What a program gets, and how its end is told."""

import os
import signal
import unittest

import frames
from sandbox import Sandbox, UID


class Programs(unittest.TestCase):
    def setUp(self):
        self.sandbox = self.enterContext(Sandbox())

    def test_ready_tells_who_the_init_is(self):
        ready = {tag: int.from_bytes(value, "little") for tag, value in frames.attributes(self.sandbox.ready).items()}
        capabilities = 1 << 7 | 1 << 6 | 1 << 5
        self.assertEqual(ready, {1: 1, 2: self.sandbox.cgroup.version, 3: capabilities, 4: 65532, 5: 1, 6: 0, 7: 0})

    def test_arguments_and_environment_arrive_byte_for_byte(self):
        arguments = ["", " ", "a b", "-x", "ünï", "new\nline", "'\"\\$", "x" * 100000] + [str(i) for i in range(240)]
        env = ["PATH=/usr/local/bin:/usr/bin:/bin", "EMPTY=", "MANY=a=b=c", "U=ü", "L=1\n2"] + [
            f"V{i}={i}" for i in range(507)
        ]
        source = (
            "import sys,os;sys.stdout.buffer.write(b'\\0'.join(map(os.fsencode,sys.argv[1:])));"
            "sys.stderr.buffer.write(open('/proc/self/environ','rb').read())"
        )
        stage = self.sandbox.python(source, *arguments, env=env)
        self.assertEqual(stage.stdout, b"\0".join(part.encode() for part in arguments))
        self.assertEqual(stage.stderr, b"".join(part.encode() + b"\0" for part in env))
        self.assertTrue(stage.started)

    def test_every_exit_code_comes_back(self):
        for code in range(256):
            stage = self.sandbox.run(["sh", "-c", f"exit {code}"])
            self.assertEqual((stage.exit["kind"], stage.exit["code"], stage.exit["cause"]), (0, code, 0))
            self.assertNotIn("signal", stage.exit)

    def test_every_deadly_signal_comes_back(self):
        harmless = {
            signal.SIGCHLD,
            signal.SIGCONT,
            signal.SIGURG,
            signal.SIGWINCH,
            signal.SIGSTOP,
            signal.SIGTSTP,
            signal.SIGTTIN,
            signal.SIGTTOU,
        }
        for number in sorted(set(range(1, 32)) - harmless) + [34, 50, 64]:
            stage = self.sandbox.run(["sh", "-c", f"kill -{number} $$; sleep 5"])
            self.assertEqual(
                (stage.exit["kind"], stage.exit.get("signal"), stage.exit["cause"]), (1, number, 0), number
            )
            self.assertNotIn("code", stage.exit)

    def test_signals_start_with_default_dispositions_and_nothing_blocked(self):
        source = (
            "for l in open('/proc/self/status'):\n if l.startswith(('SigB','SigI','SigP')): print(int(l.split()[1],16))"
        )
        # Python itself ignores SIGPIPE and SIGXFSZ.
        stage = self.sandbox.python(source)
        self.assertEqual(stage.stdout.split(), [b"0", b"0", str(1 << 12 | 1 << 24).encode()])
        stage = self.sandbox.run(["grep", "SigIgn", "/proc/self/status"])
        self.assertEqual(stage.stdout, b"SigIgn:\t0000000000000000\n")

    def test_identity_umask_session_descriptors_and_directory(self):
        script = "id -u; id -g; id -G; umask; pwd; ls /proc/self/fd | wc -l; cat /proc/self/oom_score_adj"
        stage = self.sandbox.run(["sh", "-c", f"cd /tmp; {script}"], cwd="/usr")
        uid, gid, groups, umask, directory, descriptors, score = stage.stdout.decode().splitlines()
        self.assertEqual((uid, gid, groups, umask, directory), (str(UID),) * 3 + ("0022", "/tmp"))
        self.assertEqual(descriptors, "4")  # 0, 1, 2 and the one that lists
        self.assertEqual(score, "1000")
        leader = self.sandbox.run(
            ["sh", "-c", "read pid _ _ ppid group session rest </proc/self/stat; echo $pid $ppid $group $session"]
        )
        pid, parent, group, session = leader.stdout.split()
        self.assertEqual((parent, group, session), (b"1", pid, pid))

    def test_no_capability_and_no_new_privileges(self):
        stage = self.sandbox.run(["grep", "-E", "^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)", "/proc/self/status"])
        values = [line.split()[1] for line in stage.stdout.splitlines()]
        self.assertEqual(values, [b"0" * 16] * 4 + [b"1"])

    def test_files_are_the_jobs_with_mode_and_parents(self):
        big = os.urandom(3 << 20)
        files = [
            ("/workspace/a/b/c.txt", b"deep", 0o600),
            ("/workspace/run.sh", b"#!/bin/sh\necho ran $1\n", 0o755),
            ("/tmp/empty", b""),
            ("/workspace/big", big, 0o444),
            ("/workspace/ünï cödé", b"x"),
        ]
        script = "cat a/b/c.txt; ./run.sh one; stat -c '%a %u %g %s' a a/b/c.txt run.sh /tmp/empty big 'ünï cödé'; sha256sum <big"
        stage = self.sandbox.run(["sh", "-c", script], files)
        import hashlib

        me = f"{UID} {UID}"
        expected = [
            "deepran one",
            f"755 {me} 60",
            f"600 {me} 4",
            f"755 {me} 22",
            f"644 {me} 0",
            f"444 {me} {len(big)}",
            f"644 {me} 1",
            hashlib.sha256(big).hexdigest() + "  -",
        ]
        lines = stage.stdout.decode().splitlines()
        lines[1] = lines[1].rsplit(" ", 1)[0] + " 60"  # how large an empty directory is, is up to the file system
        self.assertEqual(lines, expected)

    def test_a_file_replaces_what_lies_there_and_never_writes_through_it(self):
        self.sandbox.run(
            [
                "sh",
                "-c",
                "echo precious >keep; ln keep hard; ln -s keep soft; mkfifo pipe; echo old >locked; chmod 0 locked",
            ]
        )
        files = [(f"/workspace/{name}", b"new") for name in ("hard", "soft", "pipe", "locked")]
        stage = self.sandbox.run(["sh", "-c", "cat keep hard soft pipe locked; stat -c %F hard soft pipe"], files)
        self.assertEqual(stage.stdout, b"precious\nnewnewnewnew" + b"regular file\n" * 3)

    def test_a_program_that_is_not_there_is_told_by_errno(self):
        import errno

        files = [
            ("/workspace/plain", b"echo"),
            ("/workspace/noshebang", b"echo", 0o755),
            ("/workspace/bad", b"#!/no/such\n", 0o755),
            ("/workspace/dir/x", b""),
        ]
        for argv, expected in [
            (["nope"], errno.ENOENT),
            (["/nope"], errno.ENOENT),
            (["./plain"], errno.EACCES),
            (["plain"], errno.ENOENT),
            (["./noshebang"], errno.ENOEXEC),
            (["./bad"], errno.ENOENT),
            (["./dir"], errno.EACCES),
            (["true", "x" * 200000], errno.E2BIG),
        ]:
            stage = self.sandbox.run(argv, files)
            self.assertEqual((stage.exit["kind"], stage.exit.get("errno"), stage.started), (2, expected, False), argv)
            self.assertNotIn("code", stage.exit)
            files = []
        self.assertEqual(self.sandbox.run(["true"], cwd="/workspace/none").exit["errno"], errno.ENOENT)
        self.assertEqual(self.sandbox.run(["true"], cwd="/workspace/plain").exit["errno"], errno.ENOTDIR)
        self.assertEqual(self.sandbox.run(["true"]).exit["code"], 0)

    def test_the_path_is_that_of_the_given_environment(self):
        files = [
            ("/workspace/one/tool", b"#!/bin/sh\necho one", 0o644),
            ("/workspace/two/tool", b"#!/bin/sh\necho two", 0o755),
        ]
        self.assertEqual(
            self.sandbox.run(["tool"], files, env=["PATH=/none:/workspace/one:/workspace/two"]).stdout, b"two\n"
        )
        self.assertEqual(self.sandbox.run(["tool"], env=["PATH=/workspace/one"]).exit["errno"], 13)
        self.assertEqual(self.sandbox.run(["tool"], env=["PATH="], cwd="/workspace/two").stdout, b"two\n")
        self.assertEqual(self.sandbox.run(["true"], env=[]).exit["code"], 0)

    def test_the_standard_streams_can_be_opened_by_name(self):
        self.sandbox.start(["sh", "-c", "cat /dev/stdin >/dev/stdout; echo oops >/dev/stderr"], stdin=1)
        self.sandbox.send(frames.frame(frames.STDIN, b"through"), frames.frame(frames.STDIN_EOF))
        stage = self.sandbox.finish()
        self.assertEqual((stage.stdout, stage.stderr, stage.exit["code"]), (b"through", b"oops\n", 0))

    def test_many_stages_in_a_row_leave_nothing_open(self):
        before = self.descriptors()
        for number in range(300):
            stage = self.sandbox.run(["sh", "-c", f"echo {number}; exit {number % 7}"])
            self.assertEqual((stage.stdout, stage.exit["code"]), (f"{number}\n".encode(), number % 7))
        self.assertEqual(self.descriptors(), before)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.sandbox.init_pid()}/fd"))


if __name__ == "__main__":
    unittest.main()
