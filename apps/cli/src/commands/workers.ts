import type { Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { drainWorker, resumeWorker, type DrainOptions } from '../drain-worker.js';
import { formatWorkers } from '../format-workers.js';
import { parseSeconds } from '../parse-values.js';
import type { Session } from '../session.js';
import { watch } from '../watch.js';

const REFRESH_SECONDS = 2;

/** `workers`, and what can be asked of one. */
export function addWorkers(program: Command, cli: Cli): void {
  const workers = program
    .command('workers')
    .description('List workers: their machines, engines and load. For administrators, like the commands below it.')
    .option('-w, --watch', `again every ${REFRESH_SECONDS} s, until Ctrl-C`)
    .addHelpText('after', examples('gantry workers --watch', 'gantry workers drain node-3 --wait'))
    .action(async (options: { watch?: boolean }, command: Command) => listWorkers(cli.session(command), options));
  workers
    .command('drain')
    .description('Have a worker take nothing more and finish what it has; it stays until it is stopped or resumed.')
    .argument('<worker_id>', 'as "gantry workers" prints it')
    .option('--wait', 'until nothing runs on it any more, or it is gone')
    .option(
      '--timeout <time>',
      'wait so long at most (90, 90s, 5m), then end with 124; the worker drains on',
      parseSeconds,
    )
    .addHelpText('after', examples('gantry workers drain node-3 --wait --timeout 1h && systemctl stop gantry-worker'))
    .action(async (id: string, options: DrainOptions, command: Command) => {
      cli.exitCode = await drainWorker(cli.session(command), id, options);
    });
  workers
    .command('resume')
    .description('Have a drained worker take jobs again.')
    .argument('<worker_id>', 'as "gantry workers" prints it')
    .addHelpText('after', examples('gantry workers resume node-3'))
    .action(async (id: string, _options: object, command: Command) => resumeWorker(cli.session(command), id));
}

async function listWorkers(session: Session, options: { watch?: boolean }): Promise<void> {
  const show = async (): Promise<string> => {
    const workers = await session.admin.workers();
    if (!session.json) return formatWorkers(workers, session.paint);
    return `${JSON.stringify({ workers }, null, options.watch ? 0 : 2)}\n`;
  };
  if (options.watch) await watch(session, REFRESH_SECONDS * 1000, show);
  else await session.print(await show());
}
