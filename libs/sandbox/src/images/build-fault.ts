import { AppError, type BuildFault } from '@gantry/contracts';
import type { BuildStep } from './dockerfile-of-recipe.js';
import type { BuildLimits } from './image-builder-options.js';

const MAX_CHARS = 500;
const MIB = 1024 * 1024;

/** Where a build stood when it failed. */
export interface FailedBuild {
  step: BuildStep | null;
  /** The builder's own words. */
  error: string;
  exitCode: number | null;
  /** What the program wrote last. */
  lastLine: string | null;
  outOfMemory: boolean;
}

export function failedBuild(
  { step, error, exitCode, lastLine, outOfMemory }: FailedBuild,
  limits: BuildLimits,
): AppError {
  const failingLine = lineOf(step);
  if (outOfMemory) {
    const message = `${failingLine ?? 'The build'} needs more than the ${Math.round(limits.memoryBytes / MIB)} MiB of memory that a build may have`;
    return limit('build_memory_limit', message, failingLine);
  }
  // The builder's message repeats the whole command, which people see as the step's title.
  const how = exitCode === null ? error : `exit code ${exitCode}`;
  const last = exitCode === null || lastLine === null ? '' : `: ${lastLine}`;
  const message = `${failingLine ?? 'The build'} failed (${how})${last}`.slice(0, MAX_CHARS);
  return new AppError('build_failed', message, { build: { reason: 'build_failed', failingLine } });
}

export function overTime(step: BuildStep | null, limits: BuildLimits): AppError {
  const seconds = Math.round(limits.timeMs / 1000);
  return limit('build_time_limit', `The build takes longer than the ${seconds} s that it may`, lineOf(step));
}

export function overDisk(step: BuildStep | null, limits: BuildLimits): AppError {
  const mib = Math.round(limits.diskBytes / MIB);
  return limit('build_disk_limit', `The image adds more than the ${mib} MiB that it may`, lineOf(step));
}

function limit(reason: BuildFault['reason'], message: string, failingLine: string | null): AppError {
  return new AppError('build_limit', message, { build: { reason, failingLine } });
}

function lineOf(step: BuildStep | null): string | null {
  return step === null ? null : (step.title ?? step.instruction).slice(0, MAX_CHARS);
}
