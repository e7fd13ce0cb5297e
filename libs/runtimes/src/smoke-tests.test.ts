import { expect, test } from '@jest/globals';
import { loadRuntimes } from './file-runtime-catalog.js';
import { loadSmokeTests } from './smoke-tests.js';

test('every built-in runtime has a program, what it prints, and a faulty one if it compiles', () => {
  const tests = loadSmokeTests();
  expect(tests.map(({ runtime }) => runtime.name)).toEqual(
    loadRuntimes()
      .list()
      .map(({ name }) => name),
  );
  for (const { runtime, program, expected, broken } of tests) {
    expect(program.length).toBeGreaterThan(0);
    expect(expected).toMatch(/^Hello\b.*from /);
    expect(broken === null).toBe(runtime.compile === null);
  }
});

test('every runtime that is installed says how its version is found', () => {
  const silent = loadSmokeTests().filter(({ runtime, versionCommand }) => runtime.install && !versionCommand);
  expect(silent).toEqual([]);
});
