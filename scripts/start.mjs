import { once } from 'node:events';
import { join } from 'node:path';
import { runCommand } from './lib/command-life.mjs';
import { cacheDirectory } from './lib/machine.mjs';
import { chooseAdminPort, requireFreePort, startService } from './lib/service.mjs';
import { setUp } from './lib/setup.mjs';

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT || 8000);

function printAddresses({ baseUrl, logPath }, adminUrl) {
  const rows = [
    ['API', baseUrl],
    ['Documentation', `${baseUrl}/docs`],
    ['MCP', `${baseUrl}/mcp`],
    ['Metrics', `${adminUrl}/metrics`],
    ['Queues', `${adminUrl}/admin/queues`],
    ['Log', logPath],
  ];
  process.stdout.write(
    `\n${rows.map(([name, value]) => `  ${name.padEnd(16)} ${value}\n`).join('')}\n  Ctrl-C stops it.\n`,
  );
}

await runCommand('start', async (life) => {
  await requireFreePort(host, port);
  // The same data at the same port the next time.
  const parts = await setUp(life, { redisDirectory: join(cacheDirectory, `redis-${port}`) });
  const adminPort = await chooseAdminPort();
  const ended = new AbortController();
  const service = await life.progress.stage('Gateway, worker', async () => {
    const deployment = process.env.REDIS_URL || process.env.DEPLOYMENT ? {} : { DEPLOYMENT: `start-${port}` };
    const env = { ...deployment, ADMIN_PORT: String(adminPort) };
    const started = await startService(parts, {
      host,
      port,
      name: 'start',
      env,
      signal: life.signal,
      onExit: () => ended.abort(),
    });
    life.stack.defer('Gateway and worker', () => started.stop());
    return { value: started, note: 'ready' };
  });
  printAddresses(service, `http://${process.env.ADMIN_HOST || '127.0.0.1'}:${adminPort}`);
  const end = AbortSignal.any([life.signal, ended.signal]);
  if (!end.aborted) await once(end, 'abort');
  if (ended.signal.aborted && !life.signal.aborted)
    throw new Error(`The service ended by itself. Its log: ${service.logPath}`);
});
