import { EMPTY_OUTPUT, type OutputText } from './execution.js';
import type { JobRecord } from './job-record.js';
import type { BuiltImage, PackageSpec, Recipe } from './recipe.js';
import type { TerminalStatus } from './status.js';

/** Why an image job ended. `built` is the only successful one. */
export const IMAGE_REASONS = [
  'built',
  'build_failed',
  'build_time_limit',
  'build_disk_limit',
  'build_memory_limit',
  'base_unavailable',
  'cancelled',
  'worker_lost',
  'internal_error',
] as const;
export type ImageReason = (typeof IMAGE_REASONS)[number];

/** A request for an image, checked and with every default filled in. Creating and installing end here alike. */
export interface ImageRequest {
  kind: 'create' | 'install';
  imageId: string;
  recipe: Recipe;
  /** Tag that points to the image once it is built; `null` = none. */
  name: string | null;
  /** The image it extends; `null` for `create`. */
  parentId: string | null;
}

/** How an image job ended. Written once. */
export interface ImageResult {
  status: TerminalStatus;
  reason: ImageReason;
  /** One sentence for people when the status is not `completed`. */
  message: string | null;
  /** The instruction or line that failed, as the log has it. */
  failingLine: string | null;
  log: OutputText;
  buildMs: number | null;
  image: BuiltImage | null;
  /** In exact versions, as far as the package managers say. */
  installed: PackageSpec[];
}

export type ImageJobRecord = JobRecord<ImageRequest, ImageResult>;

/** A result for a job that made no image. */
export function unbuiltResult(status: TerminalStatus, reason: ImageReason, message: string): ImageResult {
  return { status, reason, message, failingLine: null, log: EMPTY_OUTPUT, buildMs: null, image: null, installed: [] };
}
