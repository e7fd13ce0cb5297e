import { afterAll, beforeAll, expect } from '@jest/globals';
import { testOwnProcesses } from '../support/external-stack.js';
import { growthByOutput, growthByStreams, MEMORY_SETTINGS, occupy } from '../support/memory-scenarios.js';
import { startStack, type Stack } from '../support/stack.js';

// `npm run test:load` does the same with more.
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: MEMORY_SETTINGS });
});
afterAll(() => stack.close());

testOwnProcesses(
  'what slow and vanished readers are owed stays in Redis',
  async () => {
    const grown = await growthByOutput(stack, 32, 20);
    // A gateway that has just started needs some for itself; 640 MiB is what its readers are owed.
    expect(grown.gateway.peak).toBeLessThan(320);
    expect(grown.worker.peak).toBeLessThan(4 * 32 + 64);
    const blocker = await occupy(stack);
    const streams = await growthByStreams(stack, blocker.id, 90);
    expect(streams.gateway.peak).toBeLessThan(64);
    await blocker.end();
  },
  90_000,
);
