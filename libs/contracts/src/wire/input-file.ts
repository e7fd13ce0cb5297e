import { z } from 'zod';
import { checked, contentFault, ContentEncoding, FileId, pathFault } from './file-rules.js';

/** More than any deployment takes; MAX_INPUT_FILES is the operator's own bound. */
const MAX_FILES = 10_000;

/** A file that is written into the sandbox before the program starts. */
export const InputFile = z
  .strictObject({
    path: checked(pathFault).describe('Relative to working_directory; directories are made.'),
    content: z.string().nullish().describe('Either this or file_id.'),
    file_id: FileId.nullish().describe('A file uploaded before.'),
    encoding: ContentEncoding,
    mode: z
      .string()
      .regex(/^0?[0-7]{3}$/, 'must be permission bits as three octal digits, such as "0644"')
      .default('0644')
      .describe('Permission bits in octal digits.'),
  })
  .superRefine(({ content, file_id, encoding }, context) => {
    const issue = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (content == null && file_id == null) issue('content', 'must be given, or file_id');
    else if (content != null && file_id != null) issue('content', 'must not be given together with file_id');
    const fault = content == null ? null : contentFault(content, encoding);
    if (fault !== null) issue('content', fault);
  });
export type InputFile = z.infer<typeof InputFile>;

export const InputFiles = z
  .array(InputFile)
  .max(MAX_FILES)
  .default([])
  .describe('Written into the sandbox before the program; none may be the program itself.');
