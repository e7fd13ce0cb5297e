"""The program can't reach the init, its descriptors or anything that is not its own."""

import unittest

import frames
from sandbox import INIT, UID, Sandbox

TRY = """
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, what):
    try: print(name, 'DONE', what())
    except OSError as error: print(name, os.strerror(error.errno))
def call(name, *arguments):
    ctypes.set_errno(0)
    result = libc[name](*arguments)
    if result < 0: raise OSError(ctypes.get_errno(), '')
    return result
"""


class Isolation(unittest.TestCase):
    def setUp(self):
        self.sandbox = self.enterContext(Sandbox())

    def attempts(self, source):
        stage = self.sandbox.python(TRY + source)
        self.assertEqual(stage.stderr, b"")
        return stage.stdout.decode().splitlines()

    def test_the_init_can_not_be_read_or_entered(self):
        lines = self.attempts("""
for name in ('fd', 'fdinfo', 'task/1/fd', 'map_files'): attempt(name, lambda: os.listdir('/proc/1/' + name))
for name in ('mem', 'environ', 'maps', 'auxv', 'fd/0', 'fd/1', 'fd/2', 'io', 'syscall', 'stack', 'pagemap', 'personality'):
    attempt(name, lambda: os.read(os.open('/proc/1/' + name, os.O_RDONLY), 1))
for name in ('exe', 'cwd', 'root', 'ns/pid'): attempt(name, lambda: os.readlink('/proc/1/' + name))
for name in ('mem', 'fd/0', 'fd/1', 'oom_score_adj', 'clear_refs', 'comm', 'coredump_filter'):
    attempt('write ' + name, lambda: os.open('/proc/1/' + name, os.O_WRONLY))
""")
        self.assertEqual(len(lines), 27)
        for line in lines:
            self.assertRegex(line, "(Permission denied|Operation not permitted|No such file or directory)$")

    def test_the_init_can_not_be_traced_signalled_or_copied_from(self):
        lines = self.attempts("""
attempt('attach', lambda: call('ptrace', 16, 1, 0, 0))
attempt('seize', lambda: call('ptrace', 0x4206, 1, 0, 0))
buffer = ctypes.create_string_buffer(8)
class Vector(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('length', ctypes.c_size_t)]
here, there = Vector(ctypes.addressof(buffer), 8), Vector(0x400000, 8)
attempt('read', lambda: call('process_vm_readv', 1, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
attempt('write', lambda: call('process_vm_writev', 1, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
attempt('getfd', lambda: call('syscall', 438, os.pidfd_open(1), 0, 0))
attempt('limit', lambda: __import__('resource').prlimit(1, 7, (0, 0)))
for number in list(range(1, 65)):
    if number not in (32, 33): attempt('kill', lambda: os.kill(1, number))
""")
        for line in lines:
            self.assertRegex(line, "(Permission denied|Operation not permitted)$")
        self.assertEqual(len(lines), 6 + 62)

    def test_uid_groups_and_capabilities_can_not_come_back(self):
        lines = self.attempts("""
attempt('setuid', lambda: os.setuid(0))
attempt('setuid', lambda: os.setuid(65532))
attempt('setresuid', lambda: os.setresuid(-1, -1, 65532))
attempt('setgid', lambda: os.setgid(65532))
attempt('setgroups', lambda: os.setgroups([0]))
attempt('chroot', lambda: os.chroot('/tmp'))
attempt('mount', lambda: call('mount', b'none', b'/tmp', b'tmpfs', 0, 0))
""")
        for line in lines:
            self.assertRegex(line, "(Permission denied|Operation not permitted)$")

    def test_frames_written_to_any_descriptor_stay_output(self):
        forged = frames.frame(frames.EXIT, frames.number(1, 0) + frames.number(2, 0)) + frames.frame(frames.READY)
        source = f"""
import os
forged = {forged!r}
for number in range(3, 300):
    try: os.write(number, forged)
    except OSError: pass
for path in ['/proc/self/fd/%d' % n for n in range(300)] + ['/proc/1/fd/%d' % n for n in range(10)] + ['/dev/console', '/dev/tty']:
    if path not in ('/proc/self/fd/0',):
        try: os.write(os.open(path, os.O_WRONLY | os.O_NONBLOCK), forged)
        except OSError: pass
os.write(1, forged)
os._exit(9)
"""
        stage = self.sandbox.python(source)
        self.assertGreaterEqual(stage.stdout.count(forged), 2)  # through /proc/self/fd/1 and directly
        self.assertEqual(stage.stdout.replace(forged, b"") + stage.stderr.replace(forged, b""), b"")
        self.assertEqual((stage.exit["kind"], stage.exit["code"]), (0, 9))

    def test_links_of_an_earlier_stage_do_not_lead_the_init_astray(self):
        script = "ln -s /etc up; ln -s /tmp side; ln -s /proc/1 one; mkdir real; chmod 0 real; echo x >plain; ln -s /opt/gantry/gantry-init end"
        cases = {"up/x": None, "side/x": None, "one/comm": None, "real/x": None, "plain/x": None, "real": None}
        for path in cases:
            with self.subTest(path), Sandbox() as sandbox:
                sandbox.run(["sh", "-c", script])
                sandbox.send(frames.file(f"/workspace/{path}", b"gotcha"))
                code, text, status = sandbox.error()
                self.assertEqual((code, status), ("file_failed", 120), text)
                self.assertIn(f"/workspace/{path}", text)
        self.sandbox.run(["sh", "-c", script])
        stage = self.sandbox.run(["cat", "end"], [("/workspace/end", b"mine")])
        self.assertEqual(stage.stdout, b"mine")

    def test_files_are_only_written_where_the_job_may(self):
        with Sandbox(options="size=64k,nr_inodes=20") as sandbox:
            sandbox.send(frames.file("/workspace/big", bytes(200000)))
            self.assertEqual(sandbox.error()[::2], ("file_no_space", 120))
        with Sandbox(options="size=64k,nr_inodes=3") as sandbox:
            sandbox.send(*[frames.file(f"/workspace/{n}", b"") for n in range(4)])
            self.assertEqual(sandbox.error()[::2], ("file_no_space", 120))

    def test_all_sets_are_empty_where_the_bounding_set_can_be_emptied(self):
        with Sandbox(bounding="-all,+setuid,+setgid,+kill,+setpcap") as sandbox:
            ready = {tag: int.from_bytes(value, "little") for tag, value in frames.attributes(sandbox.ready).items()}
            self.assertEqual(ready[3], 0xE0)
            stage = sandbox.run(["grep", "^Cap", "/proc/self/status"])
            self.assertEqual(stage.stdout.split()[1::2], [b"0" * 16] * 5)

    def test_a_container_without_the_capabilities_is_refused(self):
        for bounding in ("-all", "-all,+setuid,+setgid", "-all,+setuid,+kill", "-all,+setgid,+kill"):
            with Sandbox(bounding=bounding, owned=False) as sandbox:
                code, _, status = sandbox.error()
                self.assertEqual((code, status), ("not_confined", 120))

    def test_what_docker_gives_beyond_is_given_up(self):
        with Sandbox(bounding="+all") as sandbox:
            ready = {tag: int.from_bytes(value, "little") for tag, value in frames.attributes(sandbox.ready).items()}
            self.assertEqual((ready[3], ready[4]), (0xE0, 65532))
            with open(f"/proc/{sandbox.init_pid()}/status", encoding="ascii") as status:
                fields = dict(line.rstrip("\n").split(":\t", 1) for line in status)
        self.assertEqual(
            [fields[name] for name in ("CapPrm", "CapEff", "CapInh", "CapBnd", "CapAmb")],
            ["00000000000000e0", "00000000000000e0"] + ["0" * 16] * 3,
        )
        self.assertEqual((fields["Uid"], fields["Gid"], fields["NoNewPrivs"]), ("\t".join(["65532"] * 4),) * 2 + ("1",))

    def test_it_refuses_to_be_any_other_process_than_the_first(self):
        import subprocess

        refused = subprocess.run([INIT], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        self.assertEqual((refused.returncode, refused.stdout), (120, b""))

    def test_pipes_belong_to_the_job(self):
        stage = self.sandbox.run(["sh", "-c", "stat -Lc %u /dev/stdin /dev/stdout /dev/stderr"])
        self.assertEqual(stage.stdout.split(), [str(UID).encode()] * 3)


if __name__ == "__main__":
    unittest.main()
