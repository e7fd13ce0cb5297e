import { makeDebianImage } from './debian-image.mjs';
import { makeNodeImage } from './node-image.mjs';
import { makeRedisImage } from './redis-image.mjs';

const DEBIAN = 'debian:bookworm-slim';

/** Every image that our Dockerfiles and the compose file name, and what makes it where no registry has it. */
export const standIns = {
  [DEBIAN]: { needs: [], make: makeDebianImage },
  'node:22-bookworm-slim': { needs: [DEBIAN], make: makeNodeImage },
  'redis:7-bookworm': { needs: [DEBIAN], make: makeRedisImage },
};
