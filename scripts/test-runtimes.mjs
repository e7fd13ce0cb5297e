import { runCommand } from './lib/command-life.mjs';
import { run } from './lib/command.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { repository } from './lib/machine.mjs';
import { setUp } from './lib/setup.mjs';

// Builds the image of every runtime and runs its smoke test in the real sandbox. Arguments name runtimes; --keep keeps their images.
await runCommand('test-runtimes', async (life) => {
  const { dockerHost, executorImage } = await setUp(life);
  const compile = ['node_modules/typescript/bin/tsc', '-b', 'tests/runtimes'];
  await run(process.execPath, compile, { cwd: repository, log: life.log, signal: life.signal });
  const env = { ...process.env, DOCKER_HOST: dockerHost, EXECUTOR_IMAGE: executorImage };
  const args = ['tests/runtimes/dist/main.js', ...process.argv.slice(2)];
  return runInForeground(process.execPath, args, { cwd: repository, env, signal: life.signal });
});
