import { AppError } from '@gantry/contracts';
import { cpuQuotaExceeded } from './cpu-quota.js';
import type { CreateOutcome, NewJob } from './ports/index.js';
import { overStorage } from './tenant-room.js';
import { tooManyLanes } from './too-many-lanes.js';
import { tooManyWebhooks } from './webhooks/admit-webhook.js';

type Refusal = Exclude<CreateOutcome, { kind: 'created' | 'existing' }>;

/** Why there is no room for one more, in words for the client. */
export function offerRefusal(outcome: Refusal, asked: NewJob<unknown>): AppError {
  switch (outcome.kind) {
    case 'tenant_queue_full': {
      const allowed = asked.maxQueuedPerTenant;
      return new AppError('tenant_queue_full', `${outcome.queued} of yours are queued; ${allowed} are the most`, {
        retryAfterSeconds: 2,
        quota: { limit: 'max_queued', allowed, current: outcome.queued, resetsAt: null },
      });
    }
    case 'queue_full':
      return new AppError('queue_full', `${outcome.queued} are queued; ${asked.maxQueued} are the most`, {
        retryAfterSeconds: 5,
      });
    case 'too_many_lanes':
      return tooManyLanes(outcome.lanes);
    case 'too_many_webhooks':
      return tooManyWebhooks(outcome.webhooks, asked.maxWebhooks ?? 0);
    case 'cpu_quota_exceeded':
      return cpuQuotaExceeded(outcome, asked.cpuMsPerDay ?? 0);
    case 'storage_quota_exceeded':
      return overStorage(asked.room?.cap ?? 0, outcome.current);
  }
}
