import { z } from 'zod';
import { ON_OUTPUT_LIMIT } from '../limits.js';
import { ArtifactPatterns } from './artifact-patterns.js';
import { InputFiles } from './input-file.js';
import { ResourceLimits } from './resource-limits.js';
import { Priority, Requires, Retry } from './schedule-fields.js';
import { webhookField } from './webhook-request.js';
import { Argument, EnvironmentVariables, MAX_ARGS, MAX_ARGS_AND_ENV_BYTES, WorkingDirectory } from './rules.js';

/** What all requests to execute share. */
export const executionFields = {
  language: z.string().min(1).max(64).describe('Name or alias of a runtime, e.g. python, node, csharp, bash.'),
  code: z.string().describe('The source. May be empty.'),
  image_id: z.string().min(1).max(255).nullish().describe('Default: the image of the language.'),
  working_directory: WorkingDirectory.default('/workspace'),
  environment_variables: EnvironmentVariables.default({}),
  resource_limits: ResourceLimits.default({}),
  input_data: z.string().nullish().describe('What the program reads from its standard input.'),
  args: z.array(Argument).max(MAX_ARGS).default([]).describe('Command line arguments.'),
  files: InputFiles,
  artifacts: ArtifactPatterns,
  on_output_limit: z
    .enum(ON_OUTPUT_LIMIT)
    .default('truncate')
    .describe('truncate: keep head and tail and go on; kill: end the program.'),
  stdin: z
    .enum(['input', 'stream'])
    .default('input')
    .describe('stream: standard input stays open for POST /executions/{id}/stdin; input_data, if any, comes first.'),
  preload: z
    .boolean()
    .default(true)
    .describe('false: start the interpreter as a process of its own, even where one stands ready.'),
  isolation: z
    .enum(['default', 'container'])
    .default('default')
    .describe('container: a container for this execution alone, whatever the operator has set.'),
  requires: Requires,
  priority: Priority,
  retry: Retry,
  webhook: webhookField,
};

export const ExecuteRequest = z.strictObject({
  ...executionFields,
  cache: z
    .boolean()
    .default(false)
    .describe('true: answer with the result of an equal, completed execution of yours, if there is one.'),
  wait_seconds: z
    .number()
    .min(0)
    .max(300)
    .default(30)
    .describe('How long the answer may wait for the end; 0 answers at once with 202.'),
});
export type ExecuteRequest = z.infer<typeof ExecuteRequest>;
/** As a client writes it, before the defaults. */
export type ExecuteRequestInput = z.input<typeof ExecuteRequest>;

/** `POST /execute/stream` never waits, so it has no `wait_seconds`. */
export const StreamExecuteRequest = z.strictObject(executionFields);
export type StreamExecuteRequest = z.infer<typeof StreamExecuteRequest>;

/** Arguments and environment must fit into one exec together. */
export function argsAndEnvFit(request: Pick<ExecuteRequest, 'args' | 'environment_variables'>): boolean {
  let bytes = 0;
  for (const arg of request.args) bytes += Buffer.byteLength(arg) + 1;
  for (const [name, value] of Object.entries(request.environment_variables)) {
    bytes += name.length + Buffer.byteLength(value) + 2;
  }
  return bytes <= MAX_ARGS_AND_ENV_BYTES;
}
