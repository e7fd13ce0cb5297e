import { describe, expect, test } from '@jest/globals';
import { check } from './checker.js';
import { digestOf } from './digest.js';
import type { Entry, Fact, Told } from './history.js';
import { makePlan, type Plan } from './plan.js';
import type { ViolationKind } from './violations.js';

const plan = makePlan({ seed: 'attempts', executions: 300, faults: 3, length: 'long', rate: 4 });
/** One that may be started three times. */
const { n, token, program } = plan.executions.find(
  ({ kind, retries, cancelAfterMs }) => kind === 'hello' && retries === 2 && cancelAfterMs === null,
) as Plan['executions'][number];

const end: Told = {
  status: 'completed',
  reason: 'exit_code',
  attempt: 2,
  exitCode: 0,
  finishedAt: '2026-01-01T00:00:00.000Z',
  stdout: digestOf(program.stdout),
  message: null,
  omitted: [],
};
const lost: Told = { ...end, status: 'failed', reason: 'worker_lost', exitCode: null, stdout: digestOf('') };

const accepted: Fact[] = [
  { kind: 'submit', n, key: false, gateway: 0 },
  { kind: 'answer', n, status: 202, code: null, id: 'exec_1', ms: 5, replayed: false },
];
const told = (what: Told): Fact => ({ kind: 'told', n, source: 'poll', told: what });
const run = (name: string, worker: string): Fact => ({ kind: 'run', token, worker, run: name });
const runEnd = (name: string): Fact => ({ kind: 'run-end', run: name });
const fault = (name: Extract<Fact, { kind: 'fault' }>['name'], phase: 'begin' | 'end'): Fact => {
  return { kind: 'fault', fault: 0, name, phase, detail: 'worker-1' };
};
const served: Fact = { kind: 'served', fault: 0, ms: 100 };
const log = (...events: [type: string, says: string | null, attempt: number | null][]): Fact[] => [
  { kind: 'open', n, session: 's1', after: 0 },
  ...events.map(([type, says, attempt], at): Fact => ({
    kind: 'event',
    ...{ n, session: 's1', seq: at + 1, type, text: null, attempt, says },
  })),
  { kind: 'close', n, session: 's1', why: 'end' },
];
const PENDING: [string, string, number] = ['status', 'pending', 0];
const running = (attempt: number): [string, string, number] => ['status', 'running', attempt];
const again = (attempt: number): [string, string, null] => [
  'progress',
  `worker lost, trying again (attempt ${attempt} of 3)`,
  null,
];
const RESULT: [string, null, null] = ['result', null, null];
/** Its first worker is hit, and another runs it. */
const twice = (name: Parameters<typeof fault>[0], before: Fact[], after: Fact[]): Fact[] => [
  ...accepted,
  run('r1', 'worker-1'),
  fault(name, 'begin'),
  ...before,
  run('r2', 'worker-2'),
  ...after,
  served,
];

/** A second apart, in this order. */
const history = (facts: readonly Fact[]): Entry[] => facts.map((fact, at) => ({ t: 1_000_000 + 1000 * at, ...fact }));
const kinds = (facts: readonly Fact[]): ViolationKind[] =>
  check(plan, history(facts)).violations.map(({ kind }) => kind);

describe('what may run again', () => {
  test('does so when its worker was killed, and is told so', () => {
    const facts = [
      ...twice('worker-kill', [runEnd('r1'), fault('worker-kill', 'end')], [runEnd('r2')]),
      ...log(PENDING, running(1), ['status', 'pending', 1], again(2), running(2), RESULT),
      told(end),
    ];
    const findings = check(plan, history(facts));
    expect(findings.violations).toEqual([]);
    expect(findings.counts).toMatchObject({ reexecuted: 1, overlapping: 0 });
    expect(findings.damage.rows['worker-kill']).toMatchObject({ restarted: 1, victims: { max: 3000 } });
  });

  test('may overlap for a moment when its worker was stopped', () => {
    const facts = twice('worker-stop', [], [fault('worker-stop', 'end'), runEnd('r1'), runEnd('r2')]);
    const findings = check(plan, history([...facts, told(end)]));
    expect(findings.violations).toEqual([]);
    expect(findings.counts).toMatchObject({ overlapping: 1 });
  });

  test.each<[ViolationKind, string, Fact[]]>([
    ['overlapping', 'a worker that was killed', twice('worker-kill', [], [runEnd('r1'), fault('worker-kill', 'end')])],
    ['overlapping', 'one that never ends', twice('worker-stop', [], [fault('worker-stop', 'end'), runEnd('r2')])],
  ])('finds what is %s: %s', (kind, _, facts) => {
    expect(kinds([...facts, told(end)])).toContain(kind);
  });

  test.each<[ViolationKind, string, Fact[], Told]>([
    ['given-up', 'an attempt left', [], { ...lost, attempt: 2 }],
    ['ran-again', 'more attempts than were asked for', [], { ...end, attempt: 4 }],
    ['miscounted', 'an attempt that is left out', log(PENDING, running(1), again(2), running(3), RESULT), end],
    ['miscounted', 'an attempt that is not announced', log(PENDING, running(1), running(2), RESULT), end],
    ['miscounted', 'an end of another attempt', log(PENDING, running(1), RESULT), end],
    [
      'miscounted',
      'a wait that tells another attempt',
      log(PENDING, running(1), ['status', 'pending', 0], again(2), running(2), RESULT),
      end,
    ],
  ])('finds what is %s: %s', (kind, _, facts, what) => {
    expect(kinds([...accepted, run('r1', 'worker-1'), runEnd('r1'), ...facts, told(what)])).toContain(kind);
  });

  test('is lost in the end, honestly, when all its attempts were', () => {
    const facts = [fault('worker-kill', 'begin'), fault('worker-kill', 'end'), served, ...accepted];
    expect(kinds([...facts, run('r1', 'worker-1'), runEnd('r1'), told({ ...lost, attempt: 3 })])).toEqual([]);
  });
});

describe('a run as a whole', () => {
  const memory = (name: string, when: 'before' | 'after', mib: number): Fact => {
    return { kind: 'memory', when, name, life: 1, bytes: mib * 1024 * 1024 };
  };

  test('has grown when there is more memory in use after it than before', () => {
    const before = [memory('gateway-1', 'before', 100), memory('redis', 'before', 10)];
    expect(kinds([...before, memory('gateway-1', 'after', 109), memory('redis', 'after', 11)])).toEqual([]);
    expect(kinds([...before, memory('gateway-1', 'after', 111), memory('redis', 'after', 12)])).toEqual([
      'grown',
      'grown',
    ]);
  });

  test('is slow when what a fault has hit is well again too late', () => {
    const waiting = Array.from({ length: 20 }, (): Fact => ({ kind: 'note', text: '' }));
    const facts = [
      ...accepted,
      run('r1', 'worker-1'),
      fault('worker-kill', 'begin'),
      fault('worker-kill', 'end'),
      served,
    ];
    expect(kinds([...facts, ...waiting, told({ ...lost, attempt: 3 })])).toEqual(['slow']);
  });
});
