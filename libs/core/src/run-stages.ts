import type { ExecutionRecord, ExecutionResult, OutputStream, OutputText, Usage } from '@gantry/contracts';
import { collectArtifacts, type CollectDeps } from './collect-artifacts.js';
import { EventWriter } from './event-writer.js';
import type { ExecutionImage } from './execution-image.js';
import { OutputBuffer } from './output-buffer.js';
import type {
  EventLog,
  InputChannel,
  LastEvents,
  OutputSink,
  RuntimeCatalog,
  Sandbox,
  SandboxFile,
  StageCommand,
  StageReport,
  Tracer,
} from './ports/index.js';
import { toStages } from './stage-commands.js';
import { tracedStage } from './tracing/execution-spans.js';
import { SPAN } from './tracing/span-names.js';
import { classifyExit, type VerdictContext } from './verdict.js';

/** Output past this is in the event log only: neither a worker's memory nor the record shall grow with what programs write. */
const HELD_OUTPUT_BYTES = 1024 * 1024;
/** What a program has used is told this often while it runs. */
const USAGE_EVERY_MS = 1000;

export interface StageDeps extends CollectDeps {
  events: EventLog;
  runtimes: RuntimeCatalog;
  input: InputChannel;
  tracer: Tracer;
}

export interface StageRun {
  record: ExecutionRecord;
  /** The request's files with their bytes. */
  files: readonly SandboxFile[];
  sandbox: Sandbox;
  /** What the sandbox runs. */
  image: ExecutionImage;
  /** Where events were written to before; a fresh one when left out. */
  events?: EventWriter;
  attempt: number;
  signal: AbortSignal;
}

export interface StagesEnd {
  result: ExecutionResult;
  /** Events that are still to be written, together with the result. */
  last: LastEvents;
}

/** Compiles if the runtime says so, runs, and judges. What a compiler says is told only when it fails. */
export async function runStages(deps: StageDeps, run: StageRun): Promise<StagesEnd> {
  const { request } = run.record;
  const runtime = deps.runtimes.resolve(request.runtime);
  if (!runtime) throw new Error(`The runtime ${request.runtime} is not known to this worker`);
  const stages = toStages(runtime, request, { files: run.files, env: run.image.env });
  const recorder = new Recorder(deps, run);
  const reports: StageReport[] = [];
  let stage: VerdictContext['stage'] = 'run';
  if (stages.compile) {
    const said = new Recording();
    recorder.progress(`compiling ${runtime.name}`);
    const report = await tracedStage(deps.tracer, SPAN.compile, { ...run, command: stages.compile, sink: said });
    reports.push(report);
    recorder.spentCpuMs = report.cpuMs;
    if (report.exitCode !== 0) {
      stage = 'compile';
      await said.replay(recorder);
    }
  }
  if (stage === 'run') {
    const spentMs = reports[0]?.wallMs ?? 0;
    const spentCpuMs = reports[0]?.cpuMs ?? 0;
    const cpuMs = stages.run.cpuMs === null ? null : Math.max(1, stages.run.cpuMs - spentCpuMs);
    const wallMs = Math.max(1, stages.run.wallMs - spentMs);
    const ended = new AbortController();
    const stdin = request.stdinMode === 'stream' ? streamed(deps, run, ended.signal) : stages.run.stdin;
    try {
      const isLast = request.artifacts.length === 0;
      const command: StageCommand = { ...stages.run, stdin, wallMs, cpuMs, usageEveryMs: USAGE_EVERY_MS, last: isLast };
      reports.push(await tracedStage(deps.tracer, SPAN.run, { ...run, command, sink: recorder }));
    } finally {
      ended.abort();
    }
  }
  const { timeoutMs, cpuMs } = run.record.request.limits;
  const compiling = stage === 'compile' ? stages.compile : null;
  const judged = { stage, timeoutMs: compiling?.wallMs ?? timeoutMs, cpuMs: compiling?.cpuMs ?? cpuMs };
  const result = toResult(run, reports, judged, recorder);
  // Output goes on its way meanwhile.
  const collected = await collectArtifacts(deps, run);
  const last = await recorder.close();
  return { result: { ...result, ...collected, ...(last.complete === true ? {} : recorder.lost()) }, last };
}

/** What came with the request, then what clients write. */
async function* streamed(deps: StageDeps, run: StageRun, ended: AbortSignal): AsyncIterable<Uint8Array> {
  const { id, request } = run.record;
  if (request.stdin !== '') yield Buffer.from(request.stdin);
  yield* deps.input.read(id, ended);
}

function toResult(
  run: StageRun,
  reports: readonly StageReport[],
  judged: Pick<VerdictContext, 'stage' | 'timeoutMs' | 'cpuMs'>,
  recorder: Recorder,
): ExecutionResult {
  const last = reports.at(-1) as StageReport;
  const { limits } = run.record.request;
  const verdict = classifyExit(last, { ...limits, ...judged, cancelled: run.signal.reason === 'cancelled' });
  return {
    ...verdict,
    exitCode: last.exitCode,
    signal: last.signal,
    stdout: recorder.stdout.toText(),
    stderr: recorder.stderr.toText(),
    executionMs: reports.reduce((sum, report) => sum + report.wallMs, 0),
    usage: toUsage(reports),
    limits: run.sandbox.info.limits,
    imageDigest: run.sandbox.info.imageDigest,
    sandbox: run.sandbox.info.kind,
    imageMs: null,
    artifacts: [],
    artifactsOmitted: [],
    artifactsOmittedCount: 0,
  };
}

function toUsage(reports: readonly StageReport[]): Usage {
  const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
  const cpu = known(reports.map((report) => report.cpuMs));
  const memory = known(reports.map((report) => report.peakMemoryBytes));
  const processes = known(reports.map((report) => report.peakProcesses));
  return {
    cpuMs: cpu.length > 0 ? cpu.reduce((sum, value) => sum + value, 0) : null,
    peakMemoryBytes: memory.length > 0 ? Math.max(...memory) : null,
    peakProcesses: processes.length > 0 ? Math.max(...processes) : null,
  };
}

/** Output on its two ways: into the result, and out as events. */
class Recorder implements OutputSink {
  readonly stdout = new OutputBuffer(HELD_OUTPUT_BYTES);
  readonly stderr = new OutputBuffer(HELD_OUTPUT_BYTES);
  readonly #events: EventWriter;
  /** By the stage before this one. */
  spentCpuMs: number | null = null;

  constructor(deps: StageDeps, run: StageRun) {
    this.#events = run.events ?? new EventWriter(deps.events, deps.clock, { id: run.record.id, attempt: run.attempt });
  }

  write(stream: OutputStream, bytes: Uint8Array): Promise<void> | undefined {
    this[stream].write(bytes);
    return this.#events.write(stream, bytes);
  }

  gap(stream: OutputStream, bytes: number): void {
    this[stream].gap(bytes);
    this.#events.gap(stream, bytes);
  }

  usage(usage: Usage): void {
    const cpuMs = usage.cpuMs === null ? null : usage.cpuMs + (this.spentCpuMs ?? 0);
    this.#events.usage({ ...usage, cpuMs });
  }

  progress(message: string): void {
    this.#events.progress(message);
  }

  close(): Promise<LastEvents> {
    return this.#events.closeForEnd();
  }

  /** What the log was to keep and has refused. */
  lost(): Partial<Record<OutputStream, OutputText>> {
    const [stdout, stderr] = [this.stdout.lost(), this.stderr.lost()];
    return { ...(stdout ? { stdout } : {}), ...(stderr ? { stderr } : {}) };
  }
}

/** Keeps output until it is known whether anybody shall see it. Bounded by the stage's output cap. */
class Recording implements OutputSink {
  readonly #parts: { stream: OutputStream; bytes: Uint8Array | number }[] = [];

  write(stream: OutputStream, bytes: Uint8Array): undefined {
    this.#parts.push({ stream, bytes });
  }

  gap(stream: OutputStream, bytes: number): void {
    this.#parts.push({ stream, bytes });
  }

  async replay(sink: OutputSink): Promise<void> {
    for (const { stream, bytes } of this.#parts) {
      if (typeof bytes === 'number') sink.gap(stream, bytes);
      else await sink.write(stream, bytes);
    }
  }
}
