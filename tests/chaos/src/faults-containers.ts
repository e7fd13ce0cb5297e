import type Docker from 'dockerode';
import type { FaultKind } from './fault-kinds.js';
import type { Fault } from './fault.js';
import type { World } from './world.js';

/** Every second running one of the run's deployment. */
async function someContainers({ docker, deployment }: World, target: number): Promise<Docker.Container[]> {
  const filters = { label: [`gantry.deployment=${deployment}`] };
  const running = await docker.listContainers({ filters });
  return running.filter((_, at) => (at + target) % 2 === 0).map(({ Id }) => docker.getContainer(Id));
}

/** As somebody does it by hand, behind the worker's back. One that has just ended is not to be hit any more. */
function byHand(
  act: (container: Docker.Container) => Promise<unknown>,
  heal?: (container: Docker.Container) => Promise<unknown>,
): Fault {
  return async (world, target) => {
    const containers = await someContainers(world, target);
    const each = async (doing: (container: Docker.Container) => Promise<unknown>): Promise<void> =>
      void (await Promise.all(containers.map((container) => doing(container).catch(() => undefined))));
    await each(act);
    return { detail: `${containers.length} containers`, end: heal ? () => each(heal) : null };
  };
}

/** Images that were made for a tenant, between one execution on them and the next. */
const removeImages: Fault = async ({ docker }) => {
  const made = await docker.listImages({ filters: JSON.stringify({ reference: ['gantry/image'] }) });
  const references = made.flatMap(({ RepoTags }) => RepoTags ?? []);
  await Promise.all(
    references.map((reference) =>
      docker
        .getImage(reference)
        .remove({ force: true })
        .catch(() => undefined),
    ),
  );
  return { detail: `${references.length} images`, end: null };
};

export const containerFaults = {
  'container-kill': byHand((container) => container.kill()),
  'container-remove': byHand((container) => container.remove({ force: true })),
  'container-pause': byHand(
    (container) => container.pause(),
    (container) => container.unpause(),
  ),
  'image-remove': removeImages,
} satisfies Partial<Record<FaultKind, Fault>>;
