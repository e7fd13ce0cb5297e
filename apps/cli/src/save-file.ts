import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Download } from '@gantry/client';
import { CliError } from './cli-error.js';
import { visible } from './format-values.js';

/**
 * Writes a download to a file of ours beside the target and then puts it in the target's place: what was there stays until all bytes have
 * come and are the right ones, and a link that was there is replaced, not followed.
 */
export async function saveDownload(download: Download, target: string): Promise<void> {
  const partial = join(dirname(target), `.gantry-${randomBytes(8).toString('hex')}.part`);
  try {
    await writePieces(download, partial);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw toFileError(error, target);
  }
}

async function writePieces(download: Download, path: string): Promise<void> {
  const hash = createHash('sha256');
  await using file = await open(path, 'wx', 0o666);
  for await (const piece of download) {
    hash.update(piece);
    // One write may take a part only.
    for (let at = 0; at < piece.length;) at += (await file.write(piece, at)).bytesWritten;
  }
  const got = hash.digest('hex');
  if (download.sha256 !== null && got !== download.sha256)
    throw new CliError(
      `What came is not what the service has: its SHA-256 is ${got}, not ${download.sha256}. Try again.`,
    );
}

/** Makes the directory that the person at the terminal has named; a link there is theirs to follow. */
export async function makeRoot(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw toFileError(error, path);
  });
}

/** Makes the directory below `root`, where it is missing, and returns its path. A link in the way is refused, for it may lead out. */
export async function makeDirectory(root: string, parts: readonly string[]): Promise<string> {
  let path = root;
  for (const part of parts) {
    path = join(path, part);
    await mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw toFileError(error, path);
    });
    const stat = await lstat(path);
    if (!stat.isDirectory()) {
      const what = stat.isSymbolicLink() ? 'a link' : 'no directory';
      throw new CliError(
        `${visible(path)} is ${what}, so nothing is written below it. Move it away, or use another directory.`,
      );
    }
  }
  return path;
}

function toFileError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const why = WHY[code];
  return why === undefined ? error : new CliError(`Cannot write ${visible(path)}: ${why}.`, { cause: error });
}

const WHY: Record<string, string> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EEXIST: 'there is something else of this name',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is no directory',
  ENOENT: 'its directory does not exist',
  ENAMETOOLONG: 'the name is too long',
};
