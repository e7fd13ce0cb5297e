import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionView, HealthView, RuntimeList } from '@gantry/contracts';
import { CliProcess } from '../support/cli-process.js';
import { containersOf } from '../support/containers.js';
import { externalUrl, testOwnProcesses } from '../support/external-stack.js';
import { eventually } from '../support/eventually.js';
import { startStack, type Stack } from '../support/stack.js';

describe('the command line', () => {
  let stack: Stack;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gantry-cli-e2e-'));
    stack = await startStack();
  });
  afterAll(async () => {
    await rm(directory, { recursive: true });
    await stack.close();
    if (externalUrl === null) expect(await containersOf(stack.deployment)).toEqual([]);
  });

  const start = (argv: string[], stdin: string | Buffer = ''): CliProcess =>
    new CliProcess(stack.url, argv, { stdin, cwd: directory });
  const gantry = (argv: string[], stdin: string | Buffer = '') => start(argv, stdin).ended();
  /** No container of an execution is left; such as stand ready for the next one may be there. */
  const noContainers = () =>
    eventually(async () => {
      const busy = (await containersOf(stack.deployment)).filter((labels) => labels['gantry.execution']);
      expect(busy).toEqual([]);
    });

  test.each([
    ['python', "print('Hello from Python!')", 'Hello from Python!\n'],
    ['node', "console.log('Hello from Node.js!')", 'Hello from Node.js!\n'],
    ['bash', 'echo "Hello from Bash!"', 'Hello from Bash!\n'],
    ['csharp', 'Console.WriteLine("Hello from C#!");', 'Hello from C#!\n'],
  ])('runs %s', async (language, code, out) => {
    expect(await gantry(['exec', language, code])).toEqual({ code: 0, out, err: '' });
  });

  test('passes on every byte of both streams', async () => {
    const code = `
import sys, time
every = bytes(range(256)) * 40
sys.stdout.buffer.write(every); sys.stdout.flush()
for byte in "é漢🚀\\n".encode():
    sys.stderr.buffer.write(bytes([byte])); sys.stderr.flush(); time.sleep(0.02)
sys.stdout.buffer.write(b"\\r\\n\\x00end")`;
    const run = start(['exec', 'python', code]);
    expect(await run.ended()).toMatchObject({ code: 0, err: 'é漢🚀\n' });
    const every = Buffer.from(Array.from({ length: 256 * 40 }, (_, i) => i % 256));
    expect(run.out.equals(Buffer.concat([every, Buffer.from('\r\n\0end')]))).toBe(true);
  });

  test('ends as the program ended', async () => {
    expect(await gantry(['exec', 'bash', 'echo out; echo err >&2; exit 42'])).toEqual({
      code: 42,
      out: 'out\n',
      err: 'err\n',
    });
    expect(await gantry(['exec', 'bash', 'kill -SEGV $$'])).toEqual({
      code: 139,
      out: '',
      err: 'gantry: signal: Killed by SIGSEGV\n',
    });
    const slow = await gantry(['exec', 'bash', 'echo begun; sleep 60', '--timeout', '1s']);
    expect(slow).toMatchObject({ code: 124, out: 'begun\n', err: expect.stringMatching(/^gantry: timeout: /) });
    const greedy = await gantry(['exec', 'python', 'x = bytearray(10**9)', '--memory', '64m']);
    expect(greedy).toMatchObject({ code: 1, err: expect.stringMatching(/gantry: memory_limit: /) });
  });

  test('takes the code from a file or standard input, and arguments, environment and input from where it is told', async () => {
    const show = 'import sys, os\nprint(sys.argv[1:], os.environ["WHO"], repr(sys.stdin.read()))\n';
    await writeFile(join(directory, 'show.py'), show);
    await writeFile(join(directory, 'input.txt'), 'líne\n');
    const args = ['-e', 'WHO=me=you', '--', '--json', 'a b', '$(id)'];
    const told = "['--json', 'a b', '$(id)'] me=you 'líne\\n'\n";
    expect(await gantry(['exec', '--file', 'show.py', '--stdin-file', 'input.txt', ...args])).toEqual({
      code: 0,
      out: told,
      err: '',
    });
    expect(await gantry(['exec', '--file', 'show.py', '--stdin', '-', ...args], 'líne\n')).toEqual({
      code: 0,
      out: told,
      err: '',
    });
    expect(await gantry(['exec', 'python', '-', '--stdin', 'líne\n', ...args], show)).toEqual({
      code: 0,
      out: told,
      err: '',
    });
    const binary = await gantry(['exec', 'python', '1', '--stdin', '-'], Buffer.from([0xff, 0xfe]));
    expect(binary).toMatchObject({ code: 1, err: expect.stringContaining('Standard input is not UTF-8') });
  });

  test('writes output while the program runs, and cancels it at Ctrl-C', async () => {
    const run = start(['exec', 'bash', 'echo first; sleep 60']);
    await run.has('out', 'first\n');
    run.child.kill('SIGINT');
    expect(await run.ended()).toMatchObject({
      code: 130,
      out: 'first\n',
      err: expect.stringMatching(/gantry: Cancelling exec_\w+.*\ngantry: cancelled: /),
    });
    await noContainers();
  });

  testOwnProcesses('leaves at once at the second Ctrl-C', async () => {
    // The gateway stands still, so nothing but the second interrupt can end the command.
    const run = start(['exec', 'bash', 'echo first; sleep 5']);
    await run.has('out', 'first\n');
    stack.gateway.child.kill('SIGSTOP');
    try {
      run.child.kill('SIGINT');
      await run.has('err', 'Cancelling');
      run.child.kill('SIGINT');
      expect((await run.ended()).code).toBe(130);
    } finally {
      stack.gateway.child.kill('SIGCONT');
    }
    await noContainers();
  });

  test('cancels the program when nobody reads its output any more', async () => {
    const run = start(['exec', 'bash', 'while true; do echo line; sleep 0.05; done']);
    await run.has('out', 'line\n');
    run.child.stdout.destroy();
    expect((await run.ended()).code).toBe(141);
    await noContainers();
    const { out } = await gantry(['list', '-n', '1', '--json']);
    expect(JSON.parse(out)).toMatchObject({ executions: [{ status: 'cancelled' }] });
  });

  testOwnProcesses('follows a program across a restart of the gateway, without gap or duplicate', async () => {
    const run = start(['exec', 'bash', 'for i in $(seq 1 80); do echo "line $i"; sleep 0.1; done; exit 3']);
    await run.has('out', 'line 5\n');
    await stack.gateway.stop();
    await stack.restartGateway();
    const lines = Array.from({ length: 80 }, (_, i) => `line ${i + 1}\n`).join('');
    expect(await run.ended()).toEqual({ code: 3, out: lines, err: '' });
  });

  test('submits, lists, follows, shows and cancels', async () => {
    const detached = await gantry(['exec', 'bash', 'echo a; echo b >&2; sleep 60', '--detach']);
    expect(detached).toMatchObject({ code: 0, out: expect.stringMatching(/^exec_\w{26}\n$/), err: '' });
    const id = detached.out.trim();
    const following = start(['logs', '-f', id]);
    await following.has('out', 'a\n');
    expect(await gantry(['logs', id])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^(a\nb|b\na)\n$/),
      err: expect.stringContaining('still runs'),
    });
    expect((await gantry(['list', '--status', 'running'])).out).toMatch(new RegExp(`^${id} +running`, 'm'));
    expect((await gantry(['result', id])).out).toMatch(/^status: +running$/m);
    expect(await gantry(['cancel', id])).toMatchObject({ code: 0, out: expect.stringContaining(id) });
    const shown = await gantry(['result', id, '--wait', '--json']);
    expect(JSON.parse(shown.out) as ExecutionView).toMatchObject({
      execution_id: id,
      status: 'cancelled',
      stdout: 'a\n',
      stderr: 'b\n',
    });
    expect(await following.ended()).toEqual({ code: 0, out: 'a\n', err: 'b\n' });
    expect(await gantry(['logs', id])).toEqual({ code: 0, out: 'a\n', err: 'b\n' });
    expect((await gantry(['cancel', id])).out).toMatch(/is cancelled/);
    const events = (await gantry(['logs', id, '--json'])).out.trimEnd().split('\n');
    expect(events.map((line) => (JSON.parse(line) as { id: number }).id)).toEqual(events.map((_, i) => i + 1));
  });

  test('gives the result as JSON, with the same exit code', async () => {
    const { code, out, err } = await gantry(['exec', 'python', 'print("x"); exit(5)', '--json']);
    expect([code, err]).toEqual([5, '']);
    expect(JSON.parse(out) as ExecutionView).toMatchObject({
      status: 'failed',
      reason: 'exit_code',
      exit_code: 5,
      stdout: 'x\n',
    });
    expect(await gantry(['exec', 'python', 'print("x"); exit(5)', '--wait'])).toEqual({ code: 5, out: 'x\n', err: '' });
  });

  test('tells about the service', async () => {
    const health = await gantry(['health', '--json']);
    expect([health.code, JSON.parse(health.out) as HealthView]).toEqual([
      0,
      expect.objectContaining({ status: 'healthy', workers: externalUrl === null ? 1 : expect.any(Number) }),
    ]);
    const { runtimes } = JSON.parse((await gantry(['runtimes', '--json'])).out) as RuntimeList;
    expect(runtimes.map((runtime) => runtime.name)).toEqual(
      expect.arrayContaining(['python', 'node', 'bash', 'csharp']),
    );
  });

  test('explains what the service refuses, and what is not there', async () => {
    const unknown = await gantry(['exec', 'klingon', 'x']);
    expect(unknown).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^gantry: .*klingon.*\n {2}language: must be one of: .*python/),
    });
    expect((await gantry(['exec', 'python', '1', '--memory', '1'])).err).toContain('resource_limits.memory_mb');
    expect(await gantry(['result', 'exec_00000000000000000000000000'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('gantry list'),
    });
    expect((await gantry(['exec'])).code).toBe(2);
    const closed = createServer();
    await once(closed.listen(0, '127.0.0.1'), 'listening');
    const nowhere = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
    await new Promise((resolve) => closed.close(resolve));
    const nobody = await gantry(['health', '--base-url', nowhere]);
    expect([nobody.code, nobody.out]).toEqual([1, '']);
    expect(nobody.err).toMatch(/^gantry: Nothing listens at http:[^]*--base-url or GANTRY_URL/);
  });
});
