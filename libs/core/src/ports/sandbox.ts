import type { Limits, OmissionReason, OnOutputLimit, OutputStream, Usage } from '@gantry/contracts';

export interface SandboxSpec {
  /** Sandboxes that are used more than once are never shared between tenants. */
  tenant: string;
  /** `container`: one that nobody has used and nobody will; `default`: as the operator has decided. */
  isolation: 'default' | 'container';
  executionId: string;
  attempt: number;
  /** Image reference the engine knows. */
  image: string;
  limits: Limits;
  /** Name of the interpreter that a sandbox made in advance has started already; `null` = none. */
  preload: string | null;
}

export interface SandboxFile {
  /** Absolute, below /workspace or /tmp. */
  path: string;
  content: Uint8Array;
  mode: number;
}

/** One program to run inside a sandbox. */
export interface StageCommand {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Written before the program starts. */
  files: readonly SandboxFile[];
  /** All of it, then end of file. What comes from an iterable is asked for as the program reads. */
  stdin: Uint8Array | AsyncIterable<Uint8Array>;
  wallMs: number;
  cpuMs: number | null;
  maxOutputBytes: number;
  onOutputLimit: OnOutputLimit;
  /** May run in the interpreter of this name, if the sandbox has it started; `null` = always as a process of its own. */
  preload: string | null;
  /** How often the sink is told what the stage has used; left out = never. */
  usageEveryMs?: number;
  /** Nothing is asked of the sandbox after this stage. Left out = something may be. */
  last?: boolean;
}

/** Takes output as it is written. A returned promise holds the program back until it settles. */
export interface OutputSink {
  write(stream: OutputStream, bytes: Uint8Array): void | Promise<void>;
  /** `bytes` were left out here, before what follows. */
  gap(stream: OutputStream, bytes: number): void;
  /** What the stage has used until now and the most that was seen of it so far; a container may say so more often than it was asked. */
  usage?(usage: Usage): void;
}

/** Who or what ended the stage. */
export type StageCause = 'self' | 'wall' | 'cpu' | 'output' | 'killed';

/** Facts about a stage's end; no judgement. `null` = could not be measured. */
export interface StageReport {
  /** Null when killed by a signal or not started. */
  exitCode: number | null;
  /** `SIGSEGV`; null when it exited. */
  signal: string | null;
  /** Set when the program could not be executed: `ENOENT`, `EACCES`. */
  startError: string | null;
  cause: StageCause;
  wallMs: number;
  cpuMs: number | null;
  peakMemoryBytes: number | null;
  peakProcesses: number | null;
  oomKills: number | null;
  /** Forks the kernel refused because of the process limit. */
  refusedForks: number | null;
  /** No byte or inode was left in a writable place. */
  diskFull: boolean;
  stdoutDroppedBytes: number;
  stderrDroppedBytes: number;
}

/** What the sandbox is, read back from the engine. */
export interface SandboxInfo {
  imageDigest: string;
  limits: Limits;
  kind: 'warm' | 'cold';
}

/** Which files to bring out of a sandbox whose programs have ended. */
export interface CollectOrder {
  /** Absolute, below /workspace or /tmp; patterns are relative to it. */
  root: string;
  /** `*`, `?` and `[a-z]` stay within a name, `**` crosses directories. At most 64, each checked by `patternFault`. */
  patterns: readonly string[];
  maxFiles: number;
  maxFileBytes: number;
  maxTotalBytes: number;
  /** Waiting for the sink counts; what is not there by then is left out as `time_limit`. */
  wallMs: number;
}

/** Takes what is collected, one file after another. A returned promise holds the sandbox back until it settles. */
export interface CollectSink {
  /** A file begins; `size` as it was when it was opened. */
  file(path: string, size: number): void | Promise<void>;
  data(bytes: Uint8Array): void | Promise<void>;
  /** The file is complete, or had to be given up for this reason: forget it then. */
  end(given: 'complete' | OmissionReason): void | Promise<void>;
  omitted(path: string, reason: OmissionReason): void;
}

export interface CollectReport {
  /** Left out as well, and not told to the sink because there were so many. */
  omittedUntold: number;
}

/** One isolated place for one execution. Disposing it destroys the container, on every path. */
export interface Sandbox extends AsyncDisposable {
  readonly info: SandboxInfo;
  /**
   * Runs one stage to its end. Outcomes of the program are values. An aborted signal kills the program at once and still returns a
   * report (`cause: 'killed'`). Throws `sandbox_failed`, `protocol_violation` or `engine_unavailable` when the sandbox itself broke.
   */
  run(stage: StageCommand, sink: OutputSink, signal: AbortSignal): Promise<StageReport>;
  /**
   * Brings files out after the last stage, when no process of it lives any more; regular files only, never through a link. Bounded by the order.
   * Works after every end of a stage that left the sandbox alive. An aborted signal ends it early, as its time does. Throws like `run`, and
   * what the sink throws.
   */
  collect(order: CollectOrder, sink: CollectSink, signal: AbortSignal): Promise<CollectReport>;
}

/** One kind of sandboxes that are made in advance. */
export interface PoolSize {
  name: string;
  ready: number;
  making: number;
  /** How many the demand of late asks to have ready. */
  wanted: number;
}

export interface SandboxProvider {
  /**
   * A sandbox that is ready to run. Throws `engine_unavailable`, `sandbox_failed`, `unknown_image` or `limit_unenforceable`.
   * When the signal aborts, whatever was made is removed and the signal's reason is thrown.
   */
  acquire(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;
  /**
   * Sandboxes like this one are going to be asked for: makes some ready, if the adapter does such things. Returns at once; a failure shows
   * in the log, and in the `acquire` that meets it.
   */
  prepare(spec: Pick<SandboxSpec, 'image' | 'limits' | 'preload'>): void;
  /** Removes containers of this deployment whose worker is gone (`isAlive` says no). Returns how many. Safe to repeat. */
  sweep(isAlive: (workerId: string) => boolean): Promise<number>;
  /** Is the engine there? Never throws; answers within 2 s. */
  engine(): Promise<{ available: boolean; version: string | null; images: number; message: string | null }>;
  /** Sandboxes that are made before anybody asks, by kind; a kind may come more than once, with other limits. */
  ready(): PoolSize[];
  /** Releases all that is held, sandboxes that nobody used included. */
  close(): Promise<void>;
}
