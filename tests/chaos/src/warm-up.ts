import { inTurns } from './audit.js';
import { drive } from './drive.js';
import { makePlan, type PlanOptions } from './plan.js';
import type { ServiceClient } from './service-client.js';

/** Numbers that no execution of the plan has: nothing of these is judged, but that they are answered in time. */
const FIRST_N = 1_000_000;
const MUCH = 100;

/**
 * Executions of all kinds, as many at once as there are places, with nothing broken. Until the processes have seen all kinds of work they grow, as any
 * Node.js process does; and a process that was started lately must have done as much as one that was not. So it comes before both looks at
 * the memory.
 */
export async function warmUp(client: ServiceClient, options: PlanOptions, round: string): Promise<void> {
  const seed = `${options.seed}/${round}`;
  const { executions } = makePlan({ ...options, seed, executions: warmUpSize(options), faults: 0 });
  await inTurns(
    Array.from({ length: MUCH }, (_, gateway) => gateway),
    (gateway) => writeMuch(client, gateway),
  );
  await inTurns(executions, (planned) =>
    drive(
      client,
      { ...planned, n: FIRST_N + planned.n, cancelAfterMs: planned.kind === 'endless' ? 500 : null },
      null,
      new Map(),
    ),
  );
}

/** What it costs to hold the largest results is not given back to the kernel: all have had some by then. */
async function writeMuch(client: ServiceClient, gateway: number): Promise<void> {
  const tenant = client.world.tenants.length - 1;
  const body = { language: 'python', code: 'print("x" * 1_000_000)', wait_seconds: 30 };
  await client.call({ n: -1, tenant, gateway, method: 'POST', path: '/execute', body, promisedMs: 30_000 });
}

function warmUpSize({ executions }: PlanOptions): number {
  return Math.min(400, Math.round(executions / 3));
}
