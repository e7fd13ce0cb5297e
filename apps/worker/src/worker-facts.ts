import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { VERSION } from '@gantry/service';
import type { WorkerConfig } from './config.js';
import type { WorkerFacts } from './heartbeat.js';

/** Who this worker is. */
export function workerFacts(config: WorkerConfig): WorkerFacts {
  return {
    id: config.WORKER_ID ?? `${hostname()}-${randomBytes(3).toString('hex')}`,
    instance: randomBytes(8).toString('hex'),
    host: hostname(),
    pid: process.pid,
    version: VERSION,
    labels: Object.fromEntries(config.WORKER_LABELS.map(splitLabel)),
    tags: [...config.WORKER_TAGS].sort(),
    slots: config.WORKER_CONCURRENCY,
  };
}

function splitLabel(label: string): [string, string] {
  const at = label.indexOf('=');
  return [label.slice(0, at), label.slice(at + 1)];
}
