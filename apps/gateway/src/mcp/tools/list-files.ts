import { FileId, FileList } from '@gantry/contracts';
import { z } from 'zod';
import { toFileSummary } from '../../http/wire-files.js';
import { shownName } from '../output-text.js';
import { defineTool } from '../tool.js';

export const listFiles = defineTool({
  name: 'list_files',
  title: 'List uploaded files',
  description: 'Lists your files of upload_file, newest first: id, name, language, size, when they expire.',
  inputSchema: z.strictObject({
    limit: z.int().min(1).max(200).default(50),
    cursor: FileId.optional().describe('next_cursor of the page before.'),
  }),
  outputSchema: FileList.strip(),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run({ limit, cursor = null }, { deps, tenant }) {
    const page = await deps.files.list(tenant, { limit, cursor });
    const data = { files: page.files.map(toFileSummary), total_count: page.total, next_cursor: page.nextCursor };
    return { data, text: textOf(data) };
  },
});

function textOf({ files, total_count, next_cursor }: FileList): string {
  if (total_count === 0) return 'No files uploaded.';
  const entries = files.map((file) =>
    [
      `- ID: ${file.file_id}`,
      `  Filename: ${shownName(file.filename)}`,
      `  Language: ${file.language ?? 'none'}`,
      `  Size: ${file.size} bytes`,
      `  Uploaded: ${file.uploaded_at}`,
    ].join('\n'),
  );
  const more = next_cursor === null ? [] : ['', `There are more: call again with cursor "${next_cursor}".`];
  return [`Uploaded Files (${total_count}):`, '', ...entries, ...more].join('\n');
}
