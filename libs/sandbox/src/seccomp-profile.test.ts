import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { seccompProfile } from './seccomp-profile.js';
import { ALLOWED_SYSCALLS, ARCHITECTURE_SYSCALLS, REFUSED_SYSCALLS } from './seccomp-syscalls.js';

describe('seccompProfile', () => {
  const profile = seccompProfile();
  const allowed = [...Object.values(ALLOWED_SYSCALLS).flat(), ...Object.values(ARCHITECTURE_SYSCALLS).flat()];

  test('is what deploy/seccomp/gantry.json says (else run deploy/seccomp/generate.mjs)', async () => {
    const file = new URL('../../../deploy/seccomp/gantry.json', import.meta.url);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(profile)));
  });

  test('refuses by default', () => {
    expect(profile).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1 });
  });

  test('allows nothing unconditionally that is on the list of refused calls', () => {
    const refused = new Set(Object.values(REFUSED_SYSCALLS).flat());
    expect(allowed.filter((name) => refused.has(name))).toEqual([]);
  });

  test('lists each call once', () => {
    expect(allowed.filter((name, at) => allowed.indexOf(name) !== at)).toEqual([]);
  });

  test('has no rule for the calls of 32-bit machines', () => {
    expect(profile.archMap.flatMap((map) => map.subArchitectures)).toEqual([]);
  });

  test('allows sockets by family only, and namespaces not at all', () => {
    const rules = (name: string) => profile.syscalls.filter((rule) => rule.names.includes(name));
    expect(rules('socket').map((rule) => rule.args?.[0]?.value)).toEqual([1, 2, 10, 16]);
    expect(rules('socketpair').map((rule) => rule.args?.[0]?.value)).toEqual([1]);
    expect(rules('clone').map((rule) => rule.args)).toEqual([
      [{ index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    ]);
    expect(rules('clone3')).toMatchObject([{ action: 'SCMP_ACT_ERRNO', errnoRet: 38 }]);
  });
});
