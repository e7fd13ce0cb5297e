import {
  AppError,
  type ImageJobRecord,
  type ImageRecord,
  type ImageRequest,
  type ImageResult,
  type Recipe,
} from '@gantry/contracts';
import { submitAndAwaitJob } from './await-job.js';
import { newImageJobId } from './image-job-id.js';
import { releaseJobFiles } from './image-files.js';
import type { CreateImageOrder, ImageOrder, InstallPackagesOrder } from './image-order.js';
import { createdRecipe, extendedRecipe, type ImageRules } from './image-recipe.js';
import type { Brought, JobOffer, QueueRules } from './job-offer.js';
import { findRepeated, fingerprintOf, offerJob, requireWorker } from './offer-job.js';
import type {
  BlobStore,
  Clock,
  EventLog,
  ImageJobStore,
  ImageStore,
  JobQueue,
  Logger,
  RuntimeCatalog,
  TenantStorage,
  Tracer,
  WorkerDirectory,
} from './ports/index.js';
import { recipeId } from './recipe-id.js';
import { requireRuntime } from './require-runtime.js';
import { requireImage } from './resolve-image.js';
import { baseRecipe, runtimeRecipe } from './runtime-recipe.js';
import { unreadJob } from './unread-job.js';
import { admitWebhook, type WebhookRules } from './webhooks/admit-webhook.js';

/** Where image jobs are: like those of executions, in a space of their own. */
export interface ImageJobs {
  store: ImageJobStore;
  events: EventLog;
  queue: JobQueue;
}

export interface ImageJobDeps {
  imageJobs: ImageJobs;
  images: ImageStore;
  imageRules: ImageRules;
  rules: QueueRules;
  blobs: BlobStore;
  storage: TenantStorage;
  runtimes: RuntimeCatalog;
  workers: WorkerDirectory;
  clock: Clock;
  logger: Logger;
  tracer: Tracer;
  /** Left out = webhooks are not sent here. */
  webhookRules?: WebhookRules | undefined;
}

/** What became of an order: an image that was there, or a job, ended or not. */
export type ImageOutcome =
  | { kind: 'ready'; image: ImageRecord; name: string | null }
  | { kind: 'job'; record: ImageJobRecord; created: boolean };

/** Until the image is built, from when on they are kept on its behalf. */
const KEEP_FILES_MS = 24 * 3600 * 1000;

/**
 * Orders an image and waits up to `waitMs` for its end; with 0 it only orders. An image that a worker has already is answered at once, without
 * a job. Throws what is wrong with the order before anything is touched.
 */
export async function orderImage(
  deps: ImageJobDeps,
  order: ImageOrder,
  waitMs: number,
  signal: AbortSignal,
): Promise<ImageOutcome> {
  const request = await toImageRequest(deps, order);
  const about = { kind: request.kind, image_id: request.imageId, image_name: request.name };
  const webhook = await admitWebhook(deps.webhookRules, order.tenant, { webhook: order.webhook, about });
  const image = await findReady(deps, order.tenant, request);
  if (image) return { kind: 'ready', image, name: request.name };
  const { store, events } = deps.imageJobs;
  const id = newImageJobId(deps.clock.now());
  const { tenant } = order;
  const { record, submitted } = await submitAndAwaitJob<ImageRequest, ImageResult, { id: string; created: boolean }>(
    { store, events, clock: deps.clock },
    { id, tenant, waitMs, unread: (id) => unreadJob({ id, tenant, request, createdAt: deps.clock.now() }) },
    () => submitImageJob(deps, order, { id, request, webhook }),
    signal,
  );
  return { kind: 'job', record, created: submitted.created };
}

async function submitImageJob(
  deps: ImageJobDeps,
  order: ImageOrder,
  job: Pick<JobOffer<ImageRequest>, 'id' | 'request' | 'webhook'>,
): Promise<{ id: string; created: boolean }> {
  const { tenant, idempotencyKey } = order;
  const { store, queue } = deps.imageJobs;
  const fingerprint = fingerprintOf(job.request, order.webhook);
  const repeated = await findRepeated(store, { tenant, idempotencyKey, fingerprint });
  if (repeated) return repeated;
  await requireWorker(deps.workers);
  const kind = order.kind === 'create' ? 'image-build' : 'package-install';
  const brought = order.kind === 'create' ? contextFiles(deps, order, job.request.recipe) : null;
  return offerJob({ ...deps, store, queue }, { ...job, tenant, idempotencyKey, fingerprint, kind, brought });
}

async function toImageRequest(deps: ImageJobDeps, order: ImageOrder): Promise<ImageRequest> {
  if (order.kind === 'install') return installRequest(deps, order);
  const recipe = createdRecipe({ runtimes: deps.runtimes, rules: deps.imageRules }, order);
  return { kind: 'create', imageId: recipeId(recipe), recipe, name: order.name, parentId: null };
}

async function installRequest(deps: ImageJobDeps, order: InstallPackagesOrder): Promise<ImageRequest> {
  if (order.inPlace) {
    throw new AppError(
      'package_in_place',
      'A container runs one execution and is gone; nothing can be installed into it',
      { fields: [{ path: 'build_new_image', message: 'must be true' }] },
    );
  }
  const runtime = requireRuntime(deps.runtimes, order.language);
  const own = runtimeRecipe(runtime);
  const parent =
    order.image === null || order.image === own?.id
      ? { id: own?.id ?? null, recipe: own?.recipe ?? baseRecipe([runtime]) }
      : await requireImage(deps.images, order.tenant, order.image);
  const recipe = extendedRecipe(parent.recipe, runtime, order);
  return { kind: 'install', imageId: recipeId(recipe), recipe, name: order.name, parentId: parent.id };
}

/** The image when somebody built it and a worker has it now; it is then this tenant's too, under the name it asked for. */
async function findReady(deps: ImageJobDeps, tenant: string, request: ImageRequest): Promise<ImageRecord | null> {
  const { imageId, recipe, name } = request;
  const workers = await deps.workers.list();
  const isReady = workers.some(
    ({ engine, draining, images }) => engine.available && !draining && images.includes(imageId),
  );
  if (!isReady) return null;
  await deps.images.put(tenant, imageId, recipe);
  const image = await deps.images.get(tenant, imageId);
  // A runtime's own image is ready before anybody has ordered it; its digest is told after the first job.
  if (image === null || image.digest === null) return null;
  if (name === null) return image;
  await deps.images.tag(tenant, name, imageId);
  return deps.images.get(tenant, imageId);
}

/** Kept on behalf of the job, which gives them up at its end. */
function contextFiles(deps: ImageJobDeps, order: CreateImageOrder, recipe: Recipe): Brought | null {
  const { tenant, files, storageBytes = null } = order;
  if (files.length === 0) return null;
  const keepUntil = deps.clock.now() + KEEP_FILES_MS;
  return {
    bytes: files.reduce((sum, { content }) => sum + content.length, 0),
    until: keepUntil,
    cap: storageBytes,
    keep: async (holder) => {
      for (const { content } of files) await deps.blobs.put(content, { maxBytes: content.length, keepUntil, holder });
    },
    giveUp: (id) => releaseJobFiles(deps, { id, tenant }, recipe),
  };
}
