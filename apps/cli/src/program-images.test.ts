import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { json, output, ScriptedCli, sse } from '../../../tests/support/scripted-cli.js';

const OUTCOME = {
  success: true,
  image_name: 'tools',
  build_logs: ['log one', 'log two'],
  error_message: null,
  failing_line: null,
  job_id: 'job_1',
  status: 'completed',
  reason: 'built',
  digest: 'sha256:00',
  size_bytes: 2048,
  layers_cached: 1,
  layers_total: 3,
  build_seconds: 4,
  cached: false,
  installed: [{ manager: 'apt', name: 'jq', version: '1.6' }],
};
const JOB = {
  ...OUTCOME,
  kind: 'create',
  image_id: 'img_1',
  parent_image_id: null,
  attempt: 1,
  worker: 'w1',
  created_at: '2026-11-23T10:00:00Z',
  started_at: null,
  finished_at: null,
};
const FAILED = {
  ...JOB,
  success: false,
  status: 'failed',
  reason: 'build_failed',
  image_id: null,
  error_message: 'apt-get exited with code 100',
  failing_line: 'apt-get install nonesuch',
};
const STEP = ['progress', { message: 'installing jq (1/2)', percent: 50, at: 1 }] as [string, object];

let cli: ScriptedCli;
beforeEach(async () => {
  cli = await ScriptedCli.start();
  cli.routes = {
    'POST /images/create': json(202, { job_id: 'job_1', status: 'pending' }),
    'POST /packages/install': json(202, { job_id: 'job_1', status: 'pending' }),
    'GET /jobs/job_1/stream': sse(
      ['progress', { message: 'building the image', at: 1 }],
      STEP,
      ['stdout', output('log one\nlog\u001b[2J two\n')],
      ['result', JOB],
    ),
  };
});
afterEach(() => cli[Symbol.asyncDispose]());

describe('create', () => {
  test('orders what the options say, tells steps and log, then the image', async () => {
    const options = ['-n', 'tools', '--pip', 'a>=1', '--pip', 'b', '--apt', 'jq', '-e', 'A=b=c'];
    const { code, out, err } = await cli.run(['create', 'python', 'bash', ...options]);
    expect(cli.sent('POST /images/create')).toEqual({
      languages: ['python', 'bash'],
      image_name: 'tools',
      packages: { pip: ['a>=1', 'b'], apt: ['jq'] },
      environment: { A: 'b=c' },
      wait_seconds: 0,
    });
    expect([code, err]).toEqual([0, 'gantry: building the image\nlog one\nlog\\x1b[2J two\n']);
    expect(out.toString()).toBe(
      'image:     img_1\nname:      tools\nsize:      2.0 KiB\nbuilt:     in 4.00 s, 1 of 3 layers were there\ninstalled: jq=1.6\n',
    );
  });

  test('shows a bar on a terminal, and of a failing build the end of its log', async () => {
    cli.routes['GET /jobs/job_1/stream'] = sse(STEP, ['stdout', output('log one\n')], ['result', FAILED]);
    const { code, out, err } = await cli.run(['create', 'bash'], { bars: true });
    expect([code, out.toString()]).toEqual([1, '']);
    expect(err).toMatch(/█+░+ 50% installing jq \(1\/2\)/);
    expect(err).toContain('log one\nlog two\ngantry: build_failed: ');
    expect(err).toContain('gantry: build_failed: apt-get exited with code 100\n');
    expect(err).toContain('gantry: failed at: apt-get install nonesuch\n');
    // The cursor is shown again.
    expect(err.lastIndexOf('\u001b[?25h')).toBeGreaterThan(err.lastIndexOf('\u001b[?25l'));
  });

  test('tells the log of a failing build once where there is no terminal', async () => {
    cli.routes['GET /jobs/job_1/stream'] = sse(['stdout', output('log one\nlog two\n')], ['result', FAILED]);
    const { err } = await cli.run(['create', 'bash']);
    expect(err).toBe(
      'log one\nlog two\ngantry: build_failed: apt-get exited with code 100\ngantry: failed at: apt-get install nonesuch\n',
    );
  });

  test('writes one JSON document with --json', async () => {
    const { out, err } = await cli.run(['create', 'bash', '--json']);
    expect([JSON.parse(out.toString()), err]).toEqual([{ ...OUTCOME, image_id: 'img_1' }, '']);
  });

  test('prints the job with --no-wait, and the image when there is no job', async () => {
    expect((await cli.run(['create', 'bash', '--no-wait'])).out.toString()).toBe('job_1\n');
    cli.routes['POST /images/create'] = json(200, { ...OUTCOME, job_id: null, cached: true, image_id: 'img_1' });
    expect((await cli.run(['create', 'bash', '--no-wait'])).out.toString()).toContain('image:     img_1\n');
    expect((await cli.run(['create', 'bash'])).out.toString()).toContain('built:     it was there already\n');
  });

  test('cancels the build at Ctrl-C, waits for its end, and says so', async () => {
    const held = new PassThrough();
    let interrupt = (): void => undefined;
    cli.routes['GET /jobs/job_1/stream'] = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      held.pipe(response);
      interrupt();
    };
    cli.routes['POST /jobs/job_1/cancel'] = (response) => {
      json(202, { job_id: 'job_1', status: 'running', cancel_requested: true })(response);
      const end = {
        ...FAILED,
        status: 'cancelled',
        reason: 'cancelled',
        error_message: 'Cancelled',
        failing_line: null,
      };
      held.end(`id: 1\nevent: result\ndata: ${JSON.stringify(end)}\n\n`);
    };
    const { code, err } = await cli.run(['create', 'bash'], { act: (press) => (interrupt = press) });
    expect([code, err.split('\n')]).toEqual([
      130,
      [
        'gantry: Cancelling job_1; Ctrl-C again leaves without waiting for its end.',
        'gantry: cancelled: Cancelled',
        '',
      ],
    ]);
  });

  test('sends a Dockerfile and its files', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'gantry-create-'));
    const path = join(directory, 'a.txt');
    await writeFile(path, 'content');
    const input = 'FROM debian\nCOPY data/a.txt /\n';
    await cli.run(['create', 'bash', '--dockerfile', '-', '-f', `${path}:data/a.txt`], { input });
    expect(cli.sent('POST /images/create')).toMatchObject({
      custom_dockerfile: input,
      files: [{ path: 'data/a.txt', content: 'content' }],
    });
    await rm(directory, { recursive: true });
  });
});

describe('install-package', () => {
  test.each([
    [['tools', 'node', 'lodash'], { image_id: 'tools', language: 'node', package_name: 'lodash' }],
    [['-', 'bash', 'jq', '--version', '1.6'], { language: 'bash', package_name: 'jq', package_version: '1.6' }],
    [['-', 'bash', 'jq', '--version=1.6'], { language: 'bash', package_name: 'jq', package_version: '1.6' }],
    [['-', 'node', 'a@1', 'b', '-n', 'x'], { language: 'node', packages: ['a@1', 'b'], image_name: 'x' }],
  ])('%j is the order %j', async (argv, order) => {
    const { code, out } = await cli.run(['install-package', ...argv]);
    expect(cli.sent('POST /packages/install')).toEqual({ ...order, wait_seconds: 0 });
    expect([code, out.toString()]).toEqual([0, expect.stringContaining('image:     img_1\n')]);
  });

  test('refuses one version for several packages', async () => {
    const { code, err } = await cli.run(['install-package', '-', 'node', 'a', 'b', '--version', '1']);
    expect([code, err]).toEqual([2, expect.stringContaining('--version is of a single package')]);
  });
});

test('images are listed, shown and deleted', async () => {
  const summary = {
    image_id: 'img_1',
    image_name: 'tools',
    names: ['tools', 'v2'],
    languages: ['bash', 'node'],
    base_os: 'debian:bookworm-slim',
    packages: OUTCOME.installed,
    created_at: '2026-11-23T10:00:00Z',
    last_used_at: '2026-11-23T11:00:00Z',
    digest: null,
    size_bytes: 2048,
    ready: true,
  };
  cli.routes = {
    'GET /images?limit=50': json(200, { images: [summary], next_cursor: null }),
    'GET /images/tools': json(200, { ...summary, ready_on: ['w1'], in_use: 2, recipe: {} }),
    'DELETE /images/tools': json(200, { success: true, image_id: 'img_1', message: 'gone' }),
  };
  expect((await cli.run(['images'])).out.toString()).toMatch(/^img_1 +tools, v2 +bash, node +1 +2\.0 KiB +yes +2026/m);
  expect((await cli.run(['image', 'tools'])).out.toString()).toContain('packages:  jq=1.6\n');
  expect((await cli.run(['delete-image', 'tools'])).out.toString()).toBe('img_1 is deleted.\n');
});

test('jobs are followed, shown and cancelled by the commands of executions', async () => {
  cli.routes['GET /jobs/job_1'] = json(200, FAILED);
  cli.routes['POST /jobs/job_1/cancel'] = json(200, { job_id: 'job_1', status: 'failed', cancel_requested: false });
  expect((await cli.run(['logs', '-f', 'job_1'])).out.toString()).toBe('log one\nlog\\x1b[2J two\n');
  expect((await cli.run(['result', 'job_1'])).out.toString()).toContain(
    'status:    failed (build_failed)\nmessage:   apt-get exited with code 100\nfailed at: apt-get install nonesuch\n',
  );
  expect((await cli.run(['cancel', 'job_1'])).out.toString()).toBe('job_1 had already ended: failed.\n');
});
