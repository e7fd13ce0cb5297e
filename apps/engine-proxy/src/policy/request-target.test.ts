import { describe, expect, test } from '@jest/globals';
import { routeOf } from '../routes/routes.js';
import { Refusal } from './refusal.js';
import { requestTarget } from './request-target.js';

const ID = 'ab'.repeat(32);

function read(target: string): { path: string; query: Record<string, string> } | 'refused' {
  try {
    const { path, query } = requestTarget(target);
    return { path, query: Object.fromEntries(query) };
  } catch (error) {
    if (error instanceof Refusal && error.status === 400) return 'refused';
    throw error;
  }
}

describe('request targets', () => {
  test.each([
    ['/_ping', '/_ping', {}],
    ['/v1.41/_ping', '/_ping', {}],
    ['/v1.41/containers/json?all=1', '/containers/json', { all: '1' }],
    [`/containers/${ID}/json?`, `/containers/${ID}/json`, {}],
    ['/images/10.0.0.1:5000/gantry/x:1/push', '/images/10.0.0.1:5000/gantry/x:1/push', {}],
    ['/images/json?filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D', '/images/json', { filters: '{"label":["a=b"]}' }],
  ])('%s is understood', (target, path, query) => {
    expect(read(target)).toEqual({ path, query });
  });

  test.each([
    ['', 'nothing'],
    ['/', 'the root'],
    ['*', 'the server'],
    ['_ping', 'no slash'],
    ['http://docker/_ping', 'an absolute form'],
    ['//docker/_ping', 'a host'],
    ['/containers//json', 'an empty segment'],
    ['/containers/../info', 'dots'],
    ['/containers/./json', 'a dot'],
    ['/containers/x/..', 'dots at the end'],
    ['/_ping/', 'a slash at the end'],
    ['/%5fping', 'an escape'],
    ['/containers/%2e%2e/info', 'escaped dots'],
    ['/containers/%252e%252e/info', 'dots escaped twice'],
    ['/containers%2fcreate', 'an escaped slash'],
    ['/containers\\create', 'a backslash'],
    ['/containers/create;x=1', 'a parameter of a segment'],
    ['/containers/create#x', 'a fragment'],
    ['/containers/cr\u00e9ate', 'another alphabet'],
    ['/containers/create\u0000', 'a NUL'],
    ['/containers/json?all=1&all=0', 'a parameter twice'],
    ['/containers/json?all=1;filters=x', 'a semicolon'],
    ['/containers/json?all', 'a parameter without a value'],
    ['/containers/json?=1', 'a value without a name'],
    ['/containers/json?a%6cl=1', 'an escaped name'],
    ['/containers/json?all=%zz', 'a broken escape'],
    ['/containers/json?all=%ff', 'bytes that are no text'],
    ['/containers/json?all=%00', 'an escaped NUL'],
    ['/containers/json?all=a+b', 'a plus, which may be a space'],
    ['/containers/json?all=1&', 'an empty parameter'],
    ['/containers/json?x=1?y=2', 'a second question mark'],
    [`/containers/json?x=${'a'.repeat(100_000)}`, 'much of it'],
  ])('%j is refused: %s', (target) => {
    expect(read(target)).toBe('refused');
  });
});

/** What the engine knows beside what we use, and our own with one thing wrong. */
describe('endpoints', () => {
  test.each([
    ['POST', `/containers/${ID}/exec`],
    ['POST', `/exec/${ID}/start`],
    ['GET', `/containers/${ID}/logs`],
    ['POST', `/containers/${ID}/wait`],
    ['POST', `/containers/${ID}/attach`],
    ['GET', `/containers/${ID}/attach/ws`],
    ['PUT', `/containers/${ID}/archive`],
    ['HEAD', `/containers/${ID}/archive`],
    ['POST', `/containers/${ID}/copy`],
    ['GET', `/containers/${ID}/export`],
    ['GET', `/containers/${ID}/top`],
    ['GET', `/containers/${ID}/changes`],
    ['POST', `/containers/${ID}/rename`],
    ['POST', `/containers/${ID}/restart`],
    ['POST', `/containers/${ID}/checkpoints`],
    ['POST', '/containers/prune'],
    ['POST', '/commit'],
    ['POST', '/session'],
    ['POST', '/grpc'],
    ['POST', '/auth'],
    ['POST', '/images/load'],
    ['GET', '/images/get'],
    ['POST', '/images/prune'],
    ['GET', '/images/search'],
    ['POST', '/build/prune'],
    ['GET', '/volumes'],
    ['POST', '/volumes/create'],
    ['GET', '/networks'],
    ['POST', '/networks/create'],
    ['POST', '/networks/bridge/connect'],
    ['POST', '/swarm/init'],
    ['GET', '/secrets'],
    ['GET', '/configs'],
    ['POST', '/services/create'],
    ['GET', '/nodes'],
    ['GET', '/tasks'],
    ['POST', '/plugins/pull'],
    ['GET', '/plugins'],
    ['GET', '/system/df'],
    ['GET', '/version'],
    ['GET', '/containers/create'],
    ['post', '/containers/create'],
    ['POST', '/Containers/create'],
    ['POST', '/containers/create/x'],
    ['DELETE', '/containers'],
  ])('%s %s is none of ours', (method, path) => {
    expect(routeOf(method, path)).toBeNull();
  });
});

/** Seeded, so that a failure can be had again. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

test('whatever is understood, the engine can only read in the same way', () => {
  const random = numbers(20_261_124);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next().value * from.length)] as T;
  const pieces = ['/', '//', '.', '..', '%2e', '%2f', '%252e', '\\', '?', '&', '=', ';', '#', 'v1.41', 'containers'];
  const more = [
    'create',
    'json',
    'exec',
    ID,
    'images',
    'gantry/image:x',
    '\t',
    ' ',
    '\r\n',
    '\u0000',
    'é',
    '+',
    '%',
    '@',
    ':',
  ];
  let understood = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const count = 1 + Math.floor(random.next().value * 9);
    const target = `${pick(['', '/', '/'])}${Array.from({ length: count }, () => pick([...pieces, ...more])).join('')}`;
    const found = read(target);
    if (found === 'refused') continue;
    understood += 1;
    // A reader that resolves, unescapes and cleans comes to the very same path.
    const url = new URL(`http://docker${target}`);
    expect(decodeURIComponent(url.pathname).replace(/^\/v1\.41(?=\/)/, '')).toBe(found.path);
    expect(Object.fromEntries(url.searchParams)).toEqual(found.query);
    expect(url.hash + url.username + url.port).toBe('');
  }
  expect(understood).toBeGreaterThan(100);
});
