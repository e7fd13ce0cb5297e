import { AppError, type Artifact, type OmissionReason, type OmittedArtifact } from '@gantry/contracts';
import type { CollectDeps } from './collect-artifacts.js';
import { mediaTypeOf } from './media-type.js';
import { PieceFeed } from './piece-feed.js';
import type { CollectSink } from './ports/index.js';
import { roomOfArtifacts } from './tenant-room.js';

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
  readonly #owner: { id: string; tenant: string };
  readonly #kept: { at: number; artifact: Artifact }[] = [];
  readonly #omitted: OmittedArtifact[] = [];
  readonly #pending = new Map<Promise<void>, string>();
  #begun = 0;
  /** What was granted. */
  #room = 0;
  #roomTurn: Promise<unknown> = Promise.resolve();
  #file: OpenFile | null = null;

  constructor(deps: CollectDeps, owner: { id: string; tenant: string }) {
    this.#deps = deps;
    this.#owner = owner;
    this.#keepUntil = deps.clock.now() + deps.artifacts.keepMs + KEEP_MARGIN_MS;
  }

  file(path: string, size: number): void {
    const feed = size > WHOLE_BYTES ? new PieceFeed() : null;
    const put = feed && this.#put({ path, size }, feed).finally(() => feed.leave());
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
    if (!file.feed) this.#watch(file.path, this.#put(file, Buffer.concat(file.pieces, file.size)));
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
    await this.#settleRoom();
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
  async #put(
    { path, size: told }: Pick<OpenFile, 'path' | 'size'>,
    content: Uint8Array | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const at = this.#begun++;
    const { blobs, artifacts, logger } = this.#deps;
    try {
      if (!(await this.#takeRoom(told))) return this.omitted(path, 'storage_quota');
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

  /** False when it would be more than its tenant may keep. */
  #takeRoom(size: number): Promise<boolean> {
    // One after the other: each asks for all that was granted before, and its own.
    const taken = this.#roomTurn.then(async () => {
      const { held } = await this.#hold(this.#room + size);
      if (held) this.#room += size;
      return held;
    });
    this.#roomTurn = taken.catch(() => undefined);
    return taken;
  }

  /** What did not get into the store takes no room. */
  async #settleRoom(): Promise<void> {
    const bytes = this.#kept.reduce((sum, { artifact }) => sum + artifact.size, 0);
    if (bytes === this.#room) return;
    const { storage, logger } = this.#deps;
    const { id, tenant } = this.#owner;
    const settled = bytes > 0 ? this.#hold(bytes) : storage.release(tenant, roomOfArtifacts(id));
    await Promise.resolve(settled).catch((error: unknown) =>
      logger.debug({ err: error, executionId: id }, 'room of artifacts left to expire'),
    );
  }

  #hold(bytes: number): Promise<{ held: boolean }> {
    const { id, tenant } = this.#owner;
    const cap = { ofExecution: id };
    return this.#deps.storage.hold({ tenant, entry: roomOfArtifacts(id), bytes, until: this.#keepUntil, cap });
  }
}

/** Tells the store to forget a file; it is nobody's error. */
class GivenUp extends Error {}
