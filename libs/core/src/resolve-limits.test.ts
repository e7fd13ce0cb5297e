import { describe, expect, test } from '@jest/globals';
import type { AppError } from '@gantry/contracts';
import { DEFAULT_LIMITS, resolveLimits, type LimitCeilings } from './resolve-limits.js';

const MIB = 1024 * 1024;
const wide: LimitCeilings = {
  memoryBytes: 8192 * MIB,
  cpuCores: 8,
  timeoutMs: 3_600_000,
  maxProcesses: 1024,
  maxOutputBytes: 16 * MIB,
  diskBytes: 2048 * MIB,
  maxOpenFiles: 65_536,
  networkAllowed: false,
};

function refusal(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    return error as AppError;
  }
  throw new Error('nothing was refused');
}

describe('resolveLimits', () => {
  test("takes the contract's defaults", () => {
    expect(resolveLimits({}, {}, wide)).toEqual(DEFAULT_LIMITS);
  });

  test('prefers the request over the runtime over the default', () => {
    const limits = resolveLimits({ memory_mb: 100 }, { memoryBytes: 200 * MIB, maxProcesses: 7 }, wide);
    expect(limits).toMatchObject({ memoryBytes: 100 * MIB, maxProcesses: 7, cpuCores: 1 });
  });

  test('lowers defaults to the ceilings', () => {
    expect(resolveLimits({}, {}, { ...wide, memoryBytes: 64 * MIB, timeoutMs: 5000 })).toMatchObject({
      memoryBytes: 64 * MIB,
      diskBytes: 64 * MIB,
      timeoutMs: 5000,
    });
  });

  test('refuses what is above a ceiling, naming every field and its ceiling', () => {
    const error = refusal(() =>
      resolveLimits(
        { memory_mb: 65, timeout_seconds: 11, network_enabled: true },
        {},
        { ...wide, memoryBytes: 64 * MIB, timeoutMs: 10_000 },
      ),
    );
    expect(error.code).toBe('limit_above_ceiling');
    expect(error.fields).toEqual([
      { path: 'resource_limits.memory_mb', message: 'is above the ceiling of this service (64)' },
      { path: 'resource_limits.timeout_seconds', message: 'is above the ceiling of this service (10)' },
      { path: 'resource_limits.network_enabled', message: 'is not allowed by this service' },
    ]);
  });

  test('refuses more disk than memory, because the disk is memory', () => {
    expect(refusal(() => resolveLimits({ memory_mb: 64, disk_mb: 65 }, {}, wide)).fields[0]?.path).toBe(
      'resource_limits.disk_mb',
    );
  });
});
