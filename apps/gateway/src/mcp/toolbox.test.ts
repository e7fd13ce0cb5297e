import { AppError } from '@gantry/contracts';
import { describe, expect, test } from '@jest/globals';
import { output, ScriptedService } from '../../../../tests/support/scripted-service.js';
import { idOf, serviceOf, textOf } from '../../../../tests/support/tool-caller.js';
import { createToolbox } from './toolbox.js';

const python = { language: 'python', code: '' };

describe('execute_code', () => {
  test('gives result and output for programs and for models', async () => {
    const { call, service } = serviceOf(async (run) => {
      await run.start();
      await run.end({ stdout: output('hello\n'), executionMs: 12 });
    });
    const result = await call('execute_code', { language: 'PY', code: 'x', args: ['a'], timeout_seconds: 7 });
    expect(result.isError).toBeUndefined();
    const expected = { status: 'completed', exit_code: 0, stdout: 'hello\n', stdout_left_out: 0 };
    expect(result.structuredContent).toMatchObject(expected);
    expect(textOf(result)).toContain(
      '- Status: completed (exit_code)\n- Exit Code: 0\n- Execution Time: 0.012 s\n\nSTDOUT:\n```\nhello\n```\n\nSTDERR: (empty)',
    );
    const record = await service.executions.load(idOf(result));
    expect(record?.request).toMatchObject({ runtime: 'python', args: ['a'], limits: { timeoutMs: 7000 } });
  });

  test('gives only what its schema names', async () => {
    const { call, service } = serviceOf((run) => run.start().then(() => run.end()));
    const { listing } = createToolbox(service.deps);
    const named = listing.find(({ name }) => name === 'execute_code')?.outputSchema.properties ?? {};
    const result = await call('execute_code', python);
    expect(Object.keys(result.structuredContent ?? {}).sort()).toEqual(Object.keys(named).sort());
  });

  test('tells a failing program as a result, not as an error', async () => {
    const message = 'It exited with code 3';
    const stderr = output('Traceback', { truncated: true });
    const { call } = serviceOf((run) => run.end({ status: 'failed', exitCode: 3, message, stderr }));
    const result = await call('execute_code', python);
    expect(result.isError).toBeUndefined();
    expect(result.structuredContent).toMatchObject({ status: 'failed', exit_code: 3, stderr: 'Traceback' });
    expect(textOf(result)).toContain(`- Why: ${message}`);
    expect(textOf(result)).toContain('(It wrote more than max_output_bytes;');
  });

  test('tells bytes that are not text as base64 that decodes', async () => {
    const bytes = Buffer.alloc(1000, 0xff);
    const stdout = output(bytes.toString('base64'), { encoding: 'base64' });
    const { call } = serviceOf((run) => run.end({ stdout }));
    const result = await call('execute_code', { ...python, max_output_chars: 401 });
    const { stdout: kept, stdout_left_out: leftOut } = result.structuredContent ?? {};
    expect(Buffer.from(String(kept), 'base64')).toEqual(bytes.subarray(0, 300));
    expect(leftOut).toBe(936);
    expect(textOf(result)).toContain('STDOUT (not UTF-8 text; base64):');
  });

  test('hands the execution over, with the output so far, when it does not end in time', async () => {
    const { call } = serviceOf(async (run) => {
      await run.start();
      await run.write('stdout', 'half ');
      await run.write('stderr', 'oops');
      await run.write('stdout', 'way');
    });
    const result = await call('execute_code', { ...python, wait_seconds: 0.1 });
    const expected = { status: 'running', exit_code: null, stdout: 'half way', stderr: 'oops' };
    expect(result.structuredContent).toMatchObject(expected);
    expect(textOf(result)).toContain(`Call get_execution with execution_id "${idOf(result)}"`);
  });

  test('stops its execution when the caller hangs up', async () => {
    const caller = new AbortController();
    const { call, service } = serviceOf(async (run) => {
      await run.start();
      caller.abort();
    });
    await call('execute_code', python, { signal: caller.signal });
    const record = await service.executions.load(service.ids[0] ?? '');
    expect(record).toMatchObject({ status: 'running', cancelRequested: true });
  });

  test('hands the execution over, running, when the server shuts down', async () => {
    const shutdown = new AbortController();
    const { call, service } = serviceOf(async (run) => {
      await run.start();
      shutdown.abort();
    });
    const result = await call('execute_code', python, { deps: { ...service.deps, shutdown: shutdown.signal } });
    expect(result.structuredContent).toMatchObject({ status: 'running' });
    expect(await service.executions.load(idOf(result))).toMatchObject({ cancelRequested: false });
  });

  test('leaves an execution alone that another call with the same key had started', async () => {
    const { call, service } = serviceOf(() => undefined);
    const args = { ...python, idempotency_key: 'k' };
    const first = await call('execute_code', { ...args, wait_seconds: 0 });
    const joined = await call('execute_code', args, { signal: AbortSignal.abort() });
    expect(idOf(joined)).toBe(idOf(first));
    expect(await service.executions.load(idOf(first))).toMatchObject({ status: 'pending', cancelRequested: false });
    const other = textOf(await call('execute_code', { ...args, code: '2' }));
    expect(other).toContain('Error idempotency_key_reused');
    expect(other).toContain('Use a new idempotency_key');
  });

  test('tells output as it is written: gathered, bounded, with a rising number', async () => {
    const told: { progress: number; message: string }[] = [];
    const { call } = serviceOf(async (run) => {
      await run.start();
      for (let i = 0; i < 5000; i++) await run.write(i % 2 ? 'stderr' : 'stdout', `line ${i}\n`);
      await run.end();
    });
    const began = performance.now();
    const onProgress = (progress: number, message: string): void => void told.push({ progress, message });
    await call('execute_code', python, { onProgress });
    const tenths = (performance.now() - began) / 100;
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(2 + tenths);
    expect(told.map(({ progress }) => progress)).toEqual(told.map((_, i) => i + 1));
    expect(told.at(-1)?.message).toMatch(/line 4998\n\[stderr\] line 4999\n$/);
    expect(Math.max(...told.map(({ message }) => message.length))).toBeLessThanOrEqual(2000);
  });
});

describe('refusals', () => {
  test.each([
    ['an unknown language', { language: 'klingon' }, 'unknown_language', '- language: must be one of: python'],
    ['a missing argument', { code: undefined }, 'invalid_request', '- code: '],
    ['an unknown argument', { timeout: 3 }, 'invalid_request', '- timeout: is not a known field'],
    ['a nested one', { resource_limits: { ram: 1 } }, 'invalid_request', '- resource_limits.ram: is not a known field'],
    ['a wrong type', { timeout_seconds: '5' }, 'invalid_request', '- timeout_seconds: '],
    ['a loader variable', { environment_variables: { LD_X: '' } }, 'invalid_request', '- environment_variables.LD_X: '],
    ['an escape', { working_directory: '/workspace/../etc' }, 'invalid_request', '- working_directory: '],
    ['too much code', { code: 'x'.repeat(1025) }, 'code_too_large', 'at most 1024'],
    ['a limit above the ceiling', { timeout_seconds: 601 }, 'limit_above_ceiling', 'the ceiling of this service (600)'],
    ['two timeouts', { timeout_seconds: 5, resource_limits: { timeout_seconds: 6 } }, 'invalid_request', 'give one of'],
    ['network', { resource_limits: { network_enabled: true } }, 'limit_above_ceiling', 'network_enabled'],
    ['an empty key', { idempotency_key: '' }, 'invalid_request', '- idempotency_key: must be 1 to 255'],
  ])('%s is named, with what to do, and starts nothing', async (_what, args, code, hint) => {
    const { call, service } = serviceOf((run) => run.end());
    const result = await call('execute_code', { ...python, ...args });
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toBeUndefined();
    expect(textOf(result)).toContain(`Error ${code}: `);
    expect(textOf(result)).toContain(hint);
    expect(textOf(result)).toContain('\nWhat to do: ');
    expect(service.ids).toEqual([]);
  });

  test('null means left out', async () => {
    const { call } = serviceOf((run) => run.end());
    const result = await call('execute_code', { ...python, image_id: null, input_data: null, args: null });
    expect(result.structuredContent).toMatchObject({ status: 'completed' });
  });

  test('stay short however much nonsense came', async () => {
    const { call } = serviceOf((run) => run.end());
    const nonsense = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${'n'.repeat(10_000)}${i}`, 1]));
    expect(textOf(await call('execute_code', nonsense)).length).toBeLessThan(5000);
  });

  test('tell nothing of an error that is not ours; a person is told', async () => {
    const { call, service } = serviceOf(() => undefined);
    const get = (): never => {
      throw new Error('WRONGPASS redis://admin:secret@10.0.0.7');
    };
    const result = await call(
      'execute_code',
      { ...python, wait_seconds: 0 },
      { deps: service.broken({ store: { get } }) },
    );
    expect(result).toEqual({
      isError: true,
      content: [
        {
          type: 'text',
          text: 'Error internal_error: Something broke on our side\nWhat to do: Call again; if it stays, tell the operator.',
        },
      ],
    });
    expect(service.logged).toContainEqual({ level: 'error', message: 'MCP tool broke' });
  });

  test('tell when it is worth another try', async () => {
    const { call, service } = serviceOf(() => undefined);
    const create = (): never => {
      throw new AppError('redis_unavailable', 'Redis does not answer', { retryAfterSeconds: 2 });
    };
    const result = await call('execute_code', python, { deps: service.broken({ store: { create } }) });
    expect(textOf(result)).toContain('try again in 2 s or more');
    expect(textOf(result)).toContain('docker_health');
    expect(service.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('get_execution', () => {
  test('waits for the end, and gives as much output as asked for', async () => {
    const whole = `head${'.'.repeat(50_000)}tail`;
    let finish = (): Promise<void> => Promise.resolve();
    const { call } = serviceOf(async (run) => {
      await run.start();
      finish = () => run.end({ stdout: output(whole) });
    });
    const id = idOf(await call('execute_code', { ...python, wait_seconds: 0.05 }));
    setImmediate(() => void finish());
    const capped = await call('get_execution', { execution_id: id, wait_seconds: 30 });
    expect(capped.structuredContent).toMatchObject({ status: 'completed', stdout_left_out: 30_008 });
    expect(textOf(capped)).toMatch(
      /head\.+\n… 30008 characters left out …\n\.+tail\n```\n\(30008 characters left out; /,
    );
    const all = await call('get_execution', { execution_id: id, max_output_chars: 60_000 });
    expect(all.structuredContent).toMatchObject({ stdout: whole, stdout_left_out: 0 });
  });

  test('leaves the execution running when the caller gives up', async () => {
    const { call, service } = serviceOf((run) => run.start());
    const id = idOf(await call('execute_code', { ...python, wait_seconds: 0.05 }));
    await call('get_execution', { execution_id: id, wait_seconds: 30 }, { signal: AbortSignal.abort() });
    expect(await service.executions.load(id)).toMatchObject({ status: 'running', cancelRequested: false });
  });

  test('answers without the output so far when the event log does not', async () => {
    const { call, service } = serviceOf((run) => run.start().then(() => run.write('stdout', 'x')));
    const id = idOf(await call('execute_code', { ...python, wait_seconds: 0.05 }));
    const recent = (): never => {
      throw new AppError('history_gone', 'gone');
    };
    const result = await call('get_execution', { execution_id: id }, { deps: service.broken({ events: { recent } }) });
    expect(result.structuredContent).toMatchObject({ status: 'running', stdout: null });
  });
});

test("another tenant's execution and a missing one look the same", async () => {
  const { call, service } = serviceOf((run) => run.start());
  const id = idOf(await call('execute_code', { ...python, wait_seconds: 0.05 }));
  const missing = `exec_${'0'.repeat(26)}`;
  for (const tool of ['get_execution', 'cancel_execution']) {
    const stranger = textOf(await call(tool, { execution_id: id }, { tenant: 'other' }));
    expect(stranger).toContain('Error not_found: ');
    expect(stranger.replace(id, missing)).toBe(textOf(await call(tool, { execution_id: missing })));
    expect((await call(tool, { execution_id: '../x' })).isError).toBe(true);
  }
  expect(await service.executions.load(id)).toMatchObject({ cancelRequested: false });
});

test('cancel_execution sees a running execution to its end; a second time there is nothing to stop', async () => {
  const { call } = serviceOf(async (run) => {
    run.cancelled.addEventListener('abort', () => {
      setImmediate(() => void run.end({ status: 'cancelled', reason: 'cancelled' }));
    });
    await run.start();
  });
  const id = idOf(await call('execute_code', { ...python, wait_seconds: 0.05 }));
  const first = await call('cancel_execution', { execution_id: id });
  expect(first.structuredContent).toEqual({ execution_id: id, status: 'cancelled', cancel_requested: true });
  const second = textOf(await call('cancel_execution', { execution_id: id }));
  expect(second).toContain('had already ended with status cancelled');
});

test('list_runtimes and docker_health tell what there is', async () => {
  const { call } = serviceOf((run) => run.end());
  const runtimes = await call('list_runtimes', {});
  expect(runtimes.structuredContent).toMatchObject({
    runtimes: [{ name: 'python', aliases: ['py'], version: '3.11' }],
  });
  expect(textOf(runtimes)).toContain('- python 3.11 (also: py)');
  const health = await call('docker_health', {});
  const expected = { status: 'healthy', active_containers: 1, workers: 1, version: '1.2.3', message: null };
  expect(health.structuredContent).toMatchObject(expected);
  expect(textOf(health)).toContain('Docker Status: ✅ Healthy');
});

test('the listing is plain objects that every host can read', () => {
  const { listing } = createToolbox(new ScriptedService(() => undefined).deps);
  const names = ['execute_code', 'get_execution', 'cancel_execution', 'get_artifact', 'list_runtimes', 'create_image'];
  names.push('install_package', 'get_image_job', 'cancel_image_job', 'list_images', 'upload_file');
  names.push('execute_uploaded_file', 'list_files', 'delete_file', 'docker_health');
  expect(listing.map(({ name }) => name)).toEqual(names);
  for (const { description, inputSchema, outputSchema } of listing) {
    expect(description.length).toBeLessThan(1000);
    expect([inputSchema.type, outputSchema.type]).toEqual(['object', 'object']);
    const keywords = /"(\$schema|\$ref|\$defs|propertyNames|oneOf|allOf)"|"type":\[/;
    expect(JSON.stringify([inputSchema, outputSchema])).not.toMatch(keywords);
  }
  const [executeCode] = listing;
  expect(executeCode?.inputSchema.required).toEqual(['language', 'code']);
  expect(executeCode?.description).toContain('python 3.11');
  expect(executeCode?.description).toContain('timeout 300 (at most 600) s');
  expect(executeCode?.annotations.openWorldHint).toBe(false);
});
