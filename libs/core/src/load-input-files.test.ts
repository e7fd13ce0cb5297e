import { beforeEach, describe, expect, test } from '@jest/globals';
import { AppError, type BlobFile, type ExecutionRecord, type ExecutionResult } from '@gantry/contracts';
import { FakeClock, MemoryBlobStore } from './fakes/index.js';
import { inputFilesOrEnd, loadInputFiles } from './load-input-files.js';
import type { AttemptStore, ClaimedDelivery, Logger } from './ports/index.js';

const logger = { warn: () => undefined } as unknown as Logger;
const never = new AbortController().signal;

describe('the files of an execution', () => {
  const clock = new FakeClock();
  let blobs: MemoryBlobStore;
  let ended: ExecutionResult[];
  let files: BlobFile[];

  beforeEach(async () => {
    blobs = new MemoryBlobStore(clock);
    ended = [];
    const kept = await blobs.put(Buffer.alloc(300_000, 7), { maxBytes: 1e6, keepUntil: clock.now() + 1000 });
    files = [
      { path: '/workspace/a', mode: 0o644, ...kept },
      { path: '/workspace/b', mode: 0o755, ...kept },
    ];
  });

  const attempts = {
    finish: (_id: string, _by: unknown, result: ExecutionResult) => Promise.resolve(ended.push(result) > 0),
  } as unknown as AttemptStore;
  const record = (): ExecutionRecord => ({ id: 'x1', request: { files } }) as ExecutionRecord;
  const delivery = (retriesLeft: boolean): ClaimedDelivery =>
    ({ id: 'x1', nonce: 'n', signal: never, failedBefore: 0, retriesLeft }) as ClaimedDelivery;
  const orEnd = (retriesLeft = true): ReturnType<typeof inputFilesOrEnd> =>
    inputFilesOrEnd({ attempts, blobs, logger }, record(), delivery(retriesLeft));

  test('come with their bytes, each content read once', async () => {
    const [a, b] = await loadInputFiles(blobs, files, never);
    expect(a).toMatchObject({ path: '/workspace/a', mode: 0o644 });
    expect(a?.content).toHaveLength(300_000);
    expect(b?.content).toBe(a?.content);
  });

  test('that are gone end the execution with the name of the first, and it is not tried again', async () => {
    clock.advance(2000);
    await blobs.expire(10);
    expect(await orEnd()).toBeNull();
    expect(ended).toMatchObject([
      {
        status: 'failed',
        reason: 'internal_error',
        message: 'The input files are missing: The content of /workspace/a is not kept any more',
      },
    ]);
  });

  test('that cannot be had now are tried again, and end the execution when that is over', async () => {
    blobs.broken = true;
    await expect(orEnd()).rejects.toBeInstanceOf(AppError);
    expect(ended).toEqual([]);
    expect(await orEnd(false)).toBeNull();
    expect(ended).toMatchObject([{ status: 'failed', message: expect.stringContaining('does not answer') }]);
  });

  test('are not asked for when there are none', async () => {
    blobs.broken = true;
    files = [];
    expect(await orEnd()).toEqual([]);
  });
});
