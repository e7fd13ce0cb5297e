import { runCommand } from './lib/command-life.mjs';
import { testComposeStack } from './lib/compose-stack.mjs';
import { provideExamplePrograms } from './lib/example-programs.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { testInit } from './lib/init-tests.mjs';
import { repository } from './lib/machine.mjs';
import { providePrometheusPrograms } from './lib/prometheus.mjs';
import { provideServer } from './lib/redis.mjs';
import { provideRegistryProgram } from './lib/registry.mjs';
import { setUp } from './lib/setup.mjs';

// `npm test`: everything. `npm test -- NAME`: jest alone, with those arguments. --skip-init and --skip-compose leave these parts out.
const own = new Set(['--skip-init', '--skip-compose']);
const jestArguments = process.argv.slice(2).filter((argument) => !own.has(argument));
const wants = (option) => jestArguments.length === 0 && !process.argv.includes(option);

await runCommand('test', async (life) => {
  const { redisUrl, dockerHost, executorImage } = await setUp(life);
  const stage = (name, work) => life.progress.stage(name, (say) => work({ ...life, say }));
  if (wants('--skip-init')) await stage('Sandbox init', testInit);
  // Tests that kill Redis start one of their own.
  await provideServer({ log: life.log, signal: life.signal });
  const registry = await stage('Image registry', provideRegistryProgram);
  const { prometheus, promtool } = await stage('Prometheus', providePrometheusPrograms);
  const python = await stage('curl, jq, Python', provideExamplePrograms);
  const env = {
    ...process.env,
    PYTHON_PROGRAM: python,
    REGISTRY_PROGRAM: registry,
    PROMETHEUS_PROGRAM: prometheus,
    PROMTOOL_PROGRAM: promtool,
    REDIS_URL: redisUrl,
    DOCKER_HOST: dockerHost,
    EXECUTOR_IMAGE: executorImage,
  };
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const options = { cwd: repository, env, signal: life.signal };
  const code = await runInForeground(process.execPath, [...jest, ...jestArguments], options);
  if (code !== 0 || !wants('--skip-compose')) return code;
  await stage('Compose stack', (options) => testComposeStack({ ...options, dockerHost }));
  return 0;
});
