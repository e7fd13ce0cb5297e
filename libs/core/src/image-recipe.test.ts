import { describe, expect, test } from '@jest/globals';
import { parsePackage, type AppError, type PackageManager, type Recipe, type Runtime } from '@gantry/contracts';
import type { CreateImageOrder, InstallPackagesOrder, OrderedPackage } from './image-order.js';
import { createdRecipe, extendedRecipe, type ImageRules } from './image-recipe.js';
import { recipeId } from './recipe-id.js';

const runtime = (name: string, packageManager: PackageManager | null, apt?: string[]): Runtime => ({
  name,
  aliases: [`${name}-alias`],
  version: '1',
  fileName: `main.${name}`,
  extensions: [],
  install: apt ? { apt, npm: [], setup: [] } : null,
  compile: null,
  run: [name],
  env: {},
  preload: null,
  packageManager,
  limits: {},
});
const all = [
  runtime('bash', 'apt'),
  runtime('lua', null, ['lua5.4']),
  runtime('node', 'npm'),
  runtime('python', 'pip'),
];
const runtimes = {
  list: () => all,
  resolve: (name: string) => all.find((entry) => [entry.name, ...entry.aliases].includes(name)) ?? null,
};
const rules: ImageRules = { allowedBases: ['alpine:3'], customDockerfile: true, maxContextBytes: 10 };

function ordered(...packages: [manager: PackageManager, text: string][]): OrderedPackage[] {
  return packages.map(([manager, text], i) => {
    const spec = parsePackage(manager, text);
    if (typeof spec === 'string') throw new Error(spec);
    return { spec, path: `p${i}` };
  });
}

const order = (overrides: Partial<CreateImageOrder> = {}): CreateImageOrder => ({
  kind: 'create',
  tenant: 't',
  languages: ['python'],
  baseOs: null,
  packages: [],
  env: {},
  dockerfile: null,
  files: [],
  name: null,
  idempotencyKey: null,
  ...overrides,
});
const create = (overrides: Partial<CreateImageOrder> = {}): Recipe =>
  createdRecipe({ runtimes, rules }, order(overrides));

function refusal(attempt: () => unknown): { code: string; path: string; message: string } {
  try {
    attempt();
  } catch (error) {
    const { code, fields } = error as AppError;
    return { code, path: fields[0]?.path ?? '', message: fields[0]?.message ?? '' };
  }
  throw new Error('nothing was refused');
}

describe('the recipe of a new image', () => {
  test('is the same whatever the order and the repetitions of a request', () => {
    const one = create({
      languages: ['python', 'lua', 'node'],
      packages: ordered(['npm', 'lodash'], ['pip', 'b==1'], ['pip', 'a'], ['apt', 'jq'], ['apt', 'jq']),
      env: { A: '1', B: '2' },
    });
    const two = create({
      languages: ['node', 'lua-alias', 'python', 'lua'],
      packages: ordered(['apt', 'jq'], ['pip', 'a'], ['pip', 'b==1'], ['npm', 'lodash']),
      env: { B: '2', A: '1' },
    });
    expect(recipeId(one)).toBe(recipeId(two));
    expect(one).toEqual({
      schema: 1,
      base: null,
      runtimes: [
        { name: 'lua', install: { apt: ['lua5.4'], npm: [], setup: [] } },
        { name: 'node', install: null },
        { name: 'python', install: null },
      ],
      layers: [
        [{ manager: 'apt', name: 'jq', version: null }],
        [
          { manager: 'pip', name: 'a', version: null },
          { manager: 'pip', name: 'b', version: '==1' },
        ],
        [{ manager: 'npm', name: 'lodash', version: null }],
      ],
      env: { A: '1', B: '2' },
      dockerfile: null,
    });
  });

  test.each(['debian:bookworm-slim', 'debian:12', 'bookworm', null])(
    'takes %s for the base of the languages',
    (baseOs) => {
      expect(create({ baseOs }).base).toBeNull();
    },
  );

  test('may be on a base that the operator allows', () => {
    expect(create({ baseOs: 'alpine:3' }).base).toBe('alpine:3');
    expect(create({ dockerfile: 'FROM alpine:3' })).toMatchObject({
      base: 'alpine:3',
      dockerfile: { instructions: [] },
    });
  });

  test('names the files of a custom Dockerfile by their content', () => {
    const files = [
      { path: 'b', content: Buffer.from('2') },
      { path: 'a/c', content: Buffer.from('1') },
    ];
    expect(create({ dockerfile: 'FROM debian:12\nCOPY b /', files }).dockerfile?.files).toEqual([
      { path: 'a/c', sha256: '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b', size: 1, mode: 0o644 },
      { path: 'b', sha256: 'd4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35', size: 1, mode: 0o644 },
    ]);
  });

  const file = (path: string, content = ''): { path: string; content: Buffer } => ({
    path,
    content: Buffer.from(content),
  });
  test.each<[string, Partial<CreateImageOrder>, string, string, RegExp]>([
    [
      'an unknown language',
      { languages: ['python', 'cobol'] },
      'unknown_language',
      'languages[1]',
      /bash, lua, node, python/,
    ],
    [
      'packages without their language',
      { packages: ordered(['pip', 'a'], ['npm', 'b']) },
      'invalid_request',
      'p1',
      /node/,
    ],
    [
      'a package in two versions',
      { packages: ordered(['pip', 'a==1'], ['pip', 'A==2']) },
      'invalid_request',
      'p1',
      /again/,
    ],
    ['another base', { baseOs: 'ubuntu:22.04' }, 'invalid_request', 'base_os', /debian:12.*alpine:3/],
    [
      'another base in FROM',
      { dockerfile: 'FROM ubuntu' },
      'custom_dockerfile_refused',
      'custom_dockerfile',
      /alpine:3/,
    ],
    ['two bases', { baseOs: 'alpine:3', dockerfile: 'FROM alpine:3' }, 'invalid_request', 'base_os', /FROM/],
    ['files for nothing', { files: [file('a')] }, 'invalid_request', 'files', /COPY/],
    [
      'a file twice',
      { dockerfile: 'FROM bookworm', files: [file('a'), file('a')] },
      'invalid_request',
      'files[1].path',
      /twice/,
    ],
    [
      'a file in a file',
      { dockerfile: 'FROM bookworm', files: [file('a/b'), file('a')] },
      'invalid_request',
      'files[0].path',
      /a$/,
    ],
    [
      'too much content',
      { dockerfile: 'FROM bookworm', files: [file('a', 'x'.repeat(11))] },
      'file_too_large',
      'files',
      /10/,
    ],
  ])('refuses %s', (_case, overrides, code, path, message) => {
    expect(refusal(() => create(overrides))).toEqual({ code, path, message: expect.stringMatching(message) });
  });

  test('takes no custom Dockerfile where the operator allows none', () => {
    const strict = { runtimes, rules: { ...rules, customDockerfile: false } };
    expect(refusal(() => createdRecipe(strict, order({ dockerfile: 'FROM debian:12' }))).code).toBe(
      'custom_dockerfile_disabled',
    );
  });
});

const install = (text: string, version: string | null = null, more: string[] = []): InstallPackagesOrder => ({
  kind: 'install',
  tenant: 't',
  image: null,
  language: 'python',
  packages: [
    { text, version, path: 'package_name', versionPath: 'package_version' },
    ...more.map((each, i) => ({ text: each, version: null, path: `packages[${i}]`, versionPath: `packages[${i}]` })),
  ],
  inPlace: false,
  name: null,
  idempotencyKey: null,
});
const [bash, lua, , python] = all as [Runtime, Runtime, Runtime, Runtime];

describe('the recipe of an image with further packages', () => {
  const parent = create({ packages: ordered(['pip', 'a==1']) });

  test('is the parent with one more layer', () => {
    const extended = extendedRecipe(parent, python, install('c', '2', ['b']));
    expect(extended).toEqual({
      ...parent,
      layers: [
        ...parent.layers,
        [
          { manager: 'pip', name: 'b', version: null },
          { manager: 'pip', name: 'c', version: '==2' },
        ],
      ],
    });
  });

  test('is the parent itself when it has them all', () => {
    expect(extendedRecipe(parent, python, install('a', '1'))).toBe(parent);
    expect(extendedRecipe(parent, python, install('a', '1', ['b'])).layers[1]).toEqual([
      { manager: 'pip', name: 'b', version: null },
    ]);
  });

  test("takes Debian's packages whatever the languages of the image", () => {
    expect(extendedRecipe(parent, bash, install('jq')).layers[1]).toEqual([
      { manager: 'apt', name: 'jq', version: null },
    ]);
  });

  test.each<[string, () => unknown, string, string, RegExp]>([
    [
      'a name with a line break',
      () => extendedRecipe(parent, python, install('a\nb')),
      'invalid_request',
      'package_name',
      /line/,
    ],
    [
      'a bad version',
      () => extendedRecipe(parent, python, install('a', '1;x')),
      'invalid_request',
      'package_version',
      /char/,
    ],
    [
      'two versions',
      () => extendedRecipe(parent, python, install('a==1', '1')),
      'invalid_request',
      'package_version',
      /not/,
    ],
    [
      'a bad one of several',
      () => extendedRecipe(parent, python, install('a', null, ['-e'])),
      'invalid_request',
      'packages[0]',
      /-/,
    ],
    [
      'a language without packages',
      () => extendedRecipe(parent, lua, install('a')),
      'invalid_request',
      'language',
      /manager/,
    ],
    [
      'a language that the image has not',
      () => extendedRecipe(create({ languages: ['node'] }), python, install('a')),
      'language_not_in_image',
      'language',
      /node/,
    ],
    [
      'layers without end',
      () => extendedRecipe({ ...parent, layers: Array.from({ length: 40 }, () => []) }, python, install('z')),
      'invalid_request',
      'image_id',
      /40 layers/,
    ],
  ])('refuses %s', (_case, attempt, code, path, message) => {
    expect(refusal(attempt)).toEqual({ code, path, message: expect.stringMatching(message) });
  });
});
