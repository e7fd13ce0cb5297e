import { createParser } from 'eventsource-parser';
import { digestOf } from './digest.js';
import type { PlannedExecution } from './plan.js';
import { isEnd, type ServiceClient } from './service-client.js';

const WAIT_SECONDS = 8;
const PAUSE_MS = 250;
/** The service sends a sign of life every 15 s. */
const SILENCE_MS = 45_000;
const MISSING_LIMIT = 3;

/** Looks until the end is told; false when it is not to be had. */
export async function poll(
  client: ServiceClient,
  { n, tenant, gateway }: PlannedExecution,
  id: string,
): Promise<boolean> {
  let missing = 0;
  for (let tries = 0; ; tries++) {
    const path = `/executions/${id}?wait_seconds=${WAIT_SECONDS}`;
    const call = { n, tenant, gateway: gateway + tries, method: 'GET', path, promisedMs: WAIT_SECONDS * 1000 } as const;
    const { status, body } = await client.call(call);
    if (status === 200 && isEnd(client.tell(n, 'poll', body))) return true;
    if (status === 404) {
      client.history.add({ kind: 'missing', n, source: 'poll', status });
      if (++missing >= MISSING_LIMIT) return false;
    }
    if (!(await client.patience(PAUSE_MS))) return false;
  }
}

export interface StreamOptions {
  /** Names the sessions of this reader in the history. */
  reader: string;
  source: 'stream' | 'replay';
}

/** What one reader has had of the events of one execution, over all its connections. */
interface Reading {
  last: number;
  attempt: number;
  text: string[];
}

type SessionEnd = 'end' | 'broken' | 'gone' | 'missing';

/** Reads events over as many connections as it takes, each at the other gateway; false when the end is not to be had this way. */
export async function stream(
  client: ServiceClient,
  planned: PlannedExecution,
  id: string,
  { reader, source }: StreamOptions,
): Promise<boolean> {
  const reading: Reading = { last: 0, attempt: 0, text: [] };
  let missing = 0;
  for (let tries = 0; ; tries++) {
    const session = `${reader}-${tries}`;
    const { n } = planned;
    client.history.add({ kind: 'open', n, session, after: reading.last });
    const end = await readSession(client, { planned, id, session, gateway: planned.gateway + tries, source }, reading);
    client.history.add({ kind: 'close', n, session, why: end === 'missing' ? 'gone' : end });
    if (end === 'end') {
      client.history.add({ kind: 'streamed', n, attempt: reading.attempt, stdout: digestOf(reading.text.join('')) });
      return true;
    }
    if (end === 'gone' || (end === 'missing' && ++missing >= MISSING_LIMIT)) return false;
    if (!(await client.patience(PAUSE_MS))) return false;
  }
}

interface Session {
  planned: PlannedExecution;
  id: string;
  session: string;
  gateway: number;
  source: StreamOptions['source'];
}

async function readSession(client: ServiceClient, session: Session, reading: Reading): Promise<SessionEnd> {
  const { planned, id, gateway } = session;
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  let ended = false;
  const parser = createParser({
    onEvent: ({ id: seq, event, data }) => {
      ended =
        take(client, session, reading, { seq: Number(seq), type: event ?? '', data: JSON.parse(data) as never }) ||
        ended;
    },
  });
  try {
    const response = await fetch(`${client.url(gateway)}/executions/${id}/stream`, {
      headers: { ...client.authorization(planned.tenant), 'last-event-id': String(reading.last) },
      signal: silence.signal,
    });
    if (response.status === 410)
      client.history.add({ kind: 'missing', n: planned.n, source: session.source, status: 410 });
    if (response.status === 404)
      client.history.add({ kind: 'missing', n: planned.n, source: session.source, status: 404 });
    if (response.status !== 200 || !response.body) {
      // Not cancelled: that of a gateway that is killed meanwhile never settles.
      await response.arrayBuffer();
      return response.status === 410 ? 'gone' : response.status === 404 ? 'missing' : 'broken';
    }
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    }
    return ended ? 'end' : 'broken';
  } catch {
    if (silence.signal.aborted)
      client.history.add({ kind: 'hang', n: planned.n, what: 'silent stream', ms: SILENCE_MS });
    return ended ? 'end' : 'broken';
  } finally {
    clearTimeout(timer);
  }
}

/** True when this was the last one. */
function take(
  client: ServiceClient,
  { planned: { n }, session, source }: Session,
  reading: Reading,
  event: { seq: number; type: string; data: Record<string, unknown> },
): boolean {
  const { seq, type, data } = event;
  const text = typeof data['text'] === 'string' ? data['text'] : null;
  const attempt = type === 'status' && typeof data['attempt'] === 'number' ? data['attempt'] : null;
  const says = type === 'status' || type === 'progress' ? String(data[type === 'status' ? 'status' : 'message']) : null;
  const shown = { seq, type, text: text === null ? null : digestOf(text), attempt, says };
  client.history.add({ kind: 'event', n, session, ...shown });
  if (attempt !== null && attempt > reading.attempt) {
    reading.attempt = attempt;
    reading.text = [];
  }
  if (type === 'stdout' && text !== null && seq > reading.last) reading.text.push(text);
  reading.last = Math.max(reading.last, seq);
  if (type === 'result') client.tell(n, source, data);
  return type === 'result';
}
