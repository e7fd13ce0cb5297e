import { expect, test } from '@jest/globals';
import type { Logger } from '@gantry/core';
import { silentLogger } from '@gantry/service';
import { AccessLog } from './access-log.js';
import { newRequestId } from './request-id.js';

test('a flood of refusals leaves a bounded number of lines, and the number of those that were left out', () => {
  const lines: { level: string; fields: object }[] = [];
  const log =
    (level: string) =>
    (fields: object): void =>
      void lines.push({ level, fields });
  const logger: Logger = { ...silentLogger, info: log('info'), debug: log('debug') };
  let now = 0;
  const accessLog = new AccessLog(logger, { monotonic: () => now });

  accessLog.write(200, { route: '/execute' });
  expect(lines.splice(0)).toEqual([{ level: 'debug', fields: { route: '/execute' } }]);
  for (let i = 0; i < 10_000; i++) accessLog.write(401, { i });
  expect(lines.length).toBe(100);
  expect(lines.splice(0)[0]).toEqual({ level: 'info', fields: { i: 0 } });

  accessLog.write(500, { route: '/execute' });
  expect(lines.splice(0)).toEqual([{ level: 'info', fields: { route: '/execute' } }]);

  now = 1000;
  accessLog.write(404, { route: '/files' });
  accessLog.write(404, {});
  expect(lines.splice(0)).toEqual([{ level: 'info', fields: { route: '/files' } }]);
  accessLog.summarise();
  expect(lines.splice(0)).toEqual([{ level: 'info', fields: { fault: 'client', more: 9901, inSeconds: 1 } }]);
  now = 1_000_000;
  for (let i = 0; i < 10_000; i++) accessLog.write(404, {});
  expect(lines.length).toBe(100);
});

test.each([
  ['a plain name', 'req-1.a_b:c/d=e+f', true],
  ['nothing', undefined, false],
  ['an empty one', '', false],
  ['several', ['a', 'b'], false],
  ['a long one', 'a'.repeat(129), false],
  ['blanks', 'a b', false],
  ['quotes', 'a"b', false],
  ['something that is not ASCII', 'é', false],
  ['a line end', 'a\nb', false],
])('the name of a request may be given: %s', (_what, given, taken) => {
  const id = newRequestId({ headers: { 'x-request-id': given } });
  if (taken) expect(id).toBe(given);
  else expect(id).toMatch(/^[0-9a-f-]{36}$/);
});
