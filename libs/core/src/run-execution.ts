import { randomUUID } from 'node:crypto';
import {
  AppError,
  isTerminal,
  messageOf,
  unranResult,
  type ExecutionRecord,
  type ExecutionResult,
} from '@gantry/contracts';
import type { ActiveAttempts } from './active-attempts.js';
import type {
  AttemptStore,
  Clock,
  EventLog,
  InputChannel,
  JobDelivery,
  Logger,
  RuntimeCatalog,
  Sandbox,
  SandboxProvider,
} from './ports/index.js';
import { runStages } from './run-stages.js';

export interface RunDeps {
  attempts: AttemptStore;
  events: EventLog;
  input: InputChannel;
  runtimes: RuntimeCatalog;
  sandboxes: SandboxProvider;
  active: ActiveAttempts;
  clock: Clock;
  logger: Logger;
  workerId: string;
  /** The image of a runtime, as the engine knows it. */
  imageOf: (runtimeName: string) => string;
  leaseMs: number;
}

/** For metrics and the log. */
export interface Finished {
  record: ExecutionRecord;
  result: ExecutionResult;
  acquireMs: number;
  queueMs: number;
  attempt: number;
}

/**
 * Runs one delivered job to its end and writes the end. `null` when there was nothing to do (ended, cancelled or taken by another).
 * Throws only before the program has started, and only when another delivery can help; so user code never runs twice.
 */
export async function runExecution(deps: RunDeps, delivery: JobDelivery): Promise<Finished | null> {
  const id = delivery.executionId;
  const record = await deps.attempts.load(id);
  if (!record || isTerminal(record.status) || record.status === 'running') return null;
  const askedAt = deps.clock.monotonic();
  const sandbox = await acquireOrEnd(deps, record, delivery);
  if (!sandbox) return null;
  await using _held = sandbox;
  const acquireMs = deps.clock.monotonic() - askedAt;
  const started = await startAccepted(deps, id);
  if (!started) return null;
  using active = deps.active.enter(id, started.attempt);
  const signal = AbortSignal.any([active.signal, delivery.signal]);
  const run = { record, sandbox, attempt: started.attempt, signal };
  const result = await runStages(deps, run).catch((error: unknown) => brokenResult(deps, run, error));
  const ours = await deps.attempts.finish(id, started.attempt, result);
  if (!ours) deps.logger.warn({ executionId: id, attempt: started.attempt }, 'the end of a stale attempt was refused');
  return ours
    ? { record, result, acquireMs, queueMs: started.startedAt - started.createdAt, attempt: started.attempt }
    : null;
}

async function acquireOrEnd(deps: RunDeps, record: ExecutionRecord, delivery: JobDelivery): Promise<Sandbox | null> {
  const { id, request } = record;
  const image = request.imageId ?? deps.imageOf(request.runtime);
  const preload = request.preload ? (deps.runtimes.resolve(request.runtime)?.preload ?? null) : null;
  try {
    return await deps.sandboxes.acquire(
      {
        tenant: record.tenant,
        isolation: request.isolation,
        executionId: id,
        attempt: record.attempt + 1,
        image,
        limits: request.limits,
        preload,
      },
      delivery.signal,
    );
  } catch (error) {
    const canHelp = !(error instanceof AppError) || error.retryable;
    if (canHelp && (delivery.retriesLeft || delivery.signal.aborted)) throw error;
    deps.logger.error({ err: error, executionId: id }, 'no sandbox could be made');
    const result = unranResult('failed', 'internal_error', `No sandbox could be made: ${messageOf(error)}`);
    await deps.attempts.finish(id, null, result);
    return null;
  }
}

/** An offer is accepted within microseconds of its job, or never: then it lapses and is gone. */
async function startAccepted(
  deps: RunDeps,
  id: string,
): Promise<{ attempt: number; createdAt: number; startedAt: number } | null> {
  const claim = { worker: deps.workerId, nonce: randomUUID(), leaseMs: deps.leaseMs };
  for (;;) {
    const outcome = await deps.attempts.start(id, claim);
    if (outcome.kind === 'started') return outcome;
    if (outcome.kind === 'gone') return null;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function brokenResult(
  deps: RunDeps,
  run: { record: ExecutionRecord; signal: AbortSignal },
  error: unknown,
): ExecutionResult {
  deps.logger.error({ err: error, executionId: run.record.id }, 'the sandbox broke');
  if (run.signal.reason === 'cancelled') return unranResult('cancelled', 'cancelled', 'Cancelled while it was running');
  return unranResult('failed', 'internal_error', `The sandbox broke: ${messageOf(error)}`);
}
