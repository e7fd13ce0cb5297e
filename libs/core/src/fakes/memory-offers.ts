import type { Clock, CreateOutcome, JobOffers, NewJob } from '../ports/index.js';
import { roomOfInputs } from '../tenant-room.js';
import { newEntry, type Entry } from './memory-job-entry.js';
import { MemoryTenantStorage } from './memory-tenant-storage.js';

/** How jobs come into a record in memory, with the same rules as the real one. */
export abstract class MemoryOffers<Request, Result> implements JobOffers<Request> {
  protected readonly entries = new Map<string, Entry<Request, Result>>();
  protected readonly clock: Clock;
  readonly #rooms: MemoryTenantStorage;

  constructor(clock: Clock, rooms: MemoryTenantStorage = new MemoryTenantStorage(clock)) {
    this.clock = clock;
    this.#rooms = rooms;
  }

  find(tenant: string, idempotencyKey: string): Promise<{ id: string; fingerprint: string } | null> {
    const same = this.#withKey(tenant, idempotencyKey);
    return Promise.resolve(same?.accepted ? { id: same.record.id, fingerprint: same.job.fingerprint } : null);
  }

  create(job: NewJob<Request>): Promise<CreateOutcome> {
    const { tenant, idempotencyKey } = job;
    const same = idempotencyKey === null ? undefined : this.#withKey(tenant, idempotencyKey);
    if (same && (same.accepted || this.clock.now() <= same.deadline)) {
      const offered = same.accepted ? {} : { offered: true as const };
      return Promise.resolve({ kind: 'existing', id: same.record.id, fingerprint: same.job.fingerprint, ...offered });
    }
    if (same) this.drop(same);
    const queued = [...this.entries.values()].filter((entry) => entry.record.status === 'pending');
    const mine = queued.filter((entry) => entry.record.tenant === tenant).length;
    if (mine >= job.maxQueuedPerTenant) return Promise.resolve({ kind: 'tenant_queue_full', queued: mine });
    if (queued.length >= job.maxQueued) return Promise.resolve({ kind: 'queue_full', queued: queued.length });
    const refusal = this.refusal(job) ?? this.#takeRoom(job);
    if (refusal) return Promise.resolve(refusal);
    this.entries.set(job.id, newEntry<Request, Result>(job, this.clock.now()));
    return Promise.resolve({ kind: 'created' });
  }

  prolong(id: string, ms: number): Promise<boolean> {
    const entry = this.entries.get(id);
    if (entry) entry.deadline = Math.max(entry.deadline, this.clock.now() + ms);
    return Promise.resolve(entry !== undefined);
  }

  accept(id: string): Promise<boolean> {
    const entry = this.entries.get(id);
    if (!entry) return Promise.resolve(false);
    if (!entry.accepted && this.clock.now() > entry.deadline) {
      this.drop(entry);
      return Promise.resolve(false);
    }
    if (!entry.accepted) {
      entry.accepted = true;
      this.onAccepted(entry);
    }
    return Promise.resolve(true);
  }

  withdraw(id: string): Promise<boolean> {
    const entry = this.entries.get(id);
    if (!entry) return Promise.resolve(true);
    if (!entry.accepted) this.drop(entry);
    else if (entry.record.status !== 'pending' || entry.job.idempotencyKey !== null) return Promise.resolve(false);
    else this.onWithdrawn(entry);
    return Promise.resolve(true);
  }

  /** An offer that is none any more. */
  protected drop({ record: { id, tenant } }: Entry<Request, Result>): void {
    this.entries.delete(id);
    this.letGo({ id, tenant });
  }

  /** The room of what came with it. */
  protected letGo({ id, tenant }: { id: string; tenant: string }): void {
    this.#rooms.releaseNow(tenant, roomOfInputs(id));
  }

  /** For families with bounds of their own. */
  protected refusal(_job: NewJob<Request>): CreateOutcome | null {
    return null;
  }

  protected abstract onAccepted(entry: Entry<Request, Result>): void;
  /** It was accepted, and nobody was told its id. */
  protected abstract onWithdrawn(entry: Entry<Request, Result>): void;

  #takeRoom({ id, tenant, room }: NewJob<Request>): CreateOutcome | null {
    if (!room) return null;
    const { held, current } = this.#rooms.holdNow({ tenant, entry: roomOfInputs(id), ...room });
    return held ? null : { kind: 'storage_quota_exceeded', current };
  }

  #withKey(tenant: string, idempotencyKey: string): Entry<Request, Result> | undefined {
    return [...this.entries.values()].find(
      ({ record, job }) => record.tenant === tenant && job.idempotencyKey === idempotencyKey,
    );
  }
}
