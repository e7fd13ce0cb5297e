import { createHash } from 'node:crypto';
import { AppError, type BlobFile, type ExecutionRequest, type FieldFault, type Runtime } from '@gantry/contracts';
import { inParallel } from './in-parallel.js';
import type { Brought } from './job-offer.js';
import type { BlobStore, Clock, FileStore, StoredFile, TenantStorage } from './ports/index.js';
import { roomOfInputs } from './tenant-room.js';

/** A file for the sandbox as a client ordered it: well-formed, its content decoded or the id of an uploaded one. */
export interface InputFileOrder {
  path: string;
  mode: number;
  source: { content: Uint8Array } | { fileId: string };
}

export interface InputFileRules {
  maxFiles: number;
  /** Of one request, all files together. */
  maxBytes: number;
  /** How long they are kept from the submit on, ms. */
  keepMs: number;
}

export interface InputFileDeps {
  files: FileStore;
  blobs: BlobStore;
  storage: TenantStorage;
  clock: Clock;
}

/** How many go to the store at once. */
const AT_ONCE = 16;

/**
 * Whether these files can lie beside each other and beside the program. Throws `invalid_request` naming the faulty ones; touches nothing.
 */
export function checkInputFiles(orders: readonly InputFileOrder[], runtime: Runtime, rules: InputFileRules): void {
  if (orders.length > rules.maxFiles)
    throw refusal([{ path: 'files', message: `must have at most ${rules.maxFiles} entries` }]);
  const taken = new Map<string, string>([[runtime.fileName, 'is the name of the program itself']]);
  const faults: FieldFault[] = [];
  for (const [i, { path }] of orders.entries()) {
    const message = taken.get(path);
    if (message !== undefined) faults.push({ path: `files[${i}].path`, message });
    else taken.set(path, `is taken by files[${i}]`);
  }
  for (const [i, { path }] of orders.entries()) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const above = path.slice(0, at);
      if (!taken.has(above)) continue;
      faults.push({ path: `files[${i}].path`, message: `needs a directory where there is the file ${above}` });
    }
  }
  const inline = inlineBytes(orders);
  if (inline > rules.maxBytes) throw tooLarge(inline, rules.maxBytes);
  if (faults.length > 0) throw refusal(faults);
}

/** As it was ordered, with the hash of what came with it. */
export interface HashedInput extends InputFileOrder {
  source: { content: Uint8Array; sha256: string } | { fileId: string };
}

export function hashInputs(orders: readonly InputFileOrder[]): HashedInput[] {
  return orders.map(({ source, ...rest }) => {
    if ('fileId' in source) return { ...rest, source };
    const sha256 = createHash('sha256').update(source.content).digest('hex');
    return { ...rest, source: { ...source, sha256 } };
  });
}

/** What tells whether two requests bring the same: content by its hash, uploaded files by their ids. */
export function inputFacts(files: readonly HashedInput[]): unknown[] {
  return files.map(({ source, ...rest }) => ({
    ...rest,
    ...('fileId' in source ? source : { sha256: source.sha256 }),
  }));
}

/** A file that lies where it should, and the content to be kept for it; `null` = it is kept already. */
export interface InputFile {
  file: BlobFile;
  content: Uint8Array | null;
}

/** What the files are as blobs. Throws `invalid_request` for those that are not this tenant's or do not fit; touches nothing. */
export async function findInputFiles(
  deps: Pick<InputFileDeps, 'files'> & { rules: { inputFiles: InputFileRules } },
  { tenant, files: orders }: { tenant: string; files: readonly HashedInput[] },
  request: ExecutionRequest,
): Promise<InputFile[]> {
  if (orders.length === 0) return [];
  const uploaded = await findUploaded(deps.files, tenant, orders);
  requireRoom(orders, uploaded, { maxBytes: deps.rules.inputFiles.maxBytes, diskBytes: request.limits.diskBytes });
  const root = request.workingDirectory.replace(/\/+$/, '');
  return orders.map(({ path, mode, source }): InputFile => {
    const at = `${root}/${path}`;
    if ('content' in source) {
      const { content, sha256 } = source;
      return { file: { path: at, mode, sha256, size: content.length }, content };
    }
    const { sha256, size } = uploaded.get(source.fileId) as StoredFile;
    return { file: { path: at, mode, sha256, size }, content: null };
  });
}

/** What comes with an execution; `null` = nothing. Uploaded files take no room: they count as files already. */
export function broughtFiles(
  deps: InputFileDeps & { rules: { inputFiles: InputFileRules } },
  { tenant, storageBytes }: { tenant: string; storageBytes: number | null },
  files: readonly InputFile[],
): Brought | null {
  if (files.length === 0) return null;
  const until = deps.clock.now() + deps.rules.inputFiles.keepMs;
  return {
    bytes: files.reduce((sum, { content }) => sum + (content?.length ?? 0), 0),
    until,
    cap: storageBytes,
    keep: (id) => inParallel(AT_ONCE, files, (file, i) => keepFile(deps.blobs, { ...file, at: i }, { id, until })),
    giveUp: (id) =>
      releaseInputFiles(
        deps,
        files.map(({ file }) => file),
        { id, tenant },
      ),
  };
}

/** The execution has ended or will not be: what was kept for it need not be. */
export async function releaseInputFiles(
  { blobs, storage }: Pick<InputFileDeps, 'blobs' | 'storage'>,
  files: readonly BlobFile[],
  { id, tenant }: { id: string; tenant: string },
): Promise<void> {
  await inParallel(AT_ONCE, files, ({ sha256 }) => blobs.release(sha256, id));
  await storage.release(tenant, roomOfInputs(id));
}

function inlineBytes(orders: readonly InputFileOrder[]): number {
  return orders.reduce((sum, { source }) => sum + ('content' in source ? source.content.length : 0), 0);
}

/** Throws `invalid_request` when an uploaded one is gone since, `storage_full`, `storage_unavailable`. */
async function keepFile(
  blobs: BlobStore,
  { file, content, at }: InputFile & { at: number },
  { id, until }: { id: string; until: number },
): Promise<void> {
  if (content) await blobs.put(content, { maxBytes: content.length, keepUntil: until, holder: id });
  else if (!(await blobs.keep(file.sha256, until, id)))
    throw refusal([{ path: `files[${at}].file_id`, message: 'is not kept any more' }]);
}

async function findUploaded(
  files: FileStore,
  tenant: string,
  orders: readonly InputFileOrder[],
): Promise<Map<string, StoredFile>> {
  const wanted = new Set(orders.flatMap(({ source }) => ('fileId' in source ? [source.fileId] : [])));
  const found = await inParallel(AT_ONCE, [...wanted], (id) => files.get(tenant, id));
  const known = new Map(found.flatMap((file) => (file ? [[file.id, file] as const] : [])));
  const faults = orders.flatMap(({ source }, i) =>
    'fileId' in source && !known.has(source.fileId)
      ? [{ path: `files[${i}].file_id`, message: 'is not one of your files' }]
      : [],
  );
  if (faults.length > 0) throw refusal(faults);
  return known;
}

function requireRoom(
  orders: readonly InputFileOrder[],
  uploaded: ReadonlyMap<string, StoredFile>,
  room: { maxBytes: number; diskBytes: number },
): void {
  const sizeOf = ({ source }: InputFileOrder): number =>
    'content' in source ? source.content.length : (uploaded.get(source.fileId)?.size ?? 0);
  const bytes = orders.reduce((sum, file) => sum + sizeOf(file), 0);
  if (bytes > room.maxBytes) throw tooLarge(bytes, room.maxBytes);
  if (bytes > room.diskBytes) {
    const message = `the files have ${bytes} bytes; disk_mb gives ${room.diskBytes}`;
    throw refusal([{ path: 'resource_limits.disk_mb', message }]);
  }
}

function tooLarge(bytes: number, maxBytes: number): AppError {
  return new AppError('file_too_large', `The files have ${bytes} bytes together; at most ${maxBytes} are taken`, {
    fields: [{ path: 'files', message: `must have at most ${maxBytes} bytes together` }],
    suggestion: 'Send less, or ask the operator for a higher MAX_INPUT_BYTES.',
  });
}

function refusal(faults: FieldFault[]): AppError {
  const first = faults[0] ?? { path: 'files', message: 'is not valid' };
  return new AppError('invalid_request', `${first.path} ${first.message}`, { fields: faults.slice(0, 20) });
}
