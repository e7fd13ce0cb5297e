import type { Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { formatCancel } from '../format-views.js';
import { isJobId } from '../job-id.js';
import type { Session } from '../session.js';

export function addCancel(program: Command, cli: Cli): void {
  program
    .command('cancel')
    .description('Stop an execution or an image build; harmless when it has ended.')
    .argument(
      '<id>',
      'execution id, as printed by exec --detach and by list; or the id of a job, as printed by create --no-wait',
    )
    .addHelpText('after', examples('gantry cancel exec_01jq…', 'gantry cancel job_01jq…'))
    .action(async (id: string, _options: object, command: Command) => cancel(cli.session(command), id));
}

async function cancel(session: Session, id: string): Promise<void> {
  const view = isJobId(id) ? await session.client.cancelJob(id) : await session.client.cancel(id);
  if (session.json) await session.printJson(view);
  else await session.print(formatCancel(view, id));
}
