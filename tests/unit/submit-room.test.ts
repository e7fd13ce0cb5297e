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

  test('is taken once by a request and its repeats, also where there is no room for two', async () => {
    const { deps } = new ScriptedService(() => undefined);
    const large = { ...order('k'), files: [{ path: 'a', mode: 0o644, source: { content: Buffer.alloc(60) } }] };
    const together = await Promise.all(Array.from({ length: 5 }, () => submitExecution(deps, large)));
    const again = await submitExecution(deps, large);
    expect(new Set([...together, again].map(({ id }) => id)).size).toBe(1);
    expect(together.filter(({ created }) => created)).toHaveLength(1);
    expect(await deps.storage.hold({ tenant: 't', entry: 'x', bytes: 40, until: Date.now() + 999, cap: 100 })).toEqual({
      held: true,
      current: 100,
    });
    const other = { ...large, files: [{ path: 'a', mode: 0o644, source: { content: Buffer.alloc(60, 'x') } }] };
    await expect(submitExecution(deps, other)).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  test('and whatever else a request needs is not asked for again by its repeat', async () => {
    const { deps } = new ScriptedService(() => undefined);
    const facts = { tenant: 't', filename: 'f', language: null, mediaType: '', uploadedAt: 0 };
    const kept = await deps.blobs.put(Buffer.from('x'), { maxBytes: 9, keepUntil: Date.now() + 9999 });
    await deps.files.add(
      { ...facts, ...kept, id: 'file_1', expiresAt: Date.now() + 9999 },
      { maxFiles: 9, maxBytes: 99 },
    );
    const using = { ...order('k'), files: [{ path: 'a', mode: 0o644, source: { fileId: 'file_1' } }] };
    const { id } = await submitExecution(deps, using);
    await deps.files.remove('t', 'file_1');
    deps.workers.list = () => Promise.resolve([]);
    expect(await submitExecution(deps, using)).toEqual({ id, created: false, cached: false });
    await expect(submitExecution(deps, { ...using, idempotencyKey: 'new' })).rejects.toMatchObject({
      code: 'no_worker',
    });
  });
});
