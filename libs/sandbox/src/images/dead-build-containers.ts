import { messageOf } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import { LABEL } from '../container-profile.js';
import type { Engine } from '../engine.js';
import { removeContainer } from '../remove-container.js';
import { isMarked } from './build-marker.js';
import { BUILD_LABEL } from './dockerfile-of-recipe.js';

/** A worker of the deployment may have been given more time than this one, and clocks differ. */
const SLACK_FACTOR = 2;

interface Listed {
  Id: string;
  Created: number;
  Labels: Record<string, string>;
}

/**
 * Removes containers of this deployment's builds that no build can have any more: the engine's builder removes its own, unless the engine
 * itself was killed under it. Their anonymous volumes go with them. Never throws.
 */
export async function removeDeadBuildContainers(
  { engine, logger, deployment }: { engine: Engine; logger: Logger; deployment: string },
  buildMs: number,
): Promise<void> {
  const filters = { label: [`${BUILD_LABEL}=1`] };
  const list = (abortSignal: AbortSignal): Promise<Listed[]> =>
    engine.docker.listContainers({ all: true, filters, abortSignal } as object);
  try {
    const listed = await engine.read('list containers of builds', list);
    // A sandbox on an image that was built here takes over the image's labels; it has an owner of its own.
    const old = listed.filter(
      ({ Created, Labels }) => Date.now() - Created * 1000 > SLACK_FACTOR * buildMs && !(LABEL.deployment in Labels),
    );
    for (const { Id } of old) {
      if (!isMarked(await environmentOf(engine, Id), deployment)) continue;
      if (await removeContainer(engine, Id, logger))
        logger.info({ container: Id }, 'removed what a dead build has left');
    }
  } catch (error) {
    logger.warn({ error: messageOf(error) }, 'containers of dead builds could not be removed');
  }
}

/** Of none, when it is gone. */
async function environmentOf(engine: Engine, id: string): Promise<string[]> {
  const look = (abortSignal: AbortSignal): Promise<{ Config?: { Env?: string[] | null } }> =>
    engine.docker.getContainer(id).inspect({ abortSignal } as object);
  const seen = await engine.read('look at a container of a build', look).catch(() => null);
  return seen?.Config?.Env ?? [];
}
