import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { ImpatientClients } from '../support/impatient-clients.js';
import type { ServiceProcess } from '../support/process.js';
import { dockerHost, redisUrl } from '../support/requirements.js';
import { startStack, type Stack } from '../support/stack.js';

const CLIENTS = 50;
/** What is said when an outage begins, and as many refusals as are written at once. */
const BEGINNING_MS = 5000;
const SUSTAINED_MS = 20_000;
const MAX_PER_SECOND = 5;

let redis: FaultyProxy;
let docker: FaultyProxy;
let stack: Stack;
beforeAll(async () => {
  redis = await FaultyProxy.beforeRedis(redisUrl());
  docker = await FaultyProxy.beforeSocket(dockerHost());
  stack = await startStack({ redisUrl: redis.address, env: { DOCKER_HOST: docker.address, MAX_QUEUED: '20' } });
}, 60_000);
afterAll(async () => {
  redis.restore();
  docker.restore();
  await stack.close();
  await redis.close();
  await docker.close();
}, 60_000);

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test.each([
  ['Redis', 'cut'],
  ['Redis', 'hang'],
  ['the engine', 'cut'],
  ['the engine', 'hang'],
] as const)('a log grows slowly while %s is away (%s) and clients ask without end', async (what, how) => {
  const fault = what === 'Redis' ? redis : docker;
  const processes: Record<string, ServiceProcess | undefined> = { gateway: stack.gateway, worker: stack.workers[0] };
  const written = (): number[] => Object.values(processes).map((process) => process?.written ?? 0);
  fault[how]();
  const clients = new ImpatientClients(stack.url, CLIENTS);
  const begun = written();
  await pass(BEGINNING_MS);
  const before = written();
  await pass(SUSTAINED_MS);
  const perSecond = written().map((count, i) => ((count - (before[i] ?? 0)) * 1000) / SUSTAINED_MS);
  const atFirst = before.map((count, i) => count - (begun[i] ?? 0));
  await clients.stop();
  fault.restore();
  const told = { what, how, atFirst, perSecond, answers: Object.fromEntries(clients.answers) };
  process.stderr.write(`log of ${Object.keys(processes).join(' and ')}: ${JSON.stringify(told)}\n`);
  for (const rate of perSecond) expect(rate).toBeLessThanOrEqual(MAX_PER_SECOND);
  for (const lines of atFirst) expect(lines).toBeLessThan(300);
  const api = new Api(stack.url);
  await eventually(
    async () => expect((await api.execute({ language: 'bash', code: 'echo on' })).stdout).toBe('on\n'),
    30_000,
  );
});
