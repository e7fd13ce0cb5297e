import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, jest, test } from '@jest/globals';
import type { CollectOrder, CollectReport, CollectSink } from '@gantry/core';
import { type AttributeValue, encodeAttributes } from './attributes.js';
import { Collection } from './collection.js';
import { INIT_FRAME, WORKER_FRAME } from './frame-codec.js';
import { InitConnection } from './init-connection.js';

const ORDER: CollectOrder = {
  root: '/workspace//a/',
  patterns: ['out/**', '*.png'],
  maxFiles: 2,
  maxFileBytes: 10,
  maxTotalBytes: 15,
  wallMs: 60_000,
};
const violation = expect.objectContaining({ code: 'protocol_violation' });

function frame(type: number, payload: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(payload as string);
  const header = Buffer.alloc(5);
  header.writeUInt32LE(bytes.length, 0);
  header.writeUInt8(type, 4);
  return Buffer.concat([header, bytes]);
}

const pair = (type: number, first: AttributeValue, second: AttributeValue): Buffer =>
  frame(type, encodeAttributes([[1, first], [2, second]])); // prettier-ignore
const file = (path: string, size: number): Buffer => pair(INIT_FRAME.artifact, path, size);
const data = (bytes: Uint8Array | string): Buffer => frame(INIT_FRAME.artifactData, bytes);
const given = frame(INIT_FRAME.artifactEnd, encodeAttributes([[1, 1]]));
const givenUp = (why: number): Buffer => pair(INIT_FRAME.artifactEnd, 0, why);
const omitted = (path: string, why: number): Buffer => pair(INIT_FRAME.omitted, path, why);
const collected = (untold = 0, end = 0): Buffer => pair(INIT_FRAME.collected, untold, end);
const whole = (path: string, content: string): Buffer[] => [file(path, content.length), data(content), given];

/** An init that has said everything already, and the container around it. */
function container(frames: Buffer[], { ends = false } = {}) {
  const heard = new PassThrough();
  const said = new PassThrough();
  for (const bytes of frames) {
    const header = Buffer.alloc(8);
    header.writeUInt8(1, 0);
    header.writeUInt32BE(bytes.length, 4);
    said.write(Buffer.concat([header, bytes]));
  }
  if (ends) said.end();
  const kill = jest.fn(async () => void said.end());
  const connection = new InitConnection(Duplex.from({ readable: said, writable: heard }));
  return { heard, kill, parts: { id: 'c1', connection }, end: async () => ({ exitCode: 137, oomKilled: false }) };
}

class Told implements CollectSink {
  readonly said: string[] = [];
  file(path: string, size: number): void {
    this.said.push(`${path} ${size}`);
  }
  data(bytes: Uint8Array): void {
    this.said.push(`"${Buffer.from(bytes).toString()}"`);
  }
  end(how: string): void {
    this.said.push(how);
  }
  omitted(path: string, reason: string): void {
    this.said.push(`${path}: ${reason}`);
  }
}

function collect(
  frames: Buffer[],
  changes: Partial<CollectOrder> = {},
): { said: string[]; report: Promise<CollectReport> } {
  const told = new Told();
  const { signal } = new AbortController();
  return { said: told.said, report: new Collection(container(frames), { ...ORDER, ...changes }, told).run(signal) };
}

describe('Collection', () => {
  test('asks as ordered and hands on what comes', async () => {
    const place = container([
      ...whole('out/a', 'hello'),
      omitted('link', 1),
      file('b.png', 6),
      data('abc'),
      givenUp(6),
      ...whole('c.png', ''),
      collected(3),
    ].filter((bytes) => bytes.length > 5)); // prettier-ignore
    const told = new Told();
    const report = await new Collection(place, { ...ORDER, maxFiles: 3 }, told).run(new AbortController().signal);
    expect(report).toEqual({ omittedUntold: 3 });
    expect(told.said).toEqual([
      'out/a 5',
      '"hello"',
      'complete',
      'link: not_a_regular_file',
      'b.png 6',
      '"abc"',
      'changed_while_read',
      'c.png 0',
      'complete',
    ]);
    const order = encodeAttributes([
      [1, '/workspace/a'],
      [2, 'out/**'],
      [2, '*.png'],
      [3, 3],
      [4, 10],
      [5, 15],
      [6, 60_000],
    ]);
    expect(place.heard.read()).toEqual(frame(WORKER_FRAME.collect, order));
    expect(place.kill).not.toHaveBeenCalled();
  });

  test.each([
    [1, 'time_limit'],
    [2, 'unreadable'],
  ])('tells that not everything was looked at (end %i)', async (end, reason) => {
    const { said, report } = collect([collected(0, end)]);
    await report;
    expect(said).toEqual([`.: ${reason}`]);
  });

  const bare = frame(INIT_FRAME.artifactEnd);
  test.each<[string, Buffer[]]>([
    ['a third file', ['a', 'b', 'c'].flatMap((name) => whole(name, 'x'))],
    ['a file above its cap', [file('a', 11)]],
    ['files above their cap together', [...whole('a', '1234567890'), file('b', 6)]],
    ['more bytes than announced', [file('a', 2), data('abc')]],
    ['fewer bytes than announced', [file('a', 2), data('a'), given]],
    ['bytes of no file', [data('a')]],
    ['an empty piece', [file('a', 1), data('')]],
    ['the end of no file', [given]],
    ['an end that says nothing', [file('a', 0), bare]],
    ['an end for an unknown reason', [file('a', 0), givenUp(10)]],
    ['a file inside another', [file('a', 1), file('b', 1)]],
    ['an omission inside a file', [file('a', 1), omitted('b', 1)]],
    ['an end inside a file', [file('a', 1), collected()]],
    ['the same file twice', [...whole('a', 'x'), file('a', 1)]],
    ['an absolute path', [file('/etc/passwd', 1)]],
    ['a path that climbs', [file('a/../../b', 1)]],
    ['a path with an empty part', [file('a//b', 1)]],
    ['no path', [file('', 1)]],
    ['a path with NUL', [pair(INIT_FRAME.artifact, Buffer.from('a\0b'), 1)]],
    ['a path that is no text', [pair(INIT_FRAME.artifact, Buffer.from([0xff]), 1)]],
    ['a path that is too long', [file('a'.repeat(1025), 1)]],
    ['a hundred and one omissions', Array.from({ length: 101 }, () => omitted('a', 1))],
    [
      'a hundred and one files that are given up',
      Array.from({ length: 101 }, (_, n) => [file(`${n}`, 0), givenUp(6)]).flat(),
    ],
    ['an omission for no reason', [omitted('a', 0)]],
    ['an unknown end', [collected(0, 4)]],
    ['an EXIT', [frame(INIT_FRAME.exit)]],
    ['output', [frame(INIT_FRAME.stdout, 'x')]],
    ['a complaint about the order', [pair(INIT_FRAME.error, 'bad_frame', 'x')]],
  ])('takes no %s', async (_, frames) => {
    await expect(collect(frames).report).rejects.toEqual(violation);
  });

  test('says that the sandbox failed when the container ends', async () => {
    const told = new Told();
    const place = container([file('a', 3), data('a')], { ends: true });
    await expect(new Collection(place, ORDER, told).run(new AbortController().signal)).rejects.toMatchObject({
      code: 'sandbox_failed',
    });
    expect(told.said).toEqual(['a 3', '"a"']);
  });

  test('throws what the sink throws', async () => {
    const told = new Told();
    told.end = () => {
      throw new Error('no room');
    };
    const place = container(whole('a', 'x'));
    await expect(new Collection(place, ORDER, told).run(new AbortController().signal)).rejects.toThrow('no room');
  });

  test('reads nothing further while the sink is busy', async () => {
    const told = new Told();
    let release = (): void => undefined;
    const busy = new Promise<void>((resolve) => (release = resolve));
    Object.assign(told, {
      file: (path: string) => {
        told.said.push(path);
        return busy;
      },
    });
    const place = container([...whole('a', 'x'), collected()]);
    const report = new Collection(place, ORDER, told).run(new AbortController().signal);
    await new Promise((resolve) => setImmediate(resolve));
    expect(told.said).toEqual(['a']);
    release();
    await report;
    expect(told.said).toEqual(['a', '"x"', 'complete']);
  });

  test('asks the init to stop when the signal aborts', async () => {
    const place = container([]);
    const controller = new AbortController();
    const report = new Collection(place, ORDER, new Told()).run(controller.signal);
    controller.abort();
    await new Promise((resolve) => setImmediate(resolve));
    const heard = place.heard.read() as Buffer;
    expect(heard.subarray(-5)).toEqual(frame(WORKER_FRAME.kill));
    await place.kill();
    await expect(report).rejects.toMatchObject({ code: 'sandbox_failed' });
  });

  const slow = (ms: number): Told =>
    Object.assign(new Told(), { file: () => new Promise<void>((resolve) => setTimeout(resolve, ms)) });
  test.each([
    ['an init that says nothing', new Told(), [], 1010],
    ['an init that says nothing more after a slow store', slow(5000), [file('a', 1)], 5000 + 1010],
    ['a store that never comes back', slow(1e9), [file('a', 1)], 15_000 + 1010],
  ])('kills the container of %s when the time is over', async (_, sink, frames, ms) => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const place = container(frames);
      const report = new Collection(place, { ...ORDER, wallMs: 10 }, sink).run(new AbortController().signal);
      const refused = expect(report).rejects.toMatchObject({ code: 'sandbox_failed' });
      await new Promise((resolve) => setImmediate(resolve));
      await jest.advanceTimersByTimeAsync(ms - 20);
      expect(place.kill).not.toHaveBeenCalled();
      await jest.advanceTimersByTimeAsync(20);
      await refused;
      expect(place.kill).toHaveBeenCalledTimes(1);
    } finally {
      jest.useRealTimers();
    }
  });

  test('takes all from a slow store that comes back in time', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const place = container([...whole('a', 'x'), ...whole('b', 'y'), collected()]);
      const report = new Collection(place, { ...ORDER, wallMs: 10 }, slow(5000)).run(new AbortController().signal);
      await new Promise((resolve) => setImmediate(resolve));
      await jest.advanceTimersByTimeAsync(5000);
      await new Promise((resolve) => setImmediate(resolve));
      await jest.advanceTimersByTimeAsync(5000);
      expect(await report).toEqual({ omittedUntold: 0 });
      expect(place.kill).not.toHaveBeenCalled();
    } finally {
      jest.useRealTimers();
    }
  });

  test('ends, and nothing else does, when the time is over before the order is sent', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      let sent = (): void => undefined;
      const place = container([], { ends: true });
      place.parts.connection.send = () => new Promise<void>((resolve) => (sent = resolve));
      const report = new Collection(place, { ...ORDER, wallMs: 10 }, new Told()).run(new AbortController().signal);
      const refused = expect(report).rejects.toMatchObject({ code: 'sandbox_failed' });
      await jest.advanceTimersByTimeAsync(1010);
      await new Promise((resolve) => setImmediate(resolve));
      sent();
      await refused;
      expect(place.kill).toHaveBeenCalledTimes(1);
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      jest.useRealTimers();
      process.off('unhandledRejection', unhandled);
    }
  });
});
