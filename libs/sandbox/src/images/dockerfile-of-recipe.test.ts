import { describe, expect, test } from '@jest/globals';
import type { DockerfileInstruction, PackageSpec, Recipe } from '@gantry/contracts';
import { buildSteps, dockerfileText, type BuildSurroundings } from './dockerfile-of-recipe.js';

const surroundings: BuildSurroundings = {
  executorImageId: 'sha256:aa',
  baseImageId: null,
  certificates: false,
  labels: { 'gantry.recipe': 'img_1' },
};
const recipe = (parts: Partial<Recipe>): Recipe => ({
  schema: 1,
  base: null,
  runtimes: [],
  layers: [],
  env: {},
  dockerfile: null,
  ...parts,
});
const linesOf = (parts: Partial<Recipe>, where: Partial<BuildSurroundings> = {}): string[] =>
  dockerfileText(buildSteps(recipe(parts), { ...surroundings, ...where }))
    .trimEnd()
    .split('\n');
const titles = (parts: Partial<Recipe>): (string | null)[] =>
  buildSteps(recipe(parts), surroundings)
    .map(({ title }) => title)
    .filter((title) => title !== null);
/** Argument vector of a RUN, after the script and its name. */
const words = (line: string | undefined): string[] =>
  (JSON.parse((line ?? '').replace(/^RUN /, '')) as string[]).slice(4);

describe('the Dockerfile of a recipe', () => {
  test('of environment alone runs nothing', () => {
    expect(linesOf({ env: { B: '2', A: 'x $HOME "q" \\' } })).toEqual([
      'FROM sha256:aa',
      'LABEL gantry.build="1"',
      'ENV A="x \\$HOME \\"q\\" \\\\" B="2"',
      'LABEL gantry.recipe="img_1"',
    ]);
  });

  test('on another base takes the init from the executor image', () => {
    expect(linesOf({ base: 'debian:12' }, { baseImageId: 'sha256:bb' })).toEqual([
      'FROM sha256:aa AS gantry',
      'FROM sha256:bb',
      'LABEL gantry.build="1"',
      'COPY --from=gantry /opt/gantry/gantry-init /opt/gantry/gantry-init',
      'WORKDIR /workspace',
      'ENTRYPOINT ["/opt/gantry/gantry-init"]',
      'CMD []',
      'LABEL gantry.recipe="img_1"',
    ]);
  });

  test('takes the init anew after everything that ran as root, for that may have changed it', () => {
    const lines = linesOf({ layers: [[{ manager: 'pip', name: 'six', version: null }]] });
    expect(lines.findIndex((line) => line.startsWith('COPY --from=gantry /opt/gantry/gantry-init'))).toBeGreaterThan(
      lines.findLastIndex((line) => line.startsWith('RUN')),
    );
  });

  test('has one layer a manager of each entry, in order, with each package as one argument', () => {
    const layers: PackageSpec[][] = [
      [
        { manager: 'pip', name: 'requests[socks]', version: '>=2,<3' },
        { manager: 'apt', name: 'jq', version: '1.6-2.1' },
        { manager: 'pip', name: 'six', version: null },
      ],
      [{ manager: 'npm', name: '@types/node', version: '^22' }],
      [{ manager: 'nuget', name: 'Newtonsoft.Json', version: '13.0.3' }],
    ];
    const runs = linesOf({ layers }).filter((line) => line.startsWith('RUN '));
    expect(runs.map(words)).toEqual([
      ['jq=1.6-2.1'],
      ['requests[socks]>=2,<3', 'six'],
      ['@types/node@^22'],
      ['Newtonsoft.Json:13.0.3'],
    ]);
    expect(titles({ layers })[0]).toBe('apt install jq=1.6-2.1');
    expect(linesOf({ layers }).at(-2)).toBe('USER sandbox');
  });

  test('installs what runtimes need before everything that changes more often', () => {
    const install = { apt: ['g++'], npm: ['typescript@5.9.2'], setup: [['ln', '-s', '/a b', '/c']] };
    const lines = linesOf({
      env: { A: '1' },
      runtimes: [
        { name: 'cpp', install },
        { name: 'bash', install: null },
      ],
    });
    const at = (start: string): number => lines.findIndex((line) => line.startsWith(start));
    expect(at('ENV')).toBeGreaterThan(lines.findLastIndex((line) => line.startsWith('RUN')));
    expect(lines.filter((line) => line.startsWith('RUN')).map(words)).toEqual([
      ['g++'],
      ['typescript@5.9.2'],
      ['ln', '-s', '/a b', '/c'],
    ]);
  });

  test('trusts the certificates of the place first', () => {
    const lines = linesOf({ layers: [[{ manager: 'pip', name: 'six', version: null }]] }, { certificates: true });
    expect(lines[4]).toBe('COPY certificates/ /usr/local/share/ca-certificates/gantry/');
  });

  test('gets a custom Dockerfile between the lines of ours, RUN without the settings of the operator', () => {
    const instructions = [
      { word: 'RUN' as const, argument: 'make "all" && echo $X', line: 2 },
      { word: 'RUN' as const, argument: '["a", "$b"]', line: 3 },
      { word: 'COPY' as const, argument: '--chown=1:1 /a.py ./lib/ /opt/', line: 4 },
      { word: 'COPY' as const, argument: '["with space", "/x"]', line: 5 },
      { word: 'COPY' as const, argument: '. .', line: 6 },
      { word: 'USER' as const, argument: '1000', line: 7 },
    ];
    const lines = linesOf({ dockerfile: { instructions, files: [] } }).slice(4);
    expect(lines.slice(0, 2).map(words)).toEqual([
      ['/bin/sh', '-c', 'make "all" && echo $X'],
      ['a', '$b'],
    ]);
    expect(lines[0]).toContain('unset FTP_PROXY');
    expect(lines.slice(2)).toEqual([
      'COPY --chown=1:1 ["files/a.py","files/lib","/opt/"]',
      'COPY ["files/with space","/x"]',
      'COPY ["files/","."]',
      'USER 1000',
      'USER root',
      'COPY --from=gantry /opt/gantry/gantry-init /opt/gantry/gantry-init',
      'COPY --from=gantry /opt/gantry/preload/ /opt/gantry/preload/',
      'WORKDIR /workspace',
      'ENTRYPOINT ["/opt/gantry/gantry-init"]',
      'CMD []',
      'USER sandbox',
      'LABEL gantry.recipe="img_1"',
    ]);
  });

  test.each<[string, Partial<Recipe>]>([
    ['a package that is an option', { layers: [[{ manager: 'pip', name: '--index-url', version: null }]] }],
    ['a package that ends in -', { layers: [[{ manager: 'apt', name: 'gcc-', version: null }]] }],
    ['a line end in a version', { layers: [[{ manager: 'npm', name: 'a', version: '1\nRUN id' }]] }],
    [
      'a runtime whose package is an address',
      { runtimes: [{ name: 'x', install: { apt: [], npm: ['a@http://b'], setup: [] } }] },
    ],
    ['a variable with a line end', { env: { A: 'x\nRUN id' } }],
    ['a variable that is no name', { env: { 'A=1 B': 'x' } }],
    [
      'an instruction of two lines',
      { dockerfile: { instructions: [{ word: 'ENV', argument: 'A=1\nADD x /', line: 2 }], files: [] } },
    ],
    [
      'an instruction that takes in the next',
      { dockerfile: { instructions: [{ word: 'USER', argument: 'a \\', line: 2 }], files: [] } },
    ],
    [
      'a COPY of another image',
      { dockerfile: { instructions: [{ word: 'COPY', argument: '--from=a /x /y', line: 2 }], files: [] } },
    ],
    [
      'a COPY from outside',
      { dockerfile: { instructions: [{ word: 'COPY', argument: '../Dockerfile /y', line: 2 }], files: [] } },
    ],
    ['a COPY to nowhere', { dockerfile: { instructions: [{ word: 'COPY', argument: 'x', line: 2 }], files: [] } }],
  ])('is not made of %s', (_, parts) => {
    expect(() => linesOf(parts)).toThrow();
  });

  test.each<[DockerfileInstruction['word'], string]>([
    ['ENV', 'X=$FTP_PROXY'],
    ['ENV', 'A=1 X="a ${https_proxy:-none} b"'],
    ['ENV', 'X=${A:+${ALL_PROXY}}'],
    ['ARG', 'A=$FTP_PROXY'],
    ['WORKDIR', '/$http_proxy'],
    ['USER', '$no_proxy'],
    ['COPY', 'a /$FTP_PROXY'],
    ['COPY', '["a", "/\\u0024FTP_PROXY"]'],
    ['COPY', '--chown=$FTP_PROXY a /b'],
  ])('has no %s %s, which the builder would fill in', (word, argument) => {
    const dockerfile = { instructions: [{ word, argument, line: 2 }], files: [] };
    expect(() => linesOf({ dockerfile })).toThrow(/proxy variable/);
  });
});
