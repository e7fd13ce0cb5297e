/** Where a program may write, and how the disk limit is shared out. All of it lives in memory. */

const MIB = 1024 * 1024;
const PAGE_BYTES = 4096;
/** A container's /dev/shm never needs more than this; python's multiprocessing and browsers use a few. */
const MAX_SHM_BYTES = 16 * MIB;
/** One inode for each page: a file takes a page anyway, so this only stops floods of empty files, which cost the kernel 1 KiB each. */
const BYTES_PER_INODE = PAGE_BYTES;
const MIN_INODES = 256;

export interface WritablePlace {
  path: string;
  bytes: number;
  inodes: number;
  /** Permission bits, octal digits. */
  mode: string;
  /** Whether programs may be executed from there. */
  exec: boolean;
}

/**
 * Shares `diskBytes` out among the writable places, whole pages each, never more in total: an eighth (at most 16 MiB) to /dev/shm, a
 * quarter to /tmp, an eighth to all volumes of the image together where it has any, the rest to /workspace. Separate mounts cannot
 * share one quota, so a single place holds less than the whole limit.
 */
export function writablePlaces(diskBytes: number, volumes: readonly string[]): WritablePlace[] {
  const others = volumes.filter((path) => !['/workspace', '/tmp', '/dev/shm'].includes(path));
  const shm = Math.min(MAX_SHM_BYTES, diskBytes / 8);
  const tmp = diskBytes / 4;
  const volume = others.length > 0 ? diskBytes / 8 / others.length : 0;
  const workspace = diskBytes - shm - tmp - volume * others.length;
  return [
    place('/workspace', workspace, '0755'),
    place('/tmp', tmp, '1777'),
    { ...place('/dev/shm', shm, '1777'), exec: false },
    ...others.map((path) => place(path, volume, '0755')),
  ];
}

function place(path: string, bytes: number, mode: string): WritablePlace {
  // tmpfs takes size=0 for "no limit", so a share below one page becomes one page.
  const whole = Math.max(PAGE_BYTES, Math.floor(bytes / PAGE_BYTES) * PAGE_BYTES);
  return { path, bytes: whole, inodes: inodesOf(whole), mode, exec: true };
}

/** Of a place with so many bytes, which are whole pages. */
export function inodesOf(bytes: number): number {
  return Math.max(MIN_INODES, Math.floor(bytes / BYTES_PER_INODE));
}

/** Mount options as the engine takes them. The place belongs to the job's uid alone. */
export function tmpfsOptions(place: WritablePlace, uid: number): string {
  const exec = place.exec ? 'exec' : 'noexec';
  const { bytes, inodes, mode } = place;
  return `rw,nosuid,nodev,${exec},size=${bytes},nr_inodes=${inodes},uid=${uid},gid=${uid},mode=${mode}`;
}

/** The size in a mount option string of ours; `null` when it is not there. */
export function tmpfsBytes(options: string): number | null {
  const size = /(?:^|,)size=(\d+)(?:,|$)/.exec(options)?.[1];
  return size === undefined ? null : Number(size);
}
