import { causeOf, flushedDuring, nearBy } from './causes.js';
import { isBeginning, isWhole } from './digest.js';
import { attempts, givenUp, runs } from './rules-attempts.js';
import { ends, isAcknowledged, isRefused, type Disturbance, type Story } from './story.js';
import { violationOf as of, type Violation } from './violations.js';

/** What all stories of a run have in common. */
export interface Context {
  disturbances: readonly Disturbance[];
}

type Rule = (story: Story, context: Context) => Violation[];

/** Accepted and never ended. Flushing Redis is documented to forget all that was accepted. */
const lost: Rule = (story, { disturbances }) => {
  if (!isAcknowledged(story) || ends(story).length > 0 || flushedDuring(story, disturbances)) return [];
  const last = story.told.at(-1)?.told.status ?? 'never seen';
  return [of('lost', story, `last seen: ${last}, ${story.missing.length} times not found`)];
};

/** Once it was told, it stays readable, too. */
const vanished: Rule = (story, { disturbances }) => {
  if (ends(story).length === 0 || flushedDuring(story, disturbances)) return [];
  return story.missing.map(({ source, status }) =>
    of('lost', story, `${source} answers ${status} though it was acknowledged`),
  );
};

const changed: Rule = (story) => {
  const [first, ...others] = ends(story);
  if (!first) return [];
  const later = others.filter(({ told }) => describeEnd(told, first.told) !== describeEnd(first.told, told));
  return later.map(({ source, told }) =>
    of(
      'changed',
      story,
      `${first.source}: ${describeEnd(first.told, told)}; ${source}: ${describeEnd(told, first.told)}`,
    ),
  );
};

type Told = Story['told'][number]['told'];

/** What both tell must be the same; a list tells no output, MCP no attempt. */
function describeEnd(told: Told, like: Told): string {
  const stdout = told.stdout && like.stdout ? told.stdout.sha256.slice(0, 12) : '';
  const finishedAt = told.finishedAt !== null && like.finishedAt !== null ? told.finishedAt : '';
  const attempt = told.attempt > 0 && like.attempt > 0 ? told.attempt : '';
  return [told.status, told.reason, told.exitCode, attempt, finishedAt, stdout].join(' ');
}

const ghost: Rule = (story) => {
  if (!isRefused(story) || story.runs.length === 0) return [];
  const answers = story.answers.map(({ status, code }) => `${status} ${code}`).join(', ');
  return [of('ghost', story, `answered ${answers}`)];
};

/** Events count on from where the reader was, without a hole; what two sessions tell of one number is the same. */
const streams: Rule = (story) => {
  const found: Violation[] = [];
  const seen = new Map<number, string>();
  for (const [name, { after, events, why }] of story.sessions) {
    let last = after;
    let over = false;
    for (const { seq, type, text, attempt, says } of events) {
      const content = [type, text?.sha256 ?? '', attempt ?? '', says ?? ''].join(' ');
      if (over) found.push(of('unfinished', story, `${name}: ${type} after the result`));
      if (seq > last + 1) found.push(of('gap', story, `${name}: ${last} is followed by ${seq}`));
      if (seq <= last) found.push(of('duplicate', story, `${name}: ${seq} comes after ${last}`));
      const before = seen.get(seq);
      if (before !== undefined && before !== content)
        found.push(of('duplicate', story, `${name}: ${seq} is ${content}, and was ${before}`));
      seen.set(seq, content);
      last = seq;
      over = type === 'result';
    }
    if (why === 'end' && !over && events.length > 0)
      found.push(of('unfinished', story, `${name}: ended without a result`));
  }
  return found;
};

const ABNORMAL = ['worker_lost', 'internal_error', 'image_unavailable'];

const truth: Rule = (story) => {
  const { program, cancelAfterMs } = story.planned;
  const found: Violation[] = [];
  const untrue = (detail: string): void => void found.push(of('untrue', story, detail));
  for (const { source, told } of ends(story)) {
    const { status, reason, exitCode, stdout } = told;
    const asExpected =
      status === program.end.status && reason === program.end.reason && exitCode === program.end.exitCode;
    const stopped = status === 'cancelled' && (cancelAfterMs !== null || story.cancels.length > 0);
    if (status === 'completed' && !asExpected)
      untrue(`${source}: completed with exit code ${exitCode}, a program that ends otherwise`);
    else if (!asExpected && !stopped && !ABNORMAL.includes(reason ?? '') && !isKilled(told))
      untrue(`${source}: ${status} ${reason} ${exitCode}`);
    const own = program.end.status === 'completed' || (program.end.status === 'failed' && asExpected);
    if (stdout && asExpected && own && !isWhole(stdout, program.stdout))
      untrue(`${source}: ${stdout.bytes} bytes of output, not those of the program`);
    if (stdout && !isBeginning(stdout, program.stdout))
      untrue(`${source}: output that is no beginning of the program's`);
    if (asExpected && status !== 'cancelled' && story.runs.length === 0)
      untrue(`${source}: ${status}, a program that was never started`);
  }
  const completed = ends(story).some(({ told }) => told.status === 'completed');
  for (const { stdout } of story.streamed) {
    if (!isBeginning(stdout, program.stdout)) untrue("the streamed output is no beginning of the program's");
    if (completed && !isWhole(stdout, program.stdout))
      untrue(`${stdout.bytes} bytes were streamed of a program that completed`);
  }
  const kept = program.artifact?.sha256 ?? null;
  for (const { sha256 } of story.artifacts) {
    // What could not be kept is told.
    const isTold = sha256 === null && ends(story).some(({ told }) => told.omitted.includes('store_unavailable'));
    if (sha256 !== kept && !isTold) untrue(`its artifact is ${sha256 ?? 'not there'}`);
  }
  return found;
};

/** As when somebody kills or pauses its container: true of the program, and to be explained. */
const isKilled = ({ reason }: Told): boolean => ['signal', 'wall_time_limit', 'memory_limit'].includes(reason ?? '');

/** Whoever ended otherwise than its program does was hit by a fault, in a way that is documented of it. */
const unexplained: Rule = (story, { disturbances }) => {
  const end = ends(story)[0];
  const { program, token } = story.planned;
  if (!end || end.told.reason === program.end.reason || end.told.reason === 'cancelled') return [];
  if (causeOf(story, disturbances) !== null) return [];
  const near = nearBy(story, disturbances)
    .map(({ name, detail }) => `${name} ${detail}`)
    .join(', ');
  const where = story.runs.map(({ worker }) => worker).join(' ');
  const what = `${end.told.status} ${end.told.reason}: ${end.told.message} (${token}, on ${where || 'no worker'}; faults: ${near || 'none'})`;
  return [of('unexplained', story, what)];
};

export const RULES: readonly Rule[] = [
  lost,
  vanished,
  changed,
  ghost,
  streams,
  truth,
  unexplained,
  runs,
  attempts,
  givenUp,
];
