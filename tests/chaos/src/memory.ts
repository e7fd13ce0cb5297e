import { setTimeout as delay } from 'node:timers/promises';
import type { Entry, Fact } from './history.js';
import type { ServiceClient } from './service-client.js';
import type { Violation } from './violations.js';

type MemoryFact = Extract<Fact, { kind: 'memory' }>;

/** MiB of one process, or of all of a role together. */
export interface MemoryRow {
  name: string;
  before: number;
  /** The most that was seen in between. */
  peak: number;
  after: number;
  /** How often it was started; what it has after the load it has had since its last start. */
  lives: number;
}

export interface Memory {
  rows: MemoryRow[];
  /** What Redis had for each execution that it kept, its events and artifacts included; `null` = not measured. */
  keptBytes: number | null;
}

const MIB = 1024 * 1024;
const LOOK_EVERY_MS = 1000;
const SAMPLE_EVERY_MS = 5000;
const MAY_GROW_BY = 0.1;

/** At rest, without garbage. Of several looks the least. */
export async function measureMemory(client: ServiceClient, when: 'before' | 'after', looks: number): Promise<void> {
  const least = new Map<string, MemoryFact>();
  for (let look = 0; look < looks; look++) {
    for (const { process } of [...client.world.gateways, ...client.world.workers]) process.collectGarbage();
    await delay(LOOK_EVERY_MS);
    for (const fact of await lookAt(client, when)) {
      const known = least.get(fact.name);
      if (!known || fact.bytes < known.bytes) least.set(fact.name, fact);
    }
  }
  for (const fact of least.values()) client.history.add(fact);
}

/** Now and then, until it is disposed of. */
export function watchMemory(client: ServiceClient): Disposable {
  const timer = setInterval(() => {
    // Redis may be away just now.
    void lookAt(client, 'during')
      .then((facts) => facts.forEach((fact) => client.history.add(fact)))
      .catch(() => undefined);
  }, SAMPLE_EVERY_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function lookAt({ world }: ServiceClient, when: MemoryFact['when']): Promise<MemoryFact[]> {
  const processes = [...world.gateways, ...world.workers].flatMap(({ process }): MemoryFact[] => {
    const bytes = process.residentBytes();
    const { name, lives } = process;
    return bytes === null ? [] : [{ kind: 'memory', when, name, life: lives, bytes }];
  });
  const redis = await world.redis.usedBytes().catch(() => null);
  return redis === null
    ? processes
    : [...processes, { kind: 'memory', when, name: 'redis', life: world.redis.lives, bytes: redis }];
}

export function memoryOf(entries: readonly Entry[]): Memory {
  const facts = entries.filter((entry) => entry.kind === 'memory');
  const names = [...new Set(facts.filter(({ when }) => when === 'before').map(({ name }) => name))];
  const rows = names.map((name): MemoryRow => {
    const own = facts.filter((fact) => fact.name === name);
    const at = (when: MemoryFact['when']): number[] =>
      own.filter((fact) => fact.when === when).map(({ bytes }) => bytes);
    return {
      name,
      before: inMib(at('before')[0] ?? 0),
      peak: inMib(Math.max(...own.map(({ bytes }) => bytes))),
      after: inMib(at('after')[0] ?? 0),
      lives: Math.max(...own.map(({ life }) => life)),
    };
  });
  const kept = entries.filter((entry) => entry.kind === 'kept').find(({ when }) => when === 'load');
  const keptBytes = kept && kept.executions > 0 ? Math.round(kept.bytes / kept.executions) : null;
  return { rows: [...rows, ...roles(rows)], keptBytes };
}

/** A single process has more now, and less then; all of a kind together have not. */
function roles(rows: readonly MemoryRow[]): MemoryRow[] {
  return ['gateway', 'worker'].flatMap((role) => {
    const own = rows.filter(({ name }) => name.startsWith(`${role}-`));
    if (own.length === 0) return [];
    const sum = (of: (row: MemoryRow) => number): number =>
      Math.round(own.reduce((all, row) => all + of(row), 0) * 10) / 10;
    const [before, peak, after] = [sum((row) => row.before), sum((row) => row.peak), sum((row) => row.after)];
    return [{ name: `all ${role}s`, before, peak, after, lives: sum((row) => row.lives) }];
  });
}

/** More at rest after the load, when all that is kept has expired, than before it. */
export function grown({ rows }: Memory): Violation[] {
  const judged = rows.filter(({ name }) => name === 'redis' || name.startsWith('all '));
  return judged.flatMap(({ name, before, after }): Violation[] =>
    after > before * (1 + MAY_GROW_BY)
      ? [{ kind: 'grown', n: null, detail: `${name}: ${before} MiB before, ${after} MiB after` }]
      : [],
  );
}

const inMib = (bytes: number): number => Math.round((bytes / MIB) * 100) / 100;
