import type { ContainerCreateOptions } from 'dockerode';

const MEMORY_BYTES = 32 * 1024 * 1024;

/** The body for the engine of a container that reads until its owner lets go. */
export function lockProfile(imageId: string, labels: Readonly<Record<string, string>>): ContainerCreateOptions {
  return {
    Image: imageId,
    Entrypoint: ['/bin/cat'],
    Cmd: [],
    User: '65532:65532',
    Labels: { ...labels },
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    NetworkDisabled: true,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      AutoRemove: true,
      NetworkMode: 'none',
      LogConfig: { Type: 'none', Config: {} },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      PidsLimit: 2,
    },
  };
}
