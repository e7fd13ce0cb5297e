import type { Limits } from './limits.js';

/** A language with its version, image and commands: data, read from `runtime.json`. */
export interface Runtime {
  name: string;
  aliases: string[];
  version: string;
  /** What the source is called inside the working directory, e.g. `main.py`. */
  fileName: string;
  /** Argument vectors. `{file}` is the source's absolute path, `{dir}` the private build directory. */
  compile: string[] | null;
  run: string[];
  env: Record<string, string>;
  /** Name of the interpreter that a sandbox can have started before the program comes; `null` = none. */
  preload: string | null;
  /** `pip`, `npm`, … or `null`. */
  packageManager: string | null;
  /** Defaults that differ from the service's. */
  limits: Partial<Limits>;
}
