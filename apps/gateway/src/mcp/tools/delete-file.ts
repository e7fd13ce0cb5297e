import { FileDeleted, FileId } from '@gantry/contracts';
import { deleteFile } from '@gantry/core';
import { z } from 'zod';
import { defineTool } from '../tool.js';
import { missingFile } from './execute-uploaded-file.js';

export const deleteFileTool = defineTool({
  name: 'delete_file',
  title: 'Delete an uploaded file',
  description: 'Deletes a file of upload_file. Executions that were submitted with it keep what they have of it.',
  inputSchema: z.strictObject({ file_id: FileId.describe('As upload_file or list_files gave it.') }),
  outputSchema: FileDeleted.extend({ file_id: z.string() }).strip(),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  async run({ file_id: id }, { deps, tenant }) {
    if (!(await deleteFile(deps, { tenant, id })))
      throw missingFile(id, `Failed to delete file ${id} or file not found.`);
    const message = `File ${id} deleted successfully.`;
    return { data: { success: true as const, file_id: id, message }, text: message };
  },
});
