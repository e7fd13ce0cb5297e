import type { ExecutionRequest, OutputStream, Reason, Runtime, TerminalStatus } from '@gantry/contracts';
import {
  classifyExit,
  resolveLimits,
  toStages,
  type OutputSink,
  type SandboxProvider,
  type StageReport,
} from '@gantry/core';

const MIB = 1024 * 1024;
/** The ceilings that a service has by default. */
const CEILINGS = {
  memoryBytes: 8192 * MIB,
  cpuCores: 8,
  timeoutMs: 3_600_000,
  maxProcesses: 1024,
  maxOutputBytes: 16 * MIB,
  diskBytes: 2048 * MIB,
  maxOpenFiles: 65_536,
  networkAllowed: false,
};

export interface Program {
  runtime: Runtime;
  image: string;
  code: string;
  stdin: string;
}

export interface Ended {
  status: TerminalStatus;
  reason: Reason;
  message: string | null;
  stdout: string;
  stderr: string;
  compileMs: number | null;
  /** From the wish for a sandbox to the end of the last stage; the container is made in that time. */
  coldMs: number;
}

class TextSink implements OutputSink {
  readonly #chunks: Record<OutputStream, Uint8Array[]> = { stdout: [], stderr: [] };

  write(stream: OutputStream, bytes: Uint8Array): void {
    this.#chunks[stream].push(Buffer.from(bytes));
  }

  gap(): void {
    // What a compiler says beyond the cap is not looked at.
  }

  text(stream: OutputStream): string {
    return Buffer.concat(this.#chunks[stream]).toString();
  }
}

/** Runs a program as the worker does: in a container of its own, with the limits that a request without any gets. */
export async function runProgram(sandboxes: SandboxProvider, program: Program, signal: AbortSignal): Promise<Ended> {
  const { runtime, image } = program;
  const limits = resolveLimits({}, runtime.limits, CEILINGS);
  const stages = toStages(runtime, requestFor(program, limits));
  const startedAt = performance.now();
  const owner = {
    tenant: 'runtimes',
    isolation: 'container' as const,
    requires: [],
    priority: 5,
    retryOnWorkerLost: 0,
    executionId: `test-${runtime.name}`,
    attempt: 1,
  };
  await using sandbox = await sandboxes.acquire({ ...owner, image, limits, preload: null }, signal);
  const reports: StageReport[] = [];
  let sink = new TextSink();
  let stage: 'compile' | 'run' = 'run';
  if (stages.compile) {
    const compiled = await sandbox.run(stages.compile, sink, signal);
    reports.push(compiled);
    if (compiled.exitCode !== 0) stage = 'compile';
  }
  if (stage === 'run') {
    sink = new TextSink();
    reports.push(await sandbox.run(stages.run, sink, signal));
  }
  const last = reports.at(-1) as StageReport;
  return {
    ...classifyExit(last, { ...limits, stage, cancelled: false }),
    stdout: sink.text('stdout'),
    stderr: sink.text('stderr'),
    compileMs: stages.compile ? (reports[0]?.wallMs ?? null) : null,
    coldMs: performance.now() - startedAt,
  };
}

function requestFor({ runtime, code, stdin }: Program, limits: ExecutionRequest['limits']): ExecutionRequest {
  return {
    runtime: runtime.name,
    code,
    args: [],
    stdin,
    env: {},
    workingDirectory: '/workspace',
    imageId: null,
    files: [],
    artifacts: [],
    limits,
    onOutputLimit: 'truncate',
    stdinMode: 'input',
    preload: false,
    isolation: 'container',
    requires: [],
    priority: 5,
    retryOnWorkerLost: 0,
    cache: null,
  };
}
