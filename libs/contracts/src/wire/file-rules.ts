import { z } from 'zod';

/** Rules for names of files from a client. */

export const MAX_FILE_NAME_BYTES = 255;
export const MAX_PATH_BYTES = 1024;
export const MAX_PATH_DEPTH = 32;

/** Half of a pair: it has no UTF-8. */
const LONE_SURROGATE = /\p{Cs}/u;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
/** Turns the reading direction: a name that shows as `photo.png` may then end in `.exe`. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** What is wrong with one name of a path, or with a file's name; `null` = nothing. */
export function nameFault(name: string): string | null {
  if (name === '') return 'must not be empty';
  if (LONE_SURROGATE.test(name)) return 'must be valid Unicode';
  if (CONTROL.test(name)) return 'must not contain control characters';
  if (DIRECTION.test(name)) return 'must not contain characters that change the reading direction';
  if (name === '.' || name === '..') return 'must not be . or ..';
  if (Buffer.byteLength(name) > MAX_FILE_NAME_BYTES) return `must have at most ${MAX_FILE_NAME_BYTES} bytes`;
  return null;
}

/** What is wrong with the name of an uploaded file, which is a name and no path. */
export function fileNameFault(name: string): string | null {
  if (/[/\\]/.test(name)) return 'must be a name without / and \\';
  return nameFault(name);
}

/** What is wrong with a path below the working directory. */
export function pathFault(path: string): string | null {
  if (path === '') return 'must not be empty';
  if (path.startsWith('/')) return 'must be relative to working_directory';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `must have at most ${MAX_PATH_BYTES} bytes`;
  const names = path.split('/');
  if (names.length > MAX_PATH_DEPTH) return `must be at most ${MAX_PATH_DEPTH} names deep`;
  for (const name of names) {
    const fault = nameFault(name);
    if (fault !== null) return names.length === 1 ? fault : `has a name that ${fault}`;
  }
  return null;
}

/** A string to which `fault` has nothing to say; the issue tells its words. */
export function checked(fault: (value: string) => string | null): z.ZodString {
  return z.string().superRefine((value, context) => {
    const message = fault(value);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });
}

/** Base64 as RFC 4648 has it: whole quads, padding where it belongs, nothing else. */
export function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  // A plain loop's worth of work: a pattern with groups would run out of stack on megabytes.
  return /^[A-Za-z0-9+/]*$/.test(padding === 0 ? text : text.slice(0, -padding));
}

export const ContentEncoding = z
  .enum(['utf-8', 'utf8', 'base64'])
  .default('utf-8')
  .describe('How content is written: utf-8 for text, base64 for bytes.');
export type ContentEncoding = z.infer<typeof ContentEncoding>;

/** What is wrong with content in this encoding; `null` = nothing. */
export function contentFault(content: string, encoding: ContentEncoding): string | null {
  if (encoding === 'base64') return isBase64(content) ? null : 'must be base64';
  return LONE_SURROGATE.test(content) ? 'must be valid Unicode; send bytes as base64' : null;
}

export function contentBytes(content: string, encoding: ContentEncoding): Buffer {
  return Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8');
}

export const FileId = z.string().regex(/^file_[0-9a-hjkmnp-tv-z]{26}$/, 'must be a file id');
