import { connectLegacy } from '../../support/mcp-clients.js';
import { GantryApiError, GantryClient } from '@gantry/client';
import type { PlannedExecution } from './plan.js';
import { isEnd, type HttpAnswer, type ServiceClient } from './service-client.js';

/** What the client knows after its submit. */
export interface Submitted {
  /** `null`: refused, or nobody knows. */
  id: string | null;
  ended: boolean;
}

const NOTHING: Submitted = { id: null, ended: false };
const WAIT_SECONDS = 20;
const MCP_MS = 40_000;
const KEEP_TRYING_MS = 60_000;
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 2000;

/** By POST. A client with a key tries again whatever happened, at the other gateway; one without takes the first answer for good. */
export async function submitByRest(
  client: ServiceClient,
  planned: PlannedExecution,
  request: object,
): Promise<Submitted> {
  const deadline = Date.now() + KEEP_TRYING_MS;
  for (let tries = 0; ; tries++) {
    const answer = await post(client, planned, request, planned.gateway + tries);
    const id = textOf(answer.body['execution_id']);
    if (id !== null && answer.status !== null && answer.status < 300) {
      const ended = answer.status === 200 && isEnd(client.tell(planned.n, 'submit', answer.body));
      return { id, ended };
    }
    const canPass = answer.status === null || answer.status === 429 || answer.status >= 500;
    if (!planned.keyed || !canPass || Date.now() > deadline) return NOTHING;
    if (!(await client.patience(Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS)))) return NOTHING;
  }
}

async function post(
  client: ServiceClient,
  planned: PlannedExecution,
  request: object,
  gateway: number,
): Promise<HttpAnswer> {
  const { n, tenant, manner, keyed, token } = planned;
  const waits = manner === 'wait';
  client.history.add({ kind: 'submit', n, key: keyed, gateway });
  const answer = await client.call({
    n,
    tenant,
    gateway,
    method: 'POST',
    path: manner === 'stream' ? '/execute/stream' : '/execute',
    body: manner === 'stream' ? request : { ...request, wait_seconds: waits ? WAIT_SECONDS : 0 },
    headers: keyed ? { 'idempotency-key': token } : {},
    promisedMs: waits ? WAIT_SECONDS * 1000 : 0,
  });
  client.history.add({
    kind: 'answer',
    n,
    status: answer.status,
    code: textOf(answer.body['code']),
    id: textOf(answer.body['execution_id']),
    ms: Math.round(answer.ms),
    replayed: answer.headers.get('idempotency-replayed') === 'true',
  });
  return answer;
}

/** By the tool of the MCP server. Whatever is not a clear no may have been carried out. */
export async function submitByMcp(
  client: ServiceClient,
  planned: PlannedExecution,
  request: object,
): Promise<Submitted> {
  const { n, tenant, gateway, keyed, token } = planned;
  client.history.add({ kind: 'submit', n, key: keyed, gateway });
  const startedAt = performance.now();
  const answered = (status: number | null, code: string | null, id: string | null): void =>
    client.history.add({
      kind: 'answer',
      n,
      status,
      code,
      id,
      ms: Math.round(performance.now() - startedAt),
      replayed: false,
    });
  let mcp: Awaited<ReturnType<typeof connectLegacy>> | null = null;
  try {
    mcp = await connectLegacy(client.url(gateway), client.key(tenant));
    const args = { ...request, wait_seconds: WAIT_SECONDS, ...(keyed ? { idempotency_key: token } : {}) };
    // The SDK's client waits on when its connection has broken; this one does not.
    const tooLong = AbortSignal.timeout(MCP_MS);
    const { structuredContent, isError, content } = await mcp.call('execute_code', args, { signal: tooLong });
    if (isError === true) {
      const code = /^Error (\w+):/.exec(content[0]?.text ?? '')?.[1] ?? null;
      answered(code === null ? null : 503, code, null);
      return NOTHING;
    }
    const id = textOf(structuredContent?.['execution_id']);
    answered(200, null, id);
    if (id === null || !structuredContent) return NOTHING;
    return { id, ended: isEnd(client.tell(n, 'mcp', { ...structuredContent, attempt: 0 })) };
  } catch {
    answered(null, null, null);
    return NOTHING;
  } finally {
    await mcp?.close().catch(() => undefined);
  }
}

/** By our own library, which has a key of its own for each call and repeats what may be repeated. */
export async function runByLibrary(
  client: ServiceClient,
  planned: PlannedExecution,
  request: object,
): Promise<Submitted> {
  const { n, tenant, gateway } = planned;
  client.history.add({ kind: 'submit', n, key: true, gateway });
  const library = new GantryClient({ baseUrl: client.url(gateway), apiKey: client.key(tenant) });
  const startedAt = performance.now();
  const known: { id: string | null } = { id: null };
  const answered = (status: number | null, code: string | null): void =>
    client.history.add({
      kind: 'answer',
      n,
      status,
      code,
      id: known.id,
      ms: Math.round(performance.now() - startedAt),
      replayed: false,
    });
  try {
    const view = await library.run(request as never, {
      signal: AbortSignal.timeout(240_000),
      onSubmitted: (id) => {
        known.id = id;
        answered(202, null);
      },
    });
    client.tell(n, 'client', view);
    return { id: known.id, ended: true };
  } catch (error) {
    if (known.id !== null) return { id: known.id, ended: false };
    // After several tries a refusal of the last says nothing of those before it, but that they had the same key.
    if (error instanceof GantryApiError) answered(error.status, error.code);
    else answered(null, null);
    return NOTHING;
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
