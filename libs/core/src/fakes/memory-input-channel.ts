import type { InputChannel, InputOutcome } from '../ports/index.js';

/** Takes whatever is written, for any id; keeps nobody out and nothing back. */
export class MemoryInputChannel implements InputChannel {
  readonly #pieces = new Map<string, { bytes: Uint8Array[]; closed: boolean; wake: () => void }>();

  write(target: { id: string }, bytes: Uint8Array, close: boolean): Promise<InputOutcome> {
    const input = this.#of(target.id);
    if (input.closed) return Promise.resolve('closed');
    if (bytes.length > 0) input.bytes.push(bytes);
    input.closed = close;
    input.wake();
    return Promise.resolve('written');
  }

  async *read(id: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const input = this.#of(id);
    while (!signal.aborted) {
      const piece = input.bytes.shift();
      if (piece) yield piece;
      else if (input.closed) return;
      else {
        await new Promise<void>((resolve) => {
          input.wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    }
  }

  #of(id: string): { bytes: Uint8Array[]; closed: boolean; wake: () => void } {
    let input = this.#pieces.get(id);
    if (!input) this.#pieces.set(id, (input = { bytes: [], closed: false, wake: () => undefined }));
    return input;
  }
}
