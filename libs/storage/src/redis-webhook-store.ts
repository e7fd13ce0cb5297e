import type { WebhookAttempt, WebhookLog, WebhookState } from '@gantry/contracts';
import type {
  DueWebhook,
  RedeliverOutcome,
  WebhookClaim,
  WebhookOrder,
  WebhookOutcome,
  WebhookStore,
} from '@gantry/core';
import type { Redis } from 'ioredis';
import type { ChannelSubscriber } from './channel-subscriber.js';
import { keysFor, type Keys } from './keys.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import {
  DUE_WEBHOOKS,
  REDELIVER_WEBHOOK,
  RELEASE_WEBHOOK,
  SETTLE_WEBHOOK,
  TAKE_WEBHOOK,
  WEBHOOK_LOG,
} from './scripts/webhook-scripts.js';

const MAX_ATTEMPTS_KEPT = 50;

/** As the script tells one that was taken. */
type Taken = [
  id: string,
  tenant: string,
  host: string,
  webhook: string,
  status: string,
  result: string,
  attempt: string,
  created: string,
  started: string | null,
  finished: string,
  tries: string,
];

export class RedisWebhookStore implements WebhookStore {
  readonly #redis: Redis;
  readonly #subscriber: ChannelSubscriber;
  readonly #keys: Keys;

  constructor(options: { redis: Redis; subscriber: ChannelSubscriber; deployment: string }) {
    this.#redis = options.redis;
    this.#subscriber = options.subscriber;
    this.#keys = keysFor(options.deployment);
  }

  async take({ nonce, leaseMs }: WebhookClaim): Promise<DueWebhook | null> {
    const answer = (await this.#run(TAKE_WEBHOOK, [nonce, leaseMs])) as Taken | [];
    if (answer.length === 0) return null;
    const [id, tenant, host, webhook, status, result, attempt, created, started, finished, tries] = answer;
    return {
      id,
      tenant,
      webhook: { ...(JSON.parse(webhook) as Omit<WebhookOrder, 'host'>), host },
      status,
      result: JSON.parse(result) as Record<string, unknown>,
      attempt: Number(attempt),
      createdAt: Number(created),
      startedAt: started === null || started === '' ? null : Number(started),
      finishedAt: Number(finished),
      tries: Number(tries),
    };
  }

  async settle(id: string, nonce: string, { state, delayMs, attempt }: WebhookOutcome): Promise<boolean> {
    const args = [id, nonce, state, delayMs ?? '', JSON.stringify(attempt), MAX_ATTEMPTS_KEPT];
    return (await this.#run(SETTLE_WEBHOOK, args)) === 1;
  }

  async release(id: string, nonce: string): Promise<void> {
    await this.#run(RELEASE_WEBHOOK, [id, nonce]);
  }

  async due(max: number): Promise<number> {
    return Number(await this.#run(DUE_WEBHOOKS, [max]));
  }

  async log(id: string, tenant: string): Promise<WebhookLog | null> {
    const answer = (await this.#run(WEBHOOK_LOG, [id, tenant])) as [string, WebhookState, string, string[]] | [];
    if (answer.length === 0) return null;
    const [host, state, count, attempts] = answer;
    const decoded = attempts.map((text) => JSON.parse(text) as WebhookAttempt);
    return { host, state, attemptCount: Number(count), attempts: decoded };
  }

  async redeliver(id: string, tenant: string, maxPending: number): Promise<RedeliverOutcome> {
    return (await this.#run(REDELIVER_WEBHOOK, [id, tenant, maxPending])) as RedeliverOutcome;
  }

  onDue(callback: (id: string | null) => void): Promise<AsyncDisposable> {
    return this.#subscriber.listen(this.#keys.webhookNewsChannel, callback);
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return answered(runScript(this.#redis, source, this.#keys.prefix, args));
  }
}
