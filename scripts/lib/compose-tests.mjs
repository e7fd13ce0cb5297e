import { runInForeground } from './foreground.mjs';
import { repository } from './machine.mjs';

const JEST = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
/** What the e2e tests may take for granted of the stack: tests/compose/settings.yml and the settings of compose-stack.mjs. */
const STACK_SETTINGS = { MAX_BODY_BYTES: '2000000', MAX_MEMORY_MB: '1024', HEARTBEAT_SECONDS: '0.2' };
const E2E = 'tests/e2e/(execute|stream|stdin|mcp|bad-input|cli)\\.test';

/** Runs the e2e tests that need nothing but an address, then the tests of the stack itself, which kill and stop parts of it. */
export async function testAgainstCompose({ baseUrl, settings, dockerHost, say, signal }) {
  const env = {
    ...process.env,
    DOCKER_HOST: dockerHost,
    GANTRY_E2E_URL: baseUrl,
    GANTRY_E2E_DEPLOYMENT: settings.DEPLOYMENT,
    GANTRY_E2E_SETTINGS: JSON.stringify(STACK_SETTINGS),
    GANTRY_COMPOSE: JSON.stringify(settings),
  };
  const jest = async (what, args) => {
    say(what);
    const code = await runInForeground(process.execPath, [...JEST, ...args], { cwd: repository, env, signal });
    signal.throwIfAborted();
    return code === 0 ? [] : [what];
  };
  const failed = [
    ...(await jest('e2e tests', ['--selectProjects', 'e2e', '--testPathPatterns', E2E, '--runInBand'])),
    ...(await jest('tests of the stack', [
      '--config',
      'scripts/stacks.jest.config.mjs',
      '--selectProjects',
      'compose',
      '--runInBand',
    ])),
  ];
  if (failed.length > 0) throw new Error(`Against the compose stack these have failed: ${failed.join(', ')}`);
}
