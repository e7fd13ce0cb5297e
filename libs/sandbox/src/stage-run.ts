import { AppError } from '@gantry/contracts';
import type { OutputSink, StageCause, StageCommand, StageReport } from '@gantry/core';
import { violation } from './attributes.js';
import { encodeFrame, INIT_FRAME, type InitFrame, WORKER_FRAME } from './frame-codec.js';
import { parseCredit, parseError, parseExit } from './init-messages.js';
import type { InitConnection } from './init-connection.js';
import type { ContainerEnd } from './ready-container.js';
import { StageOutput } from './stage-output.js';
import { StageTimer } from './stage-timer.js';
import { StdinFeed } from './stdin-feed.js';
import { fileFrames, runFrame, type RunLimits } from './worker-messages.js';

/** What a stage needs of its container. */
export interface StageContainer {
  readonly parts: { readonly id: string; readonly connection: InitConnection };
  /** Ends it by the engine's hand; never throws. */
  kill(): Promise<void>;
  /** How it ended; to be asked after its output has. */
  end(): Promise<ContainerEnd>;
}

const TOGETHER_BYTES = 64 * 1024;

/** One stage in one container, from its files to its report. */
export class StageRun {
  readonly #container: StageContainer;
  readonly #stage: StageCommand;
  readonly #limits: RunLimits;
  readonly #output: StageOutput;
  readonly #stdin: StdinFeed;
  readonly #timer: StageTimer;
  readonly #started = performance.now();
  #runSent = false;
  /** The stage has its report, or failed: nothing more is sent or handed on. */
  #over = false;
  #framesTaken = 0;
  #sinkIsBusy = false;

  constructor(container: StageContainer, stage: StageCommand, limits: RunLimits, sink: OutputSink) {
    this.#container = container;
    this.#stage = stage;
    this.#limits = limits;
    this.#output = new StageOutput(sink, stage.maxOutputBytes);
    this.#stdin = new StdinFeed(container.parts.connection, stage.stdin);
    this.#timer = new StageTimer({
      kill: () => void container.kill(),
      sinkIsBusy: () => this.#sinkIsBusy,
      framesTaken: () => this.#framesTaken,
    });
  }

  async run(signal: AbortSignal): Promise<StageReport> {
    const onAbort = (): void => this.#abort();
    if (signal.aborted) return blankReport('killed', 0);
    const run = runFrame(this.#stage, this.#limits);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      this.#timer.watchDelivery();
      const report = await Promise.race([this.#receive(), this.#timer.givenUp, failureOf(this.#send(run))]);
      return report ?? (await this.#death());
    } finally {
      this.#over = true;
      this.#stdin.stop();
      this.#timer.stop();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #send(run: Buffer): Promise<void> {
    const { connection } = this.#container.parts;
    // What is small leaves in one piece: every write wakes the engine, and the processes behind it, once.
    let held: Buffer[] = [];
    let heldBytes = 0;
    for (const file of this.#stage.files) {
      for (const frame of fileFrames(file)) {
        held.push(frame);
        heldBytes += frame.length;
        if (heldBytes < TOGETHER_BYTES) continue;
        await connection.send(Buffer.concat(held));
        if (this.#over) return;
        [held, heldBytes] = [[], 0];
      }
    }
    if (this.#timer.killed) return;
    this.#runSent = true;
    this.#timer.watchWall(this.#stage.wallMs);
    await connection.send(Buffer.concat([...held, run]));
    await this.#stdin.run();
  }

  /** The report, or null when the container's output ended without one. */
  async #receive(): Promise<StageReport | null> {
    for (;;) {
      const frame = await this.#container.parts.connection.next();
      if (frame === null || this.#over) return null;
      this.#framesTaken += 1;
      const taking = this.#take(frame);
      if (taking instanceof Promise) {
        this.#sinkIsBusy = true;
        await taking;
        this.#sinkIsBusy = false;
      } else if (taking) return taking;
    }
  }

  /** A promise only when the sink holds the program back. */
  #take(frame: InitFrame): StageReport | void | Promise<void> {
    switch (frame.type) {
      case INIT_FRAME.stdout:
        return this.#output.write('stdout', frame.payload);
      case INIT_FRAME.stderr:
        return this.#output.write('stderr', frame.payload);
      case INIT_FRAME.gap:
        return this.#output.gap(frame.payload);
      case INIT_FRAME.stdinCredit:
        return this.#stdin.credit(parseCredit(frame.payload));
      case INIT_FRAME.usage:
        return this.#output.usage(frame.payload);
      case INIT_FRAME.exit:
        return this.#exit(frame.payload);
      case INIT_FRAME.error:
        return this.#complaint(frame.payload);
      case INIT_FRAME.started:
        return;
      case INIT_FRAME.ready:
      case INIT_FRAME.preloaded:
        throw violation('READY or PRELOADED comes twice');
      case INIT_FRAME.artifact:
      case INIT_FRAME.artifactData:
      case INIT_FRAME.artifactEnd:
      case INIT_FRAME.omitted:
      case INIT_FRAME.collected:
        throw violation('a file comes that was not asked for');
    }
  }

  #exit(payload: Uint8Array): StageReport {
    if (!this.#runSent) throw violation('EXIT without a stage');
    return parseExit(payload);
  }

  /** No room for the files is the execution's own doing; every other complaint is ours. */
  #complaint(payload: Uint8Array): StageReport {
    const { code, text } = parseError(payload);
    if (code === 'file_no_space')
      return { ...blankReport('self', 0), signal: null, startError: 'ENOSPC', diskFull: true };
    const ours = code === 'bad_frame' ? 'protocol_violation' : 'sandbox_failed';
    throw new AppError(ours, `The sandbox gave up: ${code}: ${text}`);
  }

  /** Asks the init first, for its report has the evidence; the engine's kill is the authority. */
  #abort(): void {
    if (this.#timer.killed) return;
    if (!this.#runSent) return this.#timer.kill('killed');
    void this.#container.parts.connection.send(encodeFrame(WORKER_FRAME.kill));
    this.#timer.watchKill();
  }

  /** What to say of a container that ended without a report. */
  async #death(): Promise<StageReport> {
    const wallMs = performance.now() - this.#started;
    if (this.#timer.cause !== null) return blankReport(this.#timer.cause, wallMs);
    const end = await this.#container.end();
    if (end.oomKilled) return { ...blankReport('self', wallMs), oomKills: 1 };
    const { connection, id } = this.#container.parts;
    const why = connection.complaints === '' ? '' : `: ${connection.complaints}`;
    throw new AppError('sandbox_failed', `Container ${id} ended with code ${end.exitCode} and no report${why}`);
  }
}

/** A report without the init's evidence: the container was killed as a whole. */
function blankReport(cause: StageCause, wallMs: number): StageReport {
  return {
    exitCode: null,
    signal: 'SIGKILL',
    startError: null,
    cause,
    wallMs,
    cpuMs: null,
    peakMemoryBytes: null,
    peakProcesses: null,
    oomKills: null,
    refusedForks: null,
    diskFull: false,
    stdoutDroppedBytes: 0,
    stderrDroppedBytes: 0,
  };
}

/** Rejects when the work does; never resolves. */
function failureOf(work: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => void work.catch(reject));
}
