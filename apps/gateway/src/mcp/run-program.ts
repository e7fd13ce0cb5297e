import { AppError } from '@gantry/contracts';
import { cancelExecution, readOr, submitExecution, unreadExecution, type ExecutionOrder } from '@gantry/core';
import { answerExecution, type ExecutionAnswer } from './execution-answer.js';
import { awaitWithProgress } from './follow-output.js';
import type { ProgramArguments } from './program-arguments.js';
import type { ToolAnswer, ToolContext } from './tool.js';
import { outputOfUnended } from './tools/get-execution.js';

/** Runs it and answers with the result, or with how to get at it when it does not end in time. */
export async function runProgram(
  order: ExecutionOrder,
  options: Pick<ProgramArguments, 'wait_seconds' | 'max_output_chars'> & { title?: string },
  context: ToolContext,
): Promise<ToolAnswer<ExecutionAnswer>> {
  const { deps, tenant, signal } = context;
  const { id, created, cached } = await submitExecution(deps, order);
  try {
    const target = { id, tenant, waitMs: options.wait_seconds * 1000 };
    const record = await readOr(
      () => awaitWithProgress(context, deps, target),
      () => unreadExecution(deps, order, id),
    );
    // Only an offer that another call with this key made, and could not get accepted, vanishes.
    if (!record) throw new AppError('redis_unavailable', 'The queue did not take the execution; nothing was accepted');
    const soFar = await outputOfUnended(context, record);
    const { max_output_chars: maxOutputChars, title = 'Execution Result:' } = options;
    return answerExecution(record, { maxOutputChars, soFar, cached, title });
  } finally {
    // Who hangs up doesn't want the program any more. A call that only joined an earlier one leaves that one's execution alone.
    if (signal.aborted && created) await cancelQuietly(context, id);
  }
}

/** Nobody is left to be told; the execution's own time limit ends it when this can't. */
async function cancelQuietly({ deps, tenant }: ToolContext, id: string): Promise<void> {
  try {
    await cancelExecution(deps, { id, tenant });
  } catch (error) {
    deps.logger.warn({ err: error, executionId: id }, 'execution of a closed call not cancelled');
  }
}
