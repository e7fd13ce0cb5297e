import type { Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { addRunOptions, toOrder, type RunOptions } from '../exec-options.js';
import { languageOf, planExec, type ExecPlan } from '../exec-plan.js';
import { InputFiles, parseFileArgument } from '../input-files.js';
import { readSource } from '../read-source.js';
import { runProgram } from '../run-program.js';
import type { Session } from '../session.js';

export function addExec(program: Command, cli: Cli): void {
  const command = program
    .command('exec')
    .usage('LANGUAGE [CODE | -] [options] [-- ARGS...]')
    .description("Run a program: its output is written as it comes, its exit code becomes this command's.")
    .argument('[language]', 'see "gantry runtimes"; may be left out when --file has a known extension')
    .argument('[code]', 'the program, or - to read it from standard input');
  addRunOptions(command, 'without CODE, the first is the program (- is standard input); all others are put beside it')
    .addHelpText('after', EXAMPLES)
    .action(async (language: string | undefined, code: string | undefined, options: RunOptions, command: Command) => {
      cli.exitCode = await exec(cli.session(command), planExec(language, code, options), cli.programArgs, options);
    });
}

export const RUN_NOTES = `
Exit code: the program's own; 128+n when signal n ended it; 124 timeout; 130 cancelled;
1 any other failure, told on standard error; 2 a mistake in the command line.
Ctrl-C cancels the execution and waits for its end; a second one leaves at once.
`;

const EXAMPLES =
  examples(
    `gantry exec python 'print("hello")'`,
    'gantry exec --file job.py -- --verbose input.txt',
    'gantry exec node - < script.js',
    `gantry exec bash 'wc -l' --stdin-file data.csv --timeout 10s --memory 128m`,
    `gantry exec --file plot.py --file data.csv --artifact '*.png' -o plots --image science`,
    `id=$(gantry exec --detach --file long.py) && gantry logs -f "$id"`,
  ) + RUN_NOTES;

async function exec(session: Session, plan: ExecPlan, args: readonly string[], options: RunOptions): Promise<number> {
  const { io, client } = session;
  const code = await readSource(plan.code, io.stdin);
  const input = plan.input === null ? null : await readSource(plan.input, io.stdin);
  const found = await Promise.all(plan.files.map(parseFileArgument));
  const path = plan.code.from === 'file' ? plan.code.path : '';
  const language = plan.language ?? languageOf(path, await client.runtimes());
  const inputFiles = new InputFiles(session);
  const submit = async (): ReturnType<typeof client.submit> => {
    try {
      const files = await inputFiles.take(found);
      return await client.submit(toOrder({ language, code }, { input, args, files }, options));
    } finally {
      await inputFiles.release();
    }
  };
  return runProgram(session, submit, options);
}
