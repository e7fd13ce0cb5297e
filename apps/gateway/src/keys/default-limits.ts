import type { DefaultLimits } from '@gantry/core';
import type { GatewayConfig } from '../config.js';

/** What holds for keys that have no limits of their own. In the environment 0 says that there is none. */
export function defaultLimits(config: GatewayConfig): DefaultLimits {
  return {
    requestsPerSecond: config.MAX_REQUESTS_PER_SECOND || null,
    requestBurst: config.MAX_REQUEST_BURST || null,
    maxRunning: config.MAX_RUNNING_PER_TENANT || null,
    maxQueued: config.MAX_QUEUED_PER_TENANT,
    cpuSecondsPerDay: config.MAX_CPU_SECONDS_PER_DAY || null,
    storageBytes: config.MAX_STORED_BYTES_PER_TENANT || null,
  };
}
