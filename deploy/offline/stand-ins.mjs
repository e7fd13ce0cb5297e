import { makeDebianImage } from './debian-image.mjs';
import { makeNodeImage } from './node-image.mjs';
import { makePrometheusImage } from './prometheus-image.mjs';
import { makeRedisImage } from './redis-image.mjs';

const DEBIAN = 'debian:bookworm-slim';

/** Every image that our Dockerfiles and the compose files name, and what makes it where no registry has it. */
export const standIns = {
  [DEBIAN]: { needs: [], make: makeDebianImage },
  'node:22-bookworm-slim': { needs: [DEBIAN], make: makeNodeImage },
  'redis:7-bookworm': { needs: [DEBIAN], make: makeRedisImage },
  'prom/prometheus:v3.13.5': { needs: [DEBIAN], make: makePrometheusImage },
};

/** Those that can't be made, and what to do instead. */
export const withoutStandIn = {
  'grafana/grafana:13.2.3':
    'neither Debian nor npm has Grafana. Leave it out: docker compose --profile observability up gateway worker prometheus',
};
