import type { StoredWebhookSecret, WebhookSecretStore } from '@gantry/core';
import type { Redis } from 'ioredis';
import { keysFor, type Keys } from './keys.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import { PUT_WEBHOOK_SECRET } from './scripts/webhook-scripts.js';

export class RedisWebhookSecrets implements WebhookSecretStore {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(options: { redis: Redis; deployment: string }) {
    this.#redis = options.redis;
    this.#keys = keysFor(options.deployment);
  }

  async get(tenant: string, name: string): Promise<StoredWebhookSecret | null> {
    const text = await answered(this.#redis.hget(this.#keys.webhookSecrets(tenant), name));
    return text === null ? null : decode(text);
  }

  async list(tenant: string): Promise<StoredWebhookSecret[]> {
    const texts = await answered(this.#redis.hvals(this.#keys.webhookSecrets(tenant)));
    return texts.map(decode).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async put(
    tenant: string,
    { name, sealed, previousMs }: { name: string; sealed: string; previousMs: number },
    max: number,
  ): Promise<StoredWebhookSecret | null> {
    const args = [tenant, name, sealed, previousMs, max];
    const text = (await answered(runScript(this.#redis, PUT_WEBHOOK_SECRET, this.#keys.prefix, args))) as string;
    return text === '' ? null : decode(text);
  }

  async remove(tenant: string, name: string): Promise<boolean> {
    return (await answered(this.#redis.hdel(this.#keys.webhookSecrets(tenant), name))) === 1;
  }
}

function decode(text: string): StoredWebhookSecret {
  return JSON.parse(text) as StoredWebhookSecret;
}
