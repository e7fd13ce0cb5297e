import { randomUUID } from 'node:crypto';
import type {
  ActiveAttempts,
  Claim,
  ClaimedDelivery,
  Handled,
  JobConsumer,
  JobQueue,
  Logger,
  Scheduler,
  Taken,
} from '@gantry/core';

/** Takes of one execution that may fail before it is ended. */
export const MAX_TAKES = 4;
/** A place that is kept for a token is given up when none came. */
const RESERVED_MS = 250;

export interface IntakeDeps {
  scheduler: Scheduler;
  /** Of tokens: each says that there is one more that requires nothing. */
  consumer: JobConsumer;
  tokens: Pick<JobQueue, 'enqueueTokens'>;
  active: Pick<ActiveAttempts, 'has'>;
  /** Throws only before the program has started, and only when another take can help. */
  run: (delivery: ClaimedDelivery) => Promise<void>;
  workerId: string;
  tags: readonly string[];
  /** Executions at once. */
  slots: number;
  leaseMs: number;
  logger: Logger;
}

interface Held {
  nonce: string;
  /** Not to be started here. */
  giveUp: AbortController;
  stop: AbortController;
}

/**
 * Takes executions as there are places to run them: one for each token, and from the lanes of this worker's tags by itself. Where both have
 * more than there is room for, they take turns.
 */
export class ExecutionIntake {
  readonly #deps: IntakeDeps;
  readonly #held = new Map<string, Held>();
  readonly #pulled = new Set<Promise<void>>();
  #open = false;
  #stopping = false;
  #used = 0;
  /** A token had to go back for want of a place: its side comes next. */
  #tokensWait = false;
  #reserved: NodeJS.Timeout | null = null;
  #pulling: Promise<void> | null = null;
  #lookAgain = false;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  begin(): void {
    this.#open = true;
    this.#deps.consumer.start(() => this.#serveToken());
    this.look();
  }

  async pause(): Promise<void> {
    this.#open = false;
    await this.#deps.consumer.pause();
  }

  resume(): void {
    this.#open = true;
    this.#tokensWait = false;
    this.#deps.consumer.resume();
    this.look();
  }

  running(): number {
    return this.#held.size;
  }

  /** There may be something in the lanes of our tags. */
  look(): void {
    if (this.#deps.tags.length === 0) return;
    this.#lookAgain = true;
    this.#pulling ??= this.#pull().finally(() => (this.#pulling = null));
  }

  /** Prolongs the claims of what has not started, and lets go of what is no longer ours. */
  async keepClaims(): Promise<void> {
    const { active, scheduler, leaseMs } = this.#deps;
    const claims = [...this.#held].filter(([id]) => !active.has(id)).map(([id, { nonce }]) => ({ id, nonce }));
    if (claims.length === 0) return;
    const lost = await scheduler.keep(claims, leaseMs);
    for (const id of lost) this.#held.get(id)?.giveUp.abort(new Error('The claim is lost'));
  }

  /** Takes no more and hands back at once what has not started; what runs has `graceMs` to end. */
  async stop(graceMs: number): Promise<void> {
    this.#open = false;
    this.#stopping = true;
    for (const { giveUp } of this.#held.values()) giveUp.abort(new Error('The worker is shutting down'));
    const timer = setTimeout(() => {
      for (const { stop } of this.#held.values()) stop.abort(new Error('The worker is shutting down'));
    }, graceMs);
    try {
      await this.#deps.consumer.stop(graceMs);
      await this.#pulling;
      await Promise.all(this.#pulled);
    } finally {
      clearTimeout(timer);
      this.#unreserve();
    }
  }

  async #serveToken(): Promise<Handled> {
    // A look that is under way may be about to fill the last place.
    await this.#pulling;
    this.#unreserve();
    if (!this.#open || this.#used >= this.#deps.slots) {
      this.#tokensWait = true;
      return 'not_now';
    }
    this.#used++;
    try {
      const nonce = randomUUID();
      const taken = await this.#take(nonce, []);
      if (taken) await this.#run(taken, nonce);
      return 'done';
    } finally {
      this.#used--;
      this.look();
      await this.#pulling;
      this.#resumeTokens();
    }
  }

  /** Takes from the lanes of our tags while there is something and a place. */
  async #pull(): Promise<void> {
    while (this.#lookAgain && this.#open && this.#used + (this.#reserved ? 1 : 0) < this.#deps.slots) {
      this.#lookAgain = false;
      this.#used++;
      const nonce = randomUUID();
      const taken = await this.#take(nonce, this.#deps.tags).catch((error: unknown) => {
        this.#deps.logger.warn({ err: error }, 'could not look for executions that require tags');
        return null;
      });
      if (!taken) {
        this.#used--;
        continue;
      }
      const run = this.#run(taken, nonce).finally(() => {
        this.#pulled.delete(run);
        this.#used--;
        // Their turn, if they wait.
        if (this.#tokensWait) this.#resumeTokens();
        else this.look();
      });
      this.#pulled.add(run);
      if (this.#tokensWait) return;
      this.#lookAgain = true;
    }
  }

  #take(nonce: string, tags: readonly string[]): Promise<Taken | null> {
    const { scheduler, workerId: worker, leaseMs } = this.#deps;
    return scheduler.take({ worker, nonce, leaseMs, tags });
  }

  /** Never throws. */
  async #run({ record, failedBefore }: Taken, nonce: string): Promise<void> {
    const held = { nonce, giveUp: new AbortController(), stop: new AbortController() };
    const { id } = record;
    this.#held.set(id, held);
    if (this.#stopping) held.giveUp.abort(new Error('The worker is shutting down'));
    const signals = { signal: held.giveUp.signal, stop: held.stop.signal };
    const retriesLeft = failedBefore + 1 < MAX_TAKES;
    try {
      await this.#deps.run({ id, record, nonce, ...signals, failedBefore, retriesLeft });
    } catch (error) {
      if (!held.giveUp.signal.aborted)
        this.#deps.logger.warn({ err: error, executionId: id }, 'an execution could not be started here');
      const delayMs = held.giveUp.signal.aborted ? 0 : backOffMs(failedBefore);
      await this.#handBack({ id, nonce }, { delayMs, tagged: record.request.requires.length > 0 });
    } finally {
      if (this.#held.get(id) === held) this.#held.delete(id);
    }
  }

  async #handBack(claim: Claim, { delayMs, tagged }: { delayMs: number; tagged: boolean }): Promise<void> {
    const { scheduler, tokens, logger } = this.#deps;
    try {
      // One that only had to leave is not blamed.
      const handedBack = await scheduler.handBack(claim, { delayMs, failed: delayMs > 0 });
      if (handedBack && !tagged) await tokens.enqueueTokens(1, delayMs);
    } catch (error) {
      logger.warn({ err: error, executionId: claim.id }, 'an execution was left to be taken back');
    }
  }

  #resumeTokens(): void {
    const { slots, tags, consumer } = this.#deps;
    if (!this.#tokensWait || !this.#open || this.#used >= slots) return;
    this.#tokensWait = false;
    if (tags.length > 0) this.#reserved ??= setTimeout(() => this.#giveUpReserved(), RESERVED_MS);
    consumer.resume();
  }

  #giveUpReserved(): void {
    this.#unreserve();
    this.look();
  }

  #unreserve(): void {
    if (this.#reserved) clearTimeout(this.#reserved);
    this.#reserved = null;
  }
}

function backOffMs(failedBefore: number): number {
  return Math.round(500 * 2 ** failedBefore * (0.5 + Math.random()));
}
