import type { Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { formatCancel } from '../format-views.js';
import type { Session } from '../session.js';

export function addCancel(program: Command, cli: Cli): void {
  program
    .command('cancel')
    .description('Stop an execution; harmless when it has ended.')
    .argument('<id>', 'execution id, as printed by exec --detach and by list')
    .addHelpText('after', examples('gantry cancel exec_01jq…'))
    .action(async (id: string, _options: object, command: Command) => cancel(cli.session(command), id));
}

async function cancel(session: Session, id: string): Promise<void> {
  const view = await session.client.cancel(id);
  if (session.json) await session.printJson(view);
  else await session.print(formatCancel(view));
}
