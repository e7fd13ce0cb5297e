import { AppError, FileExecuteRequest, FileId } from '@gantry/contracts';
import { programOfFile, type AdmissionRules } from '@gantry/core';
import { z } from 'zod';
import { ExecutionAnswer } from '../execution-answer.js';
import { limitsText, orderOf, programArguments } from '../program-arguments.js';
import { runProgram } from '../run-program.js';
import { defineTool, type Tool } from '../tool.js';

const inputSchema = z.strictObject({
  file_id: FileId.describe('As upload_file or list_files gave it.'),
  language: FileExecuteRequest.shape.language
    .unwrap()
    .unwrap()
    .optional()
    .describe('Leave out for the language it was uploaded as, or that its name tells.'),
  ...programArguments,
});

export function executeUploadedFile({ rules }: { rules: AdmissionRules }): Tool {
  return defineTool({
    name: 'execute_uploaded_file',
    title: 'Run an uploaded file',
    description: [
      'Runs a file of upload_file as a program, as execute_code does with code, and gives the same result.',
      limitsText(rules),
      'Use it to run one file several times; for code that you have at hand execute_code is one call less.',
    ].join(' '),
    inputSchema,
    outputSchema: ExecutionAnswer,
    annotations: {
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: false,
      openWorldHint: rules.ceilings.networkAllowed,
    },
    async run({ file_id: id, language = null, ...args }, context) {
      const { deps, tenant, signal } = context;
      const program = await programOfFile(deps, { tenant, id, language }, signal);
      if (!program) throw missingFile(id);
      return runProgram(orderOf(args, program, context), { ...args, title: 'File Execution Result:' }, context);
    },
  });
}

export function missingFile(id: string, message = `There is no file ${id}`): AppError {
  return new AppError('not_found', message, {
    suggestion: 'Call list_files for the ids that there are; files past their expiry are gone.',
  });
}
