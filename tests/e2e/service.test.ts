import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { startStack, type Stack } from '../support/stack.js';

/** The value of one sample in the text format, whatever the order of its labels; `null` when there is none. */
function sample(text: string, name: string, labels: Record<string, string>): number | null {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const line = text
    .split('\n')
    .find((each) => each.startsWith(`${name}{`) && wanted.every((label) => each.includes(label)));
  return line === undefined ? null : Number(line.split(' ').at(-1));
}

describe('what the service says of itself', () => {
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    stack = await startStack();
    api = new Api(stack.url);
  });
  afterAll(() => stack.close());

  test('health, readiness and languages', async () => {
    expect((await api.call('GET', '/health')).body).toMatchObject({
      status: 'healthy',
      docker_available: true,
      redis_available: true,
      workers: 1,
    });
    expect((await api.call('GET', '/readyz')).body).toMatchObject({ ready: true });
    const { body } = await api.call<{ runtimes: { name: string; aliases: string[] }[] }>('GET', '/runtimes');
    expect(body.runtimes.map((runtime) => runtime.name)).toEqual(
      expect.arrayContaining(['bash', 'csharp', 'node', 'python']),
    );
  });

  test('metrics of the gateway and of the worker, with what has just happened in them', async () => {
    await api.execute({ language: 'bash', code: 'exit 3' });
    await api.call('POST', '/execute', { language: 'klingon', code: '' });
    expect((await api.call('GET', '/metrics')).status).toBe(404);
    const gateway = (await new Api(stack.adminUrl).call<string>('GET', '/metrics')).body;
    expect(sample(gateway, 'gantry_submits_total', { language: 'bash', outcome: 'accepted' })).toBe(1);
    expect(sample(gateway, 'gantry_submits_total', { language: 'unknown', outcome: 'refused' })).toBe(1);
    const served = { method: 'POST', route: '/execute', status: '200' };
    expect(sample(gateway, 'gantry_http_request_duration_seconds_count', served)).toBe(1);
    expect(sample(gateway, 'gantry_submit_to_result_seconds_count', { language: 'bash' })).toBe(1);
    expect(sample(gateway, 'gantry_queue_jobs', { state: 'waiting' })).toBe(0);
    expect(sample(gateway, 'gantry_redis_up', {})).toBe(1);
    expect(sample(gateway, 'gantry_workers', { state: 'ready' })).toBe(1);
    const started = await stack.workers[0]?.logged('worker started');
    const ended = { language: 'bash', status: 'failed', reason: 'exit_code' };
    // The worker counts right after the result is out.
    const worker = await eventually(async () => {
      const text = await (await fetch(`http://127.0.0.1:${String(started?.['healthPort'])}/metrics`)).text();
      expect(sample(text, 'gantry_executions_total', ended)).toBe(1);
      return text;
    });
    expect(sample(worker, 'gantry_queue_delay_seconds_count', { language: 'bash' })).toBe(1);
    const acquired = ['warm', 'cold'].map((sandbox) =>
      sample(worker, 'gantry_sandbox_acquire_seconds_count', { sandbox }),
    );
    expect(acquired.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(1);
    expect(sample(worker, 'gantry_run_duration_seconds_count', { language: 'bash' })).toBe(1);
    expect(sample(worker, 'gantry_engine_up', {})).toBe(1);
    expect(sample(worker, 'gantry_pool_sandboxes', { kind: 'plain', state: 'ready' })).toEqual(expect.any(Number));
    expect(worker).not.toContain('exec_');
  });

  test('the docs page comes from the service alone', async () => {
    const page = (await api.call<string>('GET', '/docs/')).body;
    expect(page).toContain('Gantry API');
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
    const document = (await api.call<{ openapi: string; paths: object }>('GET', '/openapi.json')).body;
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/execute');
  });
});
