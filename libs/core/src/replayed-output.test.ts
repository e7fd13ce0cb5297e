import type { OutputText } from '@gantry/contracts';
import { expect, test } from '@jest/globals';
import { EventWriter } from './event-writer.js';
import { FakeClock } from './fakes/index.js';
import { OutputBuffer } from './output-buffer.js';
import type { EventLog } from './ports/index.js';
import { ReplayedOutput } from './replayed-output.js';

/** Takes events as a log does, and hands them on. */
class Collected implements Pick<EventLog, 'append'> {
  readonly replayed = new ReplayedOutput(['stdout']);

  append(_writer: object, events: Parameters<EventLog['append']>[1]): Promise<boolean> {
    for (const event of events) this.replayed.take(event);
    return Promise.resolve(true);
  }
}

type Piece = Uint8Array | number;

/** What the result tells of the same pieces when they are held, and what when they are left to the log. */
async function bothWays(
  pieces: readonly Piece[],
): Promise<{ held: OutputText; logged: OutputText; replayed: unknown }> {
  const log = new Collected();
  const events = new EventWriter(log as unknown as EventLog, new FakeClock(), { id: 'x', attempt: 1 });
  const [held, left] = [new OutputBuffer(), new OutputBuffer(0)];
  for (const piece of pieces) {
    if (typeof piece === 'number') for (const each of [held, left]) each.gap(piece);
    else for (const each of [held, left]) each.write(piece);
    if (typeof piece === 'number') events.gap('stdout', piece);
    else await events.write('stdout', piece);
  }
  await events.close();
  return { held: held.toText(), logged: left.toText(), replayed: log.replayed.texts().stdout };
}

const text = Buffer.from('é"\n\u0000𝄞'.repeat(40_000));

test.each<[string, Piece[]]>([
  ['long text', [text]],
  [
    'text that comes cut anywhere',
    [text.subarray(0, 100_001), text.subarray(100_001, 300_002), text.subarray(300_002)],
  ],
  ['text with a gap that halves code points', [text.subarray(0, 100_001), 77, text.subarray(200_003)]],
  ['bytes that are no text', [text, Buffer.alloc(100_000, 0xff)]],
  ['text that ends in half a code point', [text.subarray(0, text.length - 1)]],
])('%s is the same from its events as from memory', async (_what, pieces) => {
  const { held, logged, replayed } = await bothWays(pieces);
  const { text, encoding, truncated, droppedBytes } = held;
  expect(replayed).toEqual({ text, encoding, truncated, droppedBytes });
  expect(logged).toEqual({ text: '', encoding, truncated, droppedBytes, logged: true });
});

test('only the last attempt counts, and only what was asked for', () => {
  const replayed = new ReplayedOutput(['stderr']);
  const output = (text: string) => ({ text, encoding: 'utf-8' as const });
  replayed.take({ type: 'stderr', data: output('lost') });
  replayed.take({ type: 'status', data: { status: 'running', attempt: 2 } });
  replayed.take({ type: 'stdout', data: output('not asked for') });
  replayed.take({ type: 'stderr', data: output('kept') });
  expect(replayed.texts()).toEqual({ stderr: { ...output('kept'), truncated: false, droppedBytes: 0 } });
});

test('an output that nobody has kept is told as left out', () => {
  const buffer = new OutputBuffer(10);
  buffer.write(Buffer.from('12345'));
  expect(buffer.lost()).toBeNull();
  buffer.write(Buffer.from('678901'));
  buffer.gap(5);
  expect(buffer.lost()).toMatchObject({ text: '', truncated: true, droppedBytes: 11 });
});
