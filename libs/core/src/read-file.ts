import type { BlobStore, FileStore, StoredFile } from './ports/index.js';
import { encodeOutput } from './utf8.js';

/** What is told inside JSON; more is to be had as a stream. */
export const MAX_INLINE_CONTENT_BYTES = 1024 * 1024;

export interface FileContent {
  text: string;
  encoding: 'utf-8' | 'base64';
}

/** A file with its content as text, or as base64 of exactly its bytes; `content` is `null` when it is over 1 MiB. `null` = no such file. */
export async function readFile(
  deps: { files: FileStore; blobs: BlobStore },
  target: { tenant: string; id: string },
  signal: AbortSignal,
): Promise<{ file: StoredFile; content: FileContent | null } | null> {
  const file = await deps.files.get(target.tenant, target.id);
  if (!file) return null;
  if (file.size > MAX_INLINE_CONTENT_BYTES) return { file, content: null };
  return { file, content: encodeOutput(await bytesOf(deps.blobs, file.sha256, signal)) };
}

/** All of a blob. For what is known to be small. */
export async function bytesOf(blobs: BlobStore, sha256: string, signal: AbortSignal): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of blobs.get(sha256, signal)) pieces.push(piece);
  return Buffer.concat(pieces);
}
