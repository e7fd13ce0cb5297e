import { runCommand } from './lib/command-life.mjs';
import { testComposeStack } from './lib/compose-stack.mjs';
import { provideExamplePrograms } from './lib/example-programs.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { fuzzInit, testInit } from './lib/init-tests.mjs';
import { repository } from './lib/machine.mjs';
import { providePrometheusPrograms } from './lib/prometheus.mjs';
import { provideServer } from './lib/redis.mjs';
import { provideRegistryProgram } from './lib/registry.mjs';
import { setUp } from './lib/setup.mjs';

// `npm test`: everything. `npm test -- NAME`: jest alone, with those arguments. --skip-init and --skip-compose leave these parts out.
const own = new Set(['--skip-init', '--skip-compose']);
const jestArguments = process.argv.slice(2).filter((argument) => !own.has(argument));
const wants = (option) => jestArguments.length === 0 && !process.argv.includes(option);

const JEST = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];

/** What jest's tests need besides the set-up, in the environment that they get it in. */
async function provide(life, stage) {
  const { redisUrl, dockerHost, executorImage } = await setUp(life);
  // Tests that kill Redis start one of their own.
  await provideServer({ log: life.log, signal: life.signal });
  const registry = await stage('Image registry', provideRegistryProgram);
  const { prometheus, promtool } = await stage('Prometheus', providePrometheusPrograms);
  const python = await stage('curl, jq, Python', provideExamplePrograms);
  return {
    ...process.env,
    PYTHON_PROGRAM: python,
    REGISTRY_PROGRAM: registry,
    PROMETHEUS_PROGRAM: prometheus,
    PROMTOOL_PROGRAM: promtool,
    REDIS_URL: redisUrl,
    DOCKER_HOST: dockerHost,
    EXECUTOR_IMAGE: executorImage,
  };
}

async function runJest(env, signal) {
  const code = await runInForeground(process.execPath, [...JEST, ...jestArguments], { cwd: repository, env, signal });
  signal.throwIfAborted();
  if (code !== 0) throw new Error('Tests have failed, see above.');
}

/**
 * Beside jest, whose tests mostly wait, what only computes: fuzzers, and the images of the compose stack, which is brought up when jest has
 * ended well. What fails beside jest does not end it, for its tests could not clean up; it is told last.
 */
async function runBeside(life, env, { jest, signal }) {
  const stage = (name, work) => life.progress.stage(name, (say) => work({ ...life, signal, say }));
  if (wants('--skip-init')) await stage('Init fuzzers', fuzzInit);
  if (!wants('--skip-compose')) return;
  await testComposeStack({ log: life.log, signal, stage, dockerHost: env.DOCKER_HOST, turn: jest });
}

await runCommand('test', async (life) => {
  const stage = (name, work) => life.progress.stage(name, (say) => work({ ...life, say }));
  const env = await provide(life, stage);
  if (wants('--skip-init')) await stage('Sandbox init', testInit);
  const failed = new AbortController();
  const jest = runJest(env, life.signal).catch((error) => {
    failed.abort();
    throw error;
  });
  const signal = AbortSignal.any([life.signal, failed.signal]);
  const outcomes = await Promise.allSettled([jest, runBeside(life, env, { jest, signal })]);
  const faults = new Set(outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason));
  const [first, beside] = [...faults].filter(({ name }) => name !== 'AbortError');
  if (beside) process.stderr.write(`\n${first.message}\n`);
  if (first) throw beside ?? first;
  return 0;
});
