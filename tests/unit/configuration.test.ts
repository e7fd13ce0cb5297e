import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { GatewayConfigSchema } from '../../apps/gateway/src/config.js';
import { EngineProxyConfigSchema } from '../../apps/engine-proxy/src/config.js';
import { WorkerConfigSchema } from '../../apps/worker/src/config.js';
import { loadConfig } from '../../libs/service/src/index.js';
import { ROOT } from '../support/process.js';

const page = readFileSync(path.join(ROOT, 'docs/configuration.md'), 'utf8');
const documented = new Map(
  [...page.matchAll(/^\| `([A-Z0-9_]+)` \| (.+?) \| .+ \|$/gm)].map((row) => [
    row[1] ?? '',
    (row[2] ?? '').replaceAll('`', ''),
  ]),
);

describe('docs/configuration.md', () => {
  test('has a row for every variable, and for no other', () => {
    const schemas = [GatewayConfigSchema, WorkerConfigSchema, EngineProxyConfigSchema];
    const known = new Set(schemas.flatMap(({ shape }) => Object.keys(shape)));
    expect([...documented.keys()].sort()).toEqual([...known].sort());
  });

  test.each([
    ['gateway', () => loadConfig(GatewayConfigSchema, {})],
    ['worker', () => loadConfig(WorkerConfigSchema, { EXECUTOR_IMAGE: 'image' })],
    ['engine proxy', () => loadConfig(EngineProxyConfigSchema, { EXECUTOR_IMAGE: 'image' })],
  ])('tells the true defaults of the %s', (_name, load) => {
    const defaults = Object.entries<unknown>(load()).filter(([name]) => name !== 'EXECUTOR_IMAGE');
    for (const [name, value] of defaults)
      expect([name, documented.get(name)]).toEqual([
        name,
        Array.isArray(value) && value.length === 0 ? 'none' : String(value),
      ]);
  });
});
