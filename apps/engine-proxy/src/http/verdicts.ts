import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import type { EngineProxyMetrics } from '@gantry/service';
import { Refusal } from '../policy/refusal.js';
import { answerMessage } from './answers.js';

export interface FailedCall {
  endpoint: string;
  request: IncomingMessage;
  response: ServerResponse;
  isGone: boolean;
}

/** Who opens too many connections opens them by the thousand. */
const TOLD_EVERY_MS = 10_000;

/** Counts and logs what became of requests, and tells clients why there is no answer of the engine. */
export class Verdicts {
  readonly #metrics: EngineProxyMetrics;
  readonly #logger: Logger;
  #dropped = 0;
  #droppedToldAt = -Infinity;

  constructor(metrics: EngineProxyMetrics, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  allowed(endpoint: string): void {
    this.#metrics.requests.inc({ endpoint, verdict: 'allowed' });
  }

  /** Answers as far as there is anybody to answer to. */
  failed({ endpoint, request, response, isGone }: FailedCall, error: unknown): void {
    const { status, message, closes } = this.judge(endpoint, request, error, isGone);
    answerMessage(response, status, message, closes);
  }

  /** Before there was a request to speak of. */
  refusedSocket(request: Pick<IncomingMessage, 'method' | 'url'> | null, what: string): void {
    this.#metrics.requests.inc({ endpoint: 'other', verdict: 'refused' });
    this.#logger.warn({ method: request?.method, what }, 'a request was refused');
  }

  /** There are as many as may be. */
  droppedConnection(allowed: number): void {
    this.#metrics.requests.inc({ endpoint: 'connection', verdict: 'refused' });
    this.#dropped += 1;
    if (performance.now() - this.#droppedToldAt < TOLD_EVERY_MS) return;
    this.#droppedToldAt = performance.now();
    this.#logger.warn({ allowed, dropped: this.#dropped }, 'connections were refused: PROXY_MAX_CONNECTIONS are open');
    this.#dropped = 0;
  }

  /** What to say about it. */
  judge(
    endpoint: string,
    { method, url }: Pick<IncomingMessage, 'method' | 'url'>,
    error: unknown,
    isGone: boolean,
  ): { status: number; message: string; closes: boolean } {
    const about = { endpoint, method, target: (url ?? '').slice(0, 300), reason: messageOf(error).slice(0, 500) };
    if (error instanceof Refusal) {
      this.#metrics.requests.inc({ endpoint, verdict: 'refused' });
      // Workers look for containers and images that are gone all the time.
      if (error.status === 404) this.#logger.info(about, 'a request was refused: not of this deployment, or gone');
      else this.#logger.warn(about, 'a request was refused');
      return { status: error.status, message: error.message, closes: error.closes };
    }
    if (isGone) this.#metrics.requests.inc({ endpoint, verdict: 'abandoned' });
    else {
      this.#metrics.requests.inc({ endpoint, verdict: 'failed' });
      this.#logger.error(about, 'the engine did not answer');
    }
    const message = `gantry engine proxy: the Docker engine does not answer (${messageOf(error)})`;
    return { status: 502, message, closes: true };
  }
}
