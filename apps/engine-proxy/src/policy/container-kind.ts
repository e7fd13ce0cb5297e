import { BUILD_LABEL, INIT_PATH, isMarked, LABEL, lookProfile, lockProfile } from '@gantry/sandbox/profile';

/**
 * What a container of ours is for: to run programs; to hold a lock while it reads; to be looked into, and never to run; to be a step of a
 * build, made by the engine's own builder.
 */
export type ContainerKind = 'sandbox' | 'lock' | 'look' | 'build';

const ENTRYPOINTS: Readonly<Record<string, ContainerKind>> = {
  [JSON.stringify([INIT_PATH])]: 'sandbox',
  [JSON.stringify(lockProfile('', {}).Entrypoint)]: 'lock',
  [JSON.stringify(lookProfile('', {}).Entrypoint)]: 'look',
};

/** By how it begins; `null` = none of ours begins so. */
export function kindOfEntrypoint(entrypoint: unknown): Exclude<ContainerKind, 'build'> | null {
  const kind = ENTRYPOINTS[JSON.stringify(entrypoint) ?? ''];
  return kind === undefined || kind === 'build' ? null : kind;
}

/** The parts of an inspected container that say whose it is. */
export interface InspectedContainer {
  Id?: unknown;
  Config?: { Labels?: Record<string, unknown> | null; Entrypoint?: unknown; Env?: unknown };
}

/** `null` = it is not this deployment's. Steps of a build have the labels of images; their marker is what tells whose they are. */
export function kindOfContainer({ Config }: InspectedContainer, deployment: string): ContainerKind | null {
  const labels = Config?.Labels ?? {};
  if (labels[LABEL.deployment] === deployment) return kindOfEntrypoint(Config?.Entrypoint);
  if (labels[LABEL.deployment] !== undefined || labels[BUILD_LABEL] !== '1') return null;
  const env = Array.isArray(Config?.Env) ? Config.Env.map(String) : [];
  return isMarked(env, deployment) ? 'build' : null;
}
