import { isTerminal, type ExecutionEvent, type JobRecord } from '@gantry/contracts';
import { awaitJob, type AwaitJobDeps, type EventLog } from '@gantry/core';
import { EitherSignal } from './either-signal.js';
import { outputText } from './output-so-far.js';
import { wholeTail } from './output-text.js';
import type { ToolContext } from './tool.js';

/** At most ten notifications a second and 2000 characters each: what a reader can follow, bounded whatever a program prints. */
const INTERVAL_MS = 100;
/** Programs write a line in pieces; so long its first piece waits for the others. */
const GATHER_MS = 20;
const MAX_MESSAGE_CHARS = 2000;
/** After the end the last pieces of output are already in the log; a slow one is not waited for, the result has them all. */
const DRAIN_MS = 300;

/** A family of jobs: executions, or builds of images. */
export type Jobs<Request, Result> = Pick<AwaitJobDeps<Request, Result>, 'store' | 'events'>;

/** Waits like `awaitJob`, telling the caller meanwhile what the program or the build writes. */
export async function awaitWithProgress<Request, Result>(
  context: ToolContext,
  { store, events }: Jobs<Request, Result>,
  target: { id: string; tenant: string; waitMs: number },
): Promise<JobRecord<Request, Result> | null> {
  const { deps, onProgress } = context;
  const waitDeps = { store, events, clock: deps.clock, turn: deps.turn };
  using over = new EitherSignal(context.signal, deps.shutdown);
  if (!onProgress || target.waitMs <= 0) return await awaitJob(waitDeps, target, over.signal);
  const stop = new AbortController();
  const report = new ProgressReport(onProgress);
  const reading = follow({ context, events, report }, target.id, stop.signal);
  try {
    const record = await awaitJob(waitDeps, target, over.signal);
    if (record && isTerminal(record.status)) await settledWithin(reading, DRAIN_MS);
    return record;
  } finally {
    stop.abort();
    await reading;
    report.flush();
  }
}

/** Never throws: the caller gets the result also when its output can't be followed. */
async function follow(
  { context, events, report }: { context: ToolContext; events: EventLog; report: ProgressReport },
  id: string,
  stop: AbortSignal,
): Promise<void> {
  try {
    for await (const batch of events.read(id, 0, stop)) {
      for (const event of batch) report.add(messageOfEvent(event));
    }
  } catch (error) {
    if (!stop.aborted) context.deps.logger.debug({ err: error, jobId: id }, 'output not followed');
  }
}

function messageOfEvent(event: ExecutionEvent): string {
  switch (event.type) {
    case 'stdout':
      return outputText(event.data);
    case 'stderr':
      return `[stderr] ${outputText(event.data)}`;
    case 'status':
      return event.data.queue === undefined ? '' : `Waiting in the queue: number ${event.data.queue.position}\n`;
    case 'progress':
      return `${event.data.message}\n`;
    default:
      return '';
  }
}

/** Gathers text and passes it on: soon when nothing was sent lately, else when the interval is over. */
class ProgressReport {
  readonly #send: NonNullable<ToolContext['onProgress']>;
  #pending = '';
  #count = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  constructor(send: NonNullable<ToolContext['onProgress']>) {
    this.#send = send;
  }

  add(text: string): void {
    this.#pending = wholeTail(this.#pending + text, MAX_MESSAGE_CHARS);
    if (this.#pending === '') return;
    this.#timer ??= setTimeout(() => this.flush(), Math.max(GATHER_MS, this.#sentAt + INTERVAL_MS - performance.now()));
  }

  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#pending === '') return;
    this.#send(++this.#count, this.#pending);
    this.#pending = '';
    this.#sentAt = performance.now();
  }
}

async function settledWithin(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
