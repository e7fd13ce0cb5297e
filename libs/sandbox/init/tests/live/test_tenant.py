"""The init of a tenant's container: one world after another, each fresh."""

import unittest

import frames
from sandbox import Gone, Sandbox

END = 9
FIRST = 3000000
PLACES = "exec:size=8m,nr_inodes=999,mode=0755:/workspace exec:size=4m,nr_inodes=999,mode=1777:/tmp noexec:size=1m,mode=1777:/dev/shm"


def tenant(jobs=10, ahead="-", **options):
    return Sandbox(owned=False, bounding="-all,+setuid,+setgid", arguments=f"--tenant {FIRST} {jobs} none {ahead} {PLACES}", **options)


def begin(sandbox, number):
    # Without the names of interpreters, the only part that is no number.
    ready = {tag: int.from_bytes(value, "little") for tag, value in frames.attributes(sandbox.expect(frames.READY)).items()}
    sandbox.send(frames.owner(FIRST + number, FIRST + number))
    return ready


class Worlds(unittest.TestCase):
    def test_each_is_ready_as_the_init_of_a_container_is(self):
        with tenant() as sandbox:
            for number in (1, 2, 3):
                ready = begin(sandbox, number)
                self.assertEqual((ready[3], ready[4], ready[5], ready[6]), (0xE0, 65532, 1, 2))
                stage = sandbox.run(["sh", "-c", "id -u; echo $$; touch /workspace/left /tmp/left; ls /workspace /tmp /dev/shm"])
                self.assertEqual(stage.stdout.decode().split()[0], str(FIRST + number))
                self.assertEqual(stage.stdout.decode().count("left"), 2)
                sandbox.send(frames.frame(END))

    def test_nothing_of_one_is_in_the_next(self):
        leave = "touch /workspace/left /tmp/left /dev/shm/left; (setsid sleep 600 >/dev/null 2>&1 </dev/null &) ; echo done"
        look = "ls /workspace /tmp /dev/shm | grep left; ls /proc | grep -c '^[0-9]'; cat /proc/self/uid_map"
        with tenant() as sandbox:
            begin(sandbox, 1)
            self.assertEqual(sandbox.run(["sh", "-c", leave]).stdout, b"done\n")
            sandbox.send(frames.frame(END))
            begin(sandbox, 2)
            seen = sandbox.run(["sh", "-c", look]).stdout.decode()
            self.assertNotIn("left", seen)
            # The init, the shell, ls and grep.
            self.assertEqual(seen.split()[0], "4")
            self.assertEqual(seen.split()[1:], ["65532", str(FIRST), "1", str(FIRST + 1), str(FIRST + 1), "10"])

    def test_a_job_can_make_no_namespace_and_has_no_capability(self):
        with tenant() as sandbox:
            begin(sandbox, 1)
            stage = sandbox.run(["sh", "-c", "unshare -U true; unshare -n true; grep -E '^(Cap|NoNew|Seccomp)' /proc/self/status"])
            text = stage.stdout.decode()
            self.assertEqual(text.count("0000000000000000"), 5)
            self.assertIn("Seccomp_filters:\t1", text)
            self.assertEqual(stage.stderr.decode().count("Operation not permitted"), 2)

    def test_two_stages_share_a_world(self):
        with tenant() as sandbox:
            begin(sandbox, 1)
            sandbox.run(["sh", "-c", "echo kept > /workspace/built"])
            self.assertEqual(sandbox.run(["cat", "/workspace/built"]).stdout, b"kept\n")


class Ahead(unittest.TestCase):
    """What a world knows without being told."""

    def ready(self, sandbox, number):
        self.assertEqual(int.from_bytes(frames.attributes(sandbox.expect(frames.READY))[8], "little"), FIRST + number)

    def test_a_world_needs_no_owner(self):
        with tenant() as sandbox:
            for number in (1, 2):
                self.ready(sandbox, number)
                self.assertEqual(sandbox.run(["id", "-u"]).stdout.decode(), f"{FIRST + number}\n")
                sandbox.send(frames.frame(END))

    def test_its_interpreter_waits_unasked(self):
        with tenant(ahead="python") as sandbox:
            for number in (1, 2):
                self.ready(sandbox, number)
                self.assertEqual(frames.attributes(sandbox.expect(frames.PRELOADED))[1], b"python")
                sandbox.send(frames.frame(END))

    def test_a_last_stage_ends_its_execution(self):
        with tenant() as sandbox:
            for number in (1, 2, 3):
                self.ready(sandbox, number)
                stage = sandbox.run(["sh", "-c", "ls /workspace; touch /workspace/left; id -u; exit 3"], last=1)
                self.assertEqual((stage.stdout.decode(), stage.exit["code"]), (f"{FIRST + number}\n", 3))
            self.ready(sandbox, 4)
            self.assertNotEqual(sandbox.run(["/no/such/program"], last=1).exit["errno"], 0)
            self.ready(sandbox, 5)

    def test_a_kill_that_crosses_the_end_is_for_nobody(self):
        with tenant() as sandbox:
            self.ready(sandbox, 1)
            sandbox.run(["true"], last=1)
            sandbox.send(frames.frame(frames.KILL))
            self.ready(sandbox, 2)
            self.assertEqual(sandbox.run(["echo", "on"]).stdout, b"on\n")


class Faults(unittest.TestCase):
    def ends(self, *parts, begun=True):
        with tenant() as sandbox:
            if begun:
                begin(sandbox, 1)
            else:
                sandbox.expect(frames.READY)
            sandbox.send(*parts)
            return sandbox.error()

    def test_an_owner_that_the_world_was_not_made_for(self):
        for owner in (FIRST, FIRST + 2, 70000):
            self.assertEqual(self.ends(frames.owner(owner, owner), begun=False)[::2], ("bad_frame", 120))

    def test_frames_behind_the_end(self):
        self.assertEqual(self.ends(frames.frame(END), frames.owner(FIRST + 2, FIRST + 2))[::2], ("bad_frame", 120))

    def test_an_end_while_a_stage_runs(self):
        self.assertEqual(self.ends(frames.run(["sleep", "600"]), frames.frame(END))[::2], ("bad_frame", 120))

    def test_a_last_stage_that_is_fed(self):
        self.assertEqual(self.ends(frames.run(["true"], last=1, stdin=1))[::2], ("bad_frame", 120))

    def test_a_last_stage_in_a_container_of_one_execution(self):
        with Sandbox() as sandbox:
            sandbox.start(["true"], last=1)
            self.assertEqual(sandbox.error()[::2], ("bad_frame", 120))

    def test_an_end_in_a_container_of_one_execution(self):
        with Sandbox() as sandbox:
            sandbox.send(frames.frame(END))
            self.assertEqual(sandbox.error()[::2], ("bad_frame", 120))

    def test_more_worlds_than_it_was_made_for(self):
        with tenant(jobs=2) as sandbox:
            for number in (1, 2):
                begin(sandbox, number)
                sandbox.send(frames.frame(END))
            with self.assertRaises(Gone):
                sandbox.next()

    def test_arguments_that_are_none(self):
        for arguments in ("--other", "--tenant", f"--tenant 0 1 none - {PLACES}", f"--tenant {FIRST} 1 none -"):
            with Sandbox(owned=False, arguments=arguments) as sandbox:
                self.assertEqual(sandbox.error()[::2], ("internal", 120))

    def test_a_worker_that_goes_takes_the_container_with_it(self):
        with tenant() as sandbox:
            begin(sandbox, 1)
            sandbox.start(["sleep", "600"])
            sandbox.expect(frames.STARTED)
            sandbox.close_input()
            self.assertEqual(sandbox.process.wait(10), 0)


if __name__ == "__main__":
    unittest.main()
