import { describe, expect, test } from '@jest/globals';
import { check } from './checker.js';
import { digestOf } from './digest.js';
import type { Entry, Fact, Told } from './history.js';
import { makePlan, type Plan, type PlanOptions } from './plan.js';
import type { ViolationKind } from './violations.js';

const OPTIONS: PlanOptions = { seed: 'check', executions: 200, faults: 3, length: 'short', rate: 4 };
const plan = makePlan(OPTIONS);
/** One that prints two lines and ends well, submitted without a key, never cancelled and not to be tried again. */
const hello = plan.executions.find(
  ({ kind, keyed, cancelAfterMs, manner, retries }) =>
    kind === 'hello' && !keyed && cancelAfterMs === null && manner === 'stream' && retries === 0,
) as Plan['executions'][number];
const artifact = plan.executions.find(
  ({ kind, cancelAfterMs }) => kind === 'artifact' && cancelAfterMs === null,
) as typeof hello;
const { n, token, program } = hello;

const end: Told = {
  status: 'completed',
  reason: 'exit_code',
  attempt: 1,
  exitCode: 0,
  finishedAt: '2026-01-01T00:00:00.000Z',
  stdout: digestOf(program.stdout),
  message: null,
  omitted: [],
};
const lost: Told = { ...end, status: 'failed', reason: 'worker_lost', exitCode: null, stdout: digestOf('') };

const submit: Fact = { kind: 'submit', n, key: false, gateway: 0 };
const answer = (status: number | null, id: string | null): Fact => ({
  kind: 'answer',
  n,
  status,
  code: null,
  id,
  ms: 5,
  replayed: false,
});
const accepted = answer(202, 'exec_1');
const told = (what: Told, source: Extract<Fact, { kind: 'told' }>['source'] = 'poll'): Fact => ({
  kind: 'told',
  n,
  source,
  told: what,
});
const event = (seq: number, type: string, text: string | null = null, session = 's1'): Fact => ({
  kind: 'event',
  n,
  session,
  seq,
  type,
  text: text === null ? null : digestOf(text),
  attempt: null,
  says: null,
});
const open = (after: number, session = 's1'): Fact => ({ kind: 'open', n, session, after });
const close: Fact = { kind: 'close', n, session: 's1', why: 'end' };
const run = (name = 'r1', worker = 'worker-1'): Fact => ({ kind: 'run', token, worker, run: name });
const runEnd = (name = 'r1'): Fact => ({ kind: 'run-end', run: name });
const fault = (phase: 'begin' | 'end', name: Extract<Fact, { kind: 'fault' }>['name'] = 'worker-kill'): Fact => ({
  kind: 'fault',
  fault: 0,
  name,
  phase,
  detail: 'worker-1',
});
const served: Fact = { kind: 'served', fault: 0, ms: 100 };

/** A second apart, in this order. */
const history = (...facts: Fact[]): Entry[] => facts.map((fact, at) => ({ t: 1_000_000 + 1000 * at, ...fact }));
const kinds = (...facts: Fact[]): ViolationKind[] => check(plan, history(...facts)).violations.map(({ kind }) => kind);

describe('the checker', () => {
  test('finds nothing in a history in which all is well', () => {
    const running: Fact = { ...event(1, 'status'), attempt: 1, says: 'running' } as Fact;
    const events = [open(0), running, run(), event(2, 'stdout', program.stdout), event(3, 'result'), close];
    const streamed: Fact = { kind: 'streamed', n, attempt: 1, stdout: digestOf(program.stdout) };
    const findings = check(
      plan,
      history(submit, accepted, ...events, told(end, 'stream'), streamed, runEnd(), told(end, 'get')),
    );
    expect(findings.violations).toEqual([]);
    expect(findings.counts).toMatchObject({ submitted: 1, acknowledged: 1, ended: 1, started: 1, events: 3 });
  });

  test('takes an honest end of a worker that was killed for what it is, and measures how long it took', () => {
    const findings = check(
      plan,
      history(submit, accepted, run(), fault('begin'), runEnd(), fault('end'), told(lost), served),
    );
    expect(findings.violations).toEqual([]);
    const recovery = { victims: { p50: 3000, p99: 3000, max: 3000 }, service: { p50: 100, p99: 100, max: 100 } };
    const row = { times: 1, ended: 1, restarted: 0, late: 0, outcomes: { 'failed/worker_lost': 1 }, ...recovery };
    expect(findings.damage).toEqual({ rows: { 'worker-kill': row }, recovery });
  });

  test.each<[ViolationKind, string, Fact[]]>([
    ['lost', 'no end', [submit, accepted, told({ ...lost, status: 'pending', reason: null })]],
    [
      'lost',
      'an end that is gone',
      [submit, accepted, run(), told(end), { kind: 'missing', n, source: 'list', status: 0 }],
    ],
    [
      'changed',
      'another status',
      [fault('begin'), fault('end'), served, submit, accepted, run(), told(end), told(lost, 'list')],
    ],
    [
      'changed',
      'another time of its end',
      [submit, accepted, run(), told(end), told({ ...end, finishedAt: '2026-01-01T00:00:01.000Z' }, 'mcp')],
    ],
    ['ghost', 'a run after a refusal', [submit, answer(503, null), run(), runEnd()]],
    [
      'gap',
      'a number left out',
      [submit, accepted, run(), told(end), open(0), event(1, 'status'), event(3, 'result'), close],
    ],
    [
      'gap',
      'a number left out where a reader goes on',
      [submit, accepted, run(), told(end), open(1), event(3, 'result'), close],
    ],
    [
      'duplicate',
      'a number told again',
      [submit, accepted, run(), told(end), open(2), event(2, 'status'), event(3, 'result'), close],
    ],
    [
      'duplicate',
      'one number for two events',
      [
        submit,
        accepted,
        run(),
        told(end),
        open(0),
        event(1, 'stdout', 'a'),
        event(2, 'result'),
        close,
        open(0, 's2'),
        event(1, 'stdout', 'b', 's2'),
      ],
    ],
    ['unfinished', 'no result', [submit, accepted, run(), told(end), open(0), event(1, 'status'), close]],
    [
      'unfinished',
      'more after the result',
      [submit, accepted, run(), told(end), open(0), event(1, 'result'), event(2, 'stdout', ''), close],
    ],
    [
      'untrue',
      'output of somebody else',
      [submit, accepted, run(), told({ ...end, stdout: digestOf('begin tok_0\n') })],
    ],
    [
      'untrue',
      'half of the output of a program that completed',
      [submit, accepted, run(), told({ ...end, stdout: digestOf(`begin ${token}\n`) })],
    ],
    ['untrue', 'success of a program that never ran', [submit, accepted, told(end)]],
    [
      'untrue',
      'a cancellation that nobody asked for',
      [submit, accepted, told({ ...lost, status: 'cancelled', reason: 'cancelled' })],
    ],
    [
      'untrue',
      'a streamed output that is cut',
      [submit, accepted, run(), told(end), { kind: 'streamed', n, attempt: 1, stdout: digestOf('begin') }],
    ],
    ['unexplained', 'a lost worker that nobody has killed', [submit, accepted, run(), told(lost)]],
    [
      'unexplained',
      'a lost worker when another was killed',
      [submit, accepted, run('r1', 'worker-2'), fault('begin'), fault('end'), served, told(lost)],
    ],
    [
      'unexplained',
      'a lost worker when Redis was full',
      [submit, accepted, run(), fault('begin', 'redis-full'), fault('end', 'redis-full'), served, told(lost)],
    ],
    ['ran-again', 'two runs of one attempt', [submit, accepted, run(), runEnd(), run('r2'), runEnd('r2'), told(end)]],
    [
      'overlapping',
      'two runs at once',
      [submit, accepted, run(), run('r2', 'worker-2'), runEnd(), told({ ...end, attempt: 2 })],
    ],
    [
      'ran-after-its-end',
      'a start after the end',
      [fault('begin'), fault('end'), served, submit, accepted, told(lost), run(), runEnd()],
    ],
    ['hang', 'an answer that did not come', [{ kind: 'hang', n: -1, what: 'GET /executions', ms: 60_000 }]],
    ['crash', 'a process that ended', [{ kind: 'crash', how: 'worker-1 ended by itself: 1' }]],
    ['leftover', 'a container', [{ kind: 'leftover', what: 'container', name: 'c' }]],
    ['trespass', 'a container of a neighbour', [{ kind: 'trespass', what: 'container', name: 'c' }]],
    ['not-served', 'a service that stays away', [fault('begin'), fault('end')]],
  ])('finds what is %s: %s', (kind, _, facts) => {
    expect(kinds(...facts)).toContain(kind);
  });

  test('finds an artifact that is not what the program wrote', () => {
    const facts: Fact[] = [
      { kind: 'submit', n: artifact.n, key: false, gateway: 0 },
      { kind: 'artifact', n: artifact.n, sha256: 'other' },
    ];
    expect(kinds(...facts)).toEqual(['untrue']);
  });

  test('does not take for lost what was accepted before Redis was emptied, and does what came after', () => {
    const flush = [fault('begin', 'redis-flush'), fault('end', 'redis-flush'), served];
    expect(kinds(submit, accepted, ...flush)).toEqual([]);
    expect(kinds(...flush, submit, accepted)).toEqual(['lost']);
  });

  test('does not take for a ghost what may have been accepted, for no answer came', () => {
    expect(kinds(submit, answer(null, null), run(), runEnd())).toEqual([]);
  });
});

describe('the plan', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(makePlan(OPTIONS)).toEqual(plan);
    expect(makePlan({ ...OPTIONS, seed: 'other' })).not.toEqual(plan);
  });

  test('has every kind of fault once before any comes twice', () => {
    const { faults } = makePlan({ ...OPTIONS, length: 'long', faults: 24 });
    expect(new Set(faults.map(({ name }) => name)).size).toBe(24);
  });
});
