import { createHash } from 'node:crypto';
import { AppError, ExecuteRequest, ResourceLimits, type StreamExecuteRequest } from '@gantry/contracts';
import { DEFAULT_LIMITS, type AdmissionRules, type ExecutionOrder } from '@gantry/core';
import { z } from 'zod';
import type { Owner } from '../http/authenticate.js';
import { toOrder } from '../http/wire.js';
import { MaxOutputChars } from './execution-answer.js';

const program = ExecuteRequest.shape;

// Common clients give a request up after 60 s; the answer comes before that.
export const WaitSeconds = z
  .number()
  .min(0)
  .max(300)
  .default(50)
  .describe('How long to wait for the end; 0 answers at once. Keep it below the request timeout of your client.');

/** How to run a program, wherever its code comes from. */
export const programArguments = {
  image_id: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('Id or name of an image of create_image or install_package. Leave out for the image of the language.'),
  working_directory: program.working_directory.describe('Below /workspace or /tmp, the two writable places.'),
  environment_variables: program.environment_variables.describe('Names are identifiers; LD_* is refused.'),
  args: program.args.describe('Command line arguments.'),
  input_data: z.string().optional().describe('What the program reads from its standard input.'),
  files: program.files.describe(
    'Written into working_directory before the program: data, modules. Content inline, or file_id of upload_file.',
  ),
  artifacts: program.artifacts.describe(
    'Patterns of files to keep after the end, e.g. ["plot.png", "out/**"]; read them with get_artifact.',
  ),
  timeout_seconds: ResourceLimits.shape.timeout_seconds.describe('Wall time limit; then it is killed, status timeout.'),
  resource_limits: ResourceLimits.default({}),
  requires: program.requires,
  priority: program.priority,
  retry: program.retry,
  cache: program.cache.describe('true: give the result of an equal, completed execution of yours, if there is one.'),
  webhook: program.webhook.unwrap().unwrap().optional(),
  wait_seconds: WaitSeconds,
  max_output_chars: MaxOutputChars,
  idempotency_key: z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
    .optional()
    .describe('A repeat with the same key and arguments gives the first execution instead of running again, for 24 h.'),
};

export type ProgramArguments = z.output<z.ZodObject<typeof programArguments>>;

/** For descriptions: what programs may take here. */
export function limitsText({ ceilings }: AdmissionRules): string {
  const lower = (value: number, ceiling: number, unit: number): string =>
    `${Math.min(value, ceiling) / unit} (at most ${ceiling / unit})`;
  return [
    ceilings.networkAllowed ? 'No network unless resource_limits.network_enabled is true.' : 'There is no network.',
    `Limits: timeout ${lower(DEFAULT_LIMITS.timeoutMs, ceilings.timeoutMs, 1000)} s,`,
    `memory ${lower(DEFAULT_LIMITS.memoryBytes, ceilings.memoryBytes, 1024 * 1024)} MiB,`,
    `CPU ${lower(DEFAULT_LIMITS.cpuCores, ceilings.cpuCores, 1)} cores.`,
  ].join(' ');
}

export function orderOf(
  args: ProgramArguments,
  code: Pick<StreamExecuteRequest, 'language' | 'code'>,
  { tenant, caps }: Owner,
): ExecutionOrder {
  const { idempotency_key, timeout_seconds, resource_limits, wait_seconds: _, max_output_chars: __, ...rest } = args;
  const nested = resource_limits.timeout_seconds;
  if (timeout_seconds !== undefined && nested !== undefined && timeout_seconds !== nested) {
    throw new AppError('invalid_request', 'Two different timeouts are given', {
      fields: [{ path: 'timeout_seconds', message: 'differs from resource_limits.timeout_seconds; give one of them' }],
    });
  }
  const timeout = timeout_seconds ?? nested;
  const limits = timeout === undefined ? resource_limits : { ...resource_limits, timeout_seconds: timeout };
  const fixed = { on_output_limit: 'truncate', preload: true, stdin: 'input', isolation: 'default' } as const;
  return toOrder({ ...rest, ...code, ...fixed, resource_limits: limits }, { tenant, caps }, keyOf(idempotency_key));
}

/** As the Idempotency-Key header is kept, so that one key means one execution over both ways. */
function keyOf(idempotencyKey: string | undefined): string | null {
  return idempotencyKey === undefined ? null : createHash('sha256').update(idempotencyKey).digest('hex');
}
