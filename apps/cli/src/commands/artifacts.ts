import { Option, type Command } from 'commander';
import { examples, type Cli } from '../cli.js';
import { EXIT } from '../exit-code.js';
import { describeOmitted, formatArtifacts } from '../format-files.js';
import { visible } from '../format-values.js';
import { write } from '../io.js';
import { saveArtifacts } from '../save-artifacts.js';
import { saveDownload } from '../save-file.js';
import type { Session } from '../session.js';

interface ArtifactOptions {
  list?: boolean;
  output?: string;
  tar?: string;
}

export function addArtifacts(program: Command, cli: Cli): void {
  program
    .command('artifacts')
    .description('Save the files that a program left, or list them.')
    .argument('<execution_id>', 'as exec --detach and list print it')
    .option('-o, --output <dir>', 'where to (default: a directory named by the execution)')
    .addOption(new Option('--list', 'only list them').conflicts(['output', 'tar']))
    .addOption(new Option('--tar <file>', 'all as one tar archive; - for standard output').conflicts('output'))
    .addHelpText(
      'after',
      examples(
        'gantry artifacts exec_01jq… -o out',
        'gantry artifacts exec_01jq… --list',
        'gantry artifacts exec_01jq… --tar - | tar tv',
      ),
    )
    .action(async (id: string, options: ArtifactOptions, command: Command) => {
      cli.exitCode = await artifacts(cli.session(command), id, options);
    });
}

async function artifacts(
  session: Session,
  id: string,
  { list: listOnly, output, tar }: ArtifactOptions,
): Promise<number> {
  if (tar !== undefined) return saveTar(session, id, tar);
  const list = await session.client.listArtifacts(id);
  if (session.json) await session.printJson(list);
  if (!listOnly) return (await saveArtifacts(session, { ...list, execution_id: id }, output)) ? 0 : EXIT.failure;
  if (session.json) return 0;
  await session.print(formatArtifacts(list, session.paint));
  for (const line of describeOmitted(list)) await session.note(line);
  return 0;
}

async function saveTar(session: Session, id: string, target: string): Promise<number> {
  await using download = await session.client.downloadArtifacts(id);
  if (target === '-') for await (const piece of download) await write(session.io.stdout, piece);
  else {
    await saveDownload(download, target);
    await session.note(`saved all artifacts in ${visible(target)}`);
  }
  return 0;
}
