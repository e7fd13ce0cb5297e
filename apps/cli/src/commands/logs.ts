import { isTerminal } from '@gantry/contracts';
import type { Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { visibleLines } from '../format-values.js';
import { isJobId } from '../job-id.js';
import { LiveOutput } from '../live-output.js';
import type { Session } from '../session.js';

export function addLogs(program: Command, cli: Cli): void {
  program
    .command('logs')
    .description(
      "Write an execution's output to standard output and standard error, as the program did; or the log of an image build.",
    )
    .argument(
      '<id>',
      'execution id, as printed by exec --detach and by list; or the id of a job, as printed by create --no-wait',
    )
    .option('-f, --follow', 'go on until the execution ends (leaving does not cancel it)')
    .addHelpText(
      'after',
      examples(
        'gantry logs exec_01jq…',
        'gantry logs -f exec_01jq…',
        'gantry logs -f exec_01jq… --json   # one event a line',
      ),
    )
    .action(async (id: string, options: { follow?: boolean }, command: Command) => {
      await logs(cli.session(command), id, options.follow ?? false);
    });
}

async function logs(session: Session, id: string, follow: boolean): Promise<void> {
  if (isJobId(id)) return jobLogs(session, id, follow);
  // The events of an ended execution end too, so following them is the exact way to read them.
  if (follow || isTerminal((await session.client.get(id)).status)) {
    return session.json ? printEvents(session, id) : printOutput(session, id);
  }
  const progress = await session.client.progress(id);
  if (session.json) return session.printJson(progress);
  await session.print(progress.logs.join(''));
  await session.note('it still runs; -f follows its output and tells stdout from stderr');
}

async function printOutput(session: Session, id: string): Promise<void> {
  const output = new LiveOutput(session.io);
  await session.client.follow(id, {
    onOutput: (chunk) => output.take(chunk),
    onRestart: (attempt) => output.restart(attempt),
  });
}

async function jobLogs(session: Session, id: string, follow: boolean): Promise<void> {
  const { client } = session;
  // The log of a job that goes on is only in its events.
  if (!follow && !isTerminal((await client.getJob(id)).status))
    return session.note('it still goes on; -f follows its log');
  if (session.json) {
    for await (const event of client.streamJob(id)) await session.print(`${JSON.stringify(event)}\n`);
    return;
  }
  await client.followJob(id, { onLog: (text) => session.print(visibleLines(text)) });
}

async function printEvents(session: Session, id: string): Promise<void> {
  for await (const event of session.client.stream(id)) await session.print(`${JSON.stringify(event)}\n`);
}
