import type { Clock } from '@gantry/core';

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
