import { AppError } from '@gantry/contracts';
import type { CollectOrder, SandboxFile, StageCommand } from '@gantry/core';
import { type AttributeValue, encodeAttributes } from './attributes.js';
import { encodeFrame, MAX_FRAME_BYTES, WORKER_FRAME } from './frame-codec.js';

/** What the worker says, as frames ready for the wire. */

/** Pieces of a file or of stdin: far below a frame's ceiling, so that no single write holds a megabyte. */
const PIECE_BYTES = 256 * 1024;
const MAX_ARGUMENTS = 256;
const MAX_VARIABLES = 512;

/** Ceilings of a stage that come from the execution's limits, not from the command. */
export interface RunLimits {
  maxFileBytes: number;
  maxOpenFiles: number;
  /** The execution and its world end with this stage. Left out = no. */
  last?: boolean;
}

export function ownerFrame(uid: number): Buffer {
  return encodeFrame(
    WORKER_FRAME.owner,
    encodeAttributes([
      [1, uid],
      [2, uid],
    ]),
  );
}

/** Starts the interpreter of this name ahead of its program. PRELOADED always follows. */
export function preloadFrame(name: string): Buffer {
  return encodeFrame(WORKER_FRAME.preload, encodeAttributes([[1, name]]));
}

export function* fileFrames(file: SandboxFile): Generator<Buffer> {
  const first = file.content.subarray(0, PIECE_BYTES);
  yield checkedFrame(
    WORKER_FRAME.file,
    encodeAttributes([
      [1, file.path],
      [2, file.mode],
      [3, first],
    ]),
    'A file name',
  );
  for (let at = PIECE_BYTES; at < file.content.length; at += PIECE_BYTES) {
    yield encodeFrame(WORKER_FRAME.fileData, file.content.subarray(at, at + PIECE_BYTES));
  }
}

export function runFrame(stage: StageCommand, limits: RunLimits): Buffer {
  const variables = Object.entries(stage.env);
  if (stage.argv.length > MAX_ARGUMENTS) throw tooLarge(`There are more than ${MAX_ARGUMENTS} arguments`);
  if (variables.length > MAX_VARIABLES) throw tooLarge(`There are more than ${MAX_VARIABLES} environment variables`);
  const attributes: (readonly [number, AttributeValue])[] = [
    ...stage.argv.map((argument) => [1, argument] as const),
    ...variables.map(([name, value]) => [2, `${name}=${value}`] as const),
    [3, stage.cwd],
    [4, Math.max(1, Math.ceil(stage.wallMs))],
    [5, stage.cpuMs === null ? 0 : Math.max(1, Math.ceil(stage.cpuMs))],
    [6, limits.maxFileBytes],
    [7, limits.maxOpenFiles],
    [9, stage.maxOutputBytes],
    [10, stage.maxOutputBytes],
    [11, stage.onOutputLimit === 'kill' ? 1 : 0],
    [12, hasStdin(stage) ? 1 : 0],
    [13, stage.usageEveryMs ?? 0],
    [14, stage.preload ?? ''],
    ...(limits.last === true ? [[15, 1] as const] : []),
  ];
  return checkedFrame(WORKER_FRAME.run, encodeAttributes(attributes), 'Arguments and environment together');
}

/** COLLECTED always follows. */
export function collectFrame(order: CollectOrder): Buffer {
  const attributes: (readonly [number, AttributeValue])[] = [
    [1, order.root.replace(/\/+/g, '/').replace(/\/$/, '')],
    ...order.patterns.map((pattern) => [2, pattern] as const),
    [3, order.maxFiles],
    [4, order.maxFileBytes],
    [5, order.maxTotalBytes],
    [6, Math.max(1, Math.ceil(order.wallMs))],
  ];
  return encodeFrame(WORKER_FRAME.collect, encodeAttributes(attributes));
}

/** With nothing to come the program's stdin is empty from the start. */
function hasStdin({ stdin }: StageCommand): boolean {
  return !(stdin instanceof Uint8Array) || stdin.length > 0;
}

/** Stdin in pieces; the caller keeps within the credit window. */
export function stdinFrame(bytes: Uint8Array): Buffer {
  return encodeFrame(WORKER_FRAME.stdin, bytes);
}

export const STDIN_PIECE_BYTES = PIECE_BYTES;

function checkedFrame(type: typeof WORKER_FRAME.file | typeof WORKER_FRAME.run, payload: Buffer, what: string): Buffer {
  if (payload.length > MAX_FRAME_BYTES) throw tooLarge(`${what} take more than ${MAX_FRAME_BYTES} bytes`);
  return encodeFrame(type, payload);
}

function tooLarge(message: string): AppError {
  return new AppError('invalid_request', message);
}
