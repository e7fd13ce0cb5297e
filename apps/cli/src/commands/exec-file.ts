import type { Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { addRunOptions, toRunOrder, type RunOptions } from '../exec-options.js';
import { inputSource } from '../exec-plan.js';
import { InputFiles, parseFileArgument } from '../input-files.js';
import { readSource } from '../read-source.js';
import { runProgram } from '../run-program.js';
import type { Session } from '../session.js';
import { RUN_NOTES } from './exec.js';

interface ExecFileOptions extends RunOptions {
  language?: string;
}

export function addExecFile(program: Command, cli: Cli): void {
  const command = program
    .command('exec-file')
    .usage('FILE_ID [options] [-- ARGS...]')
    .description('Run an uploaded file, as exec runs code.')
    .argument('<file_id>', 'as upload-file and list-files print it')
    .option('-l, --language <language>', 'default: as it was uploaded, or by its name');
  addRunOptions(command, 'put a file beside the program (may be repeated)')
    .addHelpText(
      'after',
      examples('gantry exec-file file_01jq…', 'gantry exec-file file_01jq… -l python -- --verbose') + RUN_NOTES,
    )
    .action(async (id: string, options: ExecFileOptions, command: Command) => {
      cli.exitCode = await execFile(cli.session(command), { id, args: cli.programArgs }, options);
    });
}

async function execFile(
  session: Session,
  { id, args }: { id: string; args: readonly string[] },
  options: ExecFileOptions,
): Promise<number> {
  const source = inputSource(options);
  const input = source === null ? null : await readSource(source, session.io.stdin);
  const found = await Promise.all((options.file ?? []).map(parseFileArgument));
  const inputFiles = new InputFiles(session);
  const language = options.language === undefined ? {} : { language: options.language };
  const submit = async (): ReturnType<typeof session.client.submitFile> => {
    try {
      const files = await inputFiles.take(found);
      return await session.client.submitFile(id, { ...language, ...toRunOrder({ input, args, files }, options) });
    } finally {
      await inputFiles.release();
    }
  };
  return runProgram(session, submit, options);
}
