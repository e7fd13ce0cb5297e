import type { ExecutionOrder } from '@gantry/client';
import type { ExecutionView } from '@gantry/contracts';
import { Option, type Command } from 'commander';
import { CancelOnInterrupt } from '../cancel-on-interrupt.js';
import { examples, type Cli } from '../cli.js';
import { languageOf, planExec, toOrder, type ExecOptions, type ExecPlan } from '../exec-plan.js';
import { exitCodeOf } from '../exit-code.js';
import { describeEnd } from '../format-views.js';
import { followLive, waitForEnd } from '../follow-live.js';
import { LiveOutput } from '../live-output.js';
import { parseEnv, parseMemory, parseNumber, parseSeconds } from '../parse-values.js';
import { readSource } from '../read-source.js';
import type { Session } from '../session.js';

export function addExec(program: Command, cli: Cli): void {
  program
    .command('exec')
    .usage('LANGUAGE [CODE | -] [options] [-- ARGS...]')
    .description("Run a program: its output is written as it comes, its exit code becomes this command's.")
    .argument('[language]', 'see "gantry runtimes"; may be left out when --file has a known extension')
    .argument('[code]', 'the program, or - to read it from standard input')
    .option('-f, --file <file>', 'read the program from a file, or from standard input with -')
    .option('--stdin <text>', "the program's standard input, or - to pass on this command's")
    .option('--stdin-file <file>', "read the program's standard input from a file")
    .option('-e, --env <NAME=value>', 'set an environment variable (may be repeated)', parseEnv)
    .option('-t, --timeout <time>', 'wall time at most: 90, 90s, 2m', parseSeconds)
    .option('-m, --memory <size>', 'memory at most: 256 (MiB), 256m, 2g', parseMemory)
    .option('--cpus <number>', 'share of processors: 0.5, 2', parseNumber)
    .option('--network', 'allow network access, where the operator does')
    .option('--image-id <id>', 'run in this image')
    .addOption(new Option('--wait', 'write the output at the end rather than as it comes').conflicts('detach'))
    .option('-d, --detach', 'do not wait; print the execution id')
    .addHelpText('after', EXAMPLES)
    .action(async (language: string | undefined, code: string | undefined, options: ExecOptions, command: Command) => {
      cli.exitCode = await exec(cli.session(command), planExec(language, code, options), cli.programArgs, options);
    });
}

const EXAMPLES =
  examples(
    `gantry exec python 'print("hello")'`,
    'gantry exec --file job.py -- --verbose input.txt',
    'gantry exec node - < script.js',
    `gantry exec bash 'wc -l' --stdin-file data.csv --timeout 10s --memory 128m`,
    `id=$(gantry exec --detach --file long.py) && gantry logs -f "$id"`,
  ) +
  `
Exit code: the program's own; 128+n when signal n ended it; 124 timeout; 130 cancelled;
1 any other failure, told on standard error; 2 a mistake in the command line.
Ctrl-C cancels the execution and waits for its end; a second one leaves at once.
`;

async function exec(session: Session, plan: ExecPlan, args: readonly string[], options: ExecOptions): Promise<number> {
  const order = await toExecutionOrder(session, plan, args, options);
  if (options.detach) return detach(session, order);
  const output = new LiveOutput(session.io);
  const interrupt = new CancelOnInterrupt(session.client, session.io, (line) => output.note(line));
  try {
    const { execution_id } = await session.client.submit(order);
    interrupt.submitted(execution_id);
    if (session.json) return await printEnd(session, await session.client.wait(execution_id));
    const live = options.wait ? waitForEnd : followLive;
    const view = await live(session.client, execution_id, output);
    const end = describeEnd(view);
    if (end !== null) await output.note(end);
    return exitCodeOf(view);
  } finally {
    interrupt.close();
  }
}

async function toExecutionOrder(
  session: Session,
  plan: ExecPlan,
  args: readonly string[],
  options: ExecOptions,
): Promise<ExecutionOrder> {
  const code = await readSource(plan.code, session.io.stdin);
  const input = plan.input === null ? null : await readSource(plan.input, session.io.stdin);
  const path = plan.code.from === 'file' ? plan.code.path : '';
  const language = plan.language ?? languageOf(path, await session.client.runtimes());
  return toOrder({ language, code, input, args }, options);
}

async function detach(session: Session, order: ExecutionOrder): Promise<number> {
  const accepted = await session.client.submit(order);
  if (session.json) await session.printJson(accepted);
  else await session.print(`${accepted.execution_id}\n`);
  return 0;
}

async function printEnd(session: Session, view: ExecutionView): Promise<number> {
  await session.printJson(view);
  return exitCodeOf(view);
}
