import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Artifact } from '@gantry/contracts';
import type { BlobStore } from '@gantry/core';
import { pack, type Pack } from 'tar-stream';

/** Whoever unpacks it shall get files below the directory it is in, on any system, with names that a terminal can show. */
export function tarNames(paths: readonly string[]): string[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const plain = path.replace(/[\\:\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '_');
    let name = plain;
    for (let number = 2; taken.has(name); number++) name = `${plain}~${number}`;
    taken.add(name);
    return name;
  });
}

/**
 * All files as one archive, as fast as it is read; at most one piece of a blob waits. A blob that fails, or is not what it was, ends it with an
 * error before its end, so that nobody takes the archive for whole.
 */
export function tarOf(
  blobs: BlobStore,
  files: { artifacts: readonly Artifact[]; mtime: Date },
  signal: AbortSignal,
): Readable {
  const archive = pack();
  fill(archive, blobs, files, signal).catch((error: unknown) => archive.destroy(error as Error));
  return archive;
}

async function fill(
  archive: Pack,
  blobs: BlobStore,
  { artifacts, mtime }: { artifacts: readonly Artifact[]; mtime: Date },
  signal: AbortSignal,
): Promise<void> {
  const names = tarNames(artifacts.map(({ path }) => path));
  for (const [index, { sha256, size }] of artifacts.entries()) {
    const entry = archive.entry({ name: names[index] as string, size, mode: 0o644, mtime });
    // By hand: a pipeline destroys the entry when the blob fails, and the archive with it, before the error is told.
    for await (const piece of blobs.get(sha256, signal)) {
      if (!entry.write(piece)) await once(entry, 'drain', { signal });
    }
    // These streams may finish while `end` is still running.
    const finished = once(entry, 'finish', { signal });
    entry.end();
    await finished;
  }
  archive.finalize();
}
