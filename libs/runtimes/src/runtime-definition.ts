import { PACKAGE_MANAGERS } from '@gantry/contracts';
import { z } from 'zod';

/** Languages the sandbox can start before the program comes. */
const PRELOADS = ['python', 'node'] as const;
const PLACEHOLDERS = ['{file}', '{dir}'];

const Name = z.string().regex(/^[a-z0-9][a-z0-9+#._-]{0,31}$/, 'must be 1 to 32 of a-z 0-9 + # . _ -');
const PlainFileName = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._+-]{0,63}$/, 'must be a plain file name of A-Z a-z 0-9 . _ + -');
const withoutNul = z
  .string()
  .max(4096)
  .refine((text) => !text.includes('\0'), 'must not hold a NUL character');
const Command = z.array(withoutNul.min(1)).min(1).max(64);

/** A command of a stage. What looks like a placeholder is one, so a slip of the pen does not reach the program. */
const StageCommand = Command.superRefine((command, context) => {
  for (const [index, part] of command.entries()) {
    for (const [found] of part.matchAll(/\{[a-z_]+\}/g)) {
      if (PLACEHOLDERS.includes(found)) continue;
      const message = `${found} is no placeholder; there are ${PLACEHOLDERS.join(' and ')}`;
      context.addIssue({ code: 'custom', path: [index], message });
    }
  }
});

const Install = z.strictObject({
  // No name ends in + or -, which apt-get takes for "install" and "remove": g++-12 is fine, g++ is not.
  apt: z.array(z.string().regex(/^[a-z0-9][a-z0-9+.-]*[a-z0-9]$/, 'must be a Debian package name')).default([]),
  npm: z
    .array(z.string().regex(/^(@[a-z0-9._-]+\/)?[a-z0-9._-]+@[0-9][A-Za-z0-9.+-]*$/, 'must be name@version'))
    .default([]),
  files: z
    .record(
      z
        .string()
        .regex(/^\/opt\/gantry(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){2,}$/, 'must be a path below /opt/gantry/<name>/'),
      PlainFileName,
    )
    .default({}),
  setup: z.array(Command).default([]),
});

const Limits = z
  .strictObject({
    memory_mb: z.int().min(64).max(65_536),
    disk_mb: z.int().min(1).max(65_536),
    max_processes: z.int().min(1).max(65_536),
    max_open_files: z.int().min(16).max(1_048_576),
    timeout_seconds: z.number().min(1).max(86_400),
  })
  .partial()
  .refine(({ memory_mb, disk_mb }) => disk_mb === undefined || memory_mb === undefined || disk_mb <= memory_mb, {
    path: ['disk_mb'],
    message: 'must be at most memory_mb, for writable places live in memory',
  });

/** `runtime.json` as it is written. */
export const RuntimeDefinition = z
  .strictObject({
    name: Name,
    aliases: z.array(Name).default([]),
    version: z.string().regex(/^[0-9][0-9A-Za-z.+~-]{0,31}$/, 'must begin with a digit, up to 32 characters'),
    file_name: PlainFileName,
    extensions: z
      .array(z.string().regex(/^\.[a-z0-9+_-]{1,15}$/, 'must be a dot and up to 15 of a-z 0-9 + _ -'))
      .optional(),
    install: Install.nullable().default(null),
    compile: z
      .strictObject({
        command: StageCommand,
        timeout_seconds: z.number().min(1).optional(),
        cpu_seconds: z.number().min(1).optional(),
      })
      .nullable()
      .default(null),
    run: StageCommand,
    env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name of a variable'), withoutNul).default({}),
    preload: z.enum(PRELOADS).nullable().default(null),
    package_manager: z.enum(PACKAGE_MANAGERS).nullable().default(null),
    limits: Limits.default({}),
    smoke: z
      .strictObject({ stdin: z.string().max(4096).default(''), version: Command.optional() })
      .default({ stdin: '' }),
  })
  .superRefine((definition, context) => {
    for (const { path, message } of contradictions(definition)) context.addIssue({ code: 'custom', path, message });
  });
export type RuntimeDefinition = z.infer<typeof RuntimeDefinition>;

interface Contradiction {
  path: string[];
  message: string;
}

/** What is wrong about fields that are right each by itself. */
function contradictions(definition: z.infer<typeof RuntimeDefinition>): Contradiction[] {
  const { name, aliases, file_name, extensions, compile, run } = definition;
  const found: Contradiction[] = [];
  const mentions = (command: readonly string[], placeholder: string) =>
    command.some((part) => part.includes(placeholder));
  const names = [name, ...aliases];
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  if (twice !== undefined) found.push({ path: ['aliases'], message: `names "${twice}" twice` });
  const source: [string[], readonly string[]] = compile ? [['compile', 'command'], compile.command] : [['run'], run];
  if (!mentions(source[1], '{file}')) found.push({ path: source[0], message: 'must mention {file}, the source' });
  if (!compile && mentions(run, '{dir}')) {
    found.push({ path: ['run'], message: 'mentions {dir}, which only a compile command fills' });
  }
  const ending = extensionOf(file_name);
  if (extensions && ending !== null && !extensions.includes(ending)) {
    found.push({ path: ['extensions'], message: `must have "${ending}", the extension of file_name` });
  }
  return found;
}

/** With the dot and in small letters; `null` when there is none. */
export function extensionOf(fileName: string): string | null {
  return /.(\.[^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? null;
}
