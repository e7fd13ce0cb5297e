"""Forks a Python that has started into worlds, one process for each job. Imported by `sitecustomize` in a container of a tenant.

A job shares its memory with the zygote page by page until it writes to one: an object that is only looked at has its count of references
written. So everything here that can be done before the fork is, and at a job's end what it has not made itself is left alone.
"""

import atexit
import builtins
import ctypes
import gc
import os
import random
import sys
import threading
import weakref

LIBRARY = os.path.join(os.path.dirname(os.path.dirname(__file__)), "libzygote.so")
NOT_SHARED = ("__main__", "builtins", "sys")
# What Python takes out of `sys` before it takes modules to pieces.
TAKEN_OUT = ("path", "argv", "ps1", "ps2", "path_hooks", "path_importer_cache", "meta_path", "__interactivehook__")


def serve(control, freeze, imported, hooks):
    """Comes back in every job with its order, in its world and with nothing left to give up."""
    own = sys.modules.pop(__name__, None)
    shared = {name: module for name, module in sys.modules.items() if name not in NOT_SHARED}
    library = ctypes.PyDLL(LIBRARY)
    clear = ctypes.pythonapi._PyModule_Clear
    clear.argtypes = [ctypes.py_object]
    library.serve.restype = ctypes.py_object
    last = next(reversed(sys.modules))
    # Never freed: what is, is written to.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object([own, library, clear, shared, imported]))
    # The first to be registered is the last to be called.
    atexit.register(leave, shared, last, clear)
    spare = spares_hooks(hooks)
    freeze()
    order = library.serve(control, spare)
    if spare:
        random.seed()
    return order


def spares_hooks(hooks):
    """True when all that is to be done after a fork is to draw new random numbers: that the one thread there is is the only one left need not
    be found out by each job, for most of what it would write to. Any other hook, and all of them are called."""
    known = [{"after_in_child": random.seed}, {"after_in_child": threading._after_fork}]
    return len(hooks) == len(known) and all(hook in hooks for hook in known) and threading.active_count() == 1


def leave(shared, last, clear):
    """Instead of Python's own end when it would be a plain exit(0), and before it in all other cases. Either way the program's modules
    are taken to pieces, by which files are flushed and destructors run; the others are only spared."""
    if not ended_plainly() or not flush():
        for name in shared:
            sys.modules.pop(name, None)
        return
    atexit._clear()
    held = take_out()  # noqa: F841
    left = []
    for name in own_modules(shared, last):
        if isinstance(sys.modules[name], type(sys)):
            left.append(weakref.ref(sys.modules[name]))
        sys.modules[name] = None
    # Without it no source is shown beside what a destructor does wrong.
    sys.modules["io"] = None
    gc.collect()
    for reference in reversed(left):
        module = reference()
        if module is not None:
            clear(module)
        del module
    gc.collect()
    os._exit(0 if flush() else 120)


def own_modules(shared, last):
    """In the order of their import. What was there before, up to the last one, is not even looked at, unless the program has removed that."""
    names = []
    for name in reversed(sys.modules):
        if name is last:
            break
        if name not in shared and name not in ("builtins", "sys"):
            names.append(name)
    # Python's own end takes `__main__` with the others.
    if "__main__" not in names and "__main__" in sys.modules:
        names.append("__main__")
    names.reverse()
    return names


def take_out():
    """The values, so that they are not freed for nothing."""
    held = [getattr(sys, name, None) for name in TAKEN_OUT]
    builtins._ = None
    for name in TAKEN_OUT:
        setattr(sys, name, None)
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, name, getattr(sys, f"__{name}__"))
    return held


def ended_plainly():
    """The program ran to its end: Python takes `__file__` away then, and not on the way of a SystemExit; and it remembers an exception
    that it has shown. Anything unusual counts as no."""
    main = vars(sys.modules.get("__main__", sys))
    return (
        "__file__" not in main
        and "__cached__" not in main
        and type(main.get("__loader__")).__name__ == "SourceFileLoader"
        and not hasattr(sys, "last_type")
        and not hasattr(sys, "last_exc")
        and "PYTHONINSPECT" not in os.environ
        and len(sys._current_frames()) == 1
    )


def flush():
    """False: Python's own end would complain about that."""
    try:
        for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            if stream is not None and not stream.closed:
                stream.flush()
    except BaseException:
        return False
    return True
