import { PACKAGE_MANAGERS, type Runtime } from '@gantry/contracts';
import { z } from 'zod';

const Name = z.string().regex(/^[a-z0-9][a-z0-9+#._-]{0,31}$/, 'must be 1 to 32 of a-z 0-9 + # . _ -');
const Command = z.array(z.string().min(1).max(4096)).min(1).max(64);

/** `runtime.json` as it is written. */
const RuntimeDefinition = z.strictObject({
  name: Name,
  aliases: z.array(Name).default([]),
  version: z.string().min(1).max(32),
  file_name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be a plain file name'),
  extensions: z
    .array(z.string().regex(/^\.[a-z0-9+_-]{1,15}$/, 'must be a dot and up to 15 of a-z 0-9 + _ -'))
    .default([]),
  install: z
    .strictObject({
      apt: z.array(z.string().regex(/^[a-z0-9][a-z0-9+.-]*[a-z0-9]$/, 'must be a Debian package name')).default([]),
      npm: z
        .array(z.string().regex(/^(@[a-z0-9._-]+\/)?[a-z0-9._-]+@[0-9][A-Za-z0-9.+-]*$/, 'must be name@version'))
        .default([]),
      setup: z.array(Command).default([]),
    })
    .nullable()
    .default(null),
  compile: z
    .strictObject({
      command: Command,
      timeout_seconds: z.number().min(1).optional(),
      cpu_seconds: z.number().min(1).optional(),
    })
    .nullable()
    .default(null),
  run: Command,
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  preload: z.enum(['python', 'node']).nullable().default(null),
  package_manager: z.enum(PACKAGE_MANAGERS).nullable().default(null),
  limits: z
    .strictObject({ memory_mb: z.int().min(64), max_processes: z.int().min(1), timeout_seconds: z.number().min(1) })
    .partial()
    .default({}),
});

/** Throws zod's error, whose paths name the faulty fields. */
export function parseRuntimeDefinition(json: unknown): Runtime {
  const definition = RuntimeDefinition.parse(json);
  const { name, aliases, version, file_name, extensions, install, run, env, preload, package_manager } = definition;
  const { compile, limits } = definition;
  return {
    name,
    aliases,
    version,
    fileName: file_name,
    extensions,
    install,
    compile: compile && {
      command: compile.command,
      timeoutMs: compile.timeout_seconds === undefined ? null : compile.timeout_seconds * 1000,
      cpuMs: compile.cpu_seconds === undefined ? null : compile.cpu_seconds * 1000,
    },
    run,
    env,
    preload,
    packageManager: package_manager,
    limits: {
      ...(limits.memory_mb === undefined ? {} : { memoryBytes: limits.memory_mb * 1024 * 1024 }),
      ...(limits.max_processes === undefined ? {} : { maxProcesses: limits.max_processes }),
      ...(limits.timeout_seconds === undefined ? {} : { timeoutMs: limits.timeout_seconds * 1000 }),
    },
  };
}
