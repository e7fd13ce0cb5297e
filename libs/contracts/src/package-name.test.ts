import { describe, expect, test } from '@jest/globals';
import { packageText, parsePackage, toPackage } from './package-name.js';
import { PACKAGE_MANAGERS, type PackageManager } from './recipe.js';

describe('a package of', () => {
  test.each<[PackageManager, string, string, string | null]>([
    ['pip', 'requests', 'requests', null],
    ['pip', 'requests==2.31.0', 'requests', '==2.31.0'],
    ['pip', 'requests [socks] >= 2.8.1, == 2.8.*', 'requests[socks]', '>=2.8.1,==2.8.*'],
    ['pip', 'uvicorn[standard,extra]~=0.23', 'uvicorn[standard,extra]', '~=0.23'],
    ['pip', 'ruamel.yaml!=0.17', 'ruamel.yaml', '!=0.17'],
    ['pip', 'torch===2.1.0+cu121', 'torch', '===2.1.0+cu121'],
    ['pip', 'a>1!2.0rc1.post2.dev3', 'a', '>1!2.0rc1.post2.dev3'],
    ['npm', 'lodash', 'lodash', null],
    ['npm', 'lodash@^4.17', 'lodash', '^4.17'],
    ['npm', '@types/node@22.1.0', '@types/node', '22.1.0'],
    ['npm', '@types/node', '@types/node', null],
    ['npm', 'JSONStream@latest', 'JSONStream', 'latest'],
    [
      'npm',
      'left-pad@>=1.0.0 <2 || 3.x || 4.0.0 - 5.2.1-beta.1',
      'left-pad',
      '>=1.0.0 <2 || 3.x || 4.0.0 - 5.2.1-beta.1',
    ],
    ['npm', 'highlight.js@*', 'highlight.js', '*'],
    ['nuget', 'Newtonsoft.Json', 'Newtonsoft.Json', null],
    ['nuget', 'Newtonsoft.Json:13.0.3', 'Newtonsoft.Json', '13.0.3'],
    ['nuget', 'Serilog@4.0.0-dev-02108', 'Serilog', '4.0.0-dev-02108'],
    ['apt', 'jq', 'jq', null],
    ['apt', 'jq=1.6-2.1', 'jq', '1.6-2.1'],
    ['apt', 'g++', 'g++', null],
    ['apt', 'libstdc++-12-dev', 'libstdc++-12-dev', null],
    ['apt', 'lib32stdc++6', 'lib32stdc++6', null],
    ['apt', 'ncbi-blast+-legacy', 'ncbi-blast+-legacy', null],
    ['apt', 'librust-phf-macros+unicase--dev', 'librust-phf-macros+unicase--dev', null],
    ['apt', 'python3.11=3.11.2-6+deb12u4', 'python3.11', '3.11.2-6+deb12u4'],
    ['apt', 'tzdata=1:2024a~rc1', 'tzdata', '1:2024a~rc1'],
  ])('%s: %s', (manager, text, name, version) => {
    const parsed = parsePackage(manager, text);
    expect(parsed).toEqual({ manager, name, version });
    expect(typeof parsed === 'string' || parsePackage(manager, packageText(parsed))).toEqual(parsed);
  });

  test.each<[PackageManager, string, string]>([
    ['pip', '2.31.0', '==2.31.0'],
    ['pip', '>=2, <3', '>=2,<3'],
    ['npm', '4.17.21', '4.17.21'],
    ['nuget', '13.0.3', '13.0.3'],
    ['apt', '1.6-2.1', '1.6-2.1'],
  ])('%s with its version %s apart', (manager, version, kept) => {
    expect(toPackage(manager, 'name', version)).toEqual({ manager, name: 'name', version: kept });
  });
});

const HOSTILE = [
  '',
  ' ',
  '-r',
  '--index-url=http://evil',
  ' -y',
  'a b',
  'a\nRUN id',
  'a\rb',
  'a\u0000b',
  'a\u2028b',
  'a;id',
  'a&&id',
  'a|id',
  'a`id`',
  'a$(id)',
  'a${IFS}b',
  '$HOME',
  "a'b",
  'a"b',
  'a\\b',
  'a#b',
  'a>/etc/passwd',
  'a<(id)',
  '@file',
  '@/etc/passwd',
  './a',
  '../a',
  '/etc/passwd',
  '~/a',
  'a/b',
  'a/../b',
  'http://evil/a.tgz',
  'https://evil/a.tgz',
  'git+https://evil/a',
  'git+ssh://git@evil/a',
  'file:a',
  'file:///a',
  'github:user/repo',
  'a @ https://evil/a.whl',
  'a@https://evil',
  'a@file:x',
  'a@npm:b@1',
  'a@git+ssh://x',
  'a@user/repo',
  'a.tgz',
  'a==1;python_version>"3"',
  'a=1;id',
  'a*',
  'a?',
  '[a]',
  'a[b',
  'a[]',
  '.',
  '..',
  '\u202ea',
  'naïve',
  'x'.repeat(301),
];

describe.each(PACKAGE_MANAGERS)('what %s never gets to see', (manager) => {
  test.each(HOSTILE)('%j', (text) => {
    expect(parsePackage(manager, text)).toEqual(expect.stringMatching(/^must /));
  });
  test.each(HOSTILE)('%j as a name', (text) => {
    expect(toPackage(manager, text, null)).toEqual(expect.stringMatching(/^must /));
  });
  test.each(HOSTILE)('%j as a version', (text) => {
    expect(toPackage(manager, 'name', text)).toEqual(expect.stringMatching(/^must /));
  });
});

describe('what a manager would take for something else', () => {
  test.each<[PackageManager, string]>([
    ['apt', 'gcc-'],
    ['apt', 'gcc+'],
    ['apt', 'g++-'],
    ['apt', 'gcc=1.0-'],
    ['apt', 'gcc=1.0+'],
    ['apt', 'gcc='],
    ['apt', 'gcc.+'],
    ['apt', 'g.'],
    ['apt', 'a..b'],
    ['apt', 'a.-b'],
    ['apt', 'a+.b'],
    ['apt', '+gcc'],
    ['apt', 'x'],
    ['apt', 'GCC'],
    ['apt', 'gcc:arm64'],
    ['apt', 'gcc/unstable'],
    ['apt', 'task^'],
    ['apt', '~nlib'],
    ['apt', 'gcc=1.*'],
    ['apt', 'gcc=/a'],
    ['pip', 'requests=2'],
    ['pip', 'requests=='],
    ['pip', 'requests==>1'],
    ['pip', 'requests>=2.*'],
    ['pip', 'requests==2,'],
    ['pip', 'requests-2.0.tar.gz'],
    ['pip', '-e'],
    ['npm', 'a.tar.gz'],
    ['npm', '.hidden'],
    ['npm', '_private'],
    ['npm', '@scope'],
    ['npm', '@scope/'],
    ['npm', '@/name'],
    ['npm', 'a@'],
    ['npm', 'a@x.tgz'],
    ['npm', 'a@1.0.0 - '],
    ['npm', 'a@=>1'],
    ['npm', 'a@@b'],
    ['nuget', 'A..B'],
    ['nuget', 'A.'],
    ['nuget', 'A:[1.0,2.0)'],
    ['nuget', 'A:1.*'],
    ['nuget', 'A:'],
  ])('%s %j', (manager, text) => {
    expect(parsePackage(manager, text)).toEqual(expect.stringMatching(/^must /));
  });
});
