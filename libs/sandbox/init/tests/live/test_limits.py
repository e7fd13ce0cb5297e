"""Every limit strikes in time, whatever the program does, and the next stage is healthy."""

import time
import unittest

import frames
from frames import CAUSE_CPU, CAUSE_ITSELF, CAUSE_KILLED, CAUSE_OUTPUT, CAUSE_WALL
from sandbox import Sandbox

STUBBORN = "import signal,os,time\nfor s in range(1,65):\n try: signal.signal(s,signal.SIG_IGN)\n except (OSError,ValueError): pass\n"
BURN = "import os\nfor i in range({}):\n if os.fork()==0: break\nwhile True: pass\n"


class Limits(unittest.TestCase):
    def setUp(self):
        self.sandbox = self.enterContext(Sandbox(pids=200))

    def killed(self, stage, cause):
        self.assertEqual((stage.exit["kind"], stage.exit.get("signal"), stage.exit["cause"]), (1, 9, cause))
        self.assertEqual(self.sandbox.processes(), ["gantry-init", "python3"])

    def test_the_wall_limit_ends_what_ignores_everything(self):
        stage = self.sandbox.python(STUBBORN + "print('in',flush=True)\nwhile True: time.sleep(1)", wall_ms=300)
        self.assertEqual(stage.stdout, b"in\n")
        self.assertTrue(300000 <= stage.exit["wall_us"] < 1000000, stage.exit)
        self.killed(stage, CAUSE_WALL)

    def test_the_wall_limit_ends_a_program_that_has_stopped_itself(self):
        self.killed(self.sandbox.run(["sh", "-c", "kill -STOP $$"], wall_ms=200), CAUSE_WALL)

    def test_the_wall_limit_ends_a_whole_family(self):
        source = STUBBORN + "for i in range(20):\n if os.fork()==0:\n  os.setsid()\n  break\nwhile True: time.sleep(1)"
        self.killed(self.sandbox.python(source, wall_ms=500), CAUSE_WALL)

    def test_the_cpu_limit_ends_one_busy_process(self):
        stage = self.sandbox.python(BURN.format(0), cpu_ms=300)
        self.assertTrue(300000 <= stage.exit["cpu_us"] < 400000, stage.exit)
        self.killed(stage, CAUSE_CPU)

    def test_the_cpu_limit_counts_the_whole_tree(self):
        stage = self.sandbox.python(BURN.format(4), cpu_ms=300)
        self.assertTrue(300000 <= stage.exit["cpu_us"] < 400000, stage.exit)
        self.killed(stage, CAUSE_CPU)

    def test_the_cpu_limit_counts_children_that_are_gone(self):
        stage = self.sandbox.run(["sh", "-c", "while :; do /bin/true; done"], cpu_ms=200)
        self.assertLess(stage.exit["cpu_us"], 400000)
        self.killed(stage, CAUSE_CPU)

    def test_sleeping_costs_no_cpu(self):
        stage = self.sandbox.run(["sleep", "0.5"], cpu_ms=200)
        self.assertEqual((stage.exit["code"], stage.exit["cause"]), (0, CAUSE_ITSELF))
        self.assertLess(stage.exit["cpu_us"], 100000)

    def test_the_worker_kills(self):
        self.sandbox.start_python(STUBBORN + "print('in',flush=True)\nwhile True: time.sleep(1)")
        stage = self.sandbox.finish(
            lambda kind, _: kind == frames.STDOUT and self.sandbox.send(frames.frame(frames.KILL))
        )
        self.killed(stage, CAUSE_KILLED)

    def test_a_kill_right_behind_run_strikes(self):
        for _ in range(50):
            self.sandbox.send(frames.run(["sleep", "60"], ["PATH=/bin"]), frames.frame(frames.KILL))
            stage = self.sandbox.finish()
            self.assertEqual(stage.exit["cause"], CAUSE_KILLED)
        self.killed(stage, CAUSE_KILLED)

    def test_frames_that_cross_an_exit_are_dropped(self):
        self.sandbox.run(["true"], stdin=1)
        self.sandbox.send(
            frames.frame(frames.KILL), frames.frame(frames.STDIN, b"late"), frames.frame(frames.STDIN_EOF)
        )
        stage = self.sandbox.run(["cat"], stdin=0)
        self.assertEqual((stage.stdout, stage.exit["cause"], stage.exit["code"]), (b"", CAUSE_ITSELF, 0))

    def test_output_past_the_cap_kills_if_asked(self):
        for cap in (0, 1, 3, 4, 1000, 65536, 1 << 20, 3 << 20):
            stage = self.sandbox.run(["sh", "-c", "yes | head -c 8000000; sleep 60"], stdout_cap=cap, on_output=1)
            self.assertEqual(stage.stdout, (b"y\n" * (cap // 2 + 1))[:cap])
            self.assertEqual(stage.gaps, {})
            self.assertEqual(stage.exit["stdout_written"], cap + stage.exit["stdout_left_out"])
            self.assertGreater(stage.exit["stdout_left_out"], 0)
            self.killed(stage, CAUSE_OUTPUT)

    def test_output_up_to_the_cap_does_not_kill(self):
        stage = self.sandbox.run(
            ["sh", "-c", "yes | head -c 100000; yes | head -c 50000 >&2"],
            stdout_cap=100000,
            stderr_cap=50000,
            on_output=1,
        )
        self.assertEqual(
            (len(stage.stdout), len(stage.stderr), stage.exit["cause"], stage.exit["code"]), (100000, 50000, 0, 0)
        )

    def test_file_size_open_files_stack_and_core(self):
        self.assertEqual(
            self.sandbox.run(
                ["bash", "-c", "ulimit -Hf; ulimit -Sf; ulimit -Hn; ulimit -Hs; ulimit -Hc; ulimit -Hl"],
                file_bytes=1 << 20,
                open_files=50,
                stack_bytes=1 << 20,
            ).stdout.split(),
            [b"1024", b"1024", b"50", b"1024", b"0", b"64"],
        )
        stage = self.sandbox.run(["head", "-c", "2000000", "/dev/zero"], file_bytes=1000)
        self.assertEqual(stage.exit["stdout_written"], 2000000)  # a pipe is not a file
        stage = self.sandbox.run(["bash", "-c", "exec head -c 2000000 /dev/zero >f"], file_bytes=1000)
        self.assertEqual((stage.exit["kind"], stage.exit["signal"]), (1, 25))

    def test_a_limit_is_never_raised(self):
        hard = int(self.sandbox.run(["bash", "-c", "ulimit -Hn"]).stdout)
        self.assertEqual(int(self.sandbox.run(["bash", "-c", "ulimit -Hn"], open_files=1 << 40).stdout), hard)

    def test_limits_hold_while_the_worker_does_not_read(self):
        self.sandbox.start(["yes"], wall_ms=400, stdout_cap=1 << 30)
        self.assertEqual(self.sandbox.next()[0], frames.STARTED)
        self.wait_until_alone()
        stage = self.sandbox.finish()
        self.assertEqual(len(stage.stdout), stage.exit["stdout_written"])
        self.assertLess(stage.exit["wall_us"], 1000000)
        self.killed(stage, CAUSE_WALL)

    def test_a_kill_is_served_while_the_worker_does_not_read(self):
        self.sandbox.start(["yes"], stdout_cap=1 << 30)
        self.assertEqual(self.sandbox.next()[0], frames.STARTED)
        self.sandbox.send(frames.frame(frames.KILL))
        self.wait_until_alone()
        stage = self.sandbox.finish()
        self.killed(stage, CAUSE_KILLED)

    def wait_until_alone(self):
        """Only the init is left, though none of its output has been read. The program has started before this is called."""
        until = time.monotonic() + 10
        init = self.sandbox.init_pid()
        while True:
            with open(f"/proc/{init}/task/{init}/children", encoding="ascii") as children:
                if not children.read():
                    return
            self.assertLess(time.monotonic(), until)
            time.sleep(0.002)


if __name__ == "__main__":
    unittest.main()
