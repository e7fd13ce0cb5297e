import {
  AppError,
  isTerminal,
  JobId,
  STATUSES,
  type ImageJobRecord,
  type JobCancelView,
  type JobList,
} from '@gantry/contracts';
import { awaitJob, cancelJob } from '@gantry/core';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.js';
import { tenantOf } from './authenticate.js';

import { requestSignal } from './request-signal.js';
import { resource } from './resource.js';
import { streamEvents } from './stream-execution.js';
import { tellJob } from './trace-request.js';
import { validate } from './validate.js';
import { toJobSummary, toJobView } from './wire-images.js';

const ListQuery = z.strictObject({
  limit: z.coerce.number().pipe(z.int().min(1).max(200)).default(50),
  cursor: JobId.optional(),
  status: z.enum(STATUSES).optional(),
});
const GetQuery = z.strictObject({ wait_seconds: z.coerce.number().pipe(z.number().min(0).max(300)).default(0) });

/** Everything below `/jobs`: image builds and package installs. */
export function jobRoutes(deps: GatewayDeps): Router {
  const router = Router();
  const cancel = (request: Request, response: Response): Promise<void> => cancelOne(deps, request, response);
  resource(router, '/jobs', { get: (request, response) => listAll(deps, request, response) });
  resource(router, '/jobs/:id', { get: (request, response) => getOne(deps, request, response), delete: cancel });
  resource(router, '/jobs/:id/cancel', { post: cancel });
  resource(router, '/jobs/:id/stream', { get: (request, response) => streamOne(deps, request, response) });
  return router;
}

async function listAll(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const { limit, cursor, status } = validate(ListQuery, request.query);
  const page = await deps.imageJobs.store.list(tenantOf(response), {
    limit,
    cursor: cursor ?? null,
    status: status ?? null,
  });
  response.json({ jobs: page.records.map(toJobSummary), next_cursor: page.nextCursor } satisfies JobList);
}

async function getOne(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const { wait_seconds } = validate(GetQuery, request.query);
  const target = { id: jobIdOf(request), tenant: tenantOf(response), waitMs: wait_seconds * 1000 };
  const signal = requestSignal(response, deps.shutdown);
  const record = await awaitJob({ ...deps.imageJobs, clock: deps.clock }, target, signal);
  if (!record) throw missing(request);
  tellJob(response, record);
  response.json(toJobView(record));
}

async function cancelOne(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const record = await cancelJob(deps.imageJobs, { id: jobIdOf(request), tenant: tenantOf(response) });
  if (!record) throw missing(request);
  const view: JobCancelView = { job_id: record.id, status: record.status, cancel_requested: record.cancelRequested };
  response.status(isTerminal(record.status) ? 200 : 202).json(view);
}

async function streamOne(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const { store, events } = deps.imageJobs;
  const { id, tenant } = await mustGet(deps, request, response);
  const result = async (): Promise<object | null> => {
    const end = await store.get(id, tenant);
    return end && toJobView(end);
  };
  await streamEvents(deps, { id, events, result }, request, response);
}

async function mustGet(deps: GatewayDeps, request: Request, response: Response): Promise<ImageJobRecord> {
  const record = await deps.imageJobs.store.get(jobIdOf(request), tenantOf(response));
  if (!record) throw missing(request);
  tellJob(response, record);
  return record;
}

/** An id that can't be one is answered like one that is not there: there is nothing to learn by guessing. */
function jobIdOf(request: Request): string {
  const { id } = request.params;
  if (!JobId.safeParse(id).success) throw missing(request);
  return id as string;
}

function missing(request: Request): AppError {
  return new AppError('not_found', `There is no job ${String(request.params['id']).slice(0, 64)}`);
}
