import { messageOf } from '@gantry/contracts';
import {
  tellQueuePlaces,
  type ActiveAttempts,
  type ClaimedDelivery,
  type Logger,
  type WorkerDirectory,
} from '@gantry/core';
import { BullmqJobConsumer, BullmqJobQueue } from '@gantry/queue';
import { repeat, type ClosingStack } from '@gantry/service';
import { RedisQueueNews, RedisScheduler, type ChannelSubscriber, type Redis } from '@gantry/storage';
import type { WorkerConfig } from './config.js';
import { ExecutionIntake } from './execution-intake.js';
import { LEASE_MS, RENEW_EVERY_MS } from './lease-keeper.js';
import { keepQueue } from './queue-keeper.js';
import { REAP_EVERY_MS } from './reaper.js';

/** The lanes of a worker's tags are looked at this often, should news of them get lost. */
const LOOK_EVERY_MS = 1000;

export interface IntakeDeps {
  config: WorkerConfig;
  workerId: string;
  redis: Redis;
  queueRedis: Redis;
  subscriber: ChannelSubscriber;
  workers: WorkerDirectory;
  active: ActiveAttempts;
  run: (delivery: ClaimedDelivery) => Promise<void>;
  /** Ends one that was claimed too often by workers that fell silent. */
  end: (id: string) => void;
  logger: Logger;
  stack: ClosingStack;
}

/** The tokens of executions, on a connection that waits for Redis. */
export function openTokens(
  redis: Redis,
  deployment: string,
  logger: Logger,
): { queue: BullmqJobQueue; owe: (tokens: number) => void } {
  const queue = new BullmqJobQueue({ redis, deployment, queue: 'execution' });
  const owe = (count: number): void => {
    // Nobody waits for this, and what is missing is made up for.
    queue.enqueueTokens(count).catch((error: unknown) => logger.debug({ reason: messageOf(error) }, 'tokens left out'));
  };
  return { queue, owe };
}

/** What leads executions to this worker, and what keeps their queue in order. Nothing is taken before `begin`. */
export async function openIntake(deps: IntakeDeps, tokens: ReturnType<typeof openTokens>): Promise<ExecutionIntake> {
  const { config, redis, subscriber, logger, stack, ...rest } = deps;
  const { DEPLOYMENT: deployment, WORKER_TAGS: tags, WORKER_CONCURRENCY: slots } = config;
  const scheduler = new RedisScheduler({ redis, subscriber, deployment, onOwed: tokens.owe });
  const news = new RedisQueueNews({ redis, deployment });
  const consumer = new BullmqJobConsumer({
    redis: deps.queueRedis,
    deployment,
    queue: 'execution',
    concurrency: slots,
    logger,
    // A token is not an execution: whoever was taken for one has a claim or a lease, which lapses.
    onLost: () => undefined,
  });
  const intake = new ExecutionIntake({
    ...rest,
    scheduler,
    consumer,
    tokens: tokens.queue,
    tags,
    slots,
    leaseMs: LEASE_MS,
    logger,
  });
  const loops = [
    repeat('claim keeper', RENEW_EVERY_MS, logger, () => intake.keepClaims()),
    repeat('queue news', REAP_EVERY_MS, logger, () => tellQueuePlaces({ news, workers: deps.workers })),
    repeat('queue keeper', REAP_EVERY_MS, logger, () =>
      keepQueue({ scheduler, tokens: tokens.queue, end: deps.end, logger }),
    ),
  ];
  if (tags.length > 0) {
    const news = await scheduler.onTagged(() => intake.look());
    stack.defer('lane news', async () => news[Symbol.asyncDispose]());
    loops.push(repeat('lanes', LOOK_EVERY_MS, logger, async () => intake.look()));
  }
  stack.defer('intake loops', async () => {
    await Promise.all(loops.map((loop) => loop.stop()));
    await tokens.queue.close();
  });
  return intake;
}
