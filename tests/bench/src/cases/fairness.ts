import { createHash, randomBytes } from 'node:crypto';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, quantile, rate, timings, type Measurement } from '../measurement.js';
import { execute, submit } from '../rest.js';

const FLOOD = 800;
const TIMINGS = 20;
/** Both tenants': a wait for a turn is at most about this long, divided by the slots. */
const program = { language: 'bash', code: 'sleep 0.5' };

const keys = { small: randomBytes(24).toString('hex'), flood: randomBytes(24).toString('hex') };
const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');

export const fairnessSettings = {
  WORKER_CONCURRENCY: '4',
  MAX_QUEUED_PER_TENANT: String(FLOOD + 100),
  API_KEYS: Object.entries(keys)
    .map(([name, key]) => `${name}:${sha256(key)}`)
    .join(','),
};

/** One tenant that runs one thing after another, alone, and while another has hundreds queued. */
export async function fairness({ url }: BenchEnvironment): Promise<Measurement[]> {
  const one = async (): Promise<void> => {
    const { status } = await execute(url, program, keys.small);
    if (status !== 'completed') throw new Error(`the program ended as ${status}`);
  };
  const idle = await timings(TIMINGS, 5, one);
  let queued = 0;
  await rate(8, FLOOD, async () => {
    await submit(url, program, keys.flood);
    queued++;
  });
  const flooded = await timings(TIMINGS, 3, one);
  if (queued < FLOOD) throw new Error(`only ${queued} were queued`);
  return [
    { name: 'small tenant alone, p50', value: median(idle), unit: 'ms', target: null },
    { name: `small tenant while another has ${FLOOD} queued, p50`, value: median(flooded), unit: 'ms', target: null },
    {
      name: `small tenant while another has ${FLOOD} queued, p95`,
      value: quantile(flooded, 0.95),
      unit: 'ms',
      target: null,
    },
    {
      name: 'small tenant p50, flooded ÷ idle',
      value: median(flooded) / median(idle),
      unit: '×',
      target: { atMost: 2 },
    },
  ];
}
