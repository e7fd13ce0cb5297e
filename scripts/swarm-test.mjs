import { runCommand } from './lib/command-life.mjs';
import { createDocker } from './lib/docker-cli.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { isRoot, repository } from './lib/machine.mjs';
import { ensureImage } from './lib/images.mjs';
import { buildOwnImages } from './lib/own-images.mjs';
import { setUp } from './lib/setup.mjs';
import { SetupProblem } from './lib/setup-problem.mjs';

// `npm run test:swarm`: the stack of deploy/swarm on a swarm of one node, which is an engine of its own in a network of its own.
await runCommand('swarm-test', async (life) => {
  if (!isRoot || process.platform !== 'linux')
    throw new SetupProblem('An engine in a network of its own takes root on Linux.', ['sudo npm run test:swarm']);
  const { redisUrl, dockerHost, executorImage } = await setUp(life);
  const stage = (name, work) => life.progress.stage(name, (say) => work({ ...life, say }));
  await stage('Images', async (options) => {
    const docker = createDocker(dockerHost, options);
    await ensureImage(docker, 'redis:7-bookworm', options);
    const images = await buildOwnImages(docker, 'swarm-test', options);
    return { note: Object.values(images).join(', ') };
  });
  const env = { ...process.env, REDIS_URL: redisUrl, DOCKER_HOST: dockerHost, EXECUTOR_IMAGE: executorImage };
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const args = [...jest, '--config', 'scripts/stacks.jest.config.mjs', '--selectProjects', 'swarm'];
  return runInForeground(process.execPath, args, { cwd: repository, env, signal: life.signal });
});
