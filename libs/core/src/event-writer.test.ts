import { describe, expect, test } from '@jest/globals';
import type { NewEvent } from '@gantry/contracts';
import { EventWriter } from './event-writer.js';
import type { EventLog } from './ports/index.js';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** Takes what is appended; `gate` holds an append up. */
function recordingLog(answer: () => Promise<boolean> = () => Promise.resolve(true)): {
  log: EventLog;
  batches: { offset: number; events: readonly NewEvent[] }[];
} {
  const batches: { offset: number; events: readonly NewEvent[] }[] = [];
  const log = {
    append: async ({ offset }: { offset: number }, events: readonly NewEvent[]) => {
      batches.push({ offset, events });
      return answer();
    },
  } as unknown as EventLog;
  return { log, batches };
}

const textOf = (batches: { events: readonly NewEvent[] }[], stream: string): string =>
  batches
    .flatMap(({ events }) =>
      events.flatMap((event) => (event.type === stream ? [(event.data as { text: string }).text] : [])),
    )
    .join('');

describe('EventWriter', () => {
  test('sends the first write at once and coalesces what follows', async () => {
    const { log, batches } = recordingLog();
    const writer = new EventWriter(log, clock, { id: 'x', attempt: 1 });
    for (let i = 0; i < 1000; i++) void writer.write('stdout', Buffer.from(`${i} `));
    await writer.close();
    expect(batches[0]?.offset).toBe(0);
    expect(batches.length).toBeLessThanOrEqual(3);
    expect(textOf(batches, 'stdout')).toBe(Array.from({ length: 1000 }, (_, i) => `${i} `).join(''));
  });

  test('keeps the order of the streams and counts offsets without holes', async () => {
    const { log, batches } = recordingLog();
    const writer = new EventWriter(log, clock, { id: 'x', attempt: 1 });
    void writer.write('stdout', Buffer.from('1'));
    void writer.write('stderr', Buffer.from('2'));
    void writer.write('stdout', Buffer.from('3'));
    await writer.close();
    const events = batches.flatMap((batch) => batch.events);
    expect(events.map((event) => [event.type, (event.data as { text: string }).text])).toEqual([
      ['stdout', '1'],
      ['stderr', '2'],
      ['stdout', '3'],
    ]);
    let offset = 0;
    for (const batch of batches) {
      expect(batch.offset).toBe(offset);
      offset += batch.events.length;
    }
  });

  test('holds the program back while the log is slow, and lets it go on after', async () => {
    let open = (): void => undefined;
    const gate = new Promise<boolean>((resolve) => (open = () => resolve(true)));
    const { log } = recordingLog(() => gate);
    const writer = new EventWriter(log, clock, { id: 'x', attempt: 1 });
    expect(writer.write('stdout', Buffer.alloc(1024))).toBeUndefined();
    const held = writer.write('stdout', Buffer.alloc(5 * 1024 * 1024, 97));
    expect(held).toBeInstanceOf(Promise);
    open();
    await held;
    await writer.close();
  });

  test('tells where bytes were left out', async () => {
    const { log, batches } = recordingLog();
    const writer = new EventWriter(log, clock, { id: 'x', attempt: 1 });
    void writer.write('stdout', Buffer.from('head'));
    writer.gap('stdout', 42);
    void writer.write('stdout', Buffer.from('tail'));
    await writer.close();
    const events = batches.flatMap((batch) => batch.events);
    expect(events.map((event) => event.data)).toEqual([
      { text: 'head', encoding: 'utf-8' },
      { text: 'tail', encoding: 'utf-8', droppedBytes: 42 },
    ]);
  });

  test.each([
    ['refuses', () => Promise.resolve(false)],
    ['breaks', () => Promise.reject(new Error('gone'))],
  ])('throws the rest away when the log %s', async (_how, answer) => {
    const { log, batches } = recordingLog(answer);
    const writer = new EventWriter(log, clock, { id: 'x', attempt: 1 });
    void writer.write('stdout', Buffer.from('a'));
    await writer.close();
    expect(writer.write('stdout', Buffer.alloc(10 * 1024 * 1024))).toBeUndefined();
    await writer.close();
    expect(batches).toHaveLength(1);
  });

  test('leaves a last bit to be written with the end, and nothing of what is written already', async () => {
    const { log, batches } = recordingLog();
    const writer = new EventWriter(log, clock, { id: 'x', attempt: 1 });
    void writer.write('stdout', Buffer.from('a'));
    expect(await writer.closeForEnd()).toEqual({
      offset: 0,
      events: [{ type: 'stdout', data: { text: 'a', encoding: 'utf-8' } }],
      complete: true,
    });
    expect(batches).toHaveLength(0);
  });

  test('writes much itself, also at the end', async () => {
    const { log, batches } = recordingLog();
    const writer = new EventWriter(log, clock, { id: 'x', attempt: 1 });
    void writer.write('stdout', Buffer.alloc(200_000, 97));
    const last = await writer.closeForEnd();
    const events = [...batches.flatMap((batch) => batch.events), ...last.events];
    expect(textOf([{ events }], 'stdout')).toHaveLength(200_000);
    expect(batches.length).toBeGreaterThan(0);
    expect(last.offset).toBe(batches.flatMap((batch) => batch.events).length);
  });

  test('tells usage once a second, however often it comes, and in its place among the output', async () => {
    const { log, batches } = recordingLog();
    let now = 0;
    const writer = new EventWriter(log, { ...clock, monotonic: () => now }, { id: 'x', attempt: 1 });
    const usage = (cpuMs: number): void => writer.usage({ cpuMs, peakMemoryBytes: null, peakProcesses: 1 });
    void writer.write('stdout', Buffer.from('a'));
    for (let i = 0; i < 10_000; i++) usage(i);
    now = 1000;
    usage(1000);
    void writer.write('stdout', Buffer.from('b'));
    await writer.close();
    usage(2000);
    const told = batches.flatMap(({ events }) => events).map(({ type, data }) => [type, data]);
    expect(told).toEqual([
      ['stdout', expect.objectContaining({ text: 'a' })],
      ['usage', { cpuMs: 0, peakMemoryBytes: null, peakProcesses: 1 }],
      ['usage', { cpuMs: 1000, peakMemoryBytes: null, peakProcesses: 1 }],
      ['stdout', expect.objectContaining({ text: 'b' })],
    ]);
  });
});
