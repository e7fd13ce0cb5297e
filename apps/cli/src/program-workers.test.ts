import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { json, ScriptedCli } from '../../../tests/support/scripted-cli.js';

const WORKER = {
  worker_id: 'node-1',
  state: 'ready',
  drained: false,
  version: '0.1.0',
  tags: ['gpu', 'big'],
  slots: 4,
  running: 2,
  pool: [
    { kind: 'node', ready: 1 },
    { kind: 'python', ready: 3 },
  ],
  heartbeat_age_seconds: 0.4,
  host: 'machine\u001b[31m',
  pid: 7,
  labels: { zone: 'a' },
  uptime_seconds: 60,
  engine: { available: true, version: '20.10', images: 3, executor_digest: null, message: null },
  images_ready: 0,
};
const DOWN = {
  ...WORKER,
  worker_id: 'node-2',
  state: 'engine_down',
  engine: { ...WORKER.engine, available: false, version: null, message: 'connect ECONNREFUSED' },
};
const list = (...workers: object[]) => json(200, { workers });

let cli: ScriptedCli;
beforeAll(async () => {
  cli = await ScriptedCli.start();
});
beforeEach(() => {
  cli.requests = [];
  cli.routes = {
    'GET /admin/workers': list(WORKER, DOWN),
    'POST /admin/workers/node-1/drain': json(202, { worker_id: 'node-1', order: 'drain' }),
    'POST /admin/workers/node-1/resume': json(202, { worker_id: 'node-1', order: 'resume' }),
  };
});
afterAll(async () => cli[Symbol.asyncDispose]());

describe('workers', () => {
  test('lists machines, engines and load, and why an engine is down', async () => {
    const { code, out } = await cli.run(['workers']);
    expect(code).toBe(0);
    const [heading, one, other] = out.toString().split('\n');
    expect(heading).toMatch(/^WORKER +HOST +VERSION +ENGINE +SLOTS +RUNNING +POOL +TAGS +LABELS +AGE +STATE$/);
    expect(one).toMatch(
      /^node-1 +machine\\x1b\[31m +0\.1\.0 +20\.10 +4 +2 +node 1, python 3 +gpu, big +zone=a +400 ms +ready$/,
    );
    expect(other).toMatch(/^node-2 .* engine_down: connect ECONNREFUSED$/);
  });

  test('says so when there are none, and prints JSON', async () => {
    cli.routes['GET /admin/workers'] = list();
    expect((await cli.run(['workers'])).out.toString()).toBe('No workers.\n');
    expect(JSON.parse((await cli.run(['workers', '--json'])).out.toString())).toEqual({ workers: [] });
  });

  test('watches until it is interrupted, a document a line, and outlives a gateway that does not answer', async () => {
    let interrupt = (): void => undefined;
    let asked = 0;
    cli.routes['GET /admin/workers'] = (response) => {
      asked++;
      if (asked === 2) return json(403, { code: 'forbidden', detail: 'not now', status: 403 })(response);
      if (asked === 3) setImmediate(interrupt);
      return list(WORKER)(response);
    };
    const { code, out, err } = await cli.run(['workers', '--watch', '--json'], { act: (given) => (interrupt = given) });
    expect(code).toBe(0);
    const lines = out.toString().trim().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(1);
    for (const line of lines) expect(JSON.parse(line)).toEqual({ workers: [WORKER] });
    expect(err).toContain('not now');
  });

  test('drain tells the worker, and waits until nothing runs on it when it is asked to', async () => {
    expect((await cli.run(['workers', 'drain', 'node-1'])).out.toString()).toMatch(/takes nothing more/);
    let looks = 0;
    cli.routes['GET /admin/workers'] = (response) =>
      list({ ...WORKER, state: 'draining', drained: ++looks > 1 })(response);
    const { code, out } = await cli.run(['workers', 'drain', 'node-1', '--wait']);
    expect([code, out.toString()]).toEqual([0, 'node-1 is drained: nothing runs on it any more.\n']);
    expect(looks).toBe(2);
    cli.routes['GET /admin/workers'] = list();
    expect((await cli.run(['workers', 'drain', 'node-1', '--wait'])).out.toString()).toBe('node-1 is gone.\n');
  });

  test('drain ends with 124 when it takes too long', async () => {
    cli.routes['GET /admin/workers'] = list({ ...WORKER, state: 'draining' });
    const { code, out } = await cli.run(['workers', 'drain', 'node-1', '--wait', '--timeout', '0.1', '--json']);
    expect(code).toBe(124);
    expect(JSON.parse(out.toString())).toEqual({ worker_id: 'node-1', order: 'drain', outcome: 'still_running' });
    expect((await cli.run(['workers', 'drain', 'node-1', '--timeout', '1'])).code).toBe(2);
  });

  test('resume tells the worker; an unknown one is an error', async () => {
    expect((await cli.run(['workers', 'resume', 'node-1'])).out.toString()).toBe('node-1 takes jobs again.\n');
    const { code, err } = await cli.run(['workers', 'resume', 'node-9']);
    expect(code).toBe(1);
    expect(err).toContain('node-9');
  });
});
