import {
  AppError,
  isTerminal,
  type EventType,
  type ExecutionEvent,
  type NewEvent,
  type Status,
} from '@gantry/contracts';
import type { EndWatch, EventLog } from '@gantry/core';
import type { Redis } from 'ioredis';
import type { ChannelSubscriber } from './channel-subscriber.js';
import { FIRST_BATCH, nextBatchSize } from './batch-size.js';
import { keysFor, type Keys } from './keys.js';
import { answered } from './redis-connection.js';
import { runScriptPatiently } from './patient-script.js';
import { APPEND } from './scripts/worker-scripts.js';
import { EndAnnouncements } from './end-announcements.js';
import { Wakeup } from './wakeup.js';

export type EventsWritten = (events: number, bytes: number) => void;

export interface EventLogOptions {
  redis: Redis;
  subscriber: ChannelSubscriber;
  deployment: string;
  /** Of the family whose events these are; `null` = executions. */
  space?: string | null;
  /** Kept bytes of one execution's log; past that the oldest events go. */
  maxBytes: number;
  /** Told of what was appended, for metrics. */
  onWritten?: EventsWritten;
}

type OutputData = (NewEvent & { type: 'stdout' })['data'];

/** A look without being called, should news get lost on the way. */
const LOOK_EVERY_MS = 5000;

export class RedisEventLog implements EventLog {
  readonly #redis: Redis;
  readonly #subscriber: ChannelSubscriber;
  readonly #keys: Keys;
  readonly #maxBytes: number;
  readonly #onWritten: EventsWritten | undefined;
  readonly #ends: EndAnnouncements;

  constructor(options: EventLogOptions) {
    this.#redis = options.redis;
    this.#subscriber = options.subscriber;
    this.#keys = keysFor(options.deployment, options.space);
    this.#maxBytes = options.maxBytes;
    this.#onWritten = options.onWritten;
    this.#ends = new EndAnnouncements(options.subscriber, this.#keys.endsChannel);
  }

  async append(writer: { id: string; attempt: number; offset: number }, events: readonly NewEvent[]): Promise<boolean> {
    const args: (string | number)[] = [writer.id, writer.attempt, this.#maxBytes, writer.offset];
    let bytes = 0;
    for (const event of events) {
      const data = JSON.stringify(event.data);
      bytes += Buffer.byteLength(data);
      args.push(event.type, data);
    }
    const written = (await runScriptPatiently(this.#redis, APPEND, this.#keys.prefix, args)) === 1;
    if (written) this.#onWritten?.(events.length, bytes);
    return written;
  }

  async *read(id: string, after: number, signal: AbortSignal): AsyncIterable<ExecutionEvent[]> {
    using wakeup = new Wakeup(signal);
    // Before the first look, so that nothing falls between.
    await using _listening = await answered(this.#subscriber.listen(this.#keys.liveChannel(id), () => wakeup.call()));
    let size = FIRST_BATCH;
    for (let last = after; !signal.aborted;) {
      wakeup.reset();
      const events = await this.#readBatch(id, last, size);
      const first = events[0];
      if (!first) {
        if (await this.#isComplete(id, last)) return;
        await wakeup.wait(LOOK_EVERY_MS);
        continue;
      }
      if (first.seq !== last + 1) throw gone(id, last);
      const givenAt = performance.now();
      yield events;
      size = nextBatchSize(size, events, performance.now() - givenAt);
      last += events.length;
      if (events.at(-1)?.type === 'result') return;
    }
  }

  async recent(id: string, max: number): Promise<ExecutionEvent[]> {
    const newestFirst = await answered(this.#redis.xrevrange(this.#keys.events(id), '+', '-', 'COUNT', max));
    return newestFirst.reverse().map(toEvent);
  }

  async watchEnd(id: string): Promise<EndWatch> {
    const ended = new Wakeup();
    await this.#ends.listen();
    const forget = this.#ends.watch(id, () => ended.call());
    return {
      ended: async (timeoutMs, signal) => {
        const called = await ended.wait(timeoutMs, signal);
        ended.reset();
        return called;
      },
      [Symbol.asyncDispose]: () => {
        ended[Symbol.dispose]();
        forget();
        return Promise.resolve();
      },
    };
  }

  async #readBatch(id: string, last: number, size: number): Promise<ExecutionEvent[]> {
    const entries = await answered(this.#redis.xrange(this.#keys.events(id), `(${last}-0`, '+', 'COUNT', size));
    return entries.map(toEvent);
  }

  /** Nothing after `last`: because it is all (true), because more is to come (false), or because it is gone (throws)? */
  async #isComplete(id: string, last: number): Promise<boolean> {
    const [seq, status] = await answered(this.#redis.hmget(this.#keys.record(id), 'seq', 'status'));
    if (seq == null || Number(seq) < last) throw gone(id, last);
    if (Number(seq) === last) return isTerminal(status as Status);
    // Written between the two looks: the next look finds it. Written and dropped: the log is trimmed or expired.
    if ((await answered(this.#redis.xlen(this.#keys.events(id)))) === 0) throw gone(id, last);
    return false;
  }
}

function toEvent([entryId, fields]: [string, string[]]): ExecutionEvent {
  const [, type, , at, , data] = fields as [string, EventType, string, string, string, string];
  const place = { seq: Number.parseInt(entryId, 10), at: Number(at) };
  if (type !== 'stdout' && type !== 'stderr') return { ...place, type, data: JSON.parse(data) as never };
  let parsed: OutputData | null = null;
  return {
    ...place,
    type,
    json: data,
    get data() {
      return (parsed ??= JSON.parse(data) as OutputData);
    },
  };
}

function gone(id: string, last: number): AppError {
  return new AppError('history_gone', `The events of ${id} after number ${last} are not kept`);
}
