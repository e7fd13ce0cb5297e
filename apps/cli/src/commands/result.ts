import { isTerminal, type ExecutionView } from '@gantry/contracts';
import { outputOf, type OutputStream } from '@gantry/client';
import type { Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { formatJob } from '../format-images.js';
import { formatExecution } from '../format-views.js';
import { write } from '../io.js';
import { isJobId } from '../job-id.js';
import type { Session } from '../session.js';

export function addResult(program: Command, cli: Cli): void {
  program
    .command('result')
    .description('Show how an execution stands, and its output when it has ended; or how an image build stands.')
    .argument(
      '<id>',
      'execution id, as printed by exec --detach and by list; or the id of a job, as printed by create --no-wait',
    )
    .option('--wait', 'wait for its end first')
    .addHelpText('after', examples('gantry result exec_01jq…', 'gantry result exec_01jq… --wait --json'))
    .action(async (id: string, options: { wait?: boolean }, command: Command) => {
      await result(cli.session(command), id, options.wait ?? false);
    });
}

async function result(session: Session, id: string, wait: boolean): Promise<void> {
  if (isJobId(id)) return jobResult(session, id, wait);
  const view = wait ? await session.client.wait(id) : await session.client.get(id);
  if (session.json) return session.printJson(view);
  await session.print(formatExecution(view, session.paint));
  if (!isTerminal(view.status)) return session.note('it has not ended; "gantry logs -f" follows its output');
  for (const stream of ['stdout', 'stderr'] as const) await printStream(session, view, stream);
}

async function jobResult(session: Session, id: string, wait: boolean): Promise<void> {
  const view = wait ? await session.client.waitForJob(id) : await session.client.getJob(id);
  if (session.json) return session.printJson(view);
  await session.print(formatJob(view, session.paint));
  if (!isTerminal(view.status)) await session.note('it has not ended; "gantry logs -f" follows its log');
}

async function printStream(session: Session, view: ExecutionView, stream: OutputStream): Promise<void> {
  const bytes = outputOf(view, stream);
  if (bytes.length === 0) return;
  await session.print(`${session.paint('dim', `--- ${stream}`)}\n`);
  await write(session.io.stdout, bytes);
  if (bytes.at(-1) !== 10) await session.print('\n');
}
