'use strict';
// Holds a starting Node.js until its program is there.
//
// The init starts `node /workspace/main.js` ahead of time, with `--require` of this file in NODE_OPTIONS. Node.js loads it as the last step
// of its own start, just before the program; it loads what programs commonly need, and waits. When it returns, Node.js goes on and runs the
// file: nothing of what follows is imitated.
//
// The order on the channel: u32 length of the rest, u32 number of arguments, then arguments and NAME=value, each ended by a NUL.

const fs = require('fs');

const CHANNEL = 255;

/** A worker thread takes over its parent's options, and with them this file. */
const first = require('worker_threads').isMainThread;

/** Not `assert`: it opens stderr to see whether that has colours. */
function loadCommonModules() {
  const names = `async_hooks child_process crypto events fs/promises http net os path perf_hooks readline stream stream/promises
    string_decoder timers/promises tty url util worker_threads zlib`;
  for (const name of names.split(/\s+/)) require(name);
  if (process.features.require_module) require('./warm.mjs');
}

function leaveNoTrace() {
  const { _cache, _pathCache } = require('module');
  for (const key of Object.keys(_cache)) if (key.startsWith(__dirname)) delete _cache[key];
  for (const key of Object.keys(_pathCache)) if (key.includes(__dirname)) delete _pathCache[key];
  const { value, ...rest } = Object.getOwnPropertyDescriptor(process, '_preload_modules') ?? {};
  if (value) Object.defineProperty(process, '_preload_modules', { ...rest, value: [] });
}

function readExactly(count) {
  const bytes = Buffer.alloc(count);
  for (let at = 0; at < count; ) {
    const got = fs.readSync(CHANNEL, bytes, at, count - at, null);
    if (got === 0) process.reallyExit(1);
    at += got;
  }
  return bytes;
}

function awaitOrder() {
  fs.writeSync(CHANNEL, 'W');
  const order = readExactly(readExactly(4).readUInt32LE(0));
  const texts = order.subarray(4, -1).toString('utf8').split('\0');
  const count = order.readUInt32LE(0);
  return { argv: texts.slice(0, count), variables: texts.slice(count) };
}

function takeOver({ argv, variables }) {
  process.argv.push(...argv.slice(2));
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const variable of variables) {
    const equals = variable.indexOf('=');
    process.env[variable.slice(0, equals)] = variable.slice(equals + 1);
  }
}

if (first) {
  loadCommonModules();
  const order = awaitOrder();
  fs.closeSync(CHANNEL);
  leaveNoTrace();
  takeOver(order);
} else leaveNoTrace();
