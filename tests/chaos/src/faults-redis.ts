import type { FaultKind } from './fault-kinds.js';
import type { Begun, Fault } from './fault.js';
import type { World } from './world.js';

const proxies = ({ gateways, workers }: World): World['gateways'][number]['redis'][] =>
  [...gateways, ...workers].map(({ redis }) => redis);

function away(how: 'cut' | 'hang'): Fault {
  return (world) => {
    for (const proxy of proxies(world)) proxy[how]();
    const end = (): Promise<void> => Promise.resolve(proxies(world).forEach((proxy) => proxy.restore()));
    return Promise.resolve({ detail: how, end });
  };
}

const kill: Fault = async ({ redis }) => {
  await redis.kill();
  return { detail: 'SIGKILL', end: () => redis.start() };
};

/** Each way, so that an answer takes 200 ms. */
const SLOW_MS = 100;

const slow: Fault = (world) => {
  const delayBy = (ms: number): void => proxies(world).forEach((proxy) => proxy.slow(ms));
  delayBy(SLOW_MS);
  return Promise.resolve({ detail: `${2 * SLOW_MS} ms`, end: () => Promise.resolve(delayBy(0)) });
};

const full: Fault = async ({ redis }): Promise<Begun> => {
  const used = await redis.usedBytes();
  await redis.use((connection) => connection.config('SET', 'maxmemory', String(used)));
  const end = async (): Promise<void> =>
    void (await redis.use((connection) => connection.config('SET', 'maxmemory', '0')));
  return { detail: `at ${used} bytes`, end };
};

/** All that was accepted is gone, and the scripts with it. */
const flush: Fault = async ({ redis }) => {
  await redis.use((connection) => connection.multi().flushall().script('FLUSH').exec());
  return { detail: 'FLUSHALL', end: null };
};

export const redisFaults = {
  'redis-kill': kill,
  'redis-cut': away('cut'),
  'redis-hang': away('hang'),
  'redis-away-long': away('cut'),
  'redis-away-very-long': away('hang'),
  'redis-slow': slow,
  'redis-full': full,
  'redis-flush': flush,
} satisfies Partial<Record<FaultKind, Fault>>;
