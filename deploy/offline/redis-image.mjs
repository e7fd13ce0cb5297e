import { fileURLToPath } from 'node:url';

/** Makes `reference` (redis:7-bookworm) on the Debian base. */
export async function makeRedisImage(docker, reference, { say }) {
  say('redis-server from Debian');
  await docker.build(['--tag', reference, fileURLToPath(new URL('redis', import.meta.url))]);
}
