import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from './fault.js';
import type { FaultKind } from './fault-kinds.js';
import { containerFaults } from './faults-containers.js';
import { diskFaults } from './faults-disks.js';
import { engineFaults } from './faults-engine.js';
import { processFaults } from './faults-processes.js';
import { redisFaults } from './faults-redis.js';
import type { History } from './history.js';
import type { Plan, PlannedFault } from './plan.js';
import type { World } from './world.js';

const DOINGS: Record<FaultKind, Fault> = {
  ...processFaults,
  ...redisFaults,
  ...containerFaults,
  ...engineFaults,
  ...diskFaults,
};

/** In a long run one fault comes after the other, also when one takes longer than planned. */
const CALM_MS = 5000;

export interface Nemesis {
  world: World;
  history: History;
  plan: Plan;
  /** Called when a fault has been healed; its promise is not waited for. */
  onEnd(fault: PlannedFault): void;
}

/** Does to the service what was planned, when it was planned. Resolves when the last fault is healed. @param startedAt by `performance.now()` */
export async function rage(nemesis: Nemesis, startedAt: number): Promise<void> {
  const { faults, options } = nemesis.plan;
  let before: Promise<unknown> = Promise.resolve();
  const all = faults.map((planned) => {
    const due = async (): Promise<void> => delay(Math.max(0, startedAt + planned.atMs - performance.now()));
    const calm = options.length === 'long' && planned.fault > 0 ? before.then(() => delay(CALM_MS)) : null;
    before = (calm ?? Promise.resolve()).then(due).then(() => strike(nemesis, planned));
    return before;
  });
  await Promise.all(all);
}

async function strike({ world, history, onEnd }: Nemesis, planned: PlannedFault): Promise<void> {
  const { fault, name, target, holdMs } = planned;
  const say = (phase: 'begin' | 'end', detail: string): void =>
    history.add({ kind: 'fault', fault, name, phase, detail });
  say('begin', '');
  try {
    const { detail, end } = await DOINGS[name](world, target);
    await delay(holdMs);
    await end?.();
    say('end', detail);
  } catch (error) {
    say('end', `failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  onEnd(planned);
}
