"""Forks a Python that has started into worlds, one process for each job. Imported by `sitecustomize` in a container of a tenant.

A job shares its memory with the zygote page by page until it writes to one: an object that is only looked at has its count of references
written. So everything here that can be done before the fork is, and at a job's end what it has not made itself is left alone.
"""

import atexit
import builtins
import ctypes
import gc
import os
import sys
import weakref

LIBRARY = os.path.join(os.path.dirname(os.path.dirname(__file__)), "libzygote.so")
NOT_SHARED = ("__main__", "builtins", "sys")
# What Python takes out of `sys` before it takes modules to pieces.
TAKEN_OUT = ("path", "argv", "ps1", "ps2", "path_hooks", "path_importer_cache", "meta_path", "__interactivehook__")


def serve(control, freeze):
    """Comes back in every job, in its world and with nothing left to give up."""
    sys.modules.pop(__name__, None)
    shared = {name: module for name, module in sys.modules.items() if name not in NOT_SHARED}
    library = ctypes.PyDLL(LIBRARY)
    clear = ctypes.pythonapi._PyModule_Clear
    clear.argtypes = [ctypes.py_object]
    # Never freed. The first to be registered is the last to be called.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(shared))
    atexit.register(leave, shared, clear)
    freeze()
    library.serve(control)


def leave(shared, clear):
    """Instead of Python's own end when it would be a plain exit(0), and before it in all other cases. Either way the program's modules
    are taken to pieces, by which files are flushed and destructors run; the others are only spared."""
    if not ended_plainly() or not flush():
        for name in shared:
            sys.modules.pop(name, None)
        return
    atexit._clear()
    held = take_out()  # noqa: F841
    left = []
    for name in [name for name in sys.modules if name not in shared and name not in ("builtins", "sys")]:
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
