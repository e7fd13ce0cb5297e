import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ExecutionView } from '@gantry/contracts';
import { Api } from '../support/api.js';
import { containersOf } from '../support/containers.js';
import { eventually } from '../support/eventually.js';
import { externalUrl, testOwnProcesses } from '../support/external-stack.js';
import { startStack, type Stack } from '../support/stack.js';

describe('executing over REST', () => {
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

  test.each([
    ['python', 'print("Hello from Python!")', 'Hello from Python!\n'],
    ['node', 'console.log("Hello from Node.js!")', 'Hello from Node.js!\n'],
    ['bash', 'echo "Hello from Bash!"', 'Hello from Bash!\n'],
    ['csharp', 'Console.WriteLine("Hello from C#!");', 'Hello from C#!\n'],
    ['JS', 'console.log(process.argv.length)', '2\n'],
  ])('runs %s', async (language, code, stdout) => {
    const result = await api.execute({ language, code });
    expect(result).toMatchObject({
      status: 'completed',
      reason: 'exit_code',
      exit_code: 0,
      stdout,
      stderr: '',
      signal: null,
      error_message: null,
    });
  });

  test('tells what ran, where, for how long, with which limits and what it used', async () => {
    const limits = { memory_mb: 128, cpu_cores: 0.5, timeout_seconds: 20, max_processes: 16, disk_mb: 32 };
    const result = await api.execute({
      language: 'python',
      code: 'x = bytearray(30_000_000)',
      resource_limits: limits,
    });
    expect(result.limits).toMatchObject({ ...limits, network_enabled: false });
    expect(result.usage?.peak_memory_bytes).toBeGreaterThan(30_000_000);
    expect(result.usage?.cpu_seconds).toBeGreaterThan(0);
    expect(result.usage?.peak_processes).toBeGreaterThanOrEqual(1);
    expect(result.execution_time_seconds).toBeGreaterThan(0);
    expect(result.image_digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(result).toMatchObject({
      attempt: 1,
      worker: expect.any(String),
      sandbox: expect.stringMatching(/^(warm|cold)$/),
    });
    expect(Date.parse(result.finished_at ?? '')).toBeGreaterThanOrEqual(Date.parse(result.created_at));
  });

  test('passes arguments, environment, standard input and working directory', async () => {
    const code = 'import sys,os\nprint(sys.argv[1:], os.environ["WHO"], os.getcwd())\nprint(sys.stdin.read())';
    const result = await api.execute({
      language: 'python',
      code,
      args: ['a b', '$(id)', '--x'],
      environment_variables: { WHO: 'me\nyou' },
      working_directory: '/workspace/deep/er',
      input_data: 'líne\n',
    });
    expect(result.stdout).toBe("['a b', '$(id)', '--x'] me\nyou /workspace/deep/er\nlíne\n\n");
  });

  test('keeps stdout and stderr apart', async () => {
    expect(await api.execute({ language: 'bash', code: 'echo out; echo err >&2; exit 7' })).toMatchObject({
      status: 'failed',
      reason: 'exit_code',
      exit_code: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('names the signal that killed the program', async () => {
    expect(await api.execute({ language: 'bash', code: 'kill -SEGV $$' })).toMatchObject({
      status: 'failed',
      reason: 'signal',
      signal: 'SIGSEGV',
      exit_code: null,
    });
  });

  test('ends a program at its wall time', async () => {
    const startedAt = Date.now();
    const result = await api.execute({
      language: 'bash',
      code: 'echo before; sleep 60',
      resource_limits: { timeout_seconds: 1 },
    });
    expect(result).toMatchObject({ status: 'timeout', reason: 'wall_time_limit', stdout: 'before\n' });
    expect(Date.now() - startedAt).toBeLessThan(5000);
  });

  test('ends a program at its processor time', async () => {
    const result = await api.execute({
      language: 'bash',
      code: 'while :; do :; done',
      resource_limits: { cpu_seconds: 0.5, timeout_seconds: 20 },
    });
    expect(result).toMatchObject({ status: 'timeout', reason: 'cpu_time_limit' });
  });

  test('blames memory for an end by the OOM killer', async () => {
    const result = await api.execute({
      language: 'python',
      code: 'x = b"x" * 300_000_000',
      resource_limits: { memory_mb: 64 },
    });
    expect(result).toMatchObject({ status: 'failed', reason: 'memory_limit' });
  });

  test('keeps head and tail of too much output and counts what it left out', async () => {
    const code = 'import sys\nsys.stdout.write("a" * 5000 + "b" * 500_000 + "z" * 100)';
    const result = await api.execute({ language: 'python', code, resource_limits: { max_output_bytes: 4000 } });
    expect(result).toMatchObject({ status: 'completed', stdout_truncated: true, stderr_truncated: false });
    expect(result.stdout).toMatch(/^a{3000}\n\[\.\.\. 501100 bytes left out \.\.\.\]\nb{900}z{100}$/);
  });

  test('ends a program that writes too much when asked to', async () => {
    const result = await api.execute({
      language: 'bash',
      code: 'yes',
      on_output_limit: 'kill',
      resource_limits: { max_output_bytes: 1000 },
    });
    expect(result).toMatchObject({ status: 'failed', reason: 'output_limit' });
  });

  test('returns bytes that are no text exactly', async () => {
    const result = await api.execute({
      language: 'python',
      code: 'import sys\nsys.stdout.buffer.write(bytes(range(256)))',
    });
    expect(result.stdout_encoding).toBe('base64');
    expect([...Buffer.from(result.stdout ?? '', 'base64')]).toEqual(Array.from({ length: 256 }, (_, i) => i));
  });

  test('runs a source of 1 MiB and an empty one', async () => {
    const code = `print(len(open(__file__).read()))\n#${'x'.repeat(1024 * 1024 - 35)}`;
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(1024 * 1024);
    expect((await api.execute({ language: 'python', code })).stdout).toBe(`${code.length}\n`);
    expect(await api.execute({ language: 'python', code: '' })).toMatchObject({ status: 'completed', stdout: '' });
  });

  test('answers 202 when the end does not come in time, then the result where it said', async () => {
    const answer = await api.call('POST', '/execute', {
      language: 'bash',
      code: 'sleep 1; echo late',
      wait_seconds: 0,
    });
    expect(answer.status).toBe(202);
    const { queue, ...body } = answer.body;
    expect(body).toEqual({ execution_id: expect.any(String), status: expect.stringMatching(/^(pending|running)$/) });
    // Null when it has started since its status was read.
    expect([null, 1]).toContain((queue as { position: number } | null)?.position ?? null);
    const location = answer.headers.get('location') ?? '';
    expect(location).toBe(`/executions/${String(answer.body['execution_id'])}`);
    expect((await api.call('GET', `${location}?wait_seconds=20`)).body).toMatchObject({
      status: 'completed',
      stdout: 'late\n',
    });
    const preferred = await api.call('POST', '/execute', { language: 'bash', code: ':' }, { prefer: 'respond-async' });
    expect(preferred.status).toBe(202);
  });

  test('tells status and output until now as progress', async () => {
    const id = await api.submit({ language: 'bash', code: 'echo first; sleep 2; echo second' });
    await eventually(async () => {
      const { body } = await api.call('GET', `/executions/${id}/progress`);
      expect(body).toMatchObject({
        execution_id: id,
        status: 'running',
        logs: ['first\n'],
        response: null,
        end_time: null,
      });
    });
    await api.get(id, 20);
    const { body } = await api.call('GET', `/executions/${id}/progress`);
    expect(body).toMatchObject({
      status: 'completed',
      logs: ['first\n', 'second\n'],
      response: { stdout: 'first\nsecond\n' },
      error: null,
    });
  });

  test('lists executions newest first, in pages', async () => {
    const ids = [await api.submit({ language: 'bash', code: ':' }), await api.submit({ language: 'bash', code: ':' })];
    // Others may submit meanwhile, where the stack is not this file's own.
    const listed: string[] = [];
    for (let cursor = ''; !listed.includes(String(ids[0]));) {
      const { body } = await api.call<{ executions: { execution_id: string }[]; next_cursor: string }>(
        'GET',
        `/executions?limit=1${cursor}`,
      );
      expect(body.executions).toHaveLength(1);
      listed.push(...body.executions.map((entry) => entry.execution_id));
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(listed.filter((id) => ids.includes(id))).toEqual([ids[1], ids[0]]);
    if (externalUrl === null) expect(listed).toHaveLength(2);
  });

  testOwnProcesses('cancels a running execution and its container within a second', async () => {
    // Without a pool every container is labelled with its execution.
    const cold = await startStack({ env: { POOL_MAX_READY: '0' } });
    try {
      const own = new Api(cold.url);
      const id = await own.submit({ language: 'bash', code: 'echo on; sleep 60' });
      await eventually(async () => {
        expect((await own.call('GET', `/executions/${id}/progress`)).body).toMatchObject({ logs: ['on\n'] });
      });
      expect(await containersOf(cold.deployment)).toMatchObject([{ 'gantry.execution': id }]);
      const answer = await own.call('DELETE', `/executions/${id}`);
      expect(answer).toMatchObject({ status: 202, body: { cancel_requested: true } });
      expect(await own.get(id, 10)).toMatchObject({ status: 'cancelled', reason: 'cancelled', stdout: 'on\n' });
      await eventually(async () => expect(await containersOf(cold.deployment)).toEqual([]), 3000);
      expect((await own.call('POST', `/executions/${id}/cancel`)).body).toMatchObject({ status: 'cancelled' });
    } finally {
      await cold.close();
    }
  });

  testOwnProcesses('cancels a waiting execution without running it', async () => {
    const blockers = await Promise.all(
      Array.from({ length: 4 }, () => api.submit({ language: 'bash', code: 'sleep 30' })),
    );
    await eventually(async () => {
      const all = await Promise.all(blockers.map((id) => api.get(id)));
      expect(all.map((execution) => execution.status)).toEqual(Array(4).fill('running'));
    });
    const waiting = await api.submit({ language: 'bash', code: 'echo never' });
    const answer = await api.call('POST', `/executions/${waiting}/cancel`);
    expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await api.get(waiting)).toMatchObject({ status: 'cancelled', started_at: null, stdout: '', attempt: 0 });
    await Promise.all(blockers.map((id) => api.call('DELETE', `/executions/${id}`)));
    const ended = await Promise.all(blockers.map((id) => api.get(id, 10)));
    expect(ended.map((execution) => execution.status)).toEqual(Array(4).fill('cancelled'));
  });

  test('gives the same execution to 50 parallel requests with one idempotency key, and later', async () => {
    const request = { language: 'bash', code: 'echo $RANDOM' };
    const headers = { 'idempotency-key': 'fifty' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => api.call<ExecutionView>('POST', '/execute', request, headers)),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.body.execution_id)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.body.stdout)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === null)).toHaveLength(1);
    const later = await api.call<ExecutionView>('POST', '/execute', request, headers);
    expect(later.body).toEqual(answers[0]?.body);
    const other = await api.call('POST', '/execute', { ...request, code: 'echo 1' }, headers);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });
});
