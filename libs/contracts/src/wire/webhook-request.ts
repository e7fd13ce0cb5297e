import { z } from 'zod';
import { checked } from './file-rules.js';

const MAX_URL_CHARACTERS = 2048;
const MAX_HEADERS = 16;
const MAX_HEADER_BYTES = 4096;

/** Set by us, or about the connection and not the message. */
const REFUSED_HEADER =
  /^(host|content-.*|webhook-.*|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|accept-encoding|cookie2?|forwarded|x-forwarded-.*|via)$/i;

/** Why a text is no address of a receiver, whatever this deployment allows; `null` = it may be one. */
function webhookUrlFault(text: string): string | null {
  if (text.length > MAX_URL_CHARACTERS) return `must have at most ${MAX_URL_CHARACTERS} characters`;
  if (/[\u0000-\u0020\u007f\\]/.test(text)) return 'must not contain spaces, control characters or backslashes';
  if (!URL.canParse(text)) return 'must be an absolute URL';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must start with https://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user or password; use headers';
  if (url.hash !== '') return 'must not have a fragment';
  return null;
}

const HeaderName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')
  .refine((name) => !REFUSED_HEADER.test(name), 'is set by the service or by the connection');
const HeaderValue = z
  .string()
  .max(2048)
  .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII, without line breaks');

const Headers = z
  .record(HeaderName, HeaderValue)
  .superRefine((headers, context) => {
    const names = Object.keys(headers);
    const bytes = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    const issue = (message: string): void => context.addIssue({ code: 'custom', message });
    if (names.length > MAX_HEADERS) issue(`must have at most ${MAX_HEADERS} entries`);
    if (bytes > MAX_HEADER_BYTES) issue(`must have at most ${MAX_HEADER_BYTES} bytes together`);
    if (new Set(names.map((name) => name.toLowerCase())).size < names.length) issue('must not name a header twice');
  })
  .default({})
  .describe('Sent with it, e.g. Authorization. At most 16.');

export const WebhookSecretName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 letters, digits, ., _ or -, beginning with a letter or digit',
  );

export const WebhookRequest = z
  .strictObject({
    url: checked(webhookUrlFault).describe('Where the end is posted to: https, without user and password.'),
    secret_name: WebhookSecretName.nullish().describe('Of PUT /webhook-secrets/{name}; signs it. Default: not signed.'),
    headers: Headers,
  })
  .describe('Tell this address when it has ended (Standard Webhooks).');
export type WebhookRequest = z.infer<typeof WebhookRequest>;

/** A field of all requests that make a job. */
export const webhookField = WebhookRequest.nullish();

const DAY_SECONDS = 86_400;

/** `PUT /webhook-secrets/{name}` */
export const PutWebhookSecretRequest = z.strictObject({
  secret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, 'must be whsec_ and base64')
    .refine((text) => {
      const bytes = Buffer.from(text.slice(6), 'base64').length;
      return bytes >= 24 && bytes <= 64;
    }, 'must be 24 to 64 bytes in base64 after whsec_')
    .nullish()
    .describe('Left out: one is made, and told once.'),
  previous_valid_seconds: z
    .int()
    .min(0)
    .max(30 * DAY_SECONDS)
    .default(DAY_SECONDS)
    .describe('How long the secret that it replaces goes on signing beside it.'),
});
export type PutWebhookSecretRequest = z.infer<typeof PutWebhookSecretRequest>;
