import { afterEach, describe, expect, test } from '@jest/globals';
import type { Sandbox } from '@gantry/core';
import { eventually } from '../support/eventually.js';
import { DetachedSandboxes, programStage, runIn } from '../support/real-sandboxes.js';

describe('a pool of ready sandboxes', () => {
  let sandboxes: DetachedSandboxes | null = null;
  afterEach(async () => {
    await sandboxes?.provider.close();
    await sandboxes?.expectNothingLeft();
  });

  function open(maxReady: number): DetachedSandboxes {
    sandboxes = new DetachedSandboxes(undefined, undefined, { maxReady, forgetAfterMs: 60_000 });
    return sandboxes;
  }
  const ready = (): number => (sandboxes?.provider.ready() ?? []).reduce((sum, kind) => sum + kind.ready, 0);
  const becomesReady = (count: number): Promise<void> => eventually(() => expect(ready()).toBe(count), 15_000);
  async function runs(sandbox: Sandbox): Promise<void> {
    const outcome = await runIn(sandbox, await programStage('streams.sh'));
    expect(outcome.report.exitCode).toBe(0);
  }

  test('makes the second of a kind ready, uses each once, and gives none to another kind', async () => {
    const pool = open(3);
    const seen = new Set<string>();
    for (const kind of ['cold', 'cold', 'warm', 'warm']) {
      if (kind === 'warm') await eventually(() => expect(ready()).toBeGreaterThan(0), 15_000);
      await using sandbox = await pool.acquire();
      expect(sandbox.info.kind).toBe(kind);
      await runs(sandbox);
      const [container] = (await pool.containers()).filter(({ Labels }) => Labels['gantry.execution'] !== undefined);
      seen.add(container?.Id ?? String(seen.size));
    }
    await eventually(() => expect(ready()).toBeGreaterThan(0), 15_000);
    await using other = await pool.acquire({ memoryBytes: 96 * 1024 * 1024 });
    expect(other.info).toMatchObject({ kind: 'cold', limits: { memoryBytes: 96 * 1024 * 1024 } });
  });

  test('never keeps more ready than it may', async () => {
    const pool = open(2);
    const all = await Promise.all(Array.from({ length: 5 }, () => pool.acquire()));
    await Promise.all(all.map((sandbox) => sandbox[Symbol.asyncDispose]()));
    await becomesReady(2);
    expect(await pool.containers()).toHaveLength(2);
  });

  test('replaces one that was killed by hand, and never hands it out', async () => {
    const pool = open(1);
    for (let i = 0; i < 2; i++) await (await pool.acquire())[Symbol.asyncDispose]();
    await becomesReady(1);
    const [victim] = await pool.containers();
    await pool.docker.getContainer(victim?.Id ?? '').kill();
    await eventually(async () => {
      const [next] = await pool.containers();
      expect(next?.Id).toBeDefined();
      expect(next?.Id).not.toBe(victim?.Id);
    }, 15_000);
    await becomesReady(1);
    await using sandbox = await pool.acquire();
    expect(sandbox.info.kind).toBe('warm');
    await runs(sandbox);
  });

  test('makes nothing for a kind that was asked for once', async () => {
    const pool = open(4);
    await (await pool.acquire())[Symbol.asyncDispose]();
    await eventually(async () => expect(await pool.containers()).toEqual([]), 5000);
    expect(ready()).toBe(0);
  });
});
