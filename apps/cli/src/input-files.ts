import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ExecutionOrder } from '@gantry/client';
import { UsageError } from './cli-error.js';
import { toReadError } from './read-source.js';
import type { Session } from './session.js';

export type InputFile = NonNullable<ExecutionOrder['files']>[number];

/** A file of this machine and where it goes in the sandbox. */
export interface FileArgument {
  path: string;
  target: string;
  size: number;
  executable: boolean;
}

/** Requests are JSON: what is larger than this together goes as uploads of its own. */
const MAX_INLINE_BYTES = 1024 * 1024;

/** `path[:target]`: the target is relative to the working directory; by default the file's own name. */
export async function parseFileArgument(text: string): Promise<FileArgument> {
  const at = text.lastIndexOf(':');
  // A name may hold a colon itself: what is there as it stands has no target.
  const isWhole = at <= 0 || at === text.length - 1 || (await exists(text));
  const path = isWhole ? text : text.slice(0, at);
  const stats = await stat(path).catch((error: unknown) => {
    throw toReadError(path, error);
  });
  if (!stats.isFile()) throw new UsageError(`${path} is not a file. Give each file by a --file of its own.`);
  const target = isWhole ? basename(path) : text.slice(at + 1);
  return { path, target, size: stats.size, executable: (stats.mode & 0o111) !== 0 };
}

/** Hands the files over, small ones within the request; what was uploaded for it is deleted by `release`, for the execution has its own. */
export class InputFiles {
  readonly #session: Session;
  readonly #uploaded: string[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  async take(files: readonly FileArgument[]): Promise<InputFile[]> {
    const taken: InputFile[] = [];
    let inline = 0;
    for (const file of files) {
      inline += file.size;
      const mode = file.executable ? { mode: '0755' } : {};
      const source = inline <= MAX_INLINE_BYTES ? await inlineContent(file.path) : await this.#upload(file);
      taken.push({ path: file.target, ...source, ...mode });
    }
    return taken;
  }

  /** Never fails: what stays behind expires. */
  async release(): Promise<void> {
    for (const id of this.#uploaded.splice(0)) await this.#session.client.deleteFile(id).catch(() => undefined);
  }

  async #upload({ path, size }: FileArgument): Promise<{ file_id: string }> {
    const content = (): AsyncIterable<Uint8Array> => createReadStream(path);
    const { file_id } = await this.#session.client.uploadFile({ filename: basename(path), content, size });
    this.#uploaded.push(file_id);
    return { file_id };
  }
}

/** Text as text, for people who look at requests; anything else as base64. */
export async function inlineContent(path: string): Promise<{ content: string; encoding?: 'base64' }> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw toReadError(path, error);
  });
  try {
    return { content: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { content: bytes.toString('base64'), encoding: 'base64' };
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
