import { describe, expect, test } from '@jest/globals';
import { toOrder } from './exec-options.js';
import { languageOf, planExec } from './exec-plan.js';

describe('the arguments of exec', () => {
  test.each([
    [
      'python',
      'print(1)',
      {},
      { language: 'python', code: { from: 'argument', text: 'print(1)' }, input: null, files: [] },
    ],
    ['python', '', {}, { language: 'python', code: { from: 'argument', text: '' }, input: null, files: [] }],
    ['python', '-', {}, { language: 'python', code: { from: 'stdin' }, input: null, files: [] }],
    ['python', undefined, { file: ['-'] }, { language: 'python', code: { from: 'stdin' }, input: null, files: [] }],
    [
      undefined,
      undefined,
      { file: ['a.py'] },
      { language: null, code: { from: 'file', path: 'a.py' }, input: null, files: [] },
    ],
    [
      'node',
      '1',
      { stdin: 'text' },
      { language: 'node', code: { from: 'argument', text: '1' }, input: { from: 'argument', text: 'text' }, files: [] },
    ],
    [
      'node',
      '1',
      { stdin: '-' },
      { language: 'node', code: { from: 'argument', text: '1' }, input: { from: 'stdin' }, files: [] },
    ],
    [
      'node',
      '-',
      { stdinFile: 'in' },
      { language: 'node', code: { from: 'stdin' }, input: { from: 'file', path: 'in' }, files: [] },
    ],
    [
      undefined,
      undefined,
      { file: ['a.py', 'data.csv:in/d.csv'] },
      { language: null, code: { from: 'file', path: 'a.py' }, input: null, files: ['data.csv:in/d.csv'] },
    ],
    [
      'python',
      'print(1)',
      { file: ['a.py'] },
      { language: 'python', code: { from: 'argument', text: 'print(1)' }, input: null, files: ['a.py'] },
    ],
  ])('%j %j %j are understood', (language, code, options, plan) => {
    expect(planExec(language, code, options)).toEqual(plan);
  });

  test.each([
    [undefined, undefined, {}, /Name a language and give code/],
    ['python', undefined, {}, /Give the code/],
    [undefined, undefined, { file: ['-'] }, /Name the language/],
    ['python', '1', { file: ['-'] }, /Only the program can be read from standard input/],
    ['python', '-', { stdin: '-' }, /not both/],
    ['python', '-', { stdinFile: '-' }, /not both/],
    ['python', '1', { stdin: 'a', stdinFile: 'b' }, /not both/],
  ])('%j %j %j are refused', (language, code, options, message) => {
    expect(() => planExec(language, code, options)).toThrow(message);
  });
});

describe('the language of a file', () => {
  const runtime = {
    aliases: [] as string[],
    version: '1',
    extensions: [] as string[],
    compiled: false,
    package_manager: null,
    image: 'ready' as const,
    image_reason: null,
    image_id: null,
  };
  const runtimes = [
    { ...runtime, name: 'python', file_name: 'main.py', aliases: ['py', 'python3'] },
    { ...runtime, name: 'node', file_name: 'main.js', aliases: ['javascript', 'mjs'], extensions: ['.js', '.cjs'] },
    { ...runtime, name: 'csharp', file_name: 'Program.cs' },
  ];

  test.each([
    ['job.py', 'python'],
    ['/a.b/JOB.PY', 'python'],
    ['x.js', 'node'],
    ['x.mjs', 'node'],
    ['x.cjs', 'node'],
    ['Program.cs', 'csharp'],
  ])('%s is %s', (path, language) => {
    expect(languageOf(path, runtimes)).toBe(language);
  });

  test.each(['Makefile', 'x.rb', '.py', 'py', 'a.'])('%s is not known', (path) => {
    expect(() => languageOf(path, runtimes)).toThrow(/known extensions: \.py \.js \.cs/);
  });
});

describe('the request', () => {
  const code = { language: 'python', code: 'x' };

  test('holds only what was asked for', () => {
    expect(toOrder(code, { input: null, args: [], files: [] }, {})).toEqual(code);
    expect(toOrder(code, { input: '', args: [], files: [] }, {})).toEqual({ ...code, input_data: '' });
  });

  test('holds all that was asked for, under the names of the API', () => {
    const files = [{ path: 'a', content: 'b' }];
    const limits = { timeout: 1.5, memory: 64, cpus: 0.5, network: true };
    const options = { ...limits, env: { A: '1' }, image: 'img', artifact: ['*.png'], cache: true };
    expect(toOrder(code, { input: 'in', args: ['-v', ''], files }, options)).toEqual({
      ...code,
      image_id: 'img',
      input_data: 'in',
      args: ['-v', ''],
      files,
      artifacts: ['*.png'],
      cache: true,
      environment_variables: { A: '1' },
      resource_limits: { timeout_seconds: 1.5, memory_mb: 64, cpu_cores: 0.5, network_enabled: true },
    });
  });
});
