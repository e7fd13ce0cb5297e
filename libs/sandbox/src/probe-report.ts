import type { Limits } from '@gantry/contracts';

/** One thing that must be true of every sandbox, and whether it is on this engine. */
export interface ProbeCheck {
  name: string;
  ok: boolean;
  message: string;
}

const CGROUP = '/sys/fs/cgroup';
/** A kernel without the file prints nothing there. cgroup v1 paths first; some machines mount cpu and cpuacct apart, some together. */
const FILES = {
  status: ['/proc/self/status'],
  interfaces: ['/proc/net/dev'],
  mounts: ['/proc/self/mounts'],
  memory: [`${CGROUP}/memory/memory.limit_in_bytes`, `${CGROUP}/memory.max`],
  pids: [`${CGROUP}/pids/pids.max`, `${CGROUP}/pids.max`],
  quota: [`${CGROUP}/cpu/cpu.cfs_quota_us`, `${CGROUP}/cpu,cpuacct/cpu.cfs_quota_us`, `${CGROUP}/cpu.max`],
  swap: [`${CGROUP}/memory/memory.memsw.limit_in_bytes`, `${CGROUP}/memory.swap.max`],
  swappiness: [`${CGROUP}/memory/memory.swappiness`],
  swaps: ['/proc/swaps'],
} as const;
type Section = keyof typeof FILES | 'written';

/** What runs in the sandbox: prints the files above, each after its name, then the places outside the job's own where it could write. */
export const PROBE_SCRIPT = [
  ...Object.entries(FILES).map(([name, paths]) => `echo '@${name}'; cat ${paths.join(' ')} 2>/dev/null`),
  "echo '@written'",
  `for place in / /usr /etc /dev ${CGROUP}; do (: > "$place/gantry-probe") 2>/dev/null && echo "$place"; done`,
  'exit 0',
].join('\n');

/** The checks, from what the script printed in a sandbox with these limits and this uid. */
export function probeChecks(output: string, limits: Limits, uid: number): ProbeCheck[] {
  const sections = split(output);
  const status = statusFields(sections.get('status') ?? '');
  const line = (name: Section): string => sections.get(name)?.trim() ?? '';
  return [
    check('network', interfaces(line('interfaces')), 'lo', 'network interfaces'),
    check('read_only_root', rootOptions(line('mounts')), 'ro', 'options of the root mount'),
    check('no_foreign_writes', sections.get('written')?.trim(), '', 'places it can write to'),
    check('disk_limit', unlimitedPlaces(line('mounts')), '', 'writable places without a size'),
    check('uid', status.get('Uid'), Array(4).fill(uid).join(' '), 'user ids'),
    check('groups', status.get('Groups'), '', 'supplementary groups'),
    ...['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map((set) =>
      check(set, status.get(set), '0'.repeat(16), 'capabilities'),
    ),
    check('no_new_privs', status.get('NoNewPrivs'), '1', 'NoNewPrivs'),
    check('seccomp', status.get('Seccomp'), '2', 'seccomp mode'),
    check('memory_limit', line('memory'), String(limits.memoryBytes), 'memory limit of the cgroup'),
    check('process_limit', line('pids'), String(limits.maxProcesses + 1), 'process limit of the cgroup'),
    check(
      'cpu_limit',
      line('quota').split(' ')[0],
      String(Math.round(limits.cpuCores * 100_000)),
      'cpu quota per 100 ms, in µs',
    ),
    swapCheck(line('swap'), line('swappiness'), line('swaps'), limits.memoryBytes),
  ];
}

function check(name: string, found: string | undefined, wanted: string, what: string): ProbeCheck {
  if (found === wanted) return { name, ok: true, message: `${what}: ${found === '' ? 'none' : found}` };
  return { name, ok: false, message: `${what}: "${found ?? 'unknown'}" instead of "${wanted}"` };
}

/** Fine when swap is bounded, when the group does not swap, or when the machine has none. */
function swapCheck(limit: string, swappiness: string, swaps: string, memoryBytes: number): ProbeCheck {
  const bounded = limit === '0' || limit === String(memoryBytes);
  // A heading alone.
  const none = /^Filename.*$/.test(swaps);
  const ok = bounded || swappiness === '0' || none;
  return { name: 'swap_limit', ok, message: ok ? 'swap does not widen the memory limit' : 'swap is not limited' };
}

function split(output: string): Map<Section, string> {
  const parts = output.split(/^@(\w+)\n/m).slice(1);
  const sections = new Map<Section, string>();
  for (let at = 0; at + 1 < parts.length; at += 2) sections.set(parts[at] as Section, parts[at + 1] ?? '');
  return sections;
}

function statusFields(status: string): Map<string, string> {
  const lines = status.split('\n').map((line) => /^(\w+):\s*(.*)$/.exec(line));
  return new Map(
    lines.filter((match) => match !== null).map((match) => [match[1] ?? '', words(match[2] ?? '').join(' ')]),
  );
}

/** Names in /proc/net/dev, after its two lines of headings. */
function interfaces(text: string): string {
  const names = text
    .split('\n')
    .slice(2)
    .map((line) => line.split(':')[0]?.trim() ?? '');
  return names.filter(Boolean).join(' ');
}

function mountOptions(mounts: string): { path: string; options: string[] }[] {
  return mounts
    .split('\n')
    .map(words)
    .map(([, path = '', , options = '']) => ({ path, options: options.split(',') }));
}

function rootOptions(mounts: string): string | undefined {
  return mountOptions(mounts).find(({ path }) => path === '/')?.options[0];
}

function unlimitedPlaces(mounts: string): string {
  const places = mountOptions(mounts);
  const sized = (wanted: string): boolean =>
    places.some(({ path, options }) => path === wanted && options.some((option) => option.startsWith('size=')));
  return ['/workspace', '/tmp', '/dev/shm'].filter((path) => !sized(path)).join(' ');
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
