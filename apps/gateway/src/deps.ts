import type { AwaitDeps, ImageJobDeps, InputChannel, JobQueue, Logger, SubmitDeps } from '@gantry/core';
import type { GatewayMetrics, Registry } from '@gantry/service';
import type { GatewayConfig } from './config.js';

/** All that the routes need; made in start-gateway.ts. */
export interface GatewayDeps extends SubmitDeps, AwaitDeps, Pick<ImageJobDeps, 'images' | 'imageJobs' | 'imageRules'> {
  queue: JobQueue;
  input: InputChannel;
  config: GatewayConfig;
  logger: Logger;
  metrics: GatewayMetrics;
  registry: Registry;
  version: string;
  /** Aborts when the server shuts down: streams end, so that their clients go on elsewhere. */
  shutdown: AbortSignal;
}
