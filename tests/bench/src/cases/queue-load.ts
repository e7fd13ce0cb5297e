import { setTimeout as delay } from 'node:timers/promises';
import { openBenchQueue } from '../bench-queue.js';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, rate, timings, type Measurement } from '../measurement.js';

const RUN_MS = 50;
const QUEUED = 10_000;

/** What a long queue costs those who come to it: the rate at which submits are accepted, and how long another tenant's execution takes. */
export async function queueLoad({ redisUrl }: BenchEnvironment): Promise<Measurement[]> {
  return [await acceptRate(redisUrl), await smallTenant(redisUrl)];
}

async function acceptRate(redisUrl: string): Promise<Measurement> {
  await using queue = await openBenchQueue(redisUrl);
  const submit = (): Promise<unknown> => queue.submit('t');
  await rate(8, 500, submit);
  const empty = await rate(8, 1500, submit);
  await rate(8, QUEUED - 2000, () => queue.submit('flood'));
  const full = await rate(8, 1500, submit);
  const name = 'submits accepted with 10 000 queued, share of the rate with an empty queue';
  return { name, value: full / empty, unit: '', target: { atLeast: 0.8 } };
}

async function smallTenant(redisUrl: string): Promise<Measurement> {
  await using queue = await openBenchQueue(redisUrl, async () => {
    await delay(RUN_MS);
    return {};
  });
  queue.begin();
  const one = (): Promise<unknown> => queue.run('small');
  const idle = median(await timings(30, 5, one));
  await rate(8, 1000, () => queue.submit('flood'));
  const flooded = median(await timings(30, 5, one));
  const name = 'one tenant alone, 50 ms each, p50 while another has 1000 queued, over that when idle';
  return { name, value: flooded / idle, unit: '×', target: { atMost: 2 } };
}
