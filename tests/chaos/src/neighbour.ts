import { randomBytes } from 'node:crypto';
import type { ServiceClient } from './service-client.js';
import { neighbourOf } from './world.js';

/** What another deployment has on the same engine and in the same Redis, its worker gone long ago. Nobody of ours may touch it. */
export interface Neighbour {
  container: string;
  volume: string;
  network: string;
  key: string;
}

const GONE = 'a-worker-that-is-gone';

export async function plantNeighbour({ world }: ServiceClient): Promise<Neighbour> {
  const { docker, redis } = world;
  const deployment = neighbourOf(world.deployment);
  const name = `${deployment}-${randomBytes(3).toString('hex')}`;
  const labels = { 'gantry.deployment': deployment, 'gantry.worker': GONE };
  await docker.createVolume({ Name: name, Labels: labels });
  await docker.createNetwork({ Name: name, Labels: labels, Internal: true });
  const container = await docker.createContainer(sleeper(world, labels, [`${name}:/kept`]));
  const key = `{${deployment}}:x:exec_of_a_neighbour`;
  // One that runs, under a lease that has run out long ago.
  await redis.use(async (connection) => {
    await connection.hset(key, 'status', 'running', 'att', '1', 'accepted', '1', 'tenant', 'neighbour');
    await connection.zadd(`{${deployment}}:running`, '1', 'exec_of_a_neighbour');
  });
  return { container: container.id, volume: name, network: name, key };
}

/** Of our own deployment, and of a worker that is gone: it is to be removed, with its volume. */
export async function plantOrphan({ world, history }: ServiceClient): Promise<void> {
  const labels = { 'gantry.deployment': world.deployment, 'gantry.worker': GONE };
  const container = await world.docker.createContainer({ ...sleeper(world, labels, []), Volumes: { '/left': {} } });
  await container.start();
  const { Mounts } = await container.inspect();
  history.add({ kind: 'planted', container: container.id, volume: Mounts[0]?.Name ?? '' });
}

/** Tells what is missing of the neighbour, and what is left of the orphan; removes the neighbour. */
export async function auditNeighbour({ world, history }: ServiceClient, neighbour: Neighbour): Promise<void> {
  const { docker, redis } = world;
  const container = docker.getContainer(neighbour.container);
  const isThere = (look: Promise<unknown>): Promise<boolean> => look.then(Boolean, () => false);
  const status = await redis.use((connection) => connection.hget(neighbour.key, 'status'));
  const flushed = history.entries.some((entry) => entry.kind === 'fault' && entry.name === 'redis-flush');
  const found = {
    container: await isThere(container.inspect()),
    volume: await isThere(docker.getVolume(neighbour.volume).inspect()),
    network: await isThere(docker.getNetwork(neighbour.network).inspect()),
    key: flushed || status === 'running',
  };
  for (const [what, there] of Object.entries(found))
    if (!there) history.add({ kind: 'trespass', what, name: neighbour[what as keyof Neighbour] });
  await container.remove({ force: true }).catch(() => undefined);
  await docker
    .getNetwork(neighbour.network)
    .remove()
    .catch(() => undefined);
  await docker
    .getVolume(neighbour.volume)
    .remove()
    .catch(() => undefined);
  for (const { kind, ...orphan } of history.entries.filter((entry) => entry.kind === 'planted')) {
    if (orphan.volume !== '' && (await isThere(docker.getVolume(orphan.volume).inspect())))
      history.add({ kind: 'leftover', what: `${kind} volume`, name: orphan.volume });
  }
}

function sleeper({ executorImage }: ServiceClient['world'], labels: Record<string, string>, binds: string[]): object {
  return {
    Image: executorImage,
    Entrypoint: ['/bin/sleep'],
    Cmd: ['7200'],
    Labels: labels,
    HostConfig: { NetworkMode: 'none', Binds: binds },
  };
}
