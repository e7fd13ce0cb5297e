import {
  AppError,
  isTerminal,
  type ExecutionEvent,
  type JobRecord,
  type NewEvent,
  type Status,
  type TerminalStatus,
} from '@gantry/contracts';
import { isRunning, type Entry } from './memory-job-entry.js';
import { MemoryOffers } from './memory-offers.js';
import type { MemoryTenantStorage } from './memory-tenant-storage.js';
import type {
  AttemptStore,
  Clock,
  EndWatch,
  EventLog,
  JobPage,
  LastEvents,
  JobStore,
  LossOutcome,
  StartOutcome,
  Unstarted,
} from '../ports/index.js';

/** Record and event log in memory: the three ports that share one truth, with the same rules as the real ones. */
export class MemoryJobs<Request, Result extends { status: TerminalStatus }>
  extends MemoryOffers<Request, Result>
  implements JobStore<Request, Result>, AttemptStore<Request, Result>, EventLog
{
  readonly #cancelled: Result;
  readonly #changes = new Set<() => void>();
  readonly #cancelListeners = new Set<(id: string) => void>();

  /** @param cancelled how one ends that was cancelled before it started */
  constructor(clock: Clock, cancelled: Result, rooms?: MemoryTenantStorage) {
    super(clock, rooms);
    this.#cancelled = cancelled;
  }

  get(id: string, tenant: string): Promise<JobRecord<Request, Result> | null> {
    const record = this.entries.get(id)?.record;
    return Promise.resolve(record?.tenant === tenant ? structuredClone(record) : null);
  }

  async getBounded(
    id: string,
    tenant: string,
    maxOutputBytes: number,
  ): Promise<{ record: JobRecord<Request, Result>; complete: boolean } | null> {
    const record = await this.get(id, tenant);
    const { stdout } = (record?.result ?? {}) as { stdout?: { text: string } };
    const complete = stdout === undefined || stdout.text.length <= maxOutputBytes;
    if (!complete) stdout.text = '';
    return record && { record, complete };
  }

  list(
    tenant: string,
    page: { limit: number; cursor: string | null; status: Status | null },
  ): Promise<JobPage<Request, Result>> {
    const mine = [...this.entries.values()]
      .filter((entry) => entry.accepted && entry.record.tenant === tenant)
      .map((entry) => entry.record);
    mine.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
    const from = page.cursor === null ? 0 : mine.findIndex((record) => record.id === page.cursor) + 1;
    const fitting = mine.slice(from).filter((record) => page.status === null || record.status === page.status);
    const records = fitting.slice(0, page.limit);
    return Promise.resolve({
      records: structuredClone(records),
      nextCursor: fitting.length >= page.limit ? (records.at(-1)?.id ?? null) : null,
    });
  }

  cancel(id: string, tenant: string): Promise<JobRecord<Request, Result> | null> {
    const entry = this.entries.get(id);
    if (entry?.record.tenant !== tenant) return Promise.resolve(null);
    if (!entry.accepted) this.drop(entry);
    else if (entry.record.status === 'pending') {
      entry.record.cancelRequested = true;
      this.#end(entry, this.#cancelled, null);
    } else if (entry.record.status === 'running') {
      entry.record.cancelRequested = true;
      for (const listener of this.#cancelListeners) listener(id);
    }
    return this.get(id, tenant);
  }

  load(id: string): Promise<JobRecord<Request, Result> | null> {
    return Promise.resolve(structuredClone(this.entries.get(id)?.record ?? null));
  }

  start(id: string, claim: { worker: string; nonce: string; leaseMs: number }): Promise<StartOutcome> {
    const entry = this.entries.get(id);
    if (!entry) return Promise.resolve({ kind: 'gone' });
    const { record } = entry;
    if (!(record.status === 'running' && entry.nonce === claim.nonce)) {
      if (record.status !== 'pending') return Promise.resolve({ kind: 'gone' });
      if (entry.claim && entry.claim.nonce !== claim.nonce) return Promise.resolve({ kind: 'gone' });
      if (!entry.accepted) return Promise.resolve({ kind: 'not_accepted' });
      this.onStarted(entry);
      Object.assign(record, {
        status: 'running',
        worker: claim.worker,
        attempt: record.attempt + 1,
        startedAt: this.clock.now(),
      });
      Object.assign(entry, { nonce: claim.nonce, leaseUntil: this.clock.now() + claim.leaseMs, wrote: 0 });
      this.#push(entry, { type: 'status', data: { status: 'running', attempt: record.attempt, worker: claim.worker } });
    }
    return Promise.resolve({
      kind: 'started',
      attempt: record.attempt,
      createdAt: record.createdAt,
      startedAt: record.startedAt ?? 0,
    });
  }

  renew(
    attempts: readonly { id: string; attempt: number }[],
    leaseMs: number,
  ): Promise<{ id: string; why: 'cancelled' | 'lost' }[]> {
    const stop: { id: string; why: 'cancelled' | 'lost' }[] = [];
    for (const { id, attempt } of attempts) {
      const entry = this.entries.get(id);
      if (!entry || !isRunning(entry, attempt)) stop.push({ id, why: 'lost' });
      else {
        entry.leaseUntil = this.clock.now() + leaseMs;
        if (entry.record.cancelRequested) stop.push({ id, why: 'cancelled' });
      }
    }
    return Promise.resolve(stop);
  }

  async finish(id: string, by: number | Unstarted | null, result: Result, last?: LastEvents): Promise<boolean> {
    const entry = this.entries.get(id);
    if (!entry) return false;
    const attempt = typeof by === 'number' ? by : null;
    const endedBy = by === null || typeof by === 'number' ? by : `claim:${by.claim ?? ''}`;
    if (isTerminal(entry.record.status)) return endedBy !== null && entry.endedBy === endedBy;
    if (!entry.accepted || (attempt !== null && !isRunning(entry, attempt))) return false;
    if (by !== null && typeof by !== 'number') {
      const other = by.claim !== null && entry.claim !== null && entry.claim.nonce !== by.claim;
      if (entry.record.status !== 'pending' || other) return false;
    }
    if (last && attempt !== null) await this.append({ id, attempt, offset: last.offset }, last.events);
    this.#end(entry, result, endedBy);
    return true;
  }

  lose(id: string, result: Result, attempt?: number): Promise<LossOutcome> {
    const entry = this.entries.get(id);
    if (entry?.record.status !== 'running') return Promise.resolve('kept');
    const held = attempt === undefined ? entry.leaseUntil > this.clock.now() : entry.record.attempt !== attempt;
    if (held) return Promise.resolve('kept');
    const retry = this.giveBack(entry);
    if (retry) for (const event of retry) this.#push(entry, event);
    else this.#end(entry, result, null);
    return Promise.resolve(retry ? 'again' : 'ended');
  }

  lapsed(max: number): Promise<string[]> {
    const now = this.clock.now();
    for (const entry of this.entries.values()) if (!entry.accepted && now > entry.deadline) this.drop(entry);
    const lapsed = [...this.entries.values()].filter(
      (entry) => entry.record.status === 'running' && entry.leaseUntil <= now,
    );
    return Promise.resolve(lapsed.slice(0, max).map((entry) => entry.record.id));
  }

  onCancel(callback: (id: string) => void): Promise<AsyncDisposable> {
    this.#cancelListeners.add(callback);
    return Promise.resolve({ [Symbol.asyncDispose]: async () => void this.#cancelListeners.delete(callback) });
  }

  append(writer: { id: string; attempt: number; offset: number }, events: readonly NewEvent[]): Promise<boolean> {
    const entry = this.entries.get(writer.id);
    if (!entry || !isRunning(entry, writer.attempt)) return Promise.resolve(false);
    for (const event of events.slice(Math.max(0, entry.wrote - writer.offset))) this.#push(entry, event);
    entry.wrote = Math.max(entry.wrote, writer.offset + events.length);
    return Promise.resolve(true);
  }

  async *read(id: string, after: number, signal: AbortSignal): AsyncIterable<ExecutionEvent[]> {
    for (let last = after; !signal.aborted;) {
      const entry = this.entries.get(id);
      if (!entry || last > entry.events.length)
        throw new AppError('history_gone', `The events of ${id} after number ${last} are not kept`);
      const events = entry.events.slice(last);
      if (events.length > 0) yield structuredClone(events);
      last += events.length;
      if (isTerminal(entry.record.status) && last === entry.events.length) return;
      if (events.length === 0) await this.#change(signal);
    }
  }

  recent(id: string, max: number): Promise<ExecutionEvent[]> {
    return Promise.resolve(structuredClone(this.entries.get(id)?.events.slice(-max) ?? []));
  }

  watchEnd(id: string): Promise<EndWatch> {
    return Promise.resolve({
      ended: async (timeoutMs, signal) => {
        const over = new AbortController();
        const giveUp = (): void => over.abort();
        const timer = setTimeout(giveUp, timeoutMs);
        signal.addEventListener('abort', giveUp);
        if (signal.aborted) giveUp();
        const isEnded = (): boolean => isTerminal(this.entries.get(id)?.record.status ?? 'pending');
        while (!isEnded() && !over.signal.aborted) await this.#change(over.signal);
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        return isEnded();
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  }

  protected override onAccepted(entry: Entry<Request, Result>): void {
    this.onLinedUp(entry);
    this.#push(entry, { type: 'status', data: { status: 'pending', attempt: 0 } });
  }

  protected override onWithdrawn(entry: Entry<Request, Result>): void {
    this.#end(entry, this.#cancelled, null);
  }

  /** For families whose jobs workers do not get in the order of a queue. */
  protected onLinedUp(_entry: Entry<Request, Result>): void {}
  protected onStarted(_entry: Entry<Request, Result>): void {}
  protected onEnded(_entry: Entry<Request, Result>): void {}
  /** With the output that was left to the log. */
  protected whole(_entry: Entry<Request, Result>, result: Result): Result {
    return result;
  }
  /** Lets a lost one wait for its next attempt, and says so; `null` when there is to be none. */
  protected giveBack(_entry: Entry<Request, Result>): NewEvent[] | null {
    return null;
  }

  #end(entry: Entry<Request, Result>, result: Result, endedBy: number | string | null): void {
    Object.assign(entry.record, {
      status: result.status,
      result: structuredClone(this.whole(entry, result)),
      finishedAt: this.clock.now(),
    });
    entry.endedBy = endedBy;
    this.letGo(entry.record);
    this.onEnded(entry);
    this.#push(entry, { type: 'result', data: {} });
  }

  #push(entry: Entry<Request, Result>, event: NewEvent): void {
    entry.events.push({ ...structuredClone(event), seq: entry.events.length + 1, at: this.clock.now() });
    for (const wake of [...this.#changes]) wake();
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#changes.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#changes.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }
}
