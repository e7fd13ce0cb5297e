import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { checkBuild } from './build-query.js';
import type { Policy } from './policy.js';
import { Refusal } from './refusal.js';

const MIB = 1024 * 1024;
const MARKER = `${createHash('sha256').update('acme').digest('hex').slice(0, 16)}.${'0f'.repeat(16)}`;
const policy: Policy = {
  deployment: 'acme',
  ownLabel: 'gantry.deployment=acme',
  settings: { runtime: undefined, network: undefined, cgroupParent: undefined },
  tenants: false,
  ceilings: { memoryBytes: MIB, cpuCores: 1, maxProcesses: 1, diskBytes: MIB, maxOpenFiles: 1 },
  builds: {
    memoryBytes: 512 * MIB,
    cpuCores: 2,
    diskBytes: 512 * MIB,
    processes: 256,
    network: 'builds',
    contextBytes: MIB,
  },
  images: { executor: 'gantry/executor:1', bases: [], registry: undefined },
};
const ours: Record<string, string> = {
  t: `gantry/image:${'ab'.repeat(16)}-${'cd'.repeat(6)}`,
  rm: 'true',
  forcerm: 'true',
  memory: String(256 * MIB),
  memswap: String(256 * MIB),
  cpuperiod: '100000',
  cpuquota: '200000',
  ulimits: `[{"Name":"fsize","Soft":${512 * MIB},"Hard":${512 * MIB}}]`,
  buildargs: JSON.stringify({ http_proxy: 'http://10.0.0.1', FTP_PROXY: `GANTRY_BUILD=${MARKER} A=b` }),
  networkmode: 'builds',
};

const check = (query: Record<string, string>): ReturnType<typeof checkBuild> =>
  checkBuild(policy, new Map(Object.entries(query)));

test('a build of ours passes', () => {
  expect(check(ours)).toEqual(ours);
});

describe('a build is refused', () => {
  test.each(Object.keys(ours))('without %s', (name) => {
    const { [name]: _, ...rest } = ours;
    expect(() => check(rest)).toThrow(Refusal);
  });

  test.each([
    ['t', 'gantry/executor:1'],
    ['t', 'debian:12'],
    ['t', 'gantry/image:latest'],
    ['rm', 'false'],
    ['memory', '0'],
    ['memory', '-1'],
    ['memory', String(513 * MIB)],
    ['memory', '1e3'],
    ['memswap', '-1'],
    ['cpuperiod', '1000000'],
    ['cpuquota', '200001'],
    ['cpuquota', '-1'],
    ['ulimits', '[]'],
    ['ulimits', '[{"Name":"nofile","Soft":1,"Hard":1}]'],
    ['ulimits', `[{"Name":"fsize","Soft":1,"Hard":${512 * MIB + 1}}]`],
    ['buildargs', '{}'],
    ['buildargs', `{"FTP_PROXY":"GANTRY_BUILD=${MARKER}","LD_PRELOAD":"x"}`],
    ['buildargs', `{"FTP_PROXY":"GANTRY_BUILD=${MARKER}","FTP_PROXY":"x"}`],
    ['buildargs', '{"FTP_PROXY":"GANTRY_BUILD=x"}'],
    ['buildargs', `{"FTP_PROXY":"GANTRY_BUILD=${'0f'.repeat(8)}.${'0f'.repeat(16)}"}`],
    ['networkmode', 'host'],
    ['networkmode', 'container:redis'],
    ['networkmode', 'default'],
    ['cgroupparent', '/'],
    ['remote', 'http://10.0.0.1/x.tar'],
    ['remote', ''],
    ['extrahosts', 'a:10.0.0.1'],
    ['dockerfile', '../../etc/passwd'],
    ['version', '2'],
    ['session', 'x'],
    ['outputs', '[]'],
    ['pull', '1'],
    ['cachefrom', '["x"]'],
    ['squash', '1'],
    ['labels', '{"gantry.deployment":"other"}'],
    ['platform', 'linux/arm64'],
    ['target', 'x'],
    ['shmsize', '1'],
    ['securityopt', 'seccomp=unconfined'],
    ['isolation', 'process'],
    ['cpusetcpus', '0'],
    ['q', '1'],
    ['Memory', '1'],
  ])('with %s=%s', (name, value) => {
    expect(() => check({ ...ours, [name]: value })).toThrow(Refusal);
  });
});
