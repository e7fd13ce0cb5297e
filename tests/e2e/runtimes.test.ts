import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadSmokeTests } from '@gantry/runtimes';
import { Api } from '../support/api.js';
import { ServiceProcess } from '../support/process.js';
import { startStack, type Stack } from '../support/stack.js';

/** Compile stages out of what the executor image has. */
const DEFINITIONS = {
  checked: {
    aliases: ['chk'],
    file_name: 'main.checked',
    compile: { command: ['bash', '-c', 'bash -n "$1" && install -m 755 "$1" "$2/program"', 'bash', '{file}', '{dir}'] },
    run: ['{dir}/program'],
  },
  slow: {
    file_name: 'main.slow',
    compile: { command: ['python3', '-c', 'import time; time.sleep(60)', '{file}'], timeout_seconds: 1 },
    run: ['{dir}/program'],
  },
  busy: {
    file_name: 'main.busy',
    compile: { command: ['python3', '-c', 'while True: pass', '{file}'], cpu_seconds: 1 },
    run: ['{dir}/program'],
  },
  hungry: {
    file_name: 'main.hungry',
    compile: { command: ['python3', '-c', 'b"x" * 500_000_000', '{file}'] },
    run: ['{dir}/program'],
    limits: { memory_mb: 64 },
  },
  awk: { file_name: 'main.awk', run: ['mawk', '-f', '{file}'], env: { WHOSE: "the operator's" } },
};

function writeDefinitions(definitions: Record<string, object>): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'gantry-runtimes-'));
  for (const [name, definition] of Object.entries(definitions)) {
    mkdirSync(path.join(directory, name));
    const file = path.join(directory, name, 'runtime.json');
    writeFileSync(file, JSON.stringify({ name, version: '9.9', ...definition }));
  }
  return directory;
}

describe('runtimes', () => {
  let directory: string;
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    directory = writeDefinitions(DEFINITIONS);
    stack = await startStack({ env: { RUNTIMES_DIR: directory, POOL_PREPARE: 'python' } });
    api = new Api(stack.url);
  });
  afterAll(async () => {
    await stack.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const needNothing = loadSmokeTests().filter(({ runtime }) => runtime.install === null);
  test.each(needNothing.map((smoke) => [smoke.runtime.name, smoke] as const))(
    '%s passes its smoke test',
    async (language, { program, stdin, expected, broken }) => {
      const result = await api.execute({ language, code: program, input_data: stdin });
      expect(result).toMatchObject({ status: 'completed', stdout: expected, stderr: '' });
      if (broken === null) return;
      const failed = await api.execute({ language, code: broken });
      expect(failed).toMatchObject({ status: 'failed', reason: 'compile_error', stdout: '' });
      expect(failed.stderr).toMatch(/\S/);
    },
  );

  test("of the operator's are there beside ours, which they replace", async () => {
    const { body } = await api.call<{ runtimes: { name: string; version: string }[] }>('GET', '/runtimes');
    const versions = new Map(body.runtimes.map(({ name, version }) => [name, version]));
    expect([versions.get('checked'), versions.get('awk'), versions.get('python')]).toEqual(['9.9', '9.9', '3.11']);
    const result = await api.execute({ language: 'awk', code: 'BEGIN { print ENVIRON["WHOSE"] }' });
    expect(result).toMatchObject({ status: 'completed', stdout: "the operator's\n" });
  });

  test('compile and then run what was compiled, by any name they have', async () => {
    const code = '#!/bin/bash\nread line\necho "$line, $1, $0"\nexit 4\n';
    const result = await api.execute({ language: 'CHK', code, input_data: 'in\n', args: ['a b'] });
    expect(result).toMatchObject({ status: 'failed', reason: 'exit_code', exit_code: 4 });
    expect(result.stdout).toBe('in, a b, /tmp/build/program\n');
  });

  test('tell what the compiler says when the program does not compile', async () => {
    const result = await api.execute({ language: 'checked', code: 'if then' });
    expect(result).toMatchObject({ status: 'failed', reason: 'compile_error', exit_code: 2, stdout: '' });
    expect(result.stderr).toMatch(/\/workspace\/main\.checked: line 1: syntax error/);
    expect(result.error_message).toMatch(/does not compile/);
  });

  test.each([
    ['wall time', 'slow', 'timeout', 'wall_time_limit', 'Compiling took longer than 1 s'],
    ['processor time', 'busy', 'timeout', 'cpu_time_limit', 'Compiling used more than 1 s of processor time'],
    ['memory', 'hungry', 'failed', 'memory_limit', expect.stringMatching(/67108864 bytes/)],
  ])('compile within limits: %s', async (_limit, language, status, reason, message) => {
    const result = await api.execute({ language, code: '' });
    expect(result).toMatchObject({ status, reason, error_message: message });
    expect(result.execution_time_seconds).toBeLessThan(10);
  });
});

test('a bad definition keeps gateway and worker from starting, with file, field and reason', async () => {
  const directory = writeDefinitions({ odd: { file_name: 'main.odd', run: ['odd', '{fil}'] } });
  try {
    for (const app of ['gateway', 'worker']) {
      const process = new ServiceProcess(`apps/${app}/dist/main.js`, {
        RUNTIMES_DIR: directory,
        EXECUTOR_IMAGE: 'x',
        PORT: '0',
      });
      await once(process.child, 'close');
      expect(process.child.exitCode).toBe(1);
      expect(process.tail()).toContain(`${directory}/odd/runtime.json: run.1: {fil} is no placeholder`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
