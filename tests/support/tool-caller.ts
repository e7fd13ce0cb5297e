import type { BuildScript } from '@gantry/core/fakes';
import type { ToolContext } from '../../apps/gateway/src/mcp/tool.js';
import { createToolbox, type ToolResult } from '../../apps/gateway/src/mcp/toolbox.js';
import { ScriptedService, type Script } from './scripted-service.js';

const never = new AbortController().signal;

export type CallTool = (name: string, args: object, context?: Partial<ToolContext>) => Promise<ToolResult>;

/** Calls tools of a scripted service as one tenant. */
export function serviceOf(script: Script, build?: BuildScript): { service: ScriptedService; call: CallTool } {
  const service = new ScriptedService(script, build);
  const { deps } = service;
  const toolbox = createToolbox(deps);
  return {
    service,
    call: async (name, args, context = {}) => {
      const result = await toolbox.call(name, args, { deps, tenant: 'acme', signal: never, ...context });
      if (!result) throw new Error(`There is no tool ${name}`);
      return result;
    },
  };
}

export const textOf = (result: ToolResult): string =>
  result.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
export const idOf = (result: ToolResult): string => String(result.structuredContent?.['execution_id']);
