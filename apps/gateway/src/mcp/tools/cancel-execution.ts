import { CancelView, ExecutionId, isTerminal } from '@gantry/contracts';
import { awaitExecution, cancelExecution } from '@gantry/core';
import { z } from 'zod';
import { defineTool } from '../tool.js';
import { executionOf } from './get-execution.js';

/** A worker kills a container within a second; the rest is for a busy machine. */
const WAIT_MS = 5000;

export const cancelExecutionTool = defineTool({
  name: 'cancel_execution',
  title: 'Stop an execution',
  description:
    'Stops a waiting or running execution and waits up to 5 s for its end. No effect on one that has ended; safe to repeat.',
  inputSchema: z.strictObject({ execution_id: ExecutionId.describe('As execute_code gave it.') }),
  outputSchema: CancelView.strip(),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  async run({ execution_id: id }, { deps, tenant, signal }) {
    const before = executionOf((await deps.store.getBounded(id, tenant, 0))?.record ?? null, id);
    if (isTerminal(before.status)) {
      return answer(
        before,
        `Execution ${id} had already ended with status ${before.status}; there was nothing to stop.`,
      );
    }
    const asked = executionOf(await cancelExecution(deps, { id, tenant }), id);
    const record = isTerminal(asked.status)
      ? asked
      : executionOf(await awaitExecution(deps, { id, tenant, waitMs: WAIT_MS }, signal), id);
    return answer(record, textAfter(record.id, record.status));
  },
});

function textAfter(id: string, status: CancelView['status']): string {
  if (status === 'cancelled') return `Execution ${id} is cancelled.`;
  if (isTerminal(status)) return `Execution ${id} ended with status ${status} before it could be stopped.`;
  return `Execution ${id} was told to stop and has not ended yet (status ${status}). Call get_execution with wait_seconds to see its end.`;
}

function answer(
  record: { id: string; status: CancelView['status']; cancelRequested: boolean },
  text: string,
): { data: CancelView; text: string } {
  const data = { execution_id: record.id, status: record.status, cancel_requested: record.cancelRequested };
  return { data, text };
}
