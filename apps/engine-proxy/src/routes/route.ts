import type { IncomingMessage } from 'node:http';
import type { EngineLink, EngineRequest } from '../engine-link.js';
import type { OwnContainers } from '../own-containers.js';
import type { Policy } from '../policy/policy.js';

export interface RouteDeps {
  policy: Policy;
  engine: EngineLink;
  containers: OwnContainers;
}

/** One request of a client, its target already read. */
export interface Call {
  request: IncomingMessage;
  /** What the route's pattern has caught, in its order. */
  words: readonly string[];
  query: ReadonlyMap<string, string>;
  /** Aborts when the client has gone. */
  signal: AbortSignal;
}

/** What becomes of an allowed call. */
export interface Plan {
  send: EngineRequest;
  /** For answers that are small: looks at it, and may put another in its place. */
  look?(status: number, text: string): Promise<string> | string;
  /** Why the body broke off, if it did. */
  fault?: () => Error | null;
}

export interface Route {
  /** For logs and metrics. */
  name: string;
  method: string;
  path: RegExp;
  /** Throws a `Refusal`. */
  plan(deps: RouteDeps, call: Call): Promise<Plan> | Plan;
}

export const MAX_IGNORED_BYTES = 64 * 1024;
