import { describe, expect, test } from '@jest/globals';
import type { ExecutionRecord, Runtime, RuntimeInstall } from '@gantry/contracts';
import { sandboxSpec } from './acquire-sandbox.js';

const image = { reference: 'ref', env: {}, preload: true };

/** The isolation that an execution gets that leaves it to the operator. */
function isolationOf(imageId: string | null, install: RuntimeInstall | null, asked = 'default'): string {
  const runtime = { name: 'python', install, preload: 'python' } as Runtime;
  const request = { runtime: 'python', imageId, isolation: asked, preload: true, limits: {} };
  const record = { id: 'x', tenant: 't', attempt: 0, request } as unknown as ExecutionRecord;
  return sandboxSpec({ runtimes: { list: () => [runtime], resolve: () => runtime } }, record, image).isolation;
}

describe('a sandbox that other executions of the tenant may follow in', () => {
  const installed: RuntimeInstall = { apt: ['lua5.4'], npm: [], setup: [] };
  test.each([
    ['is for the executor image', null, null, 'default', 'default'],
    ['is not for an image of a client', 'img_1', null, 'default', 'container'],
    ['is not for a runtime that installs something', null, installed, 'default', 'container'],
    ['is not for who asks for one alone', null, null, 'container', 'container'],
  ])('%s', (_title, imageId, install, asked, given) => {
    expect(isolationOf(imageId, install, asked)).toBe(given);
  });
});
