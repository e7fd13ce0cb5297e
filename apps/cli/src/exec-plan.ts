import { extname } from 'node:path';
import type { ExecutionOrder } from '@gantry/client';
import type { RuntimeList } from '@gantry/contracts';
import { UsageError } from './cli-error.js';

export interface ExecOptions {
  file?: string;
  stdin?: string;
  stdinFile?: string;
  env?: Record<string, string>;
  timeout?: number;
  memory?: number;
  cpus?: number;
  network?: boolean;
  imageId?: string;
  wait?: boolean;
  detach?: boolean;
}

/** Where a text comes from. */
export type Source = { from: 'argument'; text: string } | { from: 'file'; path: string } | { from: 'stdin' };

export interface ExecPlan {
  /** `null`: to be told from the file's extension. */
  language: string | null;
  code: Source;
  /** What the program reads; `null` = nothing. */
  input: Source | null;
}

/** What the arguments of `exec` mean, or why they mean nothing. Reads nothing. */
export function planExec(language: string | undefined, code: string | undefined, options: ExecOptions): ExecPlan {
  const source = codeSource(language, code, options);
  if (language === undefined && source.from !== 'file') {
    throw new UsageError('Name the language: gantry exec python … ("gantry runtimes" lists them).');
  }
  const input = inputSource(options);
  if (source.from === 'stdin' && input?.from === 'stdin') {
    throw new UsageError(
      'Standard input can be the code or the input of the program, not both. Use --file or --stdin-file for one of them.',
    );
  }
  return { language: language ?? null, code: source, input };
}

function codeSource(language: string | undefined, code: string | undefined, options: ExecOptions): Source {
  if (options.file !== undefined) {
    if (code !== undefined) {
      throw new UsageError(
        'Give the code as an argument or by --file, not both. Arguments for the program follow after --.',
      );
    }
    return fileOrStdin(options.file);
  }
  if (code === undefined) {
    const what = language === undefined ? 'Name a language and give code' : 'Give the code';
    throw new UsageError(`${what}: as an argument, by --file FILE, or - to read it from standard input.`);
  }
  return code === '-' ? { from: 'stdin' } : { from: 'argument', text: code };
}

function inputSource(options: ExecOptions): Source | null {
  if (options.stdin !== undefined && options.stdinFile !== undefined)
    throw new UsageError('Use --stdin or --stdin-file, not both.');
  if (options.stdinFile !== undefined) return fileOrStdin(options.stdinFile);
  if (options.stdin === undefined) return null;
  return options.stdin === '-' ? { from: 'stdin' } : { from: 'argument', text: options.stdin };
}

function fileOrStdin(path: string): Source {
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
        runtimes.find((runtime) => runtime.name === name || runtime.aliases.includes(name)));
  if (match) return match.name;
  const known = runtimes.map((runtime) => extname(runtime.file_name)).filter((known) => known !== '');
  throw new UsageError(
    `The language of ${path} can't be told from its name; known extensions: ${known.join(' ')}. Name it: gantry exec LANGUAGE --file ${path}`,
  );
}

/** A program with all that was read for it. */
export interface ProgramText {
  language: string;
  code: string;
  /** `null` = it reads nothing. */
  input: string | null;
  args: readonly string[];
}

/** The request; only what was asked for is in it, so that the service's defaults hold. */
export function toOrder(program: ProgramText, options: ExecOptions): ExecutionOrder {
  const { language, code, input, args } = program;
  const limits = {
    ...(options.timeout === undefined ? {} : { timeout_seconds: options.timeout }),
    ...(options.memory === undefined ? {} : { memory_mb: options.memory }),
    ...(options.cpus === undefined ? {} : { cpu_cores: options.cpus }),
    ...(options.network === true ? { network_enabled: true } : {}),
  };
  return {
    language,
    code,
    ...(options.imageId === undefined ? {} : { image_id: options.imageId }),
    ...(input === null ? {} : { input_data: input }),
    ...(args.length === 0 ? {} : { args: [...args] }),
    ...(options.env === undefined ? {} : { environment_variables: options.env }),
    ...(Object.keys(limits).length === 0 ? {} : { resource_limits: limits }),
  };
}
