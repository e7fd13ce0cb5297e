import type { ExecutionOrder } from '@gantry/client';
import { Option, type Command } from 'commander';
import type { InputFile } from './input-files.js';
import { toWebhook, WEBHOOK_OPTION, WEBHOOK_SECRET_OPTION } from './webhook-options.js';
import {
  collect,
  parseEnv,
  parseMemory,
  parseNumber,
  parsePriority,
  parseRetries,
  parseSeconds,
} from './parse-values.js';

/** How to run a program, wherever its code comes from. */
export interface RunOptions {
  file?: string[];
  stdin?: string;
  stdinFile?: string;
  env?: Record<string, string>;
  timeout?: number;
  memory?: number;
  cpus?: number;
  network?: boolean;
  image?: string;
  artifact?: string[];
  output?: string;
  cache?: boolean;
  require?: string[];
  priority?: number;
  retryOnWorkerLost?: number;
  webhook?: string;
  webhookSecret?: string;
  wait?: boolean;
  detach?: boolean;
}

export function addRunOptions(command: Command, fileHelp: string): Command {
  return command
    .option('-f, --file <path[:target]>', fileHelp, collect)
    .option('--stdin <text>', "the program's standard input, or - to pass on this command's")
    .option('--stdin-file <file>', "read the program's standard input from a file")
    .option('-e, --env <NAME=value>', 'set an environment variable (may be repeated)', parseEnv)
    .option('-t, --timeout <time>', 'wall time at most: 90, 90s, 2m', parseSeconds)
    .option('-m, --memory <size>', 'memory at most: 256 (MiB), 256m, 2g', parseMemory)
    .option('--cpus <number>', 'share of processors: 0.5, 2', parseNumber)
    .option('--network', 'allow network access, where the operator does')
    .option('--image-id, --image <id>', 'run in this image: its id or name')
    .option(
      '-a, --artifact <pattern>',
      'keep files that the program leaves, and save them here (may be repeated)',
      collect,
    )
    .option('-o, --output <dir>', 'where to save them (default: a directory named by the execution)')
    .option('--require <tag>', 'run on a worker that has this tag (may be repeated)', collect)
    .option('--priority <0-9>', 'among your own executions; 9 is served first', parsePriority)
    .option('--retry-on-worker-lost <0-3>', 'start it again, so often, when its worker is lost', parseRetries)
    .option('--cache', 'take the result of an equal execution, if there is one')
    .option(...WEBHOOK_OPTION)
    .option(...WEBHOOK_SECRET_OPTION)
    .addOption(new Option('--wait', 'write the output at the end rather than as it comes').conflicts('detach'))
    .option('-d, --detach', 'do not wait; print the execution id');
}

/** All that was read for a run. */
export interface RunInput {
  /** `null` = it reads nothing. */
  input: string | null;
  args: readonly string[];
  files: readonly InputFile[];
}

/** What of a request is not the code; only what was asked for is in it, so that the service's defaults hold. */
export function toRunOrder(
  { input, args, files }: RunInput,
  options: RunOptions,
): Omit<ExecutionOrder, 'language' | 'code'> {
  const limits = {
    ...(options.timeout === undefined ? {} : { timeout_seconds: options.timeout }),
    ...(options.memory === undefined ? {} : { memory_mb: options.memory }),
    ...(options.cpus === undefined ? {} : { cpu_cores: options.cpus }),
    ...(options.network === true ? { network_enabled: true } : {}),
  };
  return {
    ...(options.image === undefined ? {} : { image_id: options.image }),
    ...(input === null ? {} : { input_data: input }),
    ...(args.length === 0 ? {} : { args: [...args] }),
    ...(files.length === 0 ? {} : { files: [...files] }),
    ...(options.artifact === undefined ? {} : { artifacts: options.artifact }),
    ...(options.cache === true ? { cache: true } : {}),
    ...(options.require === undefined ? {} : { requires: options.require }),
    ...(options.priority === undefined ? {} : { priority: options.priority }),
    ...(options.retryOnWorkerLost === undefined ? {} : { retry: { on_worker_lost: options.retryOnWorkerLost } }),
    ...toWebhook(options),
    ...(options.env === undefined ? {} : { environment_variables: options.env }),
    ...(Object.keys(limits).length === 0 ? {} : { resource_limits: limits }),
  };
}

export function toOrder(
  code: { language: string; code: string },
  input: RunInput,
  options: RunOptions,
): ExecutionOrder {
  return { ...code, ...toRunOrder(input, options) };
}
