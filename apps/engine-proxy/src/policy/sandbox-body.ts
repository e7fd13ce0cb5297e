import {
  containerProfile,
  type ContainerLimits,
  COVERED,
  inodesOf,
  placeArgument,
  type ProfileInput,
  tenantProfile,
  tmpfsOptions,
  ownProcesses,
  type WritablePlace,
  writablePlaces,
} from '@gantry/sandbox/profile';
import { z } from 'zod';
import type { Policy } from './policy.js';
import { forbidden, overLimit } from './refusal.js';

/** A tenant's container gives ids above its own to its executions. */
const UID_FLOOR = 2 ** 20;
const UID_CEILING = 2 ** 31 - 2;
const MAX_JOBS = 100_000;
const MAX_VOLUMES = 32;
const MIN_OPEN_FILES = 1024;
/** Where a mount would hide what the container starts with, or what the kernel tells. */
const NO_VOLUMES = /^\/(proc|sys|dev|opt\/gantry)(\/|$)/;

const positive = z.int().min(1);
const bodySchema = z.looseObject({
  Image: z.string(),
  Cmd: z.array(z.string()).max(4 + MAX_VOLUMES + 3),
  NetworkDisabled: z.boolean(),
  HostConfig: z.looseObject({
    Memory: positive,
    MemorySwappiness: z.unknown().optional(),
    NanoCpus: positive,
    PidsLimit: positive,
    Ulimits: z.array(z.looseObject({ Name: z.string(), Hard: z.int().min(0) })).max(16),
    Tmpfs: z.record(z.string(), z.string()),
  }),
});
type Body = z.infer<typeof bodySchema>;

/**
 * The body of a sandbox with the limits that `asked` has, made here by the worker's own code from nothing but numbers and names: whatever else
 * was in `asked` shows as a difference. Throws `Refusal` when a limit is missing or above its ceiling.
 */
export function sandboxBody(policy: Policy, asked: unknown, labels: Readonly<Record<string, string>>): object {
  const parsed = bodySchema.safeParse(asked);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw forbidden(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not as in our profile'}`);
  }
  const body = parsed.data;
  const form = body.Cmd.length > 0 ? tenantForm(policy, body) : oneUseForm(body);
  const limits = limitsOf(body, form);
  refuseAboveCeilings(policy, limits);
  refusePlaces(form);
  const settings = {
    ...policy.settings,
    cgroupVersion: body.HostConfig.MemorySwappiness === undefined ? 2 : 1,
  } as const;
  if (limits.networkEnabled && settings.network === undefined)
    throw forbidden('NetworkDisabled must be true: there is no network for sandboxes (SANDBOX_NETWORK)');
  const volumes = form.places.slice(3).map(({ path }) => path);
  return form.complete(settings, { imageId: body.Image, volumes, limits, uid: form.uid, labels });
}

interface Form {
  uid: number;
  /** Processes that are of no execution. */
  processes: number;
  places: WritablePlace[];
  complete(settings: Parameters<typeof containerProfile>[0], input: ProfileInput): object;
}

function oneUseForm({ HostConfig: { Tmpfs } }: Body): Form {
  const uid = Number(/,uid=(\d{1,10}),/.exec(Tmpfs['/workspace'] ?? '')?.[1] ?? NaN);
  const places = placesOf(Object.entries(Tmpfs).map(([path, options]) => [path, options]));
  return {
    uid,
    processes: 1,
    places,
    complete: (settings, input) =>
      withPlaces(containerProfile(settings, input), places, (place) => tmpfsOptions(place, uid)),
  };
}

function tenantForm(policy: Policy, { Cmd }: Body): Form {
  const [, uidText = '', jobsText = '', zygoteText = '', aheadText = '', ...words] = Cmd;
  if (!policy.tenants) throw forbidden('Cmd must be empty: SANDBOX_ISOLATION is not tenant');
  const uid = whole(uidText);
  const jobs = whole(jobsText);
  if (!(jobs >= 1 && jobs <= MAX_JOBS)) throw forbidden(`Cmd: the number of executions must be 1 to ${MAX_JOBS}`);
  if (!['', 'python'].includes(zygoteText)) throw forbidden('Cmd: there is no such zygote');
  if (!['-', 'python', 'node'].includes(aheadText)) throw forbidden('Cmd: there is no such interpreter');
  const zygote = zygoteText === '' ? null : zygoteText;
  const places = placesOf(words.map((word) => [/^\w+:[^:]*:(.*)$/s.exec(word)?.[1] ?? '', word]));
  return {
    uid,
    processes: ownProcesses(zygote),
    places,
    complete: (settings, input) => {
      const profile = withPlaces(tenantProfile(settings, { ...input, jobs, zygote }), places, () => COVERED);
      const worlds = ['--tenant', String(uid), String(jobs), zygoteText, aheadText];
      return { ...profile, Cmd: [...worlds, ...places.map(placeArgument)] };
    },
  };
}

/** In the order of the profile, with their sizes: the rest of each follows from its path. */
function placesOf(given: readonly (readonly [string, string])[]): WritablePlace[] {
  const sizes = new Map(given.map(([path, text]) => [path, whole(/(?:^|[:,])size=(\d{1,15}),/.exec(text)?.[1] ?? '')]));
  const volumes = [...sizes.keys()].filter((path) => !['/workspace', '/tmp', '/dev/shm'].includes(path));
  if (sizes.size !== given.length || volumes.length > MAX_VOLUMES) throw forbidden('HostConfig.Tmpfs: too many places');
  const strange = volumes.find(
    (path) =>
      !/^(\/[^/,:\u0000-\u001f]{1,255}){1,16}$/.test(path) || NO_VOLUMES.test(path) || /\/\.{1,2}(\/|$)/.test(path),
  );
  if (strange !== undefined) throw forbidden(`HostConfig.Tmpfs: ${JSON.stringify(strange)} can't be a writable place`);
  return writablePlaces(0, volumes).map((place) => {
    const bytes = sizes.get(place.path) ?? NaN;
    return { ...place, bytes, inodes: inodesOf(bytes) };
  });
}

function withPlaces(
  profile: object,
  places: readonly WritablePlace[],
  options: (place: WritablePlace) => string,
): object {
  const { HostConfig } = profile as { HostConfig: object };
  const Tmpfs = Object.fromEntries(places.map((place) => [place.path, options(place)]));
  const shm = places.find(({ path }) => path === '/dev/shm');
  return { ...profile, HostConfig: { ...HostConfig, Tmpfs, ShmSize: shm?.bytes } };
}

function limitsOf({ NetworkDisabled, HostConfig }: Body, { places, processes }: Form): ContainerLimits {
  return {
    memoryBytes: HostConfig.Memory,
    cpuCores: HostConfig.NanoCpus / 1e9,
    networkEnabled: !NetworkDisabled,
    maxProcesses: HostConfig.PidsLimit - processes,
    maxOpenFiles: HostConfig.Ulimits.find(({ Name }) => Name === 'nofile')?.Hard ?? Infinity,
    diskBytes: places.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Written so that what is no number is above as well. */
function refuseAboveCeilings({ ceilings }: Policy, limits: ContainerLimits): void {
  const above = (what: string, limit: number, ceiling: number, variable: string): void => {
    if (!(limit <= ceiling))
      throw overLimit(`${what} ${limit} is above the ceiling ${ceiling} (${variable} of the proxy)`);
  };
  above('memory', limits.memoryBytes, ceilings.memoryBytes, 'MAX_MEMORY_MB');
  above('cpus', limits.cpuCores, ceilings.cpuCores, 'MAX_CPU_CORES');
  above('pids', limits.maxProcesses, ceilings.maxProcesses, 'MAX_PROCESSES');
  above('disk', limits.diskBytes, ceilings.diskBytes, 'MAX_DISK_MB');
  above('nofile', limits.maxOpenFiles, Math.max(MIN_OPEN_FILES, ceilings.maxOpenFiles), 'MAX_OPEN_FILES');
  if (!(limits.maxProcesses >= 1)) throw forbidden('HostConfig.PidsLimit leaves no process for a program');
}

function refusePlaces({ uid, places }: Form): void {
  if (!(Number.isSafeInteger(uid) && uid >= UID_FLOOR && uid <= UID_CEILING - MAX_JOBS))
    throw forbidden(`the uid must be ${UID_FLOOR} to ${UID_CEILING - MAX_JOBS}`);
  const unsized = places.find(({ bytes }) => !(bytes >= 4096));
  if (unsized) throw forbidden(`HostConfig.Tmpfs: ${unsized.path} has no size`);
}

function whole(text: string): number {
  return /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : NaN;
}
