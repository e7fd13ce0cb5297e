import { createHash } from 'node:crypto';
import { AppError } from '@gantry/contracts';

/** Passes the bytes on and throws `storage_unavailable` at their end when they are not the ones that were put. */
export async function* checkContent(sha256: string, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest('hex') !== sha256)
    throw new AppError('storage_unavailable', `The file store has damaged the content ${sha256}`);
}

export function gone(sha256: string): AppError {
  return new AppError('not_found', `The content ${sha256} is not kept any more`);
}
