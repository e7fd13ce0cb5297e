import type { ExecutionRecord, ExecutionResult } from '@gantry/contracts';
import type { AttemptStore } from './ports/index.js';

export interface UnstartedDeps {
  attempts: AttemptStore;
  /** Told of executions that were ended before they could start; for metrics. */
  onUnstarted?: ((record: ExecutionRecord, result: ExecutionResult) => void) | undefined;
}

/** Ends an execution that cannot be started, unless another has taken it since: that one decides. */
export async function endUnstarted(
  deps: UnstartedDeps,
  { record, nonce }: { record: ExecutionRecord; nonce: string },
  result: ExecutionResult,
): Promise<void> {
  if (await deps.attempts.finish(record.id, { claim: nonce }, result)) deps.onUnstarted?.(record, result);
}
