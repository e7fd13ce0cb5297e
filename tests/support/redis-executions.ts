import type { AttemptStore, EventLog, ExecutionStore } from '@gantry/core';
import {
  ChannelSubscriber,
  connectRedis,
  EXECUTIONS,
  RedisAttemptStore,
  RedisEventLog,
  RedisJobStore,
  type Redis,
} from '@gantry/storage';
import { freshDeployment } from './executions.js';
import { redisUrl } from './requirements.js';

export interface RedisExecutions extends AsyncDisposable {
  store: ExecutionStore;
  attempts: AttemptStore;
  events: EventLog;
  redis: Redis;
  subscriber: ChannelSubscriber;
  deployment: string;
}

/** The real adapters on a deployment of their own; disposing removes its keys. */
export async function openRedisExecutions(
  options: { maxLogBytes?: number; retentionMs?: number } = {},
): Promise<RedisExecutions> {
  const deployment = freshDeployment();
  const connect = (name: string): Promise<Redis> =>
    connectRedis({ url: redisUrl(), role: 'answering', name, onOutage: () => undefined });
  const [redis, subscriberRedis] = await Promise.all([connect('test'), connect('test-subscriber')]);
  const subscriber = new ChannelSubscriber(subscriberRedis);
  const shared = { family: EXECUTIONS, redis, deployment, retentionMs: options.retentionMs ?? 60_000 };
  return {
    redis,
    subscriber,
    deployment,
    store: new RedisJobStore(shared),
    attempts: new RedisAttemptStore(shared, subscriber),
    events: new RedisEventLog({ redis, subscriber, deployment, maxBytes: options.maxLogBytes ?? 1024 * 1024 }),
    [Symbol.asyncDispose]: async () => {
      const keys = await redis.keys(`{${deployment}}*`);
      if (keys.length > 0) await redis.unlink(...keys);
      redis.disconnect();
      subscriberRedis.disconnect();
    },
  };
}
