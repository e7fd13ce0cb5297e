import type { Redis } from 'ioredis';

/** What is wrong with this Redis server for a queue that must not lose anything; empty when all is well. */
export async function redisAdvice(redis: Redis): Promise<string[]> {
  const advice: string[] = [];
  const info = await redis.info();
  const version = /redis_version:(\d+)\.(\d+)/.exec(info);
  if (version && Number(version[1]) * 100 + Number(version[2]) < 602)
    advice.push(`Redis ${version[1]}.${version[2]} is too old; 6.2 or newer is needed`);
  if (!/aof_enabled:1/.test(info))
    advice.push('appendonly is off: accepted executions are lost when Redis stops; set appendonly yes');
  const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1];
  if (policy !== undefined && policy !== 'noeviction')
    advice.push(`maxmemory-policy is ${policy}: jobs can be evicted; set noeviction`);
  return advice;
}
