import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apiExamples, runExample } from '../support/api-examples.js';
import { ROOT } from '../support/process.js';
import { startStack, type Stack } from '../support/stack.js';

const KEY = 'key-of-the-examples';
const examples = apiExamples();

describe('docs/api-by-example.md', () => {
  let stack: Stack;
  beforeAll(async () => {
    const hash = createHash('sha256').update(KEY).digest('hex');
    stack = await startStack({ env: { API_KEYS: `examples:${hash}` } });
  });
  afterAll(() => stack.close());

  test('shows every file of examples/api', () => {
    const files = readdirSync(join(ROOT, 'examples/api'), { recursive: true, encoding: 'utf8' });
    const programs = files.filter((file) => /\.\w+$/.test(file)).map((file) => `examples/api/${file}`);
    expect(examples.map(({ file }) => file).sort()).toEqual(programs.sort());
  });

  // One after another: the first of the image ones builds it, the others find it.
  test.each(examples.map((example) => [example.file, example] as const))(
    '%s is as shown and prints what the page says',
    async (file, { code, output }) => {
      expect(code).toBe(readFileSync(join(ROOT, file), 'utf8'));
      const env = { GANTRY_URL: stack.url, GANTRY_API_KEY: KEY };
      const ran = await runExample(file, env);
      // A program's own last line end is printed once more by some.
      expect({ ...ran, out: `${ran.out.trimEnd()}\n` }).toEqual({ code: 0, out: output });
    },
    120_000,
  );
});
