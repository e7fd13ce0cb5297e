import { availableParallelism } from 'node:os';

// One transform for all: swc strips types (tsc -b checks them); tests import the sources, so no build is needed for unit tests.
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  moduleNameMapper: {
    '^@gantry/core/fakes$': '<rootDir>/libs/core/src/fakes/index.ts',
    '^@gantry/sandbox/profile$': '<rootDir>/libs/sandbox/src/profile.ts',
    '^@gantry/(contracts|core|queue|storage|sandbox|runtimes|service|client)$': '<rootDir>/libs/$1/src/index.ts',
    '^@gantry/(gateway|worker|up|cli|engine-proxy)$': '<rootDir>/apps/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/'],
};

export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{apps,libs}/**/src/**/*.test.ts',
        '<rootDir>/tests/architecture.test.ts',
        '<rootDir>/tests/unit/**/*.test.ts',
        '<rootDir>/tests/chaos/src/**/*.test.ts',
      ],
    },
    { ...shared, displayName: 'integration', testMatch: ['<rootDir>/tests/{integration,conformance}/**/*.test.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/tests/e2e/**/*.test.ts'] },
  ],
  testTimeout: 60_000,
  testSequencer: '<rootDir>/tests/support/longest-first.mjs',
  // One more than processors: most of what is tested waits for something. More than three would disturb what goes by the clock.
  maxWorkers: Math.min(availableParallelism() + 1, 3),
};
