import { expect, test } from '@jest/globals';
import type { Request, Response } from 'express';
import { checkOrigin, type OriginRules } from './check-origin.js';

function isServed(rules: Partial<OriginRules>, headers: { host: string; origin?: string }): boolean {
  let served = false;
  const check = checkOrigin({ hosts: ['localhost'], origins: [], ...rules });
  try {
    void check({ headers } as Request, {} as Response, () => (served = true));
  } catch {
    return false;
  }
  return served;
}

test.each<[boolean, boolean, string | undefined]>([
  [true, true, 'http://localhost:9465'],
  [true, false, 'http://localhost:3000'],
  [true, false, 'http://localhost'],
  [true, false, 'null'],
  [true, true, undefined],
  [false, true, 'http://localhost:3000'],
  [false, false, 'http://evil.example:9465'],
])('with samePort %s it is %s that %s is served', (samePort, served, origin) => {
  const headers = { host: 'localhost:9465', ...(origin === undefined ? {} : { origin }) };
  expect(isServed({ samePort }, headers)).toBe(served);
});
