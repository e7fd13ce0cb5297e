import { describe, expect, test } from '@jest/globals';
import {
  containerProfile,
  LABEL,
  lockProfile,
  lookProfile,
  type ProfileInput,
  type ProfileSettings,
  tenantProfile,
} from '@gantry/sandbox/profile';
import { checkCreate } from './create-body.js';
import type { Policy } from './policy.js';
import { Refusal } from './refusal.js';

const MIB = 1024 * 1024;
const IMAGE = `sha256:${'ab'.repeat(32)}`;
const NAME = `gantry-${'0f'.repeat(12)}`;
const LOCK_NAME = `gantry-build-${'0f'.repeat(16)}-${'ab'.repeat(6)}`;

const policy: Policy = {
  deployment: 'acme',
  ownLabel: `${LABEL.deployment}=acme`,
  settings: { runtime: 'crun', network: 'sandboxes', cgroupParent: '/gantry' },
  tenants: true,
  ceilings: { memoryBytes: 1024 * MIB, cpuCores: 4, maxProcesses: 256, diskBytes: 512 * MIB, maxOpenFiles: 4096 },
  builds: {
    memoryBytes: 512 * MIB,
    cpuCores: 2,
    diskBytes: 512 * MIB,
    processes: 256,
    network: undefined,
    contextBytes: MIB,
  },
  images: { executor: 'gantry/executor:1', bases: [], registry: undefined },
};
const settings: ProfileSettings = { ...policy.settings, cgroupVersion: 1 };
const base = { [LABEL.deployment]: 'acme', [LABEL.worker]: 'machine-1-a0b1c2' };
const created = { ...base, [LABEL.created]: '2026-11-24T01:02:03.456Z' };
const assigned = { ...created, [LABEL.execution]: 'exec_0123456789abcdef', [LABEL.attempt]: '1' };

const input: ProfileInput = {
  imageId: IMAGE,
  volumes: [],
  limits: {
    memoryBytes: 256 * MIB,
    cpuCores: 0.5,
    networkEnabled: false,
    maxProcesses: 64,
    maxOpenFiles: 256,
    diskBytes: 64 * MIB,
  },
  uid: 1_234_567,
  labels: created,
};
const withLimits = (limits: Partial<ProfileInput['limits']>): ProfileInput => ({
  ...input,
  limits: { ...input.limits, ...limits },
});
const tenant = (more: object): object =>
  tenantProfile(settings, { ...input, jobs: 1000, zygote: 'python', ahead: 'python', ...more });

interface Sample {
  name: string | null;
  body: object;
}

const OURS: Record<string, Sample> = {
  'a sandbox made in advance': { name: NAME, body: containerProfile(settings, input) },
  'a sandbox for one execution': { name: NAME, body: containerProfile(settings, { ...input, labels: assigned }) },
  'a sandbox on cgroup v2': { name: NAME, body: containerProfile({ ...settings, cgroupVersion: 2 }, input) },
  'a sandbox with the network': { name: NAME, body: containerProfile(settings, withLimits({ networkEnabled: true })) },
  'a sandbox of an image with volumes': {
    name: NAME,
    body: containerProfile(settings, { ...input, volumes: ['/var/lib/data', '/srv/a b', '/tmp'] }),
  },
  'a sandbox with odd limits': {
    name: NAME,
    body: containerProfile(
      settings,
      withLimits({ cpuCores: 1 / 3, diskBytes: 1_234_567, maxOpenFiles: 4096, maxProcesses: 1 }),
    ),
  },
  'a sandbox with hardly any disk': { name: NAME, body: containerProfile(settings, withLimits({ diskBytes: 50_000 })) },
  "a tenant's container": { name: NAME, body: tenant({}) },
  "a tenant's container without a zygote": { name: NAME, body: tenant({ zygote: null, volumes: ['/srv/x'] }) },
  'the lock of a build': { name: LOCK_NAME, body: lockProfile(IMAGE, base) },
  'a look into an image': { name: null, body: lookProfile(IMAGE, base) },
};

function check(sample: Sample, body: unknown = sample.body): ReturnType<typeof checkCreate> {
  return checkCreate(policy, sample.name, typeof body === 'string' ? body : JSON.stringify(body));
}

const plain = (body: object): Record<string, unknown> => JSON.parse(JSON.stringify(body)) as Record<string, unknown>;

/** The reason of a refusal, or what was let through instead. */
function refusalOf(sample: Sample, body: unknown): string {
  try {
    return `let through: ${check(sample, body).body.slice(0, 2000)}`;
  } catch (error) {
    return error instanceof Refusal && [400, 403].includes(error.status)
      ? 'refused'
      : `not refused but broken: ${String(error)}`;
  }
}

describe('what our own code asks for', () => {
  test.each(Object.entries(OURS))('%s passes as it is', (_title, sample) => {
    expect(JSON.parse(check(sample).body)).toEqual(plain(sample.body));
  });
});

type Path = (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function changed(body: object, path: Path, change: (holder: Record<string, unknown>, key: string) => void): unknown {
  const copy = plain(body);
  let holder: Record<string, unknown> = copy;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  change(holder, String(path.at(-1)));
  return copy;
}

function other(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value}x`;
  return Array.isArray(value) ? [...(value as unknown[]), 'x'] : { ...(value as object), x: 1 };
}

/** Where a change leads to another container of ours: processors and processes are the request's to choose, within the ceilings. */
const CHOSEN = ['HostConfig.NanoCpus', 'HostConfig.PidsLimit', `Labels.${LABEL.worker}`, `Labels.${LABEL.execution}`];
/** What is ours to leave out. On cgroup v2 there is no swappiness. */
const OPTIONAL = ['HostConfig.MemorySwappiness', `Labels.${LABEL.execution}`, `Labels.${LABEL.attempt}`];

const KINDS = ['a sandbox for one execution', "a tenant's container", 'the lock of a build', 'a look into an image'];

describe.each(KINDS)('every single change of %s', (title) => {
  const sample = OURS[title] as Sample;
  const paths = pathsOf(plain(sample.body)).filter((path) => path.length > 0);
  const named = paths.map((path) => [path.join('.'), path] as const);

  test('there is much to change', () => {
    expect(paths.length).toBeGreaterThan(title.startsWith('a look') ? 6 : 20);
  });

  test.each(named.filter(([name]) => !CHOSEN.includes(name)))('%s with another value is refused', (_name, path) => {
    const body = changed(sample.body, path, (holder, key) => (holder[key] = other(holder[key])));
    expect(refusalOf(sample, body)).toBe('refused');
  });

  test.each(named.filter(([name]) => !OPTIONAL.includes(name)))('%s left out is refused', (_name, path) => {
    const body = changed(sample.body, path, (holder, key) => {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
    });
    expect(refusalOf(sample, body)).toBe('refused');
  });

  // A place is a path, not a field: in another case it is another one.
  const fields = named.filter(
    ([name, path]) => Number.isNaN(Number(path.at(-1))) && !name.startsWith('HostConfig.Tmpfs.'),
  );
  test.each(fields)('%s in other case is refused, instead of it and beside it', (_name, path) => {
    for (const isBeside of [false, true]) {
      const body = changed(sample.body, path, (holder, key) => {
        const variant = key.toLowerCase() === key ? key.toUpperCase() : key.toLowerCase();
        holder[variant] = holder[key];
        if (!isBeside) delete holder[key];
      });
      expect(refusalOf(sample, body)).toBe('refused');
    }
  });

  test.each(named)('%s as null is refused', (_name, path) => {
    const body = changed(sample.body, path, (holder, key) => (holder[key] = null));
    expect(refusalOf(sample, body)).toBe('refused');
  });
});

/** Fields of the engine's API that we never set, each with a value that would open something. */
const HOST_CONFIG: Record<string, unknown> = {
  Binds: ['/:/host'],
  Mounts: [{ Type: 'bind', Source: '/', Target: '/host' }],
  VolumesFrom: ['redis'],
  VolumeDriver: 'local',
  PidMode: 'host',
  UTSMode: 'host',
  UsernsMode: 'host',
  Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/sda', CgroupPermissions: 'rwm' }],
  DeviceRequests: [{ Driver: 'nvidia', Count: -1 }],
  DeviceCgroupRules: ['a *:* rwm'],
  GroupAdd: ['docker'],
  Sysctls: { 'kernel.core_pattern': '|/x' },
  PortBindings: { '80/tcp': [{ HostPort: '80' }] },
  PublishAllPorts: true,
  Links: ['redis:redis'],
  ExtraHosts: ['host.docker.internal:host-gateway'],
  Dns: ['10.0.0.1'],
  OomKillDisable: true,
  CpusetCpus: '0',
  CpuShares: 1_000_000,
  CpuRealtimeRuntime: 950_000,
  BlkioWeight: 1000,
  KernelMemory: 1,
  StorageOpt: { size: '1T' },
  ContainerIDFile: '/etc/passwd',
  Isolation: 'process',
  Annotations: { 'io.katacontainers.config.hypervisor.path': '/bin/sh' },
  MaskedPaths: [],
  Cgroup: 'container:x',
};
const TOP: Record<string, unknown> = {
  Volumes: { '/x': {} },
  ExposedPorts: { '80/tcp': {} },
  MacAddress: '02:42:ac:11:00:02',
  NetworkingConfig: { EndpointsConfig: { host: {} } },
  Shell: ['/bin/sh'],
  OnBuild: ['RUN x'],
  StopTimeout: 1,
  ArgsEscaped: true,
  Platform: 'linux/386',
  hostconfig: { Privileged: true },
  HOSTCONFIG: { Binds: ['/:/host'] },
  __proto: {},
  'HostConfig ': {},
};
/** Values of fields that we do set. */
const VALUES: [string, string, unknown][] = [
  ['HostConfig', 'Privileged', true],
  ['HostConfig', 'NetworkMode', 'host'],
  ['HostConfig', 'NetworkMode', 'container:redis'],
  ['HostConfig', 'NetworkMode', 'bridge'],
  ['HostConfig', 'NetworkMode', 'sandboxes'],
  ['HostConfig', 'IpcMode', 'host'],
  ['HostConfig', 'IpcMode', 'container:redis'],
  ['HostConfig', 'CgroupnsMode', 'host'],
  ['HostConfig', 'CapAdd', ['SETUID', 'SETGID', 'KILL', 'SETPCAP', 'SYS_ADMIN']],
  ['HostConfig', 'CapAdd', ['ALL']],
  ['HostConfig', 'CapDrop', []],
  ['HostConfig', 'SecurityOpt', ['seccomp=unconfined']],
  ['HostConfig', 'SecurityOpt', ['no-new-privileges', 'seccomp=unconfined']],
  ['HostConfig', 'SecurityOpt', ['no-new-privileges', 'apparmor=unconfined']],
  ['HostConfig', 'SecurityOpt', ['no-new-privileges:false']],
  ['HostConfig', 'ReadonlyRootfs', false],
  ['HostConfig', 'Runtime', 'runc'],
  ['HostConfig', 'Runtime', 'io.containerd.runc.v2'],
  ['HostConfig', 'CgroupParent', '/'],
  ['HostConfig', 'Memory', 0],
  ['HostConfig', 'Memory', -1],
  ['HostConfig', 'Memory', 2048 * MIB],
  ['HostConfig', 'Memory', 1.5],
  ['HostConfig', 'MemorySwap', -1],
  ['HostConfig', 'NanoCpus', 0],
  ['HostConfig', 'NanoCpus', 5e9],
  ['HostConfig', 'PidsLimit', -1],
  ['HostConfig', 'PidsLimit', 0],
  ['HostConfig', 'PidsLimit', 1],
  ['HostConfig', 'PidsLimit', 100_000],
  ['HostConfig', 'OomScoreAdj', -1000],
  ['HostConfig', 'Ulimits', []],
  ['HostConfig', 'Ulimits', [{ Name: 'nofile', Soft: 1e6, Hard: 1e6 }]],
  ['HostConfig', 'Tmpfs', {}],
  ['HostConfig', 'Tmpfs', { '/workspace': 'rw,size=4096', '/tmp': 'rw,size=4096', '/dev/shm': 'rw,size=4096' }],
  ['HostConfig', 'LogConfig', { Type: 'syslog', Config: { 'syslog-address': 'tcp://10.0.0.1:514' } }],
  ['HostConfig', 'RestartPolicy', { Name: 'always' }],
  ['HostConfig', 'AutoRemove', true],
  ['Labels', LABEL.deployment, 'other'],
  ['Labels', 'com.docker.compose.project', 'x'],
  ['Labels', LABEL.worker, 'a b'],
];

describe('each forbidden deviation of a sandbox is refused', () => {
  const sample = OURS['a sandbox for one execution'] as Sample;
  const set = (group: string | null, name: string, value: unknown): unknown => {
    const body = plain(sample.body);
    if (group === null) return { ...body, [name]: value };
    return { ...body, [group]: { ...(body[group] as object), [name]: value } };
  };

  test.each(Object.entries(HOST_CONFIG))('HostConfig.%s', (name, value) => {
    expect(refusalOf(sample, set('HostConfig', name, value))).toBe('refused');
    expect(refusalOf(sample, set('HostConfig', name.toLowerCase(), value))).toBe('refused');
  });

  test.each(Object.entries(TOP))('%s', (name, value) => {
    expect(refusalOf(sample, set(null, name, value))).toBe('refused');
  });

  test.each(VALUES)('%s.%s = %j', (group, name, value) => {
    expect(refusalOf(sample, set(group, name, value))).toBe('refused');
  });

  test.each(['0:0x', '0', 'root', '1000:0'])('User = %s', (user) => {
    expect(refusalOf(sample, set(null, 'User', user))).toBe('refused');
  });

  test.each(['gantry/executor:1', 'debian', `sha256:${'AB'.repeat(32)}`, `${IMAGE} `, '', null])(
    'Image = %j',
    (image) => {
      expect(refusalOf(sample, set(null, 'Image', image))).toBe('refused');
    },
  );

  test.each([0, 65_532, 2 ** 31, 2 ** 32 + 5, 2 ** 31 - 2])('uid %d', (uid) => {
    expect(refusalOf(sample, containerProfile(settings, { ...input, uid }))).toBe('refused');
    expect(refusalOf(sample, tenant({ uid }))).toBe('refused');
  });

  test.each(['/proc/sys', '/sys', '/dev', '/opt/gantry', '/', 'x', '/a/../etc', '/a//b', '/a:b', '/a,exec'])(
    'a writable place at %s',
    (path) => {
      expect(refusalOf(sample, containerProfile(settings, { ...input, volumes: [path] }))).toBe('refused');
    },
  );

  test('more disk than the ceiling', () => {
    const much = withLimits({ diskBytes: 513 * MIB });
    expect(refusalOf(sample, containerProfile(settings, much))).toBe('refused');
    expect(refusalOf(sample, tenantProfile(settings, { ...much, jobs: 1, zygote: null }))).toBe('refused');
  });

  test.each([
    ['another filter', { SecurityOpt: (tenant({}) as { HostConfig: object }).HostConfig }],
    ['no filter', { SecurityOpt: ['no-new-privileges'] }],
  ])('a sandbox with %s', (_title, more) => {
    expect(refusalOf(sample, set('HostConfig', 'SecurityOpt', more.SecurityOpt))).toBe('refused');
  });

  test("a one-use sandbox with the filter and the masks of a tenant's container", () => {
    const { HostConfig } = tenant({}) as { HostConfig: Record<string, unknown> };
    expect(refusalOf(sample, set('HostConfig', 'SecurityOpt', HostConfig['SecurityOpt']))).toBe('refused');
    expect(refusalOf(sample, set('HostConfig', 'MaskedPaths', HostConfig['MaskedPaths']))).toBe('refused');
  });
});

describe('a body that can be read in two ways is refused', () => {
  const sample = OURS['a sandbox for one execution'] as Sample;
  const text = JSON.stringify(sample.body);

  test.each([
    ['a key twice', text.replace('"Privileged":false', '"Privileged":false,"Privileged":true')],
    ['a key twice, the good one last', text.replace('"Privileged":false', '"Privileged":true,"Privileged":false')],
    ['a second HostConfig', `${text.slice(0, -1)},"HostConfig":{"Privileged":true}}`],
    ['an escaped key', text.replace('"Privileged":false', '"Privileged":false,"\\u0050rivileged":true')],
    ['spaces', text.replace(',', ', ')],
    ['a number in another spelling', text.replace('"OomScoreAdj":500', '"OomScoreAdj":5e2')],
    ['something after it', `${text}{"HostConfig":{"Privileged":true}}`],
    ['something before it', `\ufeff${text}`],
    ['a list', `[${text}]`],
    ['null', 'null'],
    ['nothing', ''],
    ['much depth', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ])('%s', (_title, body) => {
    expect(refusalOf(sample, body)).toBe('refused');
  });
});

test('names are ours, each kind has its own', () => {
  const { body } = OURS['a sandbox for one execution'] as Sample;
  for (const name of [null, 'redis', LOCK_NAME, `${NAME}0`, `/${NAME}`, ''])
    expect(refusalOf({ name, body }, body)).toBe('refused');
  expect(refusalOf({ name: NAME, body }, lookProfile(IMAGE, base))).toBe('refused');
});

test("tenants' containers are refused where executions have containers of their own", () => {
  const { body, name } = OURS["a tenant's container"] as Sample;
  expect(() => checkCreate({ ...policy, tenants: false }, name, JSON.stringify(body))).toThrow('SANDBOX_ISOLATION');
});

test('the network is refused where there is none', () => {
  const { body, name } = OURS['a sandbox with the network'] as Sample;
  const without = { ...policy, settings: { ...policy.settings, network: undefined } };
  expect(() => checkCreate(without, name, JSON.stringify(body))).toThrow('SANDBOX_NETWORK');
});

test('a refusal names the field', () => {
  const { body, name } = OURS['a sandbox for one execution'] as Sample;
  const text = JSON.stringify(body).replace('"Privileged":false', '"Privileged":true');
  expect(() => checkCreate(policy, name, text)).toThrow('HostConfig.Privileged must be false, not true');
});
