import type { InputChannel, InputOutcome } from '@gantry/core';
import type { Redis } from 'ioredis';
import type { ChannelSubscriber } from './channel-subscriber.js';
import { keysFor, type Keys } from './keys.js';
import { runScriptPatiently } from './patient-script.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import { READ_INPUT, WRITE_INPUT } from './scripts/input-scripts.js';
import { Wakeup } from './wakeup.js';

/** Written and not yet read by the program. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** A look without being called, should news get lost on the way. */
const LOOK_EVERY_MS = 2000;

export class RedisInputChannel implements InputChannel {
  readonly #redis: Redis;
  readonly #subscriber: ChannelSubscriber;
  readonly #keys: Keys;

  constructor(options: { redis: Redis; subscriber: ChannelSubscriber; deployment: string }) {
    this.#redis = options.redis;
    this.#subscriber = options.subscriber;
    this.#keys = keysFor(options.deployment);
  }

  async write(target: { id: string; tenant: string }, bytes: Uint8Array, close: boolean): Promise<InputOutcome> {
    const text = Buffer.from(bytes).toString('base64');
    const args = [target.id, target.tenant, text, bytes.length, close ? 1 : 0, MAX_UNREAD_BYTES];
    return (await answered(runScript(this.#redis, WRITE_INPUT, this.#keys.prefix, args))) as InputOutcome;
  }

  async *read(id: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    using wakeup = new Wakeup(signal);
    await using _listening = await this.#subscriber.listen(this.#keys.inputChannel(id), () => wakeup.call());
    for (let taken = 0; !signal.aborted;) {
      wakeup.reset();
      const answer = await runScriptPatiently(this.#redis, READ_INPUT, this.#keys.prefix, [id, taken]);
      const [closed, piece] = answer as [number, string | undefined];
      if (closed === 1) return;
      if (piece === undefined) {
        await wakeup.wait(LOOK_EVERY_MS);
        continue;
      }
      yield Buffer.from(piece, 'base64');
      // Counts as read once the program has asked for more.
      taken += 1;
    }
  }
}
