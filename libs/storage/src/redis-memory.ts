import type { Redis } from 'ioredis';
import { answered } from './redis-connection.js';

/** Memory that the server uses and may use; `maxBytes: 0` = without a limit. */
export async function redisMemory(redis: Redis): Promise<{ usedBytes: number; maxBytes: number }> {
  const info = await answered(redis.info('memory'));
  const bytes = (field: string): number => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return { usedBytes: bytes('used_memory'), maxBytes: bytes('maxmemory') };
}
