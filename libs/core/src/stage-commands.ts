import type { ExecutionRequest, Runtime } from '@gantry/contracts';
import type { SandboxFile, StageCommand } from './ports/index.js';

/** Where compiled programs go: writable, apart from the program's own files. */
export const BUILD_DIRECTORY = '/tmp/build';

const BASE_ENV = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/workspace',
  LANG: 'C.UTF-8',
};

/** Compilers get no more than this of the time and say no more than this. */
const COMPILE_OUTPUT_BYTES = 256 * 1024;

export interface Stages {
  compile: StageCommand | null;
  /** `wallMs` is the whole time; what compiling took is to be subtracted. */
  run: StageCommand;
}

/**
 * What to run for a request: argument vectors, never a shell line.
 * @param given the request's files with their bytes, which go with the first stage, and the environment of its image
 */
export function toStages(
  runtime: Runtime,
  request: ExecutionRequest,
  given: { files: readonly SandboxFile[]; env: Readonly<Record<string, string>> } = { files: [], env: {} },
): Stages {
  const { files: inputs } = given;
  const { limits } = request;
  const file = `${request.workingDirectory.replace(/\/+$/, '')}/${runtime.fileName}`;
  const fill = (part: string): string => part.replaceAll('{file}', file).replaceAll('{dir}', BUILD_DIRECTORY);
  const shared = {
    env: { ...BASE_ENV, ...runtime.env, ...given.env, ...request.env },
    cwd: request.workingDirectory,
    wallMs: limits.timeoutMs,
    cpuMs: limits.cpuMs,
  };
  const source = { path: file, content: Buffer.from(request.code), mode: 0o644 };
  const marker = { path: `${BUILD_DIRECTORY}/.keep`, content: new Uint8Array(0), mode: 0o644 };
  const run: StageCommand = {
    ...shared,
    argv: [...runtime.run.map(fill), ...request.args],
    files: runtime.compile ? [] : [...inputs, source],
    stdin: Buffer.from(request.stdin),
    maxOutputBytes: limits.maxOutputBytes,
    onOutputLimit: request.onOutputLimit,
    preload: request.preload ? runtime.preload : null,
  };
  if (!runtime.compile) return { compile: null, run };
  const compile: StageCommand = {
    ...shared,
    argv: runtime.compile.command.map(fill),
    wallMs: Math.min(shared.wallMs, runtime.compile.timeoutMs ?? Infinity),
    cpuMs: smaller(shared.cpuMs, runtime.compile.cpuMs),
    files: [...inputs, source, marker],
    stdin: new Uint8Array(0),
    maxOutputBytes: COMPILE_OUTPUT_BYTES,
    onOutputLimit: 'truncate',
    preload: null,
  };
  return { compile, run };
}

/** `null` = no limit. */
function smaller(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
