import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BuildOutcome, Sandbox } from '@gantry/core';
import { recipeId } from '@gantry/core';
import { Mirror } from '../support/mirror.js';
import { PackageIndex } from '../support/package-index.js';
import { CollectingWatcher, RealImages, recipeOf, spec } from '../support/real-images.js';
import { LIMITS, RealSandboxes, runIn, type Outcome } from '../support/real-sandboxes.js';

const MIB = 1024 * 1024;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const images = new RealImages();
const sandboxes = new RealSandboxes();
let index: PackageIndex;
let outcome: BuildOutcome;
const watcher = new CollectingWatcher();

const recipe = recipeOf({
  env: { GREETING_OF_THE_IMAGE: 'hello' },
  layers: [
    [spec('apt', 'figlet')],
    [spec('npm', 'is-number', '7.0.0'), spec('npm', 'yocto-queue', '^1.1.1'), spec('npm', 'semver', '7.6.3')],
    [spec('npm', '@sindresorhus/is', '7.0.1')],
    [spec('pip', 'gantry-greeting', '<2'), spec('nuget', 'Gantry.Greeting', '1.0.0')],
  ],
});

/** Runs an argument vector in a new sandbox of an image, as the worker would. */
async function run(image: string, argv: string[], files: Record<string, string> = {}): Promise<Outcome> {
  const place = {
    tenant: 'acme',
    isolation: 'default' as const,
    executionId: 'execution-1',
    attempt: 1,
    preload: null,
  };
  const limits = { ...LIMITS, memoryBytes: 512 * MIB };
  await using sandbox: Sandbox = await sandboxes.provider.acquire(
    { ...place, image, limits },
    new AbortController().signal,
  );
  const content = Object.entries(files).map(([name, text]) => ({
    path: `/workspace/${name}`,
    content: Buffer.from(text),
    mode: 0o644,
  }));
  return await runIn(sandbox, {
    ...{
      argv,
      env: { PATH, LANG: 'C.UTF-8', HOME: '/workspace' },
      cwd: '/workspace',
      files: content,
      stdin: new Uint8Array(),
    },
    ...{ wallMs: limits.timeoutMs, cpuMs: null, maxOutputBytes: MIB, onOutputLimit: 'truncate', preload: null },
  });
}

async function says(argv: string[], files: Record<string, string> = {}): Promise<string> {
  const { report, stdout, stderr } = await run(outcome.image.reference, argv, files);
  expect({ exitCode: report.exitCode, stderr: String(stderr) }).toEqual({ exitCode: 0, stderr: '' });
  return String(stdout).trimEnd();
}

const csharp = (code: string): [string[], Record<string, string>] => [
  [
    'sh',
    '-c',
    '/opt/gantry/bin/csharp-compile /tmp/out /workspace/Program.cs && exec /opt/gantry/bin/csharp-run /tmp/out',
  ],
  { 'Program.cs': code },
];

/** A library compiled where C# programs are. */
async function library(name: string, source: string): Promise<Buffer> {
  const command = `mcs -target:library -r:System.Data -out:/tmp/${name}.dll /workspace/a.cs && base64 -w0 /tmp/${name}.dll`;
  const plain = (await images.build(recipeOf({}))).image.reference;
  const { stdout, stderr } = await run(plain, ['sh', '-c', command], { 'a.cs': source });
  expect(String(stderr)).toBe('');
  return Buffer.from(String(stdout), 'base64');
}

async function fillIndex(): Promise<void> {
  for (const version of ['1.0.0', '1.5.0', '2.0.0']) {
    index.addWheel({
      ...{ name: 'gantry-greeting', version },
      files: { 'gantry_greeting/__init__.py': `def greet():\n    return "greeting ${version}"\n` },
    });
  }
  // As many packages do, it leans on a part of the framework that the program itself does not name.
  const words = (text: string): Promise<Buffer> =>
    library(
      'Gantry.Words',
      `namespace Gantry { public static class Words { public static string Text { get { return new System.Data.DataTable("${text}").TableName; } } } }`,
    );
  const greeting = await library(
    'Gantry.Greeting',
    'namespace Gantry { public class Greeting { public override string ToString() { return "a greeting"; } } }',
  );
  const [old, fit] = [await words('old'), await words('fit')];
  index.addNuget({ id: 'Gantry.Words', version: '1.0.0', files: { 'lib/netstandard2.0/Gantry.Words.dll': old } });
  index.addNuget({ id: 'Gantry.Words', version: '1.2.0', files: { 'lib/netstandard2.0/Gantry.Words.dll': fit } });
  index.addNuget({ id: 'Gantry.Words', version: '2.0.0', files: { 'lib/netstandard2.0/Gantry.Words.dll': old } });
  const files = {
    'lib/net45/Gantry.Greeting.dll': greeting,
    'lib/net8.0/Gantry.Greeting.dll': Buffer.from('for another runtime'),
  };
  index.addNuget({ id: 'Gantry.Greeting', version: '1.0.0', files, dependencies: { 'gantry.words': '[1.1.0,2.0)' } });
  index.addNuget({ id: 'Gantry.Greeting', version: '2.0.0', files });
  index.addNuget({ id: 'Gantry.Forged', version: '1.0.0', files, packageHash: 'AAAA' });
}

beforeAll(async () => {
  index = await PackageIndex.open(await images.hostAddress());
  await fillIndex();
  const { pipIndexUrl, nugetSource } = index;
  const builder = images.builder({ sources: { pipIndexUrl, nugetSource } });
  outcome = await images.build(recipe, { builder, watcher });
}, 180_000);

afterAll(() => index[Symbol.asyncDispose]());

describe('what was installed into an image', () => {
  test('is told in exact versions', () => {
    expect(outcome.installed).toEqual([
      spec('apt', 'figlet', expect.stringMatching(/^2\./) as unknown as string),
      spec('npm', 'is-number', '7.0.0'),
      spec('npm', 'yocto-queue', expect.stringMatching(/^1\./) as unknown as string),
      spec('npm', 'semver', '7.6.3'),
      spec('npm', '@sindresorhus/is', '7.0.1'),
      spec('pip', 'gantry-greeting', '1.5.0'),
      spec('nuget', 'Gantry.Greeting', '1.0.0'),
    ]);
    expect(watcher.messages).toContain('pip install gantry-greeting<2 (4/5)');
  });

  test('is the same for whoever asks again', async () => {
    const again = images.builder();
    expect(await again.find(recipeId(recipe), recipe)).toMatchObject({
      source: 'present',
      digest: outcome.image.digest,
    });
    expect((await images.build(recipe, { builder: again })).installed).toEqual(outcome.installed);
  });

  test('by apt is on the PATH', async () => {
    expect(await says(['figlet', '-f', 'term', 'hello'])).toBe('hello');
  });

  test('by npm can be required and imported from the working directory, in later layers too, and its programs are on the PATH', async () => {
    const required = `console.log(require('is-number')('7'), require('is-number/package.json').version)`;
    expect(await says(['node', 'main.js'], { 'main.js': required })).toBe('true 7.0.0');
    const imported = `import Queue from 'yocto-queue'; import is from '@sindresorhus/is'; const queue = new Queue(); queue.enqueue('it'); console.log(queue.dequeue(), is('x'))`;
    expect(await says(['node', 'main.mjs'], { 'main.mjs': imported })).toBe('it string');
    expect(await says(['semver', '--range', '^2', '1.0.0', '2.3.4'])).toBe('2.3.4');
  });

  test('by pip can be imported', async () => {
    expect(
      await says(['python3', 'main.py'], { 'main.py': 'import gantry_greeting\nprint(gantry_greeting.greet())' }),
    ).toBe('greeting 1.5.0');
  });

  test('by NuGet can be used, with what it depends on, with and without a #r line', async () => {
    const body = 'using Gantry;\nConsole.WriteLine($"{new Greeting()} {Words.Text}");\n';
    expect(await says(...csharp(body))).toBe('a greeting fit');
    expect(await says(...csharp(`#r "nuget: Gantry.Greeting, 1.0.0"\n${body}`))).toBe('a greeting fit');
    const missing = await run(outcome.image.reference, ...csharp(`#r "nuget: Other.Package"\n${body}`));
    expect(String(missing.stderr)).toMatch(
      /Program\.cs\(1,1\): error: the package Other\.Package is not in this image/,
    );
    const newer = await run(outcome.image.reference, ...csharp(`#r "nuget: Gantry.Greeting, 2.0.0"\n${body}`));
    expect(String(newer.stderr)).toMatch(/Gantry\.Greeting is in this image in version 1\.0\.0, not 2\.0\.0/);
  });

  test('leaves no credentials, package lists or programs that run as their owner in the image', async () => {
    const { Config } = await images.docker.getImage(outcome.image.reference).inspect();
    const history = await images.docker.getImage(outcome.image.reference).history();
    expect(JSON.stringify([Config, history])).not.toContain(index.password);
    expect(index.refused).toBeLessThan(10);
    const search = `grep -rls ${index.password} / --exclude-dir=proc --exclude-dir=sys; ls /var/lib/apt/lists; find / -xdev -type f -perm /6000; true`;
    const { stdout } = await run(outcome.image.reference, ['sh', '-c', search]);
    expect(String(stdout).trim()).toBe('partial');
  });
});

describe('a build', () => {
  test('takes from mirrors what it is told to, with their passwords, and does not tell them', async () => {
    const address = await images.hostAddress();
    await using debian = await Mirror.open('http://deb.debian.org', address);
    await using npm = await Mirror.open('https://registry.npmjs.org', address);
    const builder = images.builder({ sources: { aptMirror: debian.url, npmRegistry: npm.url } });
    const log = new CollectingWatcher();
    // In another order than above, so that neither layer is there yet.
    const layers = [[spec('npm', 'is-odd', '3.0.1')], [spec('apt', 'sl')]];
    const { installed } = await images.build(recipeOf({ layers }), { builder, watcher: log });
    expect(installed).toEqual([layers[0]![0], spec('apt', 'sl', expect.any(String) as unknown as string)]);
    expect(debian.asked).toContainEqual(expect.stringMatching(/^\/debian\/pool\/main\/s\/sl\//));
    expect(npm.asked).toContainEqual(expect.stringMatching(/^\/is-odd\/-\/is-odd-3\.0\.1\.tgz/));
    expect(log.lines.join('\n')).not.toContain('m1rror-word');
  });

  test.each([
    ['pip', spec('pip', 'gantry-greeting', '==9.9'), /No matching distribution found for gantry-greeting==9\.9/],
    ['npm', spec('npm', 'is-number', '99.0.0'), /npm (error|ERR!)/],
    ['NuGet', spec('nuget', 'Gantry.Greeting', '3.0.0'), /there is no version 3\.0\.0 of Gantry\.Greeting/],
    ['NuGet (forged)', spec('nuget', 'Gantry.Forged'), /its hash differs/],
  ])('fails when %s can not have a package, and says so', async (_, wanted, message) => {
    const { pipIndexUrl, nugetSource } = index;
    const builder = images.builder({ sources: { pipIndexUrl, nugetSource } });
    const log = new CollectingWatcher();
    const building = images.build(recipeOf({ layers: [[wanted]] }), { builder, watcher: log });
    await expect(building).rejects.toMatchObject({
      code: 'build_failed',
      build: { reason: 'build_failed', failingLine: expect.stringContaining(`install ${wanted.name}`) },
    });
    expect(log.lines.join('\n')).toMatch(message);
  });
});
