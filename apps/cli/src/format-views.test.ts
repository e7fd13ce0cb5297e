import { describe, expect, test } from '@jest/globals';
import type { ExecutionView } from '@gantry/contracts';
import {
  describeDrop,
  describeEnd,
  formatCancel,
  formatExecution,
  formatExecutions,
  formatHealth,
  formatRuntimes,
} from './format-views.js';
import { paintFor } from './paint.js';

const plain = paintFor(false);

const VIEW: ExecutionView = {
  execution_id: 'exec_01',
  status: 'completed',
  reason: 'exit_code',
  language: 'python',
  stdout: 'hi\n',
  stderr: '',
  stdout_encoding: 'utf-8',
  stderr_encoding: 'utf-8',
  stdout_truncated: false,
  stderr_truncated: false,
  exit_code: 0,
  signal: null,
  error_message: null,
  execution_time_seconds: 0.0134,
  queue_seconds: 0.002,
  queue: null,
  usage: { cpu_seconds: 0.011, peak_memory_bytes: 9_437_184, peak_processes: 1 },
  limits: null,
  artifacts: [],
  artifacts_omitted: [],
  artifacts_omitted_count: 0,
  sandbox: 'warm',
  attempt: 1,
  worker: 'w1',
  image_id: null,
  image_seconds: null,
  image_digest: 'sha256:00',
  created_at: '2026-11-23T10:00:00.000Z',
  started_at: '2026-11-23T10:00:00.002Z',
  finished_at: '2026-11-23T10:00:01.016Z',
  timestamp: 1_795_428_001,
  cached: false,
  origin_execution_id: null,
};

describe('an execution', () => {
  test('is told in one fact a line', () => {
    expect(formatExecution(VIEW, plain)).toBe(
      [
        'execution: exec_01',
        'status:    completed',
        'exit code: 0',
        'language:  python',
        'time:      13 ms, 2 ms queued',
        'memory:    9.0 MiB at most',
        'cpu:       11 ms',
        'created:   2026-11-23 10:00:00',
        'finished:  2026-11-23 10:00:01',
        '',
      ].join('\n'),
    );
  });

  test('says why it failed and what was left out', () => {
    const failed = {
      ...VIEW,
      status: 'failed',
      reason: 'signal',
      exit_code: null,
      signal: 'SIGSEGV',
      error_message: 'Killed by SIGSEGV',
    } as const;
    const text = formatExecution({ ...failed, stdout_truncated: true, stderr_truncated: true }, plain);
    expect(text).toContain('status:    failed (signal)\nmessage:   Killed by SIGSEGV\nsignal:    SIGSEGV\n');
    expect(text).toContain('cut:       stdout and stderr: the middle was left out\n');
    expect(text).not.toContain('exit code');
  });

  test('does not say twice that it was cancelled', () => {
    expect(formatExecution({ ...VIEW, status: 'cancelled', reason: 'cancelled' }, plain)).toContain(
      'status:    cancelled\n',
    );
  });

  test('leaves out what is not known before the end', () => {
    const pending: ExecutionView = {
      ...VIEW,
      status: 'pending',
      reason: null,
      exit_code: null,
      execution_time_seconds: null,
      usage: null,
      finished_at: null,
    };
    expect(formatExecution(pending, plain)).toBe(
      'execution: exec_01\nstatus:    pending\nlanguage:  python\ncreated:   2026-11-23 10:00:00\n',
    );
  });

  test('cannot act on the terminal through its texts', () => {
    const text = formatExecution(
      { ...VIEW, status: 'failed', error_message: 'a\u001b[2Jb\nexit code: 0\u202e' },
      plain,
    );
    expect(text).toContain('message:   a\\x1b[2Jb\\x0aexit code: 0\\u202e\n');
  });

  test('is coloured by its status when colours are wanted', () => {
    expect(formatExecution(VIEW, paintFor(true))).toContain('\u001b[32mcompleted\u001b[39m');
    expect(formatExecution({ ...VIEW, status: 'timeout' }, paintFor(true))).toContain('\u001b[31mtimeout\u001b[39m');
  });
});

describe('the end of a program', () => {
  test.each([
    [{ status: 'completed', reason: 'exit_code', error_message: null }, null],
    [{ status: 'failed', reason: 'exit_code', error_message: 'Exited with code 3' }, null],
    [{ status: 'failed', reason: 'memory_limit', error_message: 'Needed more' }, 'memory_limit: Needed more'],
    [{ status: 'failed', reason: null, error_message: null }, 'failed'],
    [
      { status: 'timeout', reason: 'cpu_time_limit', error_message: 'Used more than 1 s' },
      'timeout: Used more than 1 s',
    ],
    [
      { status: 'cancelled', reason: 'cancelled', error_message: 'Cancelled while\nit was running' },
      'cancelled: Cancelled while\\x0ait was running',
    ],
  ] as const)('%j is told as %j', (view, text) => {
    expect(describeEnd(view)).toBe(text);
  });

  test.each([
    [0, null],
    [1536, '1.5 KiB of stdout is missing here: the program wrote more than is kept'],
    [null, 'part of stdout is missing here: the program wrote more than is kept'],
  ])('with %j bytes left out says %j', (droppedBytes, text) => {
    expect(describeDrop({ stream: 'stdout', droppedBytes })).toBe(text);
  });
});

describe('lists', () => {
  test('line executions up, whatever the colours', () => {
    const list = [
      VIEW,
      {
        ...VIEW,
        execution_id: 'exec_0002',
        status: 'failed',
        reason: 'memory_limit',
        exit_code: null,
        execution_time_seconds: 75.4,
      } as const,
    ];
    const text = formatExecutions(list, plain);
    expect(text).toBe(
      [
        'EXECUTION  STATUS     REASON        LANGUAGE  EXIT  TIME        CREATED (UTC)',
        'exec_01    completed                python    0     13 ms       2026-11-23 10:00:00',
        'exec_0002  failed     memory_limit  python    -     1 min 15 s  2026-11-23 10:00:00',
        '',
      ].join('\n'),
    );
    expect(formatExecutions(list, paintFor(true)).replaceAll(/\u001b\[\d+m/g, '')).toBe(text);
  });

  test('say that there is nothing', () => {
    expect(formatExecutions([], plain)).toBe('No executions.\n');
    expect(formatRuntimes([], plain)).toBe('No runtimes.\n');
  });

  test('show runtimes with their other names', () => {
    const runtime = {
      name: 'node',
      aliases: ['js', 'javascript'],
      version: '22',
      extensions: ['.js'],
      file_name: 'main.js',
      compiled: false,
      package_manager: 'npm',
      image: 'ready' as const,
      image_reason: null,
      image_id: null,
    };
    const broken = { ...runtime, name: 'd', aliases: [], image: 'unavailable' as const, image_reason: 'no\ngdc' };
    const later = { ...broken, name: 'ada', image: 'on_first_use' as const, image_reason: null };
    expect(formatRuntimes([runtime, broken, later], plain)).toBe(
      [
        'LANGUAGE  VERSION  FILE     PACKAGES  ALSO CALLED     IMAGE',
        'node      22       main.js  npm       js, javascript  ready',
        'd         22       main.js  npm                       unavailable: no\\x0agdc',
        'ada       22       main.js  npm                       made on first use',
        '',
      ].join('\n'),
    );
  });
});

test('health names each part and the address', () => {
  const health = {
    status: 'unhealthy',
    docker_available: false,
    redis_available: true,
    timestamp: 1,
    active_containers: 2,
    available_images: 3,
    workers: 1,
    version: '0.1.0',
  } as const;
  expect(formatHealth(health, 'http://h:1', plain)).toBe(
    'Gantry 0.1.0 at http://h:1 is unhealthy\n  docker   not available, 3 images\n  redis    available\n  workers  1, 2 executions running\n',
  );
});

test.each([
  ['running', 'exec_1 is being cancelled.\n'],
  ['cancelled', 'exec_1 is cancelled.\n'],
  ['completed', 'exec_1 had already ended: completed.\n'],
] as const)('cancelling an execution that is %s says %j', (status, text) => {
  expect(formatCancel({ status }, 'exec_1')).toBe(text);
});
