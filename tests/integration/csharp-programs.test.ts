import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/process.js';
import { dockerHost, executorImage } from '../support/requirements.js';

const PROGRAMS = join(ROOT, 'libs/runtimes/csharp/tests');
const SCRIPT = `cd /tmp && printf %s "$CODE" > Program.cs && /opt/gantry/bin/csharp-compile /tmp/out /tmp/Program.cs || exit 99
exec /opt/gantry/bin/csharp-run /tmp/out one two`;

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Compiles and runs a program in the executor image as the worker has it done: read-only, without a network, as nobody. */
function runProgram(code: string): Promise<Ended> {
  const surroundings = [
    '--read-only',
    '--tmpfs=/tmp:exec,uid=70000',
    '--network=none',
    '--user=70000:70000',
    '--cap-drop=ALL',
  ];
  const args = [
    'run',
    '--rm',
    '-i',
    ...surroundings,
    '--env',
    `CODE=${code}`,
    '--entrypoint',
    'sh',
    executorImage(),
    '-c',
    SCRIPT,
  ];
  return new Promise((resolve, reject) => {
    const child = execFile('docker', ['--host', dockerHost(), ...args], (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdin?.end('l1\nl2\n');
  });
}

describe('a C# program', () => {
  test.each([
    ['functions', 0],
    ['nested', 0],
    ['types', 3],
    ['literals', 0],
    ['linq', 0],
    ['arguments', 2],
  ])('%s.cs prints what it should and ends with %d', async (name, code) => {
    const source = await readFile(join(PROGRAMS, `${name}.cs`), 'utf8');
    const expected = await readFile(join(PROGRAMS, `${name}.txt`), 'utf8');
    expect(await runProgram(source)).toEqual({ code, stdout: expected, stderr: '' });
  });

  test('with a Main of its own may await, and tells where an exception came from', async () => {
    const { code, stdout, stderr } = await runProgram(await readFile(join(PROGRAMS, 'classic.cs'), 'utf8'));
    expect(stdout).toBe('null 1\n');
    expect(stderr).toMatch(/InvalidOperationException: boom[^]*Program\.cs:(line )?15/);
    expect(code).not.toBe(0);
  });

  test.each([
    [
      'before a moved function',
      'int x = 1;\nHelper();\nvoid Helper() { x++; }\nundefined();\n',
      /Program\.cs\(4,1\): error CS0103/,
    ],
    ['inside one', 'int x = 1;\nHelper();\n\nvoid Helper()\n{\n    x = "no";\n}\n', /Program\.cs\(6,9\): error CS0029/],
    [
      'after the statements',
      'Console.WriteLine(1);\nclass A\n{\n    int F() { return "s"; }\n}\n',
      /Program\.cs\(4,22\): error CS0029/,
    ],
    ['in the syntax', 'Console.WriteLine("a")\nint y = 2;\n', /Program\.cs\((1|2),\d+\): error CS/],
  ])('with an error %s is told the line and column of its own file', async (_place, source, message) => {
    const { code, stdout, stderr } = await runProgram(source);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 99, stdout: '' });
  });
});
