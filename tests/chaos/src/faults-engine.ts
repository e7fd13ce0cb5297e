import type { FaultKind } from './fault-kinds.js';
import { pickFrom, type Begun, type Fault } from './fault.js';
import type { SecondEngine } from '../../support/second-engine.js';

/** Only the run's own engine may be broken. */
function onEngine(act: (engine: SecondEngine) => Promise<Begun>): Fault {
  return async ({ engine }) => (engine ? act(engine) : { detail: 'not our engine', end: null });
}

const end = (engine: SecondEngine, signal: NodeJS.Signals): Promise<Begun> =>
  engine.stop(signal).then(() => ({ detail: signal, end: () => engine.restart() }));

/** It hangs: takes connections, answers nothing. */
const stop = (engine: SecondEngine): Promise<Begun> => {
  const { pid } = engine;
  if (pid === undefined) return Promise.resolve({ detail: 'it does not run', end: null });
  process.kill(pid, 'SIGSTOP');
  return Promise.resolve({ detail: 'SIGSTOP', end: () => Promise.resolve(void process.kill(pid, 'SIGCONT')) });
};

const workerCut: Fault = ({ workers }, target) => {
  const worker = pickFrom(workers, target);
  worker?.tap.cut();
  return Promise.resolve({ detail: worker?.process.name ?? '', end: () => Promise.resolve(worker?.tap.restore()) });
};

export const engineFaults = {
  'engine-restart': onEngine((engine) => end(engine, 'SIGTERM')),
  'engine-kill': onEngine((engine) => end(engine, 'SIGKILL')),
  'engine-stop': onEngine(stop),
  'worker-cut-from-engine': workerCut,
} satisfies Partial<Record<FaultKind, Fault>>;
