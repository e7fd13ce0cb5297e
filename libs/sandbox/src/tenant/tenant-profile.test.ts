import { describe, expect, test } from '@jest/globals';
import type { InspectedContainer } from '../applied-limits.js';
import { containerProfile, type ProfileSettings } from '../container-profile.js';
import type { ContainerLimits } from '../sandbox-class.js';
import { REFUSED_SYSCALLS } from '../seccomp-syscalls.js';
import { tenantLimits, tenantProfile } from './tenant-profile.js';
import { tenantSeccompProfile } from './tenant-seccomp.js';

const MIB = 1024 * 1024;
const LIMITS: ContainerLimits = {
  memoryBytes: 512 * MIB,
  cpuCores: 0.5,
  networkEnabled: false,
  maxProcesses: 64,
  maxOpenFiles: 1024,
  diskBytes: 256 * MIB,
};
const SETTINGS: ProfileSettings = { runtime: undefined, network: undefined, cgroupParent: undefined, cgroupVersion: 1 };

function profile(zygote: string | null = null, volumes: string[] = []) {
  const input = { imageId: 'sha256:abc', volumes, limits: LIMITS, uid: 2_000_000, labels: {} };
  return {
    tenant: tenantProfile(SETTINGS, { ...input, jobs: 100, zygote, ahead: zygote }),
    own: containerProfile(SETTINGS, input),
  };
}

describe('tenantProfile', () => {
  test('differs from the profile of one execution in nothing but what worlds need', () => {
    const { tenant, own } = profile();
    const { HostConfig: host = {}, Cmd, ...body } = tenant;
    const { HostConfig: ownHost = {}, Cmd: _, ...ownBody } = own;
    const changed = Object.keys({ ...host, ...ownHost }).filter(
      (name) =>
        JSON.stringify(host[name as keyof typeof host]) !== JSON.stringify(ownHost[name as keyof typeof ownHost]),
    );
    expect(body).toEqual(ownBody);
    expect(Cmd?.[0]).toBe('--tenant');
    expect(changed.sort()).toEqual(['CapAdd', 'MaskedPaths', 'PidsLimit', 'ReadonlyPaths', 'SecurityOpt', 'Tmpfs']);
  });

  test('gives two capabilities, and no engine mask below /proc', () => {
    const host = profile().tenant.HostConfig ?? {};
    expect(host).toMatchObject({ CapDrop: ['ALL'], CapAdd: ['SETUID', 'SETGID'], Privileged: false });
    expect(
      [...(host.MaskedPaths ?? []), ...(host.ReadonlyPaths ?? [])].filter((path) => path.startsWith('/proc')),
    ).toEqual([]);
    expect(host.SecurityOpt?.[0]).toBe('no-new-privileges');
  });

  test('tells the init its ids, its jobs and the writable places, which the container itself does not have', () => {
    const { tenant } = profile('python', ['/data']);
    const [option, first, jobs, zygote, ahead, ...places] = tenant.Cmd ?? [];
    expect([option, first, jobs, zygote, ahead]).toEqual(['--tenant', '2000000', '100', 'python', 'python']);
    const sizes = places.map((place) => Number(/size=(\d+)/.exec(place)?.[1]));
    expect(places.map((place) => place.split(':').at(-1))).toEqual(['/workspace', '/tmp', '/dev/shm', '/data']);
    expect(places[2]).toMatch(/^noexec:size=\d+,nr_inodes=\d+,mode=1777:\/dev\/shm$/);
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(LIMITS.diskBytes);
    expect(new Set(Object.values(tenant.HostConfig?.Tmpfs ?? {}))).toEqual(
      new Set(['rw,nosuid,nodev,noexec,size=4096,nr_inodes=2,mode=0755']),
    );
  });

  test.each([
    [null, 66],
    ['python', 67],
  ])('leaves all processes of the limit to the execution (zygote: %s)', (zygote, PidsLimit) => {
    const host = profile(zygote).tenant.HostConfig;
    expect(host).toMatchObject({ PidsLimit });
    const inspected = { HostConfig: host, Mounts: [], Config: {} } as unknown as InspectedContainer;
    expect(tenantLimits(inspected, LIMITS, zygote)).toEqual(LIMITS);
  });
});

describe('tenantSeccompProfile', () => {
  test('allows of all refused calls only those that make worlds', () => {
    const refused = new Set(Object.values(REFUSED_SYSCALLS).flat());
    const allowed = tenantSeccompProfile()
      .syscalls.filter(({ action, args }) => action === 'SCMP_ACT_ALLOW' && args === undefined)
      .flatMap(({ names }) => names);
    expect(allowed.filter((name) => refused.has(name))).toEqual(['mount', 'pivot_root', 'setns', 'umount2', 'unshare']);
    expect(allowed.filter((name) => name === 'clone')).toEqual(['clone']);
  });
});
