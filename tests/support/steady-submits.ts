import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from './api.js';

/** A client that submits one short execution after another, and does not try again what was refused. Anything but yes and an honest no breaks it. */
export class SteadySubmits {
  /** Ids that it was told. */
  readonly accepted: string[] = [];
  /** Answers that nothing was started, try again later. */
  refused = 0;
  readonly #api: Api;
  readonly #running: Promise<void>;
  #going = true;

  constructor(api: Api, everyMs = 50) {
    this.#api = api;
    this.#running = this.#run(everyMs);
    // Told by `stop`.
    this.#running.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#running;
  }

  async #run(everyMs: number): Promise<void> {
    while (this.#going) {
      await this.#submit();
      await delay(everyMs);
    }
  }

  async #submit(): Promise<void> {
    const order = { language: 'bash', code: 'echo kept', wait_seconds: 0 };
    const { status, headers, body } = await this.#api.call('POST', '/execute', order);
    if (status === 202) this.accepted.push(String(body['execution_id']));
    else if (status === 503 && headers.get('retry-after') !== null) this.refused += 1;
    else throw new Error(`POST /execute answered ${status}: ${JSON.stringify(body)}`);
  }
}
