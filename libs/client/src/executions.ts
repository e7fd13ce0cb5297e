import {
  ExecutionAccepted,
  ExecutionList,
  ExecutionView,
  isTerminal,
  type ExecuteRequestInput,
  type ExecutionSummary,
  type Status,
} from '@gantry/contracts';
import { ask, readPages, type CallOptions } from './ask.js';
import { delay } from './deadline.js';
import { send, type Answer, type HttpSettings } from './http.js';
import { checkId } from './ids.js';
import { parseAnswer } from './parse-answer.js';
import { randomHex } from './upload-body.js';

export interface SubmitOptions extends CallOptions {
  /** Default: a new one for each call, so that the repeats of this call can't run the program twice. */
  idempotencyKey?: string | undefined;
}

/** What to run. How long to wait is a matter of the method, not of the request. */
export type ExecutionOrder = Omit<ExecuteRequestInput, 'wait_seconds'>;

/** How to run an uploaded file; its language is told by the file unless it is given. */
export type FileExecutionOrder = Omit<ExecutionOrder, 'language' | 'code'> & { language?: string | undefined };

export interface Accepted {
  execution_id: string;
  status: Status;
  /** It is an equal execution before (`cache: true`), and has ended. */
  cached: boolean;
}

export interface ListOptions extends CallOptions {
  status?: Status | undefined;
  pageSize?: number;
}

/** The longest that one request asks the service to wait; longer waits are several requests. Proxies often cut at 60 s. */
export const WAIT_SLICE_SECONDS = 30;

/** Where to submit, and what. */
export interface Submission {
  path: string;
  order: object;
}

/** Submits and waits for the end. */
export async function execute(
  settings: HttpSettings,
  submission: Submission,
  options: SubmitOptions,
): Promise<ExecutionView> {
  const { status, body } = await post(settings, submission, WAIT_SLICE_SECONDS, options);
  if (status === 200) {
    const view = parseAnswer(ExecutionView, body, 'The result');
    return isTerminal(view.status) ? view : waitForExecution(settings, view.execution_id, options);
  }
  const accepted = parseAnswer(ExecutionAccepted, body, `The answer to POST ${submission.path}`);
  return waitForExecution(settings, accepted.execution_id, options);
}

/** Submits and returns at once. */
export async function submit(
  settings: HttpSettings,
  submission: Submission,
  options: SubmitOptions,
): Promise<Accepted> {
  const { status, body } = await post(settings, submission, 0, options);
  const what = `The answer to POST ${submission.path}`;
  // 200: it has ended already, for it is an earlier one with this key, or one that is equal.
  if (status === 200) {
    const view = parseAnswer(ExecutionView, body, what);
    return { execution_id: view.execution_id, status: view.status, cached: view.cached };
  }
  const { execution_id, status: stands } = parseAnswer(ExecutionAccepted, body, what);
  return { execution_id, status: stands, cached: false };
}

export async function getExecution(
  settings: HttpSettings,
  id: string,
  options: CallOptions & { waitSeconds?: number },
): Promise<ExecutionView> {
  return ask(
    settings,
    waitingCall(settings, `/executions/${checkId('execution', id)}`, options),
    ExecutionView,
    `The state of ${id}`,
  );
}

export function waitForExecution(settings: HttpSettings, id: string, options: CallOptions): Promise<ExecutionView> {
  const look = (waitSeconds: number): Promise<ExecutionView> => getExecution(settings, id, { ...options, waitSeconds });
  return waitForEnd(look, options.signal);
}

export async function* listExecutions(
  settings: HttpSettings,
  options: ListOptions,
): AsyncGenerator<ExecutionSummary, void, void> {
  const query = {
    limit: String(options.pageSize ?? 50),
    ...(options.status === undefined ? {} : { status: options.status }),
  };
  const list = { path: '/executions', query, schema: ExecutionList, what: 'The list of executions' };
  for await (const page of readPages(settings, { ...list, signal: options.signal })) yield* page.executions;
}

/** A question that the service may answer as late as `waitSeconds`. */
export function waitingCall(
  settings: HttpSettings,
  path: string,
  { waitSeconds = 0, signal }: CallOptions & { waitSeconds?: number },
): { method: 'GET'; path: string; timeoutMs: number; signal: AbortSignal | undefined } {
  const query = waitSeconds > 0 ? `?wait_seconds=${waitSeconds}` : '';
  return { method: 'GET', path: path + query, timeoutMs: settings.timeoutMs + waitSeconds * 1000, signal };
}

/** Looks again and again until it has ended, however long it takes. */
export async function waitForEnd<View extends { status: Status }>(
  look: (waitSeconds: number) => Promise<View>,
  signal: AbortSignal | undefined,
): Promise<View> {
  for (;;) {
    const askedAt = performance.now();
    const view = await look(WAIT_SLICE_SECONDS);
    if (isTerminal(view.status)) return view;
    // A server that answers early although nothing has ended must not make us spin.
    if (performance.now() - askedAt < 1000) await delay(1000, signal);
  }
}

/** An order that repeats itself safely while the service is away or asks for patience. */
export function post(
  settings: HttpSettings,
  { path, order }: Submission,
  waitSeconds: number,
  options: SubmitOptions,
): Promise<Answer> {
  return send(settings, {
    method: 'POST',
    path,
    body: JSON.stringify({ ...order, wait_seconds: waitSeconds }),
    // The same key at every try makes a repeat after a lost answer find what the first try began.
    headers: { 'idempotency-key': options.idempotencyKey ?? randomHex(16) },
    timeoutMs: settings.timeoutMs + waitSeconds * 1000,
    signal: options.signal,
  });
}
