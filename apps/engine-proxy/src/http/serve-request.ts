import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { readCapped } from '../engine-link.js';
import { forbidden } from '../policy/refusal.js';
import { requestTarget } from '../policy/request-target.js';
import type { Plan, RouteDeps } from '../routes/route.js';
import { routeOf } from '../routes/routes.js';
import { refuseUnclearFraming } from './framing.js';
import type { Verdicts } from './verdicts.js';

const MAX_LOOKED_AT_BYTES = 4 * 1024 * 1024;
/** Of the engine's answer; the rest concerns its own connection. */
const PASSED_HEADERS = ['content-type', 'content-length', 'x-docker-container-path-stat', 'api-version', 'ostype'];

/** One request that is no stream in both directions: decided, sent on in our own words, and its answer handed back as it comes. */
export async function serveRequest(
  deps: RouteDeps,
  verdicts: Verdicts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let endpoint = 'other';
  let plan: Plan | null = null;
  try {
    refuseUnclearFraming(request);
    const { path, query } = requestTarget(request.url ?? '');
    const method = request.method ?? '';
    const found = routeOf(method, path);
    if (found === null) throw forbidden(`${method} ${path.slice(0, 200)} is nothing that our worker asks for`);
    endpoint = found.route.name;
    plan = await found.route.plan(deps, { request, words: found.words, query, signal: gone.signal });
    await passOn(deps, plan, response, gone.signal);
    verdicts.allowed(endpoint);
  } catch (error) {
    // The engine went quiet because we broke the body off.
    verdicts.failed({ endpoint, request, response, isGone: gone.signal.aborted }, plan?.fault?.() ?? error);
  }
}

async function passOn(deps: RouteDeps, plan: Plan, response: ServerResponse, signal: AbortSignal): Promise<void> {
  const answer = await deps.engine.send(plan.send, signal);
  const status = answer.statusCode ?? 502;
  const headers = Object.fromEntries(
    PASSED_HEADERS.flatMap((name) => (answer.headers[name] === undefined ? [] : [[name, answer.headers[name]]])),
  );
  if (plan.look) {
    const text = await plan.look(status, await readCapped(answer, MAX_LOOKED_AT_BYTES));
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text);
    return;
  }
  response.writeHead(status, headers);
  // The head of a stream whose first words come late.
  if (answer.headers['content-length'] === undefined) response.flushHeaders();
  await new Promise<void>((resolve, reject) => {
    pipeline(answer, response, (error) => (error ? reject(error) : resolve()));
  });
}
