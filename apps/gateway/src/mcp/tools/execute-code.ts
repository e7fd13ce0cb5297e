import { StreamExecuteRequest } from '@gantry/contracts';
import type { AdmissionRules, RuntimeCatalog } from '@gantry/core';
import { z } from 'zod';
import { ExecutionAnswer } from '../execution-answer.js';
import { limitsText, orderOf, programArguments } from '../program-arguments.js';
import { runProgram } from '../run-program.js';
import { defineTool, type Tool } from '../tool.js';

const inputSchema = z.strictObject({
  language: StreamExecuteRequest.shape.language.describe('Name or alias of a runtime, as list_runtimes tells them.'),
  code: z.string().describe('The whole source of the program.'),
  ...programArguments,
});

/** The description and hints tell what this deployment allows. */
export function executeCode(facts: { runtimes: RuntimeCatalog; rules: AdmissionRules }): Tool {
  return defineTool({
    name: 'execute_code',
    title: 'Run code',
    description: describe(facts),
    inputSchema,
    outputSchema: ExecutionAnswer,
    annotations: {
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: false,
      openWorldHint: facts.rules.ceilings.networkAllowed,
    },
    run: ({ language, code, ...args }, context) =>
      runProgram(orderOf(args, { language, code }, context), args, context),
  });
}

/** The contract's own come first; the others are told by name only, for there may be dozens. */
const USUAL = new Set(['python', 'node', 'csharp', 'bash']);

function describe({ runtimes, rules }: { runtimes: RuntimeCatalog; rules: AdmissionRules }): string {
  const all = runtimes.list();
  const usual = all.filter(({ name }) => USUAL.has(name)).map(({ name, version }) => `${name} ${version}`);
  const others = all.filter(({ name }) => !USUAL.has(name)).map(({ name }) => name);
  const also = others.length > 0 ? ` Also: ${others.join(', ')} (list_runtimes tells more).` : '';
  return [
    'Runs one program in a new, isolated container and gives its status, exit code, stdout and stderr.',
    `Languages: ${usual.join(', ')}.${also}`,
    'Nothing is kept between calls but what artifacts names: put what the program needs into code, files, args and input_data.',
    limitsText(rules),
    `Code has at most ${rules.maxCodeBytes} bytes. For packages beyond the standard library use create_image or install_package, then image_id.`,
    'A failing program is not an error of this tool: read status, reason, exit_code and stderr.',
    'If it does not end within wait_seconds it goes on; call get_execution with its execution_id.',
  ].join(' ');
}
