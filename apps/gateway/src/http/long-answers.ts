import type { Request, RequestHandler, Response } from 'express';

/** Answers with long output that are being made or sent: each is in memory several times over, as record, text and bytes. */
const AT_ONCE = 2;
/** Who takes longer to take it keeps others waiting, and is cut. A stream can be taken as slowly as one likes. */
const MAX_HOLD_MS = 120_000;

type Turn = () => Promise<void>;

/** Lets answers with long output be made a few at a time, whoever asks for how many. */
export class LongAnswers {
  readonly #waiting: (() => void)[] = [];
  readonly #maxHoldMs: number;
  #underWay = 0;

  constructor(maxHoldMs: number = MAX_HOLD_MS) {
    this.#maxHoldMs = maxHoldMs;
  }

  /** Resolves when the answer may be made; it is over when the response is closed. A repeat costs nothing. */
  turnOf(response: Pick<Response, 'on' | 'destroyed' | 'destroy'>): Turn {
    let turn: Promise<void> | null = null;
    return () => (turn ??= this.#take(response));
  }

  async #take(response: Pick<Response, 'on' | 'destroyed' | 'destroy'>): Promise<void> {
    if (this.#underWay >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#underWay++;
    if (response.destroyed) return this.#next();
    const timer = setTimeout(() => response.destroy(), this.#maxHoldMs).unref();
    response.on('close', () => {
      clearTimeout(timer);
      this.#next();
    });
  }

  /** The place goes to who waits for it. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#underWay--;
  }
}

export function longAnswers(answers: LongAnswers): RequestHandler {
  return (_request: Request, response, next) => {
    response.locals['turn'] = answers.turnOf(response);
    next();
  };
}

/** To be awaited before long output is read into memory. */
export function turnOf(response: Response): Turn | undefined {
  return response.locals['turn'] as Turn | undefined;
}
