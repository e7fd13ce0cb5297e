import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from './fault.js';
import type { FaultKind } from './fault-kinds.js';
import { containerFaults } from './faults-containers.js';
import { engineFaults } from './faults-engine.js';
import { processFaults } from './faults-processes.js';
import { redisFaults } from './faults-redis.js';
import type { History } from './history.js';
import type { Plan, PlannedFault } from './plan.js';
import type { World } from './world.js';

const DOINGS: Record<FaultKind, Fault> = { ...processFaults, ...redisFaults, ...containerFaults, ...engineFaults };

export interface Nemesis {
  world: World;
  history: History;
  plan: Plan;
  /** Called when a fault has been healed; its promise is not waited for. */
  onEnd(fault: PlannedFault): void;
}

/** Does to the service what was planned, when it was planned. Resolves when the last fault is healed. @param startedAt by `performance.now()` */
export async function rage({ world, history, plan, onEnd }: Nemesis, startedAt: number): Promise<void> {
  const all = plan.faults.map(async (planned) => {
    await delay(Math.max(0, startedAt + planned.atMs - performance.now()));
    const say = (phase: 'begin' | 'end', detail: string): void =>
      history.add({ kind: 'fault', fault: planned.fault, name: planned.name, phase, detail });
    say('begin', '');
    try {
      const { detail, end } = await DOINGS[planned.name](world, planned.target);
      await delay(planned.holdMs);
      await end?.();
      say('end', detail);
    } catch (error) {
      say('end', `failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    onEnd(planned);
  });
  await Promise.all(all);
}
