import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadRuntimes } from './file-runtime-catalog.js';

describe('the built-in runtimes', () => {
  const catalog = loadRuntimes();

  test('have the reference languages, by name and alias, whatever the case', () => {
    const names = ['py', 'JS', 'Node.js', 'C#', 'bash', 'C++', 'Rust', 'ts'].map((name) => catalog.resolve(name)?.name);
    expect(names).toEqual(['python', 'node', 'node', 'csharp', 'bash', 'cpp', 'rust', 'typescript']);
    expect(catalog.resolve('klingon')).toBeNull();
    expect(catalog.list().length).toBeGreaterThanOrEqual(30);
  });

  test('need nothing beyond the executor image for its own languages, and install something for every other', () => {
    const own = catalog.list().filter(({ install }) => install === null);
    expect(own.map(({ name }) => name)).toEqual(['bash', 'csharp', 'node', 'python']);
    for (const { install } of catalog.list().filter((runtime) => runtime.install))
      expect((install?.apt.length ?? 0) + (install?.npm.length ?? 0)).toBeGreaterThan(0);
  });

  test('write the files that come with a definition by the set-up of their image', () => {
    const setup = catalog.resolve('java')?.install?.setup ?? [];
    expect(setup[0]?.slice(0, 2)).toEqual(['sh', '-c']);
    expect(setup[0]?.[4]).toBe('/opt/gantry/java/Compile.java');
    expect(Buffer.from(setup[0]?.[5] ?? '', 'base64').toString()).toContain('class Compile');
    expect(setup[1]?.[0]).toBe('javac');
  });
});

describe("an operator's runtimes", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'gantry-runtimes-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function define(name: string, definition: object | string, files: Record<string, string> = {}): string {
    const folder = path.join(directory, name);
    mkdirSync(folder);
    const file = path.join(folder, 'runtime.json');
    writeFileSync(file, typeof definition === 'string' ? definition : JSON.stringify(definition));
    for (const [neighbour, text] of Object.entries(files)) writeFileSync(path.join(folder, neighbour), text);
    return file;
  }

  const forth = { name: 'forth', version: '0.7', file_name: 'main.fth', run: ['gforth', '{file}'] };

  test('are added to ours, with defaults for what they leave out', () => {
    define('forth', { ...forth, aliases: ['gforth'], install: { apt: ['gforth'] }, limits: { memory_mb: 128 } });
    const catalog = loadRuntimes(directory);
    expect(catalog.resolve('GFORTH')).toEqual({
      name: 'forth',
      aliases: ['gforth'],
      version: '0.7',
      fileName: 'main.fth',
      extensions: ['.fth'],
      install: { apt: ['gforth'], npm: [], setup: [] },
      compile: null,
      run: ['gforth', '{file}'],
      env: {},
      preload: null,
      packageManager: null,
      limits: { memoryBytes: 128 * 1024 * 1024 },
    });
    expect(catalog.resolve('python')?.version).toBe('3.11');
  });

  test('replace ours of the same name, with all that belonged to it', () => {
    define('lua', { name: 'lua', version: '5.1', file_name: 'main.lua', run: ['luajit', '{file}'] });
    const catalog = loadRuntimes(directory);
    expect(catalog.resolve('lua')).toMatchObject({ version: '5.1', install: null, run: ['luajit', '{file}'] });
    expect(catalog.resolve('lua5.4')).toBeNull();
    expect(catalog.list().filter(({ name }) => name === 'lua')).toHaveLength(1);
  });

  test('bring files and limits of the compile stage', () => {
    const compile = { command: ['fc', '{file}', '{dir}'], timeout_seconds: 5, cpu_seconds: 2.5 };
    const files = { '/opt/gantry/forth/prelude.fth': 'prelude.fth' };
    define('forth', { ...forth, compile, run: ['{dir}/program'], install: { files } }, { 'prelude.fth': ': hi ;\n' });
    const runtime = loadRuntimes(directory).resolve('forth');
    expect(runtime?.compile).toEqual({ command: ['fc', '{file}', '{dir}'], timeoutMs: 5000, cpuMs: 2500 });
    const content = Buffer.from(': hi ;\n').toString('base64');
    expect(runtime?.install?.setup[0]?.slice(4)).toEqual(['/opt/gantry/forth/prelude.fth', content]);
  });

  test('leave folders without a definition alone', () => {
    mkdirSync(path.join(directory, 'notes'));
    writeFileSync(path.join(directory, 'README'), 'mine');
    expect(loadRuntimes(directory).list()).toEqual(loadRuntimes().list());
  });

  test.each<[string, object | string, string, RegExp]>([
    ['is no JSON', '{"name": ', '', /JSON/],
    ['is another type', '[]', '(root)', /object/],
    ['has an unknown field', { ...forth, runn: [] }, '(root)', /runn/],
    ['has another name than its folder', { ...forth, name: 'fourth' }, 'name', /"forth"/],
    ['has a name with capitals', { ...forth, aliases: ['Forth'] }, 'aliases.0', /a-z/],
    ['names itself twice', { ...forth, aliases: ['forth'] }, 'aliases', /twice/],
    ['has a version that is none', { ...forth, version: 'new' }, 'version', /digit/],
    ['has a source outside', { ...forth, file_name: '../main.fth' }, 'file_name', /plain/],
    ['has a source called ..', { ...forth, file_name: '..' }, 'file_name', /plain/],
    ['has an extension without a dot', { ...forth, extensions: ['fth'] }, 'extensions.0', /dot/],
    ["lacks its source's extension", { ...forth, extensions: ['.4th'] }, 'extensions', /\.fth/],
    ['runs nothing', { ...forth, run: [] }, 'run', /1/],
    ['never mentions its source', { ...forth, run: ['gforth'] }, 'run', /\{file\}/],
    [
      'compiles something else',
      { ...forth, compile: { command: ['fc'] }, run: ['{file}'] },
      'compile.command',
      /\{file\}/,
    ],
    ['runs what nobody compiled', { ...forth, run: ['{dir}/x', '{file}'] }, 'run', /\{dir\}/],
    ['misspells a placeholder', { ...forth, run: ['gforth', '{file}', '{dirr}'] }, 'run.2', /\{dirr\}/],
    ['has a variable that is none', { ...forth, env: { 'A-B': '1' } }, 'env.A-B', /variable/],
    ['has NUL in a command', { ...forth, run: ['a\0', '{file}'] }, 'run.0', /NUL/],
    ['wants too little memory', { ...forth, limits: { memory_mb: 1 } }, 'limits.memory_mb', /64/],
    [
      'wants more disk than memory',
      { ...forth, limits: { memory_mb: 64, disk_mb: 65 } },
      'limits.disk_mb',
      /memory_mb/,
    ],
    ['removes a package', { ...forth, install: { apt: ['gforth-'] } }, 'install.apt.0', /Debian/],
    ['smuggles an option', { ...forth, install: { apt: ['--reinstall'] } }, 'install.apt.0', /Debian/],
    ['has an npm range', { ...forth, install: { npm: ['left-pad@^1'] } }, 'install.npm.0', /name@version/],
    [
      'has an npm package without version',
      { ...forth, install: { npm: ['left-pad'] } },
      'install.npm.0',
      /name@version/,
    ],
    [
      'writes elsewhere',
      { ...forth, install: { files: { '/etc/passwd': 'x' } } },
      'install.files./etc/passwd',
      /\/opt\/gantry/,
    ],
    [
      'takes a file from elsewhere',
      { ...forth, install: { files: { '/opt/gantry/forth/x': '../x' } } },
      'install.files./opt/gantry/forth/x',
      /plain/,
    ],
    ['lacks its own file', { ...forth, install: { files: { '/opt/gantry/forth/x': 'gone' } } }, '', /gone/],
    ['preloads what nobody can', { ...forth, preload: 'gforth' }, 'preload', /python/],
    ['has a package manager of its own', { ...forth, package_manager: 'theforth' }, 'package_manager', /pip/],
  ])('are refused with file, field and reason when one %s', (_what, definition, field, reason) => {
    const file = define('forth', definition);
    expect(() => loadRuntimes(directory)).toThrow(reason);
    expect(() => loadRuntimes(directory)).toThrow(field === '' ? `${file}: ` : `${file}: ${field}: `);
  });

  test('are refused when a name or an extension belongs to another', () => {
    const file = define('forth', { ...forth, aliases: ['py'], file_name: 'main.rs', extensions: ['.rs'] });
    expect(() => loadRuntimes(directory)).toThrow(/"py" is a name of .*python\/runtime\.json/);
    expect(() => loadRuntimes(directory)).toThrow(/"\.rs" is an extension of .*rust\/runtime\.json/);
    expect(() => loadRuntimes(directory)).toThrow(file);
  });

  test('are refused with all their faults at once', () => {
    const files = [define('forth', { ...forth, run: [] }), define('apl', '{')];
    for (const file of files) expect(() => loadRuntimes(directory)).toThrow(file);
  });

  test('are refused when their directory is not there', () => {
    expect(() => loadRuntimes('/nonexistent/runtimes')).toThrow(/\/nonexistent\/runtimes: .*ENOENT/);
  });
});
