import type { Command } from 'commander';
import type { CliIo } from './io.js';
import { openSession, type GlobalOptions, type Session } from './session.js';

/** What the commands share while one command line is carried out. */
export class Cli {
  readonly io: CliIo;
  /** What followed `--`: arguments of the program. */
  readonly programArgs: readonly string[];
  exitCode = 0;

  constructor(io: CliIo, programArgs: readonly string[]) {
    this.io = io;
    this.programArgs = programArgs;
  }

  session(command: Command): Session {
    return openSession(this.io, command.optsWithGlobals<GlobalOptions>());
  }
}

/** `gantry exec python - -- -v x` → the part for us, and the part for the program. */
export function splitAtDashes(argv: readonly string[]): { own: string[]; programArgs: string[] } {
  const at = argv.indexOf('--');
  if (at === -1) return { own: [...argv], programArgs: [] };
  return { own: argv.slice(0, at), programArgs: argv.slice(at + 1) };
}

/** Examples below a help text. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
