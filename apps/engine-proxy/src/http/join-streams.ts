import type { Duplex } from 'node:stream';

/** One end, and what was read of it already. */
export interface End {
  stream: Duplex;
  first: Buffer;
}

/**
 * Lets each end hear the other, byte by byte as they come, held back by whoever is slower. When one has said all it has, so has the other, which
 * may go on speaking; when one breaks off, so does the other.
 */
export function joinStreams(client: End, engine: End): void {
  const near = client.stream;
  const far = engine.stream;
  for (const stream of [near, far]) stream.on('error', () => undefined);
  if (client.first.length > 0) far.write(client.first);
  if (engine.first.length > 0) near.write(engine.first);
  near.pipe(far);
  far.pipe(near);
  // The client has gone, or both have ended.
  near.once('close', () => far.destroy());
  far.once('close', () => {
    // What the engine said before its end is still on its way to a slow client; that it has ended the pipe has told it.
    if (!far.readableEnded) return void near.destroy();
    near.unpipe(far).resume();
  });
}
