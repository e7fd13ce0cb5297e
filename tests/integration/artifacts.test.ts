import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Sandbox } from '@gantry/core';
import { CollectedFiles, collectFrom, ORDER } from '../support/collected-files.js';
import { CollectingSink, programStage, RealSandboxes, runIn } from '../support/real-sandboxes.js';
import { TenantSandboxes } from '../support/tenant-sandboxes.js';

const oneUse = new RealSandboxes();
const tenants = new TenantSandboxes();

describe.each<[string, () => Promise<Sandbox>]>([
  ['a container of its own', () => oneUse.acquire()],
  ["a tenant's container", () => tenants.acquire()],
])('artifacts of %s', (_, acquire) => {
  test('are the regular files that match, byte for byte, and what was left out is told', async () => {
    await using sandbox = await acquire();
    const { stdout, report } = await runIn(sandbox, await programStage('leave-files.py'));
    expect(report.exitCode).toBe(0);
    const { files, omissions, report: collected } = await collectFrom(sandbox);
    expect([...files.keys()].sort()).toEqual([
      'out/a.txt',
      'out/deep/b.json',
      'out/deep/er/empty',
      'out/hard',
      'out/large.bin',
      'out/new\nline',
      'out/ä 😀.txt',
    ]);
    const large = files.get('out/large.bin') ?? Buffer.alloc(0);
    expect(createHash('sha256').update(large).digest('hex')).toBe(stdout.toString().trim());
    expect(omissions).toEqual({
      'out/etc': 'not_a_regular_file',
      'out/fifo': 'not_a_regular_file',
      'out/giant': 'file_too_large',
      'out/link': 'not_a_regular_file',
      'out/no\\xfftext': 'name_not_text',
      'out/proc': 'not_a_regular_file',
      'out/shut': 'unreadable',
      'out/socket': 'not_a_regular_file',
    });
    expect(collected).toEqual({ omittedUntold: 0 });
    const deep = await collectFrom(sandbox, { patterns: ['deep/**', 'out/*.txt'], maxFiles: 1 });
    expect([...deep.files.keys()]).toEqual(['out/a.txt']);
    expect(Object.values(deep.omissions).sort()).toEqual(['too_deep', 'too_many']);
  });

  test.each([
    ['a time limit', 'and-sleep', { wallMs: 1500 }, { cause: 'wall' }],
    ['a signal', 'and-die', {}, { signal: 'SIGSEGV' }],
  ])('come out after %s', async (_name, argument, changes, end) => {
    await using sandbox = await acquire();
    const stage = await programStage('leave-files.py', { args: [argument], stage: changes });
    expect((await runIn(sandbox, stage)).report).toMatchObject(end);
    const { files } = await collectFrom(sandbox, { patterns: ['out/*.txt'] });
    expect([...files.keys()]).toEqual(['out/a.txt', 'out/ä 😀.txt']);
  });

  test('come out after a kill by the worker, and stop when that is asked', async () => {
    await using sandbox = await acquire();
    const stage = await programStage('leave-files.py', { args: ['and-sleep'] });
    const kill = new AbortController();
    const output = new CollectingSink();
    output.write = () => kill.abort();
    expect((await runIn(sandbox, stage, { signal: kill.signal, sink: output })).report.cause).toBe('killed');
    const stop = new AbortController();
    const sink = new CollectedFiles();
    sink.data = () => stop.abort();
    await sandbox.collect({ ...ORDER, patterns: ['out/large.bin', 'out/a.txt'] }, sink, stop.signal);
    expect(sink.omissions).toMatchObject({ '.': 'time_limit' });
    expect([...(await collectFrom(sandbox, { patterns: ['out/a.txt'] })).files.keys()]).toEqual(['out/a.txt']);
  });
});

test('a sink that takes its time holds the sandbox back, up to the time of the order', async () => {
  await using sandbox = await oneUse.acquire();
  await runIn(sandbox, await programStage('leave-files.py'));
  const sink = new CollectedFiles();
  const takeAtOnce = sink.data.bind(sink);
  let pieces = 0;
  sink.data = async (bytes) => {
    await takeAtOnce(bytes);
    if (++pieces === 2) await new Promise((resolve) => setTimeout(resolve, 1000));
  };
  await sandbox.collect({ ...ORDER, patterns: ['out/*.bin'], wallMs: 600 }, sink, new AbortController().signal);
  expect([...sink.files.keys()]).toEqual([]);
  expect(sink.omissions).toEqual({ 'out/large.bin': 'time_limit', '.': 'time_limit' });
});

test('a sandbox in which nothing has run, or that has gone, gives nothing', async () => {
  await using sandbox = await oneUse.acquire();
  await expect(collectFrom(sandbox)).rejects.toMatchObject({ code: 'sandbox_failed' });
  await runIn(sandbox, await programStage('end.py'));
  await using gone = sandbox;
  await gone[Symbol.asyncDispose]();
  await expect(collectFrom(gone)).rejects.toMatchObject({ code: 'sandbox_failed' });
});

test("a tenant's next execution finds nothing of what was collected before", async () => {
  {
    await using first = await tenants.acquire({ tenant: 'again' });
    await runIn(first, await programStage('leave-files.py'));
    expect((await collectFrom(first)).files.size).toBeGreaterThan(0);
  }
  await using second = await tenants.acquire({ tenant: 'again' });
  expect(second.info.kind).toBe('warm');
  await runIn(second, await programStage('end.py'));
  expect((await collectFrom(second, { patterns: ['**'] })).files.has('out/a.txt')).toBe(false);
});
