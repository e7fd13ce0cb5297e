import { writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { audit, auditKeys, auditLeftovers, expireAll, stopTheRest } from './audit.js';
import { check } from './checker.js';
import { drive, type Acknowledged } from './drive.js';
import { FAULTS } from './fault-kinds.js';
import { History } from './history.js';
import { measureMemory, watchMemory } from './memory.js';
import { plantNeighbour, plantOrphan } from './neighbour.js';
import { rage } from './nemesis.js';
import { makePlan, type Plan, type PlannedFault, type PlanOptions } from './plan.js';
import { reportOf, toText, type Report } from './report.js';
import { isServed } from './served.js';
import { ServiceClient } from './service-client.js';
import { warmUp } from './warm-up.js';
import { buildWorld } from './world.js';

export interface ChaosOptions extends PlanOptions {
  /** Of an engine that has the executor image. */
  dockerHost: string;
  executorImage: string;
  /** History, logs and report are kept there. */
  directory: string;
  say: (line: string) => void;
  /** Aborts the run; what it has started is stopped. */
  signal?: AbortSignal;
}

/** After the last fault every client gets this long; an execution that has no end by then is lost. */
const SETTLE_MS = { short: 30_000, long: 180_000 } as const;
/** For the last look at everything nothing is away any more. */
const AUDIT_MS = 60_000;
/** Other faults may come before it is. */
const SERVED_WITHIN_MS = 240_000;
/** Nobody has anything to do for so long, whatever is away. */
const CLIENT_MS = 400_000;
/** At the memory, a second apart. */
const LOOKS = 5;
const IDLE_MS = 3000;

/** Submits, breaks and watches as planned, then judges what was seen. Leaves nothing behind but its directory. */
export async function runChaos(options: ChaosOptions): Promise<Report> {
  const plan = makePlan(options);
  await rm(options.directory, { recursive: true, force: true });
  await mkdir(options.directory, { recursive: true });
  using history = new History(join(options.directory, 'history.jsonl'));
  const needsEngine = plan.faults.some(({ name }) => FAULTS[name].needs !== null);
  const world = await buildWorld({ ...options, history, gateways: 2, workers: 3, ownEngine: needsEngine });
  try {
    const client = new ServiceClient(world, history);
    options.say(
      `${plan.executions.length} executions and ${plan.faults.length} faults in ${Math.round(plan.spanMs / 1000)} s; ${options.directory}`,
    );
    await Promise.race([carryOut(client, plan, options), aborted(options.signal)]);
  } finally {
    await world.close();
  }
  const report = reportOf(plan.options, check(plan, history.entries), history.entries);
  writeFileSync(join(options.directory, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(options.directory, 'report.txt'), `${toText(report)}\n`);
  return report;
}

async function carryOut(client: ServiceClient, plan: Plan, { say }: ChaosOptions): Promise<void> {
  const neighbour = await plantNeighbour(client);
  if (!(await isServed(client, 30_000))) throw new Error('The service does not run a program; see its logs');
  const images = plan.executions.some(({ onImage }) => onImage) ? await makeImages(client) : [];
  const isLong = plan.options.length === 'long';
  const settle = async (when: 'before' | 'after'): Promise<void> => {
    if (isLong) await warmUp(client, plan.options, when);
    await stopTheRest(client, new Map());
    await delay(IDLE_MS);
    await expireAll(client, when);
    await measureMemory(client, when, isLong ? LOOKS : 1);
  };
  await settle('before');
  await plantOrphan(client);
  using _watch = watchMemory(client);
  const acknowledged: Acknowledged = new Map();
  const startedAt = performance.now();
  const probes: Promise<void>[] = [];
  const clients = plan.executions.map(async (planned) => {
    await delay(Math.max(0, startedAt + planned.atMs - performance.now()));
    const driving = drive(client, planned, images[planned.tenant] ?? null, acknowledged);
    if (await settlesIn(driving, CLIENT_MS)) return;
    client.history.add({ kind: 'hang', n: planned.n, what: 'client', ms: CLIENT_MS });
  });
  const onEnd = (fault: PlannedFault): void => {
    say(`${Math.round((performance.now() - startedAt) / 1000)} s: ${fault.name} is over`);
    probes.push(probe(client, fault));
  };
  await rage({ world: client.world, history: client.history, plan, onEnd }, startedAt);
  client.giveUpAt = Date.now() + SETTLE_MS[plan.options.length];
  await Promise.all([...clients, ...probes]);
  say(`all clients have left; looking at everything once more`);
  client.giveUpAt = Date.now() + AUDIT_MS;
  await stopTheRest(client, acknowledged);
  await audit(client, plan, acknowledged);
  await delay(IDLE_MS);
  await auditKeys(client);
  await expireAll(client, 'load');
  say('memory at rest');
  await settle('after');
  await client.world.drain();
  await auditLeftovers(client, neighbour);
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
}

/** False when it takes longer: one client that hangs must not hang the run. */
async function settlesIn(work: Promise<void>, ms: number): Promise<boolean> {
  const late = new AbortController();
  try {
    return await Promise.race([work.then(() => true), delay(ms, false, { signal: late.signal })]);
  } finally {
    late.abort();
  }
}

async function probe(client: ServiceClient, { fault }: PlannedFault): Promise<void> {
  const startedAt = performance.now();
  if (await isServed(client, SERVED_WITHIN_MS))
    client.history.add({ kind: 'served', fault, ms: Math.round(performance.now() - startedAt) });
}

/** One for each tenant. */
async function makeImages(client: ServiceClient): Promise<string[]> {
  const made: string[] = [];
  for (const [tenant, { name }] of client.world.tenants.slice(0, -1).entries()) {
    const body = { languages: ['python'], environment: { CHAOS: name }, image_name: 'chaos', wait_seconds: 240 };
    const call = {
      n: -1,
      tenant,
      gateway: 0,
      method: 'POST',
      path: '/images/create',
      body,
      promisedMs: 240_000,
    } as const;
    const answer = await client.call(call);
    if (answer.body['success'] !== true) throw new Error(`No image could be made: ${JSON.stringify(answer.body)}`);
    made.push(String(answer.body['image_id']));
  }
  return made;
}
