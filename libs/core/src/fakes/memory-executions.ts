import { unranResult, type ExecutionRequest, type ExecutionResult } from '@gantry/contracts';
import type { Clock } from '../ports/index.js';
import { MemoryJobs } from './memory-jobs.js';

export class MemoryExecutions extends MemoryJobs<ExecutionRequest, ExecutionResult> {
  constructor(clock: Clock) {
    super(clock, unranResult('cancelled', 'cancelled', 'Cancelled before it started'));
  }
}
