import { RuntimeList } from '@gantry/contracts';
import { z } from 'zod';
import { toRuntimeList } from '../../http/wire.js';
import { defineTool } from '../tool.js';

export const listRuntimes = defineTool({
  name: 'list_runtimes',
  title: 'List languages',
  description:
    'Lists the languages that execute_code takes: name, aliases, version, package manager, and whether its image is there.',
  inputSchema: z.strictObject({}),
  outputSchema: RuntimeList.strip(),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run(_args, { deps }) {
    const data = toRuntimeList(deps.runtimes.list(), await deps.workers.list());
    const lines = data.runtimes.map(({ name, version, aliases, image, image_reason }) => {
      const also = aliases.length > 0 ? ` (also: ${aliases.join(', ')})` : '';
      const state =
        image === 'ready' ? '' : `: ${image === 'unavailable' ? `unavailable, ${image_reason}` : 'made on first use'}`;
      return `- ${name} ${version}${also}${state}`;
    });
    return { data, text: ['Languages:', ...lines].join('\n') };
  },
});
