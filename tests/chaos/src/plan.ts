import { FAULT_KINDS, FAULTS, type FaultKind } from './fault-kinds.js';
import { programFor, tokenOf, type Program, type ProgramKind } from './programs.js';
import { Random } from './random.js';

export interface PlanOptions {
  seed: string;
  executions: number;
  faults: number;
  length: 'short' | 'long';
  /** Executions in a second, on average. */
  rate: number;
  /** Only these; default: all that this length has. */
  only?: readonly FaultKind[];
}

/** How a client submits and learns of the end. */
export type Manner = 'wait' | 'poll' | 'stream' | 'mcp' | 'client' | 'cli';

export interface PlannedExecution {
  n: number;
  atMs: number;
  tenant: number;
  manner: Manner;
  kind: ProgramKind;
  token: string;
  program: Program;
  /** Whether the client sends an Idempotency-Key, and so may try again whatever happened. */
  keyed: boolean;
  cancelAfterMs: number | null;
  gateway: number;
  /** Runs on an image of its tenant's, which a fault may remove. */
  onImage: boolean;
  /** So often more it may be started when its worker is lost. */
  retries: number;
}

export interface PlannedFault {
  fault: number;
  name: FaultKind;
  atMs: number;
  holdMs: number;
  /** Picks among those that can be hit. */
  target: number;
}

export interface Plan {
  options: PlanOptions;
  executions: PlannedExecution[];
  faults: PlannedFault[];
  spanMs: number;
}

const TENANTS = 3;
const FIRST_FAULT_MS = { short: 2500, long: 12_000 } as const;
/** Before all workers are killed. */
const BURST_PER_SECOND = 100;
const LONGEST: FaultKind = 'worker-stop';
/** Five processes, each with its grace. */
const ROLLING_MS = 40_000;
/** Between two faults, for the service to recover. */
const CALM_MS = { short: [2000, 3000], long: [6000, 9000] } as const;

const KINDS: readonly { kind: ProgramKind; weight: number }[] = [
  { kind: 'hello', weight: 40 },
  { kind: 'sequence', weight: 14 },
  { kind: 'slow', weight: 12 },
  { kind: 'failing', weight: 8 },
  { kind: 'timeout', weight: 3 },
  { kind: 'endless', weight: 5 },
  { kind: 'big', weight: 3 },
  { kind: 'stdin', weight: 6 },
  { kind: 'artifact', weight: 9 },
];
const MANNERS: readonly { manner: Manner; weight: number }[] = [
  { manner: 'wait', weight: 30 },
  { manner: 'poll', weight: 22 },
  { manner: 'stream', weight: 30 },
  { manner: 'mcp', weight: 8 },
  { manner: 'client', weight: 8 },
  { manner: 'cli', weight: 2 },
];

/** What is submitted and what is done to the service, and when: a function of its options and of nothing else. */
export function makePlan(options: PlanOptions): Plan {
  const random = new Random(options.seed);
  const faults = planFaults(options, random.fork('faults'));
  const last = faults.at(-1);
  const calm = CALM_MS[options.length][1];
  const spanMs = Math.max((1000 * options.executions) / options.rate, last ? last.atMs + last.holdMs + calm : 0);
  const kinds = random.fork('executions');
  const executions = Array.from({ length: options.executions }, (_, n) =>
    planExecution(options, kinds.fork(String(n)), n, spanMs),
  );
  burst(executions, faults);
  executions.sort((one, other) => one.atMs - other.atMs);
  return { options, executions, faults, spanMs };
}

/** Much is waiting when all workers are killed: the first time a third of everything, at most a thousand. */
function burst(executions: PlannedExecution[], faults: readonly PlannedFault[]): void {
  const kills = faults.filter(({ name }) => name === 'workers-kill-all');
  let next = 0;
  for (const [at, { atMs }] of kills.entries()) {
    const size = Math.floor(executions.length / (at === 0 ? 3 : 30));
    const until = Math.min(next + Math.min(size, 1000), executions.length);
    for (let left = until - next; left > 0; left--, next++)
      (executions[next] as PlannedExecution).atMs = Math.max(0, atMs - (1000 * left) / BURST_PER_SECOND);
  }
}

function planFaults({ length, faults: count, only }: PlanOptions, random: Random): PlannedFault[] {
  const possible = FAULT_KINDS.filter((name) => (only?.includes(name) ?? true) && FAULTS[name][length] !== null);
  if (possible.length === 0) return [];
  // One of each kind comes before the second of any, should there be fewer than wanted.
  const more = possible.flatMap((name) => Array.from({ length: FAULTS[name].atLeast - 1 }, () => name));
  const names = [...random.shuffle(possible), ...random.shuffle(more)];
  while (names.length < count) names.push(random.pick(possible));
  const order = random.shuffle(names.slice(0, count));
  // In a short run the longest goes on while the others come.
  if (length === 'short') order.sort((one, other) => Number(other === LONGEST) - Number(one === LONGEST));
  let atMs: number = FIRST_FAULT_MS[length];
  return order.map((name, fault) => {
    const [from, to] = FAULTS[name][length] as readonly [number, number];
    const planned = { fault, name, atMs, holdMs: random.int(from, to), target: random.int(0, 2 ** 30) };
    const passingMs =
      length === 'short' && name === LONGEST ? 0 : planned.holdMs + (name === 'rolling-restart' ? ROLLING_MS : 0);
    atMs += passingMs + random.int(CALM_MS[length][0], CALM_MS[length][1]);
    return planned;
  });
}

function planExecution(options: PlanOptions, random: Random, n: number, spanMs: number): PlannedExecution {
  const { kind } = random.weighted(KINDS);
  const token = tokenOf(options.seed, n);
  const language = random.pick(['python', 'bash', 'node'] as const);
  const size = random.int(1, options.length === 'short' ? 2 : 4);
  // Its client writes to it while it runs, or stops it: it must know it by then.
  const { manner } =
    kind === 'stdin' || kind === 'endless'
      ? random.pick([MANNERS[1], MANNERS[2]] as typeof MANNERS)
      : random.weighted(MANNERS);
  const stopped = kind === 'endless' || random.chance(0.03);
  return {
    n,
    atMs: Math.floor(random.next() * spanMs),
    tenant: random.int(0, TENANTS - 1),
    manner: kind === 'big' && (manner === 'mcp' || manner === 'cli') ? 'wait' : manner,
    kind,
    token,
    program: programFor(kind, language, token, size),
    // What nobody knows of nobody stops.
    keyed: random.chance(0.5) || kind === 'endless',
    cancelAfterMs: stopped && (manner === 'poll' || manner === 'stream') ? random.int(0, 4000) : null,
    gateway: random.int(0, 1),
    onImage: options.length === 'long' && kind === 'hello' && language === 'python' && random.chance(0.15),
    // What was read from standard input is gone, and the command line's output tells every attempt's.
    retries: kind !== 'stdin' && manner !== 'cli' && random.chance(0.35) ? random.int(1, 3) : 0,
  };
}
