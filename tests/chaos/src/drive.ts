import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../../support/process.js';
import { digestOf } from './digest.js';
import { poll, stream } from './follow.js';
import type { PlannedExecution } from './plan.js';
import type { ServiceClient } from './service-client.js';
import { runByLibrary, submitByMcp, submitByRest, type Submitted } from './submit.js';

/** Ids of those that were acknowledged, for the last look at all of them. */
export type Acknowledged = Map<number, string>;

/** One client with one program: submits it, does with it what was planned, and stays until its end is told or not to be had. */
export async function drive(
  client: ServiceClient,
  planned: PlannedExecution,
  image: string | null,
  acknowledged: Acknowledged,
): Promise<void> {
  const request = {
    ...planned.program.request,
    ...(planned.onImage && image !== null ? { image_id: image } : {}),
    ...(planned.retries > 0 ? { retry: { on_worker_lost: planned.retries } } : {}),
  };
  if (planned.manner === 'cli') return runByCommand(client, planned, request);
  const { id, ended } = await submit(client, planned, request);
  if (id === null) return;
  acknowledged.set(planned.n, id);
  const aside = [cancelWhenPlanned(client, planned, id), feed(client, planned, id)];
  if (!ended) {
    const read =
      planned.manner === 'stream' && (await stream(client, planned, id, { reader: `s${planned.n}`, source: 'stream' }));
    if (!read) await poll(client, planned, id);
  }
  await Promise.all(aside);
  await fetchArtifact(client, planned, id);
}

function submit(client: ServiceClient, planned: PlannedExecution, request: object): Promise<Submitted> {
  switch (planned.manner) {
    case 'mcp':
      return submitByMcp(client, planned, request);
    case 'client':
      return runByLibrary(client, planned, request);
    default:
      return submitByRest(client, planned, request);
  }
}

async function cancelWhenPlanned(client: ServiceClient, planned: PlannedExecution, id: string): Promise<void> {
  if (planned.cancelAfterMs === null) return;
  await delay(planned.cancelAfterMs);
  await cancel(client, planned, id);
}

/** Safe to repeat, so it is repeated until it is answered. */
async function cancel(client: ServiceClient, { n, tenant, gateway }: PlannedExecution, id: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const path = `/executions/${id}/cancel`;
    const { status } = await client.call({ n, tenant, gateway: gateway + tries, method: 'POST', path });
    client.history.add({ kind: 'cancel', n, status });
    if (status !== null && status < 500) return;
    if (!(await client.patience(500))) return;
  }
}

/** Writes line by line. A line whose fate is unknown must not be sent twice: then the execution is given up. */
async function feed(client: ServiceClient, planned: PlannedExecution, id: string): Promise<void> {
  const { n, tenant, program } = planned;
  const path = `/executions/${id}/stdin`;
  for (const [at, data] of program.input.entries()) {
    const body = { data, close: at === program.input.length - 1 };
    const { status } = await client.call({ n, tenant, gateway: planned.gateway, method: 'POST', path, body });
    if (status !== 202) return cancel(client, planned, id);
    await delay(100);
  }
}

async function fetchArtifact(client: ServiceClient, planned: PlannedExecution, id: string): Promise<void> {
  const { n, tenant, gateway, program } = planned;
  if (!program.artifact || client.ends.get(n)?.status !== 'completed') return;
  for (let tries = 0; ; tries++) {
    try {
      const url = `${client.url(gateway + tries)}/executions/${id}/artifacts/${program.artifact.path}`;
      const response = await fetch(url, { headers: client.authorization(tenant), signal: AbortSignal.timeout(15_000) });
      const bytes = Buffer.from(await response.arrayBuffer());
      if (response.status < 500) {
        const sha256 = response.status === 200 ? createHash('sha256').update(bytes).digest('hex') : null;
        return client.history.add({ kind: 'artifact', n, sha256 });
      }
    } catch {
      // The gateway has gone; the other one may be there.
    }
    if (!(await client.patience(500))) return undefined;
  }
}

/** By the command line, as a shell starts it. It tells no id; its output and exit code must be true. */
async function runByCommand(
  client: ServiceClient,
  planned: PlannedExecution,
  request: Record<string, unknown>,
): Promise<void> {
  const { n, tenant, gateway } = planned;
  client.history.add({ kind: 'submit', n, key: true, gateway });
  const limits = request['resource_limits'] as { timeout_seconds?: number } | undefined;
  const timeout = limits?.timeout_seconds === undefined ? [] : ['--timeout', String(limits.timeout_seconds)];
  const argv = ['apps/cli/dist/main.js', 'exec', String(request['language']), String(request['code']), ...timeout];
  const env = { PATH: process.env['PATH'] ?? '', GANTRY_URL: client.url(gateway), GANTRY_API_KEY: client.key(tenant) };
  const startedAt = performance.now();
  const child = spawn(process.execPath, argv, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'ignore'] });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  const timer = setTimeout(() => child.kill('SIGKILL'), 240_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  const ms = Math.round(performance.now() - startedAt);
  client.history.add({ kind: 'answer', n, status: null, code: `exit ${code}`, id: null, ms, replayed: false });
  if (code !== 0) return;
  const stdout = digestOf(Buffer.concat(parts).toString());
  const told = {
    status: 'completed',
    reason: 'exit_code',
    attempt: 0,
    exitCode: 0,
    finishedAt: null,
    stdout,
    message: null,
    omitted: [],
  };
  client.history.add({ kind: 'told', n, source: 'cli', told });
}
