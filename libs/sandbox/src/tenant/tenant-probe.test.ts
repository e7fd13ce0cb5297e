import { describe, expect, test } from '@jest/globals';
import { worldChecks } from './tenant-probe.js';

const FIRST = 2_000_000;

interface Seen {
  map?: string;
  processes?: string;
  left?: string;
  bounding?: string;
  filters?: string;
}

function seen({ map, processes = '1\n7', left = '', bounding = '0000000000000000', filters = '2' }: Seen = {}): string {
  const own = map ?? `     65532    ${FIRST}          1\n   ${FIRST + 1}    ${FIRST + 1}        100`;
  return [
    ...['@uid_map', own, '@processes', processes, '@left', ...left.split('\n').filter(Boolean)],
    ...['@status', `CapBnd:\t${bounding}`, 'Seccomp:\t2', `Seccomp_filters:\t${filters}`, ''],
  ].join('\n');
}

/** Those of the checks that only a world has. */
function failed(output: string): string[] {
  const own = ['CapBnd', 'seccomp_filters', 'uid_map', 'processes', 'nothing_left'];
  return worldChecks(output, FIRST, FIRST + 1)
    .filter(({ name, ok }) => own.includes(name) && !ok)
    .map(({ name }) => name);
}

describe('worldChecks', () => {
  test('is content with a world', () => {
    expect(failed(seen())).toEqual([]);
  });

  test.each<[string, Seen, string]>([
    ['the host root is mapped', { map: `0 0 1\n65532 ${FIRST} 1` }, 'uid_map'],
    ['ids are those of the machine', { map: '0 0 4294967295' }, 'uid_map'],
    ['another container has these ids', { map: `65532 9 1\n${FIRST + 1} ${FIRST + 1} 100` }, 'uid_map'],
    ['there are processes of others', { processes: '1\n7\n1234' }, 'processes'],
    ['a file was left', { left: '/tmp/left' }, 'nothing_left'],
    ['the bounding set is not empty', { bounding: '00000000000000c0' }, 'CapBnd'],
    ['the second filter is missing', { filters: '1' }, 'seccomp_filters'],
  ])('says so when %s', (_, what, name) => {
    expect(failed(seen(what))).toEqual([name]);
  });

  test('is not content with nothing', () => {
    expect(
      worldChecks('', FIRST, FIRST + 1)
        .filter(({ ok }) => ok)
        .map(({ name }) => name),
    ).toEqual(['processes', 'nothing_left']);
  });
});
