import type { KeyLimits, StoredKey } from '@gantry/contracts';
import type { CreateKeyOutcome, FoundKey, KeyStore, ListedKey, RevokeKeyOutcome } from '@gantry/core';
import type { Redis } from 'ioredis';
import type { ChannelSubscriber } from './channel-subscriber.js';
import { keysFor, type Keys } from './keys.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import { CREATE_KEY, FIND_KEY, GET_KEY, LIST_KEYS, REPLACE_KEY, REVOKE_KEY, TOUCH_KEY } from './scripts/key-scripts.js';

const MAX_KEYS = 10_000;
/** A key that has ended is still listed for so long. */
const KEEP_ENDED_MS = 30 * 24 * 3_600_000;

export class RedisKeyStore implements KeyStore {
  readonly #redis: Redis;
  readonly #subscriber: ChannelSubscriber;
  readonly #keys: Keys;

  constructor(options: { redis: Redis; subscriber: ChannelSubscriber; deployment: string }) {
    this.#redis = options.redis;
    this.#subscriber = options.subscriber;
    this.#keys = keysFor(options.deployment);
  }

  async find(digest: string): Promise<FoundKey | null> {
    const answer = (await this.#run(FIND_KEY, [digest])) as [string, string] | null;
    if (!answer) return null;
    const [json, left] = answer;
    return { key: decode(json), leftMs: left === 'null' ? null : Number(left) };
  }

  async inUse(): Promise<boolean> {
    return (await answered(this.#redis.exists(`${this.#keys.prefix}:keys-in-use`))) === 1;
  }

  async create(
    key: Omit<StoredKey, 'createdAt' | 'expiresAt' | 'revokedAt'>,
    options: { digest: string; expiresInMs: number | null; adminElsewhere: boolean },
  ): Promise<CreateKeyOutcome> {
    const { digest, expiresInMs, adminElsewhere } = options;
    const facts = [digest, key.id, key.name, headOf(key), expiresInMs ?? '', key.role === 'admin' ? 1 : 0];
    return (await this.#run(CREATE_KEY, [
      ...facts,
      adminElsewhere ? 1 : 0,
      MAX_KEYS,
      KEEP_ENDED_MS,
    ])) as CreateKeyOutcome;
  }

  async list(): Promise<ListedKey[]> {
    const answer = (await this.#run(LIST_KEYS, [])) as string[];
    const keys: ListedKey[] = [];
    for (let i = 0; i < answer.length; i += 2) keys.push(listed(answer[i] as string, answer[i + 1] as string));
    return keys.sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  async get(idOrName: string): Promise<ListedKey | null> {
    const answer = (await this.#run(GET_KEY, [idOrName])) as [string, string] | null;
    return answer && listed(...answer);
  }

  async change(id: string, change: (limits: KeyLimits) => KeyLimits): Promise<boolean> {
    for (;;) {
      const [json] = ((await this.#run(GET_KEY, [id])) as [string, string] | null) ?? [];
      if (json === undefined) return false;
      const { createdAt, expiresAt, revokedAt, ...key } = decode(json);
      if (revokedAt !== null) return false;
      const times = `,"createdAt":${createdAt},"expiresAt":${expiresAt},"revokedAt":null}`;
      const changed = headOf({ ...key, limits: change(key.limits) }) + times;
      if (changed === json || (await this.#run(REPLACE_KEY, [id, json, changed])) === 1) return true;
    }
  }

  async revoke(id: string, adminElsewhere: boolean): Promise<RevokeKeyOutcome> {
    const key = await this.get(id);
    if (!key) return 'unknown';
    return (await this.#run(REVOKE_KEY, [key.id, key.name, adminElsewhere ? 1 : 0])) as RevokeKeyOutcome;
  }

  async touch(id: string): Promise<void> {
    await this.#run(TOUCH_KEY, [id]);
  }

  onChange(callback: (digest: string | null) => void): Promise<AsyncDisposable> {
    return this.#subscriber.listen(this.#keys.keyChangesChannel, callback);
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return answered(runScript(this.#redis, source, this.#keys.prefix, args));
  }
}

/** Up to the times, which the scripts append. */
function headOf({ id, name, tenant, role, limits }: Omit<StoredKey, 'createdAt' | 'expiresAt' | 'revokedAt'>): string {
  return JSON.stringify({ id, name, tenant, role, limits }).slice(0, -1);
}

function decode(json: string): StoredKey {
  return JSON.parse(json) as StoredKey;
}

function listed(json: string, lastUsed: string): ListedKey {
  return { ...decode(json), lastUsedAt: lastUsed === '' ? null : Number(lastUsed) };
}
