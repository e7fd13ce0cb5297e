import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** The bytes of a secret in the form of Standard Webhooks. */
export function secretBytes(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}

export function secretText(bytes: Uint8Array): string {
  return PREFIX + Buffer.from(bytes).toString('base64');
}

/**
 * The headers of Standard Webhooks. Every secret gives a signature, so that a receiver may have the old one or the new one.
 * @param nowMs of this attempt; receivers refuse what is minutes old
 */
export function signedHeaders(
  message: { id: string; body: string; nowMs: number },
  secrets: readonly Uint8Array[],
): Record<string, string> {
  const timestamp = String(Math.floor(message.nowMs / 1000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  const signatures = secrets.map((secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`);
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    ...(signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') }),
  };
}
