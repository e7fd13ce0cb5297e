import type { SmallDisk } from '../../support/small-disk.js';
import type { FaultKind } from './fault-kinds.js';
import type { Fault } from './fault.js';
import type { World } from './world.js';

/** Only disks of the run's own can be filled up. */
function full(diskOf: (world: World) => SmallDisk | null): Fault {
  return async (world) => {
    const disk = diskOf(world);
    if (!disk) return { detail: 'not our disk', end: null };
    await disk.fill();
    return { detail: 'to the last byte', end: () => disk.free() };
  };
}

/** Heals as docs/redis.md tells operators to: after a write that the disk cut short Redis 7.0 leaves a hole in its log, and does not start from it again. */
const redisFull: Fault = async (world, target) => {
  const { detail, end } = await full(({ disks }) => disks?.redis ?? null)(world, target);
  const heal = async (): Promise<void> => {
    await end?.();
    await world.redis.rewriteLog();
  };
  return { detail, end: heal };
};

export const diskFaults = {
  'engine-disk-full': full(({ engine }) => engine?.disk ?? null),
  'redis-disk-full': redisFull,
  'temporary-full': full(({ disks }) => disks?.temporary ?? null),
} satisfies Partial<Record<FaultKind, Fault>>;
