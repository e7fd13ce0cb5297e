import { ERROR_CATALOGUE, type ErrorCode } from './error-catalogue.js';
import type { QuotaFault } from './key.js';

/** One faulty place in a request: `path` as in JSON (`resource_limits.memory_mb`). */
export interface FieldFault {
  path: string;
  message: string;
}

/** What stopped the build of an image. */
export interface BuildFault {
  reason: 'build_failed' | 'build_time_limit' | 'build_disk_limit' | 'build_memory_limit';
  /** The instruction that failed, as the log has it; `null` when none was under way. */
  failingLine: string | null;
}

export interface AppErrorOptions {
  cause?: unknown;
  fields?: FieldFault[];
  /** With `build_failed` and `build_limit`. */
  build?: BuildFault;
  retryAfterSeconds?: number;
  suggestion?: string;
  /** Which limit said no. */
  quota?: QuotaFault;
}

/** The only error class of ours: a code from the catalogue and a sentence that says what happened, to what, and what to do. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly fields: FieldFault[];
  readonly build: BuildFault | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly suggestion: string;
  readonly quota: QuotaFault | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? [];
    this.build = options.build;
    this.quota = options.quota;
    this.retryAfterSeconds = options.retryAfterSeconds ?? (ERROR_CATALOGUE[code].status === 503 ? 1 : undefined);
    this.suggestion = options.suggestion ?? ERROR_CATALOGUE[code].suggestion;
  }

  get retryable(): boolean {
    return ERROR_CATALOGUE[this.code].retryable;
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
