import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Recipe } from '@gantry/contracts';
import { recipeId, type ImageBuilder } from '@gantry/core';
import { eventually } from '../support/eventually.js';
import { LocalRegistry, REGISTRY_AUTH } from '../support/image-registry.js';
import { RealImages, recipeOf } from '../support/real-images.js';
import { DetachedSandboxes, LIMITS, runIn } from '../support/real-sandboxes.js';
import { SecondEngine } from '../support/second-engine.js';

// Two machines of a fleet, each with an engine of its own, and the registry between them.
let registry: LocalRegistry;
let far: SecondEngine;
const here = new RealImages();
let there: RealImages;
let builders: { here: ImageBuilder; there: ImageBuilder };
/** Small, for it is copied to the other engine and into the registry: Debian, the init, and nothing to preload. */
let executorImage: string;

const repository = (recipe: Recipe): string => `fleet/${recipeId(recipe).slice('img_'.length)}`;

function unique(command?: string): Recipe {
  const instructions = command === undefined ? [] : [{ word: 'RUN' as const, argument: command, line: 2 }];
  const env = { UNIQUE: randomBytes(6).toString('hex') };
  return recipeOf({ env, dockerfile: command === undefined ? null : { instructions, files: [] } });
}

/** What is pushed has one until it is there. */
const noNameOfTheRegistry = (docker: RealImages['docker']): Promise<void> =>
  eventually(async () => {
    const tags = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
    expect(tags.filter((tag) => tag.startsWith(registry.host))).toEqual([]);
  });

beforeAll(async () => {
  const small = { ...unique('mkdir /opt/gantry /opt/gantry/preload'), base: 'debian:bookworm-slim' };
  // One after another: what has been opened is closed, also when the next one fails.
  registry = await LocalRegistry.open();
  far = await SecondEngine.start();
  executorImage = (await here.build(small)).image.reference;
  await far.load(here.docker, executorImage);
  there = new RealImages(far.dockerHost, false);
  const options = { executorImage, registry: `${registry.host}/fleet` };
  // One deployment, or neither would take the other's images.
  builders = { here: here.builder(options), there: there.builder({ ...options, deployment: here.deployment }) };
}, 120_000);

afterAll(async () => {
  await there?.close();
  await far?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
}, 60_000);

test('an image that one worker has built is pulled by a worker on another engine, and runs there', async () => {
  const recipe = unique('head -c 16 /dev/urandom | od -An -tx1 > /made');
  const built = await here.build(recipe, { builder: builders.here });
  expect(built.image.source).toBe('built');
  await eventually(async () => expect(await registry.tags(repository(recipe))).toHaveLength(1), 60_000);
  expect(await builders.there.find(recipeId(recipe), recipe)).toBeNull();
  const pulled = await there.build(recipe, { builder: builders.there });
  expect(pulled.image).toMatchObject({
    source: 'pulled',
    digest: built.image.digest,
    reference: built.image.reference,
  });
  const base = await there.docker.getImage(executorImage).inspect();
  expect(pulled.image.layersCached).toBe(base.RootFS.Layers?.length);
  expect(pulled.image.layersTotal).toBeGreaterThan(pulled.image.layersCached);
  const made = await Promise.all([says(here, built.image.reference), says(there, pulled.image.reference)]);
  expect(made[0]).toMatch(/^( [0-9a-f]{2}){16}$/);
  expect(made[1]).toBe(made[0]);
  // The name in the registry is not kept on either engine.
  for (const { docker } of [here, there]) await noNameOfTheRegistry(docker);
});

test('an image that the registry lacks is built anew from its recipe', async () => {
  const recipe = unique();
  const [one, other] = [
    await here.build(recipe, { builder: here.builder({ executorImage }) }),
    await there.build(recipe, { builder: builders.there }),
  ];
  expect(other.image).toMatchObject({ source: 'built', reference: one.image.reference });
});

/** Puts an image of this engine under the name of another into the registry. */
async function plant(recipe: Recipe, source: string): Promise<void> {
  const { image } = await here.build(recipe, { builder: here.builder({ executorImage }) });
  const version = image.reference.split('-').at(-1) ?? '';
  const name = `${registry.host}/${repository(recipe)}`;
  await here.docker.getImage(source).tag({ repo: name, tag: version });
  const pushing = await here.docker
    .getImage(`${name}:${version}`)
    .push({ authconfig: { username: '', password: '' } as never });
  await new Promise((resolve, reject) => pushing.on('end', resolve).on('error', reject).resume());
  await here.docker.getImage(`${name}:${version}`).remove();
  expect(await registry.tags(repository(recipe))).toEqual([version]);
}

test('what the registry has under the name of another image is not taken', async () => {
  const recipe = unique();
  await plant(recipe, executorImage);
  expect((await there.build(recipe, { builder: builders.there })).image.source).toBe('built');
});

test.each([
  ['another deployment has made', 'true', { deployment: 'another' }],
  ['has the right labels and another first process', 'echo evil > /opt/gantry/gantry-init', {}],
  ['has the right labels and a link for a first process', 'ln -sf /bin/cat /opt/gantry/gantry-init', {}],
])('an image that %s is not taken, and leaves no name', async (_, command, changes) => {
  const recipe = unique();
  const builder = here.builder({ executorImage, ...changes });
  const honest = (await here.build(recipe, { builder })).image.reference;
  const container = await here.docker.createContainer({
    Image: honest,
    Entrypoint: ['/bin/sh', '-c', command],
    User: '0',
  });
  await container.start();
  await container.wait();
  const { Id } = (await container.commit()) as { Id: string };
  await container.remove();
  try {
    await plant(recipe, Id);
    expect((await there.build(recipe, { builder: builders.there })).image.source).toBe('built');
    await noNameOfTheRegistry(there.docker);
    expect(await there.containers()).toEqual([]);
  } finally {
    // The other went with its last name.
    await here.docker.getImage(honest).remove();
  }
});

test('a registry that asks for credentials is used with them, and not without', async () => {
  await using closed = await LocalRegistry.open({ closed: true });
  const options = { executorImage, registry: `${closed.host}/fleet`, deployment: here.deployment };
  const withAuth = { ...options, registryAuth: REGISTRY_AUTH };
  const recipe = unique();
  const pushing = here.builder(withAuth);
  await here.build(recipe, { builder: pushing });
  await eventually(async () => expect(await closed.tags(repository(recipe))).toHaveLength(1), 30_000);
  const { image: pulled } = await there.build(recipe, { builder: there.builder(withAuth) });
  expect(pulled.source).toBe('pulled');
  await there.docker.getImage(pulled.reference).remove();
  expect((await there.build(recipe, { builder: there.builder(options) })).image.source).toBe('built');
});

test('a registry that is away stops nothing', async () => {
  await registry.stop();
  expect((await there.build(unique(), { builder: builders.there })).image.source).toBe('built');
});

/** What a program in a sandbox reads in /made. */
async function says(images: RealImages, image: string): Promise<string> {
  const sandboxes = new DetachedSandboxes(images.socket);
  try {
    const place = {
      tenant: 'acme',
      isolation: 'default' as const,
      executionId: 'execution-1',
      attempt: 1,
      preload: null,
    };
    await using sandbox = await sandboxes.provider.acquire(
      { ...place, image, limits: LIMITS },
      new AbortController().signal,
    );
    const outcome = await runIn(sandbox, {
      ...{ argv: ['cat', '/made'], env: { PATH: '/usr/bin:/bin' }, cwd: '/', files: [], stdin: new Uint8Array() },
      ...{ wallMs: 10_000, cpuMs: null, maxOutputBytes: 1024, onOutputLimit: 'truncate', preload: null },
    });
    return String(outcome.stdout).trimEnd();
  } finally {
    await sandboxes.provider.close();
  }
}
