import { runInForeground } from './foreground.mjs';
import { repository } from './machine.mjs';

const JEST = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
/** What the e2e tests may take for granted of the stack: tests/compose/settings.yml and the settings of compose-stack.mjs. */
const STACK_SETTINGS = { MAX_BODY_BYTES: '2000000', MAX_MEMORY_MB: '1024', HEARTBEAT_SECONDS: '0.2' };
const E2E = 'tests/e2e/(execute|stream|stdin|mcp|bad-input)\\.test';
/** Those that stop what others use, or see what others start. */
const ALONE = '(e2e/bad-input|compose/hardening|compose/worker-loss)\\.test';

/** Runs the e2e tests that need nothing but an address, and the tests of the stack itself, which look behind it. */
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
    const all = [...JEST, '--config', 'scripts/stacks.jest.config.mjs', ...args];
    const code = await runInForeground(process.execPath, all, { cwd: repository, env, signal });
    signal.throwIfAborted();
    return code === 0 ? [] : [what];
  };
  const all = ['--selectProjects', 'e2e', 'compose', '--testPathPatterns', E2E, 'tests/compose/'];
  const alone = ['--selectProjects', 'e2e', 'compose', '--testPathPatterns', ALONE];
  const failed = [
    ...(await jest('tests beside each other', [...all, '--testPathIgnorePatterns', ALONE])),
    ...(await jest('tests that are alone with it', [...alone, '--runInBand'])),
  ];
  if (failed.length > 0) throw new Error(`Against the compose stack these have failed: ${failed.join(', ')}`);
}
