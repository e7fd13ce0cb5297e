import type { Story } from './story.js';

/** What must never be. Each has one rule. */
export const VIOLATIONS = {
  lost: 'was acknowledged and has no end',
  changed: 'has been told two ends that differ',
  ghost: 'was refused and ran all the same',
  gap: 'a stream leaves events out',
  duplicate: 'a stream tells an event twice, or one number for two events',
  unfinished: 'a stream ends with something else than the result, or goes on after it',
  untrue: 'tells of a program what it has not done',
  unexplained: 'ended abnormally though nothing was done to the service',
  'ran-again': 'was started more often than it has attempts, or has more of them than were allowed',
  miscounted: 'its attempts do not count 1, 2, 3 …, or one of them is not told',
  'given-up': 'ended as lost though its request allowed another attempt',
  overlapping: 'ran twice at the same time, and its first worker was neither cut off nor stopped',
  'ran-after-its-end': 'was started after its end had been told',
  slow: 'recovery after a kind of fault takes longer than is promised',
  grown: 'a process or Redis has more memory after the load than before',
  hang: 'an answer did not come in the promised time',
  crash: 'a process of the service ended by itself',
  leftover: 'something of the deployment is left',
  trespass: 'something of another deployment is gone',
  'not-served': 'the service did not come back after a fault',
} as const;

export type ViolationKind = keyof typeof VIOLATIONS;

export interface Violation {
  kind: ViolationKind;
  /** Of the plan; `null` when it is not about one execution. */
  n: number | null;
  detail: string;
}

export function violationOf(kind: ViolationKind, { planned }: Story, detail: string): Violation {
  return { kind, n: planned.n, detail };
}
