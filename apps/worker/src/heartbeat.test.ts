import { beforeEach, describe, expect, test } from '@jest/globals';
import type { WorkerStatus } from '@gantry/contracts';
import type { Announcement, JobConsumer, Logger, WorkerPresence } from '@gantry/core';
import { ScriptedSandboxes } from '@gantry/core/fakes';
import { Heartbeat } from './heartbeat.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

class ScriptedConsumer implements JobConsumer {
  open = false;
  jobs = 0;

  start(): void {
    this.open = true;
  }
  pause(): Promise<void> {
    this.open = false;
    return Promise.resolve();
  }
  resume(): void {
    this.open = true;
  }
  running(): number {
    return this.jobs;
  }
  stop(): Promise<void> {
    return this.pause();
  }
}

describe('the heartbeat', () => {
  let executions: ScriptedConsumer;
  let images: ScriptedConsumer;
  let sandboxes: ScriptedSandboxes;
  let said: WorkerStatus[];
  let answer: Announcement;
  let refusal: string | null;
  let heartbeat: Heartbeat;

  beforeEach(() => {
    [executions, images] = [new ScriptedConsumer(), new ScriptedConsumer()];
    sandboxes = new ScriptedSandboxes();
    [said, answer, refusal] = [[], { kind: 'said', order: null }, null];
    const presence: WorkerPresence = {
      announce: (status) => {
        said.push(status);
        return Promise.resolve(answer);
      },
      withdraw: () => Promise.resolve(),
      alive: () => Promise.resolve(new Set()),
      onOrder: () => Promise.reject(new Error('not here')),
    };
    heartbeat = new Heartbeat({
      presence,
      sandboxes,
      consumer: executions,
      imageConsumer: images,
      images: () => ({ images: ['r1'], imageFailures: [] }),
      facts: { id: 'w', instance: 'i', host: 'h', pid: 1, version: '1', labels: {}, tags: [], slots: 2 },
      executorDigest: () => Promise.resolve('sha256:1'),
      refusal: () => refusal,
      begin: () => [executions, images].forEach((consumer) => consumer.start()),
      uptimeMs: () => 5.4,
      logger: silent,
    });
  });
  const last = (): WorkerStatus | undefined => said.at(-1);
  const intake = (): boolean[] => [executions.open, images.open];

  test('takes jobs once the engine is well, and none while it is not', async () => {
    refusal = 'does not isolate';
    await heartbeat.beat();
    expect(intake()).toEqual([false, false]);
    expect(last()?.engine).toMatchObject({ available: false, message: 'does not isolate' });
    refusal = null;
    await heartbeat.beat();
    expect(intake()).toEqual([true, true]);
    refusal = 'broken';
    await heartbeat.beat();
    expect(intake()).toEqual([false, false]);
  });

  test('an order to drain ends the intake and is told at once; nothing runs any more when builds have ended too', async () => {
    await heartbeat.beat();
    [executions.jobs, images.jobs] = [1, 1];
    answer = { kind: 'said', order: 'drain' };
    await heartbeat.hear();
    expect(intake()).toEqual([false, false]);
    expect(last()).toMatchObject({ draining: true, drained: false, running: 1, uptimeMs: 5 });
    executions.jobs = 0;
    await heartbeat.beat();
    expect(last()).toMatchObject({ draining: true, drained: false });
    images.jobs = 0;
    await heartbeat.beat();
    expect(last()).toMatchObject({ draining: true, drained: true });
    expect(intake()).toEqual([false, false]);
    answer = { kind: 'said', order: 'resume' };
    await heartbeat.hear();
    expect(intake()).toEqual([true, true]);
    expect(last()).toMatchObject({ draining: false, drained: false });
  });

  test('a directory that has lost everything does not send a drained worker back to work', async () => {
    await heartbeat.beat();
    answer = { kind: 'said', order: 'drain' };
    await heartbeat.beat();
    answer = { kind: 'said', order: null };
    await heartbeat.beat();
    expect(intake()).toEqual([false, false]);
    expect(last()?.draining).toBe(true);
  });

  test('a worker that was drained while its engine was down does not begin when it is back', async () => {
    refusal = 'no engine';
    await heartbeat.beat();
    answer = { kind: 'said', order: 'drain' };
    await heartbeat.beat();
    refusal = null;
    await heartbeat.beat();
    expect(intake()).toEqual([false, false]);
    answer = { kind: 'said', order: 'resume' };
    await heartbeat.beat();
    expect(intake()).toEqual([true, true]);
  });

  test('takes no jobs while another process has its name', async () => {
    await heartbeat.beat();
    answer = { kind: 'taken', by: null, goneInMs: 100 };
    await heartbeat.beat();
    expect(intake()).toEqual([false, false]);
    expect(heartbeat.closedBecause).toMatch(/WORKER_ID/);
    answer = { kind: 'said', order: null };
    await heartbeat.beat();
    expect(intake()).toEqual([true, true]);
  });

  test('shutting down is told at once, also while it looks at a slow engine, and is not undone by an order', async () => {
    await heartbeat.beat();
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    const engine = await sandboxes.engine();
    sandboxes.engine = () => slow.then(() => engine);
    const beating = heartbeat.beat();
    answer = { kind: 'said', order: 'resume' };
    const draining = heartbeat.drain();
    expect(heartbeat.status()).toMatchObject({ draining: true });
    release();
    await Promise.all([beating, draining]);
    expect(said.slice(-2).map((status) => status.draining)).toEqual([true, true]);
    expect(heartbeat.closedBecause).toBe('shutting down');
  });
});
