import type { NewEvent, OutputStream, Usage } from '@gantry/contracts';
import { CodePointCutter, type CutPiece } from './code-point-cutter.js';
import type { Clock, EventLog, LastEvents } from './ports/index.js';
import { encodeOutput } from './utf8.js';

/** Largest piece of output in one event. */
const MAX_EVENT_BYTES = 64 * 1024;
/** Under load events leave in batches this far apart. */
const BATCH_EVERY_MS = 50;
/** What is left at the end is written together with it, unless it is more than this. */
const LAST_BYTES = 64 * 1024;
/** More than this waiting leaves without delay … */
const EAGER_BYTES = 1024 * 1024;
/** … and more than this holds the program back. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;

/** One script must not hold the store for long. */
const MAX_BATCH_EVENTS = 1000;
/** Build steps may be made up by what a build prints. */
const MAX_PROGRESS_EVENTS = 500;
/** A container that tells its usage without end is heard once a second. */
const USAGE_EVERY_MS = 950;
/** An event costs more than its text: many tiny ones of alternating streams must hit the high-water mark too. */
const EVENT_COST_BYTES = 64;

interface Pending {
  stream: OutputStream;
  chunks: Uint8Array[];
  bytes: number;
  droppedBefore: number;
}

/**
 * Turns output into events of the log: in order, never split inside a code point, coalesced under load, bounded in memory.
 * Once the log refuses (stale attempt) or breaks, everything after is thrown away: the result is what counts.
 */
export class EventWriter {
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #writer: { id: string; attempt: number };
  readonly #cutters = { stdout: new CodePointCutter(MAX_EVENT_BYTES), stderr: new CodePointCutter(MAX_EVENT_BYTES) };
  #pending: (Pending | NewEvent)[] = [];
  #pendingBytes = 0;
  #offset = 0;
  #lastFlushAt = -Infinity;
  #flushing: Promise<void> | null = null;
  #refused = false;
  #progressEvents = 0;
  #usageAt = -Infinity;
  #closing = false;
  /** What may be left to be written with the end. */
  #keepBytes = 0;
  #hurry: (() => void) | null = null;
  #roomWaiters: (() => void)[] = [];

  constructor(log: EventLog, clock: Clock, writer: { id: string; attempt: number }) {
    this.#log = log;
    this.#clock = clock;
    this.#writer = writer;
  }

  /** The returned promise, if any, settles when there is room again. */
  write(stream: OutputStream, bytes: Uint8Array): Promise<void> | undefined {
    this.#enqueue(stream, this.#cutters[stream].push(bytes));
    if (this.#pendingBytes >= EAGER_BYTES) this.#hurry?.();
    if (this.#pendingBytes < HIGH_WATER_BYTES) return undefined;
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  gap(stream: OutputStream, bytes: number): void {
    this.#cutters[stream].gap(bytes);
  }

  /** Tells people what is done now, in its place among the output. */
  progress(message: string, percent?: number): void {
    if (this.#refused || ++this.#progressEvents > MAX_PROGRESS_EVENTS) return;
    this.#pending.push({ type: 'progress', data: { message, ...(percent === undefined ? {} : { percent }) } });
    this.#pendingBytes += message.length + EVENT_COST_BYTES;
    this.#flushing ??= this.#flushAll();
  }

  /** Tells what has been used until now, once a second at most. */
  usage(usage: Usage): void {
    const now = this.#clock.monotonic();
    if (this.#refused || this.#closing || now - this.#usageAt < USAGE_EVERY_MS) return;
    this.#usageAt = now;
    this.#pending.push({ type: 'usage', data: usage });
    this.#pendingBytes += EVENT_COST_BYTES;
    this.#flushing ??= this.#flushAll();
  }

  /** Resolves when all that was written is in the log (or refused by it). */
  async close(): Promise<void> {
    await this.#end(0);
  }

  /** As `close`, but for a last bit that the caller writes together with the end. */
  async closeForEnd(): Promise<LastEvents> {
    await this.#end(LAST_BYTES);
    const last = { offset: this.#offset, events: this.#pending.map(toEvent), complete: !this.#refused };
    this.#pending = [];
    return last;
  }

  async #end(keepBytes: number): Promise<void> {
    this.#keepBytes = keepBytes;
    this.#closing = true;
    this.#enqueue('stdout', this.#cutters.stdout.end());
    this.#enqueue('stderr', this.#cutters.stderr.end());
    this.#hurry?.();
    await this.#flushing;
  }

  #enqueue(stream: OutputStream, pieces: readonly CutPiece[]): void {
    if (this.#refused) return;
    for (const { bytes, droppedBefore } of pieces) {
      const last = this.#pending.at(-1);
      if (
        last &&
        'chunks' in last &&
        last.stream === stream &&
        droppedBefore === 0 &&
        last.bytes + bytes.length <= MAX_EVENT_BYTES
      ) {
        last.chunks.push(bytes);
        last.bytes += bytes.length;
      } else this.#pending.push({ stream, chunks: [bytes], bytes: bytes.length, droppedBefore });
      this.#pendingBytes += bytes.length + EVENT_COST_BYTES;
    }
    if (this.#pending.length > 0) this.#flushing ??= this.#flushAll();
  }

  async #flushAll(): Promise<void> {
    while (this.#pending.length > 0 && !this.#isLast()) {
      const sinceLastMs = this.#clock.monotonic() - this.#lastFlushAt;
      if (this.#pendingBytes < EAGER_BYTES && !this.#closing) await this.#delay(BATCH_EVERY_MS - sinceLastMs);
      if (this.#isLast()) break;
      const batch = this.#pending.splice(0, MAX_BATCH_EVENTS);
      this.#pendingBytes = this.#pending.reduce((sum, pending) => sum + costOf(pending), 0);
      this.#lastFlushAt = this.#clock.monotonic();
      await this.#append(batch.map(toEvent));
      for (const resolve of this.#roomWaiters.splice(0)) resolve();
    }
    this.#flushing = null;
  }

  #isLast(): boolean {
    return this.#closing && this.#pendingBytes <= this.#keepBytes;
  }

  async #append(events: NewEvent[]): Promise<void> {
    const offset = this.#offset;
    this.#offset += events.length;
    try {
      if (await this.#log.append({ ...this.#writer, offset }, events)) return;
    } catch {
      // Without its log the execution still has its result; the writer of the result tells what is broken.
    }
    this.#refused = true;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        if (ms > 0) clearTimeout(timer as NodeJS.Timeout);
        this.#hurry = null;
        resolve();
      };
      // After a pause the first ones leave as soon as all that has come is looked at: it may have the end, to be written together.
      const timer = ms > 0 ? setTimeout(done, ms) : setImmediate(done);
      this.#hurry = done;
    });
  }
}

function costOf(pending: Pending | NewEvent): number {
  const bytes = 'chunks' in pending ? pending.bytes : JSON.stringify(pending.data).length;
  return bytes + EVENT_COST_BYTES;
}

function toEvent(pending: Pending | NewEvent): NewEvent {
  if (!('chunks' in pending)) return pending;
  const bytes = pending.chunks.length === 1 ? (pending.chunks[0] as Uint8Array) : Buffer.concat(pending.chunks);
  const dropped = pending.droppedBefore > 0 ? { droppedBytes: pending.droppedBefore } : {};
  return { type: pending.stream, data: { ...encodeOutput(bytes), ...dropped } };
}
