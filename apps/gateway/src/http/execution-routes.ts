import {
  AppError,
  ExecutionId,
  isTerminal,
  STATUSES,
  StdinRequest,
  type CancelView,
  type ExecutionList,
  type ExecutionProgress,
  type ExecutionRecord,
  type StdinView,
} from '@gantry/contracts';
import { awaitExecution, cancelExecution, queueEstimate, writeStdin } from '@gantry/core';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.js';
import { tenantOf } from './authenticate.js';
import { turnOf } from './long-answers.js';
import { requestSignal } from './request-signal.js';
import { resource } from './resource.js';
import { streamExecution } from './stream-execution.js';
import { tellJob } from './trace-request.js';
import { validate } from './validate.js';
import { toExecutionSummary, toExecutionView } from './wire.js';

const MAX_PROGRESS_LOGS = 1000;

const ListQuery = z.strictObject({
  limit: z.coerce.number().pipe(z.int().min(1).max(200)).default(50),
  cursor: ExecutionId.optional(),
  status: z.enum(STATUSES).optional(),
});
const GetQuery = z.strictObject({ wait_seconds: z.coerce.number().pipe(z.number().min(0).max(300)).default(0) });

/** Everything below `/executions`. */
export function executionRoutes(deps: GatewayDeps): Router {
  const router = Router();
  const cancel = (request: Request, response: Response): Promise<void> => cancelOne(deps, request, response);
  resource(router, '/executions', { get: (request, response) => listAll(deps, request, response) });
  resource(router, '/executions/:id', { get: (request, response) => getOne(deps, request, response), delete: cancel });
  resource(router, '/executions/:id/cancel', { post: cancel });
  resource(router, '/executions/:id/stdin', { post: (request, response) => writeInput(deps, request, response) });
  resource(router, '/executions/:id/progress', { get: (request, response) => progressOf(deps, request, response) });
  resource(router, '/executions/:id/stream', {
    get: async (request, response) => streamExecution(deps, await mustKnow(deps, request, response), request, response),
  });
  return router;
}

async function listAll(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const { limit, cursor, status } = validate(ListQuery, request.query);
  const page = await deps.store.list(tenantOf(response), { limit, cursor: cursor ?? null, status: status ?? null });
  response.json({
    executions: page.records.map((record) => toExecutionSummary(record)),
    next_cursor: page.nextCursor,
  } satisfies ExecutionList);
}

async function getOne(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const { wait_seconds } = validate(GetQuery, request.query);
  const target = { id: executionIdOf(request), tenant: tenantOf(response), waitMs: wait_seconds * 1000 };
  const turn = turnOf(response);
  const record = await awaitExecution({ ...deps, turn }, target, requestSignal(response, deps.shutdown));
  if (!record) throw missing(request);
  tellJob(response, record);
  response.json(
    toExecutionView(record, { queue: await queueEstimate(deps, { ...record, requires: record.request.requires }) }),
  );
}

async function cancelOne(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const record = await cancelExecution(deps, { id: executionIdOf(request), tenant: tenantOf(response) });
  if (!record) throw missing(request);
  tellJob(response, record);
  const view: CancelView = { execution_id: record.id, status: record.status, cancel_requested: record.cancelRequested };
  response.status(isTerminal(record.status) ? 200 : 202).json(view);
}

async function writeInput(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const target = { id: executionIdOf(request), tenant: tenantOf(response) };
  const { data, encoding, close } = validate(StdinRequest, request.body);
  const written = await writeStdin(deps, target, { bytes: Buffer.from(data, encoding), close });
  if (!written) throw missing(request);
  const view: StdinView = { execution_id: target.id, accepted_bytes: written.acceptedBytes, closed: close };
  response.status(202).json(view);
}

async function progressOf(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const record = await mustGet(deps, request, response);
  const recent = await deps.events.recent(record.id, MAX_PROGRESS_LOGS);
  // A status opens the events of the next attempt.
  const events = recent.slice(recent.findLastIndex(({ type }) => type === 'status') + 1);
  const ended = isTerminal(record.status);
  response.json({
    execution_id: record.id,
    status: record.status,
    start_time: record.startedAt === null ? null : record.startedAt / 1000,
    end_time: record.finishedAt === null ? null : record.finishedAt / 1000,
    logs: events.flatMap((event) => (event.type === 'stdout' || event.type === 'stderr' ? [event.data.text] : [])),
    response: ended ? toExecutionView(record) : null,
    error: record.result?.message ?? null,
  } satisfies ExecutionProgress);
}

async function mustGet(deps: GatewayDeps, request: Request, response: Response): Promise<ExecutionRecord> {
  const record = await deps.store.get(executionIdOf(request), tenantOf(response), turnOf(response));
  if (!record) throw missing(request);
  tellJob(response, record);
  return record;
}

/** Without its output. */
async function mustKnow(deps: GatewayDeps, request: Request, response: Response): Promise<ExecutionRecord> {
  const known = await deps.store.getBounded(executionIdOf(request), tenantOf(response), 0);
  if (!known) throw missing(request);
  tellJob(response, known.record);
  return known.record;
}

/** An id that can't be one is answered like one that is not there: there is nothing to learn by guessing. */
function executionIdOf(request: Request): string {
  const { id } = request.params;
  if (!ExecutionId.safeParse(id).success) throw missing(request);
  return id as string;
}

function missing(request: Request): AppError {
  return new AppError('not_found', `There is no execution ${String(request.params['id']).slice(0, 64)}`);
}
