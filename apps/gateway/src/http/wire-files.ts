import {
  contentBytes,
  type FileExecuteRequest,
  type FileStatsView,
  type FileSummary,
  type FileUploaded,
  type FileView,
  type InputFile,
  type StreamExecuteRequest,
} from '@gantry/contracts';
import type { FileContent, FileStats, InputFileOrder, StoredFile } from '@gantry/core';

// Wire names of files and our types, as wire.ts does for executions.

const isoTime = (ms: number): string => new Date(ms).toISOString();
const apiPath = (file: StoredFile): string => `/files/${file.id}`;

/** Every language of the contract has its count, others when there are any. */
const ALWAYS_COUNTED = { python: 0, node: 0, csharp: 0, bash: 0 };

export function toInputFileOrder(file: InputFile): InputFileOrder {
  const { path, content, file_id, encoding, mode } = file;
  const source = file_id == null ? { content: contentBytes(content ?? '', encoding) } : { fileId: file_id };
  return { path, mode: Number.parseInt(mode, 8), source };
}

/** The same request with the file's program in it. */
export function withProgram(
  body: FileExecuteRequest,
  program: { language: string; code: string },
): StreamExecuteRequest & { cache: boolean } {
  const { file_id: _id, container_id: _container, wait_seconds: _wait, ...rest } = body;
  return { ...rest, ...program };
}

export function toFileSummary(file: StoredFile): FileSummary {
  return {
    file_id: file.id,
    filename: file.filename,
    language: file.language,
    size: file.size,
    sha256: file.sha256,
    media_type: file.mediaType,
    uploaded_at: isoTime(file.uploadedAt),
    expires_at: isoTime(file.expiresAt),
  };
}

export function toFileUploaded(file: StoredFile): FileUploaded {
  const { uploaded_at: _at, ...rest } = toFileSummary(file);
  return { success: true, ...rest, file_path: apiPath(file), error_message: null };
}

export function toFileView(file: StoredFile, content: FileContent | null): FileView {
  return {
    ...toFileSummary(file),
    file_path: apiPath(file),
    content: content?.text ?? null,
    encoding: content?.encoding ?? null,
  };
}

export function toFileStatsView(stats: FileStats): FileStatsView {
  return {
    total_files: stats.files,
    files_by_language: { ...ALWAYS_COUNTED, ...stats.byLanguage },
    total_size: stats.bytes,
    upload_dir: null,
  };
}
