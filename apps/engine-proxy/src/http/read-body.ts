import type { IncomingMessage } from 'node:http';
import { tooLarge } from '../policy/refusal.js';

/** For a small body, from its head on. */
export const WITHIN_MS = 10_000;

/** The whole body of a request as text, if it is not larger and not slower than may be. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => request.destroy(), WITHIN_MS);
  try {
    // A body that is given up must not take the connection with it: the answer goes by that.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw tooLarge(`the body is larger than ${maxBytes} bytes`);
      chunks.push(chunk as Buffer);
    }
  } finally {
    clearTimeout(timer);
  }
  return new TextDecoder('utf-8', { fatal: false }).decode(Buffer.concat(chunks));
}
