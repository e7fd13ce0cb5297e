import type { Behaviour } from './behaviour.js';

const raw = String.raw;

/** What a program sees of itself and of Node.js. */
const SURROUNDINGS: Behaviour[] = [
  {
    title: 'what process says of the start',
    code: raw`console.log(process.argv, process.argv0, process.execArgv, process.execPath, process.title, process.ppid, process._preload_modules, process.exitCode, process._exiting, process._eval, process.mainModule === module);
console.log(Object.getOwnPropertyNames(process).sort().join(), Object.getOwnPropertyDescriptor(process, '_preload_modules'), process.release.name, process.features, process.allowedNodeEnvironmentFlags.size, process.connected, process.debugPort, process.noDeprecation);`,
  },
  {
    title: 'arguments',
    code: 'console.log(process.argv, require("util").parseArgs({ allowPositionals: true, strict: false }))',
    args: ['', ' a b', '-x', '--inspect', 'ünï', '--', '-'],
  },
  {
    title: 'the environment, its order, and what a child gets of it',
    code: raw`console.log(Object.entries(process.env), 'NODE_OPTIONS' in process.env);
require('child_process').spawnSync('env', { stdio: 'inherit' });
process.env.ADDED = 1; delete process.env.HOME;
console.log(require('child_process').execSync('env').toString());`,
    env: { ZEBRA: '1', ALPHA: 'ü=\n', EMPTY: '', NODE_ENV: 'production' },
  },
  {
    title: 'a variable that Node.js itself obeys',
    code: 'console.log(process.env, Error.stackTraceLimit); new Promise((_, no) => no(new Error("x")));',
    env: { NODE_OPTIONS: '--stack-trace-limit=3 --unhandled-rejections=warn' },
  },
  {
    title: 'a time zone',
    code: 'console.log(new Date(0).toString(), Intl.DateTimeFormat().resolvedOptions())',
    env: { TZ: 'America/New_York' },
  },
  {
    title: 'dates and languages',
    code: 'console.log(new Date(0).toString(), Intl.DateTimeFormat().resolvedOptions(), (1e6).toLocaleString(), "ä".localeCompare("z"))',
  },
  {
    title: 'directory, umask and open descriptors',
    code: raw`const fs = require('fs');
console.log(process.cwd(), process.umask(), fs.readdirSync('.'), fs.readdirSync('/proc/self/fd').length, fs.openSync('/dev/null'), process.getuid() === process.geteuid(), process.getgroups().length);`,
  },
  {
    title: 'what the kernel says of the process',
    code: raw`const fs = require('fs');
const status = fs.readFileSync('/proc/self/status', 'utf8');
console.log(status.match(/^(Name|Umask|Groups|Sig\w+|Shd\w+|Cap\w+|NoNewPrivs|Seccomp\w*|Threads|TracerPid):.*/gm));
console.log(fs.readFileSync('/proc/self/comm', 'utf8'), fs.readFileSync('/proc/self/cmdline', 'utf8'), fs.readFileSync('/proc/self/oom_score_adj', 'utf8'), fs.readFileSync('/proc/self/limits', 'utf8'));`,
  },
  {
    title: 'the module of the program',
    code: raw`console.log(require.main === module, module.id, module.path, module.filename, module.loaded, module.children, module.paths, module.parent, Object.keys(require.cache), __filename, __dirname, arguments.length, this === module.exports, require.resolve.paths('x'));
const Module = require('module');
console.log(Module.globalPaths, Object.keys(Module._pathCache), Module._preloadModules.length, Module.builtinModules.length, Object.keys(require.extensions), Object.keys(Module).sort().join());`,
  },
  {
    title: 'what is global',
    code: 'console.log(Object.getOwnPropertyNames(globalThis).join(), Object.keys(globalThis), Error.stackTraceLimit, Error.prepareStackTrace, typeof navigator)',
  },
  {
    title: 'listeners and handles',
    code: 'console.log(process.eventNames(), process._getActiveHandles(), process._getActiveRequests(), process.getActiveResourcesInfo(), process.listenerCount("warning"), process.getMaxListeners())',
  },
  {
    title: 'the streams',
    code: raw`for (const s of [process.stdin, process.stdout, process.stderr]) console.log(s.constructor.name, s.fd, s.isTTY, s._type, s.writableHighWaterMark, s.readableHighWaterMark, s.writableLength, s.listenerCount('end'), s.readableFlowing);
console.log(process.getActiveResourcesInfo(), process._getActiveHandles().length);`,
  },
  { title: 'a stack', code: 'console.log(new Error("here").stack); function f() { console.trace("there"); } f();' },
  {
    title: 'memory and processors',
    code: raw`const os = require('os'); const v8 = require('v8');
console.log(v8.getHeapStatistics().heap_size_limit, process.constrainedMemory(), os.availableParallelism(), os.cpus().length, v8.startupSnapshot.isBuildingSnapshot(), process.memoryUsage().rss < 2e8);`,
  },
  {
    title: 'asynchronous contexts',
    code: raw`const { AsyncLocalStorage, executionAsyncId, triggerAsyncId } = require('async_hooks');
console.log(executionAsyncId(), triggerAsyncId());
const storage = new AsyncLocalStorage();
storage.run(7, () => setTimeout(async () => { await null; console.log(storage.getStore()); }, 5));
console.log(storage.getStore(), require('diagnostics_channel').channel('x').hasSubscribers, require('domain').active);`,
  },
];

/** Modules of both kinds. */
const MODULES: Behaviour[] = [
  {
    title: 'an ES module by detection',
    code: 'import fs from "node:fs"; import { sep } from "path";\nconsole.log(import.meta.url, import.meta.filename, import.meta.dirname, import.meta.main, Object.keys(import.meta), typeof fs.readFileSync, sep, typeof require, typeof module, this);',
  },
  {
    title: 'top-level await',
    code: 'const x = await new Promise((yes) => setTimeout(yes, 10, 42));\nconsole.log(x, process.argv, import.meta.resolve("./a.js"));\nexport default x;',
  },
  {
    title: 'an await that never ends',
    code: 'process.on("exit", (code) => console.log("exit", code));\nawait new Promise(() => {});',
  },
  {
    title: 'an error in an ES module',
    code: 'import "fs";\nfunction f() { throw new TypeError("in a module"); }\nf();',
  },
  { title: 'an ES module that awaits a failure', code: 'await Promise.reject(new Error("awaited"));' },
  { title: 'a name that a module has not', code: 'import { nothing } from "fs";\nconsole.log(nothing);' },
  {
    title: 'modules beside an ES module',
    code: 'import value, { name } from "./a.mjs"; import common from "./b.cjs"; import data from "./c.json" with { type: "json" };\nconsole.log(value, name, common, data, await import("./d.js"));',
    files: {
      'a.mjs': 'export default 1; export const name = import.meta.url;',
      'b.cjs': 'module.exports = { parent: module.parent, main: require.main };',
      'c.json': '{"a":1}',
      'd.js': 'exports.d = __filename;',
    },
  },
  {
    title: 'modules beside a CommonJS one',
    code: 'console.log(require("./a"), require("./data.json"), module.children.map((m) => m.id), Object.keys(require.cache));\nimport("./m.mjs").then((m) => console.log(m, m.default(require)));',
    files: {
      'a.js': 'module.exports = [module.parent.id, require.main === module, __filename];',
      'data.json': '[1]',
      'm.mjs': 'export default (r) => r.main.filename;',
    },
  },
  {
    title: 'an ES module by require',
    code: 'console.log(require("./m.mjs"));',
    files: { 'm.mjs': 'export const x = 1;' },
  },
  {
    title: 'a package of ES modules',
    code: 'import { x } from "./x.js";\nconsole.log(x, import.meta.url);',
    files: { 'package.json': '{"type":"module"}', 'x.js': 'export const x = 1;' },
  },
  {
    title: 'packages in node_modules',
    code: 'console.log(require("dep"), require.resolve("dep"), require("#in"));',
    files: {
      'package.json': '{"name":"me","imports":{"#in":"./in.js"}}',
      'in.js': 'module.exports = "in";',
      'node_modules/dep/package.json': '{"exports":"./main.js"}',
      'node_modules/dep/main.js': 'module.exports = module.paths[0];',
    },
  },
  {
    title: 'a module in the home directory',
    code: 'console.log(require("home"));',
    files: { '.node_modules/home.js': 'module.exports = __filename;' },
  },
  { title: 'a missing module', code: 'function f() { require("./nowhere"); } f();' },
  { title: 'a missing package of an ES module', code: 'import "nowhere";' },
  { title: 'a hashbang and a byte order mark', code: '#!/usr/bin/env node\nconsole.log("ü");' },
  { title: 'no program at all', code: '' },
  { title: 'types in the source', code: 'const x: number = 1; console.log(x);' },
];

/** Every way to end. */
const ENDS: Behaviour[] = [
  { title: 'a syntax error', code: 'console.log(1);\nlet let = 3;' },
  { title: 'a syntax error in an ES module', code: 'import "fs";\nlet x = ;' },
  {
    title: 'an uncaught error',
    code: 'function one() { two(); }\nfunction two() { throw new Error("out", { cause: new TypeError("why") }); }\nconsole.log("before");\none();',
  },
  ...[
    '1',
    'null',
    'undefined',
    '"text"',
    '{ a: 1 }',
    'Object.assign(new Error("e"), { code: "E", n: [1] })',
    'new AggregateError([new Error("a")], "many")',
    'Symbol("s")',
  ].map((value) => ({ title: `throw ${value}`, code: `throw ${value};` })),
  {
    title: 'an error in a timer',
    code: 'process.on("exit", (code) => console.log("exit", code)); setTimeout(() => { throw new RangeError("late"); }, 5); setTimeout(() => console.log("never"), 50);',
  },
  {
    title: 'a rejection',
    code: 'process.on("exit", (code) => console.log("exit", code)); async function f() { throw new Error("rejected"); }\nf();',
  },
  { title: 'a rejection with what is no error', code: 'Promise.reject({ a: 1 });' },
  {
    title: 'handlers of the process',
    code: 'process.on("uncaughtException", (e, from) => console.log(e.message, from)); process.on("unhandledRejection", (e) => console.log("rejected", e)); process.on("uncaughtExceptionMonitor", () => console.log("monitor")); process.on("warning", (w) => console.log(w.name)); Promise.reject(3); process.emitWarning("mine", "Kind", "C1"); setTimeout(() => { throw new Error("a"); });',
  },
  {
    title: 'exit, beforeExit and exitCode',
    code: 'let n = 0; process.on("beforeExit", (c) => { console.log("before", c); if (n++ < 1) setTimeout(() => console.log("again")); }); process.on("exit", (c) => { console.log("exit", c, process.exitCode); process.exitCode = 9; }); process.exitCode = 3;',
  },
  ...['', '0', '4', '"5"', '256', '-1', '1.5'].map((value) => ({
    title: `process.exit(${value})`,
    code: `process.on("exit", (c) => console.log("exit", c)); setTimeout(() => process.exit(${value}), 1); console.log("x");`,
  })),
  { title: 'a signal to itself', code: 'process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 5000);' },
  {
    title: 'a handled interrupt',
    code: 'process.once("SIGINT", (name, number) => { console.log(name, number); clearInterval(alive); }); const alive = setInterval(() => {}, 1000); process.kill(process.pid, "SIGINT");',
  },
  {
    title: 'too deep a recursion',
    code: 'let n = 0; function f() { n++; f(); } try { f(); } catch (e) { console.log(e instanceof RangeError, e.message, n > 5000); }',
  },
  { title: 'a failed assertion', code: 'require("assert").deepStrictEqual({ a: 1, b: [2] }, { a: 1, b: [3] });' },
  {
    title: 'deprecations',
    code: 'require("url").parse("http://a:x/"); new Buffer(3); require("util").inherits; process.binding("fs"); process.emitWarning("plain"); console.log("done");',
  },
];

/** What programs do. */
const WORK: Behaviour[] = [
  {
    title: 'stdin as a stream',
    code: 'let all = ""; process.stdin.setEncoding("utf8").on("data", (d) => (all += d)).on("end", () => console.log(all.length, all.slice(-9)));',
    stdin: 'äb\n'.repeat(50_000),
  },
  {
    title: 'stdin line by line',
    code: 'const lines = require("readline").createInterface({ input: process.stdin });\n(async () => { for await (const line of lines) console.log([line]); })();',
    stdin: 'one\ntwo\nthree',
  },
  {
    title: 'stdin at once, and none of it',
    code: 'console.log(require("fs").readFileSync(0, "utf8"), require("fs").readFileSync("/dev/stdin", "utf8"));',
    stdin: 'all',
  },
  {
    title: 'stdin that is empty',
    code: 'process.stdin.on("data", console.log).on("end", () => console.log("end")).on("close", () => console.log("close")); process.stdin.resume();',
  },
  {
    title: 'much output, then the end',
    code: 'process.stdout.write("x".repeat(700_000)); console.error("y".repeat(70_000)); process.stdout.write("z", () => process.exit(0));',
  },
  {
    title: 'kinds of output',
    code: 'console.log("%s %d %j %o", "a", 1.5, {}, [1], new Map([[1, { a: { b: { c: {} } } }]])); console.table([{ a: 1 }]); console.error(new Error("e").message); console.group("g"); console.info(1n); console.dir({ a: 1 }); console.assert(false, "no"); process.stdout.write(Buffer.from([255, 10]));',
  },
  {
    title: 'the order of what is put off',
    code: 'setImmediate(() => console.log("immediate")); setTimeout(() => console.log("timeout"), 1); process.nextTick(() => console.log("tick")); Promise.resolve().then(() => console.log("promise")); queueMicrotask(() => console.log("microtask")); const until = Date.now() + 10; while (Date.now() < until); console.log("sync");',
  },
  {
    title: 'how long timers take',
    code: 'const t = Date.now(); setTimeout(() => console.log("long", Date.now() - t >= 298), 300); setTimeout(() => console.log("short", Date.now() - t >= 98), 100); let n = 0; const i = setInterval(() => { if (++n === 3) { clearInterval(i); console.log("ticked", Date.now() - t >= 28); } }, 10);',
  },
  {
    title: 'a worker thread',
    code: 'const { Worker, isMainThread, workerData, parentPort, threadId } = require("worker_threads"); if (isMainThread) new Worker(__filename, { workerData: 1, argv: ["w"] }).on("message", (m) => console.log(m)).on("exit", (c) => console.log("exit", c)); else { parentPort.postMessage([workerData, threadId, process.argv, process.execArgv, Object.keys(process.env), Object.keys(require.cache), process._preload_modules, require.main === module]); process.exitCode = 4; }',
  },
  {
    title: 'a worker thread that fails',
    code: 'const { Worker } = require("worker_threads"); new Worker("throw new Error(\'in a worker\')", { eval: true });',
  },
  {
    title: 'a worker thread of an ES module',
    code: 'import { Worker, isMainThread } from "worker_threads"; if (isMainThread) new Worker(new URL(import.meta.url)).on("exit", (c) => console.log("exit", c)); else console.log("worker", import.meta.url, process.execArgv, process.env.NODE_OPTIONS);',
  },
  {
    title: 'a forked child',
    code: 'const { fork } = require("child_process"); if (process.argv[2]) { process.send([process.argv, process.execArgv, process.env.NODE_OPTIONS, Object.keys(require.cache), process._preload_modules]); process.exit(6); } else { const child = fork(__filename, ["child"]); const once = (name) => new Promise((yes) => child.once(name, (...all) => yes(all))); Promise.all([once("message"), once("exit")]).then(([[message], end]) => console.log(message, end)); }',
  },
  {
    title: 'children',
    code: 'const c = require("child_process"); console.log(c.spawnSync(process.execPath, ["-p", "[process.argv.length, process.execArgv, process.env.NODE_OPTIONS]"]).stdout.toString()); console.log(c.execSync("grep Sig /proc/self/status; ls /proc/self/fd | wc -l").toString()); c.exec("echo $0; exit 3", (e, out) => { console.log(e.code, out); const s = c.spawn("cat"); s.stdout.on("data", (d) => console.log(String(d))); s.on("close", (code) => console.log("closed", code)); s.stdin.end("through"); });',
  },
  {
    title: 'files, hashes and compression',
    code: 'const fs = require("fs/promises"), zlib = require("zlib"), crypto = require("crypto"); (async () => { await fs.writeFile("/workspace/x", "data"); console.log(String(await fs.readFile("/workspace/x")), zlib.gunzipSync(zlib.gzipSync("z")).toString(), crypto.createHash("sha256").update("").digest("hex"), (await crypto.subtle.digest("SHA-1", new Uint8Array(1))).byteLength, crypto.randomUUID().length, Math.random() !== Math.random()); })();',
  },
  {
    title: 'a server on a local socket',
    code: 'const net = require("net"); const s = net.createServer((c) => c.end("served")).listen("/tmp/s", () => net.connect("/tmp/s").on("data", (d) => console.log(String(d))).on("close", () => s.close(() => console.log("closed"))));',
  },
  {
    title: 'a server that keeps it alive until it is closed',
    code: 'const http = require("http"); const s = http.createServer((q, r) => r.end(q.url)).listen("/tmp/h", () => http.get({ socketPath: "/tmp/h", path: "/p" }, (r) => { r.on("data", (d) => console.log(String(d), r.statusCode)); r.on("end", () => s.close()); }));',
  },
  {
    title: 'code in strings',
    code: 'const vm = require("vm"); console.log(vm.runInNewContext("a + 1", { a: 1 }), eval("2"), new Function("return this === globalThis")(), vm.isContext({})); try { vm.runInThisContext("f(", "name.js"); } catch (e) { console.log(e.stack); }',
  },
  {
    title: 'collected objects and performance marks',
    code: 'const { performance, PerformanceObserver } = require("perf_hooks"); performance.mark("a"); console.log(performance.getEntries().map((e) => e.name), performance.nodeTiming.name, performance.now() > 0, Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 5000); const r = new FinalizationRegistry(() => {}); r.register({}, 1); console.log(new WeakRef({}).deref());',
  },
  {
    title: 'a require hook and a changed global',
    code: 'const Module = require("module"); const load = Module._load; Module._load = function (name) { console.log("load", name); return load.apply(this, arguments); }; require("os"); console.log = ((real) => (...a) => real("mine", ...a))(console.log); console.log(1);',
  },
  {
    title: 'tests of its own',
    code: 'const test = require("node:test"); test("one", (t) => { t.diagnostic("d"); }); test("two", () => { throw new Error("failed"); }); process.on("exit", (c) => console.log("exit", c));',
  },
];

export const NODE: Behaviour[] = [...SURROUNDINGS, ...MODULES, ...ENDS, ...WORK];
