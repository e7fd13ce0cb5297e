import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Runtime } from '@gantry/contracts';
import { readDefinitions } from './file-runtime-catalog.js';

/** What a runtime has with it to show that it works: `hello.<ext>`, `expected.txt` and, when it compiles, `broken.<ext>`. */
export interface SmokeTest {
  runtime: Runtime;
  program: string;
  stdin: string;
  /** All that the program prints. */
  expected: string;
  /** Does not compile; `null` for runtimes without a compile stage. */
  broken: string | null;
  /** Prints what is installed, for the version to be found in; `null` = not asked. */
  versionCommand: string[] | null;
}

/** The smoke test of every runtime in the catalog. Throws when a file of one is missing. */
export function loadSmokeTests(operatorDirectory?: string): SmokeTest[] {
  return readDefinitions(operatorDirectory).map(({ runtime, file, smoke }) => {
    const extension = path.extname(runtime.fileName);
    const read = (name: string): string => readFileSync(path.join(path.dirname(file), name), 'utf8');
    return {
      runtime,
      program: read(`hello${extension}`),
      stdin: smoke.stdin,
      expected: read('expected.txt'),
      broken: runtime.compile && read(`broken${extension}`),
      versionCommand: smoke.version ?? null,
    };
  });
}
