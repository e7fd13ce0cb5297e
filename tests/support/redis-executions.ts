import type { AttemptStore, EventLog, ExecutionStore, Scheduler } from '@gantry/core';
import {
  ChannelSubscriber,
  connectRedis,
  EXECUTIONS,
  RedisAttemptStore,
  RedisEventLog,
  RedisJobStore,
  RedisScheduler,
  type Redis,
} from '@gantry/storage';
import { freshDeployment } from './executions.js';
import { redisUrl } from './requirements.js';

export interface RedisExecutions extends AsyncDisposable {
  store: ExecutionStore;
  attempts: AttemptStore;
  events: EventLog;
  scheduler: Scheduler;
  /** Tokens that were owed, as they were told. */
  owed: number[];
  redis: Redis;
  subscriber: ChannelSubscriber;
  deployment: string;
}

/** The real adapters on a deployment of their own; disposing removes its keys. */
export async function openRedisExecutions(
  options: { maxLogBytes?: number; retentionMs?: number; url?: string } = {},
): Promise<RedisExecutions> {
  const deployment = freshDeployment();
  const connect = (name: string): Promise<Redis> =>
    connectRedis({ url: options.url ?? redisUrl(), deployment, role: 'answering', name, onOutage: () => undefined });
  const [redis, subscriberRedis] = await Promise.all([connect('test'), connect('test-subscriber')]);
  const subscriber = new ChannelSubscriber(subscriberRedis);
  const owed: number[] = [];
  const onOwed = (tokens: number): void => void owed.push(tokens);
  const shared = { family: EXECUTIONS, redis, deployment, retentionMs: options.retentionMs ?? 60_000, onOwed };
  return {
    redis,
    subscriber,
    deployment,
    owed,
    scheduler: new RedisScheduler({ redis, subscriber, deployment, onOwed }),
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
