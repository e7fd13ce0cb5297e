import type { Runtime, RuntimeInstall } from '@gantry/contracts';
import { extensionOf, type RuntimeDefinition } from './runtime-definition.js';

const MIB = 1024 * 1024;

/** A definition in our words. `readFile` gives the content of a file beside it. */
export function toRuntime(definition: RuntimeDefinition, readFile: (name: string) => Buffer): Runtime {
  const { name, aliases, version, file_name, extensions, install, compile, run } = definition;
  const { env, preload, package_manager, limits } = definition;
  const ending = extensionOf(file_name);
  return {
    name,
    aliases,
    version,
    fileName: file_name,
    extensions: extensions ?? (ending === null ? [] : [ending]),
    install: install && toInstall(install, readFile),
    compile: compile && {
      command: compile.command,
      timeoutMs: compile.timeout_seconds === undefined ? null : compile.timeout_seconds * 1000,
      cpuMs: compile.cpu_seconds === undefined ? null : compile.cpu_seconds * 1000,
    },
    run,
    env,
    preload,
    packageManager: package_manager,
    limits: toLimits(limits),
  };
}

function toLimits(limits: RuntimeDefinition['limits']): Runtime['limits'] {
  const { memory_mb, disk_mb, max_processes, max_open_files, timeout_seconds } = limits;
  return {
    ...(memory_mb === undefined ? {} : { memoryBytes: memory_mb * MIB }),
    ...(disk_mb === undefined ? {} : { diskBytes: disk_mb * MIB }),
    ...(max_processes === undefined ? {} : { maxProcesses: max_processes }),
    ...(max_open_files === undefined ? {} : { maxOpenFiles: max_open_files }),
    ...(timeout_seconds === undefined ? {} : { timeoutMs: timeout_seconds * 1000 }),
  };
}

/** Files go into the set-up commands, so that the description of the image is complete without the definition's folder. */
function toInstall(
  { apt, npm, files, setup }: NonNullable<RuntimeDefinition['install']>,
  readFile: (name: string) => Buffer,
): RuntimeInstall {
  const written = Object.entries(files).map(([target, source]) => writeCommand(target, readFile(source)));
  return { apt, npm, setup: [...written, ...setup] };
}

const WRITE = 'mkdir -p "${1%/*}" && printf %s "$2" | base64 -d > "$1" && chmod 755 "$1"';

function writeCommand(target: string, content: Buffer): string[] {
  return ['sh', '-c', WRITE, 'sh', target, content.toString('base64')];
}
