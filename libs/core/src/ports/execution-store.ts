import type { ExecutionRequest, ExecutionResult } from '@gantry/contracts';
import type { JobPage, JobStore, NewJob } from './job-store.js';

export type NewExecution = NewJob<ExecutionRequest>;
export type ExecutionPage = JobPage<ExecutionRequest, ExecutionResult>;
/** The truth about executions. */
export type ExecutionStore = JobStore<ExecutionRequest, ExecutionResult>;
