import { createHash } from 'node:crypto';
import {
  AppError,
  toPackage,
  parsePackage,
  type BlobFile,
  type FieldFault,
  type PackageManager,
  type PackageSpec,
  type Recipe,
  type Runtime,
} from '@gantry/contracts';
import { checkDockerfile } from './check-dockerfile.js';
import type { ContextFileOrder, CreateImageOrder, InstallPackagesOrder, OrderedPackage } from './image-order.js';
import type { RuntimeCatalog } from './ports/index.js';
import { requireRuntime } from './require-runtime.js';
import { baseRecipe } from './runtime-recipe.js';

/** What images this deployment is willing to make. */
export interface ImageRules {
  /** Names of base images beside the executor's own. */
  allowedBases: readonly string[];
  customDockerfile: boolean;
  /** Files of one custom Dockerfile, together. */
  maxContextBytes: number;
}

/** Names that mean the base of the executor image, which is the default. */
export const EXECUTOR_BASES = ['debian:bookworm-slim', 'debian:bookworm', 'debian:12-slim', 'debian:12', 'bookworm'];

/** More layers than this make an image that is better made anew. */
const MAX_LAYERS = 40;
/** What others need comes first: libraries before the packages that use them. */
const LAYER_ORDER: readonly PackageManager[] = ['apt', 'pip', 'npm', 'nuget'];

/** The recipe of a new image. Throws what is wrong with the order; touches nothing. */
export function createdRecipe(deps: { runtimes: RuntimeCatalog; rules: ImageRules }, order: CreateImageOrder): Recipe {
  const runtimes = order.languages.map((language, i) => requireRuntime(deps.runtimes, language, `languages[${i}]`));
  requireManagers(deps.runtimes, runtimes, order.packages);
  const specs = distinct(order.packages);
  const byManager = LAYER_ORDER.map((manager) => specs.filter((spec) => spec.manager === manager));
  const dockerfile = customDockerfile(deps.rules, order);
  return {
    ...baseRecipe(runtimes),
    base: dockerfile ? dockerfile.base : baseOf(deps.rules, order.baseOs),
    layers: byManager.filter((layer) => layer.length > 0).map(sorted),
    env: order.env,
    dockerfile: dockerfile && { instructions: dockerfile.instructions, files: contextFiles(order.files) },
  };
}

/** The parent with further packages. What it has already, in the same words, is not installed again. */
export function extendedRecipe(parent: Recipe, runtime: Runtime, order: InstallPackagesOrder): Recipe {
  const manager = runtime.packageManager;
  if (manager === null) throw refusal([{ path: 'language', message: `${runtime.name} has no package manager` }]);
  if (manager !== 'apt' && !parent.runtimes.some(({ name }) => name === runtime.name)) {
    throw new AppError('language_not_in_image', `The image was not made with ${runtime.name}`, {
      fields: [{ path: 'language', message: `must be one of: ${parent.runtimes.map(({ name }) => name).join(', ')}` }],
    });
  }
  const there = new Set(parent.layers.flat().map((spec) => JSON.stringify(spec)));
  const added = distinct(readPackages(manager, order.packages)).filter((spec) => !there.has(JSON.stringify(spec)));
  if (added.length === 0) return parent;
  if (parent.layers.length >= MAX_LAYERS) {
    const message = `has ${parent.layers.length} layers of packages, the most there may be; create one with all of them`;
    throw refusal([{ path: 'image_id', message }]);
  }
  return { ...parent, layers: [...parent.layers, sorted(added)] };
}

function readPackages(manager: PackageManager, texts: InstallPackagesOrder['packages']): OrderedPackage[] {
  const faults: FieldFault[] = [];
  const packages: OrderedPackage[] = [];
  for (const { text, version, path, versionPath } of texts) {
    const bare = parsePackage(manager, text);
    const spec = typeof bare === 'string' || version === null ? bare : toPackage(manager, bare.name, version);
    if (typeof bare !== 'string' && bare.version !== null && version !== null)
      faults.push({ path: versionPath, message: 'must not be given for a package that names its version' });
    else if (typeof spec !== 'string') packages.push({ spec, path });
    else faults.push({ path: typeof bare === 'string' ? path : versionPath, message: spec });
  }
  if (faults.length > 0) throw refusal(faults);
  return packages;
}

/** Each package once. Throws when one is asked for in two versions. */
function distinct(packages: readonly OrderedPackage[]): PackageSpec[] {
  const byName = new Map<string, PackageSpec>();
  for (const { spec, path } of packages) {
    const key = `${spec.manager} ${spec.name.toLowerCase()}`;
    const other = byName.get(key);
    if (other && other.version !== spec.version)
      throw refusal([{ path, message: `asks for ${spec.name} again, in another version` }]);
    byName.set(key, other ?? spec);
  }
  return [...byName.values()];
}

function sorted(layer: PackageSpec[]): PackageSpec[] {
  return layer.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Packages of a language are of no use without it; apt's are of use to all. */
function requireManagers(
  catalog: RuntimeCatalog,
  runtimes: readonly Runtime[],
  packages: readonly OrderedPackage[],
): void {
  const managers = new Set<PackageManager | null>(['apt', ...runtimes.map((runtime) => runtime.packageManager)]);
  const faults = packages.flatMap(({ spec: { manager }, path }) => {
    if (managers.has(manager)) return [];
    const users = catalog.list().filter((runtime) => runtime.packageManager === manager);
    const names = users.map(({ name }) => name).join(' or ');
    return [{ path, message: `needs a language that uses ${manager} among languages: ${names}` }];
  });
  if (faults.length > 0) throw refusal(faults);
}

function baseOf(rules: ImageRules, name: string | null): string | null {
  if (name === null || EXECUTOR_BASES.includes(name)) return null;
  if (rules.allowedBases.includes(name)) return name;
  throw refusal([
    { path: 'base_os', message: `must be one of: ${[...EXECUTOR_BASES, ...rules.allowedBases].join(', ')}` },
  ]);
}

function customDockerfile(rules: ImageRules, order: CreateImageOrder): ReturnType<typeof checkDockerfile> | null {
  if (order.dockerfile === null) {
    if (order.files.length > 0) throw refusal([{ path: 'files', message: 'are for COPY of custom_dockerfile only' }]);
    return null;
  }
  if (!rules.customDockerfile) {
    throw new AppError('custom_dockerfile_disabled', 'This service takes no custom Dockerfiles', {
      fields: [{ path: 'custom_dockerfile', message: 'is not allowed by this service' }],
    });
  }
  if (order.baseOs !== null)
    throw refusal([{ path: 'base_os', message: 'must not be given with custom_dockerfile, whose FROM decides it' }]);
  checkContext(rules, order.files);
  return checkDockerfile(order.dockerfile, {
    baseOf: (name) => (EXECUTOR_BASES.includes(name) ? null : rules.allowedBases.includes(name) ? name : undefined),
    allowedBases: [...EXECUTOR_BASES, ...rules.allowedBases],
    files: order.files.map(({ path }) => path),
  });
}

function checkContext(rules: ImageRules, files: readonly ContextFileOrder[]): void {
  const paths = new Set<string>();
  const faults: FieldFault[] = [];
  for (const [i, { path }] of files.entries()) {
    if (paths.has(path)) faults.push({ path: `files[${i}].path`, message: 'is there twice' });
    paths.add(path);
  }
  for (const [i, { path }] of files.entries()) {
    const above = path
      .split('/')
      .slice(0, -1)
      .map((_name, depth, names) => names.slice(0, depth + 1).join('/'));
    const file = above.find((parent) => paths.has(parent));
    if (file !== undefined)
      faults.push({ path: `files[${i}].path`, message: `needs a directory where there is the file ${file}` });
  }
  if (faults.length > 0) throw refusal(faults);
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  if (bytes > rules.maxContextBytes) {
    throw new AppError('file_too_large', `The files have ${bytes} bytes together; ${rules.maxContextBytes} are taken`, {
      fields: [{ path: 'files', message: `must have at most ${rules.maxContextBytes} bytes together` }],
    });
  }
}

function contextFiles(files: readonly ContextFileOrder[]): BlobFile[] {
  return files
    .map(({ path, content }) => ({
      path,
      sha256: createHash('sha256').update(content).digest('hex'),
      size: content.length,
      mode: 0o644,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function refusal(faults: FieldFault[]): AppError {
  const first = faults[0] ?? { path: '', message: 'is not valid' };
  return new AppError('invalid_request', `${first.path} ${first.message}`, { fields: faults.slice(0, 20) });
}
