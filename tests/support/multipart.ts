import { connect } from 'node:net';

export const BOUNDARY = 'gantry-test-boundary';
export const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;

export interface Part {
  /** Whole header lines, without their ends. */
  headers: string[];
  body: string | Uint8Array;
}

export const field = (name: string, value: string): Part => ({
  headers: [`Content-Disposition: form-data; name="${name}"`],
  body: value,
});

/** @param disposition what follows `name="file"; `, such as `filename="a.py"` */
export const filePart = (disposition: string, body: string | Uint8Array, ...more: string[]): Part => ({
  headers: [`Content-Disposition: form-data; name="file"; ${disposition}`, ...more],
  body,
});

/** A body of these parts; without the final boundary when `ended` is false. */
export function multipart(parts: readonly Part[], ended = true): Buffer {
  const all: Uint8Array[] = [];
  for (const { headers, body } of parts) {
    all.push(
      Buffer.from(`--${BOUNDARY}\r\n${headers.join('\r\n')}\r\n\r\n`),
      Buffer.from(body as string),
      Buffer.from('\r\n'),
    );
  }
  if (ended) all.push(Buffer.from(`--${BOUNDARY}--\r\n`));
  return Buffer.concat(all);
}

/** Sends the head of a request and a part of its body over a socket of its own, which the caller then breaks. */
export function beginUpload(
  url: string,
  contentLength: number,
  begun: Uint8Array,
  headers: Record<string, string>,
): Promise<{ destroy: () => void }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      const all = { host: hostname, 'content-type': MULTIPART, 'content-length': contentLength, ...headers };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
      socket.write(`POST /files/upload HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      socket.write(begun, () => resolve(socket));
    });
    socket.once('error', reject);
  });
}
