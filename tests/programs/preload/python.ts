import type { Behaviour } from './behaviour.js';

const raw = String.raw;

/** What a program sees of itself and of the interpreter. */
const SURROUNDINGS: Behaviour[] = [
  {
    title: 'the names of __main__',
    code: raw`print(list(globals()), __name__, __file__, __spec__, __package__, __doc__, __cached__, type(__loader__), __loader__.name, __loader__.path, __builtins__, __annotations__)`,
  },
  {
    title: 'what sys says',
    code: raw`import sys
print(sys.argv, sys.orig_argv, sys.path, sys.flags, sys.executable, sys._base_executable, sys.prefix, sys.exec_prefix, sys.warnoptions, sys._xoptions)
print(sys.dont_write_bytecode, sys.pycache_prefix, sys.platlibdir, sys.getrecursionlimit(), sys.getswitchinterval(), sys.gettrace(), sys.getprofile())
print(sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__, sys.unraisablehook is sys.__unraisablehook__, sys.meta_path, sys.path_hooks)
print([path for path in sys.path_importer_cache if 'gantry' in path], sys.path_importer_cache.get('/workspace/main.py', 'none'), hasattr(sys, 'last_type'))
print(sorted(dir(sys)), sys.exc_info(), sys._getframe().f_back, sys._getframe().f_code.co_filename)`,
  },
  {
    title: 'arguments',
    code: 'import sys; print(sys.argv, sys.orig_argv)',
    args: ['', ' a b', '-x', '--help', 'ünï', '-', '\n'],
  },
  {
    title: 'the environment, its order, and what a child gets of it',
    code: raw`import os, posix, subprocess
print(list(os.environ.items()), posix.environ == os.environ._data, os.getenv('PYTHONPATH'), 'PYTHONPATH' in os.environ, flush=True)
subprocess.run(['env'])
os.environ['ADDED'] = '1'
del os.environ['HOME']
os.system('env')`,
    env: { ZEBRA: '1', ALPHA: 'ü=\n', EMPTY: '' },
  },
  {
    title: 'a variable that Python itself obeys',
    code: raw`import sys, os; print(hash('x'), sys.flags, os.environ)`,
    env: { PYTHONHASHSEED: '0', PYTHONOPTIMIZE: '1' },
  },
  { title: 'a path of the user', code: 'import sys; print(sys.path)', env: { PYTHONPATH: '/tmp/mine' } },
  {
    title: 'a time zone',
    code: 'import time; print(time.tzname, time.strftime("%H %Z", time.localtime(0)))',
    env: { TZ: 'EST5EDT' },
  },
  {
    title: 'directory, umask, session and parent',
    code: raw`import os
print(os.getcwd(), oct(os.umask(0)), os.getpgrp() == os.getpid() == os.getsid(0), os.getppid(), os.listdir('.'), os.nice(0), os.sched_getaffinity(0) == set(range(os.cpu_count())))`,
  },
  {
    title: 'open descriptors and the next number',
    code: raw`import os
print(sorted(os.listdir('/proc/self/fd')), os.open('/dev/null', os.O_RDONLY), [os.get_blocking(fd) for fd in range(3)], [os.get_inheritable(fd) for fd in range(3)])`,
  },
  {
    title: 'what the kernel says of the process',
    code: raw`import re
status = open('/proc/self/status').read()
print(re.findall(r'^(?:Name|Umask|Groups|Threads|Sig\w+|Shd\w+|Cap\w+|NoNewPrivs|Seccomp\w*|State|TracerPid):.*', status, re.M))
print(open('/proc/self/comm').read(), open('/proc/self/cmdline').read(), open('/proc/self/oom_score_adj').read(), open('/proc/self/limits').read())`,
  },
  {
    title: 'limits by resource, and their effect',
    code: raw`import os, resource, signal
print({name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith('RLIMIT_')})
fds = []
try:
    while True: fds.append(os.open('/dev/null', 0))
except OSError as error: print(error, fds[0], len(fds))
for fd in fds: os.close(fd)
try:
    with open('/tmp/big', 'wb') as big: big.truncate(1 << 40)
except OSError as error: print(error)`,
  },
  {
    title: 'signal handlers',
    code: raw`import signal
print({s.name: signal.getsignal(s) if not callable(signal.getsignal(s)) or s != signal.SIGINT else signal.getsignal(s) is signal.default_int_handler for s in signal.Signals}, signal.pthread_sigmask(0, []), signal.getitimer(0), signal.set_wakeup_fd(-1))`,
  },
  {
    title: 'site and its builtins',
    code: raw`import site, sys, builtins
print(site.ENABLE_USER_SITE, site.USER_SITE, site.USER_BASE, site.PREFIXES, exit, quit, copyright, license, credits, help, sorted(dir(builtins)))
print(sys.modules.get('sitecustomize'), sys.modules.get('usercustomize'), site.execusercustomize.__qualname__, site.execusercustomize.__module__)`,
  },
  {
    title: 'a directory of packages in the home',
    code: 'import mine, sys; print(mine.NAME, sys.path)',
    files: { '.local/lib/python3.11/site-packages/mine.py': 'NAME = "from home"' },
  },
  {
    title: 'encodings of the streams and of files',
    code: raw`import sys, locale
for stream in (sys.stdin, sys.stdout, sys.stderr):
    print(stream.name, stream.mode, stream.encoding, stream.errors, stream.newlines, stream.line_buffering, stream.write_through, stream.isatty(), stream.fileno(), type(stream.buffer).__name__)
print(sys.__stdout__ is sys.stdout, sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(), locale.getpreferredencoding(), locale.setlocale(locale.LC_ALL), sys.getdefaultencoding(), 'ünï \U0001f600')`,
  },
  {
    title: 'garbage collection',
    code: raw`import gc
print(gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.callbacks, gc.garbage, gc.is_tracked(globals()))
class Node:
    def __del__(self): print('gone')
node = Node(); node.me = node; del node
print(gc.collect() > 0)`,
  },
  {
    title: 'threading and contexts of the main thread',
    code: raw`import threading, contextvars, time
print(threading.current_thread().name, threading.main_thread() is threading.current_thread(), threading.enumerate() == [threading.main_thread()], threading.active_count(), threading.get_native_id() == __import__('os').getpid(), len(contextvars.copy_context()), threading.stack_size(), threading.excepthook is threading.__excepthook__)
print(time.thread_time() < 2, time.process_time() < 2)`,
  },
];

/** Every way to end. */
const ENDS: Behaviour[] = [
  ...['', '0', '3', '255', '256', '-1', 'None', 'True', '"a message"', '(1, 2)', '2.5', '1 << 40'].map((value) => ({
    title: `sys.exit(${value})`,
    code: `import sys\nprint('before')\nsys.exit(${value})`,
  })),
  { title: 'raise SystemExit with text', code: 'raise SystemExit("text ü")' },
  { title: 'exit() and quit()', code: 'try:\n    quit(2)\nexcept SystemExit as end:\n    print(end.code)\nexit(4)' },
  { title: 'os._exit', code: 'import os, atexit\natexit.register(print, "never")\nos._exit(5)' },
  { title: 'os.abort', code: 'import os; os.abort()' },
  { title: 'a signal to itself', code: 'import os, signal; print(1); os.kill(os.getpid(), signal.SIGTERM)' },
  {
    title: 'an interrupt',
    code: 'import os, signal, time\ndef f():\n    os.kill(os.getpid(), signal.SIGINT)\n    time.sleep(9)\nf()',
  },
  { title: 'a bad pointer', code: 'import ctypes; ctypes.string_at(0)' },
  { title: 'a closed stdout', code: 'import os\nos.close(1)\nprint("x")' },
  { title: 'a broken pipe', code: 'import os\nr, w = os.pipe()\nos.close(r)\nos.dup2(w, 1)\nprint("x")' },
  {
    title: 'an exception through functions',
    code: 'def one(x):\n    return two(x)\n\n\ndef two(x):\n    return 1 / x\n\n\nprint("before")\none(0)\n',
  },
  {
    title: 'chained exceptions, a group and a note',
    code: raw`try:
    try: {}['a']
    except KeyError as error: raise ValueError('second') from error
except ValueError as error:
    error.add_note('a note')
    raise ExceptionGroup('many', [error, OSError(2, 'x')])`,
  },
  { title: 'an exception in a comprehension of a class', code: 'class A:\n    x = [y / 0 for y in range(3)]' },
  { title: 'a syntax error', code: 'print("never")\ndef f(:\n    pass\n' },
  { title: 'an indentation error', code: 'if 1:\nprint(1)' },
  { title: 'a NUL in the source', code: 'print(1)\0' },
  { title: 'bytes that are not UTF-8', code: 'print("\uFFFD")  # -*- coding: ascii -*-' },
  { title: 'no program at all', code: '' },
  { title: 'a byte order mark and an encoding', code: '\uFEFF# -*- coding: utf-8 -*-\nprint("ü")' },
  {
    title: 'the mark of an archive in what is none',
    code: 'print(1)\n# PK\u0005\u0006 and more than twenty-two bytes',
  },
  { title: 'too deep a recursion', code: 'def f(n):\n    return f(n + 1)\nf(0)' },
  { title: 'a missing module', code: 'import no_such_module' },
  {
    title: 'a hook for exceptions',
    code: 'import sys\nsys.excepthook = lambda *a: print("hook", a[0], a[2].tb_lineno, a[2].tb_next)\n1/0',
  },
  {
    title: 'an error in a finaliser',
    code: 'class A:\n    def __del__(self): raise ValueError("in del")\na = A()\nprint(1)\na = None',
  },
];

/** What programs do. */
const WORK: Behaviour[] = [
  {
    title: 'atexit and finalisers, in order',
    code: raw`import atexit, weakref, threading, sys
class Loud:
    def __init__(self, name): self.name = name
    def __del__(self): print('del', self.name, sys is None)
def last(name):
    print('atexit', name)
    if name == 2: raise ValueError(name)
for number in range(3): atexit.register(last, number)
loud = Loud('global'); cycle = Loud('cycle'); cycle.me = cycle; held = [Loud('held')]
class Holder: inner = Loud('in a class')
def function(default=Loud('default')): return loud
weakref.finalize(loud, print, 'finalised')
threading._register_atexit(print, 'threads are over')
print('end')`,
  },
  {
    title: 'threads that outlive the main one',
    code: raw`import threading, time
def work(n):
    time.sleep(n / 8)
    print('done', n, threading.current_thread().name)
for n in (3, 1, 2): threading.Thread(target=work, args=(n,)).start()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
def fail(): raise RuntimeError('in a thread')
t = threading.Thread(target=fail); t.start(); t.join()
print('main is over')`,
  },
  {
    title: 'asyncio',
    code: raw`import asyncio, sys
async def work(n):
    await asyncio.sleep(n / 100)
    return n
async def main():
    print(await asyncio.gather(*(work(n) for n in range(5))))
    process = await asyncio.create_subprocess_exec('echo', 'child', stdout=asyncio.subprocess.PIPE)
    print(await process.communicate(), await asyncio.to_thread(sum, range(9)))
    raise LookupError('from main')
asyncio.run(main())`,
  },
  ...['fork', 'spawn', 'forkserver'].map((method) => ({
    title: `multiprocessing by ${method}`,
    code: raw`import multiprocessing as mp, sys
print('module', __name__, sys.argv)
def work(n): return n * n, __name__, sys.argv
if __name__ == '__main__':
    mp.set_start_method('${method}')
    with mp.Pool(1) as pool: print(pool.map(work, range(4)))
    process = mp.Process(target=sys.exit, args=(7,)); process.start(); process.join(); print(process.exitcode)`,
    args: ['an argument'],
  })),
  {
    title: 'executors',
    code: raw`from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
def square(n): return n * n
if __name__ == '__main__':
    with ThreadPoolExecutor(3) as threads, ProcessPoolExecutor(2) as processes:
        print(list(threads.map(square, range(5))), list(processes.map(square, range(5))))`,
  },
  {
    title: 'fork',
    code: raw`import os, atexit, sys
atexit.register(lambda: print('atexit', pid == 0))
pid = os.fork()
if pid == 0: sys.exit(3)
print(os.waitpid(pid, 0)[1] >> 8)`,
  },
  {
    title: 'the interpreter as a child',
    code: raw`import subprocess, sys
code = "import sys, os; print(sys.argv, sys.path, sys.orig_argv, sorted(os.environ), len(sys.modules), sys.flags, sorted(os.listdir('/proc/self/fd')))"
print(subprocess.run([sys.executable, '-c', code, 'x'], capture_output=True, text=True))
print(subprocess.run([sys.executable, '-X', 'importtime', '-c', ''], capture_output=True, text=True).stderr.count('sitecustomize'))
print(subprocess.check_output('echo $0; cat /proc/$$/status | grep Sig', shell=True, text=True))`,
  },
  { title: 'input line by line', code: 'while True:\n    print(repr(input("> ")))', stdin: 'one\nzwei ü\nno end' },
  { title: 'input with nothing there', code: 'input("prompt ")' },
  {
    title: 'stdin as bytes, and by name',
    code: 'import sys\nprint(sys.stdin.buffer.read(3))\nprint(open("/dev/stdin").read(), sys.stdin.read())',
    stdin: 'abcdef\n',
  },
  {
    title: 'how writes to the streams mix',
    code: raw`import os, sys
sys.stdout.write('a'); os.write(1, b'b'); print('c', end=''); sys.stdout.buffer.write(b'd\xff'); os.write(1, b'e\n'); sys.stderr.write('err')
open('/dev/stdout', 'w').write('by name\n'); sys.stdout.write('no newline')`,
  },
  {
    title: 'a module of its own with the name of a standard one',
    code: 'import random, json\nprint(random.VALUE, random.__file__, json.dumps(1))',
    files: { 'random.py': 'VALUE = "mine"' },
  },
  {
    title: 'a package of its own with the name of a standard one',
    code: 'import enum\nprint(enum.VALUE)\nimport re',
    files: { 'enum/__init__.py': 'VALUE = "mine"' },
  },
  {
    title: 'packages of its own',
    code: raw`import os, pack.inner, importlib, runpy
print(pack.inner.NAME, pack.inner.__package__, pack.inner.__spec__.origin, sorted(os.listdir('/workspace/pack')), importlib.import_module('__main__') is __import__('sys').modules['__main__'])
print(runpy.run_path('/workspace/pack/inner.py', run_name='x')['__name__'])
pack.inner.fail()`,
    files: {
      'pack/__init__.py': '',
      'pack/inner.py': 'from . import other\nNAME = other.NAME\ndef fail():\n    raise OSError(NAME)\n',
      'pack/other.py': 'NAME = "other"',
    },
  },
  {
    title: 'warnings',
    code: raw`import warnings, sys
warnings.warn('user'); warnings.warn('old', DeprecationWarning); open('/dev/null'); print(warnings.filters, sys.warnoptions)
def f(): warnings.warn('deeper', stacklevel=2)
f()
assert (1, 'always')
x = 1 is 1`,
  },
  {
    title: 'sources, frames and pickles',
    code: raw`import inspect, linecache, pickle, traceback, sys
class Point:
    def __init__(self, x): self.x = x
def f(): return inspect.stack()
print(inspect.getsource(f), inspect.getfile(Point), len(f()), [frame.function for frame in f()], linecache.getline(__file__, 1), list(linecache.cache))
print(pickle.loads(pickle.dumps(Point(3))).x, pickle.dumps(Point(1)), Point, traceback.format_list(traceback.extract_stack()))`,
  },
  {
    title: 'what is drawn from a fixed seed, and that another is not fixed',
    code: raw`import random, secrets, os
print(random.random() != random.random(), len(os.urandom(4)))
random.seed(7); print(random.random(), random.randint(1, 100), random.sample(range(50), 5), random.gauss(0, 1))`,
  },
  {
    title: 'dates, numbers, expressions and types',
    code: raw`import datetime, decimal, dataclasses, fractions, json, math, re, statistics, typing, collections, itertools, functools
@dataclasses.dataclass(order=True)
class P: x: int; y: typing.Optional[str] = None
print(P(1) < P(2), repr(P(3)), decimal.getcontext(), fractions.Fraction(1, 3), json.dumps({'ü': [1.5, None]}), re.sub(r'(\w)', r'<\1>', 'ab'))
print(statistics.mean([1, 2]), typing.get_type_hints(P), collections.Counter('aab'), functools.reduce(math.gcd, [12, 18]), list(itertools.pairwise('abc')), datetime.date(2024, 2, 29).isoformat(), functools.lru_cache(len).cache_info())`,
  },
  {
    title: 'logging, and its end',
    code: raw`import atexit, logging
atexit.register(logging.warning, 'at exit')
logging.basicConfig(level=logging.DEBUG, format='%(levelname)s %(name)s %(module)s %(lineno)d %(processName)s %(threadName)s %(message)s')
logging.getLogger('mine').info('hello'); logging.exception('none')
try: 1/0
except ZeroDivisionError: logging.exception('one')`,
  },
  {
    title: 'temporary files, sqlite and a socket',
    code: raw`import tempfile, sqlite3, socket, os, hashlib, ssl
with tempfile.NamedTemporaryFile() as f: print(os.path.dirname(f.name))
print(sqlite3.connect(':memory:').execute('select 1+1').fetchone(), socket.socketpair()[0].fileno(), hashlib.sha256(b'').hexdigest(), ssl.PROTOCOL_TLS_CLIENT)`,
  },
  {
    title: 'an interactive hook and a debugger are not there',
    code: 'import sys\nprint(hasattr(sys, "ps1"), sys.breakpointhook is sys.__breakpointhook__, hasattr(sys, "__interactivehook__"))',
  },
  {
    title: 'a file left open',
    code: raw`import atexit, sys
left = open('/workspace/left', 'w'); left.write('kept')
def f(): return left
atexit.register(lambda: print(repr(open('/workspace/left').read())))
sys.stdout = open(1, 'w', buffering=100, closefd=False)
print('flushed at the end')`,
  },
  {
    title: 'a module of the library that was changed',
    code: raw`import json, builtins, os
json.dumps = lambda value: 'mine'
builtins.print = lambda *a, real=print: real('mine', *a)
import json as again
print(again.dumps(1), os.path is __import__('posixpath'))`,
  },
  {
    title: 'tracing and a memory profile',
    code: raw`import sys, tracemalloc
calls = []
sys.settrace(lambda frame, event, arg: calls.append((frame.f_code.co_name, event)))
def f(): pass
f(); sys.settrace(None)
print(calls, tracemalloc.is_tracing())`,
  },
];

export const PYTHON: Behaviour[] = [...SURROUNDINGS, ...ENDS, ...WORK];
