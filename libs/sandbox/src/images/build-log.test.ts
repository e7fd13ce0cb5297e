import { describe, expect, test } from '@jest/globals';
import { BuildStream, type BuildStreamHandler } from './build-stream.js';
import { CappedLog } from './capped-log.js';
import { cleanLine, MAX_LINE_BYTES } from './log-text.js';

function collect(): { seen: string[]; handler: BuildStreamHandler } {
  const seen: string[] = [];
  const handler: BuildStreamHandler = {
    step: (number) => void seen.push(`step ${number}`),
    cached: () => void seen.push('cached'),
    container: () => void seen.push('container'),
    image: (id) => void seen.push(`image ${id}`),
    output: (line) => void seen.push(line),
  };
  return { seen, handler };
}
const messages = (...values: unknown[]): Buffer =>
  Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));

describe('the answer of a build', () => {
  test('is told apart into steps, containers, images and output, wherever it is cut', () => {
    const bytes = messages(
      { stream: 'Step 1/2 : FROM x' },
      { stream: '\n' },
      { stream: ' ---> 0123456789ab\n' },
      { stream: 'Step 2/2 : RUN y' },
      { stream: '\n' },
      { stream: ' ---> Running in ba9876543210\n' },
      { stream: 'one\ntw' },
      { stream: 'ö\n\n' },
      { stream: 'Removing intermediate container ba9876543210\n' },
      { aux: { ID: 'sha256:cc' } },
      { stream: 'Successfully built cc\n' },
    );
    for (const size of [1, 7, bytes.length]) {
      const { seen, handler } = collect();
      const stream = new BuildStream(handler);
      for (let at = 0; at < bytes.length; at += size) stream.push(bytes.subarray(at, at + size));
      expect(stream.end()).toEqual({ imageId: 'sha256:cc', error: null, exitCode: null });
      expect(seen).toEqual(['step 1', 'image 0123456789ab', 'step 2', 'container', 'one', 'twö']);
    }
  });

  test('says how it failed', () => {
    const stream = new BuildStream(collect().handler);
    stream.push(messages({ stream: 'x' }, { errorDetail: { code: 3, message: 'm' }, error: 'the command failed' }));
    expect(stream.end()).toEqual({ imageId: null, error: 'the command failed', exitCode: 3 });
  });

  test('that is no JSON, or of other types, is passed over', () => {
    const { seen, handler } = collect();
    const stream = new BuildStream(handler);
    stream.push(Buffer.from('{"stream":1}\nnot json\n{"aux":{"ID":2}}\n{"error":{}}\n[]\n'));
    expect(stream.end()).toEqual({ imageId: null, error: null, exitCode: null });
    expect(seen).toEqual([]);
  });
});

describe('a line of a log', () => {
  test.each([
    ['plain', 'plain'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['10%\r50%\r100%\r', '100%'],
    ['\u001b]0;title\u0007x', 'x'],
    ['bell\u0007', 'bell\ufffd'],
    ['tab\tstays', 'tab\tstays'],
  ])('%j shows as %j', (text, shown) => {
    expect(cleanLine(text)).toBe(shown);
  });

  test('is cut at its ceiling, between characters', () => {
    const cut = cleanLine('ö'.repeat(MAX_LINE_BYTES));
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(MAX_LINE_BYTES + 4);
    expect(cut).toMatch(/^ö+ …$/);
  });
});

describe('a log with a ceiling', () => {
  test('keeps beginning and end, and says how much is not there', () => {
    const lines: string[] = [];
    const log = new CappedLog((line) => lines.push(line), 20);
    for (let index = 0; index < 10; index++) log.line(`line ${index}`);
    expect(lines).toEqual(['line 0', 'line 1']);
    log.end();
    expect(lines).toEqual(['line 0', 'line 1', '… 6 lines left out …', 'line 8', 'line 9']);
  });

  test('keeps all of what fits', () => {
    const lines: string[] = [];
    const log = new CappedLog((line) => lines.push(line), 20);
    for (let index = 0; index < 4; index++) log.line(`line ${index}`);
    log.end();
    expect(lines).toEqual(['line 0', 'line 1', 'line 2', 'line 3']);
  });
});
