"""Nothing survives its stage and nothing delays its end."""

import unittest

from sandbox import Sandbox

DAEMON = """
import os, time, sys
def daemon(depth):
    if os.fork(): return
    os.setsid()
    if depth: daemon(depth - 1)
    time.sleep(1000)
"""


class Tree(unittest.TestCase):
    def setUp(self):
        self.sandbox = self.enterContext(Sandbox(pids=150))

    def gone(self):
        self.assertEqual(self.sandbox.processes(), ["gantry-init", "python3"])

    def ended_at_once(self, stage, code=0):
        self.assertEqual((stage.exit["kind"], stage.exit["code"], stage.exit["cause"]), (0, code, 0))
        self.assertLess(stage.exit["wall_us"], 3000000)
        self.gone()

    def test_daemons_that_hold_the_output_die_with_the_main_process(self):
        self.ended_at_once(self.sandbox.python(DAEMON + "daemon(0); daemon(3); print('done')"))

    def test_their_output_up_to_then_is_kept(self):
        stage = self.sandbox.run(["sh", "-c", "mkfifo f; (echo child; echo go >f; sleep 100) & read x <f; echo main"])
        self.assertEqual(stage.stdout, b"child\nmain\n")
        self.ended_at_once(stage)

    def test_children_that_fork_for_ever_die_with_the_main_process(self):
        source = DAEMON + """
for _ in range(30):
    try: forked = os.fork()
    except OSError: break
    if forked == 0:
        while True:
            try:
                if os.fork(): os._exit(0)
                os.setsid()
            except OSError: pass
time.sleep(0.2)
"""
        for _ in range(5):
            self.ended_at_once(self.sandbox.python(source))

    def test_a_fork_bomb_ends_at_the_wall_limit(self):
        stage = self.sandbox.run(
            ["bash", "-c", "b() { b | b & }; b; while :; do b; done 2>/dev/null"], wall_ms=1000, stderr_cap=1000
        )
        self.assertEqual(stage.exit["cause"], 1)
        self.assertLess(stage.exit["wall_us"], 3000000)
        self.assertGreater(stage.exit["refused_forks"], 0)
        self.assertGreaterEqual(stage.exit["peak_processes"], 140)
        self.gone()

    def test_a_pipe_that_hides_in_a_socket_does_not_delay_the_end(self):
        source = """
import array, os, socket
a, b = socket.socketpair()
c, d = socket.socketpair()
for s, fds in ((a, [1, 2, b.fileno(), d.fileno()]), (c, [1, 2, d.fileno(), b.fileno()])):
    s.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))])
print('hidden')
"""
        stage = self.sandbox.python(source)
        self.assertEqual(stage.stdout, b"hidden\n")
        self.ended_at_once(stage)

    def test_a_subreaper_keeps_nothing(self):
        source = DAEMON + "import ctypes\nctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\ndaemon(2)\nprint('x')"
        self.ended_at_once(self.sandbox.python(source))

    def test_killing_everything_in_reach_only_ends_the_program(self):
        stage = self.sandbox.python(
            "import os,signal,time\nif os.fork()==0: time.sleep(1000)\nos.kill(-1, 9)\nos.kill(os.getpid(), 9)"
        )
        self.assertEqual((stage.exit["kind"], stage.exit["signal"], stage.exit["cause"]), (1, 9, 0))
        self.gone()

    def test_threads_and_an_exited_leader_end_together(self):
        source = (
            "import threading,time,ctypes\nfor i in range(30): threading.Thread(target=time.sleep,args=(1000,),daemon=True).start()\n"
            "print('threads',flush=True)\nctypes.CDLL(None).pthread_exit(None)"
        )
        stage = self.sandbox.python(source, wall_ms=700)
        self.assertEqual(stage.exit["cause"], 1)
        self.gone()


if __name__ == "__main__":
    unittest.main()
