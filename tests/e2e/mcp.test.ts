import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Api } from '../support/api.js';
import { containersOf } from '../support/containers.js';
import { eventually } from '../support/eventually.js';
import { describeOwnProcesses, externalUrl, testOwnProcesses } from '../support/external-stack.js';
import { connectLegacy, connectModern, type McpClient, type ToolAnswer } from '../support/mcp-clients.js';
import { ServiceProcess } from '../support/process.js';
import { startStack, type Stack } from '../support/stack.js';

const textOf = (answer: ToolAnswer): string => answer.content.map(({ text }) => text ?? '').join('');
const idOf = (answer: ToolAnswer): string => String(answer.structuredContent?.['execution_id']);
const SLEEPER = { language: 'python', code: 'import time\nprint("up", flush=True)\ntime.sleep(120)' };

/** The one of SLEEPER that runs; others may run meanwhile, where the stack is not this file's own. */
async function runningSleeper(api: Api): Promise<string> {
  return eventually(async () => {
    const { body } = await api.call<{ executions: { execution_id: string }[] }>('GET', '/executions?status=running');
    for (const { execution_id: id } of body.executions) {
      const progress = await api.call<{ logs: string[] }>('GET', `/executions/${id}/progress`);
      if (progress.body.logs.join('') === 'up\n') return id;
    }
    throw new Error('none runs');
  });
}

describe('MCP', () => {
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    stack = await startStack();
    api = new Api(stack.url);
  });
  afterAll(async () => {
    await stack.close();
    if (externalUrl === null) expect(await containersOf(stack.deployment)).toEqual([]);
  });

  describe.each([
    ['2025-11-25', connectLegacy],
    ['2026-07-28', connectModern],
  ])('with a client of revision %s', (revision, connect) => {
    let client: McpClient;
    beforeEach(async () => {
      client = await connect(stack.url);
    });
    afterEach(() => client.close());

    test('agrees on it and lists tools with schemas that the client takes', async () => {
      expect(client.revision).toBe(revision);
      const tools = await client.listTools();
      const names = ['execute_code', 'create_image', 'install_package', 'upload_file', 'execute_uploaded_file'];
      names.push('list_files', 'delete_file', 'docker_health', 'get_execution', 'get_artifact');
      expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
      // The real catalogue has dozens of languages; hosts cut descriptions at about a thousand characters.
      for (const { description } of tools) expect(description?.length).toBeLessThan(1024);
      for (const { inputSchema, outputSchema } of tools) {
        expect([inputSchema, outputSchema]).toMatchObject([{ type: 'object' }, { type: 'object' }]);
      }
    });

    test.each([
      ['python', 'import sys\nprint("Hi", sys.argv[1], sys.stdin.read())'],
      ['node', 'console.log("Hi", process.argv[2], require("fs").readFileSync(0, "utf8"))'],
    ])('runs %s and gives the result in both forms', async (language, code) => {
      const result = await client.call('execute_code', { language, code, args: ['there'], input_data: '😀' });
      const expected = { status: 'completed', reason: 'exit_code', exit_code: 0, stdout: 'Hi there 😀\n', stderr: '' };
      expect(result.structuredContent).toMatchObject(expected);
      expect(textOf(result)).toContain(
        `- Execution ID: ${idOf(result)}\n- Status: completed (exit_code)\n- Exit Code: 0`,
      );
      expect(textOf(result)).toContain('STDOUT:\n```\nHi there 😀\n```');
    });

    test('tells output while the program runs', async () => {
      const code = 'import time\nfor i in range(3):\n  print("tick", i, flush=True)\n  time.sleep(0.4)';
      const told: { progress: number; message?: string | undefined }[] = [];
      const onprogress = (progress: (typeof told)[number]): void => void told.push(progress);
      const result = await client.call('execute_code', { language: 'python', code }, { onprogress });
      // All at the end would be one message.
      expect(told.length).toBeGreaterThanOrEqual(2);
      expect(told.map(({ message }) => message).join('')).toBe('tick 0\ntick 1\ntick 2\n');
      expect(told.map(({ progress }) => progress)).toEqual(told.map((_, i) => i + 1));
      expect(result.structuredContent).toMatchObject({ status: 'completed', stdout: 'tick 0\ntick 1\ntick 2\n' });
    });

    test('tells a failing program as a result', async () => {
      const result = await client.call('execute_code', { language: 'python', code: 'raise SystemExit("no")' });
      expect(result.isError).toBeFalsy();
      expect(result.structuredContent).toMatchObject({ status: 'failed', exit_code: 1, stderr: 'no\n' });
      const slow = await client.call('execute_code', { ...SLEEPER, timeout_seconds: 1 });
      expect(slow.structuredContent).toMatchObject({ status: 'timeout', reason: 'wall_time_limit', stdout: 'up\n' });
    });

    test('tells a bad call as an error with what to do', async () => {
      const result = await client.call('execute_code', { language: 'klingon', code: '' });
      expect(result.isError).toBe(true);
      expect(textOf(result)).toMatch(/^Error unknown_language: .*klingon.*\n- language: must be one of: .*python/);
      const unknown = await client.call('execute_code', { language: 'python', code: '', tiemout: 1 });
      expect(textOf(unknown)).toContain('- tiemout: is not a known field');
      await expect(client.call('run_code', {})).rejects.toThrow(/Unknown tool run_code; the tools are: execute_code/);
    });

    test.each([
      ['closing the client', (close: () => Promise<void>, _abort: () => void) => close()],
      ['cancelling the call', (_close: () => Promise<void>, abort: () => void) => Promise.resolve(abort())],
    ])('%s stops the program that it started', async (_how, stop) => {
      const call = new AbortController();
      const up = new Promise<void>((resolve) => {
        const options = { signal: call.signal, onprogress: () => resolve() };
        client.call('execute_code', SLEEPER, options).catch(() => undefined);
      });
      await up;
      const id = await runningSleeper(api);
      await stop(
        () => client.close(),
        () => call.abort(),
      );
      expect(await api.get(id, 10)).toMatchObject({ status: 'cancelled', reason: 'cancelled' });
    });

    test('hands a long execution over, waits for it and stops it', async () => {
      const begun = await client.call('execute_code', { ...SLEEPER, wait_seconds: 1 });
      expect(begun.structuredContent).toMatchObject({ status: 'running', stdout: 'up\n', exit_code: null });
      expect(textOf(begun)).toContain(`Call get_execution with execution_id "${idOf(begun)}"`);
      const looked = await client.call('get_execution', { execution_id: idOf(begun), wait_seconds: 0.5 });
      expect(looked.structuredContent).toMatchObject({ status: 'running' });
      const stopped = await client.call('cancel_execution', { execution_id: idOf(begun) });
      expect(stopped.structuredContent).toMatchObject({ status: 'cancelled', cancel_requested: true });

      const quick = await client.call('execute_code', {
        language: 'bash',
        code: 'sleep 1; echo done',
        wait_seconds: 0,
      });
      const ended = await client.call('get_execution', { execution_id: idOf(quick), wait_seconds: 30 });
      expect(ended.structuredContent).toMatchObject({ status: 'completed', stdout: 'done\n' });
    });

    test('tells languages and health', async () => {
      const runtimes = ['python', 'node', 'bash', 'csharp'].map((name) => expect.objectContaining({ name }));
      const listed = await client.call('list_runtimes', {});
      expect(listed.structuredContent).toEqual({ runtimes: expect.arrayContaining(runtimes) });
      const health = await client.call('docker_health', {});
      expect(health.structuredContent).toMatchObject({ status: 'healthy', docker_available: true, message: null });
    });

    test('repeats of one idempotency_key are one execution, over REST too', async () => {
      const key = `mcp-${revision}`;
      const body = { language: 'python', code: 'import time; print(time.time_ns())' };
      const [first, second] = await Promise.all(
        [1, 2].map(() => client.call('execute_code', { ...body, idempotency_key: key })),
      );
      const over = await api.execute(body, { 'idempotency-key': key });
      expect([idOf(first ?? { content: [] }), idOf(second ?? { content: [] })]).toEqual([
        over.execution_id,
        over.execution_id,
      ]);
    });
  });

  testOwnProcesses('any replica answers', async () => {
    const replica = new ServiceProcess('apps/gateway/dist/main.js', { ...stack.env, PORT: '0' });
    try {
      const other = String((await replica.logged('gateway started'))['url']);
      for (const connect of [connectLegacy, connectModern]) {
        const [here, there] = await Promise.all([connect(stack.url), connect(other)]);
        const begun = await here.call('execute_code', { ...SLEEPER, wait_seconds: 0 });
        const stopped = await there.call('cancel_execution', { execution_id: idOf(begun) });
        expect(stopped.structuredContent).toMatchObject({ status: 'cancelled' });
        await Promise.all([here.close(), there.close()]);
      }
    } finally {
      await replica.stop();
    }
  });
});

describeOwnProcesses('MCP with API keys', () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ env: { API_KEYS: `ann:${sha256('ann-key')},bob:${sha256('bob-key')}` } });
  });
  afterAll(() => stack.close());

  test.each([
    ['2025', connectLegacy],
    ['2026', connectModern],
  ])('lets in only who has one, each to their own executions (era %s)', async (_era, connect) => {
    await expect(connect(stack.url)).rejects.toThrow(/401|unauthorized/i);
    await expect(connect(stack.url, 'guessed')).rejects.toThrow(/401|unauthorized/i);
    const [ann, bob] = await Promise.all([connect(stack.url, 'ann-key'), connect(stack.url, 'bob-key')]);
    const done = await ann.call('execute_code', { language: 'bash', code: 'echo mine' });
    expect(done.structuredContent).toMatchObject({ stdout: 'mine\n' });
    for (const tool of ['get_execution', 'cancel_execution']) {
      const refused = await bob.call(tool, { execution_id: idOf(done) });
      expect([refused.isError, textOf(refused)]).toEqual([true, expect.stringMatching(/^Error not_found: /)]);
    }
    await Promise.all([ann.close(), bob.close()]);
  });

  test('says so in the answer to a bare request', async () => {
    const answer = await new Api(stack.url).call('POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });
});
