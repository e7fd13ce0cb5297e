import type { Clock, Logger } from '@gantry/core';

/** Where packages come from, where it is not the public place. Addresses may carry credentials; see `buildArguments`. */
export interface PackageSources {
  pipIndexUrl?: string | undefined;
  npmRegistry?: string | undefined;
  /** Address of a NuGet v3 service index. */
  nugetSource?: string | undefined;
  aptMirror?: string | undefined;
}

export interface BuildProxy {
  http?: string | undefined;
  https?: string | undefined;
  no?: string | undefined;
}

/** Ceilings of one build. */
export interface BuildLimits {
  memoryBytes: number;
  cpuCores: number;
  timeMs: number;
  /** What a build may add to its base; looked at about once a second. */
  diskBytes: number;
  processes: number;
}

export interface ImageBuilderOptions {
  /** Where the engine listens, as in DOCKER_HOST: `unix:///path` or `tcp://host:port`. */
  socket: string;
  /** Only images that this deployment has made are ever removed. */
  deployment: string;
  workerId: string;
  /** The base of every image without one of its own, and where the init comes from. */
  executorImage: string;
  limits: BuildLimits;
  /** Builds at once on this worker, whoever caused them. */
  concurrency: number;
  /** The engine's network for builds; its default bridge when left out. */
  network?: string | undefined;
  cgroupParent?: string | undefined;
  sources?: PackageSources | undefined;
  proxy?: BuildProxy | undefined;
  /** Certificates (PEM) that builds and programs trust beyond the public ones. */
  extraCaCerts?: string | undefined;
  /** Images are pulled from and pushed to `<registry>/<recipe>:<base>`: `10.0.0.1:5000/gantry`. */
  registry?: string | undefined;
  registryAuth?: { username: string; password: string } | undefined;
  /** Content of a file that a custom Dockerfile copies. */
  readBlob(sha256: string): AsyncIterable<Uint8Array>;
  logger: Logger;
  clock: Clock;
}
