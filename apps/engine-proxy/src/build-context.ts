import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { extract, type Headers, pack, type Pack } from 'tar-stream';
import { ContextMeter } from './context-meter.js';
import { readCapped, TooLarge } from './engine-link.js';
import { dockerfileFault } from './policy/dockerfile.js';
import type { Policy } from './policy/policy.js';
import { forbidden, type Refusal } from './policy/refusal.js';

const MAX_DOCKERFILE_BYTES = 1024 * 1024;
const MAX_ENTRIES = 20_000;
const MAX_NAME_BYTES = 4096;
/** Beside the client's files: the Dockerfile and certificates. */
const OUR_OWN_BYTES = 4 * 1024 * 1024;

export interface CheckedContext {
  /** The same files as a tar of ours: one reader has read it, so there is no second meaning for the engine's. */
  content: Readable;
  dockerfile: string;
  /** What was found wrong on the way, if anything was; `content` breaks off then. */
  fault: () => Refusal | null;
}

/**
 * Reads the Dockerfile, which comes first, and then passes on certificates and the client's files as they come, with no more in memory than one
 * chunk. Throws `Refusal` at a Dockerfile that is not as our template writes it.
 */
export async function checkedContext(
  source: Readable,
  { deployment, builds }: Pick<Policy, 'deployment' | 'builds'>,
): Promise<CheckedContext> {
  const meter = new ContextMeter(builds.contextBytes + OUR_OWN_BYTES);
  const out = pack();
  // Else nothing would come out before somebody reads.
  const content = out.pipe(new PassThrough());
  let fault: Refusal | null = null;
  let entries = 0;
  let dockerfile = '';
  let begun = (): void => undefined;
  const hasBegun = new Promise<void>((resolve) => (begun = resolve));
  const stop = (error: unknown): void => {
    fault ??= toRefusal(error);
    source.unpipe(meter).resume();
    content.destroy(fault);
    begun();
  };
  const tar = extract();
  const take = async (header: Headers, body: Readable, next: () => void): Promise<void> => {
    try {
      meter.expect(sizeOf(header));
      if (entries === 1) dockerfile = await passDockerfile(out, header, body, deployment);
      else await passFile(out, header, body, entries);
      begun();
      next();
    } catch (error) {
      stop(error);
    }
  };
  tar.on('entry', (header, body, next) => {
    entries += 1;
    void take(header, body, next);
  });
  meter.on('error', stop);
  tar.on('error', stop);
  tar.on('finish', () => (entries === 0 ? stop(forbidden('the build context is empty')) : out.finalize()));
  source.on('error', stop).on('close', () => !source.readableEnded && stop(new Error('the client has gone')));
  // The engine does not want the rest.
  content.on('error', () => undefined).once('close', () => source.unpipe(meter).resume());
  source.pipe(meter).pipe(tar);
  await hasBegun;
  if (fault !== null) throw fault as Refusal;
  return { content, dockerfile, fault: () => fault };
}

async function passDockerfile(out: Pack, header: Headers, body: Readable, deployment: string): Promise<string> {
  if (header.name !== 'Dockerfile' || header.type !== 'file')
    throw forbidden('the build context must begin with the Dockerfile');
  const text = await readCapped(body, MAX_DOCKERFILE_BYTES);
  const fault = dockerfileFault(text, deployment);
  if (fault !== null) throw forbidden(fault);
  out.entry({ name: 'Dockerfile' }, text);
  return text;
}

async function passFile(out: Pack, header: Headers, body: Readable, entries: number): Promise<void> {
  const { name, type, size = 0, mode = 0o644 } = header;
  if (entries > MAX_ENTRIES) throw forbidden(`the build context has more than ${MAX_ENTRIES} files`);
  if (!isOurs(name, type))
    throw forbidden(`the build context has ${JSON.stringify(name.slice(0, 120))}, a ${type ?? 'thing'}`);
  if (type === 'directory') {
    out.entry({ name, type, mode: mode & 0o777 });
    body.resume();
    return;
  }
  const entry = out.entry({ name, size, mode: mode & 0o777 });
  for await (const chunk of body) if (!entry.write(chunk)) await once(entry, 'drain');
  const finished = once(entry, 'finish');
  entry.end();
  await finished;
}

/** As its reader has understood it, which may be from an attribute. */
function sizeOf({ size = 0 }: Headers): number {
  if (!Number.isSafeInteger(size) || size < 0) throw forbidden('the build context has a file of no size');
  return size;
}

/** Certificates and the client's files, by plain paths; nothing that is a link or would take the Dockerfile's place. */
function isOurs(name: string, type: Headers['type']): boolean {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return false;
  if (/[\u0000-\u001f\u007f]/.test(name) || name.split('/').some((part) => part === '.' || part === '..')) return false;
  if (type === 'directory') return /^files\/([^/]+\/)*$/.test(name);
  return type === 'file' && (/^certificates\/\d{1,4}\.crt$/.test(name) || /^files(\/[^/]+)+$/.test(name));
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Error && error.name === 'Refusal') return error as Refusal;
  if (error instanceof TooLarge) return forbidden(`the Dockerfile is larger than ${MAX_DOCKERFILE_BYTES} bytes`);
  return forbidden('the build context is not a plain tar');
}
