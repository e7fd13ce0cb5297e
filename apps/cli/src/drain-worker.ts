import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from './cli-error.js';
import { EXIT } from './exit-code.js';
import { visible } from './format-values.js';
import type { Session } from './session.js';

export interface DrainOptions {
  wait?: boolean;
  /** Seconds. */
  timeout?: number;
}

const LOOK_EVERY_MS = 500;

/** Resolves to the exit code: 124 when it took longer than the given time. */
export async function drainWorker(session: Session, id: string, options: DrainOptions): Promise<number> {
  if (options.timeout !== undefined && !options.wait) throw new UsageError('--timeout needs --wait');
  const order = await session.admin.orderWorker(id, 'drain');
  if (!options.wait) {
    if (session.json) await session.printJson(order);
    else await session.print(`${visible(id)} takes nothing more and finishes what it has.\n`);
    return 0;
  }
  const outcome = await drained(session, id, (options.timeout ?? Number.POSITIVE_INFINITY) * 1000);
  if (session.json) await session.printJson({ ...order, outcome });
  else await session.print(`${visible(id)} ${SENTENCES[outcome]}\n`);
  return outcome === 'still_running' ? EXIT.timeout : 0;
}

const SENTENCES = {
  drained: 'is drained: nothing runs on it any more.',
  gone: 'is gone.',
  still_running: 'still runs something; it drains on.',
};

async function drained(session: Session, id: string, withinMs: number): Promise<keyof typeof SENTENCES> {
  const startedAt = performance.now();
  for (;;) {
    const worker = (await session.admin.workers()).find((one) => one.worker_id === id);
    if (!worker) return 'gone';
    if (worker.drained) return 'drained';
    const leftMs = withinMs - (performance.now() - startedAt);
    if (leftMs <= 0) return 'still_running';
    await delay(Math.min(LOOK_EVERY_MS, leftMs));
  }
}

export async function resumeWorker(session: Session, id: string): Promise<void> {
  const order = await session.admin.orderWorker(id, 'resume');
  if (session.json) await session.printJson(order);
  else await session.print(`${visible(id)} takes jobs again.\n`);
}
