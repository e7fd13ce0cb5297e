import { z } from 'zod';
import { IMAGE_REASONS } from '../image-job.js';
import { PACKAGE_MANAGERS } from '../recipe.js';
import { STATUSES } from '../status.js';
import { WebhookView } from './webhook-view.js';

const time = z.string().describe('RFC 3339, UTC');

export const PackageView = z.strictObject({
  manager: z.enum(PACKAGE_MANAGERS),
  name: z.string(),
  version: z.string().nullable(),
});
export type PackageView = z.infer<typeof PackageView>;

/** What an image job has come to; fields about the end are null until `status` is terminal. */
const outcome = {
  success: z.boolean(),
  image_name: z.string().nullable(),
  build_logs: z.array(z.string()).describe('Lines of the build; the middle of a very long one is left out.'),
  error_message: z.string().nullable(),
  failing_line: z.string().nullable().describe('The instruction or line that failed, as the log has it.'),
  job_id: z.string().nullable().describe('Null when the image was there and no job was needed.'),
  status: z.enum(STATUSES),
  reason: z.enum(IMAGE_REASONS).nullable(),
  digest: z.string().nullable(),
  size_bytes: z.number().nullable(),
  layers_cached: z.number().nullable(),
  layers_total: z.number().nullable(),
  build_seconds: z.number().nullable(),
  cached: z.boolean().describe('It was there already; nothing was built.'),
  installed: z.array(PackageView).describe('In exact versions, as far as the package managers say.'),
};

/** Answer of `POST /images/create`. */
export const CreateImageView = z.strictObject({
  ...outcome,
  image_id: z.string().nullable().describe('Null until it is built.'),
});
export type CreateImageView = z.infer<typeof CreateImageView>;

/** Answer of `POST /packages/install`. */
export const InstallPackageView = z.strictObject({
  ...outcome,
  new_image_id: z.string().nullable().describe('Null until it is built.'),
});
export type InstallPackageView = z.infer<typeof InstallPackageView>;

export const JobView = z.strictObject({
  ...outcome,
  job_id: z.string(),
  kind: z.enum(['create', 'install']),
  image_id: z.string().nullable().describe('Null until it is built.'),
  parent_image_id: z.string().nullable(),
  attempt: z.number(),
  worker: z.string().nullable(),
  created_at: time,
  started_at: time.nullable(),
  finished_at: time.nullable(),
  webhook: WebhookView.nullish().describe('Who is told of its end; null: nobody.'),
});
export type JobView = z.infer<typeof JobView>;

export const JobSummary = JobView.omit({ build_logs: true });
export type JobSummary = z.infer<typeof JobSummary>;

export const JobList = z.strictObject({
  jobs: z.array(JobSummary).describe('Newest first.'),
  next_cursor: z.string().nullable().describe('Pass as ?cursor= for the next page; null on the last one.'),
});
export type JobList = z.infer<typeof JobList>;

/** Answer when the end did not come in time. */
export const JobAccepted = z.strictObject({ job_id: z.string(), status: z.enum(STATUSES) });
export type JobAccepted = z.infer<typeof JobAccepted>;

export const JobCancelView = z.strictObject({
  job_id: z.string(),
  status: z.enum(STATUSES),
  cancel_requested: z.boolean(),
});
export type JobCancelView = z.infer<typeof JobCancelView>;

export const ImageSummary = z.strictObject({
  image_id: z.string(),
  image_name: z.string().nullable().describe('The first of its names.'),
  names: z.array(z.string()),
  languages: z.array(z.string()),
  base_os: z.string(),
  packages: z.array(PackageView),
  created_at: time,
  last_used_at: time,
  digest: z.string().nullable(),
  size_bytes: z.number().nullable(),
  ready: z.boolean().describe('A worker has it now; otherwise it is made again when it is needed.'),
});
export type ImageSummary = z.infer<typeof ImageSummary>;

export const ImageView = ImageSummary.extend({
  ready_on: z.array(z.string()).describe('Workers that have it.'),
  in_use: z.number().describe('Your executions that wait or run on it.'),
  recipe: z.record(z.string(), z.unknown()).describe('All that it is made of; the id is the hash of it.'),
});
export type ImageView = z.infer<typeof ImageView>;

export const ImageList = z.strictObject({
  images: z.array(ImageSummary).describe('Newest first.'),
  next_cursor: z.string().nullable().describe('Pass as ?cursor= for the next page; null on the last one.'),
});
export type ImageList = z.infer<typeof ImageList>;

export const ImageDeleted = z.strictObject({ success: z.literal(true), image_id: z.string(), message: z.string() });
export type ImageDeleted = z.infer<typeof ImageDeleted>;

export const JobId = z.string().regex(/^job_[0-9a-hjkmnp-tv-z]{26}$/, 'must be a job id');
