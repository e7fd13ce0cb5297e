import { fileURLToPath } from 'node:url';

/** Makes `reference` (prom/prometheus) on the Debian base. */
export async function makePrometheusImage(docker, reference, { say, signal }) {
  say('prometheus from Debian');
  await docker.build(['--tag', reference, fileURLToPath(new URL('prometheus', import.meta.url))], { signal });
}
