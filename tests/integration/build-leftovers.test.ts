import { createHash } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { BUILD_LIMITS, RealImages } from '../support/real-images.js';
import { executorImage } from '../support/requirements.js';

const planted: string[] = [];
// Before the images' own, which finds that nothing is left.
afterAll(async () => {
  for (const id of planted) await remove(id);
});
const images = new RealImages();

const remove = (id: string): Promise<unknown> =>
  images.docker
    .getContainer(id)
    .remove({ force: true, v: true })
    .catch(() => undefined);

/** As the engine's builder leaves it when the engine is killed under it: with the build's environment, and a volume. */
async function plant(deployment: string, labels: Record<string, string> = {}): Promise<string> {
  const mark = createHash('sha256').update(deployment).digest('hex').slice(0, 16);
  const container = await images.docker.createContainer({
    Image: executorImage(),
    Entrypoint: ['/bin/true'],
    Env: [`FTP_PROXY=GANTRY_BUILD=${mark}.0123456789abcdef PIP_INDEX_URL=http://mirror`],
    Labels: { 'gantry.build': '1', ...labels },
    Volumes: { '/left': {} },
  });
  planted.push(container.id);
  await container.start();
  return container.id;
}

async function volumeOf(id: string): Promise<string> {
  const { Mounts } = await images.docker.getContainer(id).inspect();
  return Mounts[0]?.Name ?? 'none';
}

test('what a dead build has left goes with its volume; what is young, of another deployment or a sandbox stays', async () => {
  const dead = await plant(images.deployment);
  const volume = await volumeOf(dead);
  await images.docker.getVolume(volume).inspect();
  const neighbours = await plant(`${images.deployment}-neighbour`);
  const sandbox = await plant(images.deployment, { 'gantry.deployment': images.deployment });
  const rules = { unusedMs: 1e12, maxBytes: 1e15 };
  const patient = images.builder();
  await patient.expire(rules);
  await images.docker.getContainer(dead).inspect();
  const strict = images.builder({ limits: { ...BUILD_LIMITS, timeMs: 500 } });
  await eventually(async () => {
    await strict.expire(rules);
    await expect(images.docker.getContainer(dead).inspect()).rejects.toMatchObject({ statusCode: 404 });
  }, 20_000);
  await expect(images.docker.getVolume(volume).inspect()).rejects.toMatchObject({ statusCode: 404 });
  for (const id of [neighbours, sandbox]) await images.docker.getContainer(id).inspect();
});
