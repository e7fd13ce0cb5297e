import type { OutputStream } from '@gantry/contracts';
import type { OutputSink } from '@gantry/core';
import { violation } from './attributes.js';
import { parseGap } from './init-messages.js';

/** Hands a stage's output on, and holds the init to the cap: whatever runs in there, no stream brings more than it may. */
export class StageOutput {
  readonly #sink: OutputSink;
  readonly #left: Record<OutputStream, number>;
  readonly #gaps = new Set<OutputStream>();

  constructor(sink: OutputSink, capBytes: number) {
    this.#sink = sink;
    this.#left = { stdout: capBytes, stderr: capBytes };
  }

  write(stream: OutputStream, bytes: Uint8Array): void | Promise<void> {
    if (bytes.length === 0) return;
    this.#left[stream] -= bytes.length;
    if (this.#left[stream] < 0) throw violation(`${stream} is longer than its cap`);
    return this.#sink.write(stream, bytes);
  }

  gap(payload: Uint8Array): void {
    const { stream, bytes } = parseGap(payload);
    if (this.#gaps.has(stream)) throw violation(`a second gap in ${stream}`);
    this.#gaps.add(stream);
    this.#sink.gap(stream, bytes);
  }
}
