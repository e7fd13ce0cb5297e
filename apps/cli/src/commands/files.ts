import { lstat } from 'node:fs/promises';
import type { FileSummary } from '@gantry/contracts';
import type { Command } from 'commander';
import { CliError } from '../cli-error.js';
import { examples, type Cli } from '../cli.js';
import { formatFiles, formatFileStats } from '../format-files.js';
import { visible } from '../format-values.js';
import { write } from '../io.js';
import { localPaths } from '../local-paths.js';
import { parseCount } from '../parse-values.js';
import { saveDownload } from '../save-file.js';
import type { Session } from '../session.js';

const MAX_PAGE = 200;

/** `list-files`, `file-stats`, `download-file` and `delete-file`. */
export function addFiles(program: Command, cli: Cli): void {
  program
    .command('list-files')
    .description('List uploaded files, newest first.')
    .option('-n, --limit <count>', 'at most so many', parseCount, 50)
    .addHelpText('after', examples('gantry list-files', 'gantry list-files --json'))
    .action(async ({ limit }: { limit: number }, command: Command) => listFiles(cli.session(command), limit));
  program
    .command('file-stats')
    .description('Count uploaded files and their bytes.')
    .addHelpText('after', examples('gantry file-stats'))
    .action(async (_options: object, command: Command) => fileStats(cli.session(command)));
  program
    .command('download-file')
    .description('Write an uploaded file to this machine.')
    .argument('<file_id>', 'as upload-file and list-files print it')
    .option('-o, --output <path>', 'where to; - for standard output (default: here, by its name, unless that is taken)')
    .addHelpText('after', examples('gantry download-file file_01jq…', 'gantry download-file file_01jq… -o - | wc -l'))
    .action(async (id: string, { output }: { output?: string }, command: Command) =>
      downloadFile(cli.session(command), id, output),
    );
  program
    .command('delete-file')
    .description('Delete an uploaded file; executions that were submitted with it keep what they have of it.')
    .argument('<file_id>', 'as upload-file and list-files print it')
    .addHelpText('after', examples('gantry delete-file file_01jq…'))
    .action(async (id: string, _options: object, command: Command) => deleteFile(cli.session(command), id));
}

async function listFiles(session: Session, limit: number): Promise<void> {
  const files: FileSummary[] = [];
  for await (const file of session.client.listFiles({ pageSize: Math.min(limit, MAX_PAGE) })) {
    files.push(file);
    if (files.length >= limit) break;
  }
  if (session.json) await session.printJson({ files });
  else await session.print(formatFiles(files, session.paint));
}

async function fileStats(session: Session): Promise<void> {
  const stats = await session.client.fileStats();
  if (session.json) await session.printJson(stats);
  else await session.print(formatFileStats(stats, session.paint));
}

async function downloadFile(session: Session, id: string, output: string | undefined): Promise<void> {
  await using download = await session.client.downloadFile(id);
  if (output === '-') {
    for await (const piece of download) await write(session.io.stdout, piece);
    return;
  }
  const target = output ?? (await freeName(download.filename ?? id));
  await saveDownload(download, target);
  if (session.json)
    await session.printJson({ file_id: id, path: target, size: download.size, sha256: download.sha256 });
  else await session.print(`${visible(target)}\n`);
}

/** The name is what the service says, so it is treated like any other that may be hostile. */
async function freeName(name: string): Promise<string> {
  const [place] = localPaths([name.replaceAll('/', '_')]);
  if (!place || 'fault' in place)
    throw new CliError(`The file is called ${visible(name)}. Say where to write it by -o.`);
  const target = place.parts.join('/');
  const taken = await lstat(target).then(
    () => true,
    () => false,
  );
  if (taken) throw new CliError(`${visible(target)} is there already. Say where to write it by -o.`);
  return target;
}

async function deleteFile(session: Session, id: string): Promise<void> {
  const deleted = await session.client.deleteFile(id);
  if (session.json) await session.printJson(deleted);
  else await session.print(`${visible(id)} is deleted.\n`);
}
