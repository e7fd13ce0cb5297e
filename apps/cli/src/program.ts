import { Command, CommanderError } from 'commander';
import { Cli, examples, splitAtDashes } from './cli.js';
import { addArtifacts } from './commands/artifacts.js';
import { addCancel } from './commands/cancel.js';
import { addCreate } from './commands/create.js';
import { addExecFile } from './commands/exec-file.js';
import { addExec } from './commands/exec.js';
import { addFiles } from './commands/files.js';
import { addHealth } from './commands/health.js';
import { addImages } from './commands/images.js';
import { addInstallPackage } from './commands/install-package.js';
import { addKeys } from './commands/keys.js';
import { addList } from './commands/list.js';
import { addLogs } from './commands/logs.js';
import { addResult } from './commands/result.js';
import { addRuntimes } from './commands/runtimes.js';
import { addUploadFile } from './commands/upload-file.js';
import { addUsage } from './commands/usage.js';
import { addWorkers } from './commands/workers.js';
import { reportError } from './error-text.js';
import { EXIT } from './exit-code.js';
import { PipeClosed, write, type CliIo } from './io.js';
import { tell } from './session.js';

/** Carries out one command line and returns the exit code. Never throws. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const { own, programArgs } = splitAtDashes(argv);
  const cli = new Cli(io, programArgs);
  const said: string[] = [];
  const program = createProgram(cli, (text) => said.push(text));
  try {
    if (own.length === 0) program.outputHelp();
    else await program.parseAsync(withPackageVersion(own), { from: 'user' });
    if (said.length > 0) await write(io.stdout, said.join(''));
    return cli.exitCode;
  } catch (error) {
    return finish(error, said, io, own.includes('--json'));
  }
}

/** Commander finds our own --version after every command; after install-package it is the version of a package. */
function withPackageVersion(argv: readonly string[]): string[] {
  if (!argv.includes('install-package')) return [...argv];
  return argv.map((word) => word.replace(/^--version(?=$|=)/, '--package-version'));
}

/** In the order of the help. */
const COMMANDS = [
  addExec,
  addResult,
  addLogs,
  addCancel,
  addList,
  addArtifacts,
  addRuntimes,
  addCreate,
  addInstallPackage,
  addImages,
  addUploadFile,
  addExecFile,
  addFiles,
  addHealth,
  addUsage,
  addKeys,
  addWorkers,
];

function createProgram(cli: Cli, say: (text: string) => void): Command {
  const { io } = cli;
  const program = new Command('gantry')
    .description('Run programs in locked-down containers, through a Gantry service.')
    .option('--base-url <url>', `where the service is (GANTRY_URL, now ${io.defaults.baseUrl})`)
    .option('--admin-url <url>', `where its admin server is (GANTRY_ADMIN_URL, now ${io.defaults.adminUrl})`)
    .option('--api-key <key>', 'key of the service (GANTRY_API_KEY keeps it out of the list of processes)')
    .option('--json', 'write JSON for programs; errors too, on standard error')
    .version(io.version, '-V, --version')
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: say,
      writeErr: (text) => void io.stderr.write(text),
      getOutHasColors: () => io.colour.stdout,
      getErrHasColors: () => io.colour.stderr,
    })
    .addHelpText(
      'after',
      examples(`gantry exec python 'print("hello")'`, 'gantry list --status running', 'gantry exec --help'),
    );
  for (const add of COMMANDS) add(program, cli);
  program.hook('preAction', (_program, command) => {
    if (cli.programArgs.length > 0 && !['exec', 'exec-file'].includes(command.name()))
      command.error('error: only exec and exec-file take arguments after --');
  });
  return program;
}

async function finish(thrown: unknown, said: readonly string[], io: CliIo, json: boolean): Promise<number> {
  if (thrown instanceof PipeClosed) return EXIT.pipeClosed;
  if (thrown instanceof CommanderError) {
    // Commander has told what is wrong; help and version end with 0.
    if (thrown.exitCode !== 0) return EXIT.usage;
    return write(io.stdout, said.join('')).then(
      () => 0,
      () => EXIT.pipeClosed,
    );
  }
  const { lines, document, exitCode } = reportError(thrown);
  if (json) await tell(io, `${JSON.stringify({ error: document })}\n`);
  else await tell(io, lines.map((line, index) => `${index === 0 ? 'gantry: ' : '  '}${line}\n`).join(''));
  return exitCode;
}
