import { AppError, type Artifact, type OmissionReason, type OmittedArtifact } from '@gantry/contracts';
import type { CollectDeps } from './collect-artifacts.js';
import { mediaTypeOf } from './media-type.js';
import { PieceFeed } from './piece-feed.js';
import type { CollectSink } from './ports/index.js';

/** Files up to this are put as a whole, several at once; larger ones one at a time, as they come. */
const WHOLE_BYTES = 256 * 1024;
const PUTS_AT_ONCE = 8;
/** The record expires some moments after the artifacts were kept, by another clock. */
const KEEP_MARGIN_MS = 300_000;

interface OpenFile {
  path: string;
  size: number;
  pieces: Uint8Array[];
  /** For a large file; else null. */
  feed: PieceFeed | null;
  /** Of a large file. */
  put: Promise<void> | null;
}

/** Puts what comes out of a sandbox into the blob store. A store that fails costs the file, and nothing else. */
export class ArtifactKeeper implements CollectSink {
  readonly #deps: CollectDeps;
  readonly #keepUntil: number;
  readonly #kept: { at: number; artifact: Artifact }[] = [];
  readonly #omitted: OmittedArtifact[] = [];
  readonly #pending = new Map<Promise<void>, string>();
  #begun = 0;
  #file: OpenFile | null = null;

  constructor(deps: CollectDeps) {
    this.#deps = deps;
    this.#keepUntil = deps.clock.now() + deps.artifacts.keepMs + KEEP_MARGIN_MS;
  }

  file(path: string, size: number): void {
    const feed = size > WHOLE_BYTES ? new PieceFeed() : null;
    const put = feed && this.#put(path, feed).finally(() => feed.leave());
    if (put) this.#watch(path, put);
    this.#file = { path, size, pieces: [], feed, put };
  }

  data(bytes: Uint8Array): void | Promise<void> {
    const file = this.#file as OpenFile;
    if (file.feed) return file.feed.push(bytes);
    file.pieces.push(bytes);
  }

  async end(given: 'complete' | OmissionReason): Promise<void> {
    const file = this.#file as OpenFile;
    this.#file = null;
    if (given !== 'complete') return this.#giveUp(file, given);
    file.feed?.end();
    if (!file.feed) this.#watch(file.path, this.#put(file.path, Buffer.concat(file.pieces, file.size)));
    else await file.put;
    while (this.#pending.size >= PUTS_AT_ONCE) await Promise.race(this.#pending.keys());
  }

  omitted(path: string, reason: OmissionReason): void {
    this.#omitted.push({ path, reason });
  }

  /** The sandbox gives no more: a file that was under way is lost. */
  abandon(reason: OmissionReason): void {
    const file = this.#file;
    this.#file = null;
    if (file) this.#giveUp(file, reason);
  }

  /** What is kept, in the order in which it came. What the store has not taken by then is left out. */
  async settle(ms: number): Promise<{ artifacts: Artifact[]; artifactsOmitted: OmittedArtifact[] }> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([Promise.all(this.#pending.keys()), late]);
    clearTimeout(timer);
    for (const path of this.#pending.values()) this.omitted(path, 'store_unavailable');
    const inOrder = [...this.#kept].sort((a, b) => a.at - b.at);
    return { artifacts: inOrder.map(({ artifact }) => artifact), artifactsOmitted: [...this.#omitted] };
  }

  #giveUp(file: OpenFile, reason: OmissionReason): void {
    this.omitted(file.path, reason);
    file.feed?.end(new GivenUp());
    if (file.put) this.#pending.delete(file.put);
  }

  #watch(path: string, put: Promise<void>): void {
    this.#pending.set(put, path);
    void put.finally(() => this.#pending.delete(put));
  }

  /** Never rejects. */
  async #put(path: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    const at = this.#begun++;
    const { blobs, artifacts, logger } = this.#deps;
    try {
      const options = { maxBytes: artifacts.maxFileBytes, keepUntil: this.#keepUntil };
      const { sha256, size } = await blobs.put(content, options);
      this.#kept.push({ at, artifact: { path, size, sha256, mediaType: mediaTypeOf(path) } });
    } catch (error) {
      if (error instanceof GivenUp) return;
      const full = error instanceof AppError && error.code === 'storage_full';
      this.omitted(path, full ? 'store_full' : 'store_unavailable');
      if (!full) logger.warn({ err: error }, 'an artifact could not be kept');
    }
  }
}

/** Tells the store to forget a file; it is nobody's error. */
class GivenUp extends Error {}
