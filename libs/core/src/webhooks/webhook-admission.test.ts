import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { AppError, Webhook } from '@gantry/contracts';
import { FakeClock } from '../fakes/fake-clock.js';
import type { StoredWebhookSecret, WebhookSecretStore } from '../ports/index.js';
import { admitWebhook, type WebhookRules } from './admit-webhook.js';
import { putWebhookSecret, secretFacts, signingSecrets, type WebhookSecretDeps } from './manage-webhook-secrets.js';
import { SecretBox } from './secret-box.js';
import { secretBytes } from './sign-webhook.js';

const webhook: Webhook = { url: 'https://hooks.example:8443/a?b=c', secretName: 'main', headers: { a: 'b' } };
const about = { language: 'python' };

/** As the real one. */
class MemoryWebhookSecrets implements WebhookSecretStore {
  readonly #secrets = new Map<string, StoredWebhookSecret>();
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get(tenant: string, name: string): Promise<StoredWebhookSecret | null> {
    return Promise.resolve(this.#secrets.get(`${tenant}:${name}`) ?? null);
  }

  list(): Promise<StoredWebhookSecret[]> {
    return Promise.resolve([...this.#secrets.values()]);
  }

  put(
    tenant: string,
    { name, sealed, previousMs }: { name: string; sealed: string; previousMs: number },
    max: number,
  ): Promise<StoredWebhookSecret | null> {
    const before = this.#secrets.get(`${tenant}:${name}`);
    if (!before && this.#secrets.size >= max) return Promise.resolve(null);
    const createdAt = this.#clock.now();
    const previous = before && previousMs > 0 ? { ...before.current, until: createdAt + previousMs } : null;
    const stored = { name, current: { sealed, createdAt }, previous };
    this.#secrets.set(`${tenant}:${name}`, stored);
    return Promise.resolve(stored);
  }

  remove(tenant: string, name: string): Promise<boolean> {
    return Promise.resolve(this.#secrets.delete(`${tenant}:${name}`));
  }
}

describe('webhooks and their secrets', () => {
  let clock: FakeClock;
  let deps: WebhookSecretDeps;
  let rules: WebhookRules;
  beforeEach(() => {
    clock = new FakeClock();
    deps = { webhookSecrets: new MemoryWebhookSecrets(clock), secretBox: new SecretBox([randomBytes(32)]), clock };
    rules = {
      secrets: deps.webhookSecrets,
      urlFault: ({ port }) => (port === '22' ? 'must not be that' : null),
      maxPending: 9,
    };
  });

  const put = (secret: string | null, previousMs = 1000, name = 'main'): ReturnType<typeof putWebhookSecret> =>
    putWebhookSecret(deps, 'acme', { name, secret, previousMs });
  const faultOf = (promise: Promise<unknown>): Promise<AppError> =>
    promise.then(
      () => Promise.reject(new Error('it was taken')),
      (error: AppError) => error,
    );

  test('a webhook is kept with its host, once its secret is there', async () => {
    const missing = await faultOf(admitWebhook(rules, 'acme', { webhook, about }));
    expect(missing).toMatchObject({ code: 'invalid_request', fields: [{ path: 'webhook.secret_name' }] });
    await put(null);
    expect(await admitWebhook(rules, 'acme', { webhook, about })).toEqual({
      ...webhook,
      host: 'hooks.example:8443',
      about,
    });
    expect((await faultOf(admitWebhook(rules, 'other', { webhook, about }))).code).toBe('invalid_request');
  });

  test('nobody is told where nobody asks, and an address that is off limits is refused by its field', async () => {
    expect(await admitWebhook(null, 'acme', { webhook: null, about })).toBeNull();
    expect((await faultOf(admitWebhook(null, 'acme', { webhook, about }))).code).toBe('webhooks_disabled');
    const refused = await faultOf(
      admitWebhook(rules, 'acme', { webhook: { ...webhook, url: 'https://a:22/' }, about }),
    );
    expect(refused.fields).toEqual([{ path: 'webhook.url', message: 'must not be that' }]);
  });

  test('a secret that is replaced signs until its time is over', async () => {
    const old = `whsec_${randomBytes(24).toString('base64')}`;
    expect((await put(old)).secret).toBeNull();
    const { secret, facts } = await put(null);
    expect(facts).toEqual({ name: 'main', createdAt: clock.now(), previousUntil: clock.now() + 1000 });
    expect(await signingSecrets(deps, 'acme', 'main')).toEqual([secretBytes(secret ?? ''), secretBytes(old)]);
    clock.advance(1000);
    expect(await signingSecrets(deps, 'acme', 'main')).toEqual([secretBytes(secret ?? '')]);
    const [stored] = await deps.webhookSecrets.list('acme');
    expect(stored && secretFacts(stored, clock.now()).previousUntil).toBeNull();
    await put(null, 0);
    expect(await signingSecrets(deps, 'acme', 'main')).toHaveLength(1);
  });

  test('nothing is signed with what cannot be read', async () => {
    await put(null);
    expect(await signingSecrets(deps, 'acme', 'unknown')).toBeNull();
    expect(await signingSecrets({ ...deps, secretBox: null }, 'acme', 'main')).toBeNull();
    expect(await signingSecrets({ ...deps, secretBox: new SecretBox([randomBytes(32)]) }, 'acme', 'main')).toBeNull();
  });

  test('secrets are refused without a key to keep them, and past twenty', async () => {
    deps = { ...deps, secretBox: null };
    expect((await faultOf(put(null))).code).toBe('webhook_secrets_disabled');
    deps = { ...deps, secretBox: new SecretBox([randomBytes(32)]) };
    for (let i = 0; i < 20; i++) await put(null, 0, `s${i}`);
    expect((await faultOf(put(null, 0, 'one-more'))).code).toBe('too_many_webhook_secrets');
    expect((await put(null, 0, 's0')).facts.name).toBe('s0');
  });
});
