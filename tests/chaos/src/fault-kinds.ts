/** What can be done to the service, and how it is dealt out. `holdMs` is drawn between the two numbers. */
export interface FaultSpec {
  /** How long it lasts in a short run, and in a long one. */
  short: readonly [number, number] | null;
  long: readonly [number, number];
  /** In the long run every kind comes at least so often. */
  atLeast: number;
  /** What it needs beside processes and Redis; an engine of the run's own has disks of the run's own, too. */
  needs: 'engine' | 'images' | null;
  /** Reasons that executions may end with because of it; the documented outcome. */
  may: readonly string[];
  /** It hits one worker, which its detail names, and what runs there. */
  hitsOne: boolean;
}

const spec = (short: FaultSpec['short'], long: FaultSpec['long'], options: Partial<FaultSpec> = {}): FaultSpec => ({
  short,
  long,
  atLeast: 1,
  needs: null,
  may: [],
  hitsOne: false,
  ...options,
});

const LOSES_WORKER = { may: ['worker_lost'], hitsOne: true };
const BREAKS_SANDBOXES = { may: ['internal_error'] };

/** Milliseconds. A lease is 10 s: what shall outlast it lasts longer. */
export const FAULTS = {
  'worker-kill': spec([500, 1500], [500, 5000], { atLeast: 3, ...LOSES_WORKER }),
  'worker-out-of-memory': spec(null, [500, 2000], LOSES_WORKER),
  'worker-stop': spec([17_000, 17_000], [12_000, 25_000], { atLeast: 2, ...LOSES_WORKER }),
  'workers-kill-all': spec(null, [1000, 5000], { atLeast: 2, ...LOSES_WORKER }),
  'worker-cut-from-redis': spec([4000, 4000], [12_000, 25_000], { atLeast: 2, ...LOSES_WORKER }),
  'worker-cut-from-engine': spec(null, [1000, 8000], { ...BREAKS_SANDBOXES, hitsOne: true }),
  'gateway-kill': spec([500, 1500], [500, 3000], { atLeast: 3 }),
  'gateway-cut-from-redis': spec(null, [2000, 10_000]),
  'redis-kill': spec([500, 1000], [500, 5000], { atLeast: 3 }),
  'redis-cut': spec([2000, 3000], [5000, 5000], { atLeast: 2 }),
  'redis-hang': spec(null, [5000, 5000], { atLeast: 2 }),
  'redis-away-long': spec(null, [30_000, 30_000]),
  'redis-away-very-long': spec(null, [120_000, 120_000]),
  'redis-slow': spec(null, [8000, 15_000], { atLeast: 2 }),
  'redis-full': spec([3000, 3000], [5000, 10_000], { atLeast: 2 }),
  'redis-flush': spec(null, [0, 0]),
  'container-kill': spec([0, 0], [0, 0], { atLeast: 2, ...BREAKS_SANDBOXES }),
  'container-remove': spec([0, 0], [0, 0], { atLeast: 2, ...BREAKS_SANDBOXES }),
  'container-pause': spec(null, [5000, 15_000], { may: ['wall_time_limit', 'internal_error'] }),
  'image-remove': spec(null, [0, 0], { needs: 'images' }),
  'engine-restart': spec(null, [1000, 3000], { atLeast: 2, needs: 'engine', ...BREAKS_SANDBOXES }),
  'engine-kill': spec(null, [1000, 3000], { needs: 'engine', ...BREAKS_SANDBOXES }),
  'engine-stop': spec(null, [60_000, 60_000], { needs: 'engine', may: ['internal_error', 'wall_time_limit'] }),
  'engine-disk-full': spec(null, [8000, 15_000], { atLeast: 2, needs: 'engine' }),
  'redis-disk-full': spec(null, [5000, 10_000], { needs: 'engine' }),
  'temporary-full': spec(null, [5000, 10_000], { needs: 'engine' }),
  'rolling-restart': spec(null, [0, 0], { atLeast: 2, may: ['worker_lost'] }),
} as const satisfies Record<string, FaultSpec>;

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];
