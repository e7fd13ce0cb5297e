import { toTraceContext } from '@gantry/core';
import type { ToolContext } from './tool.js';
import type { ToolResult } from './toolbox.js';

/**
 * Runs a tool in a span of its own. Its parent is the one that `_meta` of the call names, for one connection may carry calls of several traces;
 * else the HTTP request's. `_meta.traceparent` of the result tells the span.
 * @param name of a tool that there is: spans are named by it
 */
export function tracedTool(name: string, context: ToolContext, run: () => Promise<ToolResult>): Promise<ToolResult> {
  const { tracer } = context.deps;
  const parent = toTraceContext(context.meta?.['traceparent'], context.meta?.['tracestate']);
  const attributes = {
    'mcp.method.name': 'tools/call',
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': name,
    'network.transport': 'tcp',
  };
  const links = parent ? [tracer.current()] : [];
  return tracer.span(`tools/call ${name}`, { kind: 'server', parent, attributes, links }, async (span) => {
    const result = await run();
    if (result.isError) span.fail('tool_error');
    return span.context ? { ...result, _meta: { traceparent: span.context.traceparent } } : result;
  });
}
