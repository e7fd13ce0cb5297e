export * from './admit-webhook.js';
export * from './deliver-webhook.js';
export * from './manage-webhook-secrets.js';
export * from './retry-schedule.js';
export * from './secret-box.js';
export * from './sign-webhook.js';
export * from './webhook-body.js';
