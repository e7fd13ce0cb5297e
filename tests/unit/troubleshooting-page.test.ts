import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ERROR_CATALOGUE, REASONS } from '@gantry/contracts';
import { ROOT } from '../support/process.js';

const page = readFileSync(path.join(ROOT, 'docs/troubleshooting.md'), 'utf8');
const sections = new Map(
  page
    .split(/^#{2,4} /m)
    .map((section) => /^`(?<code>[a-z_]+)`\n\n(?<facts>.+)\n\n(?<text>[^]+)/.exec(section)?.groups)
    .filter((section) => section !== undefined)
    .map(({ code = '', facts = '', text = '' }) => [code, { facts, text }] as const),
);

describe('docs/troubleshooting.md', () => {
  test('has a section for every error code, once, and for no other', () => {
    const headings = [...page.matchAll(/^#### `([a-z_]+)`$/gm)].map(([, code = '']) => code);
    expect(headings.sort()).toEqual(Object.keys(ERROR_CATALOGUE).sort());
  });

  test.each(Object.entries(ERROR_CATALOGUE))('tells of %s what the service answers, and what to do', (code, error) => {
    const { facts, text } = sections.get(code) ?? { facts: '', text: '' };
    expect(facts).toBe(`${error.status} · ${error.title} · repeat: ${error.retryable ? 'yes' : 'no'}`);
    expect(text).toMatch(/\*\*Do\*\*: \S/);
  });

  test('tells of every reason what to do', () => {
    const told = [...page.matchAll(/^\| (?<reasons>`[a-z_]+`(?: `[a-z_]+`)*) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/[a-z_]+/g)].map(([reason]) => reason),
    );
    expect(told).toEqual(expect.arrayContaining([...REASONS]));
  });
});
