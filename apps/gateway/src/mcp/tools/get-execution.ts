import { AppError, ExecutionId, isTerminal, type ExecutionRecord } from '@gantry/contracts';
import { z } from 'zod';
import { answerExecution, ExecutionAnswer, MaxOutputChars } from '../execution-answer.js';
import { awaitWithProgress } from '../follow-output.js';
import { outputSoFar, type OutputSoFar } from '../output-so-far.js';
import { defineTool, type ToolContext } from '../tool.js';

export const getExecution = defineTool({
  name: 'get_execution',
  title: 'Look at an execution',
  description: [
    'Tells how an execution stands: its result when it has ended, what it has written so far when it runs.',
    'With wait_seconds it waits that long for the end. Giving up the call does not stop the execution.',
  ].join(' '),
  inputSchema: z.strictObject({
    execution_id: ExecutionId.describe('As execute_code gave it.'),
    wait_seconds: z
      .number()
      .min(0)
      .max(300)
      .default(0)
      .describe('How long to wait for the end; keep it below the request timeout of your client, often 60.'),
    max_output_chars: MaxOutputChars,
  }),
  outputSchema: ExecutionAnswer,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run({ execution_id: id, wait_seconds, max_output_chars }, context) {
    const { deps, tenant } = context;
    // Whose it is must be known before its events are read, for the event log knows no tenants.
    const found = executionOf(await deps.store.get(id, tenant, deps.turn), id);
    const record = isTerminal(found.status)
      ? found
      : executionOf(await awaitWithProgress(context, deps, { id, tenant, waitMs: wait_seconds * 1000 }), id);
    return answerExecution(record, { maxOutputChars: max_output_chars, soFar: await outputOfUnended(context, record) });
  },
});

/** The record that was asked for; another tenant's and a missing one are the same. */
export function executionOf(record: ExecutionRecord | null, id: string): ExecutionRecord {
  if (record) return record;
  throw new AppError('not_found', `There is no execution ${id}`);
}

/** Nothing has been written before it runs, and the record has everything after its end. */
export async function outputOfUnended(context: ToolContext, record: ExecutionRecord): Promise<OutputSoFar | null> {
  if (record.status !== 'running' || context.signal.aborted) return null;
  return outputSoFar(context.deps.events, record.id);
}
