import { describe, expect, test } from '@jest/globals';
import type { ExecutionView, HealthView } from '@gantry/contracts';
import { composeStack, containersOfService } from '../support/compose.js';
import { containersOf } from '../support/containers.js';
import { eventually } from '../support/eventually.js';

const stack = composeStack();
/** docs/architecture.md: a lease lapses after 10 s, and must be seen to have lapsed twice. */
const LOST_WITHIN_MS = 20_000;

const runningViews = (ids: readonly string[]): Promise<ExecutionView[]> =>
  eventually(async () => {
    const views = await Promise.all(ids.map((id) => stack.api.get(id)));
    expect(views.map((view) => view.status)).toEqual(ids.map(() => 'running'));
    return views;
  }, 30_000);

async function workersSeen(): Promise<number> {
  return (await stack.api.call<HealthView>('GET', '/health')).body.workers;
}

describe('a worker that is killed with executions under way', () => {
  test('loses its own in the promised time, and nobody else’s; another takes its place, and nothing stays behind', async () => {
    // Both workers get some: they are taken as slots are free, four a worker.
    const ids = await Promise.all(
      Array.from({ length: 6 }, (_, i) => stack.api.submit({ language: 'bash', code: `sleep 25; echo ${i}` })),
    );
    const views = await runningViews(ids);
    const [victim] = await containersOfService(stack, 'worker');
    if (!victim) throw new Error('no worker');
    const isOfVictim = (view: ExecutionView): boolean => (view.worker ?? '').startsWith(victim.Config.Hostname ?? '?');
    const hit = views.filter(isOfVictim).map((view) => view.execution_id);
    const spared = ids.filter((id) => !hit.includes(id));
    expect([hit.length, spared.length]).toEqual([expect.any(Number), expect.any(Number)]);
    expect(hit.length).toBeGreaterThan(0);
    expect(spared.length).toBeGreaterThan(0);

    // Not by the engine, which would take it for the operator's wish that it stays down.
    process.kill(victim.State.Pid, 'SIGKILL');
    const killedAt = Date.now();
    await Promise.all(
      hit.map((id) =>
        eventually(
          async () => expect(await stack.api.get(id)).toMatchObject({ status: 'failed', reason: 'worker_lost' }),
          LOST_WITHIN_MS - (Date.now() - killedAt),
          200,
        ),
      ),
    );

    await eventually(async () => {
      const again = await stack.docker.getContainer(victim.Id).inspect();
      expect(again.State.Running).toBe(true);
      expect(again.RestartCount).toBe(1);
      expect(await workersSeen()).toBe(2);
    }, 30_000);
    const rest = await Promise.all(spared.map((id) => stack.api.get(id, 40)));
    expect(rest.map((view) => [view.status, view.stdout])).toEqual(
      spared.map((id) => ['completed', `${ids.indexOf(id)}\n`]),
    );
    const workers = await Promise.all(
      Array.from({ length: 8 }, () => stack.api.execute({ language: 'bash', code: 'sleep 1' })),
    );
    expect(new Set(workers.map((view) => view.worker)).size).toBe(2);
    await eventually(async () => {
      const left = await containersOf(stack.settings['DEPLOYMENT'] ?? '');
      expect(left.filter((labels) => hit.includes(labels['gantry.execution'] ?? ''))).toEqual([]);
    }, 20_000);
  });
});
