/** How long what is left out is counted before it is told. */
export const SUMMARY_EVERY_MS = 10_000;
/** Kinds that are counted apart; beyond them all share one budget. */
const MAX_KINDS = 500;
const SHARED = '';

/** Lines of one kind at once, and a second in the long run. */
export interface Allowance {
  burst: number;
  perSecond: number;
}

interface Kind {
  left: number;
  countedAt: number;
  omitted: number;
  omittedSince: number;
  /** Writes the line that stands for those that were left out. */
  tell: (facts: LeftOut) => void;
}

/** The fields of that line. */
export interface LeftOut {
  more: number;
  inSeconds: number;
}

/**
 * Says which lines are written, so that whatever is repeated without end (a client that is refused, a dependency that is away) fills no disk.
 * A kind that has not been seen lately is always written, and at once; what is left out is counted and told every ten seconds.
 */
export class LineBudget {
  readonly #allowance: Allowance;
  readonly #now: () => number;
  readonly #kinds = new Map<string, Kind>();

  /** @param now a clock that never goes back, ms */
  constructor(allowance: Allowance, now: () => number = () => performance.now()) {
    this.#allowance = allowance;
    this.#now = now;
    // Not made on demand: a timer of a request would carry its trace.
    setInterval(() => this.summarise(), SUMMARY_EVERY_MS).unref();
  }

  /** Whether a line of this kind may be written now. If not, `tell` is called later. */
  take(name: string, tell: (facts: LeftOut) => void): boolean {
    const now = this.#now();
    const kind = this.#kindOf(name, now);
    const { burst, perSecond } = this.#allowance;
    kind.left = Math.min(burst, kind.left + ((now - kind.countedAt) * perSecond) / 1000);
    kind.countedAt = now;
    if (kind.left >= 1) {
      kind.left -= 1;
      return true;
    }
    if (kind.omitted++ === 0) kind.omittedSince = now;
    kind.tell = tell;
    return false;
  }

  /** Tells of all that was left out since the last time. */
  summarise(): void {
    const now = this.#now();
    const { burst, perSecond } = this.#allowance;
    for (const [name, kind] of this.#kinds) {
      const { omitted: more, omittedSince, tell } = kind;
      kind.omitted = 0;
      if (more > 0) tell({ more, inSeconds: Math.ceil((now - omittedSince) / 1000) });
      // As good as new.
      else if (kind.left + ((now - kind.countedAt) * perSecond) / 1000 >= burst) this.#kinds.delete(name);
    }
  }

  #kindOf(name: string, now: number): Kind {
    const known = this.#kinds.get(name);
    if (known) return known;
    if (this.#kinds.size >= MAX_KINDS && name !== SHARED) return this.#kindOf(SHARED, now);
    const fresh = { left: this.#allowance.burst, countedAt: now, omitted: 0, omittedSince: now, tell: () => undefined };
    this.#kinds.set(name, fresh);
    return fresh;
  }
}
