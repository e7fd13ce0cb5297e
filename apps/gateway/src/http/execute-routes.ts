import {
  ExecuteRequest,
  isTerminal,
  StreamExecuteRequest,
  type ExecutionAccepted,
  type StreamStarted,
} from '@gantry/contracts';
import { queueEstimate, submitAndAwait, submitExecution } from '@gantry/core';
import { Router, type Request, type Response } from 'express';
import type { GatewayDeps } from '../deps.js';
import { ownerOf } from './authenticate.js';
import { idempotencyKeyOf } from './idempotency-key.js';
import { turnOf } from './long-answers.js';
import { requestSignal } from './request-signal.js';
import { resource } from './resource.js';
import { tellJob } from './trace-request.js';
import { validate } from './validate.js';
import { waitMsOf } from './wait-ms.js';
import { toExecutionView, toOrder, toQueueView } from './wire.js';

/** `POST /execute` and `POST /execute/stream`. */
export function executeRoutes(deps: GatewayDeps): Router {
  const router = Router();
  resource(router, '/execute', { post: (request, response) => execute(deps, request, response) });
  resource(router, '/execute/stream', { post: (request, response) => executeStream(deps, request, response) });
  return router;
}

async function execute(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const { wait_seconds: waitSeconds, ...body } = validate(ExecuteRequest, request.body);
  await executeAndAnswer(deps, { body, waitSeconds }, request, response);
}

/** Submits, waits as long as asked, and answers with the result or with 202. */
export async function executeAndAnswer(
  deps: GatewayDeps,
  { body, waitSeconds }: { body: StreamExecuteRequest & { cache: boolean }; waitSeconds: number },
  request: Request,
  response: Response,
): Promise<void> {
  const order = toOrder(body, ownerOf(response), idempotencyKeyOf(request));
  const startedAt = deps.clock.monotonic();
  const signal = requestSignal(response, deps.shutdown);
  const awaiting = { ...deps, turn: turnOf(response) };
  const { record, created, cached } = await submitAndAwait(awaiting, order, waitMsOf(request, waitSeconds), signal);
  if (!created && !cached) response.set('Idempotency-Replayed', 'true');
  tellJob(response, record);
  response.set('Location', `/executions/${record.id}`);
  if (isTerminal(record.status)) {
    deps.metrics.endToEnd.observe({ language: record.request.runtime }, (deps.clock.monotonic() - startedAt) / 1000);
    response.json(toExecutionView(record, { cached }));
    return;
  }
  const queue = toQueueView(await queueEstimate(deps, { ...record, requires: record.request.requires }));
  response.status(202).json({ execution_id: record.id, status: record.status, queue } satisfies ExecutionAccepted);
}

async function executeStream(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const order = toOrder(validate(StreamExecuteRequest, request.body), ownerOf(response), idempotencyKeyOf(request));
  const submitted = await submitExecution(deps, order);
  if (!submitted.created) response.set('Idempotency-Replayed', 'true');
  tellJob(response, { id: submitted.id, traceparent: null, tracestate: null });
  response.set('Location', `/executions/${submitted.id}`);
  const queue = toQueueView(
    await queueEstimate(deps, { id: submitted.id, status: 'pending', requires: order.requires }),
  );
  response.status(202).json({ execution_id: submitted.id, status: 'started', queue } satisfies StreamStarted);
}
