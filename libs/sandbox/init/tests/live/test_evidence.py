"""What the kernel counted arrives in EXIT."""

import os
import unittest

from sandbox import Sandbox

HOG = "import sys\nkeep=[]\nfor _ in range({}): keep.append(b'x' * 1_000_000)\nprint(len(keep))"


class Evidence(unittest.TestCase):
    def test_an_oom_kill_of_the_program(self):
        with Sandbox(memory=64 << 20) as sandbox:
            stage = sandbox.python(HOG.format(200))
            self.assertEqual(
                (stage.exit["kind"], stage.exit["signal"], stage.exit["cause"], stage.exit["oom_kills"]), (1, 9, 0, 1)
            )
            self.assertGreater(stage.exit["peak_memory"], 60 << 20)
            stage = sandbox.python("print(1)")
            self.assertEqual((stage.exit["code"], stage.exit["oom_kills"]), (0, 0))

    def test_an_oom_kill_of_a_child_only(self):
        with Sandbox(memory=64 << 20) as sandbox:
            source = f"import subprocess,sys\np=subprocess.run([sys.executable,'-c',{HOG.format(200)!r}])\nprint(p.returncode)"
            stage = sandbox.python(source)
            self.assertEqual((stage.stdout, stage.exit["code"], stage.exit["oom_kills"]), (b"-9\n", 0, 1))

    def test_memory_and_cpu_of_a_stage(self):
        with Sandbox() as sandbox:
            stage = sandbox.python(HOG.format(100) + "\nimport time\nwhile time.process_time() < 0.3: pass")
            self.assertTrue(100_000_000 < stage.exit["peak_memory"] < 150_000_000, stage.exit)
            self.assertTrue(290_000 < stage.exit["cpu_us"] < 600_000, stage.exit)
            stage = sandbox.run(["true"])
            self.assertLess(stage.exit["cpu_us"], 50_000)

    def test_refused_forks_and_peak_processes(self):
        source = "import os,time\nn=0\nfor _ in range(50):\n try:\n  if os.fork()==0: time.sleep(60)\n  n+=1\n except OSError: pass\nprint(n)"
        with Sandbox(pids=20) as sandbox:
            stage = sandbox.python(source)
            self.assertEqual(stage.stdout, b"18\n")
            self.assertEqual(stage.exit["refused_forks"], 32)
            self.assertEqual(stage.exit["peak_processes"], 19)
            stage = sandbox.run(["true"])
            self.assertEqual((stage.exit["refused_forks"], stage.exit["peak_processes"]), (0, 1))

    def test_a_place_that_is_full(self):
        for script, full in [
            ("head -c 2000000 /dev/zero >f; exit 0", 1),
            ("head -c 2000000 /dev/zero >/tmp/f; exit 0", 1),
            ("head -c 100000 /dev/zero >f", 0),
            ("i=0; while touch $i; do i=$((i+1)); done 2>/dev/null; exit 0", 1),
            ("head -c 2000000 /dev/zero >f; rm f", 0),
        ]:
            with self.subTest(script), Sandbox(options="size=1m,nr_inodes=100") as sandbox:
                stage = sandbox.run(["sh", "-c", script])
                self.assertEqual((stage.exit["code"], stage.exit["full"]), (0, full))

    def test_a_place_that_is_full_when_the_wall_limit_strikes(self):
        source = (
            "import os,time\nf=open('/workspace/f','wb',0); os.unlink('/workspace/f')\n"
            "try:\n while True: f.write(b'x'*100000)\nexcept OSError: time.sleep(60)"
        )
        with Sandbox(options="size=1m") as sandbox:
            stage = sandbox.python(source, wall_ms=300)
            self.assertEqual((stage.exit["cause"], stage.exit["full"]), (1, 1))

    def test_throttled_time(self):
        with Sandbox() as sandbox:
            place = f"/sys/fs/cgroup/{'cpu/' if sandbox.cgroup.version == 1 else ''}{sandbox.cgroup.name}"
            quota = f"{place}/cpu.cfs_quota_us" if sandbox.cgroup.version == 1 else f"{place}/cpu.max"
            if not os.path.exists(quota):
                self.fail(f"this machine has no {quota}")
            with open(quota, "w", encoding="ascii") as target:
                target.write("20000" if sandbox.cgroup.version == 1 else "20000 100000")
            stage = sandbox.python("import time\nwhile time.process_time() < 0.1: pass")
            self.assertGreater(stage.exit["throttled_us"], 100_000)
            self.assertLess(stage.exit["throttled_us"], stage.exit["wall_us"])


if __name__ == "__main__":
    unittest.main()
