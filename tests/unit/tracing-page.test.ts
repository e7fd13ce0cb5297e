import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { SPAN } from '../../libs/core/src/index.js';
import { ROOT } from '../support/process.js';

test('docs/tracing.md names every span, and no other', () => {
  const page = readFileSync(path.join(ROOT, 'docs/tracing.md'), 'utf8');
  const names = [...page.matchAll(/^\| `([^`]+)` \| (?:server|producer|consumer|internal) \| /gm)].map((row) => row[1]);
  expect(new Set(names)).toEqual(new Set(['METHOD /route', 'tools/call TOOL', ...Object.values(SPAN)]));
  expect(names).toHaveLength(new Set(names).size);
});
