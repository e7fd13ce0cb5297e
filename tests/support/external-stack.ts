import { describe, test } from '@jest/globals';
import type { Stack, StackOptions } from './stack.js';

/** Address of a stack that runs already (`GANTRY_E2E_URL`), for the tests that need no more than that; `null` = each file starts its own. */
export const externalUrl: string | null = process.env['GANTRY_E2E_URL'] ?? null;

/** For what stops, counts or configures processes, which only those that the test has started itself allow. */
export const testOwnProcesses = externalUrl === null ? test : test.skip;
export const describeOwnProcesses = externalUrl === null ? describe : describe.skip;

/** The running stack instead of an own one. Settings that a test asks for must be those that the stack was started with. */
export function externalStack(url: string, options: StackOptions): Stack {
  const settings = JSON.parse(process.env['GANTRY_E2E_SETTINGS'] ?? '{}') as Record<string, string>;
  for (const [name, value] of Object.entries(options.env ?? {}))
    if (settings[name] !== value) throw new Error(`The stack at ${url} was not started with ${name}=${value}`);
  const ofOwnStacks = (): never => {
    throw new Error(`${url} is not a stack of this test: mark the test with testOwnProcesses`);
  };
  return {
    url,
    deployment: process.env['GANTRY_E2E_DEPLOYMENT'] ?? '',
    env: settings,
    workers: [],
    get adminUrl() {
      return ofOwnStacks();
    },
    get gateway() {
      return ofOwnStacks();
    },
    startWorker: ofOwnStacks,
    restartGateway: ofOwnStacks,
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
