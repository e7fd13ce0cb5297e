import {
  laneOf,
  unranResult,
  type ExecutionRequest,
  type ExecutionResult,
  type NewEvent,
  type QueuePlace,
} from '@gantry/contracts';
import type { Claim, Clock, CreateOutcome, NewExecution, Scheduler, Taken } from '../ports/index.js';
import { ReplayedOutput } from '../replayed-output.js';
import type { Entry } from './memory-job-entry.js';
import { MemoryJobs } from './memory-jobs.js';
import { MemoryLanes } from './memory-lanes.js';
import type { MemoryTenantStorage } from './memory-tenant-storage.js';
import { tooManyLanes } from '../too-many-lanes.js';

const MAX_LANES_PER_TENANT = 16;

type ExecutionEntry = Entry<ExecutionRequest, ExecutionResult>;

/** Executions in memory, and whose turn it is: with the same rules as the real ones. */
export class MemoryExecutions extends MemoryJobs<ExecutionRequest, ExecutionResult> implements Scheduler {
  /** Told when so many can be taken for which there are no tokens in the queue. */
  onOwed: ((tokens: number) => void) | null = null;
  readonly #lanes = new MemoryLanes((tenant) => this.#freePlaces(tenant) <= 0);
  readonly #caps = new Map<string, number>();
  readonly #running = new Map<string, Set<string>>();
  readonly #tagged = new Set<() => void>();
  #places = 0;
  #burnt = 0;

  constructor(clock: Clock, rooms?: MemoryTenantStorage) {
    super(clock, unranResult('cancelled', 'cancelled', 'Cancelled before it started'), rooms);
  }

  override accept(id: string): Promise<boolean> {
    const entry = this.entries.get(id);
    if (!entry || entry.accepted || !this.#isOneLaneTooMany(entry.job)) return super.accept(id);
    this.drop(entry);
    return Promise.reject(tooManyLanes(MAX_LANES_PER_TENANT));
  }

  take(claim: { worker: string; nonce: string; leaseMs: number; tags: readonly string[] }): Promise<Taken | null> {
    const { nonce, leaseMs, tags } = claim;
    const before = [...this.entries.values()].find((entry) => entry.claim?.nonce === nonce);
    if (before) return Promise.resolve(taken(before));
    this.#releaseHeld();
    const next = this.#lanes.next(tags);
    if (!next && tags.length === 0 && this.#lanes.takeable(() => Number.POSITIVE_INFINITY) > 0) this.#burnt++;
    const entry = next && this.entries.get(next.id);
    if (!entry) return Promise.resolve(null);
    entry.claim = { nonce, until: this.clock.now() + leaseMs, tag: next.tag };
    this.#runningOf(entry.record.tenant).add(entry.record.id);
    return Promise.resolve(taken(entry));
  }

  keep(claims: readonly Claim[], leaseMs: number): Promise<string[]> {
    const lost: string[] = [];
    for (const { id, nonce } of claims) {
      const entry = this.entries.get(id);
      if (entry?.claim?.nonce === nonce) entry.claim.until = this.clock.now() + leaseMs;
      else lost.push(id);
    }
    return Promise.resolve(lost);
  }

  handBack({ id, nonce }: Claim, how: { delayMs: number; failed: boolean }): Promise<boolean> {
    const entry = this.entries.get(id);
    if (entry?.claim?.nonce !== nonce) return Promise.resolve(false);
    if (how.failed) entry.failures++;
    this.#handBack(entry, how.delayMs);
    return Promise.resolve(true);
  }

  reclaim(max: number, maxFailures: number): Promise<{ handedBack: number; spent: string[] }> {
    const now = this.clock.now();
    const lapsed = [...this.entries.values()].filter(({ claim }) => claim && claim.until <= now).slice(0, max);
    const spent: string[] = [];
    for (const entry of lapsed) {
      if (++entry.failures < maxFailures) this.#handBack(entry, 0);
      else spent.push(entry.record.id);
    }
    return Promise.resolve({ handedBack: lapsed.length - spent.length, spent });
  }

  takeable(): Promise<number> {
    this.#releaseHeld();
    return Promise.resolve(this.#lanes.takeable((tenant) => this.#freePlaces(tenant)));
  }

  place(id: string): Promise<QueuePlace | null> {
    const entry = this.entries.get(id);
    if (!entry || !isWaiting(entry)) return Promise.resolve(null);
    const { tenant } = entry.record;
    const place = this.#lanes.place({ id, tenant, lane: laneOfEntry(entry) }) ?? { ahead: 0, ownAhead: 0 };
    return Promise.resolve({ ...place, meanRunMs: this.#meanRunMs(), maxRunning: this.#caps.get(tenant) ?? null });
  }

  onTagged(callback: () => void): Promise<AsyncDisposable> {
    this.#tagged.add(callback);
    return Promise.resolve({ [Symbol.asyncDispose]: async () => void this.#tagged.delete(callback) });
  }

  protected override refusal(job: NewExecution): CreateOutcome | null {
    return this.#isOneLaneTooMany(job) ? { kind: 'too_many_lanes', lanes: MAX_LANES_PER_TENANT } : null;
  }

  protected override onLinedUp(entry: ExecutionEntry): void {
    const { record, job } = entry;
    if (job.maxRunning == null) this.#caps.delete(record.tenant);
    else this.#caps.set(record.tenant, job.maxRunning);
    entry.place = (9 - record.request.priority) * 2 ** 44 + ++this.#places;
    this.#enter(entry);
  }

  protected override onStarted(entry: ExecutionEntry): void {
    this.#lanes.leave(entry.record.id);
    entry.claim = null;
    entry.heldUntil = null;
    this.#runningOf(entry.record.tenant).add(entry.record.id);
  }

  protected override onEnded(entry: ExecutionEntry): void {
    this.#lanes.leave(entry.record.id);
    entry.claim = null;
    entry.heldUntil = null;
    this.#freePlace(entry);
  }

  protected override whole({ events }: ExecutionEntry, result: ExecutionResult): ExecutionResult {
    const streams = (['stdout', 'stderr'] as const).filter((stream) => result[stream].logged === true);
    const replayed = new ReplayedOutput(streams);
    for (const event of events) replayed.take(event);
    return { ...result, ...replayed.texts() };
  }

  protected override giveBack(entry: ExecutionEntry): NewEvent[] | null {
    const { record } = entry;
    const { attempt } = record;
    const attempts = 1 + record.request.retryOnWorkerLost;
    if (record.cancelRequested || attempt >= attempts) return null;
    Object.assign(record, { status: 'pending', worker: null, startedAt: null });
    Object.assign(entry, { nonce: '', failures: 0 });
    this.#enter(entry);
    this.#freePlace(entry);
    if (laneOfEntry(entry) === '') this.onOwed?.(1);
    const message = `worker lost, trying again (attempt ${attempt + 1} of ${attempts})`;
    return [
      { type: 'status', data: { status: 'pending', attempt } },
      { type: 'progress', data: { message } },
    ];
  }

  #isOneLaneTooMany({ tenant, request }: Pick<NewExecution, 'tenant' | 'request'>): boolean {
    const mine = [...this.entries.values()].filter(({ record }) => record.tenant === tenant);
    const lanes = new Set(mine.filter(isWaiting).map(laneOfEntry));
    const lane = laneOf(request.requires);
    return lane !== '' && !lanes.has(lane) && lanes.size >= MAX_LANES_PER_TENANT;
  }

  #enter(entry: ExecutionEntry, back?: number): void {
    const { id, tenant } = entry.record;
    const lane = laneOfEntry(entry);
    this.#lanes.enter({ id, tenant, lane, place: entry.place }, back);
    if (lane !== '') for (const tell of [...this.#tagged]) tell();
  }

  #handBack(entry: ExecutionEntry, delayMs: number): void {
    const tag = entry.claim?.tag ?? 0;
    entry.claim = null;
    if (delayMs > 0) entry.heldUntil = this.clock.now() + delayMs;
    else this.#enter(entry, tag);
    this.#freePlace(entry);
  }

  #releaseHeld(): void {
    for (const entry of this.entries.values()) {
      if (entry.heldUntil === null || entry.heldUntil > this.clock.now()) continue;
      entry.heldUntil = null;
      this.#enter(entry);
    }
  }

  #freePlace({ record: { id, tenant } }: ExecutionEntry): void {
    const before = this.#freePlaces(tenant);
    this.#runningOf(tenant).delete(id);
    const own = this.#lanes.takeable((other) => (other === tenant ? this.#freePlaces(tenant) : 0));
    const owed = before <= 0 ? Math.min(this.#burnt, own) : 0;
    this.#burnt -= owed;
    if (owed > 0) this.onOwed?.(owed);
  }

  #freePlaces(tenant: string): number {
    return (this.#caps.get(tenant) ?? Number.POSITIVE_INFINITY) - this.#runningOf(tenant).size;
  }

  #runningOf(tenant: string): Set<string> {
    let running = this.#running.get(tenant);
    if (!running) this.#running.set(tenant, (running = new Set()));
    return running;
  }

  #meanRunMs(): number | null {
    const times = [...this.entries.values()].flatMap(({ record: { startedAt, finishedAt } }) =>
      startedAt !== null && finishedAt !== null ? [finishedAt - startedAt] : [],
    );
    return times.reduce<number | null>((mean, time) => (mean === null ? time : mean * 0.8 + time * 0.2), null);
  }
}

function laneOfEntry({ record }: ExecutionEntry): string {
  return laneOf(record.request.requires);
}

function isWaiting({ accepted, record }: ExecutionEntry): boolean {
  return accepted && record.status === 'pending';
}

function taken({ record, failures }: ExecutionEntry): Taken {
  return { record: structuredClone(record), failedBefore: failures };
}
