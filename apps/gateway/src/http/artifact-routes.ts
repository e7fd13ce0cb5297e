import { pipeline } from 'node:stream/promises';
import { AppError, ExecutionId, type ExecutionRecord } from '@gantry/contracts';
import { Router, type Request, type Response } from 'express';
import type { GatewayDeps } from '../deps.js';
import { tarOf } from './artifact-tar.js';
import { tenantOf } from './authenticate.js';
import { requestSignal } from './request-signal.js';
import { resource } from './resource.js';
import { contentDisposition, sendBlob } from './send-blob.js';
import { toArtifactList } from './wire-artifacts.js';

/** The files that an execution has left: a list, each of them, and all as one archive. */
export function artifactRoutes(deps: GatewayDeps): Router {
  const router = Router();
  resource(router, '/executions/:id/artifacts', {
    get: async (request, response) => void response.json(toArtifactList(await mustGet(deps, request, response))),
  });
  resource(router, '/executions/:id/artifacts.tar', { get: (request, response) => sendAll(deps, request, response) });
  resource(router, '/executions/:id/artifacts/*path', { get: (request, response) => sendOne(deps, request, response) });
  return router;
}

async function sendOne(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const record = await mustGet(deps, request, response);
  // Only what the record lists is looked up: whatever else a path may say, it is just not there.
  const path = [request.params['path']].flat().join('/');
  const artifact = record.result?.artifacts.find((one) => one.path === path);
  if (!artifact) throw new AppError('not_found', `The execution ${record.id} has no artifact of this path`);
  const filename = path.slice(path.lastIndexOf('/') + 1);
  await sendBlob(deps.blobs, { ...artifact, filename }, response, requestSignal(response, deps.shutdown));
}

async function sendAll(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const record = await mustGet(deps, request, response);
  const artifacts = record.result?.artifacts ?? [];
  if (artifacts.length === 0) throw new AppError('not_found', `The execution ${record.id} has no artifacts`);
  response.set({
    'Content-Type': 'application/x-tar',
    'Content-Disposition': contentDisposition(`${record.id}.tar`),
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'private, no-store',
  });
  if (request.method === 'HEAD') return void response.end();
  const signal = requestSignal(response, deps.shutdown);
  const mtime = new Date(record.finishedAt ?? record.createdAt);
  try {
    await pipeline(tarOf(deps.blobs, { artifacts, mtime }, signal), response);
  } catch (error) {
    // The head is sent: the cut connection tells the client, if it is still there.
    if (!signal.aborted) deps.logger.warn({ err: error, executionId: record.id }, 'an archive of artifacts broke off');
    response.destroy();
  }
}

async function mustGet(deps: GatewayDeps, request: Request, response: Response): Promise<ExecutionRecord> {
  const { id } = request.params;
  const known = ExecutionId.safeParse(id).success;
  const found = known ? await deps.store.getBounded(id as string, tenantOf(response), 0) : null;
  if (!found) throw new AppError('not_found', `There is no execution ${String(id).slice(0, 64)}`);
  return found.record;
}
