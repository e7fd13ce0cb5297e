import { runCommand } from './lib/command-life.mjs';
import { run } from './lib/command.mjs';
import { createDocker } from './lib/docker-cli.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { repository } from './lib/machine.mjs';
import { buildOwnImages } from './lib/own-images.mjs';
import { setUp } from './lib/setup.mjs';

const buildImages = (life, dockerHost) =>
  life.progress.stage('Images', async (say) => {
    const options = { log: life.log, signal: life.signal, say };
    const value = await buildOwnImages(createDocker(dockerHost, options), 'bench', options);
    return { value, note: Object.values(value).join(', ') };
  });

// Arguments name the cases to measure; without any, all are.
await runCommand('bench', async (life) => {
  const { redisUrl, dockerHost, executorImage } = await setUp(life);
  const cases = process.argv.slice(2);
  const wantsContainers = cases.length === 0 || cases.includes('containers');
  const images = wantsContainers ? await buildImages(life, dockerHost) : {};
  const compile = ['node_modules/typescript/bin/tsc', '-b', 'tests/bench'];
  await run(process.execPath, compile, { cwd: repository, log: life.log, signal: life.signal });
  const env = {
    ...process.env,
    REDIS_URL: redisUrl,
    DOCKER_HOST: dockerHost,
    EXECUTOR_IMAGE: executorImage,
    GANTRY_OWN_IMAGES: JSON.stringify(images),
  };
  const args = ['tests/bench/dist/main.js', ...cases];
  return runInForeground(process.execPath, args, { cwd: repository, env, signal: life.signal });
});
