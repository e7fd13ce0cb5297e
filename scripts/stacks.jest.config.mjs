import root from '../jest.config.mjs';
import { repository } from './lib/machine.mjs';

// Tests of stacks that a script has brought up: scripts/compose-test.mjs (the last part of `npm test`), scripts/swarm-test.mjs.
const e2e = root.projects.find(({ displayName }) => displayName === 'e2e');
const testsIn = (directory) => ({
  ...e2e,
  rootDir: repository,
  displayName: directory,
  testMatch: [`<rootDir>/tests/${directory}/**/*.test.ts`],
});

export default {
  projects: [testsIn('e2e'), testsIn('compose'), testsIn('swarm')],
  testTimeout: 120_000,
  testSequencer: `${repository}/tests/support/longest-first.mjs`,
  maxWorkers: root.maxWorkers,
};
