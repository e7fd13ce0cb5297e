import { describe, expect, test } from '@jest/globals';
import {
  unranResult,
  type ExecutionRecord,
  type ExecutionRequest,
  type Runtime,
  type WorkerStatus,
} from '@gantry/contracts';
import { MemoryResultCache } from './fakes/index.js';
import { DEFAULT_LIMITS } from './resolve-limits.js';
import { cacheTicket, rememberResult, requireCacheable } from './result-cache.js';

const python = { name: 'python', version: '3.11', run: ['python3', '{file}'], install: null } as unknown as Runtime;
const file = (path: string, sha256: string) => ({ path, sha256, size: 1, mode: 0o644 });
const request: ExecutionRequest = {
  runtime: 'python',
  code: 'print(1)',
  args: ['a'],
  stdin: 'in',
  env: { A: '1', B: '2' },
  workingDirectory: '/workspace',
  imageId: null,
  files: [file('/workspace/a', '1'), file('/workspace/b', '2')],
  artifacts: ['*.png'],
  limits: DEFAULT_LIMITS,
  onOutputLimit: 'truncate',
  stdinMode: 'input',
  preload: true,
  isolation: 'default',
  requires: [],
  priority: 5,
  retryOnWorkerLost: 0,
  cache: null,
};
const worker = (executorDigest: string | null, more: { draining?: boolean; available?: boolean } = {}): WorkerStatus =>
  ({ draining: more.draining ?? false, engine: { available: more.available ?? true, executorDigest } }) as WorkerStatus;
const workers = [worker('sha256:1')];
const keyOf = (changes: Partial<ExecutionRequest> = {}, runtime = python, on = workers): string | undefined =>
  cacheTicket(runtime, { ...request, ...changes }, on)?.key;

describe('the key of a result', () => {
  test.each<[string, Partial<ExecutionRequest>]>([
    ['code', { code: 'print(2)' }],
    ['an argument', { args: ['b'] }],
    ['standard input', { stdin: 'other' }],
    ['the environment', { env: { A: '1', B: '3' } }],
    ['the working directory', { workingDirectory: '/tmp' }],
    ['the image', { imageId: 'img_1' }],
    ['a file', { files: [file('/workspace/a', '1'), file('/workspace/b', '3')] }],
    ['the mode of a file', { files: [file('/workspace/a', '1'), { ...file('/workspace/b', '2'), mode: 0o755 }] }],
    ['which files are wanted', { artifacts: ['*.jpg'] }],
    ['a limit', { limits: { ...DEFAULT_LIMITS, memoryBytes: 1 } }],
    ['what happens at the output limit', { onOutputLimit: 'kill' }],
  ])('changes with %s', (_what, changes) => expect(keyOf(changes)).not.toBe(keyOf()));

  test('changes with the definition of the runtime and with the executor image', () => {
    expect(keyOf({}, { ...python, version: '3.12' })).not.toBe(keyOf());
    expect(keyOf({}, python, [worker('sha256:2')])).not.toBe(keyOf());
  });

  test('does not change with the order of files and variables', () => {
    expect(keyOf({ files: request.files.toReversed(), env: { B: '2', A: '1' } })).toBe(keyOf());
  });

  test.each([
    ['no worker', []],
    ['a worker that does not know its image', [worker(null)]],
    ['workers with different images', [worker('sha256:1'), worker('sha256:2')]],
    ['one of two that does not know', [worker('sha256:1'), worker(null)]],
  ])('cannot be told with %s', (_what, on) => expect(cacheTicket(python, request, on)).toBeNull());

  test('does not ask workers that take nothing', () => {
    const on = [worker('sha256:1'), worker('sha256:2', { draining: true }), worker(null, { available: false })];
    expect(keyOf({}, python, on)).toBe(keyOf());
  });
});

test('what cannot be the same the next time is refused', () => {
  expect(() => requireCacheable(request)).not.toThrow();
  for (const changes of [{ limits: { ...DEFAULT_LIMITS, networkEnabled: true } }, { stdinMode: 'stream' as const }])
    expect(() => requireCacheable({ ...request, ...changes })).toThrow(
      expect.objectContaining({ code: 'invalid_request', fields: [expect.objectContaining({ path: 'cache' })] }),
    );
});

describe('remembering', () => {
  const ticket = { key: 'k', executorDigest: 'sha256:1' };
  const completed = { ...unranResult('completed', 'exit_code', ''), imageDigest: 'sha256:1' };
  const found = async (
    changes: Partial<ExecutionRequest>,
    result = completed,
    seen = 'sha256:1',
  ): Promise<string | null> => {
    const cache = new MemoryResultCache();
    const record = { id: 'x1', tenant: 'acme', request: { ...request, cache: ticket, ...changes } } as ExecutionRecord;
    const runtimes = { list: () => [python], resolve: () => python };
    const logger = { warn: () => undefined } as never;
    await rememberResult({ cache, runtimes, executorDigest: () => seen, logger }, record, result);
    expect(await cache.find('other', 'k')).toBeNull();
    return cache.find('acme', 'k');
  };

  test('keeps a completed result for its tenant', async () => expect(await found({})).toBe('x1'));

  test('keeps nothing that was not asked for, failed, or lacks what the store had no room for', async () => {
    expect(await found({ cache: null })).toBeNull();
    expect(await found({}, { ...completed, status: 'failed' })).toBeNull();
    expect(await found({}, { ...completed, artifactsOmitted: [{ path: 'a', reason: 'store_full' }] })).toBeNull();
  });

  test('keeps nothing that ran on another image than the key says', async () => {
    expect(await found({}, { ...completed, imageDigest: 'sha256:2' })).toBeNull();
    expect(await found({ imageId: 'img_1' }, { ...completed, imageDigest: 'sha256:9' })).toBe('x1');
    expect(await found({ imageId: 'img_1' }, { ...completed, imageDigest: 'sha256:9' }, 'sha256:2')).toBeNull();
  });
});
