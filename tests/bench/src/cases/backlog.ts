import type { BenchEnvironment } from '../bench-environment.js';
import { median, rate, type Measurement } from '../measurement.js';
import { submit } from '../rest.js';

const CLIENTS = 16;
const ROUNDS = 3;
const PER_ROUND = 500;
const QUEUED = 10_000;

/** Nothing of it ends meanwhile: the only place is taken. */
export const backlogSettings = { WORKER_CONCURRENCY: '1', MAX_QUEUED: '20000', MAX_QUEUED_PER_TENANT: '20000' };

/** Submits over REST while nothing waits, and while much does. */
export async function backlog({ url }: BenchEnvironment): Promise<Measurement[]> {
  let queued = 0;
  const one = async (): Promise<void> => {
    await submit(url, { language: 'bash', code: ':' });
    queued++;
  };
  await submit(url, { language: 'bash', code: 'sleep 280', resource_limits: { timeout_seconds: 290 } });
  await rate(CLIENTS, PER_ROUND, one);
  const empty = await rounds(one);
  await rate(CLIENTS, QUEUED - queued, one);
  const full = await rounds(one);
  return [
    { name: `submits over REST, ${CLIENTS} clients, next to nothing queued`, value: empty, unit: '/s', target: null },
    { name: `submits over REST, ${CLIENTS} clients, 10 000 queued`, value: full, unit: '/s', target: null },
    { name: 'submit rate with 10 000 queued ÷ without', value: full / empty, unit: '×', target: { atLeast: 0.8 } },
  ];
}

async function rounds(one: () => Promise<void>): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await rate(CLIENTS, PER_ROUND, one));
  return median(all);
}
