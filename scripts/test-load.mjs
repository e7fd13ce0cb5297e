import { runCommand } from './lib/command-life.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { repository } from './lib/machine.mjs';
import { setUp } from './lib/setup.mjs';

// Memory of gateway and worker with a long queue, with many readers, much output and hostile connections; lines of log in outages. Arguments go to jest.
await runCommand('test-load', async (life) => {
  const { redisUrl, dockerHost, executorImage } = await setUp(life);
  const env = { ...process.env, REDIS_URL: redisUrl, DOCKER_HOST: dockerHost, EXECUTOR_IMAGE: executorImage };
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const args = [...jest, '--config', 'tests/load/jest.config.mjs', ...process.argv.slice(2)];
  return runInForeground(process.execPath, args, { cwd: repository, env, signal: life.signal });
});
