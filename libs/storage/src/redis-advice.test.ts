import { describe, expect, test } from '@jest/globals';
import { adviceOn } from './redis-advice.js';

const SAFE = {
  redis_version: '7.0.15',
  role: 'master',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  maxmemory_policy: 'noeviction',
  cluster_enabled: '0',
  used_memory: '100',
  maxmemory: '0',
};
const info = (facts: Partial<typeof SAFE> = {}): string =>
  Object.entries({ ...SAFE, ...facts })
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('# Section\r\n');

describe('what is told of how a Redis is set up', () => {
  test('is nothing where all is well', () => {
    expect(adviceOn(info(), null, false)).toEqual([]);
    expect(adviceOn(info({ cluster_enabled: '1' }), 'cluster_state:ok\r\ncluster_size:3\r\n', true)).toEqual([]);
    expect(adviceOn(info({ redis_version: '6.2.0', used_memory: '90', maxmemory: '100' }), null, false)).toEqual([]);
  });

  test.each<[string, Partial<typeof SAFE>, RegExp]>([
    ['an old version', { redis_version: '6.0.16' }, /6\.0 is too old: use 6\.2/],
    ['a replica', { role: 'slave' }, /replica/],
    ['a lack of the append-only file', { aof_enabled: '0' }, /set appendonly yes/],
    ['an append-only file that cannot be written', { aof_last_write_status: 'err' }, /disk/],
    ['eviction', { maxmemory_policy: 'allkeys-lru' }, /allkeys-lru.*set maxmemory-policy noeviction/],
    ['a node of a Cluster that is used alone', { cluster_enabled: '1' }, /redis\+cluster:\/\//],
  ])('names %s, which is unsafe', (_name, facts, text) => {
    expect(adviceOn(info(facts), null, false)).toEqual([{ text: expect.stringMatching(text), unsafe: true }]);
  });

  test('names a Cluster that is not complete', () => {
    const advice = adviceOn(info({ cluster_enabled: '1' }), 'cluster_state:fail\r\n', true);
    expect(advice).toEqual([{ text: expect.stringContaining('cluster_state'), unsafe: true }]);
  });

  test('warns of memory that is almost full, which hinders no start', () => {
    const advice = adviceOn(info({ used_memory: '95', maxmemory: '100' }), null, false);
    expect(advice).toEqual([{ text: expect.stringMatching(/^95 % of maxmemory/), unsafe: false }]);
  });
});
