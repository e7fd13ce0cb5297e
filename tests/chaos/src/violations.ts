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
  'ran-again': 'was started more often than it has attempts',
  overlapping: 'ran twice at the same time',
  'ran-after-its-end': 'was started after its end had been told',
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
