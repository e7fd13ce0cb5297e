import type { PackageSpec, Webhook } from '@gantry/contracts';

/** A package as a client asked for it, and where in the request it stands. */
export interface OrderedPackage {
  spec: PackageSpec;
  path: string;
}

export interface ContextFileOrder {
  path: string;
  content: Uint8Array;
}

/** An image as a client ordered it: well-formed, not yet checked against this deployment. */
export interface CreateImageOrder {
  kind: 'create';
  tenant: string;
  languages: string[];
  /** `null` = the base of the languages. */
  baseOs: string | null;
  packages: OrderedPackage[];
  env: Record<string, string>;
  dockerfile: string | null;
  files: ContextFileOrder[];
  name: string | null;
  idempotencyKey: string | null;
  /** Who is told of its end. */
  webhook?: Webhook | null;
  /** All that the tenant may keep; `null` or left out = any. */
  storageBytes?: number | null;
}

/** Packages on top of an image, as a client ordered them. */
export interface InstallPackagesOrder {
  kind: 'install';
  tenant: string;
  /** Id or name; `null` = the image of the language. */
  image: string | null;
  language: string;
  /** As people write them for the language's manager; `version` is the contract's `package_version`. */
  packages: { text: string; version: string | null; path: string; versionPath: string }[];
  inPlace: boolean;
  name: string | null;
  idempotencyKey: string | null;
  /** Who is told of its end. */
  webhook?: Webhook | null;
}

export type ImageOrder = CreateImageOrder | InstallPackagesOrder;
