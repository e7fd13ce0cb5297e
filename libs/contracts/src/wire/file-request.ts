import { z } from 'zod';
import { executionFields } from './execute-request.js';
import { checked, contentFault, ContentEncoding, FileId, fileNameFault } from './file-rules.js';

const Language = z.string().min(1).max(64).nullish().describe('Name or alias of a runtime. Default: by the file name.');

export const FileName = checked(fileNameFault).describe('A name, not a path; at most 255 bytes.');

/** `POST /files/upload` as JSON. */
export const FileUploadRequest = z
  .strictObject({
    filename: FileName,
    content: z.string(),
    language: Language,
    encoding: ContentEncoding,
    binary: z.boolean().default(false).describe('true: content is base64, whatever encoding says.'),
  })
  .superRefine(({ content, encoding, binary }, context) => {
    const message = contentFault(content, binary ? 'base64' : encoding);
    if (message !== null) context.addIssue({ code: 'custom', path: ['content'], message });
  });
export type FileUploadRequest = z.infer<typeof FileUploadRequest>;

/** The fields beside the file in a `multipart/form-data` upload. */
export const FileUploadForm = z.strictObject({
  filename: FileName.optional().describe('Default: the name that the file part carries.'),
  language: Language,
});

const { language: _language, code: _code, ...withoutCode } = executionFields;

/** `POST /files/{id}/execute`: as `POST /execute`, with the file as the code. */
export const FileExecuteRequest = z.strictObject({
  ...withoutCode,
  file_id: FileId.nullish().describe('May be left out; the path names the file.'),
  container_id: z.null().optional().describe('Always null: every execution has a container of its own.'),
  language: Language,
  cache: z.boolean().default(false),
  wait_seconds: z.number().min(0).max(300).default(30),
});
export type FileExecuteRequest = z.infer<typeof FileExecuteRequest>;
