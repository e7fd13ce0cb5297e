import { expect } from '@jest/globals';
import { Api } from './api.js';
import { eventually } from './eventually.js';
import { MemoryWatch, metricOf, redisConnections, WATCHED_MEMORY, type Growth } from './memory-watch.js';
import { SlowReaders, type Manner } from './slow-readers.js';
import type { Stack } from './stack.js';

const SUBMITTERS = 16;
const MANNERS: readonly Manner[] = ['idle', 'slow', 'aborting'];

export interface Grown {
  gateway: Growth;
  worker: Growth;
}

/** Settings that the scenarios need, beside defaults. */
export const MEMORY_SETTINGS = {
  ...WATCHED_MEMORY,
  WORKER_CONCURRENCY: '1',
  MAX_QUEUED: '20000',
  MAX_QUEUED_PER_TENANT: '20000',
  MAX_OUTPUT_BYTES: String(160 * 1024 * 1024),
  MAX_EVENT_LOG_BYTES: String(512 * 1024 * 1024),
};

/** What `work` costs both processes, as long as it lasts and when it is over. */
export async function watched(stack: Stack, work: () => Promise<void>): Promise<Grown> {
  const watches = await Promise.all([MemoryWatch.of(stack.gateway), MemoryWatch.of(stack.workers[0])]);
  using ofGateway = watches[0];
  using ofWorker = watches[1];
  await work();
  const [gateway, worker] = await Promise.all([ofGateway.grown(), ofWorker.grown()]);
  return { gateway, worker };
}

/** One that takes the only place, so that all after it wait. Call it again to let them go. */
export async function occupy(stack: Stack): Promise<{ id: string; end: () => Promise<void> }> {
  const api = new Api(stack.url);
  const id = await api.submit({ language: 'bash', code: 'sleep 250', resource_limits: { timeout_seconds: 280 } });
  await eventually(async () => expect((await api.get(id)).status).toBe('running'), 20_000);
  return { id, end: async () => void (await api.call('POST', `/executions/${id}/cancel`)) };
}

/** MiB that `count` waiting executions cost the processes; they stay in the queue. */
export function growthByQueued(stack: Stack, count: number): Promise<Grown> {
  const api = new Api(stack.url);
  let left = count;
  const submitter = async (): Promise<void> => {
    while (left-- > 0) await api.submit({ language: 'bash', code: ':' });
  };
  return watched(stack, async () => {
    await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
  });
}

/** MiB that `count` streams of one execution cost, a third each of those who read, read slowly, and come and go. None is left. */
export async function growthByStreams(stack: Stack, id: string, count: number): Promise<Grown> {
  const pids = [stack.gateway.child.pid, stack.workers[0]?.child.pid];
  const connections = await redisConnections(stack.env['REDIS_URL'] ?? '', pids);
  const grown = await watched(stack, async () => {
    await using readers = new SlowReaders();
    for (let i = 0; i < count; i += 50) {
      const some = Array.from({ length: Math.min(50, count - i) }, (_, n) => MANNERS[(i + n) % 3] ?? 'idle');
      await Promise.all(some.map((manner) => readers.follow(`${stack.url}/executions/${id}/stream`, manner)));
    }
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(readers.open).toBeGreaterThan(count / 2);
  });
  // Nothing of a client that has gone stays.
  await eventually(async () => expect(await metricOf(stack.adminUrl, 'gantry_event_streams')).toBe(0));
  expect(await redisConnections(stack.env['REDIS_URL'] ?? '', pids)).toBe(connections);
  return grown;
}

/** MiB that one execution's `mib` of output cost, followed by `readers` that take less than it writes. */
export async function growthByOutput(stack: Stack, mib: number, count: number): Promise<Grown> {
  const api = new Api(stack.url);
  return watched(stack, async () => {
    const id = await submitWriter(api, mib);
    await using readers = new SlowReaders();
    const url = `${stack.url}/executions/${id}/stream`;
    await Promise.all(Array.from({ length: count }, () => readers.follow(url, 'slow')));
    await completed(api, id);
    expect(readers.taken).toBeGreaterThan(0);
    // They are behind; what they hold is what counts.
    await new Promise((resolve) => setTimeout(resolve, 3000));
  });
}

/** MiB that `count` clients cost who all fetch the result of one execution with `mib` of output at the same time; each gets the whole. */
export async function growthByResults(stack: Stack, mib: number, count: number): Promise<Grown> {
  const api = new Api(stack.url);
  const id = await submitWriter(api, mib);
  await completed(api, id);
  return watched(stack, async () => {
    const fetched = async (): Promise<number> => {
      const { status, body } = await fetch(`${stack.url}/executions/${id}`);
      expect(status).toBe(200);
      let bytes = 0;
      for await (const chunk of body ?? []) bytes += chunk.length;
      return bytes;
    };
    const lengths = await Promise.all(Array.from({ length: count }, fetched));
    for (const length of lengths) expect(length).toBeGreaterThan(mib * 1024 * 1024);
  });
}

function submitWriter(api: Api, mib: number): Promise<string> {
  return api.submit({
    language: 'python',
    code: `import sys\nfor _ in range(${mib}): sys.stdout.write(("x" * 1023 + "\\n") * 1024)`,
    resource_limits: { max_output_bytes: 150 * 1024 * 1024, timeout_seconds: 120 },
  });
}

/** Not by GET of the execution, which would bring all of its output. */
async function completed(api: Api, id: string): Promise<void> {
  await eventually(async () => {
    const { body } = await api.call<{ executions: { execution_id: string; status: string }[] }>('GET', '/executions');
    expect(body.executions.find((each) => each.execution_id === id)?.status).toBe('completed');
  }, 120_000);
}
