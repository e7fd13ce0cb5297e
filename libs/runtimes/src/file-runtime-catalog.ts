import { fileURLToPath } from 'node:url';
import type { RuntimeCatalog } from '@gantry/core';
import { type DefinedRuntime, readRuntimeFolders } from './runtime-folder.js';

/** The runtimes that come with Gantry: the folders beside `src`. */
const BUILT_IN = fileURLToPath(new URL('..', import.meta.url));

/**
 * Reads `<directory>/<name>/runtime.json` of ours and then of the operator's directory, whose definitions replace ours of the same name.
 * Throws one error that names file, field and reason of every fault.
 */
export function loadRuntimes(operatorDirectory?: string): RuntimeCatalog {
  const defined = readDefinitions(operatorDirectory);
  const byName = new Map(defined.flatMap(({ runtime }) => namesOf(runtime).map((name) => [name, runtime] as const)));
  const all = defined.map(({ runtime }) => runtime);
  return { list: () => all, resolve: (nameOrAlias) => byName.get(nameOrAlias.toLowerCase()) ?? null };
}

/** The definitions behind the catalog, sorted by name. Throws like it. */
export function readDefinitions(operatorDirectory?: string): DefinedRuntime[] {
  const faults: string[] = [];
  const byName = new Map<string, DefinedRuntime>();
  for (const directory of operatorDirectory === undefined ? [BUILT_IN] : [BUILT_IN, operatorDirectory]) {
    for (const defined of readRuntimeFolders(directory, faults)) byName.set(defined.runtime.name, defined);
  }
  // Ours first, so that a clash is told of the operator's.
  const all = [...byName.values()];
  faults.push(...shared(all, 'a name', namesOf), ...shared(all, 'an extension', ({ extensions }) => extensions));
  if (faults.length > 0) throw new Error(`The runtime definitions are not valid:\n  ${faults.join('\n  ')}`);
  return all.sort((a, b) => (a.runtime.name < b.runtime.name ? -1 : 1));
}

function namesOf({ name, aliases }: DefinedRuntime['runtime']): string[] {
  return [name, ...aliases];
}

/** A language is told by its name or by a file's extension, so nothing of either may belong to two. */
function shared(
  all: readonly DefinedRuntime[],
  what: string,
  wordsOf: (runtime: DefinedRuntime['runtime']) => readonly string[],
): string[] {
  const owners = new Map<string, DefinedRuntime>();
  const faults: string[] = [];
  for (const defined of all) {
    for (const word of wordsOf(defined.runtime)) {
      const owner = owners.get(word);
      if (owner && owner !== defined) faults.push(`${defined.file}: "${word}" is ${what} of ${owner.file} too`);
      owners.set(word, defined);
    }
  }
  return faults;
}
