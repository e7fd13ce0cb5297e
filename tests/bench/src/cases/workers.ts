import type { BenchEnvironment } from '../bench-environment.js';
import { median, rate, type Measurement } from '../measurement.js';
import { execute } from '../rest.js';

/** Executions at once of one worker: few, so that waiting is the bound, not the two cores that gateway, workers and engine share here. */
export const SLOTS = 2;
const FLEETS = [1, 2, 4];
const ROUNDS = 3;
const SLEEP_SECONDS = 0.2;
/** Of one worker in one round: 6 s of sleep in its slots. */
const PER_WORKER = 60;
const LINEAR_WITHIN = { atMost: 10 };

/**
 * Throughput of a fleet on programs that only sleep. In tenant sandboxes, for a container of its own costs the engine 120 ms of processor time,
 * and the cores would be the bound. Enough clients that every slot always has a successor waiting.
 */
export async function workers(environment: BenchEnvironment): Promise<Measurement[]> {
  const rates = new Map<number, number>();
  const order = { language: 'python', code: `import time; time.sleep(${SLEEP_SECONDS}); print("slept")` };
  const sleep = async (): Promise<void> => {
    const { stdout } = await execute(environment.url, order);
    if (stdout !== 'slept\n') throw new Error(`wrong answer: ${stdout}`);
  };
  // The service has come with one.
  let running = 1;
  for (const fleet of FLEETS) {
    for (; running < fleet; running++) await environment.startWorker();
    const clients = 3 * SLOTS * fleet;
    // The tenant's containers come up under load.
    await rate(clients, 40 * fleet, sleep);
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await rate(clients, PER_WORKER * fleet, sleep));
    rates.set(fleet, median(rounds));
  }
  const one = rates.get(1) ?? Number.NaN;
  return FLEETS.flatMap((fleet) => {
    const value = rates.get(fleet) ?? Number.NaN;
    const name = `${fleet} worker${fleet === 1 ? '' : 's'} of ${SLOTS} slots, programs of 200 ms`;
    const throughput: Measurement = { name, value, unit: '/s', target: null };
    if (fleet === 1) {
      const ideal = SLOTS / SLEEP_SECONDS;
      return [throughput, { name: '… ÷ what its slots could at most', value: one / ideal, unit: '×', target: null }];
    }
    const off = Math.abs(value / (fleet * one) - 1);
    return [
      throughput,
      { name: `… off ${fleet} × that of one by`, value: 100 * off, unit: '%', target: LINEAR_WITHIN },
    ];
  });
}
