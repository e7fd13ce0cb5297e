import {
  AppError,
  type BlobFile,
  type ExecutionRequest,
  type FieldFault,
  type Runtime,
  type TenantCaps,
} from '@gantry/contracts';
import { inParallel } from './in-parallel.js';
import type { BlobStore, Clock, FileStore, StoredFile, TenantStorage } from './ports/index.js';
import { roomOfInputs, takeRoom } from './tenant-room.js';

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

/**
 * The files as blobs, kept on behalf of the execution. Throws `invalid_request` for files that are not this tenant's or do not fit,
 * `storage_quota_exceeded`, `storage_full`, `storage_unavailable`, `redis_unavailable`; nothing is kept then.
 */
export async function resolveInputFiles(
  deps: InputFileDeps & { rules: { inputFiles: InputFileRules } },
  order: { tenant: string; files: readonly InputFileOrder[]; caps?: TenantCaps | undefined },
  execution: { id: string; request: ExecutionRequest },
): Promise<BlobFile[]> {
  const { files: orders, tenant } = order;
  const { request, id } = execution;
  if (orders.length === 0) return [];
  const uploaded = await findUploaded(deps.files, tenant, orders);
  requireRoom(orders, uploaded, { maxBytes: deps.rules.inputFiles.maxBytes, diskBytes: request.limits.diskBytes });
  const root = request.workingDirectory.replace(/\/+$/, '');
  const wish = { keepUntil: deps.clock.now() + deps.rules.inputFiles.keepMs, holder: id };
  const kept: BlobFile[] = [];
  await takeRoomOf(deps.storage, order, { id, until: wish.keepUntil });
  try {
    return await inParallel(AT_ONCE, orders, async ({ path, mode, source }, i) => {
      const content = await keepContent(deps, source, uploaded, { ...wish, field: `files[${i}].file_id` });
      const file = { path: `${root}/${path}`, mode, ...content };
      kept.push(file);
      return file;
    });
  } catch (error) {
    await releaseInputFiles(deps, kept, { id, tenant }).catch(() => undefined);
    throw error;
  }
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

/** Uploaded files count as files already. */
async function takeRoomOf(
  storage: TenantStorage,
  { tenant, files, caps }: { tenant: string; files: readonly InputFileOrder[]; caps?: TenantCaps | undefined },
  { id, until }: { id: string; until: number },
): Promise<void> {
  const bytes = inlineBytes(files);
  if (bytes === 0) return;
  await takeRoom(
    storage,
    { tenant, storageBytes: caps?.storageBytes ?? null },
    { entry: roomOfInputs(id), bytes, until },
  );
}

function inlineBytes(orders: readonly InputFileOrder[]): number {
  return orders.reduce((sum, { source }) => sum + ('content' in source ? source.content.length : 0), 0);
}

async function keepContent(
  deps: InputFileDeps,
  source: InputFileOrder['source'],
  uploaded: ReadonlyMap<string, StoredFile>,
  wish: { keepUntil: number; holder: string; field: string },
): Promise<{ sha256: string; size: number }> {
  const { keepUntil, holder, field } = wish;
  if ('content' in source)
    return deps.blobs.put(source.content, { maxBytes: source.content.length, keepUntil, holder });
  const file = uploaded.get(source.fileId);
  if (file && (await deps.blobs.keep(file.sha256, keepUntil, holder))) return { sha256: file.sha256, size: file.size };
  throw refusal([{ path: field, message: 'is not kept any more' }]);
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
