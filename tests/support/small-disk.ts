import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CHUNK = Buffer.alloc(1024 * 1024);
const SMALLEST = 4096;
const TOP_UP_EVERY_MS = 100;

/** A file system of its own and of a fixed size, in memory, which can be filled to the last byte. Needs the right to mount. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string;
  #toppingUp: NodeJS.Timeout | null = null;
  #filling: Promise<void> = Promise.resolve();
  #file = 0;

  private constructor(path: string) {
    this.path = path;
  }

  /** @param path of a directory, which is made where it is missing */
  static async mount(path: string, bytes: number): Promise<SmallDisk> {
    await mkdir(path, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0711`, 'gantry-test', path]);
    return new SmallDisk(path);
  }

  /** From now on, until `free`, it is full: what others make free is taken as well. */
  async fill(): Promise<void> {
    await this.#take();
    this.#toppingUp ??= setInterval(() => {
      this.#filling = this.#filling.then(() => this.#take()).catch(() => undefined);
    }, TOP_UP_EVERY_MS);
  }

  async free(): Promise<void> {
    if (this.#toppingUp) clearInterval(this.#toppingUp);
    this.#toppingUp = null;
    await this.#filling;
    await rm(this.#filler, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.free();
    await run('umount', ['--lazy', this.path]).catch(() => undefined);
  }

  get #filler(): string {
    return join(this.path, '.filler');
  }

  async #take(): Promise<void> {
    await mkdir(this.#filler, { recursive: true }).catch(() => undefined);
    const file = await open(join(this.#filler, String(this.#file++)), 'w').catch(() => null);
    if (!file) return;
    try {
      for (let size = CHUNK.length; size >= SMALLEST; size /= 2) await writeAll(() => file.write(CHUNK, 0, size));
    } finally {
      await file.close();
    }
  }
}

/** Until there is no room for another one. */
async function writeAll(write: () => Promise<{ bytesWritten: number }>): Promise<void> {
  try {
    while ((await write()).bytesWritten > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
