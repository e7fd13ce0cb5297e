import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { composeStack, execIn, onlyContainer } from '../support/compose.js';
import { eventually } from '../support/eventually.js';
import { dockerHost } from '../support/requirements.js';

const stack = composeStack();
const shell = (script: string): Promise<{ stdout: string }> =>
  promisify(execFile)('sh', ['-c', script], { env: { ...process.env, DOCKER_HOST: dockerHost() } });
const BACKUP = `export REDISCLI_AUTH=$(cat /run/gantry/password)
  redis-cli config set auto-aof-rewrite-percentage 0 > /dev/null && tar -C /data -cf - appendonlydir; redis-cli config set auto-aof-rewrite-percentage 100 > /dev/null`;

// As docs/deployment.md says it.
test('a copy of the data, made while the stack runs, comes back in another Redis', async () => {
  const { execution_id: id } = await stack.api.execute({ language: 'bash', code: 'echo kept' });
  const redis = await onlyContainer(stack, 'redis');
  const volume = `${stack.settings['DEPLOYMENT']}-backup`;
  const restored = `${volume}-redis`;
  const inVolume = `docker run --rm --interactive --network none --user 0 --volume ${volume}:/data --entrypoint sh redis:7-bookworm`;
  try {
    await shell(`docker exec ${redis.Id} sh -c '${BACKUP}' | ${inVolume} -c 'tar -C /data -xf -'`);
    await shell(
      `docker run --detach --name ${restored} --network none --user 999:999 --volume ${volume}:/data redis:7-bookworm redis-server --appendonly yes`,
    );
    const container = await stack.docker.getContainer(restored).inspect();
    await eventually(async () => {
      const status = await execIn(stack, container, [
        'redis-cli',
        '--raw',
        'hget',
        `{${stack.settings['DEPLOYMENT']}}:x:${id}`,
        'status',
      ]);
      expect(status.trim()).toBe('completed');
    }, 20_000);
  } finally {
    await shell(`docker rm --force ${restored}; docker volume rm --force ${volume}`);
  }
});
