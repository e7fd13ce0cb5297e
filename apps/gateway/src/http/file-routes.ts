import {
  AppError,
  contentBytes,
  FileExecuteRequest,
  FileId,
  FileUploadForm,
  FileUploadRequest,
  type FileDeleted,
  type FileList,
} from '@gantry/contracts';
import { deleteFile, programOfFile, readFile, uploadFile } from '@gantry/core';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.js';
import { ownerOf, tenantOf } from './authenticate.js';
import { executeAndAnswer } from './execute-routes.js';
import { MultipartUpload } from './multipart-upload.js';
import { requestSignal } from './request-signal.js';
import { resource } from './resource.js';
import { sendBlob } from './send-blob.js';
import { validate } from './validate.js';
import { toFileStatsView, toFileSummary, toFileUploaded, toFileView, withProgram } from './wire-files.js';

const ListQuery = z.strictObject({
  limit: z.coerce.number().pipe(z.int().min(1).max(200)).default(50),
  cursor: FileId.optional(),
});

/** `POST /files/upload` with a multipart body, which is never read as a whole. Comes before what reads bodies. */
export function multipartUploadRoute(deps: GatewayDeps): RequestHandler {
  return async (request, response, next) => {
    if (request.method !== 'POST' || request.path !== '/files/upload' || !request.is('multipart/form-data'))
      return next();
    response.locals['route'] = '/files/upload';
    const upload = new MultipartUpload(request, deps.config.MAX_FILE_BYTES);
    const file = await uploadFile(deps, fileOwnerOf(response), upload.content(), () => {
      const { filename, language } = validate(FileUploadForm, upload.fields);
      if (filename !== undefined) return { filename, language: language ?? null };
      const message = 'must be given, as a field or with the file part';
      throw new AppError('invalid_request', `filename ${message}`, { fields: [{ path: 'filename', message }] });
    });
    response.set('Location', `/files/${file.id}`).json(toFileUploaded(file));
  };
}

/** Everything below `/files`. */
export function fileRoutes(deps: GatewayDeps): Router {
  const router = Router();
  resource(router, '/files', { get: (request, response) => listAll(deps, request, response) });
  resource(router, '/files/upload', { post: (request, response) => upload(deps, request, response) });
  resource(router, '/files/stats', {
    get: async (_request, response) => void response.json(toFileStatsView(await deps.files.stats(tenantOf(response)))),
  });
  resource(router, '/files/:id', {
    get: (request, response) => getOne(deps, request, response),
    delete: (request, response) => deleteOne(deps, request, response),
  });
  resource(router, '/files/:id/content', { get: (request, response) => getContent(deps, request, response) });
  resource(router, '/files/:id/execute', { post: (request, response) => execute(deps, request, response) });
  return router;
}

async function upload(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const { filename, content, language, encoding, binary } = validate(FileUploadRequest, request.body);
  const bytes = contentBytes(content, binary ? 'base64' : encoding);
  const file = await uploadFile(deps, fileOwnerOf(response), bytes, () => ({ filename, language: language ?? null }));
  response.set('Location', `/files/${file.id}`).json(toFileUploaded(file));
}

async function listAll(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const { limit, cursor } = validate(ListQuery, request.query);
  const { files, total, nextCursor } = await deps.files.list(tenantOf(response), { limit, cursor: cursor ?? null });
  response.json({ files: files.map(toFileSummary), total_count: total, next_cursor: nextCursor } satisfies FileList);
}

async function getOne(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const read = await readFile(deps, targetOf(request, response), requestSignal(response, deps.shutdown));
  if (!read) throw missing(request);
  response.json(toFileView(read.file, read.content));
}

async function getContent(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const { tenant, id } = targetOf(request, response);
  const file = await deps.files.get(tenant, id);
  if (!file) throw missing(request);
  await sendBlob(deps.blobs, file, response, requestSignal(response, deps.shutdown));
}

async function deleteOne(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  if (!(await deleteFile(deps, targetOf(request, response)))) throw missing(request);
  response.json({ success: true, message: 'File deleted successfully' } satisfies FileDeleted);
}

async function execute(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const body = validate(FileExecuteRequest, request.body ?? {});
  const target = targetOf(request, response);
  if (body.file_id != null && body.file_id !== target.id) {
    const message = 'must be the file that the path names';
    throw new AppError('invalid_request', `file_id ${message}`, { fields: [{ path: 'file_id', message }] });
  }
  const signal = requestSignal(response, deps.shutdown);
  const program = await programOfFile(deps, { ...target, language: body.language ?? null }, signal);
  if (!program) throw missing(request);
  await executeAndAnswer(deps, { body: withProgram(body, program), waitSeconds: body.wait_seconds }, request, response);
}

function fileOwnerOf(response: Response): { tenant: string; storageBytes: number | null } {
  const { tenant, caps } = ownerOf(response);
  return { tenant, storageBytes: caps?.storageBytes ?? null };
}

/** An id that can't be one is answered like one that is not there. */
function targetOf(request: Request, response: Response): { tenant: string; id: string } {
  const { id } = request.params;
  if (!FileId.safeParse(id).success) throw missing(request);
  return { tenant: tenantOf(response), id: id as string };
}

function missing(request: Request): AppError {
  return new AppError('not_found', `There is no file ${String(request.params['id']).slice(0, 64)}`);
}
