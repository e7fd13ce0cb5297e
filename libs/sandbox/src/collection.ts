import { AppError } from '@gantry/contracts';
import type { CollectOrder, CollectReport, CollectSink } from '@gantry/core';
import { violation } from './attributes.js';
import { parseArtifact, parseArtifactEnd, parseCollected, parseOmitted } from './collect-messages.js';
import { encodeFrame, INIT_FRAME, type InitFrame, WORKER_FRAME } from './frame-codec.js';
import { parseError } from './init-messages.js';
import type { StageContainer } from './stage-run.js';
import { collectFrame } from './worker-messages.js';

/** How long the init may be late with its own deadline, or with stopping, before the engine kills the container. */
const MARGIN_MS = 1000;
/** The store may take so much longer than the init: the init is not late while its files wait for somebody else. */
const SINK_MS = 15_000;
/** The init tells of no more. */
const MAX_OMITTED = 100;
/** Nothing lives that could change a file while it is read, so hardly any is ever given up. */
const MAX_GIVEN_UP = 100;

/** One collection in one container, from COLLECT to COLLECTED. The worker keeps the order's caps itself: the init's word is not enough. */
export class Collection {
  readonly #container: StageContainer;
  readonly #order: CollectOrder;
  readonly #sink: CollectSink;
  readonly #paths = new Set<string>();
  #file: { size: number; received: number } | null = null;
  #totalBytes = 0;
  #given = 0;
  #givenUp = 0;
  #omitted = 0;
  /** What is left of the time in which the init may let the worker wait. */
  #patienceMs: number;
  #over = false;

  constructor(container: StageContainer, order: CollectOrder, sink: CollectSink) {
    this.#container = container;
    this.#order = order;
    this.#sink = sink;
    this.#patienceMs = order.wallMs + MARGIN_MS;
  }

  async run(signal: AbortSignal): Promise<CollectReport> {
    const { connection } = this.#container.parts;
    let giveUp = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      giveUp = () => {
        void this.#container.kill();
        reject(new AppError('sandbox_failed', `Container ${this.#container.parts.id} gives no files`));
      };
    });
    // It may come while nobody waits for it yet.
    late.catch(() => undefined);
    let ceiling = setTimeout(giveUp, this.#order.wallMs + MARGIN_MS + SINK_MS);
    const stop = (): void => {
      void connection.send(encodeFrame(WORKER_FRAME.kill));
      clearTimeout(ceiling);
      ceiling = setTimeout(giveUp, MARGIN_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.race([this.#patiently(giveUp, () => connection.send(collectFrame(this.#order))), late]);
      if (signal.aborted) stop();
      return await Promise.race([this.#receive(giveUp), late]);
    } finally {
      this.#over = true;
      clearTimeout(ceiling);
      signal.removeEventListener('abort', stop);
    }
  }

  /** Waits for the init, and for nothing else. */
  async #patiently<T>(giveUp: () => void, waiting: () => Promise<T>): Promise<T> {
    const since = performance.now();
    const timer = setTimeout(() => !this.#over && giveUp(), this.#patienceMs);
    try {
      return await waiting();
    } finally {
      clearTimeout(timer);
      this.#patienceMs -= performance.now() - since;
    }
  }

  async #receive(giveUp: () => void): Promise<CollectReport> {
    const { id, connection } = this.#container.parts;
    for (;;) {
      const frame = await this.#patiently(giveUp, () => connection.next());
      if (frame === null || this.#over)
        throw new AppError('sandbox_failed', `Container ${id} ended while files were collected`);
      const taking = this.#take(frame);
      if (taking instanceof Promise) await taking;
      else if (taking) return taking;
    }
  }

  #take(frame: InitFrame): CollectReport | void | Promise<void> {
    switch (frame.type) {
      case INIT_FRAME.artifact:
        return this.#begin(frame.payload);
      case INIT_FRAME.artifactData:
        return this.#data(frame.payload);
      case INIT_FRAME.artifactEnd:
        return this.#end(frame.payload);
      case INIT_FRAME.omitted:
        return this.#omit(frame.payload);
      case INIT_FRAME.collected:
        return this.#finish(frame.payload);
      case INIT_FRAME.error: {
        const { code, text } = parseError(frame.payload);
        const ours = code === 'bad_frame' ? 'protocol_violation' : 'sandbox_failed';
        throw new AppError(ours, `The sandbox gave up: ${code}: ${text}`);
      }
      default:
        throw violation(`a frame of type ${frame.type} among files`);
    }
  }

  #begin(payload: Uint8Array): void | Promise<void> {
    const { path, size } = parseArtifact(payload);
    const { maxFiles, maxFileBytes, maxTotalBytes } = this.#order;
    if (this.#file) throw violation('a file begins inside another');
    if (this.#paths.has(path)) throw violation('a file comes twice');
    if (this.#given >= maxFiles) throw violation('more files than were asked for');
    if (size > maxFileBytes || size > maxTotalBytes - this.#totalBytes)
      throw violation('a file is larger than was asked for');
    this.#paths.add(path);
    this.#file = { size, received: 0 };
    return this.#sink.file(path, size);
  }

  #data(payload: Uint8Array): void | Promise<void> {
    const file = this.#mustHaveFile();
    file.received += payload.length;
    if (payload.length === 0 || file.received > file.size)
      throw violation('a file has not the size that was announced');
    return this.#sink.data(payload);
  }

  #end(payload: Uint8Array): void | Promise<void> {
    const file = this.#mustHaveFile();
    const given = parseArtifactEnd(payload);
    this.#file = null;
    if (given === 'complete') {
      if (file.received !== file.size) throw violation('a file has not the size that was announced');
      this.#given += 1;
      this.#totalBytes += file.size;
    } else if (++this.#givenUp > MAX_GIVEN_UP) throw violation('too many files are given up');
    return this.#sink.end(given);
  }

  #omit(payload: Uint8Array): void {
    const { path, reason } = parseOmitted(payload);
    if (this.#file) throw violation('an omission inside a file');
    if (++this.#omitted > MAX_OMITTED) throw violation('too many omissions');
    this.#sink.omitted(path, reason);
  }

  #finish(payload: Uint8Array): CollectReport {
    const { untold, reason } = parseCollected(payload);
    if (this.#file) throw violation('a file has no end');
    if (reason !== null) this.#sink.omitted('.', reason);
    return { omittedUntold: untold };
  }

  #mustHaveFile(): { size: number; received: number } {
    if (!this.#file) throw violation('bytes of no file');
    return this.#file;
  }
}
