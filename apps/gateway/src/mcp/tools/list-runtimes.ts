import { RuntimeList } from '@gantry/contracts';
import { z } from 'zod';
import { toRuntimeList } from '../../http/wire.js';
import { defineTool } from '../tool.js';

export const listRuntimes = defineTool({
  name: 'list_runtimes',
  title: 'List languages',
  description: 'Lists the languages that execute_code takes: name, aliases, version and package manager.',
  inputSchema: z.strictObject({}),
  outputSchema: RuntimeList.strip(),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run(_args, { deps }) {
    const data = toRuntimeList(deps.runtimes.list());
    const lines = data.runtimes.map(({ name, version, aliases }) => {
      const also = aliases.length > 0 ? ` (also: ${aliases.join(', ')})` : '';
      return `- ${name} ${version}${also}`;
    });
    return Promise.resolve({ data, text: ['Languages:', ...lines].join('\n') });
  },
});
