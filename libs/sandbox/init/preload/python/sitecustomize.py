"""Holds a starting Python until its program is there.

The init starts `python3 /workspace/main.py` ahead of time, with this directory in PYTHONPATH. Python imports `sitecustomize` as the last
step of its own start; here that imports what programs commonly need, and waits. When it returns, Python goes on and runs the file: nothing
of what follows is imitated, so tracebacks, `__main__`, exit codes and all the rest are those of a plain start.

The order on the channel: u32 length of the rest, u32 number of arguments, then arguments and `NAME=value`, each ended by a NUL.
"""

import os
import sys

CHANNEL = 255
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
    """Arguments and variables, as bytes."""
    os.write(CHANNEL, b"W")
    order = read_exactly(int.from_bytes(read_exactly(4), "little"))
    texts = order[4:-1].split(b"\0")
    arguments = int.from_bytes(order[:4], "little")
    return texts[:arguments], texts[arguments:]


def starts_differently(imported):
    """A module beside the program that has the name of one imported here, or a directory of packages that was not there."""
    try:
        own = {name.partition(".")[0] for name in os.listdir("/workspace")}
    except OSError:
        return True
    site = sys.modules.get("site")
    return not own.isdisjoint(imported) or (site and site.ENABLE_USER_SITE and os.path.isdir(site.USER_SITE))


def start_plainly(argv, environment):
    """What Python has ignored or caught since its start would stay ignored."""
    import signal

    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.execve(sys.executable, argv, environment)


def take_over(argv, environment):
    arguments = [os.fsdecode(argument) for argument in argv]
    sys.argv[1:] = arguments[2:]
    sys.orig_argv[:] = arguments
    data = os.environ._data
    for name in data:
        os.unsetenv(name)
    data.clear()
    data.update(environment)
    for name, value in environment.items():
        os.putenv(name, value)


def become_zygote(control):
    """From here on jobs are forked from this process: each of them comes back from the call. The names of what was imported for it."""
    before = set(sys.modules)
    sys.path.insert(0, HERE)
    import gantry_zygote

    leave_no_trace()
    imported = {name.partition(".")[0] for name in set(sys.modules) - before}
    gantry_zygote.serve(control, freeze)
    return imported


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


def wait():
    imported = import_common_modules()
    settled = import_systems_own()
    if "GANTRY_ZYGOTE" in os.environ:
        imported |= become_zygote(int(os.environ["GANTRY_ZYGOTE"]))
    else:
        freeze()
    argv, variables = await_order()
    environment = {}
    for variable in variables:
        name, _, value = variable.partition(b"=")
        environment.setdefault(name, value)
    os.close(CHANNEL)
    if starts_differently(imported):
        start_plainly(argv, environment)
    take_over(argv, environment)
    return settled


settled = False
if os.environ.get("PYTHONPATH") == HERE:
    try:
        leave_no_trace()
        settled = wait()
    except BaseException:
        os._exit(1)

# The one that a plain start would have found. None is as good, if it is said this way.
if not settled:
    del sys.modules[__name__]
    __import__(__name__)
