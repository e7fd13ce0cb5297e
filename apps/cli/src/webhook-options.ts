import { UsageError } from './cli-error.js';

export const WEBHOOK_OPTION = ['--webhook <url>', 'post the end to this address'] as const;
export const WEBHOOK_SECRET_OPTION = ['--webhook-secret <name>', 'which of your webhook secrets signs it'] as const;

export interface WebhookOptions {
  webhook?: string;
  webhookSecret?: string;
}

/** The field of a request; nothing when nobody is to be told. */
export function toWebhook({ webhook: url, webhookSecret: name }: WebhookOptions): {
  webhook?: { url: string; secret_name?: string };
} {
  if (url === undefined && name !== undefined) throw new UsageError('--webhook-secret needs --webhook.');
  if (url === undefined) return {};
  return { webhook: { url, ...(name === undefined ? {} : { secret_name: name }) } };
}
