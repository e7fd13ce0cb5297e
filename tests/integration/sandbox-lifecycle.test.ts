import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { OutputStream } from '@gantry/contracts';
import { EngineProxy } from '../support/engine-proxy.js';
import { eventually } from '../support/eventually.js';
import {
  CollectingSink,
  DetachedSandboxes,
  LIMITS,
  programStage,
  RealSandboxes,
  runIn,
} from '../support/real-sandboxes.js';

const sandboxes = new RealSandboxes();
const MIB = 1024 * 1024;

/** Resolves when the program has said that it has begun. */
class BeginningSink extends CollectingSink {
  readonly begun: Promise<void>;
  #tell = (): void => undefined;

  constructor() {
    super();
    this.begun = new Promise((resolve) => (this.#tell = resolve));
  }

  override write(stream: OutputStream, bytes: Uint8Array): void {
    void super.write(stream, bytes);
    this.#tell();
  }
}

/** Takes the first bytes when it is told to. */
class HeldSink extends CollectingSink {
  release = (): void => undefined;
  readonly #held = new Promise<void>((resolve) => (this.release = resolve));

  override async write(stream: OutputStream, bytes: Uint8Array): Promise<void> {
    await this.#held;
    void super.write(stream, bytes);
  }
}

describe('an aborted run', () => {
  test.each([
    ['sleeps', []],
    ['ignores signals', ['deaf']],
    ['has stopped itself', ['stop']],
  ])('of a program that %s ends at once with a report, and its container is gone', async (_, args) => {
    const abort = new AbortController();
    const sink = new BeginningSink();
    const stage = await programStage('sleep.py', { args });
    await using sandbox = await sandboxes.acquire();
    const running = runIn(sandbox, stage, { sink, signal: abort.signal });
    await sink.begun;
    const aborted = performance.now();
    abort.abort();
    const { report } = await running;
    await sandbox[Symbol.asyncDispose]();
    expect(performance.now() - aborted).toBeLessThan(1000);
    expect(report).toMatchObject({ cause: 'killed', exitCode: null, signal: 'SIGKILL' });
    expect(report.cpuMs).toBeGreaterThan(0);
    await sandboxes.expectNothingLeft();
  });

  test('ends at once even when its init does not answer any more', async () => {
    const abort = new AbortController();
    const sink = new BeginningSink();
    await using sandbox = await sandboxes.acquire();
    const running = runIn(sandbox, await programStage('sleep.py'), { sink, signal: abort.signal });
    await sink.begun;
    const [container] = await sandboxes.containers();
    await sandboxes.docker.getContainer(container?.Id ?? '').pause();
    const aborted = performance.now();
    abort.abort();
    const { report } = await running;
    expect(performance.now() - aborted).toBeLessThan(4000);
    expect(report).toMatchObject({ cause: 'killed', cpuMs: null });
  });

  test('that was aborted before it began runs nothing', async () => {
    await using sandbox = await sandboxes.acquire();
    const { report, stdout } = await runIn(sandbox, await programStage('sleep.py'), { signal: AbortSignal.abort() });
    expect(report).toMatchObject({ cause: 'killed', wallMs: 0 });
    expect(stdout.length).toBe(0);
  });
});

describe('an aborted acquisition', () => {
  test.each([0, 5, 15, 30, 45, 60, 80])('leaves nothing, %d ms after its begin', async (ms) => {
    const reason = new Error('not wanted any more');
    const abort = new AbortController();
    const acquiring = sandboxes.acquire({}, abort.signal);
    const ended = acquiring.then(
      (sandbox) => sandbox[Symbol.asyncDispose](),
      (error: unknown) => expect(error).toBe(reason),
    );
    await delay(ms);
    abort.abort(reason);
    await ended;
    await sandboxes.expectNothingLeft();
  });
});

describe('a slow reader', () => {
  test('holds the program back and loses nothing', async () => {
    const sink = new HeldSink();
    await using sandbox = await sandboxes.acquire({ maxOutputBytes: 64 * MIB });
    const stage = await programStage('print-lines.py', {
      args: ['20000000', '1'],
      limits: { maxOutputBytes: 64 * MIB },
    });
    const running = runIn(sandbox, stage, { sink });
    const [container] = await sandboxes.containers();
    const cpu = async (): Promise<number> => {
      const stats = await sandboxes.docker.getContainer(container?.Id ?? '').stats({ stream: false, 'one-shot': true });
      return stats.cpu_stats.cpu_usage.total_usage;
    };
    // The pipes fill up, then nobody in there does anything.
    await eventually(async () => {
      const before = await cpu();
      await delay(200);
      const used = (await cpu()) - before;
      if (used > 5_000_000) throw new Error(`still working: ${used} ns`);
    });
    sink.release();
    const { report, stdout } = await running;
    expect(report).toMatchObject({ exitCode: 0, cause: 'self', stdoutDroppedBytes: 0 });
    expect(stdout.length).toBe(20_000_000);
    expect(stdout.subarray(-10).toString()).toBe('001999999\n');
  });

  test('does not turn an end in time into a timeout', async () => {
    const sink = new HeldSink();
    await using sandbox = await sandboxes.acquire();
    const running = runIn(sandbox, await programStage('streams.py', { stage: { wallMs: 500 } }), { sink });
    // Past the limit, the margin, and the time that a killed container's last words would get.
    await delay(3500);
    sink.release();
    const { report } = await running;
    expect(report).toMatchObject({ exitCode: 0, cause: 'self' });
  });
});

describe('a container that breaks', () => {
  test('is an error of the service, not a result', async () => {
    const sink = new BeginningSink();
    await using sandbox = await sandboxes.acquire();
    const running = runIn(sandbox, await programStage('sleep.py'), { sink });
    const failed = expect(running).rejects.toMatchObject({
      code: 'sandbox_failed',
      message: expect.stringContaining('137'),
    });
    await sink.begun;
    const [container] = await sandboxes.containers();
    await sandboxes.docker.getContainer(container?.Id ?? '').kill();
    await failed;
    await expect(runIn(sandbox, await programStage('streams.py'))).rejects.toMatchObject({ code: 'sandbox_failed' });
  });

  test('ends by itself when its worker vanishes', async () => {
    await using proxy = await EngineProxy.open();
    const lost = new DetachedSandboxes(proxy.dockerHost);
    const sandbox = await lost.acquire();
    const sink = new BeginningSink();
    const running = runIn(sandbox, await programStage('sleep.py', { args: ['deaf'] }), { sink });
    const settled = running.catch((error: unknown) => error);
    await sink.begun;
    const [container] = await lost.containers();
    const id = container?.Id ?? '';
    proxy.cut();
    await eventually(async () => {
      const { State } = await sandboxes.docker.getContainer(id).inspect();
      if (State.Running) throw new Error('it still runs');
    }, 2000);
    expect(await settled).toMatchObject({ code: 'sandbox_failed' });
    await sandbox[Symbol.asyncDispose]();
    await lost.expectNothingLeft();
  });
});

describe('an engine that is away', () => {
  test('is told at once when it refuses', async () => {
    const away = new DetachedSandboxes('unix:///nowhere/docker.sock');
    const started = performance.now();
    await expect(away.acquire()).rejects.toMatchObject({ code: 'engine_unavailable' });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await away.provider.engine()).toMatchObject({ available: false, version: null });
    await expect(away.provider.sweep(() => false)).rejects.toMatchObject({ code: 'engine_unavailable' });
  });

  test('is told within 3 s when it says nothing', async () => {
    await using proxy = await EngineProxy.open();
    const mute = new DetachedSandboxes(proxy.dockerHost);
    await (await mute.acquire())[Symbol.asyncDispose]();
    proxy.fallSilent();
    const started = performance.now();
    await expect(mute.acquire()).rejects.toMatchObject({ code: 'engine_unavailable' });
    expect(performance.now() - started).toBeLessThan(3000);
    const asked = performance.now();
    expect(await mute.provider.engine()).toMatchObject({ available: false });
    expect(performance.now() - asked).toBeLessThan(2100);
  });

  test('is seen when it is there', async () => {
    expect(await sandboxes.provider.engine()).toMatchObject({
      available: true,
      version: expect.any(String),
      message: null,
    });
  });
});

describe('sweep', () => {
  test('removes what dead workers left, and nothing of the living or of other deployments', async () => {
    const crashed = new DetachedSandboxes();
    const other = new DetachedSandboxes();
    await using mine = await crashed.acquire();
    await using theirs = await other.acquire();
    expect(mine.info.imageDigest).toBe(theirs.info.imageDigest);
    // A second process of the same deployment: it does not know the container.
    const second = new DetachedSandboxes(undefined, crashed.deployment);
    expect(await second.provider.sweep((id) => id === 'worker-1')).toBe(0);
    expect(await crashed.containers()).toHaveLength(1);
    // Its own containers are safe from a process, whatever is said of its worker id.
    expect(await crashed.provider.sweep(() => false)).toBe(0);
    expect(await second.provider.sweep(() => false)).toBe(1);
    expect(await crashed.containers()).toHaveLength(0);
    expect(await second.provider.sweep(() => false)).toBe(0);
    expect(await other.containers()).toHaveLength(1);
  });
});

describe('a provider', () => {
  test('says that an image is not known', async () => {
    const spec = {
      tenant: 't',
      isolation: 'default' as const,
      executionId: 'e',
      attempt: 1,
      image: 'gantry-no-such-image:none',
      limits: LIMITS,
      preload: null,
    };
    const acquiring = sandboxes.provider.acquire(spec, new AbortController().signal);
    await expect(acquiring).rejects.toMatchObject({ code: 'unknown_image' });
  });

  test('makes and removes many sandboxes at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        sandboxes.run('end.py', { args: ['exit', String(at)], stage: { stdin: randomBytes(9) } }),
      ),
    );
    expect(outcomes.map(({ report }) => report.exitCode)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    await sandboxes.expectNothingLeft();
  });

  test.each([0, 10, 40, 70])('leaves nothing when it closes %d ms after it was asked for more', async (ms) => {
    const closing = new DetachedSandboxes();
    await closing.acquire();
    const underWay = closing.acquire().then(
      () => 'ready',
      (error: { code: string }) => error.code,
    );
    await delay(ms);
    await closing.provider.close();
    expect(await closing.containers()).toHaveLength(0);
    expect(['ready', 'shutting_down']).toContain(await underWay);
    await expect(closing.acquire()).rejects.toMatchObject({ code: 'shutting_down' });
  });
});
