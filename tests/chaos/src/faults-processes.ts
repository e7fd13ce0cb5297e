import { once } from 'node:events';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultKind } from './fault-kinds.js';
import type { ManagedProcess } from './managed-process.js';
import { pickFrom, type Begun, type Fault } from './fault.js';
import type { Member, World } from './world.js';

const nothing = (detail: string): Begun => ({ detail, end: null });

function running<T extends Member>(members: readonly T[]): T[] {
  return members.filter(({ process }) => process.running);
}

async function kill(process: ManagedProcess): Promise<Begun> {
  await process.stop('SIGKILL');
  return { detail: process.name, end: () => process.start() };
}

const workerKill: Fault = async ({ workers }, target) => {
  const worker = pickFrom(running(workers), target);
  return worker ? kill(worker.process) : nothing('no worker runs');
};

const gatewayKill: Fault = async ({ gateways }, target) => {
  const gateway = pickFrom(running(gateways), target);
  return gateway ? kill(gateway.process) : nothing('no gateway runs');
};

const workersKillAll: Fault = async ({ workers }) => {
  const processes = running(workers).map(({ process }) => process);
  await Promise.all(processes.map((process) => process.stop('SIGKILL')));
  const end = async (): Promise<void> => void (await Promise.all(processes.map((process) => process.start())));
  return { detail: processes.map(({ name }) => name).join(' '), end };
};

/** Stopped, as on a machine that swaps or is suspended: its connections stay open, and when it goes on it does not know that time has passed. */
const workerStop: Fault = ({ workers }, target) => {
  const process = pickFrom(running(workers), target)?.process;
  if (!process) return Promise.resolve(nothing('no worker runs'));
  const { child } = process;
  child?.kill('SIGSTOP');
  const end = (): Promise<void> => Promise.resolve(void child?.kill('SIGCONT'));
  return Promise.resolve({ detail: process.name, end });
};

const OOM_WITHIN_MS = 20_000;
const ROOM_BYTES = 2 * 1024 * 1024;

/** The kernel itself kills it, for its memory cgroup has no room left. */
const workerOutOfMemory: Fault = async ({ workers }, target) => {
  const process = pickFrom(running(workers), target)?.process;
  if (!process?.child) return nothing('no worker runs');
  process.expectEnd();
  const exited = once(process.child, 'exit', { signal: AbortSignal.timeout(OOM_WITHIN_MS) }).catch(() => null);
  const group = tightGroup(process.pid);
  const killed = group === null ? null : await exited;
  await process.stop('SIGKILL');
  if (group !== null) rmdirSync(group);
  const how = killed === null ? 'by SIGKILL, as the kernel would have' : 'by the kernel';
  return { detail: `${process.name} ${how}`, end: () => process.start() };
};

/** Puts the process into a cgroup with next to no memory; `null` where that can't be done. */
function tightGroup(pid: number): string | null {
  const places = [
    { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
    { root: '/sys/fs/cgroup', limit: 'memory.max' },
  ];
  for (const { root, limit } of places) {
    const group = join(root, `gantry-chaos-${pid}`);
    try {
      mkdirSync(group);
    } catch {
      continue;
    }
    try {
      writeFileSync(join(group, limit), String(ROOM_BYTES));
      writeFileSync(join(group, 'cgroup.procs'), String(pid));
      return group;
    } catch {
      rmdirSync(group);
    }
  }
  return null;
}

const rollingRestart: Fault = async (world: World) => {
  for (const { process } of [...world.gateways, ...world.workers]) {
    await process.stop('SIGTERM');
    await process.start();
  }
  return nothing('everything, one after another');
};

const workerCut: Fault = ({ workers }, target) => {
  const worker = pickFrom(running(workers), target);
  worker?.redis.cut();
  const end = (): Promise<void> => Promise.resolve(worker?.redis.restore());
  return Promise.resolve({ detail: worker?.process.name ?? 'no worker runs', end });
};

const gatewayCut: Fault = ({ gateways }, target) => {
  const gateway = pickFrom(running(gateways), target);
  gateway?.redis.cut();
  const end = (): Promise<void> => Promise.resolve(gateway?.redis.restore());
  return Promise.resolve({ detail: gateway?.process.name ?? 'no gateway runs', end });
};

export const processFaults = {
  'worker-kill': workerKill,
  'worker-out-of-memory': workerOutOfMemory,
  'worker-stop': workerStop,
  'workers-kill-all': workersKillAll,
  'worker-cut-from-redis': workerCut,
  'gateway-kill': gatewayKill,
  'gateway-cut-from-redis': gatewayCut,
  'rolling-restart': rollingRestart,
} satisfies Partial<Record<FaultKind, Fault>>;
