import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processIdentity } from './process-life.mjs';

function holderOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Takes the lock or, when its holder is dead, removes it for the next try. A link is made complete or not at all. */
function tryTake(path, identity) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, identity);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const holder = holderOf(path);
    if (holder !== null && processIdentity(Number.parseInt(holder, 10)) !== holder && holderOf(path) === holder)
      rmSync(path, { force: true });
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Runs `use` while no other process on this machine holds the lock at `path`. `onWait` hears, once, whose end is waited for. */
export async function withLock(path, { onWait, signal }, use) {
  mkdirSync(dirname(path), { recursive: true });
  const identity = processIdentity(process.pid);
  let told = false;
  while (!tryTake(path, identity)) {
    signal?.throwIfAborted();
    const holder = holderOf(path);
    if (!told && holder !== null) onWait?.(Number.parseInt(holder, 10));
    told ||= holder !== null;
    await delay(200);
  }
  try {
    return await use();
  } finally {
    rmSync(path, { force: true });
  }
}
