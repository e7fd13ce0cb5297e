import type { QuotaFault } from '@gantry/contracts';
import type {
  AwaitDeps,
  ImageJobDeps,
  InputChannel,
  JobQueue,
  Logger,
  Scheduler,
  SubmitDeps,
  WorkerControl,
  WorkerDirectory,
} from '@gantry/core';
import type { GatewayMetrics, Registry } from '@gantry/service';
import type { RedisSetup } from '@gantry/storage';
import type { GatewayConfig } from './config.js';
import type { KeyParts } from './keys/open-keys.js';
import type { WebhookParts } from './webhooks/open-webhooks.js';

/** All that the routes need; made in start-gateway.ts. */
export interface GatewayDeps
  extends SubmitDeps, AwaitDeps, KeyParts, WebhookParts, Pick<ImageJobDeps, 'images' | 'imageJobs' | 'imageRules'> {
  queue: JobQueue;
  scheduler: Pick<Scheduler, 'place'>;
  workers: WorkerDirectory & WorkerControl;
  input: InputChannel;
  config: GatewayConfig;
  logger: Logger;
  redisSetup?: Pick<RedisSetup, 'check' | 'problems'> | undefined;
  metrics: GatewayMetrics;
  registry: Registry;
  /** Told of every refusal because a limit of a key was reached; for metrics. */
  onLimit?: ((limit: QuotaFault['limit']) => void) | undefined;
  version: string;
  /** Aborts when the server shuts down: streams end, so that their clients go on elsewhere. */
  shutdown: AbortSignal;
  /** Aborts before that: from then on this server is not ready, though it still answers as ever. */
  leaving?: AbortSignal | undefined;
}
