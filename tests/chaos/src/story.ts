import type { Entry } from './history.js';
import type { Plan, PlannedExecution } from './plan.js';

type Of<K extends Entry['kind']> = Extract<Entry, { kind: K }>;

/** What one reader was told. */
export type StreamedEvent = Of<'event'>;

/** One time that a program was really started, as seen at its engine. `endedAt: null` = it was running when the history ends. */
export interface Run {
  worker: string;
  startedAt: number;
  endedAt: number | null;
}

/** All that was seen of one execution. */
export interface Story {
  planned: PlannedExecution;
  submits: Of<'submit'>[];
  answers: Of<'answer'>[];
  told: Of<'told'>[];
  missing: Of<'missing'>[];
  sessions: Map<
    string,
    { after: number; source: 'stream' | 'replay'; events: Of<'event'>[]; why: Of<'close'>['why'] | null }
  >;
  streamed: Of<'streamed'>[];
  cancels: Of<'cancel'>[];
  artifacts: Of<'artifact'>[];
  runs: Run[];
}

/** A fault and the time in which it was there. */
export interface Disturbance {
  fault: number;
  name: Of<'fault'>['name'];
  from: number;
  to: number;
  detail: string;
}

export function storiesOf(plan: Plan, entries: readonly Entry[]): Story[] {
  const stories = new Map(plan.executions.map((planned) => [planned.n, emptyStory(planned)]));
  const byToken = new Map([...stories.values()].map((story) => [story.planned.token, story]));
  const runs = new Map<string, Run>();
  for (const entry of entries) {
    if (entry.kind === 'run') {
      const run = { worker: entry.worker, startedAt: entry.t, endedAt: null };
      runs.set(entry.run, run);
      byToken.get(entry.token)?.runs.push(run);
    } else if (entry.kind === 'run-end') {
      const run = runs.get(entry.run);
      if (run) run.endedAt = entry.t;
    } else if ('n' in entry) {
      const story = stories.get(entry.n);
      if (story) take(story, entry);
    }
  }
  return [...stories.values()].filter(({ submits }) => submits.length > 0);
}

export function disturbancesOf(entries: readonly Entry[]): Disturbance[] {
  const faults = entries.filter((entry) => entry.kind === 'fault');
  return faults
    .filter(({ phase }) => phase === 'begin')
    .map((begin) => {
      const end = faults.find(({ fault, phase }) => fault === begin.fault && phase === 'end');
      return {
        fault: begin.fault,
        name: begin.name,
        from: begin.t,
        to: end?.t ?? Infinity,
        detail: end?.detail ?? 'not ended',
      };
    });
}

function emptyStory(planned: PlannedExecution): Story {
  return {
    planned,
    submits: [],
    answers: [],
    told: [],
    missing: [],
    sessions: new Map(),
    streamed: [],
    cancels: [],
    artifacts: [],
    runs: [],
  };
}

function take(story: Story, entry: Extract<Entry, { n: number }>): void {
  switch (entry.kind) {
    case 'submit':
      return void story.submits.push(entry);
    case 'answer':
      return void story.answers.push(entry);
    case 'told':
      return void story.told.push(entry);
    case 'missing':
      return void story.missing.push(entry);
    case 'open': {
      const source = entry.session.startsWith('r') ? 'replay' : 'stream';
      return void story.sessions.set(entry.session, { after: entry.after, source, events: [], why: null });
    }
    case 'event':
      return void story.sessions.get(entry.session)?.events.push(entry);
    case 'close': {
      const session = story.sessions.get(entry.session);
      if (session) session.why = entry.why;
      return undefined;
    }
    case 'streamed':
      return void story.streamed.push(entry);
    case 'cancel':
      return void story.cancels.push(entry);
    case 'artifact':
      return void story.artifacts.push(entry);
    case 'hang':
      return undefined;
  }
}

/** Its id was told to its client. */
export const isAcknowledged = ({ answers }: Story): boolean =>
  answers.some(({ id, status }) => id !== null && status !== null && status < 300);

/** Every answer to its client was a clear no: nothing may have become of it. */
export const isRefused = (story: Story): boolean =>
  !isAcknowledged(story) &&
  story.planned.manner !== 'cli' &&
  story.answers.length === story.submits.length &&
  story.answers.every(({ status }) => status !== null && status >= 400);

export const isTerminal = (status: string): boolean => ['completed', 'failed', 'timeout', 'cancelled'].includes(status);
export const ends = ({ told }: Story): Of<'told'>[] => told.filter((each) => isTerminal(each.told.status));
