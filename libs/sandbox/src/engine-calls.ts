import { statusOf } from './engine-error.js';

/** What calls are counted as: a closed list, whatever they are called in messages. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['create a container', 'create'],
  ['attach to a container', 'attach'],
  ['start a container', 'start'],
  ['inspect a container', 'inspect'],
  ['kill a container', 'kill'],
  ['remove a container', 'remove'],
  ['list containers', 'list'],
]);

/** `refused`: the engine said no, as it does when something is gone; `failed`: it did not answer, or says that it is broken. */
export type EngineCallOutcome = 'ok' | 'refused' | 'failed';

/** Told of every call that was answered or given up, but not of those that their caller aborted; for metrics. */
export type EngineCallObserver = (call: string, outcome: EngineCallOutcome, seconds: number) => void;

export function engineCallName(doing: string): string {
  return NAMES.get(doing) ?? (doing.startsWith('look up the image ') ? 'image' : 'other');
}

/** @param error as the engine's client threw it */
export function engineCallOutcome(error: unknown): EngineCallOutcome {
  const status = statusOf(error);
  return status !== null && status < 500 ? 'refused' : 'failed';
}
