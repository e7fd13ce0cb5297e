import { randomUUID } from 'node:crypto';
import {
  deliverWebhook,
  type DeliverDeps,
  type JobConsumer,
  type JobDelivery,
  type JobQueue,
  type Logger,
} from '@gantry/core';

export interface CourierOptions extends DeliverDeps {
  queue: JobQueue;
  consumer: JobConsumer;
  logger: Logger;
  /** Longer than an attempt takes at most. */
  leaseMs: number;
  /** Tokens that one round puts in at most. */
  maxTokens: number;
}

/**
 * Delivers what is due. What is in the queue are tokens: each says that there is one more, and the store says which. So a token that gets lost
 * costs a moment, until the next round makes up for it, and whoever has the token delivers what another gateway has left undone.
 */
export class Courier {
  readonly #options: CourierOptions;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** Begins to deliver; resolves once it hears of what becomes due. */
  async start(): Promise<AsyncDisposable> {
    const { webhooks, consumer } = this.#options;
    consumer.start((delivery) => this.#work(delivery));
    // All gateways hear it; those that come second with the same id add nothing. `null`: something was missed, which the round finds.
    return webhooks.onDue((id) => {
      if (id !== null) this.#quietly(this.#options.queue.enqueue(id, 'due'));
    });
  }

  /** Puts in the tokens that are missing. */
  async round(): Promise<void> {
    const { webhooks, queue, maxTokens } = this.#options;
    const due = await webhooks.due(maxTokens);
    if (due === 0) return;
    // Those of repeats, which come hours later, make up for none that is missing now.
    const ready = await queue.ready();
    if (ready < due) await queue.enqueueTokens(due - ready);
  }

  /** For one token: all that can be taken, so that what was parked behind what we deliver goes on at once. */
  async #work({ signal }: JobDelivery): Promise<void> {
    while (!signal.aborted && (await this.#deliverNext(signal)));
  }

  async #deliverNext(signal: AbortSignal): Promise<boolean> {
    const { webhooks, queue, leaseMs, logger } = this.#options;
    const nonce = randomUUID();
    const due = await webhooks.take({ nonce, leaseMs });
    if (!due) return false;
    try {
      const delayMs = await deliverWebhook(this.#options, due, { nonce, signal });
      if (delayMs !== null) this.#quietly(queue.enqueueTokens(1, delayMs));
    } catch (error) {
      // Shutting down, or nothing can be written: it is for another, at the latest when the lease is over.
      logger.debug({ err: error, jobId: due.id }, 'webhook given back');
      await webhooks
        .release(due.id, nonce)
        .catch((failure: unknown) => logger.debug({ err: failure }, 'left to its lease'));
      return false;
    }
    return true;
  }

  #quietly(call: Promise<unknown>): void {
    call.catch((error: unknown) => this.#options.logger.debug({ err: error }, 'left to the next round'));
  }
}
