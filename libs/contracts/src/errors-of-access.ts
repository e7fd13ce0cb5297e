import type { ErrorFacts } from './error-facts.js';

/** No to who asks, or how much: keys, quotas, webhooks. */
export const ACCESS_ERRORS = {
  unauthorized: {
    status: 401,
    retryable: false,
    title: 'A valid API key is needed',
    suggestion: 'Send Authorization: Bearer <key>.',
  },
  forbidden_origin: {
    status: 403,
    retryable: false,
    title: 'This Host or Origin is not allowed',
    suggestion: 'Add it to ALLOWED_HOSTS or ALLOWED_ORIGINS.',
  },
  forbidden: {
    status: 403,
    retryable: false,
    title: 'This key may not do that',
    suggestion: 'Use the key of an administrator.',
  },
  rate_limited: {
    status: 429,
    retryable: true,
    title: 'Too many requests',
    suggestion: 'Wait as Retry-After says, then try again.',
  },
  cpu_quota_exceeded: {
    status: 429,
    retryable: true,
    title: 'Your processor time for today is used up',
    suggestion: 'Wait until the day ends (UTC), as Retry-After says, or ask the operator for more.',
  },
  storage_quota_exceeded: {
    status: 429,
    retryable: false,
    title: 'Your files and artifacts take all the room you have',
    suggestion: 'Delete files that you no longer need, or wait until artifacts have expired.',
  },
  key_name_taken: {
    status: 409,
    retryable: false,
    title: 'Another key has this name',
    suggestion: 'Use another name, or revoke the key that has it.',
  },
  too_many_keys: {
    status: 409,
    retryable: false,
    title: 'There are as many keys as can be kept',
    suggestion: 'Revoke keys that nobody uses any more.',
  },
  admin_key_needed: {
    status: 409,
    retryable: false,
    title: 'Without this nobody could administer the service',
    suggestion: 'Create a key with the role admin first, or set ADMIN_KEYS.',
  },
  webhooks_disabled: {
    status: 403,
    retryable: false,
    title: 'Webhooks are not sent here',
    suggestion: 'Leave webhook out and ask for the result, or ask the operator for WEBHOOKS=true.',
  },
  webhook_secrets_disabled: {
    status: 403,
    retryable: false,
    title: 'Secrets for webhooks cannot be kept here',
    suggestion: 'Ask the operator for a WEBHOOK_SECRET_KEY, or use webhooks without secret_name.',
  },
  too_many_webhook_secrets: {
    status: 409,
    retryable: false,
    title: 'You have as many webhook secrets as can be kept',
    suggestion: 'Delete those that you no longer need.',
  },
  too_many_webhooks: {
    status: 429,
    retryable: true,
    title: 'Too many ends of yours are still to be told',
    suggestion: 'Make your receivers answer, wait as Retry-After says, or leave webhook out and ask for the result.',
  },
  webhook_not_due: {
    status: 409,
    retryable: true,
    title: 'There is nothing to deliver yet',
    suggestion: 'Wait until it has ended; its webhook is sent by itself.',
  },
} as const satisfies Record<string, ErrorFacts>;
