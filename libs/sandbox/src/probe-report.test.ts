import { describe, expect, test } from '@jest/globals';
import type { Limits } from '@gantry/contracts';
import { probeChecks } from './probe-report.js';

const UID = 1_234_567;
const LIMITS = { memoryBytes: 100_663_296, cpuCores: 0.5, maxProcesses: 23 } as Limits;

/** What a well confined sandbox prints, on cgroup v1. */
const GOOD: Record<string, string> = {
  status: `Name:\tcat\nUid:\t${UID}\t${UID}\t${UID}\t${UID}\nGroups:\t \n${['Inh', 'Prm', 'Eff', 'Amb'].map((set) => `Cap${set}:\t0000000000000000`).join('\n')}\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1`,
  interfaces: 'Inter-|   Receive\n face |bytes\n    lo:       0       0',
  mounts:
    'overlay / overlay ro,relatime 0 0\ntmpfs /workspace tmpfs rw,size=4096k 0 0\ntmpfs /tmp tmpfs rw,size=1k 0 0\ntmpfs /dev/shm tmpfs rw,size=1k 0 0',
  memory: '100663296',
  pids: '24',
  quota: '50000',
  swap: '',
  swappiness: '0',
  swaps: 'Filename\tType\n/swapfile file',
  written: '',
};

function failing(changes: Record<string, string>): string[] {
  const sections = Object.entries({ ...GOOD, ...changes }).map(([name, text]) => `@${name}\n${text}\n`);
  return probeChecks(sections.join(''), LIMITS, UID).filter((check) => !check.ok).map((check) => check.name); // prettier-ignore
}

const status = (from: string, to: string) => ({ status: (GOOD['status'] ?? '').replace(from, to) });

describe('probeChecks', () => {
  test('finds nothing wrong with a confined sandbox', () => {
    expect(failing({})).toEqual([]);
    expect(failing({ quota: '50000 100000', swap: '0' })).toEqual([]);
    expect(failing({ swappiness: '60', swaps: 'Filename Type Size' })).toEqual([]);
  });

  test.each([
    [{ interfaces: `${GOOD['interfaces']}\n  eth0: 0 0` }, ['network']],
    [{ mounts: (GOOD['mounts'] ?? '').replace(' ro,', ' rw,') }, ['read_only_root']],
    [{ mounts: (GOOD['mounts'] ?? '').replace('rw,size=1k', 'rw') }, ['disk_limit']],
    [{ written: '/etc' }, ['no_foreign_writes']],
    [status(`${UID}\t`, '0\t'), ['uid']],
    [status('Groups:\t ', 'Groups:\t0 5'), ['groups']],
    [status('CapEff:\t0000000000000000', 'CapEff:\t00000000000000e0'), ['CapEff']],
    [status('NoNewPrivs:\t1', 'NoNewPrivs:\t0'), ['no_new_privs']],
    [status('Seccomp:\t2', 'Seccomp:\t0'), ['seccomp']],
    [{ memory: '9223372036854771712' }, ['memory_limit']],
    [{ memory: '' }, ['memory_limit']],
    [{ pids: 'max' }, ['process_limit']],
    [{ quota: '-1' }, ['cpu_limit']],
    [{ swappiness: '60' }, ['swap_limit']],
  ])('names what is wrong: case %#', (changes, names) => {
    expect(failing(changes)).toEqual(names);
  });

  test('finds everything wrong with silence', () => {
    const checks = probeChecks('', LIMITS, UID);
    expect(checks.filter((check) => check.ok)).toEqual([]);
  });
});
