import { unbuiltResult, type ImageRequest, type ImageResult } from '@gantry/contracts';
import type { Clock } from '../ports/index.js';
import { MemoryJobs } from './memory-jobs.js';
import type { MemoryTenantStorage } from './memory-tenant-storage.js';

export class MemoryImageJobs extends MemoryJobs<ImageRequest, ImageResult> {
  constructor(clock: Clock, rooms?: MemoryTenantStorage) {
    super(clock, unbuiltResult('cancelled', 'cancelled', 'Cancelled before it started'), rooms);
  }
}
