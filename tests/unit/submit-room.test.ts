import { describe, expect, test } from '@jest/globals';
import { submitExecution, type ExecutionOrder } from '@gantry/core';
import { sampleRequest } from '../support/executions.js';
import { ScriptedService } from '../support/scripted-service.js';

describe('room of files', () => {
  const caps = { maxRunning: null, maxQueued: 1, cpuMsPerDay: null, storageBytes: 100 };
  const order = (idempotencyKey: string): ExecutionOrder => ({
    ...sampleRequest(),
    tenant: 't',
    language: 'python',
    limits: {},
    files: [{ path: 'a', mode: 0o644, source: { content: Buffer.alloc(40) } }],
    cache: false,
    idempotencyKey,
    caps,
  });

  test('is given back when the queue is full, also by a request with an Idempotency-Key', async () => {
    const { deps } = new ScriptedService(() => undefined);
    await submitExecution(deps, order('first'));
    for (let i = 0; i < 5; i++)
      await expect(submitExecution(deps, order('second'))).rejects.toMatchObject({ code: 'tenant_queue_full' });
  });
});
