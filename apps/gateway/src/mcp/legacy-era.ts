import { randomUUID } from 'node:crypto';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  CallToolRequestSchema,
  CancelledNotificationSchema,
  ErrorCode,
  isInitializeRequest,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import { introduction, progressSender, unknownTool, type Call, type Endpoint, type EraHandler } from './call.js';
import { LiveCalls } from './live-calls.js';

const SESSION_HEADER = 'mcp-session-id';

/**
 * Clients up to revision 2025-11-25. A server and a transport for every request, so any replica can answer any of them.
 *
 * These clients cancel a call by a notification in a request of its own. To tell whose call it means, `initialize` hands out an id
 * which the client sends with every later request. Nothing is kept under it and every id is taken.
 */
export function legacyEra(endpoint: Endpoint): EraHandler {
  const liveCalls = new LiveCalls();
  return async (request, body, call) => {
    const session = request.headers.get(SESSION_HEADER);
    const server = createServer(endpoint, call, session === null ? null : liveCalls.of(call.tenant, session));
    const transport = new WebStandardStreamableHTTPServerTransport({});
    call.gone.addEventListener('abort', () => void server.close(), { once: true });
    await server.connect(transport);
    const response = await transport.handleRequest(request, { parsedBody: body });
    if (isInitializeRequest(body) && response.ok) response.headers.set(SESSION_HEADER, randomUUID());
    return response;
  };
}

// Every server would compile its own; ours never validates anything with it.
const jsonSchemaValidator = new AjvJsonSchemaValidator();

function createServer(endpoint: Endpoint, call: Call, session: ReturnType<LiveCalls['of']> | null): McpServer {
  const { deps, toolbox } = endpoint;
  const { info, instructions } = introduction(deps.version);
  const mcp = new McpServer(info, { instructions, jsonSchemaValidator });
  // The tools check their arguments and word their refusals themselves, so they are served below the SDK's tool registry.
  mcp.server.registerCapabilities({ tools: {} });
  mcp.server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: toolbox.listing }));
  mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const stop = new AbortController();
    const signal = AbortSignal.any([call.gone, stop.signal]);
    using _ = session?.begin(extra.requestId, stop);
    const onProgress = progressSender(params._meta?.progressToken, call, extra.sendNotification, deps.logger);
    const context = {
      deps: { ...deps, turn: call.turn },
      tenant: call.tenant,
      caps: call.caps,
      signal,
      onProgress,
      meta: params._meta,
    };
    const result = toolbox.call(params.name, params.arguments, context);
    if (!result) throw new McpError(ErrorCode.InvalidParams, unknownTool(params.name, endpoint));
    return await result;
  });
  mcp.server.setNotificationHandler(CancelledNotificationSchema, ({ params }) => {
    if (params.requestId !== undefined) session?.cancel(params.requestId);
  });
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- not a DOM event: the SDK's only hook
  mcp.server.onerror = (error) => deps.logger.debug({ err: error }, 'MCP request refused');
  return mcp;
}
