import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Redis } from 'ioredis';

const MIB = 1024 * 1024;
const LOOK_EVERY_MS = 100;

/** Memory of a process as the kernel counts it, looked at all the time. */
export class MemoryWatch implements Disposable {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #peak = 0;
  readonly #before: number;

  constructor(pid: number | undefined) {
    if (pid === undefined) throw new Error('The process does not run');
    this.#pid = pid;
    this.#before = residentMib(pid);
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** MiB since the watch began: the most it had, and what it has now. */
  grown(): { peak: number; now: number } {
    this.#look();
    return { peak: this.#peak - this.#before, now: residentMib(this.#pid) - this.#before };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, residentMib(this.#pid));
  }
}

function residentMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / MIB;
}

/** Connections of the processes of a deployment to Redis, by the ends of their sockets. */
export async function redisConnections(url: string, pids: readonly (number | undefined)[]): Promise<number> {
  const redis = new Redis(url);
  try {
    const clients = String(await redis.client('LIST')).split('\n');
    const ports = new Set(pids.flatMap((pid) => (pid === undefined ? [] : localPorts(pid))));
    return clients.filter((line) => ports.has(Number(/ addr=\S+:(\d+) /.exec(line)?.[1]))).length;
  } finally {
    redis.disconnect();
  }
}

/** The table is that of the machine; which of it are the process's own, its open files tell. */
function localPorts(pid: number): number[] {
  const own = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => socketOf(`/proc/${pid}/fd/${fd}`)));
  const table = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n').slice(1);
  return table.flatMap((line) => {
    const [, local = '', , , , , , , , inode = ''] = line.trim().split(/\s+/);
    return own.has(inode) ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
}

function socketOf(path: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1];
  } catch {
    // Closed meanwhile.
    return undefined;
  }
}

/** The value of a metric without labels. */
export async function metricOf(origin: string, name: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  if (line === undefined) throw new Error(`${origin} has no metric ${name}`);
  return Number(line.split(' ').at(-1));
}
