"""The worker's side of PROTOCOL.md: bytes to values and back."""

import struct

FILE, FILE_DATA, RUN, STDIN, STDIN_EOF, KILL, OWNER, PRELOAD, END, COLLECT = range(1, 11)
READY, STARTED, STDOUT, STDERR, GAP, STDIN_CREDIT, USAGE, EXIT, ERROR, PRELOADED = range(0x81, 0x8B)
ARTIFACT, ARTIFACT_DATA, ARTIFACT_END, OMITTED, COLLECTED = range(0x8B, 0x90)
FRAME_MAX = 1 << 20

RUN_TAGS = {
    "argv": 1,
    "env": 2,
    "cwd": 3,
    "wall_ms": 4,
    "cpu_ms": 5,
    "file_bytes": 6,
    "open_files": 7,
    "stack_bytes": 8,
    "stdout_cap": 9,
    "stderr_cap": 10,
    "on_output": 11,
    "stdin": 12,
    "usage_ms": 13,
    "runtime": 14,
    "last": 15,
}
EXIT_TAGS = {
    1: "kind",
    2: "code",
    3: "signal",
    4: "errno",
    5: "cause",
    6: "wall_us",
    7: "cpu_us",
    8: "peak_memory",
    9: "peak_processes",
    10: "oom_kills",
    11: "refused_forks",
    12: "throttled_us",
    13: "stdout_written",
    14: "stderr_written",
    15: "stdout_left_out",
    16: "stderr_left_out",
    17: "full",
}
CAUSE_ITSELF, CAUSE_WALL, CAUSE_CPU, CAUSE_OUTPUT, CAUSE_KILLED = range(5)
KIND_EXITED, KIND_SIGNALLED, KIND_NOT_STARTED = range(3)


def frame(kind, payload=b""):
    return struct.pack("<IB", len(payload), kind) + payload


def number(tag, value):
    return struct.pack("<BIQ", tag, 8, value)


def text(tag, value):
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<BI", tag, len(raw)) + raw


def owner(uid, gid):
    return frame(OWNER, number(1, uid) + number(2, gid))


def preload(name):
    return frame(PRELOAD, text(1, name))


def file(path, content=b"", mode=0o644):
    """One file, cut into FILE and FILE_DATA."""
    head, rest = content[:60000], content[60000:]
    out = [frame(FILE, text(1, path) + number(2, mode) + text(3, head))]
    out += [frame(FILE_DATA, rest[at : at + FRAME_MAX]) for at in range(0, len(rest), FRAME_MAX)]
    return b"".join(out)


def run(argv, env=(), **fields):
    fields = {"cwd": "/workspace", "wall_ms": 20000, "stdout_cap": 1 << 20, "stderr_cap": 1 << 20, **fields}
    payload = b"".join(text(1, part) for part in argv) + b"".join(text(2, part) for part in env)
    for name, value in fields.items():
        payload += (number if isinstance(value, int) else text)(RUN_TAGS[name], value)
    return frame(RUN, payload)


def collect(patterns, root="/workspace", files=200, file_bytes=1 << 20, total_bytes=1 << 24, ms=10000):
    payload = text(1, root) + b"".join(text(2, pattern) for pattern in patterns)
    for tag, value in enumerate((files, file_bytes, total_bytes, ms), 3):
        payload += number(tag, value)
    return frame(COLLECT, payload)


def attributes(payload):
    """Tag -> value; eight bytes are a number unless the caller knows better."""
    found = {}
    while payload:
        tag, length = struct.unpack_from("<BI", payload)
        value = payload[5 : 5 + length]
        assert len(value) == length and tag not in found
        found[tag] = value
        payload = payload[5 + length :]
    return found


def numbers(payload):
    return {tag: struct.unpack("<Q", value)[0] for tag, value in attributes(payload).items()}


def exit_report(payload):
    return {EXIT_TAGS[tag]: value for tag, value in numbers(payload).items()}
