import { FAULTS, type FaultSpec } from './fault-kinds.js';
import { ends, type Disturbance, type Story } from './story.js';

/** An end may be told this much later, and still be the consequence of a fault. */
export const AFTERMATH_MS = 30_000;

/** A container may be gone before the command that removed it is answered, and the history is written in between. */
const NOTICED_MS = 1000;

/** The faults that were there in the time of this execution, or shortly before. */
export function nearBy(story: Story, disturbances: readonly Disturbance[]): Disturbance[] {
  const from = story.submits[0]?.t ?? 0;
  const to = ends(story)[0]?.t ?? Infinity;
  return disturbances.filter((fault) => fault.from <= to && fault.to + AFTERMATH_MS >= from);
}

/** The last fault whose documented outcome is what became of it; `null` when there is none. */
export function causeOf(story: Story, disturbances: readonly Disturbance[]): Disturbance | null {
  const reason = ends(story)[0]?.told.reason ?? '';
  const run = story.runs.at(-1);
  const fitting = nearBy(story, disturbances).filter(({ name, detail, from }) => {
    const spec: FaultSpec = FAULTS[name];
    const onOther = spec.hitsOne && run !== undefined && !detail.includes(run.worker);
    // What came when its program had gone already did not end it.
    const tooLate = run?.endedAt != null && from > run.endedAt + NOTICED_MS;
    return spec.may.includes(reason) && !onOther && !tooLate;
  });
  return fitting.at(-1) ?? null;
}

/** Redis was emptied after its submit: whatever was known of it is gone, be it ended or not. */
export function flushedDuring({ submits }: Story, disturbances: readonly Disturbance[]): boolean {
  const from = submits[0]?.t ?? Infinity;
  return disturbances.some((fault) => fault.name === 'redis-flush' && fault.to >= from);
}
