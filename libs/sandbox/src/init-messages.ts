import { getSystemErrorName } from 'node:util';
import type { OutputStream } from '@gantry/contracts';
import type { StageCause, StageReport } from '@gantry/core';
import { type AttributeSchema, violation } from './attributes.js';
import { Fields } from './fields.js';
import { signalName } from './signal-names.js';

/** What the init says, checked: nothing in here is believed because of where it comes from. */

export const PROTOCOL_VERSION = 1;

export interface ReadyMessage {
  protocolVersion: number | null;
  cgroupVersion: number | null;
  capabilities: number | null;
  uid: number | null;
  noNewPrivileges: number | null;
  seccompMode: number | null;
  preloaded: string[];
  /** Of a world: the only owner that it has. */
  owner: number | null;
}

export interface ErrorMessage {
  code: string;
  text: string;
}

const number = (name: string) => ({ name, kind: 'number' }) as const;
const string = (name: string) => ({ name, kind: 'string' }) as const;

const READY: AttributeSchema = {
  1: number('protocolVersion'),
  2: number('cgroupVersion'),
  3: number('capabilities'),
  4: number('uid'),
  5: number('noNewPrivileges'),
  6: number('seccompMode'),
  7: string('preloaded'),
  8: number('owner'),
};
const PRELOADED: AttributeSchema = { 1: string('name') };
const GAP: AttributeSchema = { 1: number('stream'), 2: number('bytes') };
const CREDIT: AttributeSchema = { 1: number('bytes') };
const USAGE: AttributeSchema = { 1: number('cpuMicros'), 2: number('memoryBytes'), 3: number('processes') };
const ERROR: AttributeSchema = { 1: string('code'), 2: string('text') };
const EXIT: AttributeSchema = {
  1: number('kind'),
  2: number('exitCode'),
  3: number('signal'),
  4: number('errno'),
  5: number('cause'),
  6: number('wallMicros'),
  7: number('cpuMicros'),
  8: number('peakMemoryBytes'),
  9: number('peakProcesses'),
  10: number('oomKills'),
  11: number('refusedForks'),
  12: number('throttledMicros'),
  13: number('stdoutBytes'),
  14: number('stderrBytes'),
  15: number('stdoutDroppedBytes'),
  16: number('stderrDroppedBytes'),
  17: number('diskFull'),
};

export function parseReady(payload: Uint8Array): ReadyMessage {
  const fields = new Fields(payload, READY);
  return {
    protocolVersion: fields.number('protocolVersion'),
    cgroupVersion: fields.number('cgroupVersion'),
    capabilities: fields.number('capabilities'),
    uid: fields.number('uid'),
    noNewPrivileges: fields.number('noNewPrivileges'),
    seccompMode: fields.number('seccompMode'),
    preloaded: fields.string('preloaded').split(',').filter(Boolean),
    owner: fields.number('owner'),
  };
}

/** The interpreter that now waits for its program, or `null` when none does. */
export function parsePreloaded(payload: Uint8Array): string | null {
  return new Fields(payload, PRELOADED).string('name') || null;
}

export function parseGap(payload: Uint8Array): { stream: OutputStream; bytes: number } {
  const fields = new Fields(payload, GAP);
  const stream = fields.needed('stream');
  if (stream !== 1 && stream !== 2) throw violation(`a gap in stream ${stream}`);
  return { stream: stream === 1 ? 'stdout' : 'stderr', bytes: fields.needed('bytes') };
}

export function parseCredit(payload: Uint8Array): number {
  return new Fields(payload, CREDIT).needed('bytes');
}

/** What the stage uses now; its peaks are the caller's to keep. */
export function parseUsage(payload: Uint8Array): {
  cpuMs: number | null;
  memoryBytes: number | null;
  processes: number | null;
} {
  const fields = new Fields(payload, USAGE);
  return {
    cpuMs: toMillis(fields.number('cpuMicros')),
    memoryBytes: fields.number('memoryBytes'),
    processes: fields.number('processes'),
  };
}

export function parseError(payload: Uint8Array): ErrorMessage {
  const fields = new Fields(payload, ERROR);
  return { code: fields.string('code'), text: fields.string('text') };
}

const CAUSES: readonly StageCause[] = ['self', 'wall', 'cpu', 'output', 'killed'];

export function parseExit(payload: Uint8Array): StageReport {
  const fields = new Fields(payload, EXIT);
  const cause = CAUSES[fields.needed('cause')];
  if (cause === undefined) throw violation('the cause of an end is not known');
  return {
    ...parseEnd(fields),
    cause,
    wallMs: fields.needed('wallMicros') / 1000,
    cpuMs: toMillis(fields.number('cpuMicros')),
    peakMemoryBytes: fields.number('peakMemoryBytes'),
    peakProcesses: fields.number('peakProcesses'),
    oomKills: fields.number('oomKills'),
    refusedForks: fields.number('refusedForks'),
    diskFull: fields.number('diskFull') === 1,
    stdoutDroppedBytes: fields.number('stdoutDroppedBytes') ?? 0,
    stderrDroppedBytes: fields.number('stderrDroppedBytes') ?? 0,
  };
}

function parseEnd(fields: Fields): Pick<StageReport, 'exitCode' | 'signal' | 'startError'> {
  switch (fields.needed('kind')) {
    case 0:
      return { exitCode: inRange(fields.needed('exitCode'), 255, 'exit code'), signal: null, startError: null };
    case 1:
      return { exitCode: null, signal: signalName(inRange(fields.needed('signal'), 64, 'signal')), startError: null };
    case 2:
      return { exitCode: null, signal: null, startError: errnoName(inRange(fields.needed('errno'), 4095, 'errno')) };
    default:
      throw violation('the kind of an end is not known');
  }
}

function inRange(value: number, ceiling: number, what: string): number {
  if (value > ceiling) throw violation(`${what} ${value} does not exist`);
  return value;
}

function errnoName(errno: number): string {
  return errno === 0 ? 'EUNKNOWN' : getSystemErrorName(-errno);
}

function toMillis(micros: number | null): number | null {
  return micros === null ? null : micros / 1000;
}
