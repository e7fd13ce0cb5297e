import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  growthByOutput,
  growthByQueued,
  growthByStreams,
  MEMORY_SETTINGS,
  occupy,
} from '../support/memory-scenarios.js';
import { startStack, type Stack } from '../support/stack.js';

const READERS = 50;

let stack: Stack;
beforeEach(async () => {
  stack = await startStack({ env: MEMORY_SETTINGS });
}, 60_000);
afterEach(() => stack.close());

const tell = (what: string, grown: object): void =>
  void process.stderr.write(
    `${what}: MiB grown ${JSON.stringify(grown, (_, v: unknown) => (typeof v === 'number' ? Math.round(v) : v))}\n`,
  );

// A gateway's heap settles after the first few thousand requests, so what counts is what the second half adds.
test('10 000 queued executions are in Redis, not in gateway and worker', async () => {
  const blocker = await occupy(stack);
  tell('first 5000 queued', await growthByQueued(stack, 5000));
  const grown = await growthByQueued(stack, 5000);
  tell('next 5000 queued', grown);
  expect(grown.gateway.peak).toBeLessThan(64);
  expect(grown.worker.peak).toBeLessThan(32);
  await blocker.end();
});

test('1000 streams, read, read slowly and aborted, leave nothing', async () => {
  const blocker = await occupy(stack);
  const grown = await growthByStreams(stack, blocker.id, 1000);
  tell('1000 streams', grown);
  expect(grown.gateway.peak).toBeLessThan(256);
  const again = await growthByStreams(stack, blocker.id, 1000);
  tell('1000 streams again', again);
  expect(again.gateway.now).toBeLessThan(32);
  await blocker.end();
});

test('100 MiB of output wait in Redis for those who read slowly', async () => {
  const grown = await growthByOutput(stack, 100, READERS);
  tell('100 MiB, slow readers', grown);
  // What a reader is behind with is held: a batch on its way, the next, the text of both, and garbage. 5000 MiB are owed.
  expect(grown.gateway.peak).toBeLessThan(READERS * 8);
  // The worker has what is kept of it, as it came and as a result.
  expect(grown.worker.peak).toBeLessThan(4 * 100);
});
