import { randomBytes } from 'node:crypto';
import type { ExecutionRequest, ExecutionResult } from '@gantry/contracts';
import { DEFAULT_LIMITS, newExecutionId, type NewExecution } from '@gantry/core';

export function sampleRequest(overrides: Partial<ExecutionRequest> = {}): ExecutionRequest {
  return {
    runtime: 'python',
    code: 'print(1)',
    args: [],
    stdin: '',
    env: {},
    workingDirectory: '/workspace',
    imageId: null,
    files: [],
    artifacts: [],
    limits: DEFAULT_LIMITS,
    onOutputLimit: 'truncate',
    stdinMode: 'input',
    preload: true,
    isolation: 'default',
    requires: [],
    priority: 5,
    retryOnWorkerLost: 0,
    cache: null,
    ...overrides,
  };
}

export function sampleExecution(overrides: Partial<NewExecution> = {}): NewExecution {
  return {
    id: newExecutionId(Date.now()),
    tenant: 'acme',
    request: sampleRequest(),
    fingerprint: 'same',
    idempotencyKey: null,
    acceptWithinMs: 5000,
    maxQueued: 1000,
    maxQueuedPerTenant: 100,
    ...overrides,
  };
}

export function sampleResult(overrides: Partial<ExecutionResult> = {}): ExecutionResult {
  return {
    status: 'completed',
    reason: 'exit_code',
    exitCode: 0,
    signal: null,
    message: null,
    stdout: { text: 'out\n', encoding: 'utf-8', truncated: false, droppedBytes: 0 },
    stderr: { text: '', encoding: 'utf-8', truncated: false, droppedBytes: 0 },
    executionMs: 12.5,
    usage: { cpuMs: 10, peakMemoryBytes: 4096, peakProcesses: 1 },
    limits: DEFAULT_LIMITS,
    imageDigest: 'sha256:abc',
    sandbox: 'cold',
    imageMs: null,
    artifacts: [],
    artifactsOmitted: [],
    artifactsOmittedCount: 0,
    ...overrides,
  };
}

export const freshDeployment = (): string => `test-${randomBytes(5).toString('hex')}`;
