import { EMPTY_OUTPUT, unranResult, type ExecutionResult, type OutputText } from '@gantry/contracts';
import { describe, expect, test } from '@jest/globals';
import { EXECUTIONS } from './execution-family.js';

const LONG = 'é"\n\u0000'.repeat(50_000);

function resultWith(stdout: OutputText, stderr: OutputText = EMPTY_OUTPUT): ExecutionResult {
  return { ...unranResult('completed', 'exit_code', ''), stdout, stderr };
}

function stored(result: ExecutionResult): ExecutionResult {
  const fields = EXECUTIONS.encodeResult(result);
  return EXECUTIONS.decodeResult(fields.result, fields.stdout.toString(), fields.stderr);
}

describe('how an output lies in its record', () => {
  test('long text whose bytes are at hand is kept as it is, and read back the same', () => {
    const output = { text: LONG, encoding: 'utf-8', truncated: false, droppedBytes: 0 } as const;
    const withBytes = { ...output, bytes: Buffer.from(LONG) };
    expect(EXECUTIONS.encodeResult(resultWith(withBytes)).stdout).toEqual(Buffer.from(LONG));
    expect(stored(resultWith(withBytes, withBytes))).toEqual(resultWith(output, output));
  });

  test.each<OutputText>([
    EMPTY_OUTPUT,
    { text: '{"text":"not ours"}', encoding: 'utf-8', truncated: false, droppedBytes: 0 },
    { text: 'a\n[... 5 bytes left out ...]\nb', encoding: 'utf-8', truncated: true, droppedBytes: 5 },
    { text: '/w==', encoding: 'base64', truncated: false, droppedBytes: 0 },
  ])('%j is read back the same', (output) => {
    expect(stored(resultWith(output, output))).toEqual(resultWith(output, output));
  });

  test('a summary tells what is known without the output', () => {
    const output = { text: LONG, encoding: 'utf-8', truncated: false, droppedBytes: 0 } as const;
    const { result } = EXECUTIONS.encodeResult(resultWith({ ...output, bytes: Buffer.from(LONG) }));
    expect(EXECUTIONS.decodeResult(result, null, null).stdout).toEqual(EMPTY_OUTPUT);
  });
});
