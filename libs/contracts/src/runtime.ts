import type { Limits } from './limits.js';
import type { PackageManager, RuntimeInstall } from './recipe.js';

/** A language with its version, image and commands: data, read from `runtime.json`. */
export interface Runtime {
  name: string;
  aliases: string[];
  version: string;
  /** What the source is called inside the working directory, e.g. `main.py`. */
  fileName: string;
  /** File name endings that tell this language, with the dot. */
  extensions: string[];
  /** What its image needs beyond the executor image; `null` = nothing, it is there. */
  install: RuntimeInstall | null;
  /** Argument vectors. `{file}` is the source's absolute path, `{dir}` the private build directory. */
  compile: CompileStage | null;
  run: string[];
  env: Record<string, string>;
  /** Name of the interpreter that a sandbox can have started before the program comes; `null` = none. */
  preload: string | null;
  packageManager: PackageManager | null;
  /** Defaults that differ from the service's. */
  limits: Partial<Limits>;
}

export interface CompileStage {
  command: string[];
  /** Its own limit, inside the execution's; `null` = the execution's alone. */
  timeoutMs: number | null;
  cpuMs: number | null;
}
