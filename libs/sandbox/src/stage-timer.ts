import type { StageCause } from '@gantry/core';

/** How long the init may be late with its own wall limit before the engine kills the container. */
const WALL_MARGIN_MS = 500;
/** How long it may be late while it still hands over output that the reader takes slowly. */
const SLOW_READER_MS = 10_000;
/** How long the init may take to kill the program on request. */
const KILL_GRACE_MS = 300;
/** What a killed container has written is read for so long, even if nobody takes it. */
const LAST_WORDS_MS = 2000;
/** From the first file to the start of the program; a megabyte takes milliseconds. */
const DELIVERY_MS = 20_000;

export interface StageTimerDeps {
  /** Kills the container by the engine's hand. */
  kill(): void;
  /** Whether the sink holds the reader up. */
  sinkIsBusy(): boolean;
  /** Frames read so far. */
  framesTaken(): number;
}

/** The worker's own clock of one stage: the init keeps the limits, and where it does not, the engine kills its container. */
export class StageTimer {
  readonly #deps: StageTimerDeps;
  readonly #whenGivenUp: Promise<null>;
  #giveUp = (): void => undefined;
  #timer: NodeJS.Timeout | undefined;
  #killed = false;
  #cause: StageCause | null = null;

  constructor(deps: StageTimerDeps) {
    this.#deps = deps;
    this.#whenGivenUp = new Promise((resolve) => (this.#giveUp = () => resolve(null)));
  }

  /** Resolves when the output of a killed container is not waited for any longer. */
  get givenUp(): Promise<null> {
    return this.#whenGivenUp;
  }

  get killed(): boolean {
    return this.#killed;
  }

  /** Why the container was killed by us; null when it was not, or when the sandbox is to blame. */
  get cause(): StageCause | null {
    return this.#cause;
  }

  watchDelivery(): void {
    this.#set(DELIVERY_MS, () => this.kill(null));
  }

  /**
   * As long as output still comes, or waits for a slow sink, a program past its limit may have ended long ago: its report is behind
   * that output. So the kill waits for a moment of silence, up to a ceiling.
   */
  watchWall(wallMs: number): void {
    const ceiling = performance.now() + wallMs + SLOW_READER_MS;
    const look = (takenBefore: number): void => {
      const taken = this.#deps.framesTaken();
      const flushing = this.#deps.sinkIsBusy() || taken > takenBefore;
      if (!flushing || performance.now() > ceiling) this.kill('wall');
      else this.#set(WALL_MARGIN_MS, () => look(taken));
    };
    this.#set(wallMs, () => {
      const taken = this.#deps.framesTaken();
      this.#set(WALL_MARGIN_MS, () => look(taken));
    });
  }

  /** The init has been asked to kill the program. */
  watchKill(): void {
    this.#set(KILL_GRACE_MS, () => this.kill('killed'));
  }

  kill(cause: StageCause | null): void {
    if (this.#killed) return;
    this.#killed = true;
    this.#cause = cause;
    this.#deps.kill();
    this.#set(LAST_WORDS_MS, this.#giveUp);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #set(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }
}
