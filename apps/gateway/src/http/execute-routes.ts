import { AppError, ERROR_CATALOGUE, ExecuteRequest, isTerminal, StreamExecuteRequest, type ExecutionAccepted, type StreamStarted } from '@gantry/contracts';
import { submitAndAwait, submitExecution, type ExecutionOrder } from '@gantry/core';
import { Router, type Request, type Response } from 'express';
import type { GatewayDeps } from '../deps.js';
import { tenantOf } from './authenticate.js';
import { idempotencyKeyOf } from './idempotency-key.js';
import { requestSignal } from './request-signal.js';
import { resource } from './resource.js';
import { validate } from './validate.js';
import { toExecutionView, toOrder } from './wire.js';

/** `POST /execute` and `POST /execute/stream`. */
export function executeRoutes(deps: GatewayDeps): Router {
  const router = Router();
  resource(router, '/execute', { post: (request, response) => execute(deps, request, response) });
  resource(router, '/execute/stream', { post: (request, response) => executeStream(deps, request, response) });
  return router;
}

async function execute(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const { wait_seconds, ...body } = validate(ExecuteRequest, request.body);
  const wantsNoWait = /\brespond-async\b/.test(request.get('prefer') ?? '');
  const order = toOrder(body, tenantOf(response), idempotencyKeyOf(request));
  const startedAt = deps.clock.monotonic();
  const signal = AbortSignal.any([requestSignal(response), deps.shutdown]);
  const { record, created } = await counted(deps, order, () => submitAndAwait(deps, order, wantsNoWait ? 0 : wait_seconds * 1000, signal));
  if (!created) response.set('Idempotency-Replayed', 'true');
  response.set('Location', `/executions/${record.id}`);
  if (isTerminal(record.status)) {
    deps.metrics.endToEnd.observe({ language: record.request.runtime }, (deps.clock.monotonic() - startedAt) / 1000);
    response.json(toExecutionView(record));
    return;
  }
  response.status(202).json({ execution_id: record.id, status: record.status } satisfies ExecutionAccepted);
}

async function executeStream(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const order = toOrder(validate(StreamExecuteRequest, request.body), tenantOf(response), idempotencyKeyOf(request));
  const submitted = await counted(deps, order, () => submitExecution(deps, order));
  if (!submitted.created) response.set('Idempotency-Replayed', 'true');
  response.set('Location', `/executions/${submitted.id}`);
  response.status(202).json({ execution_id: submitted.id, status: 'started' } satisfies StreamStarted);
}

/** Counts what became of a submit. */
async function counted<T extends { created: boolean }>(deps: GatewayDeps, order: ExecutionOrder, submit: () => Promise<T>): Promise<T> {
  // Only names that we know become labels.
  const language = deps.runtimes.resolve(order.language)?.name ?? 'unknown';
  try {
    const outcome = await submit();
    deps.metrics.submitted.inc({ language, outcome: outcome.created ? 'accepted' : 'repeated' });
    return outcome;
  } catch (error) {
    const refused = error instanceof AppError && ERROR_CATALOGUE[error.code].status < 500;
    deps.metrics.submitted.inc({ language, outcome: refused ? 'refused' : 'failed' });
    throw error;
  }
}
