import { Counter, Histogram } from 'prom-client';
import { atZero, SECONDS, type Registry } from './metrics.js';

const RESULTS = ['delivered', 'retry', 'failed'] as const;

export interface WebhookMetrics {
  /** One try to deliver, and how long it took. */
  attempt(result: (typeof RESULTS)[number], durationMs: number): void;
}

export function createWebhookMetrics(registry: Registry): WebhookMetrics {
  const registers = [registry];
  const attempts = atZero(
    new Counter({
      name: 'gantry_webhook_attempts_total',
      help: 'Tries to deliver a webhook, by what came of it: delivered, retry, failed (given up).',
      labelNames: ['result'],
      registers,
    }),
    RESULTS.map((result) => ({ result })),
  );
  const duration = new Histogram({
    name: 'gantry_webhook_attempt_seconds',
    help: 'Time of one try, from the look-up of the name to the end of the answer.',
    buckets: SECONDS,
    registers,
  });
  return {
    attempt: (result, durationMs) => {
      attempts.inc({ result });
      duration.observe(durationMs / 1000);
    },
  };
}
