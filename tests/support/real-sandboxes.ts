import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll } from '@jest/globals';
import type { Limits, OutputStream } from '@gantry/contracts';
import type {
  Logger,
  OutputSink,
  Sandbox,
  SandboxInfo,
  SandboxProvider,
  StageCommand,
  StageReport,
} from '@gantry/core';
import { createDockerSandboxProvider, type ProbeCheck } from '@gantry/sandbox';
import Docker from 'dockerode';
import { eventually } from './eventually.js';
import { dockerHost, executorImage } from './requirements.js';

const MIB = 1024 * 1024;

export const LIMITS: Limits = {
  memoryBytes: 256 * MIB,
  cpuCores: 1,
  timeoutMs: 20_000,
  cpuMs: null,
  networkEnabled: false,
  maxProcesses: 64,
  maxOutputBytes: MIB,
  maxFileBytes: 64 * MIB,
  maxOpenFiles: 256,
  diskBytes: 64 * MIB,
};

/** Everything that came out of one stage. */
export interface Outcome {
  report: StageReport;
  info: SandboxInfo;
  stdout: Buffer;
  stderr: Buffer;
  gaps: { stream: OutputStream; bytes: number; at: number }[];
  /** From the call of `run` to its answer. */
  elapsedMs: number;
}

export class CollectingSink implements OutputSink {
  readonly stdout: Buffer[] = [];
  readonly stderr: Buffer[] = [];
  readonly gaps: Outcome['gaps'] = [];

  write(stream: OutputStream, bytes: Uint8Array): void | Promise<void> {
    this[stream].push(Buffer.from(bytes));
  }

  gap(stream: OutputStream, bytes: number): void {
    this.gaps.push({ stream, bytes, at: Buffer.concat(this[stream]).length });
  }
}

export interface ProgramOptions {
  args?: string[];
  limits?: Partial<Limits>;
  stage?: Partial<StageCommand>;
  signal?: AbortSignal;
  sink?: CollectingSink;
}

const INTERPRETERS: Record<string, string> = { py: 'python3', js: 'node', sh: 'bash' };
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent };
function ignore(): void {}

/** A provider on the real engine, with a deployment of its own unless told. */
export class DetachedSandboxes {
  readonly deployment: string;
  readonly provider: SandboxProvider & { probe(image: string): Promise<ProbeCheck[]> };
  readonly docker = new Docker({ socketPath: dockerHost().replace('unix://', ''), host: undefined });

  constructor(
    socket = dockerHost(),
    deployment = `test-${randomBytes(6).toString('hex')}`,
    pool = { maxReady: 0, forgetAfterMs: 60_000 },
  ) {
    const clock = { now: () => Date.now(), monotonic: () => performance.now() };
    this.deployment = deployment;
    this.provider = createDockerSandboxProvider({
      socket,
      deployment,
      workerId: 'worker-1',
      pool,
      logger: silent,
      clock,
    });
  }

  acquire(
    limits: Partial<Limits> = {},
    signal = new AbortController().signal,
    image = executorImage(),
  ): Promise<Sandbox> {
    const spec = {
      tenant: 'acme',
      isolation: 'default' as const,
      executionId: 'execution-1',
      attempt: 1,
      image,
      limits: { ...LIMITS, ...limits },
      preload: null,
    };
    return this.provider.acquire(spec, signal);
  }

  /** Runs a program of `tests/programs` in a sandbox of its own. */
  async run(program: string, options: ProgramOptions = {}): Promise<Outcome> {
    await using sandbox = await this.acquire(options.limits, options.signal);
    return await runIn(sandbox, await programStage(program, options), options);
  }

  /** Ids of containers with this deployment's label, running or not. */
  async containers(): Promise<Docker.ContainerInfo[]> {
    return this.docker.listContainers({ all: true, filters: { label: [`gantry.deployment=${this.deployment}`] } });
  }

  async expectNothingLeft(): Promise<void> {
    await eventually(async () => {
      const left = await this.containers();
      if (left.length > 0) throw new Error(`left: ${left.map(({ Id, State }) => `${Id} ${State}`).join(', ')}`);
    }, 5000);
  }
}

/** The same for a whole test file: afterwards it is closed, and nothing of it may be left. */
export class RealSandboxes extends DetachedSandboxes {
  constructor() {
    super();
    afterAll(async () => {
      await this.provider.close();
      await this.expectNothingLeft();
    });
  }
}

export async function programStage(
  program: string,
  { args = [], limits, stage }: ProgramOptions = {},
): Promise<StageCommand> {
  const all = { ...LIMITS, ...limits };
  const path = `/workspace/${program}`;
  const content = await readFile(new URL(`../programs/${program}`, import.meta.url));
  return {
    argv: [INTERPRETERS[program.split('.').at(-1) ?? ''] ?? '', path, ...args],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' },
    cwd: '/workspace',
    files: [{ path, content, mode: 0o644 }],
    stdin: new Uint8Array(),
    wallMs: all.timeoutMs,
    cpuMs: all.cpuMs,
    maxOutputBytes: all.maxOutputBytes,
    onOutputLimit: 'truncate',
    preload: null,
    ...stage,
  };
}

export async function runIn(sandbox: Sandbox, stage: StageCommand, options: ProgramOptions = {}): Promise<Outcome> {
  const sink = options.sink ?? new CollectingSink();
  const started = performance.now();
  const report = await sandbox.run(stage, sink, options.signal ?? new AbortController().signal);
  const elapsedMs = performance.now() - started;
  const { gaps } = sink;
  return {
    report,
    info: sandbox.info,
    gaps,
    elapsedMs,
    stdout: Buffer.concat(sink.stdout),
    stderr: Buffer.concat(sink.stderr),
  };
}
