import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  growthByOutput,
  growthByQueued,
  growthByResults,
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
afterEach(async () => {
  const logs = [stack.gateway, ...stack.workers].map((process) => process.all()).join('\n');
  await stack.close();
  // Of Node: listeners that pile up.
  expect(logs).not.toContain('MaxListenersExceededWarning');
});

const tell = (what: string, grown: object): void =>
  void process.stderr.write(
    `${what}: MiB grown ${JSON.stringify(grown, (_, v: unknown) => (typeof v === 'number' ? Math.round(v) : v))}\n`,
  );

// What is held counts: after garbage was collected. The most the kernel gave has garbage in it, for which there is no need to hurry while there is room.
test('10 000 queued executions are in Redis, not in gateway and worker', async () => {
  const blocker = await occupy(stack);
  tell('first 5000 queued', await growthByQueued(stack, 5000));
  const grown = await growthByQueued(stack, 5000);
  tell('next 5000 queued', grown);
  expect(grown.gateway.peak).toBeLessThan(192);
  expect(grown.gateway.held).toBeLessThan(4);
  expect(grown.worker.peak).toBeLessThan(32);
  expect(grown.worker.held).toBeLessThan(4);
  await blocker.end();
});

test('1000 streams, read, read slowly and aborted, leave nothing', async () => {
  const blocker = await occupy(stack);
  const grown = await growthByStreams(stack, blocker.id, 1000);
  tell('1000 streams', grown);
  expect(grown.gateway.peak).toBeLessThan(256);
  const again = await growthByStreams(stack, blocker.id, 1000);
  tell('1000 streams again', again);
  expect(again.gateway.held).toBeLessThan(4);
  await blocker.end();
});

test('100 MiB of output wait in Redis for those who read slowly', async () => {
  const grown = await growthByOutput(stack, 100, READERS);
  tell('100 MiB, slow readers', grown);
  // What a reader is behind with is held: a batch on its way, the next, the text of both, and garbage. 5000 MiB are owed.
  expect(grown.gateway.peak).toBeLessThan(READERS * 12);
  expect(grown.gateway.held).toBeLessThan(8);
  // The worker hands on what comes, and keeps 1 MiB at most; the rest is garbage.
  expect(grown.worker.peak).toBeLessThan(192);
  expect(grown.worker.held).toBeLessThan(8);
});

test('40 clients that fetch the same 16 MiB at once have it in turn', async () => {
  const grown = await growthByResults(stack, 16, 40);
  tell('40 results of 16 MiB', grown);
  // Two are made at once, each of which is there as record, text and bytes. 640 MiB are asked for.
  expect(grown.gateway.peak).toBeLessThan(512);
  expect(grown.gateway.held).toBeLessThan(8);
});
