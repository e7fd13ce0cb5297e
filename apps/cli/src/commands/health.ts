import type { Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { EXIT } from '../exit-code.js';
import { formatHealth } from '../format-views.js';
import type { Session } from '../session.js';

export function addHealth(program: Command, cli: Cli): void {
  program
    .command('health')
    .description('Tell whether the service can run programs now; exits with 1 when it cannot.')
    .addHelpText('after', examples('gantry health', 'gantry health --base-url https://gantry.example --json'))
    .action(async (_options: object, command: Command) => {
      cli.exitCode = await health(cli.session(command));
    });
}

async function health(session: Session): Promise<number> {
  const view = await session.client.health();
  if (session.json) await session.printJson(view);
  else await session.print(formatHealth(view, session.client.baseUrl, session.paint));
  return view.status === 'healthy' ? 0 : EXIT.failure;
}
