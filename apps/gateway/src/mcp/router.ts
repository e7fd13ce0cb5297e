import { toNodeHandler, type NodeServerResponseLike } from '@modelcontextprotocol/node';
import { isLegacyRequest } from '@modelcontextprotocol/server';
import { Router, type NextFunction, type Request as HttpRequest, type Response as HttpResponse } from 'express';
import { ownerOf } from '../http/authenticate.js';
import { turnOf } from '../http/long-answers.js';
import { requestSignal } from '../http/request-signal.js';
import type { Call } from './call.js';
import { legacyEra } from './legacy-era.js';
import { modernEra } from './modern-era.js';
import type { ToolDeps } from './tool.js';
import { createToolbox } from './toolbox.js';

/**
 * The MCP endpoint: streamable HTTP, both protocol eras, no state between requests.
 * Mount it behind authentication (which says who asks), Host and Origin checks and the JSON body parser.
 */
export function createMcpRouter(deps: ToolDeps): Router {
  const endpoint = { deps, toolbox: createToolbox(deps) };
  const legacy = legacyEra(endpoint);
  const modern = modernEra(endpoint);
  const router = Router();
  router.use((_req: HttpRequest, res: HttpResponse, next: NextFunction) => {
    // For metrics.
    res.locals['route'] = '/mcp';
    next();
  });
  router.post('/', async (req: HttpRequest, res: HttpResponse) => {
    // No body at all is answered like one that is no message; nothing here reads from the socket.
    const body: unknown = req.body ?? null;
    const call = callOf(res);
    const serve = async (request: Request): Promise<Response> =>
      (await isLegacyRequest(request, body)) ? legacy(request, body, call) : modern(request, body, call);
    const onerror = (error: Error): void => deps.logger.error({ err: error }, 'MCP request broke');
    await toNodeHandler({ fetch: serve }, { onerror })(req, beginningAtOnce(res), body);
  });
  // Without sessions there is no stream to listen on and no session to delete.
  router.all('/', (_req, res) => {
    const error = { code: -32_000, message: 'Method not allowed: this endpoint keeps no sessions; send POST.' };
    res.status(405).set('Allow', 'POST').json({ jsonrpc: '2.0', error, id: null });
  });
  return router;
}

function callOf(res: HttpResponse): Call {
  return { ...ownerOf(res), gone: requestSignal(res), congested: () => res.writableNeedDrain, turn: turnOf(res) };
}

/** Node holds the headers back until there is a body; who calls a tool shall see at once that the call is being served. */
function beginningAtOnce(res: HttpResponse): NodeServerResponseLike {
  return {
    writeHead: (status, headers) => {
      // Whether the connection stays is not for a tool to say: the client may have asked for its end, or this server may be about to end.
      const { connection: _, ...others } = { ...headers } as Record<string, string>;
      res.writeHead(status, others);
      res.flushHeaders();
    },
    write: (chunk) => res.write(chunk),
    end: () => res.end(),
    on: (event, listener) => res.on(event, listener),
    destroyed: res.destroyed,
  };
}
