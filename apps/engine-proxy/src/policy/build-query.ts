import { isMarked } from '@gantry/sandbox/profile';
import { canonicalJson } from './canonical-json.js';
import { referenceKind } from './image-reference.js';
import type { Policy } from './policy.js';
import { forbidden } from './refusal.js';
import { exactly, parameters } from './request-target.js';

const PERIOD_US = 100_000;
/** Arguments that the engine knows by itself; it writes none of them into an image. */
const ARGUMENTS = ['FTP_PROXY', 'http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'];
const TRUE = ['true', '1'];
const REQUIRED = ['t', 'rm', 'forcerm', 'memory', 'memswap', 'cpuperiod', 'cpuquota', 'ulimits', 'buildargs'];

/** The parameters of a build, if they are our names, the limits that are configured, and nothing that reaches out of it. */
export function checkBuild(policy: Policy, query: ReadonlyMap<string, string>): Record<string, string> {
  const { builds } = policy;
  const given = parameters(query, REQUIRED, ['networkmode', 'cgroupparent']);
  exactly(given, { rm: TRUE, forcerm: TRUE, cpuperiod: [String(PERIOD_US)], memswap: [given['memory'] ?? ''] });
  if (referenceKind(policy, given['t'] ?? '') !== 'own') throw forbidden('t must be the name of one of our images');
  within(given, 'memory', builds.memoryBytes);
  within(given, 'cpuquota', Math.round(builds.cpuCores * PERIOD_US));
  same('networkmode', given['networkmode'], builds.network, 'BUILD_NETWORK');
  same('cgroupparent', given['cgroupparent'], policy.settings.cgroupParent, 'SANDBOX_CGROUP_PARENT');
  checkUlimits(given['ulimits'] ?? '', builds.diskBytes);
  checkArguments(given['buildargs'] ?? '', policy.deployment);
  return given;
}

function within(given: Record<string, string>, name: string, ceiling: number): void {
  const value = given[name] ?? '';
  if (!/^[1-9]\d{0,15}$/.test(value) || Number(value) > ceiling)
    throw forbidden(`the parameter ${name} must be 1 to ${ceiling} (BUILD_* of the proxy)`);
}

function same(name: string, value: string | undefined, wanted: string | undefined, variable: string): void {
  if (value !== wanted) throw forbidden(`the parameter ${name} must be ${wanted ?? 'absent'} (${variable})`);
}

function checkUlimits(text: string, ceiling: number): void {
  const bytes = /^\[\{"Name":"fsize","Soft":(\d{1,16}),"Hard":(\d{1,16})\}\]$/.exec(text);
  if (bytes?.[1] === undefined || bytes[1] !== bytes[2] || Number(bytes[1]) > ceiling)
    throw forbidden(`the parameter ulimits must be one fsize of at most ${ceiling} (BUILD_DISK_MB)`);
}

/** Among them is the marker by which the containers of the build are known to be ours. */
function checkArguments(text: string, deployment: string): void {
  const settings = canonicalJson(text);
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
    throw forbidden('buildargs is no object');
  for (const [name, value] of Object.entries(settings)) {
    if (!ARGUMENTS.includes(name) || typeof value !== 'string')
      throw forbidden(`the build argument ${name.slice(0, 64)} is none of ours`);
  }
  const { FTP_PROXY: words = '' } = settings as Record<string, string>;
  if (!isMarked([words], deployment)) throw forbidden('the build has no marker of this deployment');
}
