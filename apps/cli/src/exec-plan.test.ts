import { describe, expect, test } from '@jest/globals';
import { languageOf, planExec, toOrder } from './exec-plan.js';

describe('the arguments of exec', () => {
  test.each([
    ['python', 'print(1)', {}, { language: 'python', code: { from: 'argument', text: 'print(1)' }, input: null }],
    ['python', '', {}, { language: 'python', code: { from: 'argument', text: '' }, input: null }],
    ['python', '-', {}, { language: 'python', code: { from: 'stdin' }, input: null }],
    ['python', undefined, { file: '-' }, { language: 'python', code: { from: 'stdin' }, input: null }],
    [undefined, undefined, { file: 'a.py' }, { language: null, code: { from: 'file', path: 'a.py' }, input: null }],
    [
      'node',
      '1',
      { stdin: 'text' },
      { language: 'node', code: { from: 'argument', text: '1' }, input: { from: 'argument', text: 'text' } },
    ],
    [
      'node',
      '1',
      { stdin: '-' },
      { language: 'node', code: { from: 'argument', text: '1' }, input: { from: 'stdin' } },
    ],
    [
      'node',
      '-',
      { stdinFile: 'in' },
      { language: 'node', code: { from: 'stdin' }, input: { from: 'file', path: 'in' } },
    ],
  ])('%j %j %j are understood', (language, code, options, plan) => {
    expect(planExec(language, code, options)).toEqual(plan);
  });

  test.each([
    [undefined, undefined, {}, /Name a language and give code/],
    ['python', undefined, {}, /Give the code/],
    ['python', 'print(1)', { file: 'a.py' }, /not both/],
    [undefined, undefined, { file: '-' }, /Name the language/],
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
    { ...runtime, name: 'node', file_name: 'main.js', aliases: ['javascript', 'mjs'] },
    { ...runtime, name: 'csharp', file_name: 'Program.cs' },
  ];

  test.each([
    ['job.py', 'python'],
    ['/a.b/JOB.PY', 'python'],
    ['x.js', 'node'],
    ['x.mjs', 'node'],
    ['Program.cs', 'csharp'],
  ])('%s is %s', (path, language) => {
    expect(languageOf(path, runtimes)).toBe(language);
  });

  test.each(['Makefile', 'x.rb', '.py', 'py', 'a.'])('%s is not known', (path) => {
    expect(() => languageOf(path, runtimes)).toThrow(/known extensions: \.py \.js \.cs/);
  });
});

describe('the request', () => {
  test('holds only what was asked for', () => {
    expect(toOrder({ language: 'python', code: 'x', input: null, args: [] }, {})).toEqual({
      language: 'python',
      code: 'x',
    });
    expect(toOrder({ language: 'python', code: 'x', input: '', args: [] }, {})).toEqual({
      language: 'python',
      code: 'x',
      input_data: '',
    });
  });

  test('holds all that was asked for, under the names of the API', () => {
    const options = { env: { A: '1' }, timeout: 1.5, memory: 64, cpus: 0.5, network: true, imageId: 'img' };
    expect(toOrder({ language: 'node', code: 'x', input: 'in', args: ['-v', ''] }, options)).toEqual({
      language: 'node',
      code: 'x',
      image_id: 'img',
      input_data: 'in',
      args: ['-v', ''],
      environment_variables: { A: '1' },
      resource_limits: { timeout_seconds: 1.5, memory_mb: 64, cpu_cores: 0.5, network_enabled: true },
    });
  });
});
