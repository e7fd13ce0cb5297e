import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { OutputSink, StageCommand } from '@gantry/core';
import { encodeAttributes } from './attributes.js';
import { INIT_FRAME } from './frame-codec.js';
import { InitConnection } from './init-connection.js';
import { StageRun } from './stage-run.js';

const STAGE: StageCommand = {
  argv: ['/bin/true'],
  env: {},
  cwd: '/workspace',
  files: [],
  stdin: Buffer.from('some stdin'),
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
const exit = expect.objectContaining({ exitCode: 0, wallMs: 1 });

function frame(type: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(payload);
  const header = Buffer.alloc(5);
  header.writeUInt32LE(bytes.length, 0);
  header.writeUInt8(type, 4);
  return Buffer.concat([header, bytes]);
}

/** As the engine wraps it. */
function piece(bytes: Buffer, stream = 1): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

/** An init that says what it is told to, whatever it hears; and the container around it. */
class ScriptedContainer {
  readonly heard = new PassThrough();
  readonly #said = new PassThrough();
  readonly parts = {
    id: 'c1',
    connection: new InitConnection(Duplex.from({ readable: this.#said, writable: this.heard })),
  };
  oomKilled = false;
  killed = 0;

  say(...frames: Buffer[]): this {
    for (const bytes of frames) this.#said.write(piece(bytes));
    return this;
  }

  complain(text: string): this {
    this.#said.write(piece(Buffer.from(text), 2));
    return this;
  }

  die(): this {
    this.#said.end();
    return this;
  }

  async kill(): Promise<void> {
    this.killed += 1;
    this.#said.end();
  }

  async end(): Promise<{ exitCode: number; oomKilled: boolean }> {
    return { exitCode: 137, oomKilled: this.oomKilled };
  }
}

function run(container: ScriptedContainer, changes: Partial<StageCommand> = {}, signal = new AbortController().signal) {
  const written: string[] = [];
  const sink: OutputSink = {
    write: (stream, bytes) => void written.push(`${stream}:${Buffer.from(bytes).toString()}`),
    gap: (stream, bytes) => void written.push(`${stream}-${bytes}`),
    usage: ({ cpuMs, peakMemoryBytes, peakProcesses }) =>
      void written.push(`used:${cpuMs},${peakMemoryBytes},${peakProcesses}`),
  };
  const limits = { maxFileBytes: 1, maxOpenFiles: 1 };
  return { written, report: new StageRun(container, { ...STAGE, ...changes }, limits, sink).run(signal) };
}

describe('StageRun', () => {
  test('hands output on in order and gives the report', async () => {
    const gap = encodeAttributes([
      [1, 2],
      [2, 77],
    ]);
    const container = new ScriptedContainer().say(
      frame(INIT_FRAME.started),
      frame(INIT_FRAME.stdout, 'a'),
      frame(INIT_FRAME.stderr, 'b'),
      frame(INIT_FRAME.gap, gap),
      frame(INIT_FRAME.stdout, 'c'),
      frame(INIT_FRAME.exit, EXIT_0),
    );
    const { written, report } = run(container);
    await expect(report).resolves.toEqual(exit);
    expect(written).toEqual(['stdout:a', 'stderr:b', 'stderr-77', 'stdout:c']);
  });

  test('tells what is used, with the most that was seen of it', async () => {
    const used = (...numbers: number[]): Buffer =>
      frame(INIT_FRAME.usage, encodeAttributes(numbers.map((value, i) => [i + 1, value] as const)));
    const container = new ScriptedContainer().say(
      used(1000, 500, 3),
      used(2500, 400, 1),
      used(),
      used(2000, 600),
      frame(INIT_FRAME.exit, EXIT_0),
    );
    const { written, report } = run(container);
    await report;
    expect(written).toEqual(['used:1,500,3', 'used:2.5,500,3', 'used:2.5,500,3', 'used:2.5,600,3']);
  });

  const twoGaps = frame(INIT_FRAME.gap, encodeAttributes([[1, 1], [2, 5]])); // prettier-ignore
  test.each([
    ['output above the cap', [frame(INIT_FRAME.stdout, 'x'.repeat(11))]],
    ['output that creeps above the cap', Array.from({ length: 11 }, () => frame(INIT_FRAME.stderr, 'x'))],
    ['a second gap', [twoGaps, twoGaps]],
    ['credit for what was never sent', [frame(INIT_FRAME.stdinCredit, encodeAttributes([[1, 11]]))]],
    ['READY again', [frame(INIT_FRAME.ready)]],
    ['a report without an end', [frame(INIT_FRAME.exit)]],
    ['a frame of an unknown type', [frame(0x42)]],
    ['usage that is none', [frame(INIT_FRAME.usage, 'nonsense')]],
  ])('takes no %s', async (_, frames) => {
    const container = new ScriptedContainer().say(...frames, frame(INIT_FRAME.exit, EXIT_0));
    await expect(run(container).report).rejects.toMatchObject({ code: 'protocol_violation' });
  });

  test('takes no frame that is cut by the end', async () => {
    const container = new ScriptedContainer().say(frame(INIT_FRAME.exit, EXIT_0).subarray(0, 20)).die();
    await expect(run(container).report).rejects.toMatchObject({ code: 'protocol_violation' });
  });

  test('reports a container that was killed for memory as a whole', async () => {
    const container = new ScriptedContainer().say(frame(INIT_FRAME.stdout, 'a')).die();
    container.oomKilled = true;
    const { written, report } = run(container);
    await expect(report).resolves.toMatchObject({ signal: 'SIGKILL', oomKills: 1, cause: 'self', exitCode: null });
    expect(written).toEqual(['stdout:a']);
  });

  test('says what the init complained of when it died', async () => {
    const container = new ScriptedContainer().complain('cannot go on\n').die();
    await expect(run(container).report).rejects.toMatchObject({
      code: 'sandbox_failed',
      message: expect.stringContaining('cannot go on'),
    });
  });

  test.each([
    ['bad_frame', 'protocol_violation'],
    ['not_confined', 'sandbox_failed'],
    ['internal', 'sandbox_failed'],
  ])('turns the error %s into %s', async (name, code) => {
    const complaint = frame(INIT_FRAME.error, encodeAttributes([[1, name], [2, 'why']])); // prettier-ignore
    await expect(run(new ScriptedContainer().say(complaint).die()).report).rejects.toMatchObject({ code });
  });

  test('kills by the engine an init that keeps no wall limit', async () => {
    const container = new ScriptedContainer();
    await expect(run(container, { wallMs: 1 }).report).resolves.toMatchObject({
      cause: 'wall',
      signal: 'SIGKILL',
      cpuMs: null,
    });
    expect(container.killed).toBe(1);
  });

  test('kills by the engine an init that does not heed KILL, and took what it had said', async () => {
    const abort = new AbortController();
    const container = new ScriptedContainer().say(frame(INIT_FRAME.stdout, 'a'));
    const { written, report } = run(container, {}, abort.signal);
    abort.abort();
    await expect(report).resolves.toMatchObject({ cause: 'killed', exitCode: null });
    expect(container.killed).toBe(1);
    expect(written).toEqual(['stdout:a']);
  });

  test('refuses a command that does not fit into a frame, before anything is sent', async () => {
    const container = new ScriptedContainer();
    const { report } = run(container, { argv: ['/bin/echo', 'x'.repeat(1024 * 1024)] });
    await expect(report).rejects.toMatchObject({ code: 'invalid_request' });
    expect(container.heard.readableLength).toBe(0);
  });
});
