import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AttemptStore, ExecutionStore, NewExecution, Scheduler } from '@gantry/core';
import { MemoryExecutions } from '@gantry/core/fakes';
import { backends } from '../support/backends.js';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleRequest, sampleResult } from '../support/executions.js';
import { openRedisExecutions } from '../support/redis-executions.js';

interface Ports extends AsyncDisposable {
  store: ExecutionStore;
  attempts: AttemptStore;
  scheduler: Scheduler;
  owed: number[];
}

function openMemory(): Promise<Ports> {
  const memory = new MemoryExecutions({ now: () => Date.now(), monotonic: () => performance.now() });
  const owed: number[] = [];
  memory.onOwed = (tokens) => void owed.push(tokens);
  const ports = { store: memory, attempts: memory, scheduler: memory, owed };
  return Promise.resolve({ ...ports, [Symbol.asyncDispose]: () => Promise.resolve() });
}

type Wish = Partial<Pick<NewExecution, 'tenant' | 'maxRunning' | 'maxQueuedPerTenant'>> & {
  priority?: number;
  requires?: string[];
};

describe.each(
  backends<[string, () => Promise<Ports>]>([
    ['in memory', openMemory],
    ['on Redis', openRedisExecutions],
  ]),
)('whose turn it is %s', (_name, open) => {
  let ports: Ports;
  let nonces: number;
  beforeEach(async () => {
    ports = await open();
    nonces = 0;
  });
  afterEach(async () => {
    await ports[Symbol.asyncDispose]();
  });

  async function offered({ priority = 5, requires = [], ...wish }: Wish = {}): Promise<string> {
    const execution = sampleExecution({
      maxQueued: 10_000,
      maxQueuedPerTenant: 1000,
      ...wish,
      request: sampleRequest({ priority, requires }),
    });
    expect(await ports.store.create(execution)).toEqual({ kind: 'created' });
    return execution.id;
  }
  async function accepted(wish: Wish = {}): Promise<string> {
    const id = await offered(wish);
    expect(await ports.store.accept(id)).toBe(true);
    return id;
  }
  async function many(count: number, wish: Wish): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push(await accepted(wish));
    return ids;
  }
  const nonce = (): string => `n${++nonces}`;
  async function take(tags: string[] = [], leaseMs = 60_000): Promise<{ id: string; nonce: string } | null> {
    const claim = { worker: 'w1', nonce: nonce(), leaseMs, tags };
    const taken = await ports.scheduler.take(claim);
    return taken && { id: taken.record.id, nonce: claim.nonce };
  }
  async function takeIds(count: number, tags: string[] = []): Promise<(string | undefined)[]> {
    const ids: (string | undefined)[] = [];
    for (let i = 0; i < count; i++) ids.push((await take(tags))?.id);
    return ids;
  }
  async function start(claim: { id: string; nonce: string }): Promise<string> {
    const outcome = await ports.attempts.start(claim.id, { worker: 'w1', nonce: claim.nonce, leaseMs: 60_000 });
    return outcome.kind;
  }
  async function runToEnd(claim: { id: string; nonce: string } | null): Promise<void> {
    if (!claim) throw new Error('nothing was taken');
    expect(await start(claim)).toBe('started');
    expect(await ports.attempts.finish(claim.id, 1, sampleResult())).toBe(true);
  }

  test('gives out what is accepted, once, with all that is to be run, and it stays pending until it starts', async () => {
    const id = await accepted();
    await offered();
    const taken = await ports.scheduler.take({ worker: 'w1', nonce: 'a', leaseMs: 60_000, tags: [] });
    expect(taken).toMatchObject({ failedBefore: 0, record: { id, status: 'pending', attempt: 0 } });
    expect(taken?.record).toEqual(await ports.attempts.load(id));
    expect(await take()).toBeNull();
    expect(await ports.store.get(id, 'acme')).toMatchObject({ status: 'pending', worker: null });
    expect(await start({ id, nonce: 'a' })).toBe('started');
  });

  test('gives the same one for a repeated question, and another for another', async () => {
    const [first, second] = await many(2, {});
    const question = { worker: 'w1', nonce: 'same', leaseMs: 60_000, tags: [] };
    const answers = [await ports.scheduler.take(question), await ports.scheduler.take(question)];
    expect(answers.map((taken) => taken?.record.id)).toEqual([first, first]);
    expect((await take())?.id).toBe(second);
  });

  test('lets only who has claimed it start it', async () => {
    await accepted();
    const claim = await take();
    if (!claim) throw new Error('nothing was taken');
    expect(await start({ ...claim, nonce: 'other' })).toBe('gone');
    expect(await start(claim)).toBe('started');
    expect(await start(claim)).toBe('started');
  });

  test("gives one tenant's 1000 and another's one in turns: the one is next", async () => {
    await many(1000, { tenant: 'flood' });
    await takeIds(3);
    const one = await accepted({ tenant: 'one' });
    expect((await take())?.id).toBe(one);
  });

  test('serves backlogged tenants one after another, each in its own order', async () => {
    const a = await many(4, { tenant: 'a' });
    const b = await many(3, { tenant: 'b' });
    const c = await many(1, { tenant: 'c' });
    expect(await takeIds(8)).toEqual([a[0], b[0], c[0], a[1], b[1], a[2], b[2], a[3]]);
    expect(await take()).toBeNull();
  });

  test('lets nobody save turns up: who was away comes in at the present round', async () => {
    const [late] = await many(1, { tenant: 'late' });
    expect((await take())?.id).toBe(late);
    const busy = await many(10, { tenant: 'busy' });
    await takeIds(5);
    const back = await many(3, { tenant: 'late' });
    const next = await takeIds(5);
    expect(next).toContain(back[0]);
    expect(next.filter((id) => busy.includes(id ?? ''))).toHaveLength(2);
  });

  test('serves higher priority first within a tenant, and gives it nothing over other tenants', async () => {
    const [low] = await many(1, { tenant: 'a', priority: 0 });
    const [usual] = await many(1, { tenant: 'a' });
    const high = await many(2, { tenant: 'a', priority: 9 });
    const other = await many(2, { tenant: 'b', priority: 0 });
    expect(await takeIds(6)).toEqual([high[0], other[0], high[1], other[1], usual, low]);
  });

  test('runs no more of a tenant at once than it may, passes it over, and goes on with the next when one ends', async () => {
    const capped = await many(5, { tenant: 'capped', maxRunning: 2 });
    const claims = [await take(), await take()];
    expect(claims.map((claim) => claim?.id)).toEqual(capped.slice(0, 2));
    expect([await take(), await take()]).toEqual([null, null]);
    const other = await accepted({ tenant: 'other' });
    expect((await take())?.id).toBe(other);
    expect(await ports.scheduler.takeable()).toBe(0);
    expect(ports.owed).toEqual([]);
    await runToEnd(claims[0] ?? null);
    // Two questions were in vain, so there is no token for what can be taken now.
    expect(ports.owed).toEqual([1]);
    expect(await ports.scheduler.takeable()).toBe(1);
    expect(await takeIds(2)).toEqual([capped[2], undefined]);
  });

  test('owes no token where none was used up in vain', async () => {
    await many(2, { tenant: 'capped', maxRunning: 1 });
    await many(5, { tenant: 'other' });
    const first = await take();
    await takeIds(2);
    await runToEnd(first);
    expect(ports.owed).toEqual([]);
  });

  test('counts a place as free again when a capped one is cancelled or handed back before it starts', async () => {
    await many(3, { tenant: 'capped', maxRunning: 1 });
    const first = await take();
    if (!first) throw new Error('nothing was taken');
    expect(await take()).toBeNull();
    await ports.store.cancel(first.id, 'capped');
    expect(ports.owed).toEqual([1]);
    const second = await take();
    if (!second) throw new Error('nothing was taken');
    expect(await take()).toBeNull();
    expect(await ports.scheduler.handBack(second, { delayMs: 0, failed: false })).toBe(true);
    expect((await take())?.id).toBe(second.id);
  });

  test('takes the cap of the last submit', async () => {
    await many(3, { tenant: 'capped', maxRunning: 1 });
    await take();
    expect(await take()).toBeNull();
    await accepted({ tenant: 'capped', maxRunning: 3 });
    expect((await takeIds(3)).filter((id) => id !== undefined)).toHaveLength(2);
    await accepted({ tenant: 'capped', maxRunning: null });
    expect((await takeIds(3)).filter((id) => id !== undefined)).toHaveLength(2);
  });

  test('puts what is handed back into its old place, in its tenant and among tenants', async () => {
    const a = await many(3, { tenant: 'a' });
    const b = await many(2, { tenant: 'b' });
    const claim = await take();
    expect(claim?.id).toBe(a[0]);
    expect(await ports.scheduler.handBack(claim ?? { id: '', nonce: '' }, { delayMs: 0, failed: false })).toBe(true);
    expect(await takeIds(4)).toEqual([a[0], b[0], a[1], b[1]]);
    expect(await ports.scheduler.handBack(claim ?? { id: '', nonce: '' }, { delayMs: 0, failed: false })).toBe(false);
  });

  test('keeps what is handed back after a failure for a while, and counts the failures', async () => {
    const id = await accepted();
    const claim = await take();
    await ports.scheduler.handBack(claim ?? { id: '', nonce: '' }, { delayMs: 60, failed: true });
    expect(await take()).toBeNull();
    expect(await ports.store.get(id, 'acme')).toMatchObject({ status: 'pending' });
    await eventually(async () => expect(await ports.scheduler.takeable()).toBe(1));
    const again = await ports.scheduler.take({ worker: 'w2', nonce: 'again', leaseMs: 60_000, tags: [] });
    expect(again).toMatchObject({ failedBefore: 1, record: { id } });
  });

  test('gives back what a silent worker has claimed, and tells what failed too often', async () => {
    const id = await accepted();
    const reclaimed = (maxFailures: number): Promise<unknown> =>
      eventually(async () => {
        const outcome = await ports.scheduler.reclaim(10, maxFailures);
        expect(outcome.handedBack + outcome.spent.length).toBe(1);
        return outcome;
      });
    const lapsed = await take([], 20);
    expect(await reclaimed(2)).toEqual({ handedBack: 1, spent: [] });
    expect((await take([], 20))?.id).toBe(id);
    expect(await start(lapsed ?? { id: '', nonce: '' })).toBe('gone');
    expect(await reclaimed(2)).toEqual({ handedBack: 0, spent: [id] });
    expect(await ports.attempts.finish(id, null, sampleResult({ status: 'failed', reason: 'worker_lost' }))).toBe(true);
    expect(await ports.scheduler.reclaim(10, 2)).toEqual({ handedBack: 0, spent: [] });
    expect(await take()).toBeNull();
  });

  test('lets nobody end as unstarted what another has claimed or started since', async () => {
    const id = await accepted();
    const lapsed = await take([], 1);
    await eventually(async () => expect((await ports.scheduler.reclaim(10, 4)).handedBack).toBe(1));
    const unstarted = sampleResult({ status: 'failed', reason: 'internal_error' });
    const endAs = (claim: string | null): Promise<boolean> => ports.attempts.finish(id, { claim }, unstarted);
    const mine = await take();
    expect(mine?.id).toBe(id);
    expect(await endAs(lapsed?.nonce ?? '')).toBe(false);
    expect(await start(mine ?? { id: '', nonce: '' })).toBe('started');
    expect(await endAs(lapsed?.nonce ?? '')).toBe(false);
    expect(await endAs(null)).toBe(false);
    expect(await ports.attempts.finish(id, 1, sampleResult())).toBe(true);
  });

  test('is ended unstarted by who has claimed it, also by a repeat', async () => {
    const id = await accepted();
    const claim = (await take())?.nonce ?? '';
    const unstarted = sampleResult({ status: 'failed', reason: 'internal_error' });
    expect(await ports.attempts.finish(id, { claim }, unstarted)).toBe(true);
    expect(await ports.attempts.finish(id, { claim }, unstarted)).toBe(true);
    expect(await ports.attempts.finish(id, null, unstarted)).toBe(false);
  });

  test('keeps claims that are prolonged, and tells those that are lost', async () => {
    const [kept, cancelled] = await many(3, {});
    const claims = [await take([], 100), await take([], 100)].flatMap((claim) => claim ?? []);
    await ports.store.cancel(cancelled ?? '', 'acme');
    expect(await ports.scheduler.keep(claims, 60_000)).toEqual([cancelled]);
    // A later one that nobody prolongs lapses; the first one, whose time is over too, does not.
    await take([], 100);
    await eventually(async () => expect((await ports.scheduler.reclaim(10, 4)).handedBack).toBe(1));
    expect(claims[0]?.id).toBe(kept);
    expect(await start(claims[0] ?? { id: '', nonce: '' })).toBe('started');
  });

  test('gives what requires tags to who has them all, and nothing of it to others', async () => {
    const gpu = await accepted({ requires: ['gpu'] });
    const both = await accepted({ requires: ['eu', 'gpu'] });
    const plain = await accepted();
    expect(await takeIds(2)).toEqual([plain, undefined]);
    expect(await takeIds(2, ['eu', 'linux'])).toEqual([undefined, undefined]);
    expect(await takeIds(2, ['gpu'])).toEqual([gpu, undefined]);
    expect(await takeIds(2, ['gpu', 'eu', 'linux'])).toEqual([both, undefined]);
  });

  test('serves the lanes of a worker in turns, fairly within each', async () => {
    const gpuA = await many(3, { tenant: 'a', requires: ['gpu'] });
    const gpuB = await many(1, { tenant: 'b', requires: ['gpu'] });
    const eu = await many(2, { tenant: 'a', requires: ['eu'] });
    const served: (string | undefined)[] = [];
    for (let i = 0; i < 6; i++) served.push(...(await takeIds(1, ['eu', 'gpu'])));
    expect(served.filter((id) => [...gpuA, ...gpuB].includes(id ?? ''))).toEqual([gpuA[0], gpuB[0], gpuA[1], gpuA[2]]);
    expect(served.slice(0, 4).filter((id) => eu.includes(id ?? ''))).toEqual(eu);
  });

  test('tells when something comes that requires tags, and also when it is handed back', async () => {
    let told = 0;
    await using _listening = await ports.scheduler.onTagged(() => told++);
    await accepted();
    await accepted({ requires: ['gpu'] });
    await eventually(() => expect(told).toBe(1));
    const claim = await take(['gpu']);
    await ports.scheduler.handBack(claim ?? { id: '', nonce: '' }, { delayMs: 0, failed: false });
    await eventually(() => expect(told).toBe(2));
  });

  test('bounds the number of lanes in which one tenant waits', async () => {
    for (let i = 0; i < 16; i++) await accepted({ requires: [`tag${i}`] });
    const further = sampleExecution({ request: sampleRequest({ requires: ['tag99'] }) });
    expect(await ports.store.create(further)).toEqual({ kind: 'too_many_lanes', lanes: 16 });
    await accepted({ requires: ['tag3'] });
    await accepted({ tenant: 'other', requires: ['tag99'] });
    await accepted();
  });

  test('tells how many are served before one, of its own tenant and of others', async () => {
    const flood = await many(10, { tenant: 'flood' });
    const mine = await many(3, { tenant: 'mine' });
    const ahead = async (id?: string): Promise<unknown> => ports.scheduler.place(id ?? '');
    expect(await ahead(flood[0])).toMatchObject({ ahead: 0, ownAhead: 0, meanRunMs: null, maxRunning: null });
    expect(await ahead(mine[0])).toMatchObject({ ahead: 1, ownAhead: 0 });
    expect(await ahead(mine[2])).toMatchObject({ ahead: 5, ownAhead: 2 });
    expect(await ahead(flood[9])).toMatchObject({ ahead: 12, ownAhead: 9 });
    const order = await takeIds(13);
    expect(order.indexOf(mine[2])).toBe(5);
    expect(order.indexOf(flood[9])).toBe(12);
  });

  test('tells nothing of one that does not wait, and the mean run time once something has run', async () => {
    await accepted({ maxRunning: 3 });
    await runToEnd(await take());
    const id = await accepted({ maxRunning: 3 });
    expect(await ports.scheduler.place(id)).toMatchObject({ ahead: 0, meanRunMs: expect.any(Number), maxRunning: 3 });
    await ports.store.cancel(id, 'acme');
    expect(await ports.scheduler.place(id)).toBeNull();
    expect(await ports.scheduler.place('exec_00000000000000000000000000')).toBeNull();
  });

  test('drops what is cancelled or withdrawn while it waits', async () => {
    const [cancelled, withdrawn, left] = await many(3, {});
    await ports.store.cancel(cancelled ?? '', 'acme');
    await ports.store.withdraw(withdrawn ?? '');
    expect(await takeIds(2)).toEqual([left, undefined]);
  });

  test('drops what is cancelled after it was claimed', async () => {
    const id = await accepted();
    const claim = await take();
    expect(await ports.store.cancel(id, 'acme')).toMatchObject({ status: 'cancelled' });
    expect(await start(claim ?? { id: '', nonce: '' })).toBe('gone');
    expect(await ports.scheduler.handBack(claim ?? { id: '', nonce: '' }, { delayMs: 0, failed: false })).toBe(false);
    expect(await ports.scheduler.reclaim(10, 4)).toEqual({ handedBack: 0, spent: [] });
  });
});
