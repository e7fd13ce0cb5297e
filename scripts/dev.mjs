import { join } from 'node:path';
import { runCommand } from './lib/command-life.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { cacheDirectory, repository } from './lib/machine.mjs';
import { chooseAdminPort, requireFreePort } from './lib/service.mjs';
import { setUp } from './lib/setup.mjs';

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT || 8000);

// Compiles on every change of a source, and starts gateway and worker anew on every change of what was compiled.
await runCommand('dev', async (life) => {
  await requireFreePort(host, port);
  const { redisUrl, dockerHost, executorImage } = await setUp(life, {
    redisDirectory: join(cacheDirectory, `redis-${port}`),
  });
  const settings = {
    HOST: host,
    PORT: String(port),
    REDIS_URL: redisUrl,
    DOCKER_HOST: dockerHost,
    EXECUTOR_IMAGE: executorImage,
    ADMIN_PORT: String(await chooseAdminPort()),
  };
  const env = { WORKER_HEALTH_PORT: '0', DEPLOYMENT: `dev-${port}`, ...process.env, ...settings };
  process.stdout.write(`\n  http://${host}:${port} · Ctrl-C stops it\n\n`);
  const node = (args) => runInForeground(process.execPath, args, { cwd: repository, env, signal: life.signal });
  await Promise.all([
    node(['node_modules/typescript/bin/tsc', '-b', '--watch', '--preserveWatchOutput']),
    node(['--watch', '--watch-preserve-output', 'apps/up/dist/main.js']),
  ]);
});
