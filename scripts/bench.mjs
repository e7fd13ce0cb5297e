import { runCommand } from './lib/command-life.mjs';
import { run } from './lib/command.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { repository } from './lib/machine.mjs';
import { setUp } from './lib/setup.mjs';

// Arguments name the cases to measure; without any, all are.
await runCommand('bench', async (life) => {
  const { redisUrl, dockerHost, executorImage } = await setUp(life);
  const compile = ['node_modules/typescript/bin/tsc', '-b', 'tests/bench'];
  await run(process.execPath, compile, { cwd: repository, log: life.log, signal: life.signal });
  const env = { ...process.env, REDIS_URL: redisUrl, DOCKER_HOST: dockerHost, EXECUTOR_IMAGE: executorImage };
  const args = ['tests/bench/dist/main.js', ...process.argv.slice(2)];
  return runInForeground(process.execPath, args, { cwd: repository, env, signal: life.signal });
});
