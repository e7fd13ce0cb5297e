import { describe, expect, test } from '@jest/globals';
import type { ContainerInspectInfo } from 'dockerode';
import { appliedLimits, type InspectedContainer } from './applied-limits.js';
import { containerProfile, type ProfileSettings } from './container-profile.js';
import type { ContainerLimits } from './sandbox-class.js';
import { tmpfsBytes, writablePlaces } from './writable-places.js';

const MIB = 1024 * 1024;
const LIMITS: ContainerLimits = {
  memoryBytes: 512 * MIB,
  cpuCores: 0.3,
  networkEnabled: false,
  maxProcesses: 128,
  maxOpenFiles: 1024,
  diskBytes: 256 * MIB,
};
const SETTINGS: ProfileSettings = { runtime: undefined, network: undefined, cgroupParent: undefined, cgroupVersion: 1 };

function profile(
  limits: Partial<ContainerLimits> = {},
  settings: Partial<ProfileSettings> = {},
  volumes: string[] = [],
) {
  return containerProfile(
    { ...SETTINGS, ...settings },
    {
      imageId: 'sha256:abc',
      volumes,
      limits: { ...LIMITS, ...limits },
      uid: 2_000_000,
      labels: { 'gantry.worker': 'w' },
    },
  );
}

describe('containerProfile', () => {
  test('confines the container whatever its image says', () => {
    const { HostConfig, ...body } = profile();
    expect(body).toMatchObject({
      User: '0:0',
      Entrypoint: ['/opt/gantry/gantry-init'],
      Cmd: [],
      NetworkDisabled: true,
    });
    expect(body).toMatchObject({ OpenStdin: true, StdinOnce: true, Tty: false, Healthcheck: { Test: ['NONE'] } });
    expect(HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      CapAdd: ['SETUID', 'SETGID', 'KILL', 'SETPCAP'],
      ReadonlyRootfs: true,
      Privileged: false,
      NetworkMode: 'none',
      IpcMode: 'private',
      CgroupnsMode: 'private',
      LogConfig: { Type: 'none' },
      Memory: 512 * MIB,
      MemorySwap: 512 * MIB,
      MemorySwappiness: 0,
      NanoCpus: 300_000_000,
      PidsLimit: 129,
    });
    expect(HostConfig?.SecurityOpt[0]).toBe('no-new-privileges');
    expect(HostConfig?.SecurityOpt[1]).toMatch(/^seccomp=\{"defaultAction":"SCMP_ACT_ERRNO"/);
    expect(HostConfig?.Ulimits).toContainEqual({ Name: 'core', Soft: 0, Hard: 0 });
  });

  test('leaves swappiness out on cgroup v2, which has none', () => {
    expect(profile({}, { cgroupVersion: 2 }).HostConfig).not.toHaveProperty('MemorySwappiness');
  });

  test('passes the runtime and the parent cgroup on', () => {
    const { HostConfig } = profile({}, { runtime: 'runsc', cgroupParent: '/gantry' });
    expect(HostConfig).toMatchObject({ Runtime: 'runsc', CgroupParent: '/gantry' });
  });

  test('uses the configured network, and refuses the limit where there is none', () => {
    const on = profile({ networkEnabled: true }, { network: 'gantry-net' });
    expect(on).toMatchObject({ NetworkDisabled: false, HostConfig: { NetworkMode: 'gantry-net' } });
    expect(() => profile({ networkEnabled: true })).toThrow(expect.objectContaining({ code: 'limit_unenforceable' }));
  });

  test('hides every volume of the image under a tmpfs of the job', () => {
    const tmpfs = profile({}, {}, ['/var/lib/x', '/tmp']).HostConfig?.Tmpfs ?? {};
    expect(Object.keys(tmpfs)).toEqual(['/workspace', '/tmp', '/dev/shm', '/var/lib/x']);
    for (const options of Object.values(tmpfs)) {
      expect(options).toMatch(/^rw,nosuid,nodev,(no)?exec,size=\d+,nr_inodes=\d+,uid=2000000,gid=2000000,mode=\d{4}$/);
    }
  });
});

describe('writablePlaces', () => {
  test.each([1, 7, 64, 100, 256, 8192])('never adds up to more than %d MiB, nor to much less', (mib) => {
    for (const volumes of [[], ['/a'], ['/a', '/b', '/c']]) {
      const total = writablePlaces(mib * MIB, volumes).reduce((sum, place) => sum + place.bytes, 0);
      expect(total).toBeLessThanOrEqual(mib * MIB);
      expect(total).toBeGreaterThan(mib * MIB - 6 * 4096);
    }
  });

  test('gives every place whole pages and some inodes', () => {
    for (const place of writablePlaces(MIB, ['/a', '/b'])) {
      expect(place.bytes % 4096).toBe(0);
      expect(place.bytes).toBeGreaterThan(0);
      expect(place.inodes).toBeGreaterThanOrEqual(256);
    }
  });

  test('reads a size back', () => {
    expect(tmpfsBytes('rw,size=4096,nr_inodes=1')).toBe(4096);
    expect(tmpfsBytes('rw,resize=4096')).toBeNull();
  });
});

describe('appliedLimits', () => {
  /** An inspected container as an engine that keeps everything would show it. */
  function inspected(
    changes: Partial<ContainerInspectInfo['HostConfig']> = {},
    mounts: unknown[] = [],
  ): InspectedContainer {
    return { HostConfig: { ...profile().HostConfig, ...changes }, Mounts: mounts } as unknown as InspectedContainer;
  }

  test('are those of the profile on an engine that keeps them', () => {
    expect(appliedLimits(inspected(), LIMITS)).toEqual(LIMITS);
  });

  test.each([
    ['memory', { Memory: 0, MemorySwap: 0 }, 'memoryBytes is 0'],
    ['processors', { NanoCpus: 0 }, 'cpuCores is 0'],
    ['processes', { PidsLimit: undefined }, 'maxProcesses is -1'],
    ['the network', { NetworkMode: 'bridge' }, 'networkEnabled is true'],
    ['open files', { Ulimits: [] }, 'maxOpenFiles is 0'],
    ['swap', { MemorySwap: -1, MemorySwappiness: undefined }, 'swap'],
    ['the root', { ReadonlyRootfs: false }, 'the root'],
    ['tmpfs sizes', { Tmpfs: { '/workspace': 'rw' } }, 'diskBytes is Infinity'],
  ])('are refused when the engine drops %s', (_, changes, words) => {
    const read = () => appliedLimits(inspected(changes), LIMITS);
    expect(read).toThrow(expect.objectContaining({ code: 'limit_unenforceable' }));
    expect(read).toThrow(words);
  });

  test('are refused when something else is mounted', () => {
    const read = () => appliedLimits(inspected({}, [{ Type: 'volume', Destination: '/data' }]), LIMITS);
    expect(read).toThrow('the volume at /data');
  });
});
