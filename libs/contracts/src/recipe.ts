export const PACKAGE_MANAGERS = ['pip', 'npm', 'nuget', 'apt'] as const;
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

/** One package, checked: neither part can be taken for an option, a path, an address or another package. */
export interface PackageSpec {
  manager: PackageManager;
  /** With extras for pip (`requests[socks]`) and scope for npm (`@scope/name`). */
  name: string;
  /** In the manager's own syntax: `==2.31`, `^4.17`, `13.0.3`, `1.2-3`; `null` = the newest. */
  version: string | null;
}

/** A file that was kept by its content. */
export interface BlobFile {
  /** Relative to where it goes, or absolute inside a sandbox; never a path of a server. */
  path: string;
  sha256: string;
  size: number;
  /** Permission bits. */
  mode: number;
}

/** What a runtime needs beyond the base image. */
export interface RuntimeInstall {
  /** Debian packages. */
  apt: string[];
  /** Packages of npm, `name@version`, installed where every program finds them. */
  npm: string[];
  /** Commands as root afterwards, each an argument vector. */
  setup: string[][];
}

/**
 * An image, described by what it is made of; the same description is the same image on every engine. Its id is the hash of it.
 * The base's own version is not in it: a worker builds anew when the base has changed.
 */
export interface Recipe {
  schema: 1;
  /** A base image that the operator allows; `null` = the executor image. */
  base: string | null;
  /** By name, sorted. What each needs is part of the recipe, so a changed definition is another image. */
  runtimes: { name: string; install: RuntimeInstall | null }[];
  /** Each entry is one layer, in the order in which they were asked for. */
  layers: PackageSpec[][];
  /** Environment of programs and builds. */
  env: Record<string, string>;
  /** A checked custom Dockerfile, whose first FROM is the base; `null` = none. */
  dockerfile: { instructions: DockerfileInstruction[]; files: BlobFile[] } | null;
}

/** An instruction of a custom Dockerfile that may be used. `argument` is what follows the word, on one line. */
export interface DockerfileInstruction {
  word: 'RUN' | 'COPY' | 'ENV' | 'WORKDIR' | 'ARG' | 'USER';
  argument: string;
  /** Line in the client's text, from 1; errors name it. */
  line: number;
}

/** An image as one engine has it. */
export interface BuiltImage {
  /** Name by which the engine runs it. */
  reference: string;
  /** The engine's content id, `sha256:…`. */
  digest: string;
  sizeBytes: number;
  layersTotal: number;
  /** Layers that were there already. */
  layersCached: number;
  source: 'present' | 'pulled' | 'built';
}

/** An image as clients know it. Times are epoch milliseconds. */
export interface ImageRecord {
  /** `img_` and 32 hex digits of the recipe's hash. */
  id: string;
  recipe: Recipe;
  /** Tags of this tenant that point here. */
  names: string[];
  createdAt: number;
  lastUsedAt: number;
  /** As last built; `null` until then. */
  digest: string | null;
  sizeBytes: number | null;
}
