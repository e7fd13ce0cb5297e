import { randomBytes } from 'node:crypto';
import { afterAll } from '@jest/globals';
import type { Sandbox } from '@gantry/core';
import { eventually } from './eventually.js';
import { DetachedSandboxes, LIMITS } from './real-sandboxes.js';
import { dockerHost, executorImage } from './requirements.js';

/** Keeps sandboxes ready in which an interpreter waits for its program; afterwards nothing of them may be left. */
export class PreloadingSandboxes extends DetachedSandboxes {
  constructor() {
    super(dockerHost(), `test-${randomBytes(6).toString('hex')}`, { maxReady: 3, forgetAfterMs: 60_000 });
    afterAll(async () => {
      await this.provider.close();
      await this.expectNothingLeft();
    });
  }

  /** One that was made in advance; waits until there is one. */
  async acquireWarm(preload: string): Promise<Sandbox> {
    const spec = {
      tenant: 'acme',
      isolation: 'default' as const,
      executionId: 'execution-1',
      attempt: 1,
      image: executorImage(),
      limits: LIMITS,
      preload,
    };
    this.provider.prepare(spec);
    const taken = eventually(
      () => {
        if (!this.provider.ready().some(({ name, ready }) => name === preload && ready > 0))
          throw new Error(`No sandbox with ${preload} is ready`);
        return this.provider.acquire(spec, new AbortController().signal);
      },
      20_000,
      10,
    );
    const sandbox = await taken;
    if (sandbox.info.kind !== 'warm') throw new Error('The sandbox was not made in advance');
    return sandbox;
  }
}
