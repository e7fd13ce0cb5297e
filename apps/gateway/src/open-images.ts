import type { ImageJobDeps } from '@gantry/core';
import { BullmqJobQueue } from '@gantry/queue';
import type { ClosingStack } from '@gantry/service';
import {
  IMAGE_JOBS,
  RedisEventLog,
  RedisImageStore,
  RedisJobStore,
  type ChannelSubscriber,
  type Redis,
} from '@gantry/storage';
import type { GatewayConfig } from './config.js';

/** What there is of images, and of the jobs that make them. */
export function openImages(
  config: GatewayConfig,
  connections: { redis: Redis; subscriber: ChannelSubscriber },
  stack: ClosingStack,
): Pick<ImageJobDeps, 'images' | 'imageJobs' | 'imageRules'> {
  const { DEPLOYMENT: deployment } = config;
  const { redis, subscriber } = connections;
  const { space } = IMAGE_JOBS;
  const queue = new BullmqJobQueue({ redis, deployment, queue: 'image' });
  stack.defer('image queue', () => queue.close());
  return {
    images: new RedisImageStore({ redis, subscriber, deployment }),
    imageJobs: {
      store: new RedisJobStore({ family: IMAGE_JOBS, redis, deployment, retentionMs: config.RETENTION_SECONDS * 1000 }),
      events: new RedisEventLog({ redis, subscriber, deployment, space, maxBytes: config.MAX_EVENT_LOG_BYTES }),
      queue,
    },
    imageRules: {
      allowedBases: config.ALLOWED_BASE_IMAGES,
      customDockerfile: config.ALLOW_CUSTOM_DOCKERFILE,
      maxContextBytes: config.MAX_INPUT_BYTES,
    },
  };
}
