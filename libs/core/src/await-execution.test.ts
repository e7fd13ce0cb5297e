import { describe, expect, test } from '@jest/globals';
import { awaitExecution } from './await-execution.js';
import { MemoryExecutions } from './fakes/index.js';
import { DEFAULT_LIMITS } from './resolve-limits.js';
import { unranResult } from '@gantry/contracts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

describe('awaitExecution', () => {
  test('keeps watching until the end, and closes its watch after it', async () => {
    const executions = new MemoryExecutions(clock);
    const request = {
      runtime: 'python',
      code: '',
      args: [],
      stdin: '',
      env: {},
      workingDirectory: '/workspace',
      imageId: null,
      files: [],
      artifacts: [],
      limits: DEFAULT_LIMITS,
      onOutputLimit: 'truncate' as const,
      preload: true,
      stdinMode: 'input' as const,
      isolation: 'default' as const,
      requires: [],
      priority: 5,
      retryOnWorkerLost: 0,
      cache: null,
    };
    await executions.create({
      id: 'x',
      tenant: 't',
      request,
      fingerprint: '',
      idempotencyKey: null,
      acceptWithinMs: 1000,
      maxQueued: 9,
      maxQueuedPerTenant: 9,
    });
    await executions.accept('x');
    const log: string[] = [];
    let waitBegun = (): void => undefined;
    const begun = new Promise<void>((resolve) => (waitBegun = resolve));
    const events = Object.create(executions, {
      watchEnd: {
        value: async (id: string) => {
          const watch = await executions.watchEnd(id);
          return {
            ended: async (timeoutMs: number, signal: AbortSignal) => {
              waitBegun();
              const ended = await watch.ended(timeoutMs, signal);
              log.push('ended');
              return ended;
            },
            [Symbol.asyncDispose]: async () => void log.push('closed'),
          };
        },
      },
    }) as MemoryExecutions;
    const waiting = awaitExecution(
      { store: executions, events, clock },
      { id: 'x', tenant: 't', waitMs: 10_000 },
      new AbortController().signal,
    );
    await begun;
    await executions.finish('x', null, unranResult('failed', 'worker_lost', 'lost'));
    expect(await waiting).toMatchObject({ status: 'failed' });
    expect(log).toEqual(['ended', 'closed']);
  });

  test('is null for another tenant and for what is not there', async () => {
    const executions = new MemoryExecutions(clock);
    const deps = { store: executions, events: executions, clock };
    expect(
      await awaitExecution(deps, { id: 'x', tenant: 't', waitMs: 10_000 }, new AbortController().signal),
    ).toBeNull();
  });
});
