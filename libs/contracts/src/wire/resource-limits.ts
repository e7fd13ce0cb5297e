import { z } from 'zod';

const MIB = 1024 * 1024;

/** What a request may ask for. All optional: the runtime's defaults fill the rest, the service's ceilings bound it. */
export const ResourceLimits = z.strictObject({
  memory_mb: z.int().min(64).max(8192).optional().describe('Memory in MiB, without swap. Default 512.'),
  cpu_cores: z.number().min(0.1).max(8).optional().describe('Share of processors. Default 1.'),
  timeout_seconds: z.number().min(1).max(3600).optional().describe('Wall time. Default 300.'),
  network_enabled: z.boolean().optional().describe('Default false. Only where the operator allows it.'),
  cpu_seconds: z.number().min(0.1).max(3600).optional().describe('Processor time of all processes together.'),
  max_processes: z.int().min(1).max(4096).optional().describe('Processes and threads at once. Default 128.'),
  max_output_bytes: z
    .int()
    .min(0)
    .max(256 * MIB)
    .optional()
    .describe('Kept bytes of stdout, and of stderr. Default 1 MiB.'),
  max_file_bytes: z
    .int()
    .min(0)
    .max(8192 * MIB)
    .optional()
    .describe('Largest file the program may write. Default: as disk_mb.'),
  max_open_files: z.int().min(8).max(65_536).optional().describe('Default 1024.'),
  disk_mb: z
    .int()
    .min(1)
    .max(8192)
    .optional()
    .describe('All writable places together, in MiB; they live in memory. Default 256, at most memory_mb.'),
});
export type ResourceLimits = z.infer<typeof ResourceLimits>;

/** The limits that were in force, every field told. */
export const AppliedLimits = z.strictObject({
  memory_mb: z.number(),
  cpu_cores: z.number(),
  timeout_seconds: z.number(),
  network_enabled: z.boolean(),
  cpu_seconds: z.number().nullable(),
  max_processes: z.number(),
  max_output_bytes: z.number(),
  max_file_bytes: z.number(),
  max_open_files: z.number(),
  disk_mb: z.number(),
});
export type AppliedLimits = z.infer<typeof AppliedLimits>;
