import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { AppError, type BlobFile } from '@gantry/contracts';
import { type Pack, pack } from 'tar-stream';
import { CLIENT_FILES } from './custom-instructions.js';

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export interface ContextParts {
  dockerfile: string;
  certificates: readonly string[];
  files: readonly BlobFile[];
  readBlob(sha256: string): AsyncIterable<Uint8Array>;
}

/**
 * The certificates of a PEM text, one each, those that can be read and that are not public anyway. The file is often the machine's whole
 * bundle, and machines differ in that; images should not.
 */
export function certificatesOf(text: string | undefined): string[] {
  const own = [...new Set(text?.match(PEM) ?? [])].map((pem) => ({ pem, fingerprint: fingerprintOf(pem) }));
  if (own.length === 0) return [];
  const known = new Set(rootCertificates.map(fingerprintOf));
  return own.filter(({ fingerprint }) => fingerprint !== null && !known.has(fingerprint)).map(({ pem }) => pem);
}

function fingerprintOf(pem: string): string | null {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return null;
  }
}

/**
 * The build context as a tar stream, written as fast as it is read. It holds the Dockerfile, certificates and the client's files, and
 * no more. A blob that is gone or has another length destroys the stream.
 */
export function contextStream(parts: ContextParts): Readable {
  const tar = pack();
  fill(tar, parts).catch((error: unknown) => tar.destroy(error as Error));
  return tar;
}

async function fill(tar: Pack, parts: ContextParts): Promise<void> {
  const closed = new AbortController();
  tar.once('close', () => closed.abort(new Error('The build context is not read any more')));
  const { dockerfile, certificates, files } = parts;
  tar.entry({ name: 'Dockerfile' }, dockerfile);
  certificates.forEach((pem, index) => tar.entry({ name: `certificates/${index}.crt` }, `${pem}\n`));
  // So that `COPY . /app` has a source even when there are no files.
  tar.entry({ name: `${CLIENT_FILES}/`, type: 'directory', mode: 0o755 });
  for (const file of files) {
    closed.signal.throwIfAborted();
    await addFile({ tar, closed: closed.signal }, file, parts.readBlob(file.sha256));
  }
  tar.finalize();
}

/** A stream that nobody reads any more never drains: what waits for it must let go of the blob. */
async function addFile(
  { tar, closed }: { tar: Pack; closed: AbortSignal },
  { path, size, mode }: BlobFile,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const entry = tar.entry({ name: `${CLIENT_FILES}/${path}`, size, mode: mode & 0o777 });
  let written = 0;
  for await (const chunk of content) {
    closed.throwIfAborted();
    written += chunk.length;
    if (written > size) break;
    if (!entry.write(Buffer.from(chunk))) await once(entry, 'drain', { signal: closed });
  }
  if (written !== size) throw new AppError('storage_unavailable', `The file ${path} is not there any more as it was`);
  // Asked for before the end: a large file has finished by the time it returns.
  const finished = once(entry, 'finish', { signal: closed });
  entry.end();
  await finished;
}
