import { afterAll, beforeAll, expect } from '@jest/globals';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { testOwnProcesses } from '../support/external-stack.js';
import { ServiceProcess } from '../support/process.js';
import { followResuming } from '../support/resuming-stream.js';
import { RoundRobin } from '../support/round-robin.js';
import { startStack, type Stack } from '../support/stack.js';
import { SteadyClients } from '../support/steady-clients.js';

const GRACE_MS = 10_000;
const LINES = 40;

let stack: Stack;
let balancer: RoundRobin;
let gateways: { url: string; adminUrl: string; process: ServiceProcess }[];
let clients: SteadyClients | undefined;

const startGateway = async (port = '0'): Promise<(typeof gateways)[number]> => {
  const process = new ServiceProcess('apps/gateway/dist/main.js', { ...stack.env, PORT: port });
  const { url, adminUrl } = await process.logged('gateway started');
  return { url: String(url), adminUrl: String(adminUrl), process };
};

beforeAll(async () => {
  const env = {
    SHUTDOWN_GRACE_SECONDS: String(GRACE_MS / 1000),
    SHUTDOWN_DELAY_SECONDS: '2',
    WORKER_CONCURRENCY: '4',
    SANDBOX_PROBE: 'false',
  };
  [stack, balancer] = await Promise.all([startStack({ workers: 3, env }), RoundRobin.listen()]);
  gateways = [{ url: stack.url, adminUrl: stack.adminUrl, process: stack.gateway }, await startGateway()];
  balancer.use(gateways.map(({ url }) => url));
});
afterAll(async () => {
  // Whatever failed: clients without a service would go on asking.
  await clients?.abandon();
  await Promise.all(gateways.map(({ process }) => process.stop()));
  await stack.close();
  await balancer[Symbol.asyncDispose]();
});

/** Milliseconds until it has ended by itself. */
async function drained(process: ServiceProcess): Promise<number> {
  const startedAt = Date.now();
  await process.stop();
  expect(process.child.exitCode).toBe(0);
  return Date.now() - startedAt;
}

async function restartGateways(): Promise<void> {
  for (const [place, { url, process }] of gateways.entries()) {
    const draining = drained(process);
    // As the health check of a balancer finds out. Connections that the kernel has taken and the gateway has not are reset when it stops to
    // listen: nobody but the balancer can prevent that.
    await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503), 2000, 20);
    balancer.use(gateways.filter((each) => each.url !== url).map((each) => each.url));
    expect(await draining).toBeLessThan(GRACE_MS / 2);
    gateways[place] = await startGateway(new URL(url).port);
    balancer.use(gateways.map((each) => each.url));
  }
}

async function restartWorkers(): Promise<void> {
  for (const worker of [...stack.workers]) {
    await drained(worker);
    stack.workers.splice(stack.workers.indexOf(worker), 1);
    await stack.startWorker();
  }
}

testOwnProcesses(
  'restarting every process under load loses nothing, and clients see nothing but 503',
  async () => {
    clients = new SteadyClients(balancer.url, 5);
    const { tally } = clients;
    await eventually(() => expect(tally.ended.size).toBeGreaterThan(4), 30_000);
    const code = `for i in $(seq ${LINES}); do echo $i; sleep 0.1; done`;
    const id = await new Api(balancer.url).submit({ language: 'bash', code });
    const followed = followResuming(balancer.url, id, 60_000);
    await eventually(async () => expect((await new Api(balancer.url).get(id)).status).toBe('running'), 20_000);
    const before = tally.ended.size;
    await Promise.all([restartGateways(), restartWorkers()]);
    expect(tally.ended.size).toBeGreaterThan(before);

    const { events, streams } = await followed;
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
    expect(streams).toBeGreaterThan(1);
    const output = events.flatMap(({ type, data }) => (type === 'stdout' ? [data.text] : [])).join('');
    expect(output).toBe(Array.from({ length: LINES }, (_, i) => `${i + 1}\n`).join(''));

    const { ended, cut, wrong } = await clients.stop();
    // A connection that is at rest may be closed in the moment of the next request: HTTP has no way to tell the client in time.
    expect({ wrong, fresh: cut.fresh, most: cut.reused.slice(3) }).toEqual({ wrong: [], fresh: [], most: [] });
    for (const [number, { status, stdout }] of ended)
      expect({ number, status, stdout }).toEqual({ number, status: 'completed', stdout: `${number}\n` });
    expect(new Set([...ended.values()].map((each) => each.id)).size).toBe(ended.size);
  },
  120_000,
);

testOwnProcesses(
  'a gateway that ends says so first, and a second signal ends any process at once',
  async () => {
    const [first] = gateways;
    const [worker] = stack.workers;
    if (!first || !worker) throw new Error('nothing runs');
    const api = new Api(gateways[1]?.url ?? '');
    const { healthPort } = await worker.logged('worker started');
    const busy = await Promise.all(
      Array.from({ length: 12 }, () => api.submit({ language: 'bash', code: 'sleep 60', isolation: 'default' })),
    );
    await eventually(async () => {
      const statuses = await Promise.all(busy.map(async (id) => (await api.get(id)).status));
      expect(statuses.filter((status) => status === 'running').length).toBe(busy.length);
    }, 40_000);

    const stopping = first.process.stop();
    await first.process.logged('shutting down');
    expect((await fetch(`${first.url}/readyz`)).status).toBe(503);
    const answer = await fetch(`${first.url}/healthz`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    await stopping;

    worker.child.kill('SIGTERM');
    await worker.logged('shutting down');
    const ready = await fetch(`http://127.0.0.1:${String(healthPort)}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('shutting down');
    const startedAt = Date.now();
    await worker.stop();
    expect(worker.child.exitCode).toBe(130);
    expect(Date.now() - startedAt).toBeLessThan(2000);
  },
  90_000,
);
