import type { Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { formatRuntimes } from '../format-views.js';
import type { Session } from '../session.js';

export function addRuntimes(program: Command, cli: Cli): void {
  program
    .command('runtimes')
    .description('List the languages that programs can be written in, and whether their images are there.')
    .addHelpText('after', examples('gantry runtimes', 'gantry runtimes --json'))
    .action(async (_options: object, command: Command) => runtimes(cli.session(command)));
}

async function runtimes(session: Session): Promise<void> {
  const list = await session.client.runtimes();
  if (session.json) await session.printJson({ runtimes: list });
  else await session.print(formatRuntimes(list, session.paint));
}
