import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CliError } from './cli-error.js';
import type { Source } from './exec-plan.js';

/** The text of a source, exactly. Requests are JSON, so what is not UTF-8 can't be sent and is refused rather than changed. */
export async function readSource(source: Source, stdin: Readable): Promise<string> {
  switch (source.from) {
    case 'argument':
      return source.text;
    case 'file':
      return decode(await readBytes(source.path), source.path);
    case 'stdin':
      return decode(await readAll(stdin), 'Standard input');
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw toReadError(path, error);
  }
}

export function toReadError(path: string, error: unknown): CliError {
  return new CliError(`Cannot read ${path}: ${whyNot((error as NodeJS.ErrnoException).code)}.`, { cause: error });
}

function whyNot(code: string | undefined): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a directory';
    case 'EACCES':
      return 'no permission';
    default:
      return code ?? 'unknown reason';
  }
}

export async function readAll(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts);
}

function decode(bytes: Buffer, name: string): string {
  try {
    // A byte order mark is part of the text like any other character.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CliError(
      `${name} is not UTF-8 text, and nothing else can be sent. Encode it, for example as base64, and decode it in the program.`,
    );
  }
}
