import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { FileUpload } from '@gantry/client';
import type { Command } from 'commander';
import { UsageError } from '../cli-error.js';
import { examples, type Cli } from '../cli.js';
import { formatUploaded } from '../format-files.js';
import { formatBytes, visible } from '../format-values.js';
import { parseFileArgument } from '../input-files.js';
import { ProgressBar } from '../progress-bar.js';
import { readAll } from '../read-source.js';
import type { Session } from '../session.js';

interface UploadOptions {
  language?: string;
  name?: string;
}

export function addUploadFile(program: Command, cli: Cli): void {
  program
    .command('upload-file')
    .usage('PATH | - [options]')
    .description('Keep a file for exec-file, or to be put beside programs.')
    .argument('<path>', 'the file, or - for standard input; with three arguments: the name of the file')
    .argument('[content]', 'with three arguments: its content, as text')
    .argument('[language]', 'with three arguments: its language')
    .option('-l, --language <language>', 'of a program (default: by the name)')
    .option('-n, --name <name>', 'keep it under this name')
    .addHelpText('after', EXAMPLES)
    .action(async (...passed: unknown[]) => {
      const command = passed.at(-1) as Command;
      const session = cli.session(command);
      const file = await toUpload(session, command.args, command.opts<UploadOptions>());
      await upload(session, file);
    });
}

const EXAMPLES = examples(
  'gantry upload-file job.py',
  'generate | gantry upload-file - --name data.csv',
  `gantry upload-file hello.py 'print("hello")' python   # name, content, language`,
);

async function toUpload(
  session: Session,
  [path = '', content, language]: readonly string[],
  options: UploadOptions,
): Promise<FileUpload> {
  if (content !== undefined) return inline(path, { content, language }, options);
  const named = options.language === undefined ? {} : { language: options.language };
  if (path === '-') {
    if (options.name === undefined) throw new UsageError('Standard input has no name. Give one by --name.');
    return { filename: options.name, content: await readAll(session.io.stdin), ...named };
  }
  const { size } = await parseFileArgument(path);
  return { filename: options.name ?? basename(path), content: () => createReadStream(path), size, ...named };
}

function inline(
  filename: string,
  { content, language }: { content: string; language: string | undefined },
  options: UploadOptions,
): FileUpload {
  if (language === undefined) {
    throw new UsageError('Give the path of a file, or all three of name, content and language.');
  }
  if (options.language !== undefined || options.name !== undefined) {
    throw new UsageError('Name and language are given as arguments already.');
  }
  return { filename, content: new TextEncoder().encode(content), language };
}

async function upload(session: Session, file: FileUpload): Promise<void> {
  const { io, json } = session;
  const size = file.size ?? 0;
  using bar = io.bars && !json && size > 0 ? new ProgressBar(io.stderr, size) : null;
  const label = (sent: number): string => `${formatBytes(sent)} of ${formatBytes(size)} ${visible(file.filename)}`;
  const onProgress = (sent: number): void => bar?.update(sent, label(sent));
  const uploaded = await session.client.uploadFile(file, { onProgress });
  bar?.hide();
  if (json) await session.printJson(uploaded);
  else await session.print(formatUploaded(uploaded, session.paint));
}
