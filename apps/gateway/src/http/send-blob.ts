import { once } from 'node:events';
import type { BlobStore } from '@gantry/core';
import type { Response } from 'express';

export interface SentBlob {
  sha256: string;
  size: number;
  mediaType: string;
  /** What it is called when it is saved. */
  filename: string;
}

/**
 * Sends a blob as a download, as fast as the client takes it. Whatever it holds, a browser neither shows nor runs it: attachment, no
 * guessing of types, and a sandbox of its own should it be opened all the same. Throws `not_found` before anything is sent.
 */
export async function sendBlob(
  blobs: BlobStore,
  blob: SentBlob,
  response: Response,
  signal: AbortSignal,
): Promise<void> {
  const pieces = blobs.get(blob.sha256, signal)[Symbol.asyncIterator]();
  try {
    let piece = await pieces.next();
    setHeaders(blob, response);
    if (response.req.method === 'HEAD') {
      response.end();
      return;
    }
    for (; piece.done !== true; piece = await pieces.next()) {
      if (!response.write(piece.value)) await once(response, 'drain', { signal });
    }
    response.end();
  } catch (error) {
    // Nobody is there to be told.
    if (!signal.aborted) throw error;
    response.destroy();
  } finally {
    await pieces.return?.();
  }
}

function setHeaders({ sha256, size, mediaType, filename }: SentBlob, response: Response): void {
  // Express would add a charset to it, which nobody knows.
  response.setHeader('Content-Type', mediaType);
  response.set({
    'Content-Length': String(size),
    'Content-Disposition': contentDisposition(filename),
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'private, no-store',
    ETag: `"${sha256}"`,
    'Repr-Digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
  });
}

/** RFC 6266: a name for old clients in plain ASCII, and the true one, encoded. */
export function contentDisposition(filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(filename).replace(
    /['()*!]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
