import { setTimeout as delay } from 'node:timers/promises';
import { digestOf } from './digest.js';
import type { History, Source, Told } from './history.js';
import type { World } from './world.js';

export interface HttpAnswer {
  /** `null`: no answer. The connection broke, or the client gave up. */
  status: number | null;
  body: Record<string, unknown>;
  headers: Headers;
  ms: number;
}

export interface HttpCall {
  n: number;
  tenant: number;
  gateway: number;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: object;
  headers?: Record<string, string>;
  /** How long the service says that this may take. */
  promisedMs?: number;
}

/** A refusal is promised within 3 s, whatever is away. */
const PROMISED_MS = 3000;
/** For the machine on which everything runs at once, the driver too. */
const MARGIN_MS = 12_000;

/** Plain HTTP, as a client without any library of ours does it. */
export class ServiceClient {
  readonly world: World;
  readonly history: History;
  /** The last end that was told of each. */
  readonly ends = new Map<number, Told>();
  /** Nothing is waited for after this, ms since the epoch. Moved on as faults take their time. */
  giveUpAt = Infinity;

  constructor(world: World, history: History) {
    this.world = world;
    this.history = history;
  }

  url(gateway: number): string {
    const { gateways } = this.world;
    return (gateways[gateway % gateways.length] as World['gateways'][number]).url;
  }

  key(tenant: number): string {
    return this.world.tenants[tenant]?.key ?? '';
  }

  authorization(tenant: number): Record<string, string> {
    return { authorization: `Bearer ${this.key(tenant)}` };
  }

  async call(call: HttpCall): Promise<HttpAnswer> {
    const startedAt = performance.now();
    const limitMs = (call.promisedMs ?? 0) + PROMISED_MS + MARGIN_MS;
    const signal = AbortSignal.timeout(limitMs);
    const answer = (status: number | null, body: Record<string, unknown>, headers: Headers): HttpAnswer => ({
      status,
      body,
      headers,
      ms: performance.now() - startedAt,
    });
    try {
      const response = await fetch(this.url(call.gateway) + call.path, {
        method: call.method,
        headers: {
          ...this.authorization(call.tenant),
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...call.headers,
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        signal,
      });
      const text = await response.text();
      return answer(response.status, parsed(text), response.headers);
    } catch {
      if (signal.aborted) {
        const what = `${call.method} ${call.path.replace(/exec_[0-9a-z]+/, '{id}').replace(/\?.*/, '')}`;
        this.history.add({ kind: 'hang', n: call.n, what, ms: Math.round(performance.now() - startedAt) });
      }
      return answer(null, {}, new Headers());
    }
  }

  tell(n: number, source: Source, view: Record<string, unknown>): Told {
    const told = toTold(view);
    if (isEnd(told)) this.ends.set(n, told);
    this.history.add({ kind: 'told', n, source, told });
    return told;
  }

  /** Whether there is time left, after a pause. */
  async patience(ms: number): Promise<boolean> {
    await delay(ms);
    return Date.now() < this.giveUpAt;
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** @param view an execution as REST, a result event or an MCP tool tells it */
export function toTold(view: Record<string, unknown>): Told {
  const { stdout } = view;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return {
    status: String(view['status']),
    reason: text(view['reason']),
    attempt: typeof view['attempt'] === 'number' ? view['attempt'] : 0,
    exitCode: typeof view['exit_code'] === 'number' ? view['exit_code'] : null,
    finishedAt: text(view['finished_at']),
    stdout: typeof stdout === 'string' ? digestOf(stdout) : null,
    message: text(view['error_message']),
    omitted: ((view['artifacts_omitted'] ?? []) as { reason: string }[]).map(({ reason }) => reason),
  };
}

const TERMINAL = new Set(['completed', 'failed', 'timeout', 'cancelled']);
export const isEnd = (told: Pick<Told, 'status'>): boolean => TERMINAL.has(told.status);
