import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from './eventually.js';
import { ROOT, type ServiceProcess } from './process.js';

const MIB = 1024 * 1024;
const LOOK_EVERY_MS = 100;
const SETTLE_MS = 1000;
const MOST_COLLECTIONS = 10;

/** For processes whose memory is watched. */
export const WATCHED_MEMORY = {
  NODE_OPTIONS: `--import=${pathToFileURL(path.join(ROOT, 'tests/support/collect-garbage.mjs')).href}`,
};

export interface Growth {
  /** MiB that the kernel gave it at most. It does not take them back, and garbage counts. */
  peak: number;
  /** MiB that it holds now: objects and buffers, without garbage. */
  held: number;
}

/** Memory of a process: as the kernel counts it, looked at all the time, and as the process does, once its garbage is collected. */
export class MemoryWatch implements Disposable {
  readonly #process: ServiceProcess;
  readonly #timer: NodeJS.Timeout;
  readonly #heldBefore: number;
  readonly #before: number;
  #peak = 0;

  private constructor(process: ServiceProcess, heldBefore: number) {
    this.#process = process;
    this.#heldBefore = heldBefore;
    this.#before = residentMib(process);
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  static async of(process: ServiceProcess | undefined): Promise<MemoryWatch> {
    if (process === undefined) throw new Error('The process does not run');
    return new MemoryWatch(process, await heldMib(process));
  }

  /** MiB since the watch began. */
  async grown(): Promise<Growth> {
    this.#look();
    return { peak: this.#peak - this.#before, held: (await heldMib(this.#process)) - this.#heldBefore };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, residentMib(this.#process));
  }
}

/** Once it falls no more: what was begun for a client ends a little after the client does. */
async function heldMib(process: ServiceProcess): Promise<number> {
  let least = await collectedMib(process);
  for (let i = 0; i < MOST_COLLECTIONS; i++) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const held = await collectedMib(process);
    if (held > least - 1) return Math.min(held, least);
    least = held;
  }
  return least;
}

async function collectedMib(process: ServiceProcess): Promise<number> {
  const said = (): Record<string, unknown> => process.lines('garbage collected').at(-1) ?? { times: 0 };
  const before = Number(said()['times']);
  process.child.kill('SIGUSR2');
  await eventually(() => expect(said()['times']).toBeGreaterThan(before), 30_000);
  return Number(said()['held']) / MIB;
}

function residentMib(process: ServiceProcess): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${process.child.pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / MIB;
}

/** Connections of a process, in and out. */
export function socketsOf({ child: { pid } }: ServiceProcess): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => socketOf(`/proc/${pid}/fd/${fd}`) !== undefined).length;
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
