import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import {
  json,
  output,
  ScriptedCli,
  sse,
  VIEW,
  type Outcome,
  type Routes,
} from '../../../tests/support/scripted-cli.js';

const RUNTIME = {
  name: 'python',
  aliases: ['py'],
  version: '3.11',
  extensions: ['.py'],
  file_name: 'main.py',
  compiled: false,
  package_manager: 'pip',
  image: 'ready',
  image_reason: null,
  image_id: null,
};

let cli: ScriptedCli;
let routes: Routes;
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gantry-cli-'));
  cli = await ScriptedCli.start();
});

beforeEach(() => {
  cli.requests = [];
  routes = {
    'POST /execute': json(202, { execution_id: 'exec_1', status: 'pending' }),
    'GET /executions/exec_1': json(200, VIEW),
    'GET /executions/exec_1?wait_seconds=30': json(200, VIEW),
    'GET /executions/exec_1/stream': sse(['stdout', output('out')], ['stderr', output('err')], ['result', VIEW]),
    'GET /runtimes': json(200, { runtimes: [RUNTIME] }),
  };
  cli.routes = routes;
});

afterAll(async () => {
  await cli[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const run = (argv: string[], input = '', act?: (interrupt: () => void) => void): Promise<Outcome> =>
  cli.run(argv, { input, ...(act ? { act } : {}) });

const sentOrder = (): unknown => cli.sent('POST /execute');

describe('exec', () => {
  test('writes both streams byte for byte and ends with the exit code of the program', async () => {
    const binary = Buffer.from([0, 255, 10, 128]);
    const failed = { ...VIEW, status: 'failed', exit_code: 7 };
    routes['GET /executions/exec_1/stream'] = sse(
      ['stdout', output(binary.toString('base64'), 'base64')],
      ['stderr', output('é')],
      ['stdout', output('b')],
      ['result', failed],
    );
    expect(await run(['exec', 'python', 'x'])).toEqual({
      code: 7,
      out: Buffer.concat([binary, Buffer.from('b')]),
      err: 'é',
      left: null,
    });
    expect(sentOrder()).toEqual({ language: 'python', code: 'x', wait_seconds: 0 });
  });

  test('sends a file, arguments after --, and options, and finds the language by the extension', async () => {
    const file = join(directory, 'job.py');
    await writeFile(file, '\ufeffprint("é")\r\n');
    const argv = [
      'exec',
      '--file',
      file,
      '--stdin',
      '-',
      '-e',
      'A=1',
      '-e',
      'B=2',
      '-t',
      '2m',
      '-m',
      '1g',
      '--cpus',
      '0.5',
      '--',
      '--json',
      '-',
      '--',
    ];
    expect((await run(argv, 'in\0put')).code).toBe(0);
    expect(sentOrder()).toEqual({
      language: 'python',
      code: '\ufeffprint("é")\r\n',
      input_data: 'in\0put',
      args: ['--json', '-', '--'],
      environment_variables: { A: '1', B: '2' },
      resource_limits: { timeout_seconds: 120, memory_mb: 1024, cpu_cores: 0.5 },
      wait_seconds: 0,
    });
  });

  test('reads the code from standard input', async () => {
    await run(['exec', 'python', '-'], 'print(2)\n');
    expect(sentOrder()).toMatchObject({ code: 'print(2)\n' });
  });

  test.each([
    [
      { status: 'failed', reason: 'signal', exit_code: null, signal: 'SIGSEGV', error_message: 'Killed by SIGSEGV' },
      139,
      'signal: Killed by SIGSEGV',
    ],
    [
      { status: 'failed', reason: 'memory_limit', exit_code: null, signal: 'SIGKILL', error_message: 'Needed more' },
      1,
      'memory_limit: Needed more',
    ],
    [
      { status: 'timeout', reason: 'wall_time_limit', exit_code: null, error_message: 'Ran longer than 1 s' },
      124,
      'timeout: Ran longer than 1 s',
    ],
  ])('tells an end by %j on a line of its own', async (end, code, line) => {
    routes['GET /executions/exec_1/stream'] = sse(['stderr', output('no newline')], ['result', { ...VIEW, ...end }]);
    expect(await run(['exec', 'python', 'x'])).toMatchObject({ code, err: `no newline\ngantry: ${line}\n` });
  });

  test('writes one JSON document with --json, and the exit code is the same', async () => {
    routes['GET /executions/exec_1?wait_seconds=30'] = json(200, {
      ...VIEW,
      status: 'failed',
      exit_code: 4,
      added: true,
    });
    const { code, out, err } = await run(['exec', 'python', 'x', '--json']);
    expect([code, JSON.parse(out.toString()), err]).toEqual([
      4,
      { ...VIEW, status: 'failed', exit_code: 4, added: true },
      '',
    ]);
  });

  test('writes the output at the end with --wait', async () => {
    routes['GET /executions/exec_1?wait_seconds=30'] = json(200, {
      ...VIEW,
      stdout: 'head tail',
      stdout_truncated: true,
    });
    const { out, err } = await run(['exec', 'python', 'x', '--wait']);
    expect(out.toString()).toBe('head tail');
    expect(err).toBe('gantry: part of stdout is missing here: the program wrote more than is kept\nerr');
    expect(cli.requests.some(({ route }) => route.endsWith('/stream'))).toBe(false);
  });

  test('tells that the image is being made, on a line of its own', async () => {
    routes['GET /executions/exec_1/stream'] = sse(
      ['progress', { message: 'building image img_1\u001b[2J', at: 1 }],
      ['stdout', output('out')],
      ['result', VIEW],
    );
    expect(await run(['exec', 'rust', 'x'])).toMatchObject({
      out: Buffer.from('out'),
      err: 'gantry: building image img_1\\x1b[2J\n',
    });
  });

  test('prints only the id with --detach', async () => {
    expect(await run(['exec', 'python', 'x', '--detach'])).toEqual({
      code: 0,
      out: Buffer.from('exec_1\n'),
      err: '',
      left: null,
    });
    expect(cli.requests.map(({ route }) => route)).toEqual(['POST /execute']);
  });

  test('cancels at the first interrupt and waits for the end, and leaves at the second', async () => {
    const held = new PassThrough();
    let interrupt = (): void => undefined;
    routes['GET /executions/exec_1/stream'] = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      held.pipe(response);
      interrupt();
    };
    routes['POST /executions/exec_1/cancel'] = (response) => {
      json(202, { execution_id: 'exec_1', status: 'running', cancel_requested: true })(response);
      interrupt();
      const end = {
        ...VIEW,
        status: 'cancelled',
        reason: 'cancelled',
        exit_code: null,
        error_message: 'Cancelled while it was running',
      };
      held.end(`id: 1\nevent: result\ndata: ${JSON.stringify(end)}\n\n`);
    };
    const outcome = await run(['exec', 'python', 'x'], '', (press) => (interrupt = press));
    expect(outcome).toMatchObject({ code: 130, left: 130 });
    expect(outcome.err).toBe(
      'gantry: Cancelling exec_1; Ctrl-C again leaves without waiting for its end.\ngantry: cancelled: Cancelled while it was running\n',
    );
    expect(cli.requests.filter(({ route }) => route.endsWith('/cancel'))).toHaveLength(1);
  });

  test('cancels as soon as it knows the id when the interrupt comes before', async () => {
    let interrupt = (): void => undefined;
    const accept = routes['POST /execute'];
    routes['POST /execute'] = (response, body) => (interrupt(), accept?.(response, body));
    routes['POST /executions/exec_1/cancel'] = json(202, {
      execution_id: 'exec_1',
      status: 'pending',
      cancel_requested: true,
    });
    const { err } = await run(['exec', 'python', 'x'], '', (press) => (interrupt = press));
    expect(err).toContain('gantry: Cancelling once the service has answered');
    expect(cli.requests.some(({ route }) => route === 'POST /executions/exec_1/cancel')).toBe(true);
  });
});

describe('other commands', () => {
  test('result shows facts and output', async () => {
    const { code, out } = await run(['result', 'exec_1']);
    expect([code, out.toString()]).toEqual([
      0,
      expect.stringMatching(/^execution: exec_1\nstatus: {4}completed\n[^]*--- stdout\nout\n--- stderr\nerr\n$/),
    ]);
  });

  test('logs writes the streams where they belong', async () => {
    expect(await run(['logs', 'exec_1'])).toMatchObject({ code: 0, out: Buffer.from('out'), err: 'err' });
    const { out } = await run(['logs', '-f', 'exec_1', '--json']);
    expect(
      out
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: number; type: string }).type),
    ).toEqual(['stdout', 'stderr', 'result']);
  });

  test('logs of a running execution shows what there is', async () => {
    const running = { ...VIEW, status: 'running', reason: null, exit_code: null };
    routes['GET /executions/exec_1'] = json(200, running);
    routes['GET /executions/exec_1/progress'] = json(200, {
      execution_id: 'exec_1',
      status: 'running',
      start_time: 1,
      end_time: null,
      logs: ['a\n', 'b'],
      response: null,
      error: null,
    });
    expect(await run(['logs', 'exec_1'])).toMatchObject({
      code: 0,
      out: Buffer.from('a\nb'),
      err: expect.stringContaining('it still runs'),
    });
  });

  test('list stops at its limit', async () => {
    const {
      stdout: _o,
      stderr: _e,
      stdout_encoding: _oe,
      stderr_encoding: _ee,
      usage: _u,
      limits: _l,
      artifacts: _a,
      artifacts_omitted: _ao,
      artifacts_omitted_count: _ac,
      ...summary
    } = VIEW;
    routes['GET /executions?limit=2&status=completed'] = json(200, {
      executions: [summary, summary, summary],
      next_cursor: 'more',
    });
    const { out } = await run(['list', '-n', '2', '--status', 'completed', '--json']);
    expect((JSON.parse(out.toString()) as { executions: unknown[] }).executions).toEqual([summary, summary]);
  });

  test('health exits with 1 when programs cannot be run', async () => {
    const health = {
      docker_available: true,
      redis_available: true,
      timestamp: 1,
      active_containers: 0,
      available_images: 1,
      workers: 1,
      version: '1',
    };
    routes['GET /health'] = json(200, { ...health, status: 'unhealthy' });
    expect((await run(['health'])).code).toBe(1);
    routes['GET /health'] = json(200, { ...health, status: 'healthy' });
    expect((await run(['health'])).code).toBe(0);
  });
});

describe('mistakes', () => {
  test.each([
    [['exec'], /gantry: Name a language and give code/],
    [['exec', 'python'], /gantry: Give the code/],
    [['exec', 'python', 'x', '--memory', 'lots'], /--memory <size>' argument 'lots' is invalid\. Use MiB/],
    [['exec', 'python', 'x', '--wait', '--detach'], /cannot be used with/],
    [['exce'], /Did you mean exec\?/],
    [['list', '--status', 'done'], /Allowed choices are pending/],
    [['list', '--', 'x'], /only exec and exec-file take arguments after --/],
    [['result', '../health'], /not an execution id/],
    [['health', '--base-url', 'nowhere'], /not a URL/],
    [['exec', '--file', 'a.rb'], /Cannot read a\.rb: there is no such file/],
  ])('%j is explained', async (argv, message) => {
    const { code, out, err } = await run(argv);
    expect(err).toMatch(message);
    expect([code, out.toString()]).toEqual([/Cannot read/.test(err) ? 1 : 2, '']);
  });

  test('an error of the service names the faulty places and what to do, also as JSON', async () => {
    const errors = [{ path: 'language', message: 'must be one of: python' }];
    routes['POST /execute'] = json(422, {
      code: 'unknown_language',
      detail: 'The language "x" is not known',
      status: 422,
      suggestion: 'HTTP',
      errors,
      retryable: false,
    });
    expect(await run(['exec', 'x', 'y'])).toMatchObject({
      code: 1,
      err: 'gantry: The language "x" is not known\n  language: must be one of: python\n  "gantry runtimes" lists what there is.\n',
    });
    const { err } = await run(['exec', 'x', 'y', '--json']);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'unknown_language', status: 422, errors } });
  });

  test('help and version go to standard output', async () => {
    for (const argv of [[], ['--help'], ['exec', '--help'], ['help', 'logs']]) {
      const { code, out, err } = await run(argv);
      expect([code, err]).toEqual([0, '']);
      expect(out.toString()).toMatch(/^Usage: gantry [^]*Examples:\n {2}/);
    }
    expect(await run(['--version'])).toMatchObject({ code: 0, out: Buffer.from('9.9.9\n') });
  });
});
