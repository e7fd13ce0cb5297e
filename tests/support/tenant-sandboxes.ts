import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll } from '@jest/globals';
import type { Limits } from '@gantry/contracts';
import type { Logger, Sandbox, SandboxProvider, StageCommand } from '@gantry/core';
import { createDockerSandboxProvider, type ProbeCheck, type TenantPoolSettings } from '@gantry/sandbox';
import Docker from 'dockerode';
import { eventually } from './eventually.js';
import { LIMITS, type Outcome, programStage, type ProgramOptions, runIn } from './real-sandboxes.js';
import { dockerHost, executorImage } from './requirements.js';

/** How a program starts: as a process of its own, or in one that was forked from the zygote. */
export type Start = 'exec' | 'fork';

export interface TurnOptions extends ProgramOptions {
  tenant?: string;
  start?: Start;
}

const ignore = (): void => undefined;
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent };

/** A provider that keeps containers for tenants; afterwards it is closed, and nothing of it may be left. */
export class TenantSandboxes {
  readonly deployment = `test-${randomBytes(6).toString('hex')}`;
  readonly provider: SandboxProvider & { probe(image: string): Promise<ProbeCheck[]> };
  readonly docker = new Docker({ socketPath: dockerHost().replace('unix://', ''), host: undefined });
  checks: ProbeCheck[] = [];

  constructor(tenants: Partial<TenantPoolSettings> = {}) {
    this.provider = createDockerSandboxProvider({
      socket: dockerHost(),
      deployment: this.deployment,
      workerId: 'worker-1',
      pool: { maxReady: 0, forgetAfterMs: 60_000 },
      isolation: 'tenant',
      tenants,
      logger: silent,
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
    });
    beforeAll(async () => {
      this.checks = await this.provider.probe(executorImage());
    });
    afterAll(async () => {
      await this.provider.close();
      await eventually(async () => {
        const left = await this.containers();
        if (left.length > 0) throw new Error(`left: ${left.map(({ Id }) => Id).join(', ')}`);
      }, 5000);
    });
  }

  acquire({
    tenant = 'acme',
    start = 'exec',
    limits = {},
    signal = new AbortController().signal,
    isolation = 'default',
  }: TurnOptions & { isolation?: 'default' | 'container' } = {}): Promise<Sandbox> {
    const spec = {
      tenant,
      isolation,
      executionId: 'execution-1',
      attempt: 1,
      image: executorImage(),
      limits: { ...LIMITS, ...limits },
      preload: start === 'fork' ? 'python' : null,
    };
    return this.provider.acquire(spec, signal);
  }

  /** Runs a program of `tests/programs` as one execution. */
  async run(program: string, options: TurnOptions = {}): Promise<Outcome> {
    await using sandbox = await this.acquire(options);
    return await runIn(sandbox, await stageOf(program, options), options);
  }

  /** Ids of this deployment's containers. */
  async containers(): Promise<Docker.ContainerInfo[]> {
    return this.docker.listContainers({ all: true, filters: { label: [`gantry.deployment=${this.deployment}`] } });
  }
}

export async function stageOf(program: string, options: TurnOptions = {}): Promise<StageCommand> {
  return options.start === 'fork'
    ? forkedStage(await readFile(new URL(`../programs/${program}`, import.meta.url)), options)
    : await programStage(program, options);
}

/** What a worker sends for Python, so that it fits the process that waits. */
export function forkedStage(
  code: Buffer | string,
  { args = [], limits, stage }: { args?: string[]; limits?: Partial<Limits>; stage?: Partial<StageCommand> } = {},
): StageCommand {
  const all = { ...LIMITS, ...limits };
  return {
    argv: ['python3', '/workspace/main.py', ...args],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/workspace',
      LANG: 'C.UTF-8',
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    cwd: '/workspace',
    files: [{ path: '/workspace/main.py', content: Buffer.from(code), mode: 0o644 }],
    stdin: new Uint8Array(),
    wallMs: all.timeoutMs,
    cpuMs: all.cpuMs,
    maxOutputBytes: all.maxOutputBytes,
    onOutputLimit: 'truncate',
    preload: 'python',
    ...stage,
  };
}
