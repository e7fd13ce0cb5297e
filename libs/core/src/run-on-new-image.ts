import type { ExecutionRecord, ExecutionResult } from '@gantry/contracts';
import { sandboxSpec } from './acquire-sandbox.js';
import { brokenResult, endAttempt, type Finished } from './end-attempt.js';
import { provideImage, type ProvidedImage } from './provide-image.js';
import type { ClaimedDelivery, LastEvents, Sandbox, SandboxFile } from './ports/index.js';
import type { RunDeps } from './run-execution.js';
import { runStages } from './run-stages.js';
import type { NamedRecipe } from './runtime-recipe.js';
import { startAttempt } from './start-attempt.js';
import { tracedAcquire } from './tracing/execution-spans.js';

/**
 * Runs an execution whose image is not on this engine. It is started first, so that its client sees what is done and can cancel it; what
 * breaks from then on ends it, for it is not delivered again.
 */
export async function runOnNewImage(
  deps: RunDeps,
  job: { record: ExecutionRecord; files: readonly SandboxFile[]; wanted: NamedRecipe },
  delivery: ClaimedDelivery,
): Promise<Finished | null> {
  const { record } = job;
  delivery.signal.throwIfAborted();
  const started = await startAttempt(deps, record.id, delivery.nonce);
  if (!started) return null;
  using active = deps.active.enter(record.id, started.attempt);
  const signal = AbortSignal.any([active.signal, delivery.stop]);
  const provided = await provideImage(deps, job.wanted, { record, attempt: started.attempt, signal });
  const { acquireMs, ...end } =
    provided.kind === 'ended'
      ? { result: provided.result, acquireMs: 0 }
      : await runProvided(deps, { ...job, attempt: started.attempt, signal }, provided);
  return await endAttempt(deps, { record, started, acquireMs }, end);
}

async function runProvided(
  deps: RunDeps,
  run: { record: ExecutionRecord; files: readonly SandboxFile[]; attempt: number; signal: AbortSignal },
  { image, imageMs, events }: Extract<ProvidedImage, { kind: 'ready' }>,
): Promise<{ result: ExecutionResult; last?: LastEvents; acquireMs: number }> {
  const askedAt = deps.clock.monotonic();
  let acquireMs = 0;
  try {
    const acquire = (): Promise<Sandbox> => deps.sandboxes.acquire(sandboxSpec(deps, run.record, image), run.signal);
    await using sandbox = await tracedAcquire(deps.tracer, acquire);
    acquireMs = deps.clock.monotonic() - askedAt;
    const { result, last } = await runStages(deps, { ...run, sandbox, image, events });
    return { result: { ...result, imageMs }, last, acquireMs };
  } catch (error) {
    await events.close();
    return { result: { ...brokenResult(deps, run, error), imageMs }, acquireMs };
  }
}
