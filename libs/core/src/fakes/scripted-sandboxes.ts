import type { OmissionReason } from '@gantry/contracts';
import type {
  CollectOrder,
  CollectReport,
  CollectSink,
  OutputSink,
  PoolSize,
  Sandbox,
  SandboxInfo,
  SandboxProvider,
  SandboxSpec,
  StageCommand,
  StageReport,
} from '../ports/index.js';

/** What a scripted stage does: writes, waits for what it likes, and reports. */
export type StageScript = (
  stage: StageCommand,
  sink: OutputSink,
  signal: AbortSignal,
) => Promise<Partial<StageReport>> | Partial<StageReport>;

export const CLEAN_REPORT: StageReport = {
  exitCode: 0,
  signal: null,
  startError: null,
  cause: 'self',
  wallMs: 5,
  cpuMs: 3,
  peakMemoryBytes: 1000,
  peakProcesses: 1,
  oomKills: 0,
  refusedForks: 0,
  diskFull: false,
  stdoutDroppedBytes: 0,
  stderrDroppedBytes: 0,
};

/** Sandboxes that play a script. `acquire` can be made to throw; what is open and what was disposed is counted. */
export class ScriptedSandboxes implements SandboxProvider {
  readonly stages: StageCommand[] = [];
  /** What `collect` gives, whatever is asked for: content, or why it is given up half-way. */
  readonly artifacts: { path: string; content: Uint8Array; givenUp?: OmissionReason }[] = [];
  readonly omitted: { path: string; reason: OmissionReason }[] = [];
  readonly orders: CollectOrder[] = [];
  omittedUntold = 0;
  collectError: Error | null = null;
  acquireError: Error | null = null;
  open = 0;
  prepared = 0;
  readonly #script: StageScript;

  constructor(script: StageScript = () => ({})) {
    this.#script = script;
  }

  async acquire(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    signal.throwIfAborted();
    if (this.acquireError) throw this.acquireError;
    this.open++;
    const info: SandboxInfo = { imageDigest: 'sha256:0', limits: spec.limits, kind: 'cold' };
    return Promise.resolve({
      info,
      run: async (stage, sink, runSignal) => {
        this.stages.push(stage);
        return { ...CLEAN_REPORT, ...(await this.#script(stage, sink, runSignal)) };
      },
      collect: (order, sink) => this.#collect(order, sink),
      [Symbol.asyncDispose]: async () => {
        this.open--;
        return Promise.resolve();
      },
    });
  }

  async #collect(order: CollectOrder, sink: CollectSink): Promise<CollectReport> {
    this.orders.push(order);
    for (const { path, content, givenUp } of this.artifacts) {
      await sink.file(path, content.length);
      for (let at = 0; at < content.length; at += 65_536) await sink.data(content.subarray(at, at + 65_536));
      await sink.end(givenUp ?? 'complete');
    }
    for (const { path, reason } of this.omitted) sink.omitted(path, reason);
    if (this.collectError) throw this.collectError;
    return { omittedUntold: this.omittedUntold };
  }

  prepare(): void {
    this.prepared++;
  }

  ready(): PoolSize[] {
    return [];
  }

  sweep(_isAlive: (workerId: string) => boolean): Promise<number> {
    return Promise.resolve(0);
  }

  engine(): Promise<{ available: boolean; version: string | null; images: number; message: string | null }> {
    return Promise.resolve({ available: true, version: 'scripted', images: 1, message: null });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
