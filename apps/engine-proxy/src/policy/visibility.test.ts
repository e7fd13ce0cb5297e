import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { kindOfContainer } from './container-kind.js';
import { containerFilters, eventContainers, imageFilters } from './filters.js';
import { joined, referenceKind } from './image-reference.js';
import type { Policy } from './policy.js';
import { Refusal } from './refusal.js';

const HASH = 'ab'.repeat(16);
const KEY = 'cd'.repeat(6);
const markerOf = (deployment: string): string =>
  `${createHash('sha256').update(deployment).digest('hex').slice(0, 16)}.${'0f'.repeat(16)}`;
const policy = {
  deployment: 'acme',
  ownLabel: 'gantry.deployment=acme',
  images: { executor: 'gantry/executor:1', bases: ['debian:12', 'alpine'], registry: '10.0.0.1:5000/gantry' },
} as unknown as Policy;

describe('names of images', () => {
  test.each([
    [`gantry/image:${HASH}-${KEY}`, 'own'],
    [`10.0.0.1:5000/gantry/${HASH}:${KEY}`, 'registry'],
    ['gantry/executor:1', 'executor'],
    ['debian:12', 'base'],
    [`sha256:${'ab'.repeat(32)}`, 'id'],
    ['ab'.repeat(6), 'id'],
    ['gantry/executor:2', null],
    ['gantry/image:latest', null],
    [`gantry/image:${HASH}-${KEY}x`, null],
    [`evil/gantry/image:${HASH}-${KEY}`, null],
    [`10.0.0.1:5000/gantry/x/${HASH}:${KEY}`, null],
    [`10.0.0.1:5000/other/${HASH}:${KEY}`, null],
    ['debian:13', null],
    ['redis', null],
    ['', null],
  ])('%s is %s', (reference, kind) => {
    expect(referenceKind(policy, reference)).toBe(kind);
  });

  test('a tag may be a digest', () => {
    expect(joined('debian', '12')).toBe('debian:12');
    expect(joined('debian', 'sha256:ab')).toBe('debian@sha256:ab');
  });
});

describe('whose a container is', () => {
  const inspected = (labels: Record<string, string>, more: object = {}): Parameters<typeof kindOfContainer>[0] => ({
    Config: { Labels: labels, Entrypoint: ['/opt/gantry/gantry-init'], ...more },
  });
  const build = { Env: ['A=b', `FTP_PROXY=GANTRY_BUILD=${markerOf('acme')} A=b`] };

  test.each([
    ['ours', inspected({ 'gantry.deployment': 'acme' }), 'sandbox'],
    ["a lock's", inspected({ 'gantry.deployment': 'acme' }, { Entrypoint: ['/bin/cat'] }), 'lock'],
    ["a look's", inspected({ 'gantry.deployment': 'acme' }, { Entrypoint: ['/none'] }), 'look'],
    ['ours by label only', inspected({ 'gantry.deployment': 'acme' }, { Entrypoint: ['/bin/sh'] }), null],
    ["another deployment's", inspected({ 'gantry.deployment': 'other' }), null],
    ["a stranger's", inspected({}), null],
    ["a step's of our build", inspected({ 'gantry.build': '1' }, build), 'build'],
    [
      "a step's of a build of others",
      inspected({ 'gantry.build': '1' }, { Env: [`X=GANTRY_BUILD=${markerOf('other')}`] }),
      null,
    ],
    ['only marked', inspected({}, build), null],
    ["another deployment's and marked", inspected({ 'gantry.deployment': 'x', 'gantry.build': '1' }, build), null],
    ['without anything', {}, null],
  ])('%s', (_title, container, kind) => {
    expect(kindOfContainer(container, 'acme')).toBe(kind);
  });
});

describe('lists', () => {
  test('have our label, whatever was asked for', () => {
    const own = { list: 'own', filters: '{"label":["gantry.deployment=acme"]}' };
    expect(containerFilters(policy, undefined)).toEqual(own);
    expect(containerFilters(policy, '{"label":["gantry.deployment=acme"]}')).toEqual(own);
    const both = containerFilters(policy, '{"label":["gantry.deployment=other"]}');
    expect(JSON.parse(both.filters)).toEqual({ label: ['gantry.deployment=other', 'gantry.deployment=acme'] });
    expect(containerFilters(policy, '{"label":["gantry.build=1"]}').list).toBe('builds');
  });

  test.each(['{"name":["x"]}', '{"label":"x"}', '[]', 'x', '{"label":{"a":true}}', '{"label":["a"],"label":["b"]}'])(
    '%s is refused',
    (filters) => {
      expect(() => containerFilters(policy, filters)).toThrow(Refusal);
    },
  );

  test('of images are of those with labels of ours', () => {
    expect(imageFilters('{"dangling":["true"],"label":["gantry.build=1"]}')).toBe(
      '{"label":["gantry.build=1"],"dangling":["true"]}',
    );
    for (const filters of [undefined, '{}', '{"label":["x=1"]}', '{"label":["gantry.build=1"],"reference":["x"]}'])
      expect(() => imageFilters(filters)).toThrow(Refusal);
  });

  test('of events are of deaths by memory, of containers by whole ids', () => {
    const id = 'ab'.repeat(32);
    expect(eventContainers(`{"container":["${id}"],"event":["oom"]}`)).toEqual([id]);
    for (const filters of [undefined, '{}', `{"container":["${id}"]}`, `{"container":["x"],"event":["oom"]}`])
      expect(() => eventContainers(filters)).toThrow(Refusal);
    expect(() => eventContainers(`{"container":["${id}"],"event":["exec_create"]}`)).toThrow(Refusal);
  });
});
