import { AppError } from '@gantry/contracts';
import { newFileId } from './file-id.js';
import { mediaTypeOf } from './media-type.js';
import { requireRuntime } from './require-runtime.js';
import { overStorage } from './tenant-room.js';
import type { BlobStore, Clock, FileStore, Logger, RuntimeCatalog, StoredFile } from './ports/index.js';

export interface FileRules {
  maxFileBytes: number;
  /** Of one tenant. */
  maxFiles: number;
  maxBytes: number;
  /** How long a file is kept, ms. */
  keepMs: number;
}

export interface FileDeps {
  files: FileStore;
  blobs: BlobStore;
  runtimes: RuntimeCatalog;
  clock: Clock;
  logger: Logger;
  rules: { files: FileRules };
}

export interface FileOrder {
  tenant: string;
  filename: string;
  /** Name or alias of a runtime; `null` = by the ending of the file's name. */
  language: string | null;
}

export interface FileOwner {
  tenant: string;
  /** Cap on all that the tenant keeps; `null` = none. */
  storageBytes?: number | null;
}

/**
 * Keeps a file. The source is read once, in pieces; `describe` is asked after it, for a stream may tell its name only then.
 * Throws `file_too_large`, `file_quota`, `storage_quota_exceeded`, `storage_full`, `unknown_language`, or what the source throws; nothing is kept then.
 */
export async function uploadFile(
  deps: FileDeps,
  { tenant, storageBytes = null }: FileOwner,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  describe: () => Omit<FileOrder, 'tenant'>,
): Promise<StoredFile> {
  const { maxFileBytes, keepMs } = deps.rules.files;
  await requireRoom(deps, tenant);
  const uploadedAt = deps.clock.now();
  const id = newFileId(uploadedAt);
  const expiresAt = uploadedAt + keepMs;
  const blob = await deps.blobs.put(content, { maxBytes: maxFileBytes, keepUntil: expiresAt, holder: id });
  try {
    const { filename, language } = describe();
    const file: StoredFile = {
      id,
      tenant,
      filename,
      language: languageOf(deps.runtimes, filename, language),
      ...blob,
      mediaType: mediaTypeOf(filename),
      uploadedAt,
      expiresAt,
    };
    const outcome = await deps.files.add(file, { ...deps.rules.files, maxStorageBytes: storageBytes });
    if (!outcome.added) throw overQuota({ ...deps.rules.files, storageBytes }, outcome);
    return file;
  } catch (error) {
    await giveUp(deps, blob.sha256, id);
    throw error;
  }
}

/** False when this tenant has no such file. What is queued with it keeps its bytes. */
export async function deleteFile(
  deps: Pick<FileDeps, 'files' | 'blobs' | 'logger'>,
  target: { tenant: string; id: string },
): Promise<boolean> {
  const file = await deps.files.get(target.tenant, target.id);
  if (!file || !(await deps.files.remove(target.tenant, target.id))) return false;
  await giveUp(deps, file.sha256, file.id);
  return true;
}

/** Canonical name of the runtime; without a wish the first that has the file's ending, or `null`. */
export function languageOf(runtimes: RuntimeCatalog, filename: string, wish: string | null): string | null {
  if (wish !== null) return requireRuntime(runtimes, wish).name;
  const lower = filename.toLowerCase();
  const endsLikeIt = runtimes.list().find(({ extensions }) => extensions.some((ending) => lower.endsWith(ending)));
  return endsLikeIt?.name ?? null;
}

/** Refuses what can't fit before any byte is read; `add` decides. */
async function requireRoom(deps: FileDeps, tenant: string): Promise<void> {
  const { files, bytes } = await deps.files.stats(tenant);
  const { rules } = deps;
  const caps = { ...rules.files, storageBytes: null };
  if (files >= caps.maxFiles) throw overQuota(caps, { limit: 'max_files', current: files });
  if (bytes >= caps.maxBytes) throw overQuota(caps, { limit: 'file_bytes', current: bytes });
}

function overQuota(
  caps: FileRules & { storageBytes: number | null },
  { limit, current }: { limit: 'max_files' | 'file_bytes' | 'storage_bytes'; current: number },
): AppError {
  if (limit === 'storage_bytes') return overStorage(caps.storageBytes ?? 0, current);
  const { maxFiles, maxBytes } = caps;
  return new AppError('file_quota', `You have at most ${maxFiles} files with ${maxBytes} bytes together`, {
    quota: { limit, current, allowed: limit === 'max_files' ? maxFiles : maxBytes, resetsAt: null },
  });
}

/** Should the store not answer now, the bytes go when their time is over. */
async function giveUp(deps: Pick<FileDeps, 'blobs' | 'logger'>, sha256: string, holder: string): Promise<void> {
  try {
    await deps.blobs.release(sha256, holder);
  } catch (error) {
    deps.logger.warn({ err: error, holder }, 'bytes of a file stay until they expire');
  }
}
