import { createHash } from 'node:crypto';
import { AppError, ResourceLimits, StreamExecuteRequest } from '@gantry/contracts';
import {
  cancelExecution,
  DEFAULT_LIMITS,
  submitExecution,
  type AdmissionRules,
  type ExecutionOrder,
  type RuntimeCatalog,
} from '@gantry/core';
import { z } from 'zod';
import { toOrder } from '../../http/wire.js';
import { answerExecution, ExecutionAnswer, MaxOutputChars } from '../execution-answer.js';
import { awaitWithProgress } from '../follow-output.js';
import { defineTool, type Tool, type ToolContext } from '../tool.js';
import { outputOfUnended } from './get-execution.js';

const program = StreamExecuteRequest.shape;

const inputSchema = z.strictObject({
  language: program.language.describe('Name or alias of a runtime, as list_runtimes tells them.'),
  code: z.string().describe('The whole source of the program.'),
  image_id: z.string().min(1).max(255).optional().describe('Leave out for the image of the language.'),
  working_directory: program.working_directory.describe('Below /workspace or /tmp, the two writable places.'),
  environment_variables: program.environment_variables.describe('Names are identifiers; LD_* is refused.'),
  args: program.args.describe('Command line arguments.'),
  input_data: z.string().optional().describe('What the program reads from its standard input.'),
  timeout_seconds: ResourceLimits.shape.timeout_seconds.describe('Wall time limit; then it is killed, status timeout.'),
  resource_limits: ResourceLimits.default({}),
  // Common clients give a request up after 60 s; the answer comes before that.
  wait_seconds: z
    .number()
    .min(0)
    .max(300)
    .default(50)
    .describe('How long to wait for the end; 0 answers at once. Keep it below the request timeout of your client.'),
  max_output_chars: MaxOutputChars,
  idempotency_key: z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
    .optional()
    .describe('A repeat with the same key and arguments gives the first execution instead of running again, for 24 h.'),
});
type Args = z.output<typeof inputSchema>;

/** The description and hints tell what this deployment allows. */
export function executeCode(facts: { runtimes: RuntimeCatalog; rules: AdmissionRules }): Tool {
  return defineTool({
    name: 'execute_code',
    title: 'Run code',
    description: describe(facts),
    inputSchema,
    outputSchema: ExecutionAnswer,
    annotations: {
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: false,
      openWorldHint: facts.rules.ceilings.networkAllowed,
    },
    run,
  });
}

function describe({ runtimes, rules }: { runtimes: RuntimeCatalog; rules: AdmissionRules }): string {
  const { ceilings } = rules;
  const lower = (value: number, ceiling: number, unit: number): string =>
    `${Math.min(value, ceiling) / unit} (at most ${ceiling / unit})`;
  const languages = runtimes.list().map((runtime) => `${runtime.name} ${runtime.version}`);
  return [
    'Runs one program in a new, isolated container and gives its status, exit code, stdout and stderr.',
    `Languages: ${languages.join(', ')}.`,
    'Nothing is kept between calls: put all that the program needs into code, args and input_data.',
    ceilings.networkAllowed ? 'No network unless resource_limits.network_enabled is true.' : 'There is no network.',
    `Limits: timeout ${lower(DEFAULT_LIMITS.timeoutMs, ceilings.timeoutMs, 1000)} s,`,
    `memory ${lower(DEFAULT_LIMITS.memoryBytes, ceilings.memoryBytes, 1024 * 1024)} MiB,`,
    `CPU ${lower(DEFAULT_LIMITS.cpuCores, ceilings.cpuCores, 1)} cores, code at most ${rules.maxCodeBytes} bytes.`,
    'A failing program is not an error of this tool: read status, reason, exit_code and stderr.',
    'If it does not end within wait_seconds it goes on running; call get_execution with its execution_id.',
  ].join(' ');
}

async function run(args: Args, context: ToolContext): Promise<ReturnType<typeof answerExecution>> {
  const { deps, tenant, signal } = context;
  const { id, created } = await submitExecution(deps, orderOf(args, tenant));
  try {
    const target = { id, tenant, waitMs: args.wait_seconds * 1000 };
    const record = await awaitWithProgress(context, target);
    // Only an offer that another call with this key made, and could not get accepted, vanishes.
    if (!record) throw new AppError('redis_unavailable', 'The queue did not take the execution; nothing was accepted');
    return answerExecution(record, args.max_output_chars, await outputOfUnended(context, record));
  } finally {
    // Who hangs up doesn't want the program any more. A call that only joined an earlier one leaves that one's execution alone.
    if (signal.aborted && created) await cancelQuietly(context, id);
  }
}

function orderOf(args: Args, tenant: string): ExecutionOrder {
  const { idempotency_key, timeout_seconds, resource_limits, wait_seconds: _, max_output_chars: __, ...rest } = args;
  const nested = resource_limits.timeout_seconds;
  if (timeout_seconds !== undefined && nested !== undefined && timeout_seconds !== nested) {
    throw new AppError('invalid_request', 'Two different timeouts are given', {
      fields: [{ path: 'timeout_seconds', message: 'differs from resource_limits.timeout_seconds; give one of them' }],
    });
  }
  const timeout = timeout_seconds ?? nested;
  const limits = timeout === undefined ? resource_limits : { ...resource_limits, timeout_seconds: timeout };
  return toOrder(
    {
      ...rest,
      resource_limits: limits,
      on_output_limit: 'truncate',
      preload: true,
      stdin: 'input',
      isolation: 'default',
    },
    tenant,
    keyOf(idempotency_key),
  );
}

/** As the Idempotency-Key header is kept, so that one key means one execution over both ways. */
function keyOf(idempotencyKey: string | undefined): string | null {
  return idempotencyKey === undefined ? null : createHash('sha256').update(idempotencyKey).digest('hex');
}

/** Nobody is left to be told; the execution's own time limit ends it when this can't. */
async function cancelQuietly({ deps, tenant }: ToolContext, id: string): Promise<void> {
  try {
    await cancelExecution(deps, { id, tenant });
  } catch (error) {
    deps.logger.warn({ err: error, executionId: id }, 'execution of a closed call not cancelled');
  }
}
