import { openBenchQueue } from '../bench-queue.js';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, timings, type Measurement } from '../measurement.js';

/** What the service itself costs: one execution after another, in a sandbox that does nothing. */
export async function queueRoundTrip({ redisUrl }: BenchEnvironment): Promise<Measurement[]> {
  await using queue = await openBenchQueue(redisUrl);
  queue.begin();
  const all = await timings(300, 50, () => queue.run('t'));
  return [{ name: 'queue round trip without a sandbox, p50', value: median(all), unit: 'ms', target: { atMost: 5 } }];
}
