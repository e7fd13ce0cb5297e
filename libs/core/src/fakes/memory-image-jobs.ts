import { unbuiltResult, type ImageRequest, type ImageResult } from '@gantry/contracts';
import type { Clock } from '../ports/index.js';
import { MemoryJobs } from './memory-jobs.js';

export class MemoryImageJobs extends MemoryJobs<ImageRequest, ImageResult> {
  constructor(clock: Clock) {
    super(clock, unbuiltResult('cancelled', 'cancelled', 'Cancelled before it started'));
  }
}
