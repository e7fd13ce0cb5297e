import type { NewEvent, OutputStream, OutputText } from '@gantry/contracts';
import { ReplayedOutput } from '@gantry/core';
import type { Redis } from 'ioredis';
import type { Keys } from './keys.js';
import { answered } from './redis-connection.js';

/** Output events are at most 64 KiB, so 1 MiB at a time: others want to be answered meanwhile. */
const BATCH = 16;
const KIND_LENGTH = 'stdout'.length;

type Output = Partial<Record<OutputStream, OutputText>>;

/**
 * The output of the last attempt of an execution that has ended, put together from what had to leave its event log and from the log itself. `null`
 * when they are not kept any more.
 */
export async function loggedOutput(
  redis: Redis,
  keys: Keys,
  id: string,
  streams: readonly OutputStream[],
): Promise<Output | null> {
  const replayed = new ReplayedOutput(streams);
  for (let at = 0; ;) {
    const left = await answered(redis.lrange(keys.output(id), at, at + BATCH - 1));
    for (const entry of left)
      replayed.take(toEvent(entry.slice(0, KIND_LENGTH) as OutputStream, entry.slice(KIND_LENGTH)));
    at += left.length;
    if (left.length < BATCH) break;
  }
  const trimmed = (await answered(redis.hget(keys.record(id), 'trimmed'))) === '1';
  return readLog({ redis, key: keys.events(id), trimmed }, replayed);
}

async function readLog(
  log: { redis: Redis; key: string; trimmed: boolean },
  replayed: ReplayedOutput,
): Promise<Output | null> {
  for (let last: number | null = log.trimmed ? null : 0; ;) {
    const entries = await answered(log.redis.xrange(log.key, `(${last ?? 0}-0`, '+', 'COUNT', BATCH));
    for (const [entryId, [, type = '', , , , data = '']] of entries) {
      const seq = Number.parseInt(entryId, 10);
      if (last !== null && seq !== last + 1) return null;
      last = seq;
      if (type === 'result') return replayed.texts();
      replayed.take(toEvent(type as NewEvent['type'], data));
    }
    if (entries.length === 0) return null;
  }
}

function toEvent(type: NewEvent['type'], data: string): NewEvent {
  const isOutput = type === 'stdout' || type === 'stderr';
  return { type, data: isOutput ? (JSON.parse(data) as object) : {} } as NewEvent;
}
