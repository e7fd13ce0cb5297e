import { AppError } from '@gantry/contracts';
import type { BlobStore, FileStore, RuntimeCatalog } from './ports/index.js';
import { bytesOf } from './read-file.js';
import type { AdmissionRules, ExecutionOrder } from './submit-execution.js';
import { languageOf } from './upload-file.js';
import { decodeUtf8 } from './utf8.js';

export interface ProgramFileDeps {
  files: FileStore;
  blobs: BlobStore;
  runtimes: RuntimeCatalog;
  rules: Pick<AdmissionRules, 'maxCodeBytes'>;
}

/**
 * Language and code of an uploaded program: the wish, else what the file was uploaded as, else by its name. `null` = no such file.
 * Throws `code_too_large`, and `invalid_request` when it is not text or its language can't be told.
 */
export async function programOfFile(
  deps: ProgramFileDeps,
  target: { tenant: string; id: string; language: string | null },
  signal: AbortSignal,
): Promise<Pick<ExecutionOrder, 'language' | 'code'> | null> {
  const file = await deps.files.get(target.tenant, target.id);
  if (!file) return null;
  const language = target.language ?? file.language ?? languageOf(deps.runtimes, file.filename, null);
  if (language === null) {
    throw new AppError('invalid_request', `The language of ${file.filename} cannot be told from its name`, {
      fields: [{ path: 'language', message: 'must be given for this file' }],
    });
  }
  const { maxCodeBytes } = deps.rules;
  if (file.size > maxCodeBytes)
    throw new AppError('code_too_large', `The file has ${file.size} bytes; at most ${maxCodeBytes} are taken as code`);
  const code = decodeUtf8(await bytesOf(deps.blobs, file.sha256, signal));
  if (code === null) {
    throw new AppError('invalid_request', `The file ${file.filename} is not text in UTF-8`, {
      fields: [{ path: 'file_id', message: 'must be a file with text in UTF-8' }],
    });
  }
  return { language, code };
}
