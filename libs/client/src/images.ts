import {
  CreateImageView,
  ImageDeleted,
  ImageList,
  ImageView,
  InstallPackageView,
  JobAccepted,
  type CreateImageRequestInput,
  type ImageSummary,
  type InstallPackageRequestInput,
  type JobView,
  type Status,
} from '@gantry/contracts';
import { ask, readPages, type CallOptions } from './ask.js';
import type { StreamSettings } from './event-stream.js';
import { post, type SubmitOptions } from './executions.js';
import { imagePath } from './ids.js';
import { followJob, type FollowJobOptions } from './jobs.js';
import { parseAnswer, type Schema } from './parse-answer.js';

/** An image to make. How long to wait is a matter of the method, not of the request. */
export type ImageOrder = Omit<CreateImageRequestInput, 'wait_seconds'>;
/** Packages to put on top of an image. */
export type InstallOrder = Omit<InstallPackageRequestInput, 'wait_seconds'>;

/** What became of an order at once: a job to follow, or the image, which was there already. */
export type Ordered<View> =
  { job_id: string; status: Status; image: null } | { job_id: null; status: Status; image: View };

export interface BuildOptions extends SubmitOptions, FollowJobOptions {
  /** Called with the id of the job, unless the image was there already. */
  onSubmitted?: ((jobId: string) => void) | undefined;
}

export function orderImage(
  settings: StreamSettings,
  order: ImageOrder,
  options: SubmitOptions,
): Promise<Ordered<CreateImageView>> {
  return submitOrder(settings, { path: '/images/create', order, schema: CreateImageView }, options);
}

export function orderPackages(
  settings: StreamSettings,
  order: InstallOrder,
  options: SubmitOptions,
): Promise<Ordered<InstallPackageView>> {
  return submitOrder(settings, { path: '/packages/install', order, schema: InstallPackageView }, options);
}

/** A build that fails is an answer with `success: false`, not an error. */
export async function createImage(
  settings: StreamSettings,
  order: ImageOrder,
  options: BuildOptions,
): Promise<CreateImageView> {
  const { job_id, image } = await orderImage(settings, order, options);
  if (image) return image;
  options.onSubmitted?.(job_id);
  const { image_id, ...outcome } = outcomeOf(await followJob(settings, job_id, options));
  return { ...outcome, image_id };
}

export async function installPackages(
  settings: StreamSettings,
  order: InstallOrder,
  options: BuildOptions,
): Promise<InstallPackageView> {
  const { job_id, image } = await orderPackages(settings, order, options);
  if (image) return image;
  options.onSubmitted?.(job_id);
  const { image_id, ...outcome } = outcomeOf(await followJob(settings, job_id, options));
  return { ...outcome, new_image_id: image_id };
}

export async function* listImages(
  settings: StreamSettings,
  options: CallOptions & { pageSize?: number },
): AsyncGenerator<ImageSummary, void, void> {
  const query = { limit: String(options.pageSize ?? 50) };
  const list = { path: '/images', query, schema: ImageList, what: 'The list of images' };
  for await (const page of readPages(settings, { ...list, signal: options.signal })) yield* page.images;
}

export function getImage(settings: StreamSettings, idOrName: string, options: CallOptions): Promise<ImageView> {
  const call = { method: 'GET' as const, path: `/images/${imagePath(idOrName)}`, signal: options.signal };
  return ask(settings, call, ImageView, `The image ${idOrName}`);
}

export function deleteImage(settings: StreamSettings, idOrName: string, options: CallOptions): Promise<ImageDeleted> {
  const path = `/images/${imagePath(idOrName)}`;
  const call = { method: 'DELETE' as const, path, signal: options.signal, repeatable: false };
  return ask(settings, call, ImageDeleted, `The answer to deleting ${idOrName}`);
}

async function submitOrder<View extends { status: Status }>(
  settings: StreamSettings,
  { path, order, schema }: { path: string; order: object; schema: Schema<View> },
  options: SubmitOptions,
): Promise<Ordered<View>> {
  const { status, body } = await post(settings, { path, order }, 0, options);
  const what = `The answer to POST ${path}`;
  if (status === 202) return { ...parseAnswer(JobAccepted, body, what), image: null };
  const image = parseAnswer(schema, body, what);
  return { job_id: null, status: image.status, image };
}

/** Of a job, what the answer to its order would have told had it been waited for. */
function outcomeOf(job: JobView): Omit<JobView, 'kind' | 'parent_image_id' | 'attempt' | 'worker' | `${string}_at`> {
  const {
    kind: _k,
    parent_image_id: _p,
    attempt: _a,
    worker: _w,
    created_at: _c,
    started_at: _s,
    finished_at: _f,
    ...rest
  } = job;
  return rest;
}
