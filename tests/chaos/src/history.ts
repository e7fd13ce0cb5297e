import { closeSync, openSync, writeSync } from 'node:fs';
import type { Digest } from './digest.js';
import type { FaultKind } from './fault-kinds.js';

/** How a client came by what it was told of an execution. */
export type Source = 'submit' | 'wait' | 'poll' | 'stream' | 'get' | 'list' | 'replay' | 'mcp' | 'client' | 'cli';

/** What was told of one execution. */
export interface Told {
  status: string;
  reason: string | null;
  attempt: number;
  exitCode: number | null;
  finishedAt: string | null;
  /** `null` where this source does not tell it. */
  stdout: Digest | null;
  message: string | null;
  /** Why artifacts are not there. */
  omitted: string[];
}

export interface Times {
  p50: number;
  p99: number;
  max: number;
}

/** One fact, as the driver saw it, when it saw it. Nothing in here comes from the service's own books. */
export type Fact =
  | { kind: 'submit'; n: number; key: boolean; gateway: number }
  /** Of a submit. `status: null` = the connection broke or the client gave up: nobody knows what became of it. */
  | {
      kind: 'answer';
      n: number;
      status: number | null;
      code: string | null;
      id: string | null;
      ms: number;
      replayed: boolean;
    }
  | { kind: 'told'; n: number; source: Source; told: Told }
  /** A look that should have found it and did not: 404, 410. */
  | { kind: 'missing'; n: number; source: Source; status: number }
  | { kind: 'open'; n: number; session: string; after: number }
  | {
      kind: 'event';
      n: number;
      session: string;
      seq: number;
      type: string;
      text: Digest | null;
      attempt: number | null;
      /** Of a `status` the status, of `progress` what it says. */
      says: string | null;
    }
  | { kind: 'close'; n: number; session: string; why: 'end' | 'broken' | 'gone' }
  /** The output of all stdout events of one execution, in order, each once. */
  | { kind: 'streamed'; n: number; attempt: number; stdout: Digest }
  | { kind: 'cancel'; n: number; status: number | null }
  | { kind: 'artifact'; n: number; sha256: string | null }
  /** The client waited longer for an answer than it was promised. */
  | { kind: 'hang'; n: number; what: string; ms: number }
  /** Seen between worker and engine: the first words of a program, and the end of its container's connection. */
  | { kind: 'run'; token: string; worker: string; run: string }
  | { kind: 'run-end'; run: string }
  | { kind: 'fault'; fault: number; name: FaultKind; phase: 'begin' | 'end'; detail: string }
  /** A program that was submitted after the end of a fault has completed. */
  | { kind: 'served'; fault: number; ms: number }
  /** Of a process that was started `life` times, or of Redis. */
  | { kind: 'memory'; when: 'before' | 'during' | 'after'; name: string; life: number; bytes: number }
  /** What Redis had grown by for so many executions that had ended and were kept. */
  | { kind: 'kept'; when: 'before' | 'load' | 'after'; executions: number; bytes: number }
  | { kind: 'leftover'; what: string; name: string }
  /** As a worker that is gone has left it. */
  | { kind: 'planted'; container: string; volume: string }
  /** Of another deployment, and gone. */
  | { kind: 'trespass'; what: string; name: string }
  /** A process of ours that nobody ended has ended. */
  | { kind: 'crash'; how: string }
  | { kind: 'note'; text: string };

/** `t` is milliseconds since the epoch. */
export type Entry = Fact & { t: number };

/** Append-only, on disk as it grows: whatever becomes of the run, what was seen until then is there. */
export class History implements Disposable {
  readonly entries: Entry[] = [];
  readonly #file: number | null;

  constructor(path: string | null) {
    this.#file = path === null ? null : openSync(path, 'a');
  }

  add(fact: Fact): void {
    const entry: Entry = { t: Date.now(), ...fact };
    this.entries.push(entry);
    if (this.#file !== null) writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#file !== null) closeSync(this.#file);
  }
}
