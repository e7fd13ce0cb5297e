import { describe, expect, test } from '@jest/globals';
import type { ExecutionRequest, Runtime } from '@gantry/contracts';
import { DEFAULT_LIMITS } from './resolve-limits.js';
import { toStages } from './stage-commands.js';

const runtime: Runtime = {
  name: 'c',
  aliases: [],
  version: '12',
  fileName: 'main.c',
  extensions: ['.c'],
  install: null,
  compile: { command: ['cc', '-o', '{dir}/program', '{file}', '-I{dir}:{dir}'], timeoutMs: 5000, cpuMs: 2000 },
  run: ['{dir}/program'],
  env: { KIND: 'runtime', OWN: '1' },
  preload: null,
  packageManager: null,
  limits: {},
};
const request: ExecutionRequest = {
  runtime: 'c',
  code: 'int main;',
  args: ['{file}', '{dir}'],
  stdin: 'in',
  env: { KIND: 'request' },
  workingDirectory: '/workspace/deep/',
  imageId: null,
  files: [],
  artifacts: [],
  limits: { ...DEFAULT_LIMITS, timeoutMs: 10_000 },
  onOutputLimit: 'kill',
  stdinMode: 'input',
  preload: true,
  isolation: 'default',
  requires: [],
  priority: 5,
  retryOnWorkerLost: 0,
  cache: null,
};
const withLimits = (timeoutMs: number, cpuMs: number | null): ExecutionRequest => ({
  ...request,
  limits: { ...request.limits, timeoutMs, cpuMs },
});

describe('toStages', () => {
  test('fills in source and build directory, wherever and however often they are mentioned', () => {
    const { compile, run } = toStages(runtime, request);
    const file = '/workspace/deep/main.c';
    expect(compile?.argv).toEqual(['cc', '-o', '/tmp/build/program', file, '-I/tmp/build:/tmp/build']);
    expect(compile?.files.map(({ path }) => path)).toEqual([file, '/tmp/build/.keep']);
    expect(run.files).toEqual([]);
  });

  test("leaves the program's arguments as they are", () => {
    expect(toStages(runtime, request).run.argv).toEqual(['/tmp/build/program', '{file}', '{dir}']);
  });

  test('prefers the environment of the request, and gives it to both stages', () => {
    const { compile, run } = toStages(runtime, request);
    for (const stage of [compile, run]) expect(stage?.env).toMatchObject({ KIND: 'request', OWN: '1' });
  });

  test('gives a compiler no standard input, and bounds what it says by itself', () => {
    const { compile, run } = toStages(runtime, request);
    expect(compile).toMatchObject({ stdin: new Uint8Array(0), onOutputLimit: 'truncate', maxOutputBytes: 256 * 1024 });
    expect(run).toMatchObject({ stdin: Buffer.from('in'), onOutputLimit: 'kill' });
  });

  test.each<[string, ExecutionRequest, number, number | null]>([
    ['its own limits below those of the execution', request, 5000, 2000],
    ["the execution's when they are lower", withLimits(3000, 1000), 3000, 1000],
  ])('compiles within %s', (_what, given, wallMs, cpuMs) => {
    expect(toStages(runtime, given).compile).toMatchObject({ wallMs, cpuMs });
  });

  test("compiles within the execution's limits when it has none of its own", () => {
    const unlimited = { ...runtime, compile: { command: ['cc', '{file}'], timeoutMs: null, cpuMs: null } };
    expect(toStages(unlimited, request).compile).toMatchObject({ wallMs: 10_000, cpuMs: null });
  });

  test('without a compile stage runs the source, in the interpreter that stands ready if the request allows', () => {
    const script: Runtime = { ...runtime, compile: null, run: ['python3', '{file}'], preload: 'python' };
    const { compile, run } = toStages(script, request);
    expect(compile).toBeNull();
    expect(run).toMatchObject({ argv: ['python3', '/workspace/deep/main.c', '{file}', '{dir}'], preload: 'python' });
    expect(run.files.map(({ path }) => path)).toEqual(['/workspace/deep/main.c']);
    expect(toStages(script, { ...request, preload: false }).run.preload).toBeNull();
  });
});
