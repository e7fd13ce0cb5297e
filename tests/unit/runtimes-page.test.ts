import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { loadRuntimes } from '@gantry/runtimes';
import { ROOT } from '../support/process.js';

test('docs/runtimes.md has every runtime with its version, aliases and extensions', () => {
  const page = readFileSync(path.join(ROOT, 'docs/runtimes.md'), 'utf8');
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const told = rows.filter((cells) => cells.length === 10 && cells[1] !== 'runtime' && !cells[1]?.startsWith('-'));
  const expected = loadRuntimes()
    .list()
    .map(({ name, version, aliases, extensions }) => [name, version, aliases.join(', '), extensions.join(' ')]);
  expect(told.map((cells) => cells.slice(1, 5))).toEqual(expected);
});
