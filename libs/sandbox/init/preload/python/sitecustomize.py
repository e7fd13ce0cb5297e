"""Holds a starting Python until its program is there.

The init starts `python3 /workspace/main.py` ahead of time, with this directory in PYTHONPATH. Python imports `sitecustomize` as one of the
last steps of its own start; here that imports what programs commonly need. The very last step is to look for a `usercustomize`; where there
is none, the wait is in its place. When that returns, Python goes on and runs the file: nothing of what follows is imitated, so tracebacks,
`__main__`, exit codes and all the rest are those of a plain start.

The order on the channel: u32 length of the rest, u32 number of arguments, then arguments and `NAME=value`, each ended by a NUL.
"""

import os
import sys

CHANNEL = 255
PROGRAM = "/workspace/main.py"
# Every archive has this near its end, before a comment of at most 64 KiB.
ARCHIVE_END, ARCHIVE_TAIL = b"PK\x05\x06", 22 + 65535
HERE = os.path.dirname(__file__)


def leave_no_trace():
    """Python must look as if this directory had never been in its path."""
    sys.path.remove(HERE)
    sys.path_importer_cache.pop(HERE, None)


def import_common_modules():
    """The names of what was imported and a plain start would not have."""
    before = set(sys.modules)
    import bisect, collections, contextlib, copy, csv, dataclasses, datetime, decimal, enum, functools, heapq  # noqa: E401, F401
    import itertools  # noqa: F401
    import json, math, operator, pathlib, random, re, statistics, string, subprocess, textwrap, threading, traceback, typing  # noqa: E401, F401

    return {name.partition(".")[0] for name in set(sys.modules) - before}


def note_fork_hooks(work):
    """The names of what `work` imports, and what those modules want to be called at a fork."""
    register, hooks = os.register_at_fork, []

    def noted(**when):
        hooks.append(when)
        register(**when)

    os.register_at_fork = noted
    try:
        return work(), hooks
    finally:
        os.register_at_fork = register


def freeze():
    """What is here already need not be looked at and taken down at the end, which for a short program is most of the work: the garbage
    collector leaves it alone, and one reference more keeps functions and classes. The program's own names must not be part of it, for
    their cycles have to be found. Empty, their dictionary is not tracked, so not frozen."""
    import gc

    names = sys.modules["__main__"].__dict__
    own = dict(names)
    names.clear()
    gc.collect()
    kept = [thing for thing in gc.get_objects() if isinstance(thing, (type(freeze), type))]
    kept.append(kept)
    gc.freeze()
    names.update(own)


def read_exactly(count):
    pieces = []
    while count > 0:
        piece = os.read(CHANNEL, count)
        if not piece:
            os._exit(1)
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def await_order():
    """Without its first length. The channel is closed then: the program is on its way."""
    os.write(CHANNEL, b"W")
    order = read_exactly(int.from_bytes(read_exactly(4), "little"))
    os.close(CHANNEL)
    return order


def parse(order):
    """Arguments and variables, as bytes."""
    texts = order[4:-1].split(b"\0")
    arguments = int.from_bytes(order[:4], "little")
    environment = {}
    for variable in texts[arguments:]:
        name, _, value = variable.partition(b"=")
        environment.setdefault(name, value)
    return texts[:arguments], environment


def starts_differently(imported):
    """A module beside the program that has the name of one imported here, or a directory of packages that was not there."""
    try:
        names = os.listdir("/workspace")
    except OSError:
        return True
    # That is the home, too.
    if names == ["main.py"]:
        return False
    own = {name.partition(".")[0] for name in names}
    site = sys.modules.get("site")
    return not own.isdisjoint(imported) or (site and site.ENABLE_USER_SITE and os.path.isdir(site.USER_SITE))


def start_plainly(argv, environment):
    """What Python has ignored or caught since its start would stay ignored."""
    import signal

    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.execve(sys.executable, argv, environment)


def spare_hooks():
    """Python asks its path hooks whether the program is an archive, and notes that it is none. What is none at first sight need not be
    asked about."""
    try:
        fd = os.open(PROGRAM, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    try:
        size = os.lseek(fd, 0, os.SEEK_END)
        if ARCHIVE_END not in os.pread(fd, ARCHIVE_TAIL, max(0, size - ARCHIVE_TAIL)):
            sys.path_importer_cache[PROGRAM] = None
    except OSError:
        pass
    finally:
        os.close(fd)


def take_over(argv, environment):
    arguments = [os.fsdecode(argument) for argument in argv]
    sys.argv[1:] = arguments[2:]
    sys.orig_argv[:] = arguments
    data = os.environ._data
    if list(data.items()) == list(environment.items()):
        return
    for name in data:
        os.unsetenv(name)
    data.clear()
    data.update(environment)
    for name, value in environment.items():
        os.putenv(name, value)


def become_zygote(control, imported, hooks):
    """From here on jobs are forked from this process: each of them comes back from the call, with its order."""
    before = set(sys.modules)
    sys.path.insert(0, HERE)
    import gantry_zygote

    leave_no_trace()
    imported.update(name.partition(".")[0] for name in set(sys.modules) - before)
    return gantry_zygote.serve(control, freeze, imported, hooks)


def import_systems_own():
    """What a plain start would import by this module's name, when it is the distribution's own: that looks at nothing that comes with
    a program. True when that is settled."""
    from importlib.util import find_spec

    mine = sys.modules.pop(__name__)
    found = find_spec(__name__)
    settled = found is not None and (found.origin or "").startswith("/usr/lib/python3")
    if settled:
        __import__(__name__)
    else:
        sys.modules[__name__] = mine
    return settled


def wait(imported, hooks):
    """Comes back when there is a program to run."""
    control = os.environ.pop("GANTRY_ZYGOTE", None)
    os.environ.pop("LD_BIND_NOW", None)
    del os.environ["PYTHONPATH"]
    if control is not None:
        order = become_zygote(int(control), imported, hooks)
    else:
        freeze()
        order = await_order()
    argv, environment = parse(order)
    if starts_differently(imported):
        start_plainly(argv, environment)
    spare_hooks()
    take_over(argv, environment)


def wait_last(imported, hooks):
    """False: there is a `usercustomize`, or nobody looks for it."""
    from importlib.util import find_spec

    site = sys.modules.get("site")
    if site is None or not site.ENABLE_USER_SITE or find_spec("usercustomize") is not None:
        return False
    plain = site.execusercustomize

    def in_its_place():
        site.execusercustomize = plain
        try:
            wait(imported, hooks)
        except BaseException:
            os._exit(1)

    site.execusercustomize = in_its_place
    return True


settled = False
if os.environ.get("PYTHONPATH") == HERE:
    try:
        leave_no_trace()
        imported, hooks = note_fork_hooks(import_common_modules)
        settled = import_systems_own()
        if not settled or not wait_last(imported, hooks):
            wait(imported, hooks)
    except BaseException:
        os._exit(1)

# The one that a plain start would have found. None is as good, if it is said this way.
if not settled:
    del sys.modules[__name__]
    __import__(__name__)
