import { STATUSES, type ExecutionSummary, type Status } from '@gantry/contracts';
import { Option, type Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { formatExecutions } from '../format-views.js';
import { parseCount } from '../parse-values.js';
import type { Session } from '../session.js';

interface ListOptions {
  limit: number;
  status?: Status;
}

const MAX_PAGE = 200;

export function addList(program: Command, cli: Cli): void {
  program
    .command('list')
    .description('List executions, newest first.')
    .option('-n, --limit <count>', 'at most so many', parseCount, 20)
    .addOption(new Option('--status <status>', 'only those in this status').choices(STATUSES))
    .addHelpText('after', examples('gantry list', 'gantry list --status running', 'gantry list -n 500 --json'))
    .action(async (options: ListOptions, command: Command) => list(cli.session(command), options));
}

async function list(session: Session, { limit, status }: ListOptions): Promise<void> {
  const executions: ExecutionSummary[] = [];
  for await (const execution of session.client.list({ status, pageSize: Math.min(limit, MAX_PAGE) })) {
    executions.push(execution);
    if (executions.length >= limit) break;
  }
  if (session.json) await session.printJson({ executions });
  else await session.print(formatExecutions(executions, session.paint));
}
