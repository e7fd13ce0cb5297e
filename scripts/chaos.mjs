import { runCommand } from './lib/command-life.mjs';
import { run } from './lib/command.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { repository } from './lib/machine.mjs';
import { provideServer } from './lib/redis.mjs';
import { setUp } from './lib/setup.mjs';

// Starts a service with a Redis, and an engine where one is to be broken, of its own; breaks it by a seeded plan, and judges what its clients
// were told: docs/reliability.md.
await runCommand('chaos', async (life) => {
  const { dockerHost, executorImage } = await setUp(life);
  await provideServer({ log: life.log, signal: life.signal });
  const compile = ['node_modules/typescript/bin/tsc', '-p', 'tests/chaos'];
  await run(process.execPath, compile, { cwd: repository, log: life.log, signal: life.signal });
  const env = { ...process.env, DOCKER_HOST: dockerHost, EXECUTOR_IMAGE: executorImage };
  const args = ['tests/chaos/dist/chaos/src/main.js', ...process.argv.slice(2)];
  return runInForeground(process.execPath, args, { cwd: repository, env, signal: life.signal });
});
