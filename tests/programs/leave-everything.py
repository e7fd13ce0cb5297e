"""`leave`: leaves behind all that a process can, and a daemon that holds it. `look`: says what it finds of that.

Both print one JSON object. Numbers of what a user may have are counted by taking all of it."""
import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
KEY = 0x67616E74
IPC_CREAT = 0o1000
PLACES = ["/workspace", "/tmp", "/dev/shm", "/dev/mqueue"]
F_SETPIPE_SZ = 1031


def error():
    return ctypes.get_errno()


def exists(result):
    return result >= 0


def take_all(make):
    """Takes until it is refused, 4096 at most; gives what it took."""
    held = []
    try:
        while len(held) < 4096:
            one = make()
            if one is None:
                break
            held.append(one)
    except OSError:
        pass
    return held


def inotify():
    fd = libc.inotify_init1(0)
    return fd if fd >= 0 else None


def wide_pipe():
    ends = os.pipe()
    if fcntl.fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) < 1 << 20:
        return None
    return ends


def abstract(name):
    one = socket.socket(socket.AF_UNIX)
    one.bind("\0" + name)
    one.listen()
    return one


def listener():
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 5555))
    one.listen()
    return one


def queue(flags):
    # The C library puts the slash before the name that the kernel wants without.
    return libc.mq_open(b"/left", flags, 0o666, None)


def leave():
    made = {}
    for place in PLACES[:3]:
        os.makedirs(f"{place}/left/deep", exist_ok=True)
        open(f"{place}/left/deep/file", "w").write("secret")
        os.mkfifo(f"{place}/left/fifo")
    made["shm"] = exists(libc.shmget(KEY, 4096, IPC_CREAT | 0o666))
    made["msg"] = exists(libc.msgget(KEY, IPC_CREAT | 0o666))
    made["sem"] = exists(libc.semget(KEY, 1, IPC_CREAT | 0o666))
    made["queue"] = exists(queue(os.O_CREAT | os.O_RDWR))
    made["key"] = exists(libc.syscall(248, b"user", b"left", b"secret", 6, -3))
    held = [abstract("left"), listener(), os.openpty()]
    instances = take_all(inotify)
    pipes = take_all(wide_pipe)
    made["inotify"], made["pipes"] = len(instances), len(pipes)
    os.umask(0o077)
    os.chdir("/tmp")
    os.nice(10)
    os.environ["LEFT"] = "secret"
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    try:
        socket.sethostname("left")
        made["hostname"] = True
    except OSError:
        made["hostname"] = False
    if "hold" in sys.argv:
        print(json.dumps(made), flush=True)
        time.sleep(600)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            time.sleep(600)
        os._exit(0)
    os.wait()
    print(json.dumps(made), flush=True)
    del held


def connects(family, address):
    one = socket.socket(family)
    try:
        one.connect(address)
        return True
    except OSError:
        return False


def look():
    own = {str(os.getpid()), "1"}
    found = {
        "files": sorted(f"{place}/{name}" for place in PLACES for name in os.listdir(place) if name not in ("main.py", "leave-everything.py")),
        "processes": sorted(pid for pid in os.listdir("/proc") if pid.isdigit() and pid not in own),
        "terminals": sorted(name for name in os.listdir("/dev/pts") if name != "ptmx"),
        "shm": exists(libc.shmget(KEY, 0, 0)),
        "msg": exists(libc.msgget(KEY, 0)),
        "sem": exists(libc.semget(KEY, 0, 0)),
        "queue": exists(queue(os.O_RDONLY)),
        "key": exists(libc.syscall(249, b"user", b"left", None, 0)),
        "abstract": connects(socket.AF_UNIX, "\0left"),
        "listener": connects(socket.AF_INET, ("127.0.0.1", 5555)),
        "sockets": sum(len(open(f"/proc/net/{kind}").readlines()) - 1 for kind in ("unix", "tcp", "udp")),
        "left": os.environ.get("LEFT"),
        "cwd": os.getcwd(),
        "nice": os.nice(0),
        "umask": oct(os.umask(0)),
        "files_limit": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        "hostname": socket.gethostname(),
        "cached_keys": open("/proc/keys").read(),
    }
    instances = take_all(inotify)
    pipes = take_all(wide_pipe)
    found["inotify"], found["pipes"] = len(instances), len(pipes)
    print(json.dumps(found))


look() if sys.argv[1] == "look" else leave()
