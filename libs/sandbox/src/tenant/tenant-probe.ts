import { messageOf } from '@gantry/contracts';
import { PROBE_LIMITS } from '../probe-limits.js';
import { type ProbeCheck, PROBE_SCRIPT, probeChecks } from '../probe-report.js';
import { containerLimits } from '../sandbox-class.js';
import type { TenantContainer } from './tenant-container.js';
import type { TenantClass } from './tenant-pool.js';
import { ownProcesses } from './tenant-profile.js';
import { TenantSandbox } from './tenant-sandbox.js';

const PROBE_MS = 30_000;
/** The process limit that `probeChecks` takes for one of an execution's own container has one process beside the program's. */
const ONE_USE_PROCESSES = 1;

const PLACES = ['/workspace', '/tmp', '/dev/shm'];

/** The container is the probe's own. */
const NOBODY = { giveBack: () => undefined, isShort: () => false };

/** Says what is to be seen of others, then leaves something behind in every place and goes. */
const SCRIPT = [
  "echo '@uid_map'; cat /proc/self/uid_map",
  "echo '@processes'; for p in /proc/[0-9]*; do echo ${p#/proc/}; done",
  `echo '@left'; for f in ${PLACES.map((place) => `${place}/*`).join(' ')}; do [ -e $f ] && echo $f; done`,
  ...PLACES.map((place) => `: > ${place}/left`),
  PROBE_SCRIPT,
].join('\n');

/**
 * Runs two executions in one container of this very engine and looks from inside, the second time with an eye on what the first has left.
 * Never throws.
 */
export async function probeTenants(
  create: (tenantClass: TenantClass, signal: AbortSignal) => Promise<TenantContainer>,
  image: string,
): Promise<ProbeCheck[]> {
  const signal = AbortSignal.timeout(PROBE_MS);
  try {
    const wanted = { tenant: '', image, limits: containerLimits(PROBE_LIMITS), preload: null };
    const container = await create(wanted, signal);
    try {
      const first = await look(container, signal);
      container.renew(0);
      await container.ready;
      const second = await look(container, signal);
      const { uid } = container.parts;
      return [...worldChecks(first, uid, uid + 1), ...worldChecks(second, uid, uid + 2)];
    } finally {
      await container.remove();
    }
  } catch (error) {
    return [{ name: 'tenant_sandbox', ok: false, message: messageOf(error) }];
  }
}

async function look(container: TenantContainer, signal: AbortSignal): Promise<string> {
  const pieces: Uint8Array[] = [];
  await using sandbox = new TenantSandbox(container, PROBE_LIMITS, 'cold', NOBODY);
  await sandbox.run(
    {
      argv: ['/bin/sh', '-c', SCRIPT],
      env: { PATH: '/usr/bin:/bin' },
      cwd: '/workspace',
      files: [],
      stdin: new Uint8Array(),
      wallMs: PROBE_LIMITS.timeoutMs,
      cpuMs: null,
      maxOutputBytes: PROBE_LIMITS.maxOutputBytes,
      onOutputLimit: 'truncate',
      preload: null,
    },
    { write: (stream, bytes) => void (stream === 'stdout' && pieces.push(bytes)), gap: () => undefined },
    signal,
  );
  return Buffer.concat(pieces).toString('utf8');
}

/** What must be true of an execution in a world, from what the script printed. */
export function worldChecks(output: string, firstId: number, uid: number): ProbeCheck[] {
  const section = (name: string): string[] =>
    (new RegExp(`^@${name}\\n((?:[^@].*\\n)*)`, 'm').exec(output)?.[1] ?? '').split('\n').filter(Boolean);
  const status = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(output)?.[1] ?? 'unknown';
  const map = section('uid_map').map((line) => line.trim().split(/\s+/).map(Number));
  const strangers = section('processes').filter((pid) => Number(pid) > 32);
  const limits = { ...PROBE_LIMITS, maxProcesses: PROBE_LIMITS.maxProcesses + ownProcesses(null) - ONE_USE_PROCESSES };
  return [
    ...probeChecks(output, limits, uid),
    check('CapBnd', status('CapBnd'), '0'.repeat(16)),
    check('seccomp_filters', status('Seccomp_filters'), '2'),
    { name: 'uid_map', ok: isOwnRange(map, firstId), message: `user ids: ${JSON.stringify(map)}` },
    { name: 'processes', ok: strangers.length === 0, message: `processes of others: ${strangers.join(' ')}` },
    {
      name: 'nothing_left',
      ok: section('left').length === 0,
      message: `files of others: ${section('left').join(' ')}`,
    },
  ];
}

/** The init's id and those of the container's executions; the host's root is not among them, on either side. */
function isOwnRange(map: number[][], firstId: number): boolean {
  const [init, jobs] = map;
  return map.length === 2 && init?.[1] === firstId && init[2] === 1 && jobs?.[0] === firstId + 1 && jobs[1] === jobs[0];
}

function check(name: string, found: string, wanted: string): ProbeCheck {
  return { name, ok: found === wanted, message: `${name}: "${found}" instead of "${wanted}"` };
}
