import { extname } from 'node:path';
import type { RuntimeList } from '@gantry/contracts';
import { UsageError } from './cli-error.js';
import type { RunOptions } from './exec-options.js';

/** Where a text comes from. */
export type Source = { from: 'argument'; text: string } | { from: 'file'; path: string } | { from: 'stdin' };

export interface ExecPlan {
  /** `null`: to be told from the file's extension. */
  language: string | null;
  code: Source;
  /** What the program reads; `null` = nothing. */
  input: Source | null;
  /** `path[:target]` of what is put beside the program. */
  files: string[];
}

/** What the arguments of `exec` mean, or why they mean nothing. Reads nothing. */
export function planExec(language: string | undefined, code: string | undefined, options: RunOptions): ExecPlan {
  const { source, files } = codeSource(language, code, options.file ?? []);
  if (language === undefined && source.from !== 'file') {
    throw new UsageError('Name the language: gantry exec python … ("gantry runtimes" lists them).');
  }
  const input = inputSource(options);
  if (source.from === 'stdin' && input?.from === 'stdin') {
    throw new UsageError(
      'Standard input can be the code or the input of the program, not both. Use --file or --stdin-file for one of them.',
    );
  }
  if (files.includes('-')) {
    throw new UsageError(
      'Only the program can be read from standard input. Give the path of a file to be put beside it.',
    );
  }
  return { language: language ?? null, code: source, input, files };
}

/** Without code as an argument the first file is the program; all others are put beside it. */
function codeSource(
  language: string | undefined,
  code: string | undefined,
  files: readonly string[],
): { source: Source; files: string[] } {
  if (code !== undefined)
    return { source: code === '-' ? { from: 'stdin' } : { from: 'argument', text: code }, files: [...files] };
  const [program, ...others] = files;
  if (program !== undefined) return { source: fileOrStdin(program), files: others };
  const what = language === undefined ? 'Name a language and give code' : 'Give the code';
  throw new UsageError(`${what}: as an argument, by --file FILE, or - to read it from standard input.`);
}

export function inputSource(options: RunOptions): Source | null {
  if (options.stdin !== undefined && options.stdinFile !== undefined)
    throw new UsageError('Use --stdin or --stdin-file, not both.');
  if (options.stdinFile !== undefined) return fileOrStdin(options.stdinFile);
  if (options.stdin === undefined) return null;
  return options.stdin === '-' ? { from: 'stdin' } : { from: 'argument', text: options.stdin };
}

export function fileOrStdin(path: string): Source {
  return path === '-' ? { from: 'stdin' } : { from: 'file', path };
}

/** The language of a file: the service's runtimes tell their source's extension and their short names. */
export function languageOf(path: string, runtimes: RuntimeList['runtimes']): string {
  const extension = extname(path).toLowerCase();
  const name = extension.slice(1);
  const match =
    name === ''
      ? undefined
      : (runtimes.find((runtime) => extname(runtime.file_name).toLowerCase() === extension) ??
        runtimes.find((runtime) => runtime.extensions.includes(extension)) ??
        runtimes.find((runtime) => runtime.name === name || runtime.aliases.includes(name)));
  if (match) return match.name;
  const known = runtimes.map((runtime) => extname(runtime.file_name)).filter((known) => known !== '');
  throw new UsageError(
    `The language of ${path} can't be told from its name; known extensions: ${known.join(' ')}. Name it: gantry exec LANGUAGE --file ${path}`,
  );
}
