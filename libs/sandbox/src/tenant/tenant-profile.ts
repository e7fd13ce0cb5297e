import type { ContainerCreateOptions } from 'dockerode';
import { appliedLimits, type InspectedContainer } from '../applied-limits.js';
import { containerProfile, type ProfileInput, type ProfileSettings } from '../container-profile.js';
import type { ContainerLimits } from '../sandbox-class.js';
import { type WritablePlace, writablePlaces } from '../writable-places.js';
import { tenantSeccompProfile } from './tenant-seccomp.js';

/** Processes of a tenant's container that are of no execution: the keeper, the init of the world, and the zygote if there is one. */
export function ownProcesses(zygote: string | null): number {
  return zygote === null ? 2 : 3;
}
/** The one that `containerProfile` counts. */
const ONE_USE_PROCESSES = 1;

/** Places of the engine's that everybody may read and nobody needs; what it masks in /proc the init has to mask itself. */
const MASKED_PATHS = ['/sys/firmware', '/sys/devices/virtual/powercap'];
const SECCOMP_JSON = JSON.stringify(tenantSeccompProfile());
/** What lies below a fresh tmpfs in every world: nobody can write there. */
export const COVERED = 'rw,nosuid,nodev,noexec,size=4096,nr_inodes=2,mode=0755';

export interface TenantProfileInput extends ProfileInput {
  /** Executions that it serves at most, each with an id of its own above `uid`. */
  jobs: number;
  /** Interpreter that jobs are forked from; `null` = none. */
  zygote: string | null;
  /** Interpreter that every world starts in advance; left out or `null` = none. */
  ahead?: string | null;
}

/**
 * The one-use profile, less two capabilities and plus what a user namespace with fresh worlds asks for: six system calls, and a /proc
 * without masks, which the kernel wants to see before it gives a fresh one. That would be the host's root for a root process even without
 * capabilities: the init's uid 0 is over before it makes the user namespace, and no id in there is the host's root.
 */
export function tenantProfile(settings: ProfileSettings, input: TenantProfileInput): ContainerCreateOptions {
  const profile = containerProfile(settings, input);
  const places = writablePlaces(input.limits.diskBytes, input.volumes);
  return {
    ...profile,
    Cmd: ['--tenant', ...ofWorlds(input), ...places.map(placeArgument)],
    HostConfig: {
      ...profile.HostConfig,
      CapAdd: ['SETUID', 'SETGID'],
      SecurityOpt: ['no-new-privileges', `seccomp=${SECCOMP_JSON}`],
      MaskedPaths: MASKED_PATHS,
      ReadonlyPaths: [],
      PidsLimit: input.limits.maxProcesses + ownProcesses(input.zygote),
      Tmpfs: Object.fromEntries(places.map(({ path }) => [path, COVERED])),
    },
  };
}

function ofWorlds({ uid, jobs, zygote, ahead }: TenantProfileInput): string[] {
  return [String(uid), String(jobs), zygote ?? '', ahead ?? '-'];
}

/** As the init reads it: the path last, for it may hold any character. */
export function placeArgument({ path, bytes, inodes, mode, exec }: WritablePlace): string {
  return `${exec ? 'exec' : 'noexec'}:size=${bytes},nr_inodes=${inodes},mode=${mode}:${path}`;
}

/** What an execution gets of the limits of its container, as the engine tells them. */
export function tenantLimits(
  container: InspectedContainer,
  asked: ContainerLimits,
  zygote: string | null,
): ContainerLimits {
  const PidsLimit = (container.HostConfig.PidsLimit ?? 0) - ownProcesses(zygote) + ONE_USE_PROCESSES;
  return appliedLimits({ ...container, HostConfig: { ...container.HostConfig, PidsLimit } }, asked);
}
