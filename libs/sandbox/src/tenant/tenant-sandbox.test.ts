import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { Limits } from '@gantry/contracts';
import type { StageCommand } from '@gantry/core';
import { encodeAttributes } from '../attributes.js';
import { encodeFrame, INIT_FRAME, type WorkerFrameType } from '../frame-codec.js';
import { InitConnection } from '../init-connection.js';
import type { TurnContainer } from './tenant-container.js';
import { TenantSandbox } from './tenant-sandbox.js';

const STAGE: StageCommand = {
  argv: ['/bin/true'],
  env: {},
  cwd: '/workspace',
  files: [],
  stdin: new Uint8Array(),
  wallMs: 60_000,
  cpuMs: null,
  maxOutputBytes: 10,
  onOutputLimit: 'truncate',
  preload: null,
};
const EXIT_0 = encodeAttributes([
  [1, 0],
  [2, 0],
  [5, 0],
  [6, 1000],
]);
const LAST = encodeAttributes([[15, 1]]);
const ORDER = { root: '/workspace', patterns: ['*'], maxFiles: 1, maxFileBytes: 1, maxTotalBytes: 1, wallMs: 1 };
const ignore = (): void => undefined;
const SINK = { write: ignore, gap: ignore };
const COLLECT_SINK = {} as Parameters<TenantSandbox['collect']>[1];
const NEVER = new AbortController().signal;

/** As the engine wraps it; only the numbers of frames tell an init's from a worker's. */
function piece(type: number, payload: Buffer): Buffer {
  const frame = encodeFrame(type as WorkerFrameType, payload);
  const header = Buffer.alloc(8);
  header.writeUInt8(1, 0);
  header.writeUInt32BE(frame.length, 4);
  return Buffer.concat([header, frame]);
}

/** One turn in a container whose init says that the program has ended. */
function turn(isShort: boolean) {
  const heard = new PassThrough();
  const said = new PassThrough();
  const connection = new InitConnection(Duplex.from({ readable: said, writable: heard }));
  said.write(piece(INIT_FRAME.exit, EXIT_0));
  const container = {
    parts: { id: 'c1', connection, limits: {}, imageDigest: 'sha256:abc' },
    isSound: true,
  } as unknown as TurnContainer;
  const returned: unknown[] = [];
  const lender = { giveBack: (_: TurnContainer, how: object) => void returned.push(how), isShort: () => isShort };
  const sandbox = new TenantSandbox(container, { maxFileBytes: 1, maxOpenFiles: 1 } as Limits, 'warm', lender);
  return { sandbox, returned, saidLast: () => (heard.read() as Buffer).includes(LAST) };
}

describe('TenantSandbox', () => {
  test.each<[string, boolean, Partial<StageCommand>, boolean]>([
    ['lets its last stage end the world where somebody may wait', true, { last: true }, true],
    ['ends its world later where nobody waits', false, { last: true }, false],
    ['keeps its world for what may come', true, {}, false],
    ['keeps its world for a program that is fed', true, { last: true, stdin: Buffer.from('x') }, false],
  ])('%s', async (_, isShort, stage, ended) => {
    const { sandbox, returned, saidLast } = turn(isShort);
    await sandbox.run({ ...STAGE, ...stage }, SINK, NEVER);
    expect(saidLast()).toBe(ended);
    if (ended) await expect(sandbox.collect(ORDER, COLLECT_SINK, NEVER)).rejects.toThrow('Nothing can be collected');
    await sandbox[Symbol.asyncDispose]();
    expect(returned).toEqual([{ orderly: true, ended }]);
  });

  test('says nothing of an end to the world of a stage that is not sent', async () => {
    const { sandbox, returned } = turn(true);
    await sandbox.run({ ...STAGE, last: true }, SINK, AbortSignal.abort());
    await sandbox[Symbol.asyncDispose]();
    expect(returned).toEqual([{ orderly: true, ended: false }]);
  });
});
