import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { readCapped } from '../engine-link.js';
import { forbidden, malformed } from '../policy/refusal.js';
import { exactly, parameters, requestTarget } from '../policy/request-target.js';
import { ATTACH_PATH, containerOf } from '../routes/container-routes.js';
import type { RouteDeps } from '../routes/route.js';
import { endWithMessage } from './answers.js';
import { refuseUnclearFraming } from './framing.js';
import { joinStreams } from './join-streams.js';
import { WITHIN_MS } from './read-body.js';
import type { Verdicts } from './verdicts.js';

const TRUE = ['true', '1'];
const MAX_BODY_BYTES = 4096;
const MAX_ERROR_BYTES = 64 * 1024;

export interface UpgradeRequest {
  request: IncomingMessage;
  client: Duplex;
  /** What came with the head of the request. */
  head: Buffer;
}

/**
 * The stream to and from a container's first process. Until the engine has agreed, nothing that the client sends is passed on; if it does not,
 * the connection ends with its answer, and what was sent after the request is never read as another.
 */
export async function serveAttach(
  deps: RouteDeps,
  verdicts: Verdicts,
  { request, client, head }: UpgradeRequest,
): Promise<void> {
  let isGone = false;
  const gone = new AbortController();
  client
    .on('error', () => undefined)
    .once('close', () => {
      isGone = true;
      gone.abort();
    });
  try {
    const id = await permitted(deps, request, gone.signal);
    const first = await withoutBody(client, head, Number(request.headers['content-length'] ?? '0'));
    const asked = deps.engine.upgrade({
      method: 'POST',
      path: `/containers/${id}/attach`,
      query: { stream: '1', stdin: '1', stdout: '1', stderr: '1' },
      headers: { 'content-length': '0' },
    });
    gone.signal.addEventListener('abort', () => asked.destroy(), { once: true });
    const answer = await answerOf(asked);
    if ('refusal' in answer) return endWithMessage(client, answer.status, answer.refusal);
    if (isGone) return void answer.socket.destroy();
    client.write(
      `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${answer.type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`,
    );
    joinStreams({ stream: client, first }, { stream: answer.socket, first: answer.head });
    verdicts.allowed('attach');
  } catch (error) {
    const { status, message } = verdicts.judge('attach', request, error, isGone);
    if (!client.destroyed) endWithMessage(client, status, message);
  }
}

/** The whole id of the container, where everything about the request is as our worker's. */
async function permitted(deps: RouteDeps, request: IncomingMessage, signal: AbortSignal): Promise<string> {
  refuseUnclearFraming(request);
  const { path, query } = requestTarget(request.url ?? '');
  const word = ATTACH_PATH.exec(path)?.[1];
  if (request.method !== 'POST' || word === undefined)
    throw forbidden('only POST /containers/…/attach may be upgraded');
  if (request.headers.upgrade !== 'tcp') throw forbidden('the upgrade must be to tcp');
  if (request.headers['transfer-encoding'] !== undefined) throw malformed('an upgrade has no chunked body');
  if (Number(request.headers['content-length'] ?? '0') > MAX_BODY_BYTES)
    throw malformed('the body of an upgrade is too long');
  const given = parameters(query, ['stream', 'stdin', 'stdout', 'stderr'], ['hijack']);
  exactly(given, { stream: TRUE, stdin: TRUE, stdout: TRUE, stderr: TRUE, hijack: TRUE });
  return (await containerOf(deps, { words: [word], signal }, 'attach to', ['sandbox', 'lock'])).id;
}

/** What comes after the body of the request, which clients write although it says nothing. */
async function withoutBody(client: Duplex, head: Buffer, length: number): Promise<Buffer> {
  let bytes = head;
  const timer = setTimeout(() => client.destroy(), WITHIN_MS);
  try {
    while (bytes.length < length) {
      const more = client.read() as Buffer | null;
      if (more !== null) bytes = Buffer.concat([bytes, more]);
      else if (client.readableEnded || client.destroyed) throw malformed('the body of the upgrade is not complete');
      else await readableOrOver(client);
    }
    return bytes.subarray(length);
  } finally {
    clearTimeout(timer);
  }
}

function readableOrOver(client: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      client.off('readable', over).off('end', over).off('close', over);
      resolve();
    };
    client.on('readable', over).on('end', over).on('close', over);
  });
}

type Answer = { socket: Duplex; head: Buffer; type: string } | { status: number; refusal: string };

function answerOf(asked: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    asked.on('error', reject);
    asked.on('upgrade', (response, socket, head) => {
      const given = response.headers['content-type'];
      const type = given?.startsWith('application/vnd.docker.') ? given : 'application/vnd.docker.raw-stream';
      resolve({ socket, head, type });
    });
    asked.on('response', (response) => {
      refusalOf(response).then(resolve, reject);
    });
  });
}

async function refusalOf(response: IncomingMessage): Promise<Answer> {
  const refusal = messageIn(await readCapped(response, MAX_ERROR_BYTES));
  const status = response.statusCode ?? 502;
  return { status: status < 400 ? 502 : status, refusal };
}

function messageIn(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message);
  } catch {
    return text.slice(0, 1000);
  }
}
