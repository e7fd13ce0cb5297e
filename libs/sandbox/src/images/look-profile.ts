import type { ContainerCreateOptions } from 'dockerode';

/** The body for the engine of a container that is made for reading files of its image and never runs. */
export function lookProfile(imageId: string, labels: Readonly<Record<string, string>>): ContainerCreateOptions {
  return { Image: imageId, Entrypoint: ['/none'], Cmd: [], Labels: { ...labels }, NetworkDisabled: true };
}
