import type { ImageRequest, ImageResult } from '@gantry/contracts';
import type { AttemptStore } from './attempt-store.js';
import type { JobStore } from './job-store.js';

/** The truth about image jobs. */
export type ImageJobStore = JobStore<ImageRequest, ImageResult>;
export type ImageAttemptStore = AttemptStore<ImageRequest, ImageResult>;
