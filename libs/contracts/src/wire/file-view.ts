import { z } from 'zod';

const time = z.string().describe('RFC 3339, UTC');
const path = z.string().describe('Where this API has it; no path of a server.');

/** Answer of `POST /files/upload`. */
export const FileUploaded = z.strictObject({
  success: z.literal(true),
  file_id: z.string(),
  file_path: path,
  filename: z.string(),
  language: z.string().nullable(),
  size: z.number(),
  sha256: z.string(),
  media_type: z.string(),
  expires_at: time,
  error_message: z.null(),
});
export type FileUploaded = z.infer<typeof FileUploaded>;

export const FileSummary = z.strictObject({
  file_id: z.string(),
  filename: z.string(),
  language: z.string().nullable(),
  size: z.number(),
  sha256: z.string(),
  media_type: z.string(),
  uploaded_at: time,
  expires_at: time,
});
export type FileSummary = z.infer<typeof FileSummary>;

export const FileList = z.strictObject({
  files: z.array(FileSummary).describe('Newest first.'),
  total_count: z.number(),
  next_cursor: z.string().nullable().describe('Pass as ?cursor= for the next page; null on the last one.'),
});
export type FileList = z.infer<typeof FileList>;

/** `GET /files/{id}` */
export const FileView = FileSummary.extend({
  file_path: path,
  content: z.string().nullable().describe('Null past 1 MiB: see /files/{id}/content.'),
  encoding: z.enum(['utf-8', 'base64']).nullable().describe('base64 when the bytes are not valid UTF-8.'),
});
export type FileView = z.infer<typeof FileView>;

export const FileStatsView = z.strictObject({
  total_files: z.number(),
  files_by_language: z.record(z.string(), z.number()).describe('Files without a language count in total_files only.'),
  total_size: z.number(),
  upload_dir: z.null().describe('Kept for old clients; a path of a server is never told.'),
});
export type FileStatsView = z.infer<typeof FileStatsView>;

export const FileDeleted = z.strictObject({ success: z.literal(true), message: z.string() });
export type FileDeleted = z.infer<typeof FileDeleted>;
