import root from '../../jest.config.mjs';

// What the processes need under much load; too slow for `npm test`. `npm run test:load`
const e2e = root.projects.find(({ displayName }) => displayName === 'e2e');

// oxlint-disable-next-line import/no-default-export -- jest wants it
export default {
  ...e2e,
  rootDir: '../..',
  displayName: 'load',
  testMatch: ['<rootDir>/tests/load/**/*.test.ts'],
  testTimeout: 300_000,
};
