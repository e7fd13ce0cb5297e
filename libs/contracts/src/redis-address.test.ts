import { describe, expect, test } from '@jest/globals';
import { parseRedisUrl } from './redis-address.js';

const plain = { tls: false, username: null, password: null, db: 0, sentinel: null };

describe('REDIS_URL', () => {
  test.each<[string, object]>([
    ['redis://127.0.0.1', { ...plain, kind: 'single', nodes: [{ host: '127.0.0.1', port: 6379 }] }],
    ['redis://:p%40w%2F@h:1/3', { kind: 'single', username: null, password: 'p@w/', db: 3 }],
    ['rediss://u:a:b@h?db=2', { kind: 'single', tls: true, username: 'u', password: 'a:b', db: 2 }],
    ['redis://u:p@w@[::1]:7', { username: 'u', password: 'p@w', nodes: [{ host: '::1', port: 7 }] }],
    [
      'redis+cluster://a:7000,b',
      {
        ...plain,
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 6379 },
        ],
      },
    ],
    ['rediss+cluster://u:p@a:7000/0', { kind: 'cluster', tls: true, username: 'u', password: 'p', db: 0 }],
    [
      'redis+sentinel://u:p@h1,h2:5/mine?db=4&sentinelUsername=s&sentinelPassword=x%26y',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'h1', port: 26_379 },
          { host: 'h2', port: 5 },
        ],
        db: 4,
        sentinel: { master: 'mine', username: 's', password: 'x&y' },
      },
    ],
  ])('reads %s', (url, address) => {
    expect(parseRedisUrl(url)).toMatchObject({ address });
  });

  test.each([
    ['http://h', /must start with/],
    ['redis+other://h', /must start with/],
    ['redis://', /HOST:PORT/],
    ['redis://h:70000', /HOST:PORT/],
    ['redis://a,b', /several hosts/],
    ['redis://hunter2@h', /no password/],
    ['redis://:hunter/2@h', /%2F/],
    ['redis://:hunter?2@h', /%3F/],
    ['redis://:hunter#2@h', /%23/],
    ['redis://:hunter%zz@h', /%25/],
    ['redis://h/hunter2', /database by a number/],
    ['redis://h?hunter2=1', /unknown.*: db can/],
    ['redis+cluster://h/1', /only number 0/],
    ['redis+cluster://h?db=0', /nothing can/],
    ['redis+sentinel://h', /name that the Sentinels/],
    ['redis+sentinel://h/m?sentinelUsername=hunter2', /no sentinelPassword/],
    ['redis+sentinel://h/m?db=1&db=2', /twice/],
  ])('refuses %s without repeating what it says', (url, fault) => {
    const parsed = parseRedisUrl(url);
    expect(parsed).toEqual({ fault: expect.stringMatching(fault) });
    expect(JSON.stringify(parsed)).not.toMatch(/hunter/);
  });
});
