import type { OutputStream, Usage } from '@gantry/contracts';
import type { OutputSink } from '@gantry/core';
import { violation } from './attributes.js';
import { parseGap, parseUsage } from './init-messages.js';

/** Hands a stage's output on, and holds the init to the cap: whatever runs in there, no stream brings more than it may. */
export class StageOutput {
  readonly #sink: OutputSink;
  readonly #left: Record<OutputStream, number>;
  readonly #gaps = new Set<OutputStream>();
  #used: Usage = { cpuMs: null, peakMemoryBytes: null, peakProcesses: null };

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

  /** Nothing that was counted grows less. */
  usage(payload: Uint8Array): void {
    const { cpuMs, memoryBytes, processes } = parseUsage(payload);
    this.#used = {
      cpuMs: most(this.#used.cpuMs, cpuMs),
      peakMemoryBytes: most(this.#used.peakMemoryBytes, memoryBytes),
      peakProcesses: most(this.#used.peakProcesses, processes),
    };
    this.#sink.usage?.(this.#used);
  }
}

/** `null` = not known. */
function most(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
