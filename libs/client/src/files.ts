import { FileDeleted, FileList, FileStatsView, FileUploaded, FileView, type FileSummary } from '@gantry/contracts';
import { ask, readPages, type CallOptions } from './ask.js';
import { openDownload, type Download } from './download.js';
import type { HttpSettings } from './http.js';
import { checkId } from './ids.js';
import { uploadBody, type FileUpload } from './upload-body.js';

export interface UploadOptions extends CallOptions {
  /** Called as the content goes out, with all bytes until then; from 0 again at a further try. */
  onProgress?: ((sentBytes: number) => void) | undefined;
}

export const filePath = (id: string): string => `/files/${checkId('file', id)}`;

/** Repeated only when the service said that it kept nothing. */
export function uploadFile(settings: HttpSettings, file: FileUpload, options: UploadOptions): Promise<FileUploaded> {
  const body = uploadBody(file, options.onProgress ?? (() => undefined));
  const call = { method: 'POST' as const, path: '/files/upload', body, signal: options.signal, repeatable: false };
  return ask(settings, call, FileUploaded, 'The answer to the upload');
}

export async function* listFiles(
  settings: HttpSettings,
  options: CallOptions & { pageSize?: number },
): AsyncGenerator<FileSummary, void, void> {
  const query = { limit: String(options.pageSize ?? 50) };
  const list = { path: '/files', query, schema: FileList, what: 'The list of files' };
  for await (const page of readPages(settings, { ...list, signal: options.signal })) yield* page.files;
}

export function getFile(settings: HttpSettings, id: string, { signal }: CallOptions): Promise<FileView> {
  return ask(settings, { method: 'GET', path: filePath(id), signal }, FileView, `The file ${id}`);
}

export function downloadFile(settings: HttpSettings, id: string, { signal }: CallOptions): Promise<Download> {
  return openDownload(settings, `${filePath(id)}/content`, signal);
}

export function fileStats(settings: HttpSettings, { signal }: CallOptions): Promise<FileStatsView> {
  return ask(settings, { method: 'GET', path: '/files/stats', signal }, FileStatsView, 'The numbers of files');
}

export function deleteFile(settings: HttpSettings, id: string, { signal }: CallOptions): Promise<FileDeleted> {
  const call = { method: 'DELETE' as const, path: filePath(id), signal, repeatable: false };
  return ask(settings, call, FileDeleted, `The answer to deleting ${id}`);
}
