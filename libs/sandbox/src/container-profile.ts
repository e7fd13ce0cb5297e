import { AppError } from '@gantry/contracts';
import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { ContainerLimits } from './sandbox-class.js';
import { seccompProfile } from './seccomp-profile.js';
import { tmpfsOptions, type WritablePlace, writablePlaces } from './writable-places.js';

/** Where every image of ours has the init. */
export const INIT_PATH = '/opt/gantry/gantry-init';

export const LABEL = {
  deployment: 'gantry.deployment',
  worker: 'gantry.worker',
  execution: 'gantry.execution',
  attempt: 'gantry.attempt',
  created: 'gantry.created',
} as const;

/** The same for all containers of a worker. */
export interface ProfileSettings {
  /** OCI runtime by its name in the engine; `undefined` = the engine's default. */
  runtime: string | undefined;
  /** Network for executions that may use one; `undefined` = there is none. */
  network: string | undefined;
  /** A cgroup that caps all sandboxes together; `undefined` = the engine's own. */
  cgroupParent: string | undefined;
  cgroupVersion: 1 | 2;
}

export interface ProfileInput {
  /** Id of the image, not a tag: a tag may move between two calls. */
  imageId: string;
  /** Paths that the image declares as volumes. */
  volumes: readonly string[];
  limits: ContainerLimits;
  /** The job's uid and gid, unique among running sandboxes: per-user kernel quotas are not shared then. */
  uid: number;
  labels: Readonly<Record<string, string>>;
}

const SECCOMP_JSON = JSON.stringify(seccompProfile());
const MEMLOCK_BYTES = 64 * 1024;
const MESSAGE_QUEUE_BYTES = 819_200;
const PENDING_SIGNALS = 1024;
/** Sandboxes go before everything else when the machine runs out of memory; programs inside go before their init (1000). */
const OOM_SCORE_ADJ = 500;
/** The init's own need, should an execution be given less. An engine without CAP_SYS_RESOURCE cannot give more than it has itself. */
const MIN_OPEN_FILES = 1024;

/** The complete body for the engine: every field that an image could otherwise decide is set here. */
export function containerProfile(settings: ProfileSettings, input: ProfileInput): ContainerCreateOptions {
  return {
    Image: input.imageId,
    Entrypoint: [INIT_PATH],
    Cmd: [],
    WorkingDir: '/',
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    // The init starts as root with three capabilities and becomes uid 65532 before it reads a byte.
    User: '0:0',
    Hostname: 'sandbox',
    Domainname: '',
    Labels: { ...input.labels },
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGKILL',
    Tty: false,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    // Beside NetworkMode none: it spares the engine the set-up of a network namespace that stays empty.
    NetworkDisabled: !input.limits.networkEnabled,
    HostConfig: hostConfig(settings, input),
  };
}

function hostConfig(settings: ProfileSettings, { limits, volumes, uid }: ProfileInput): HostConfig {
  const places = writablePlaces(limits.diskBytes, volumes);
  return {
    AutoRemove: false,
    RestartPolicy: { Name: 'no' },
    LogConfig: { Type: 'none', Config: {} },
    NetworkMode: networkMode(settings, limits),
    IpcMode: 'private',
    CgroupnsMode: 'private',
    CapDrop: ['ALL'],
    // SETPCAP is the init's to empty the bounding set with, and gone before it reads a byte.
    CapAdd: ['SETUID', 'SETGID', 'KILL', 'SETPCAP'],
    Privileged: false,
    SecurityOpt: ['no-new-privileges', `seccomp=${SECCOMP_JSON}`],
    ReadonlyRootfs: true,
    Init: false,
    OomScoreAdj: OOM_SCORE_ADJ,
    ...memory(settings, limits),
    NanoCpus: Math.round(limits.cpuCores * 1e9),
    PidsLimit: limits.maxProcesses + 1, // The init is one of them.
    Ulimits: ulimits(limits),
    ...writable(places, uid),
    ...(settings.runtime === undefined ? {} : { Runtime: settings.runtime }),
    ...(settings.cgroupParent === undefined ? {} : { CgroupParent: settings.cgroupParent }),
  } as HostConfig;
}

function networkMode(settings: ProfileSettings, limits: ContainerLimits): string {
  if (!limits.networkEnabled) return 'none';
  if (settings.network !== undefined) return settings.network;
  throw new AppError('limit_unenforceable', 'network_enabled is true, and this worker has no network for sandboxes');
}

/** No swap: with Memory = MemorySwap, and on cgroup v1 (v2 has no such knob) not even where swap is not accounted. */
function memory(settings: ProfileSettings, limits: ContainerLimits): HostConfig {
  const equal = { Memory: limits.memoryBytes, MemorySwap: limits.memoryBytes };
  return settings.cgroupVersion === 1 ? { ...equal, MemorySwappiness: 0 } : equal;
}

function writable(places: readonly WritablePlace[], uid: number): HostConfig {
  const shm = places.find((place) => place.path === '/dev/shm');
  return {
    Tmpfs: Object.fromEntries(places.map((place) => [place.path, tmpfsOptions(place, uid)])),
    // The mount above hides the engine's own /dev/shm; its size is set too, lest the default of 64 MiB shows anywhere.
    ShmSize: shm?.bytes,
  };
}

function ulimits(limits: ContainerLimits): { Name: string; Soft: number; Hard: number }[] {
  return Object.entries({
    // Only a ceiling: the init lowers it to what each stage may have.
    nofile: Math.max(MIN_OPEN_FILES, limits.maxOpenFiles),
    core: 0,
    memlock: MEMLOCK_BYTES,
    msgqueue: MESSAGE_QUEUE_BYTES,
    sigpending: PENDING_SIGNALS,
  }).map(([name, ceiling]) => ({ Name: name, Soft: ceiling, Hard: ceiling }));
}
