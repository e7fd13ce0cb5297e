import { contentBytes, FileUploaded, FileUploadRequest } from '@gantry/contracts';
import { uploadFile, type AdmissionRules } from '@gantry/core';
import { z } from 'zod';
import { toFileUploaded } from '../../http/wire-files.js';
import { validate } from '../../http/validate.js';
import { shownName } from '../output-text.js';
import { defineTool, type Tool } from '../tool.js';

const { filename, content, language, encoding } = FileUploadRequest.shape;

const inputSchema = z.strictObject({
  filename: filename.describe('A name without directories, e.g. main.py or data.csv.'),
  content: content.describe('The whole content: text, or base64 with encoding base64.'),
  language: language.unwrap().unwrap().optional().describe('Of a program. Default: by the file name.'),
  encoding,
});

export function uploadFileTool({ rules }: { rules: AdmissionRules }): Tool {
  return defineTool({
    name: 'upload_file',
    title: 'Upload a file',
    description: [
      'Keeps a file for later calls and gives its file_id: run it with execute_uploaded_file, or put it beside a program with files of execute_code.',
      `At most ${rules.files.maxFileBytes} bytes; kept for ${Math.round(rules.files.keepMs / 3_600_000)} h.`,
      'For what only one execution needs, give it inline in files of execute_code instead.',
    ].join(' '),
    inputSchema,
    outputSchema: FileUploaded.omit({ error_message: true }).strip(),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    async run(args, { deps, tenant, caps }) {
      const body = validate(FileUploadRequest, args);
      const described = { filename: body.filename, language: body.language ?? null };
      const file = await uploadFile(
        deps,
        { tenant, storageBytes: caps?.storageBytes ?? null },
        contentBytes(body.content, body.encoding),
        () => described,
      );
      const data = toFileUploaded(file);
      const text = [
        'File Uploaded Successfully:',
        `- File ID: ${data.file_id}`,
        `- Filename: ${shownName(data.filename)}`,
        `- Language: ${data.language ?? 'none'}`,
        `- Size: ${data.size} bytes`,
        `- Expires: ${data.expires_at}`,
      ].join('\n');
      return { data, text };
    },
  });
}
