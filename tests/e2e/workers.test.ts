import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AdminWorkerList, AdminWorkerView, ExecutionView, WorkerList } from '@gantry/contracts';
import Docker from 'dockerode';
import { Redis } from 'ioredis';
import { Api } from '../support/api.js';
import { CliProcess } from '../support/cli-process.js';
import { eventually } from '../support/eventually.js';
import { ROOT, ServiceProcess } from '../support/process.js';
import { dockerHost, executorImage } from '../support/requirements.js';
import { SecondMachine } from '../support/second-machine.js';
import { startStack, type Stack } from '../support/stack.js';

// Two machines, each with an engine of its own and a clock of its own, one Redis. The second joins by the documented command.
let machine: SecondMachine;
let stack: Stack;
let api: Api;
let admin: Api;
let far: ServiceProcess;
const CLOCK_SHIFT_MS = 420_000;
const own = { WORKER_CONCURRENCY: '2', POOL_MAX_READY: '2', POOL_PREPARE: 'python' };

beforeAll(async () => {
  stack = await startStack({ workers: 0, env: own });
  [api, admin] = [new Api(stack.url), new Api(stack.adminUrl)];
  const near = new ServiceProcess('apps/worker/dist/main.js', { ...stack.env, WORKER_ID: 'near' });
  stack.workers.push(near);
  const starting = Promise.all([near.logged('worker started'), SecondMachine.start()]);
  [, machine] = await starting;
  const here = new Docker({ socketPath: dockerHost().replace('unix://', ''), host: undefined });
  await machine.engine.load(here, executorImage());
  const clock = pathToFileURL(join(ROOT, 'tests/support/shifted-clock.mjs')).href;
  far = machine.npmRun('worker', {
    ...own,
    DEPLOYMENT: stack.deployment,
    SHUTDOWN_GRACE_SECONDS: '5',
    WORKER_HEALTH_PORT: '0',
    WORKER_ID: 'far',
    WORKER_LABELS: 'zone=b,rack=7',
    NODE_OPTIONS: `--import=${clock}`,
    CLOCK_SHIFT_MS: String(CLOCK_SHIFT_MS),
  });
  await far.logged('worker started', 90_000);
  await ready('near', 'far');
}, 180_000);

afterAll(async () => {
  await far?.stop();
  await stack?.close();
  await machine?.[Symbol.asyncDispose]();
}, 60_000);

async function workers(): Promise<AdminWorkerView[]> {
  return (await admin.call<AdminWorkerList>('GET', '/admin/workers')).body.workers;
}
/** Exactly these take executions. */
async function ready(...ids: string[]): Promise<void> {
  await eventually(async () => {
    const open = (await workers()).filter(({ state }) => state === 'ready');
    expect(open.map(({ worker_id }) => worker_id)).toEqual([...ids].sort());
  }, 20_000);
}
async function gantry(...argv: string[]): Promise<string> {
  const { code, out, err } = await new CliProcess(stack.url, ['--admin-url', stack.adminUrl, ...argv]).ended();
  expect([argv, code, err]).toEqual([argv, 0, '']);
  return out;
}
const python = (code: string, more: object = {}): Promise<ExecutionView> =>
  api.execute({ language: 'python', code, ...more });
const ranOn = async (count: number): Promise<Set<string | null>> => {
  const all = await Promise.all(Array.from({ length: count }, (_, i) => python(`print(${i})`)));
  expect(all.map(({ stdout }) => stdout)).toEqual(all.map((_, i) => `${i}\n`));
  return new Set(all.map(({ worker }) => worker));
};

test('both are listed: for users without, for operators with what tells about the machines', async () => {
  const { workers: open } = (await api.call<WorkerList>('GET', '/workers')).body;
  expect(open.map(({ worker_id, state, slots }) => [worker_id, state, slots])).toEqual([
    ['far', 'ready', 2],
    ['near', 'ready', 2],
  ]);
  expect(JSON.stringify(open)).not.toMatch(/host|engine"|labels|zone|pid/);
  await eventually(async () => {
    const [one] = await workers();
    expect(one).toMatchObject({ labels: { zone: 'b', rack: '7' }, engine: { available: true, message: null } });
    expect(one?.pool).toContainEqual({ kind: 'python', ready: 1 });
    // However wrong the clock there is.
    expect(one?.heartbeat_age_seconds).toBeLessThan(5);
    expect(one?.uptime_seconds).toBeLessThan(120);
  }, 20_000);
  expect(await gantry('workers')).toMatch(/^far .* zone=b, rack=7 .* ready\nnear .* ready\n/m);
  expect((await api.call('GET', '/admin/workers')).status).toBe(404);
  expect((await admin.call('POST', '/admin/workers/nobody/drain')).status).toBe(404);
  expect((await admin.call('GET', '/admin/workers/far/drain')).status).toBe(405);
});

test('an image made on the first runs on the second; files and artifacts go with it', async () => {
  expect(await gantry('workers', 'drain', 'far', '--wait', '--timeout', '20')).toContain('far is drained');
  const made = await api.call<{ image_id: string }>('POST', '/images/create', {
    languages: ['python'],
    environment: { MADE_FOR: stack.deployment },
    wait_seconds: 60,
  });
  expect([made.status, made.body]).toMatchObject([200, { success: true }]);
  const { image_id } = made.body;
  const program = 'import os; print(os.environ["MADE_FOR"]); open("out.bin", "wb").write(open("in.txt","rb").read()*2)';
  const request = { image_id, files: [{ path: 'in.txt', content: 'é'.repeat(50_000) }], artifacts: ['out.bin'] };
  expect(await python(program, request)).toMatchObject({ worker: 'near', stdout: `${stack.deployment}\n` });
  await gantry('workers', 'resume', 'far');
  await ready('near', 'far');
  await gantry('workers', 'drain', 'near', '--wait', '--timeout', '20');
  const result = await python(program, request);
  expect(result).toMatchObject({ status: 'completed', worker: 'far', stdout: `${stack.deployment}\n` });
  const bytes = new Uint8Array(await (await fetch(`${stack.url}${result.artifacts[0]?.url}`)).arrayBuffer());
  const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
  expect(sha256(bytes)).toBe(sha256('é'.repeat(100_000)));
  // Times are those of one clock, whichever machine ran it.
  expect(result.queue_seconds).toBeGreaterThanOrEqual(0);
  expect(result.queue_seconds).toBeLessThan(60);
  expect(Math.abs(Date.parse(result.finished_at ?? '') - Date.now())).toBeLessThan(60_000);
}, 120_000);

test('draining the first moves all new work to the second, and lets what runs end where it is', async () => {
  await gantry('workers', 'resume', 'near');
  await gantry('workers', 'drain', 'far', '--wait', '--timeout', '20');
  await ready('near');
  const running = python('import time; print("begun", flush=True); time.sleep(4); print("done")');
  await eventually(async () => expect((await workers()).map(({ running }) => running)).toEqual([0, 1]));
  await gantry('workers', 'resume', 'far');
  await ready('near', 'far');
  await gantry('workers', 'drain', 'near');
  await eventually(async () =>
    expect((await workers())[1]).toMatchObject({ state: 'draining', drained: false, running: 1 }),
  );
  // Longer than a lease lasts, on a machine whose clock is minutes ahead.
  const long = python('import time; time.sleep(13); print("done")');
  expect(await ranOn(12)).toEqual(new Set(['far']));
  expect(await running).toMatchObject({ status: 'completed', worker: 'near', stdout: 'begun\ndone\n' });
  await eventually(async () => expect((await workers())[1]).toMatchObject({ drained: true, running: 0 }));
  // It idles now, and still takes nothing.
  for (let i = 0; i < 5; i++) expect(await ranOn(2)).toEqual(new Set(['far']));
  await gantry('workers', 'resume', 'near');
  await ready('near', 'far');
  await eventually(async () => expect(await ranOn(8)).toEqual(new Set(['near', 'far'])), 30_000);
  expect(await long).toMatchObject({ status: 'completed', worker: 'far', stdout: 'done\n' });
}, 120_000);

test('what an autoscaler counts is what waits and what runs', async () => {
  await gantry('workers', 'drain', 'far', '--wait', '--timeout', '20');
  await ready('near');
  const ids = await Promise.all(
    Array.from({ length: 5 }, () => api.submit({ language: 'python', code: 'import time; time.sleep(30)' })),
  );
  const redis = new Redis(stack.env['REDIS_URL'] ?? '');
  try {
    const counted = (): Promise<number[]> =>
      Promise.all(['queued', 'running'].map((name) => redis.zcard(`{${stack.deployment}}:${name}`)));
    await eventually(async () => expect(await counted()).toEqual([3, 2]));
    await Promise.all(ids.map((id) => api.call('POST', `/executions/${id}/cancel`)));
    await eventually(async () => expect(await counted()).toEqual([0, 0]));
  } finally {
    redis.disconnect();
  }
  await gantry('workers', 'resume', 'far');
  await ready('near', 'far');
}, 60_000);

test('a name is taken by one living worker at a time; one that died leaves it to the next', async () => {
  const named = (): ServiceProcess =>
    new ServiceProcess('apps/worker/dist/main.js', { ...stack.env, WORKER_ID: 'named' });
  const first = named();
  stack.workers.push(first);
  await first.logged('worker started');
  const refused = named();
  stack.workers.push(refused);
  await eventually(() => expect(refused.child.exitCode).toBe(1), 15_000);
  expect(refused.tail()).toMatch(/WORKER_ID: a worker named "named" lives already \(process \d+ on .+\)/);
  await first.stop('SIGKILL');
  const heir = named();
  stack.workers.push(heir);
  await heir.logged('worker started');
  await ready('far', 'named', 'near');
  await heir.stop();
  await ready('far', 'near');
}, 60_000);

test('a worker that is asked to stop withdraws at once', async () => {
  await far.stop();
  await ready('near');
  expect((await workers()).map(({ worker_id }) => worker_id)).toEqual(['near']);
}, 30_000);
