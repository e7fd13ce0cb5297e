import { z } from 'zod';
import { checked } from './file-rules.js';

/** Patterns of the files that come out of a sandbox. The sandbox's init reads them the same way. */

export const MAX_PATTERNS = 64;
const MAX_PATTERN_BYTES = 1024;
const MAX_PATTERN_PARTS = 64;
/** A `]` right at the beginning of a class is one of its members. */
const CLASS = /\[(?:[!^]|(?![!^]))(?:\][^\]]*|[^\]]+)\]/g;
const NO_TEXT = /\p{Cc}|\p{Cs}/u;

/** What is wrong with a pattern; `null` = nothing. */
export function patternFault(pattern: string): string | null {
  if (pattern === '') return 'must not be empty';
  if (pattern.startsWith('/')) return 'must be relative to working_directory';
  // Room for what a / at the end stands for.
  if (Buffer.byteLength(pattern) > MAX_PATTERN_BYTES - 2) return `must have at most ${MAX_PATTERN_BYTES - 2} bytes`;
  const parts = pattern.replace(/\/$/, '').split('/');
  if (parts.length >= MAX_PATTERN_PARTS) return `must have fewer than ${MAX_PATTERN_PARTS} parts`;
  for (const part of parts) {
    const fault = partFault(part);
    if (fault !== null) return fault;
  }
  return null;
}

function partFault(part: string): string | null {
  if (part === '') return 'must not have an empty part';
  if (part === '.' || part === '..') return 'must not contain . or .. as a part';
  if (NO_TEXT.test(part)) return 'must not contain control characters and halves of characters';
  if (part.replace(CLASS, '').includes('[')) return 'must close every [ within its part; a [ itself is written [[]';
  return null;
}

/** As the sandbox takes it: `dir/` is everything below. */
export function toSandboxPattern(pattern: string): string {
  return pattern.endsWith('/') ? `${pattern}**` : pattern;
}

export const ArtifactPatterns = z
  .array(checked(patternFault))
  .max(MAX_PATTERNS)
  .default([])
  .describe(
    'Files to keep after the end, relative to working_directory: * and ? and [a-z] within a name, ** across directories, dir/ for all below.',
  );
