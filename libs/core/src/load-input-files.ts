import { AppError, unranResult, type BlobFile, type ExecutionRecord } from '@gantry/contracts';
import { endUnstarted, type UnstartedDeps } from './end-unstarted.js';
import { inParallel } from './in-parallel.js';
import type { BlobStore, ClaimedDelivery, Logger, SandboxFile } from './ports/index.js';

const AT_ONCE = 8;

/** The files with their bytes, as a sandbox takes them. Throws `not_found` when the content of one is gone. */
export function loadInputFiles(
  blobs: BlobStore,
  files: readonly BlobFile[],
  signal: AbortSignal,
): Promise<SandboxFile[]> {
  const loading = new Map<string, Promise<Uint8Array>>();
  return inParallel(AT_ONCE, files, async ({ path, mode, sha256 }) => {
    let content = loading.get(sha256);
    if (!content) loading.set(sha256, (content = load(blobs, sha256, signal)));
    try {
      return { path, mode, content: await content };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
      throw new AppError('not_found', `The content of ${path} is not kept any more`, { cause: error });
    }
  });
}

async function load(blobs: BlobStore, sha256: string, signal: AbortSignal): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of blobs.get(sha256, signal)) pieces.push(piece);
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
}

/**
 * The files of an execution that has not started; `null` when it was ended here because they can't be had. Throws when another delivery
 * can help.
 */
export async function inputFilesOrEnd(
  deps: UnstartedDeps & { blobs: BlobStore; logger: Logger },
  record: ExecutionRecord,
  delivery: ClaimedDelivery,
): Promise<SandboxFile[] | null> {
  const { id, request } = record;
  if (request.files.length === 0) return [];
  try {
    return await loadInputFiles(deps.blobs, request.files, delivery.signal);
  } catch (error) {
    const isGone = error instanceof AppError && error.code === 'not_found';
    if (!isGone && (delivery.retriesLeft || delivery.signal.aborted)) throw error;
    deps.logger.warn({ err: error, executionId: id }, 'the input files could not be loaded');
    const why = error instanceof AppError ? error.message : 'the file store failed';
    await endUnstarted(
      deps,
      { record, nonce: delivery.nonce },
      unranResult('failed', 'internal_error', `The input files are missing: ${why}`),
    );
    return null;
  }
}
