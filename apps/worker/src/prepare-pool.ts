import { DEFAULT_LIMITS, type RuntimeCatalog, type SandboxProvider } from '@gantry/core';

export interface PreparePoolDeps {
  sandboxes: SandboxProvider;
  runtimes: RuntimeCatalog;
  imageOf: (runtimeName: string) => string;
}

/** Has a sandbox made ready for each of these languages, with the limits that a request without any gets. Unknown names count for nothing. */
export function preparePool(deps: PreparePoolDeps, languages: readonly string[]): void {
  for (const language of languages) {
    const runtime = deps.runtimes.resolve(language);
    if (!runtime) continue;
    const limits = { ...DEFAULT_LIMITS, ...runtime.limits };
    deps.sandboxes.prepare({ image: deps.imageOf(runtime.name), limits, preload: runtime.preload });
  }
}
