import { withComposeContext } from './compose-context.mjs';
import { ensureImage } from './images.mjs';

/** Targets of Dockerfile.worker: the processes of a deployment. */
export const OWN_IMAGES = ['gateway', 'worker', 'engine-proxy'];
const BASES = ['debian:bookworm-slim', 'node:22-bookworm-slim'];

/** Builds the images of our own processes as `gantry/TARGET:TAG`, and resolves to their names by target. */
export async function buildOwnImages(docker, tag, { say, ...options }) {
  for (const reference of BASES) await ensureImage(docker, reference, { say, ...options });
  const named = OWN_IMAGES.map((target) => [target, `gantry/${target}:${tag}`]);
  await withComposeContext(async (context) => {
    for (const [target, reference] of named) {
      say(`building ${reference}`);
      const file = `${context}/Dockerfile.worker`;
      await docker.build(['--target', target, '--tag', reference, '--file', file, context]);
    }
  });
  return Object.fromEntries(named);
}
