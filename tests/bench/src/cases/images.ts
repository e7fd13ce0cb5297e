import { randomBytes } from 'node:crypto';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, timed, timings, type Measurement } from '../measurement.js';

interface Created {
  success: boolean;
  cached: boolean;
  image_id: string;
}

/** A small image made for the first time, and asked for again. */
export async function images({ url }: BenchEnvironment): Promise<Measurement[]> {
  const environment = { BENCH: randomBytes(6).toString('hex') };
  const create = async (wait: boolean): Promise<Created> => {
    const answer = await fetch(`${url}/images/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ languages: ['python'], environment, ...(wait ? { wait_seconds: 120 } : {}) }),
    });
    const created = (await answer.json()) as Created;
    if (answer.status !== 200 || !created.success) throw new Error(`${answer.status}: ${JSON.stringify(created)}`);
    return created;
  };
  let first: Created | undefined;
  const firstMs = await timed(async () => {
    first = await create(true);
  });
  const again = await timings(100, 10, async () => {
    const { cached, image_id } = await create(false);
    if (!cached || image_id !== first?.image_id)
      throw new Error('the same recipe was not answered with the same image');
  });
  await fetch(`${url}/images/${first?.image_id}`, { method: 'DELETE' });
  return [
    { name: 'image with its own environment, made', value: firstMs, unit: 'ms', target: null },
    { name: 'the same recipe again, p50', value: median(again), unit: 'ms', target: { atMost: 100 } },
  ];
}
