import {
  CancelView,
  ExecutionAccepted,
  ExecutionList,
  ExecutionProgress,
  ExecutionView,
  HealthView,
  RuntimeList,
  isTerminal,
  type ExecuteRequestInput,
  type ExecutionSummary,
  type Status,
  type StreamEvent,
} from '@gantry/contracts';
import { checkExecutionId, toSettings, type GantryClientOptions } from './client-options.js';
import { delay } from './deadline.js';
import { GantryProtocolError } from './errors.js';
import { readExecutionEvents, type StreamSettings } from './execution-events.js';
import { followExecution, type FollowOptions } from './follow-execution.js';
import { send } from './http.js';
import { parseAnswer } from './parse-answer.js';

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface SubmitOptions extends CallOptions {
  /** Default: a new one for each call, so that the repeats of this call can't run the program twice. */
  idempotencyKey?: string | undefined;
}

/** What to run. How long to wait is a matter of the method, not of the request. */
export type ExecutionOrder = Omit<ExecuteRequestInput, 'wait_seconds'>;

/** The longest that one request asks the service to wait; longer waits are several requests. Proxies often cut at 60 s. */
const WAIT_SLICE_SECONDS = 30;

/**
 * The REST API of Gantry. Holds no connection of its own, so there is nothing to close.
 *
 * All methods throw `GantryApiError` when the service says no, `GantryConnectionError` when it does not answer, `GantryProtocolError` when
 * something else answers, and the signal's reason when it is aborted. A failing program is a result, never an error.
 */
export class GantryClient {
  readonly #settings: StreamSettings;

  constructor(options: GantryClientOptions) {
    this.#settings = toSettings(options);
  }

  get baseUrl(): string {
    return this.#settings.baseUrl;
  }

  /** Submits and waits for the end, without live output. Aborting ends the wait, not the execution. */
  async execute(order: ExecutionOrder, options: SubmitOptions = {}): Promise<ExecutionView> {
    const first = await this.#post(order, WAIT_SLICE_SECONDS, options);
    if (first.status === 200) return this.#finished(parseAnswer(ExecutionView, first.body, 'The result'), options);
    return this.wait(parseAnswer(ExecutionAccepted, first.body, 'The answer to POST /execute').execution_id, options);
  }

  /** Submits and returns at once. Repeats itself safely while the service is away or asks for patience. */
  async submit(order: ExecutionOrder, options: SubmitOptions = {}): Promise<ExecutionAccepted> {
    const { status, body } = await this.#post(order, 0, options);
    // 200: the key belongs to an execution that has ended already.
    const schema = status === 200 ? ExecutionView : ExecutionAccepted;
    const { execution_id, status: stands } = parseAnswer<ExecutionAccepted>(
      schema,
      body,
      'The answer to POST /execute',
    );
    return { execution_id, status: stands };
  }

  /** Submits and follows to the result, giving output as it is written. */
  async run(
    order: ExecutionOrder,
    options: SubmitOptions & FollowOptions & { onSubmitted?: (id: string) => void } = {},
  ): Promise<ExecutionView> {
    const { execution_id } = await this.submit(order, options);
    options.onSubmitted?.(execution_id);
    return this.follow(execution_id, options);
  }

  /** How an execution stands; with `waitSeconds`, as soon as it has ended or that time has passed. */
  async get(id: string, options: CallOptions & { waitSeconds?: number } = {}): Promise<ExecutionView> {
    const waitSeconds = options.waitSeconds ?? 0;
    const { body } = await send(this.#settings, {
      method: 'GET',
      path: `/executions/${checkExecutionId(id)}${waitSeconds > 0 ? `?wait_seconds=${waitSeconds}` : ''}`,
      timeoutMs: this.#settings.timeoutMs + waitSeconds * 1000,
      signal: options.signal,
    });
    return parseAnswer(ExecutionView, body, `The state of ${id}`);
  }

  /** The result, however long it takes; bound it by a signal. */
  async wait(id: string, options: CallOptions = {}): Promise<ExecutionView> {
    for (;;) {
      const askedAt = performance.now();
      const view = await this.get(id, { ...options, waitSeconds: WAIT_SLICE_SECONDS });
      if (isTerminal(view.status)) return view;
      // A server that answers early although nothing has ended must not make us spin.
      if (performance.now() - askedAt < 1000) await delay(1000, options.signal);
    }
  }

  /** All executions of this tenant, newest first, page by page as they are consumed. */
  async *list(
    options: CallOptions & { status?: Status | undefined; pageSize?: number } = {},
  ): AsyncGenerator<ExecutionSummary, void, void> {
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: String(options.pageSize ?? 50) });
      if (options.status !== undefined) query.set('status', options.status);
      if (cursor !== null) query.set('cursor', cursor);
      const { body } = await send(this.#settings, {
        method: 'GET',
        path: `/executions?${query.toString()}`,
        signal: options.signal,
      });
      const page: ExecutionList = parseAnswer(ExecutionList, body, 'The list of executions');
      yield* page.executions;
      if (page.next_cursor !== null && page.next_cursor === cursor) {
        throw new GantryProtocolError('The list of executions does not end: a page names itself as the next one.');
      }
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  /** Ends a waiting execution, or asks the worker to stop a running one; without effect on one that has ended. */
  async cancel(id: string, options: CallOptions = {}): Promise<CancelView> {
    const path = `/executions/${checkExecutionId(id)}/cancel`;
    const { body } = await send(this.#settings, { method: 'POST', path, signal: options.signal });
    return parseAnswer(CancelView, body, `The answer to cancelling ${id}`);
  }

  /**
   * The events after number `after` (default: all), up to and with `result`, without gap or duplicate, across broken connections. Throws
   * `GantryApiError` with code `history_gone` when the service no longer keeps them; `follow` goes on with the result then.
   */
  stream(id: string, options: CallOptions & { after?: number } = {}): AsyncGenerator<StreamEvent, void, void> {
    const path = `/executions/${checkExecutionId(id)}/stream`;
    return readExecutionEvents(this.#settings, { id, path, after: options.after ?? 0, signal: options.signal });
  }

  /** The result of an execution, with its output from the start on as it is written. */
  follow(id: string, options: FollowOptions = {}): Promise<ExecutionView> {
    return followExecution(this, id, options);
  }

  /** A look at an execution, with the output until now but without telling stdout from stderr. */
  async progress(id: string, options: CallOptions = {}): Promise<ExecutionProgress> {
    const path = `/executions/${checkExecutionId(id)}/progress`;
    const { body } = await send(this.#settings, { method: 'GET', path, signal: options.signal });
    return parseAnswer(ExecutionProgress, body, `The progress of ${id}`);
  }

  async runtimes(options: CallOptions = {}): Promise<RuntimeList['runtimes']> {
    const { body } = await send(this.#settings, { method: 'GET', path: '/runtimes', signal: options.signal });
    return parseAnswer(RuntimeList, body, 'The list of runtimes').runtimes;
  }

  /** One try, for the question is how it is now. An unhealthy service is an answer, not an error. */
  async health(options: CallOptions = {}): Promise<HealthView> {
    const { body } = await send(this.#settings, {
      method: 'GET',
      path: '/health',
      signal: options.signal,
      maxRetries: 0,
    });
    return parseAnswer(HealthView, body, 'The state of the service');
  }

  #post(order: ExecutionOrder, waitSeconds: number, options: SubmitOptions): ReturnType<typeof send> {
    return send(this.#settings, {
      method: 'POST',
      path: '/execute',
      body: JSON.stringify({ ...order, wait_seconds: waitSeconds }),
      // The same key at every try makes a repeat after a lost answer find the execution of the first try.
      headers: { 'idempotency-key': options.idempotencyKey ?? newIdempotencyKey() },
      timeoutMs: this.#settings.timeoutMs + waitSeconds * 1000,
      signal: options.signal,
    });
  }

  async #finished(view: ExecutionView, options: CallOptions): Promise<ExecutionView> {
    return isTerminal(view.status) ? view : this.wait(view.execution_id, options);
  }
}

/** Not `randomUUID`: browsers have that on secure pages only. */
function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
