import { AppError, type PackageManager, type PackageSpec, type Recipe, type RuntimeInstall } from '@gantry/contracts';
import { customStep } from './custom-instructions.js';
import { CERTIFICATES_SCRIPT, INSTALL_SCRIPTS, PLAIN_SCRIPT } from './install-scripts.js';
import { packageWord, runtimeWord } from './package-words.js';

export const INIT_PATH = '/opt/gantry/gantry-init';
/** On every image of a build, the unfinished ones too: housekeeping finds by it what a failed build has left. */
export const BUILD_LABEL = 'gantry.build';
const MANAGERS: readonly PackageManager[] = ['apt', 'pip', 'npm', 'nuget'];

/** One instruction. `title` is how people see it; `null` = they do not. */
export interface BuildStep {
  instruction: string;
  title: string | null;
}

/** What the recipe does not say: ids of images on this engine, certificates, and the labels of the result. */
export interface BuildSurroundings {
  executorImageId: string;
  /** Of `recipe.base`; `null` exactly when that is. */
  baseImageId: string | null;
  /** Whether the context has certificates. */
  certificates: boolean;
  labels: Record<string, string>;
}

/**
 * The steps that make an image: packages of runtimes, environment, the custom Dockerfile, then the layers in their order. A client's words
 * are arguments of a JSON vector or the quoted value of a variable, nothing else. What changes least comes first, for the engine's cache.
 * Throws `invalid_request` or `custom_dockerfile_refused` at words that the door should have stopped.
 */
export function buildSteps(recipe: Recipe, surroundings: BuildSurroundings): BuildStep[] {
  const custom = recipe.dockerfile?.instructions.map(customStep) ?? [];
  return [
    ...from(recipe, surroundings),
    ...(installsAnything(recipe) ? [hidden('USER root')] : []),
    ...(surroundings.certificates ? certificates() : []),
    ...recipe.runtimes.flatMap(({ name, install }) => (install ? runtime(name, install) : [])),
    ...environment(recipe.env),
    ...(custom.length > 0 ? [...custom, hidden('USER root')] : []),
    ...recipe.layers.flatMap(layer),
    ...tail(recipe, surroundings),
  ];
}

export function dockerfileText(steps: readonly BuildStep[]): string {
  return steps.map(({ instruction }) => `${instruction}\n`).join('');
}

/** Whether anything of it is fetched or run, so that mirrors, certificates and a network matter. */
export function installsAnything(recipe: Recipe): boolean {
  return recipe.layers.length > 0 || recipe.dockerfile !== null || recipe.runtimes.some(({ install }) => install);
}

function from(recipe: Recipe, { executorImageId, baseImageId }: BuildSurroundings): BuildStep[] {
  const origin = runsForeignCode(recipe) || baseImageId !== null ? [hidden(`FROM ${executorImageId} AS gantry`)] : [];
  return [...origin, hidden(`FROM ${baseImageId ?? executorImageId}`), hidden(`LABEL ${BUILD_LABEL}="1"`)];
}

/** A client's own commands and packages' install scripts, as root: whatever was in the image, they may have changed it. */
function runsForeignCode(recipe: Recipe): boolean {
  return recipe.layers.length > 0 || recipe.dockerfile !== null;
}

/** Last of all, for it is the first process of every sandbox. */
function ourOwn(recipe: Recipe, { baseImageId }: BuildSurroundings): BuildStep[] {
  const preload = baseImageId === null ? [hidden('COPY --from=gantry /opt/gantry/preload/ /opt/gantry/preload/')] : [];
  const init = hidden(`COPY --from=gantry ${INIT_PATH} ${INIT_PATH}`);
  return runsForeignCode(recipe) ? [init, ...preload] : baseImageId === null ? [] : [init];
}

function certificates(): BuildStep[] {
  return [
    hidden('COPY certificates/ /usr/local/share/ca-certificates/gantry/'),
    { ...run(['/bin/sh', '-c', CERTIFICATES_SCRIPT]), title: 'trust the certificates of this place' },
  ];
}

function runtime(name: string, { apt, npm, setup }: RuntimeInstall): BuildStep[] {
  const steps: BuildStep[] = [];
  if (apt.length > 0)
    steps.push(
      install(
        'apt',
        apt.map((text) => runtimeWord('apt', text)),
        `${name}: `,
      ),
    );
  if (npm.length > 0)
    steps.push(
      install(
        'npm',
        npm.map((text) => runtimeWord('npm', text)),
        `${name}: `,
      ),
    );
  for (const argv of setup) {
    steps.push({ ...run(['/bin/sh', '-c', PLAIN_SCRIPT, 'sh', ...argv]), title: `${name}: ${argv.join(' ')}` });
  }
  return steps;
}

function layer(packages: PackageSpec[]): BuildStep[] {
  return MANAGERS.flatMap((manager) => {
    const words = packages.filter((entry) => entry.manager === manager).map(packageWord);
    return words.length > 0 ? [install(manager, words, '')] : [];
  });
}

function install(manager: PackageManager, words: string[], prefix: string): BuildStep {
  const step = run(['/bin/sh', '-c', INSTALL_SCRIPTS[manager], 'sh', ...words]);
  return { ...step, title: `${prefix}${manager} install ${words.join(' ')}` };
}

/** One instruction for all, for each costs the engine a container. */
function environment(env: Record<string, string>): BuildStep[] {
  const names = Object.keys(env).sort();
  const pairs = names.map((name) => `${variable(name)}="${quoted(name, env[name] ?? '')}"`);
  return pairs.length > 0 ? [hidden(`ENV ${pairs.join(' ')}`)] : [];
}

function variable(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new AppError('invalid_request', `${JSON.stringify(name)} can't be the name of a variable`);
}

/** The builder expands `$` and ends a line at a line end. */
function quoted(name: string, value: string): string {
  if (/[\0\r\n]/.test(value))
    throw new AppError('invalid_request', `The variable ${name} has a line end or a NUL, which an image can't keep`);
  return value.replaceAll(/[\\"$]/g, (character) => `\\${character}`);
}

/** What the executor image says already is not said again. */
function tail(recipe: Recipe, surroundings: BuildSurroundings): BuildStep[] {
  const { baseImageId, labels } = surroundings;
  const foreign = baseImageId !== null || recipe.dockerfile !== null;
  const start = [hidden('WORKDIR /workspace'), hidden(`ENTRYPOINT ${JSON.stringify([INIT_PATH])}`), hidden('CMD []')];
  // Sandboxes set their own user; this is for who runs the image by hand. Other bases need not have it.
  const user = baseImageId === null && installsAnything(recipe) ? [hidden('USER sandbox')] : [];
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${quoted(name, value)}"`);
  return [...ourOwn(recipe, surroundings), ...(foreign ? start : []), ...user, hidden(`LABEL ${pairs.join(' ')}`)];
}

function run(argv: readonly string[]): BuildStep {
  return hidden(`RUN ${JSON.stringify(argv)}`);
}

function hidden(instruction: string): BuildStep {
  return { instruction, title: null };
}
