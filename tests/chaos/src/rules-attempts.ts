import { flushedDuring } from './causes.js';
import type { FaultKind } from './fault-kinds.js';
import { ends, type Disturbance, type Run, type Story, type StreamedEvent } from './story.js';
import { violationOf, type Violation } from './violations.js';

/** A worker that is cut off or stopped is not dead: what runs there may go on beside the next attempt. All others have ended by then. */
const MAY_OVERLAP: readonly FaultKind[] = ['worker-stop', 'worker-cut-from-redis'];
/** So soon after it is back it has learned that it lost them, and has killed them. */
const ENDED_WITHIN_MS = 10_000;

export interface Overlap {
  first: Run;
  second: Run;
  /** By a fault that is documented to do this. */
  allowed: boolean;
}

export function overlapsOf(story: Story, disturbances: readonly Disturbance[]): Overlap[] {
  const inOrder = story.runs.toSorted((one, other) => one.startedAt - other.startedAt);
  return inOrder.flatMap((first, at) => {
    const second = inOrder[at + 1];
    if (!second || (first.endedAt ?? Infinity) <= second.startedAt) return [];
    const allowed = disturbances.some(
      ({ name, detail, from, to }) =>
        MAY_OVERLAP.includes(name) &&
        detail.includes(first.worker) &&
        from <= second.startedAt &&
        to >= first.startedAt &&
        (first.endedAt ?? Infinity) <= to + ENDED_WITHIN_MS,
    );
    return [{ first, second, allowed }];
  });
}

/** The attempt that ended it, as far as it was told; 0 where none was started, or its sources tell none. */
export function attemptOf(story: Story): number {
  return Math.max(0, ...ends(story).map(({ told }) => told.attempt));
}

/** No more runs than attempts, no more attempts than were asked for, one after the other, none after the end. */
export function runs(story: Story, { disturbances }: { disturbances: readonly Disturbance[] }): Violation[] {
  const found: Violation[] = [];
  const asked = 1 + story.planned.retries;
  const told = attemptOf(story);
  const allowed = told > 0 ? told : asked;
  const flushed = flushedDuring(story, disturbances);
  if (told > asked) found.push(violationOf('ran-again', story, `attempt ${told}, of ${asked} that were allowed`));
  if (story.runs.length > allowed && !flushed)
    found.push(violationOf('ran-again', story, `${story.runs.length} runs, ${allowed} attempts`));
  for (const { first, second, allowed } of overlapsOf(story, disturbances))
    if (!allowed) found.push(violationOf('overlapping', story, `on ${first.worker} and ${second.worker}`));
  const firstEnd = ends(story)[0];
  for (const run of story.runs) {
    if (!firstEnd || run.startedAt <= firstEnd.t) continue;
    const { status, reason } = firstEnd.told;
    found.push(
      violationOf('ran-after-its-end', story, `${run.startedAt - firstEnd.t} ms after ${status} ${String(reason)}`),
    );
  }
  return found;
}

/** Attempts count 1, 2, 3 … in the events, each further one is announced, and the last is the one that the end tells. */
export function attempts(story: Story): Violation[] {
  const wrong = (detail: string): Violation[] => [violationOf('miscounted', story, detail)];
  const events = wholeLog(story);
  if (!events) return [];
  let last = 0;
  let announced = 1;
  for (const { type, attempt, says } of events) {
    if (type === 'progress' && says?.includes(`attempt ${last + 1} of ${1 + story.planned.retries}`)) announced++;
    if (type !== 'status') continue;
    if (says === 'pending' && attempt !== last) return wrong(`pending with attempt ${attempt} after attempt ${last}`);
    if (says !== 'running') continue;
    if (attempt !== last + 1) return wrong(`attempt ${attempt} comes after attempt ${last}`);
    if (attempt > announced) return wrong(`attempt ${attempt} was not announced`);
    last = attempt;
  }
  const told = attemptOf(story);
  const tells = ends(story).some(({ source }) => source !== 'mcp' && source !== 'cli');
  return tells && told !== last ? wrong(`ends with attempt ${told}, the last that began is ${last}`) : [];
}

/** Ended for want of a worker though its request allowed more attempts, and nobody had cancelled it. */
export function givenUp(story: Story): Violation[] {
  const { retries } = story.planned;
  const isLost = ends(story)[0]?.told.reason === 'worker_lost';
  const attempt = attemptOf(story);
  if (!isLost || attempt === 0 || attempt > retries || story.cancels.length > 0) return [];
  return [violationOf('given-up', story, `after attempt ${attempt} of ${1 + retries}`)];
}

/** All its events in order, from however many readers; `null` when some are missing, so that nothing can be said. */
function wholeLog(story: Story): StreamedEvent[] | null {
  const bySeq = new Map<number, StreamedEvent>();
  for (const { events } of story.sessions.values()) for (const event of events) bySeq.set(event.seq, event);
  const inOrder = [...bySeq.values()].toSorted((one, other) => one.seq - other.seq);
  const whole = inOrder.every(({ seq }, at) => seq === at + 1) && inOrder.at(-1)?.type === 'result';
  return whole ? inOrder : null;
}
