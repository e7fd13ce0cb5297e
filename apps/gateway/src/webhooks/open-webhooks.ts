import {
  SecretBox,
  type Clock,
  type Logger,
  type WebhookRules,
  type WebhookSecretDeps,
  type WebhookStore,
} from '@gantry/core';
import { BullmqJobConsumer, BullmqJobQueue } from '@gantry/queue';
import { repeat, type ClosingStack, type WebhookMetrics } from '@gantry/service';
import { RedisWebhookSecrets, RedisWebhookStore, type ChannelSubscriber, type Redis } from '@gantry/storage';
import type { GatewayConfig } from '../config.js';
import { urlFault, type AddressRules } from './address-rules.js';
import { Courier } from './courier.js';
import { GuardedSender } from './guarded-sender.js';
import { systemResolver } from './resolve-name.js';

/** What the routes need. */
export interface WebhookParts extends Pick<WebhookSecretDeps, 'webhookSecrets' | 'secretBox'> {
  webhooks: WebhookStore;
  webhookRules?: WebhookRules | undefined;
}

export interface WebhookConnections {
  redis: Redis;
  subscriber: ChannelSubscriber;
  /** For the queue: it waits for Redis to return, and for jobs. Opened only where webhooks are sent. */
  openBlocking: () => Promise<Redis>;
}

export interface WebhookContext {
  config: GatewayConfig;
  clock: Clock;
  logger: Logger;
  stack: ClosingStack;
  metrics: WebhookMetrics;
  version: string;
}

/** Deliveries of one gateway at once. A tenant has 16 in the whole deployment at most, so a few of them do not hold up the others. */
const CONCURRENCY = 64;
const ROUND_MS = 2000;
/** An attempt, and what is written before and after it. */
const LEASE_MARGIN_MS = 5000;

/** Webhooks: kept with each job, sent by the gateways. */
export async function openWebhooks(context: WebhookContext, connections: WebhookConnections): Promise<WebhookParts> {
  const { config } = context;
  const { redis, subscriber } = connections;
  const where = { redis, deployment: config.DEPLOYMENT };
  const rules = { allowHttp: config.WEBHOOK_ALLOW_HTTP, allowedNetworks: config.WEBHOOK_ALLOWED_NETWORKS };
  const secrets = new RedisWebhookSecrets(where);
  const keys = config.WEBHOOK_SECRET_KEY.map((text) => Buffer.from(text, 'base64'));
  const parts = {
    webhooks: new RedisWebhookStore({ ...where, subscriber }),
    webhookSecrets: secrets,
    secretBox: keys.length === 0 ? null : new SecretBox(keys),
  };
  if (!config.WEBHOOKS) return { ...parts, webhookRules: undefined };
  await openCourier(context, connections, { ...parts, rules });
  const maxPending = config.MAX_WEBHOOKS_PER_TENANT;
  return { ...parts, webhookRules: { secrets, urlFault: (url) => urlFault(url, rules), maxPending } };
}

async function openCourier(
  { config, clock, logger, stack, metrics, version }: WebhookContext,
  { redis, openBlocking }: WebhookConnections,
  parts: Omit<WebhookParts, 'webhookRules'> & { rules: AddressRules },
): Promise<void> {
  const { DEPLOYMENT: deployment } = config;
  const timeoutMs = config.WEBHOOK_TIMEOUT_SECONDS * 1000;
  const queue = new BullmqJobQueue({ redis, deployment, queue: 'webhook' });
  stack.defer('webhook queue', () => queue.close());
  const consumer = new BullmqJobConsumer({
    redis: await openBlocking(),
    deployment,
    queue: 'webhook',
    concurrency: CONCURRENCY,
    logger,
    onLost: () => undefined,
  });
  const courier = new Courier({
    ...parts,
    queue,
    consumer,
    clock,
    logger,
    sender: new GuardedSender({ rules: parts.rules, resolve: systemResolver(), timeoutMs }),
    leaseMs: timeoutMs + LEASE_MARGIN_MS,
    maxTokens: CONCURRENCY,
    retrySchedule: config.WEBHOOK_RETRY_SECONDS.map((seconds) => seconds * 1000),
    userAgent: `gantry/${version}`,
    onAttempt: (result, durationMs) => metrics.attempt(result, durationMs),
  });
  const listening = await courier.start();
  // What is under way is given back: another gateway repeats it at once.
  stack.defer('webhook deliveries', () => consumer.stop(0));
  stack.defer('webhook news', async () => listening[Symbol.asyncDispose]());
  const rounds = repeat('webhook round', ROUND_MS, logger, () => courier.round());
  stack.defer('webhook rounds', () => rounds.stop());
}
