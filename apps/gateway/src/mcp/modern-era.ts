import { createMcpHandler, McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import { introduction, progressSender, unknownTool, type Call, type Endpoint, type EraHandler } from './call.js';

/** The tools change only with a new version of this server. */
const LISTING_TTL_MS = 300_000;

/** Clients of revision 2026-07-28, which knows no sessions: closing the connection cancels the call. */
export function modernEra(endpoint: Endpoint): EraHandler {
  return (request, body, call) => {
    const handler = createMcpHandler(() => createServer(endpoint, call), {
      legacy: 'reject',
      // A stream begins at once and has heartbeats; a client or proxy gives a silent request up.
      responseMode: 'sse',
      onerror: (error) => endpoint.deps.logger.debug({ err: error }, 'MCP request refused'),
    });
    return handler.fetch(request, { parsedBody: body });
  };
}

// Every server would compile its own; ours never validates anything with it.
const jsonSchemaValidator = new AjvJsonSchemaValidator();

function createServer(endpoint: Endpoint, call: Call): McpServer {
  const { deps, toolbox } = endpoint;
  const { info, instructions } = introduction(deps.version);
  const mcp = new McpServer(info, {
    instructions,
    jsonSchemaValidator,
    cacheHints: { 'tools/list': { ttlMs: LISTING_TTL_MS, cacheScope: 'public' } },
  });
  // The tools check their arguments and word their refusals themselves, so they are served below the SDK's tool registry.
  mcp.server.registerCapabilities({ tools: {} });
  mcp.server.setRequestHandler('tools/list', () => ({ tools: toolbox.listing }));
  mcp.server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const onProgress = progressSender(mcpReq._meta?.progressToken, call, mcpReq.notify, deps.logger);
    const context = {
      deps: { ...deps, turn: call.turn },
      tenant: call.tenant,
      caps: call.caps,
      signal: call.gone,
      onProgress,
      meta: mcpReq._meta,
    };
    const result = toolbox.call(params.name, params.arguments, context);
    if (!result) throw new ProtocolError(ProtocolErrorCode.InvalidParams, unknownTool(params.name, endpoint));
    return await result;
  });
  return mcp;
}
