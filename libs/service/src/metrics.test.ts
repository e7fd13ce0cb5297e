import { describe, expect, test } from '@jest/globals';
import { askedOnce, createRegistry, observedGauge, type Registry } from './metrics.js';
import { observeRedis } from './metrics-redis.js';

const samples = async (registry: Registry, name: string | RegExp): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.search(name) === 0);

describe('a gauge that asks when it is scraped', () => {
  test('forgets what is not told any more, and adds up what is told twice', async () => {
    const registry = createRegistry('test');
    let told: [string, number][] = [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ];
    observedGauge(registry, { name: 'sizes', help: 'Sizes.', labelNames: ['kind'] }, (set) => {
      for (const [kind, value] of told) set(value, { kind });
    });
    expect(await samples(registry, 'sizes')).toEqual([
      'sizes{kind="a",service="test"} 4',
      'sizes{kind="b",service="test"} 2',
    ]);
    told = [['b', 5]];
    expect(await samples(registry, 'sizes')).toEqual(['sizes{kind="b",service="test"} 5']);
  });

  test('has no value while it cannot ask', async () => {
    const registry = createRegistry('test');
    let works = true;
    observedGauge(registry, { name: 'bytes', help: 'Bytes.' }, (set) => {
      if (!works) throw new Error('away');
      set(7);
    });
    expect(await samples(registry, 'bytes')).toEqual(['bytes{service="test"} 7']);
    works = false;
    expect(await samples(registry, 'bytes')).toEqual([]);
    works = true;
    expect(await samples(registry, 'bytes')).toEqual(['bytes{service="test"} 7']);
  });

  test('keeps nobody waiting for what does not answer', async () => {
    const registry = createRegistry('test');
    observedGauge(registry, { name: 'hanging', help: 'Never.' }, () => new Promise(() => undefined));
    observedGauge(registry, { name: 'present', help: 'At once.' }, (set) => set(1));
    expect(await samples(registry, /^(hanging|present)/)).toEqual(['present{service="test"} 1']);
  });

  test('shares one question with the others of a scrape, and asks anew at the next', async () => {
    const registry = createRegistry('test');
    let asked = 0;
    const ask = askedOnce(() => Promise.resolve(++asked));
    for (const name of ['one', 'two'])
      observedGauge(registry, { name, help: 'A number.' }, async (set) => set(await ask()));
    await registry.metrics();
    expect(asked).toBe(1);
    await registry.metrics();
    expect(asked).toBe(2);
  });
});

test('Redis is up only while it answers, and what it does not answer is counted', async () => {
  const registry = createRegistry('test');
  let answer = (): Promise<unknown> => Promise.resolve('PONG');
  const probe = observeRedis(registry, {
    ping: () => answer(),
    memory: () => Promise.resolve({ usedBytes: 1, maxBytes: 0 }),
  });
  await probe();
  expect(await samples(registry, 'gantry_redis_up')).toEqual(['gantry_redis_up{service="test"} 1']);
  answer = () => Promise.reject(new Error('away'));
  await probe();
  expect(await samples(registry, 'gantry_redis_up')).toEqual(['gantry_redis_up{service="test"} 0']);
  expect(await samples(registry, 'gantry_redis_ping_failures_total')).toEqual([
    'gantry_redis_ping_failures_total{service="test"} 1',
  ]);
  expect(await samples(registry, 'gantry_redis_ping_seconds_count')).toEqual([
    'gantry_redis_ping_seconds_count{service="test"} 1',
  ]);
});
