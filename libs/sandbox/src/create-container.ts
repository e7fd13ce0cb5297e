import { randomBytes, randomInt } from 'node:crypto';
import { AppError } from '@gantry/contracts';
import type { Clock, Logger } from '@gantry/core';
import type { Container, ContainerCreateOptions } from 'dockerode';
import { appliedLimits, type InspectedContainer } from './applied-limits.js';
import { awaitPreloaded, awaitReady, CONTAINER_READY_MS, type Patience } from './await-ready.js';
import { containerProfile, LABEL, type ProfileInput, type ProfileSettings } from './container-profile.js';
import type { Engine } from './engine.js';
import { codeOf, statusOf } from './engine-error.js';
import { InitConnection } from './init-connection.js';
import { ReadyContainer } from './ready-container.js';
import { checkOwner } from './ready-check.js';
import { removeContainer } from './remove-container.js';
import type { ContainerLimits, SandboxRequest } from './sandbox-class.js';
import { ownerFrame, preloadFrame } from './worker-messages.js';

export interface CreateContainerDeps {
  engine: Engine;
  logger: Logger;
  clock: Clock;
  settings: ProfileSettings;
  deployment: string;
  workerId: string;
  /** Called once for each container that was made, when it is gone. */
  onRemoved(name: string): void;
  /** Called before the engine is asked for a container of this name. */
  onCreating(name: string): void;
}

/**
 * What kind of container it becomes: its body for the engine, the limits it has by that, and the id of the first owner. One that `knows` its
 * owner, and what to start in advance, is not told.
 */
export interface ContainerForm {
  profile(settings: ProfileSettings, input: ProfileInput): ContainerCreateOptions;
  limits(container: InspectedContainer, asked: ContainerLimits): ContainerLimits;
  owner(uid: number): number;
  knows: boolean;
}

const ONE_USE: ContainerForm = { profile: containerProfile, limits: appliedLimits, owner: (uid) => uid, knows: false };

/** Below 2^20 live the users of machines, above 2^31 those that some tools take for negative. */
const UID_FLOOR = 2 ** 20;
const UID_CEILING = 2 ** 31 - 2 - 100_000; // Above it the ids of a tenant's executions have to fit.

/**
 * The cold path: create, attach, start, READY, OWNER, and PRELOAD when an interpreter is to be started in advance. The engine's account of
 * the container is read back while it starts. On any failure, and when the signal aborts, what was made is removed before this throws or
 * soon after.
 */
export async function createReadyContainer(
  deps: CreateContainerDeps,
  request: SandboxRequest,
  signal: AbortSignal,
  form: ContainerForm = ONE_USE,
): Promise<ReadyContainer> {
  const name = `gantry-${randomBytes(12).toString('hex')}`;
  const uid = randomInt(UID_FLOOR, UID_CEILING);
  const image = await deps.engine.image(request.image, signal);
  const labels = labelsOf(deps, request);
  const profile = form.profile(deps.settings, {
    imageId: image.id,
    volumes: image.volumes,
    limits: request.limits,
    uid,
    labels,
  });
  const container = await create(deps, name, profile, signal);
  let connection: InitConnection | null = null;
  try {
    const inspected = deps.engine.read(
      'inspect a container',
      (abortSignal) => container.inspect({ abortSignal }),
      signal,
    );
    // Awaited after the start; a failure before that must not count as unhandled.
    inspected.catch(() => undefined);
    connection = new InitConnection(await deps.engine.attach(container.id, signal));
    await deps.engine.call('start a container', (abortSignal) => container.start({ abortSignal }), signal);
    const patience = { readyMs: CONTAINER_READY_MS, signal };
    const ready = await awaitReady(connection, patience);
    const limits = form.limits(await inspected, request.limits);
    const owner = form.owner(uid);
    if (form.knows) checkOwner(ready, owner);
    else await introduce(connection, owner, request.preload);
    if (request.preload !== null)
      await awaitInterpreter({ connection, logger: deps.logger }, request.preload, patience);
    const parts = { id: container.id, name, uid, imageDigest: image.id, limits, connection, ready };
    return new ReadyContainer(
      { engine: deps.engine, logger: deps.logger, onRemoved: () => deps.onRemoved(name) },
      parts,
    );
  } catch (error) {
    connection?.destroy();
    const discarded = discard(deps, name);
    // An engine that is away must not hold its caller up: the removal goes on behind the error.
    if (!isAway(error)) await discarded;
    throw error;
  }
}

/** Tells an init that is ready who its owner is, and what to start in advance. */
function introduce(connection: InitConnection, uid: number, preload: string | null): Promise<void> {
  return connection.send(preload === null ? ownerFrame(uid) : Buffer.concat([ownerFrame(uid), preloadFrame(preload)]));
}

/** One whose interpreter does not start is used without it: programs start a little slower. */
export async function awaitInterpreter(
  { connection, logger }: { connection: InitConnection; logger: Logger },
  preload: string,
  patience: Patience,
): Promise<void> {
  const waiting = await awaitPreloaded(connection, patience);
  if (waiting !== preload) logger.warn({ name: preload }, 'an interpreter could not be started in advance');
}

/** Not dropped on abort: the engine would go on creating, and nobody would know the container. It is removed when it is there. */
async function create(
  deps: CreateContainerDeps,
  name: string,
  profile: ContainerCreateOptions,
  signal: AbortSignal,
): Promise<Container> {
  const { docker } = deps.engine;
  deps.onCreating(name);
  // The client puts all options into the URL too, unless they are told apart like this.
  const options = { _query: { name }, _body: profile } as unknown as ContainerCreateOptions;
  const creating = docker.createContainer(options);
  try {
    return await deps.engine.call('create a container', () => creating, signal);
  } catch (error) {
    void creating.then(
      () => discard(deps, name),
      (failure: unknown) => (wasRefused(failure) ? deps.onRemoved(name) : discard(deps, name)),
    );
    throw error;
  }
}

/** Nothing was made: the engine said no, or was never reached. */
function wasRefused(failure: unknown): boolean {
  return statusOf(failure) !== null || ['ECONNREFUSED', 'ENOENT', 'EACCES'].includes(codeOf(failure));
}

function isAway(error: unknown): boolean {
  return error instanceof AppError && error.code === 'engine_unavailable';
}

async function discard(deps: CreateContainerDeps, name: string): Promise<void> {
  await removeContainer(deps.engine, name, deps.logger);
  deps.onRemoved(name);
}

function labelsOf(deps: CreateContainerDeps, request: SandboxRequest): Record<string, string> {
  const labels: Record<string, string> = {
    [LABEL.deployment]: deps.deployment,
    [LABEL.worker]: deps.workerId,
    [LABEL.created]: new Date(deps.clock.now()).toISOString(),
  };
  if (request.assignment === null) return labels;
  return {
    ...labels,
    [LABEL.execution]: request.assignment.executionId,
    [LABEL.attempt]: String(request.assignment.attempt),
  };
}
