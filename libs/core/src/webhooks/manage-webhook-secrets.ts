import { randomBytes } from 'node:crypto';
import { AppError, type WebhookSecretFacts } from '@gantry/contracts';
import type { Clock, StoredWebhookSecret, WebhookSecretStore } from '../ports/index.js';
import type { SecretBox } from './secret-box.js';
import { secretBytes, secretText } from './sign-webhook.js';

export interface WebhookSecretDeps {
  webhookSecrets: WebhookSecretStore;
  /** `null` = none can be kept here. */
  secretBox: SecretBox | null;
  clock: Clock;
}

const MAX_SECRETS = 20;
const NEW_SECRET_BYTES = 32;

/** Keeps a secret under a name; one that is there goes on signing beside it for a while. `secret` is told when it was made here. */
export async function putWebhookSecret(
  deps: WebhookSecretDeps,
  tenant: string,
  order: { name: string; secret: string | null; previousMs: number },
): Promise<{ facts: WebhookSecretFacts; secret: string | null }> {
  if (deps.secretBox === null)
    throw new AppError('webhook_secrets_disabled', 'There is no WEBHOOK_SECRET_KEY to keep secrets with');
  const { name, previousMs } = order;
  const bytes = order.secret === null ? randomBytes(NEW_SECRET_BYTES) : secretBytes(order.secret);
  const sealed = deps.secretBox.seal(bytes, ownerOf(tenant, name));
  const stored = await deps.webhookSecrets.put(tenant, { name, sealed, previousMs }, MAX_SECRETS);
  if (!stored)
    throw new AppError('too_many_webhook_secrets', `You have ${MAX_SECRETS} secrets, as many as can be kept`);
  return { facts: secretFacts(stored, deps.clock.now()), secret: order.secret === null ? secretText(bytes) : null };
}

/** What signs now: the secret, and for a while the one before. `null` when it is gone or cannot be read. */
export async function signingSecrets(
  deps: WebhookSecretDeps,
  tenant: string,
  name: string,
): Promise<Uint8Array[] | null> {
  const stored = await deps.webhookSecrets.get(tenant, name);
  if (!stored || deps.secretBox === null) return null;
  const { current, previous } = stored;
  const inForce = [current, ...(previous && previous.until > deps.clock.now() ? [previous] : [])];
  const opened = inForce.map(({ sealed }) => deps.secretBox?.open(sealed, ownerOf(tenant, name)) ?? null);
  const [first, ...others] = opened;
  return first ? [first, ...others.filter((secret) => secret !== null)] : null;
}

export function secretFacts({ name, current, previous }: StoredWebhookSecret, nowMs: number): WebhookSecretFacts {
  return {
    name,
    createdAt: current.createdAt,
    previousUntil: previous && previous.until > nowMs ? previous.until : null,
  };
}

/** A colon is in no tenant and in no name. */
function ownerOf(tenant: string, name: string): string {
  return `${tenant}:${name}`;
}
