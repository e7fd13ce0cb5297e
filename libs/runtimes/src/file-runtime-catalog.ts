import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Runtime } from '@gantry/contracts';
import type { RuntimeCatalog } from '@gantry/core';
import { z } from 'zod';
import { parseRuntimeDefinition } from './runtime-definition.js';

/** The runtimes that come with Gantry: the folders beside `src`. */
const BUILT_IN = fileURLToPath(new URL('..', import.meta.url));

/**
 * Reads `<directory>/<name>/runtime.json` of ours and then of the operator's directory, whose definitions replace ours of the same name.
 * Throws one error that names file, field and reason of every fault.
 */
export function loadRuntimes(operatorDirectory?: string): RuntimeCatalog {
  const faults: string[] = [];
  const runtimes = new Map<string, Runtime>();
  for (const directory of operatorDirectory === undefined ? [BUILT_IN] : [BUILT_IN, operatorDirectory]) {
    for (const runtime of readDirectory(directory, faults)) runtimes.set(runtime.name, runtime);
  }
  const byName = new Map<string, Runtime>();
  for (const runtime of runtimes.values()) {
    for (const name of [runtime.name, ...runtime.aliases]) {
      const taken = byName.get(name);
      if (taken) faults.push(`"${name}" is a name of both ${taken.name} and ${runtime.name}`);
      byName.set(name, runtime);
    }
  }
  if (faults.length > 0) throw new Error(`The runtime definitions are not valid:\n  ${faults.join('\n  ')}`);
  const all = [...runtimes.values()];
  return { list: () => all, resolve: (nameOrAlias) => byName.get(nameOrAlias.toLowerCase()) ?? null };
}

function readDirectory(directory: string, faults: string[]): Runtime[] {
  const found: Runtime[] = [];
  let names: string[];
  try {
    names = readdirSync(directory).sort();
  } catch (error) {
    faults.push(`${directory}: ${error instanceof Error ? error.message : String(error)}`);
    return found;
  }
  for (const name of names) {
    const file = path.join(directory, name, 'runtime.json');
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      continue; // A folder without a definition is something else, such as our own src.
    }
    try {
      found.push(parseRuntimeDefinition(JSON.parse(text)));
    } catch (error) {
      faults.push(...explain(file, error));
    }
  }
  return found;
}

function explain(file: string, error: unknown): string[] {
  if (error instanceof z.ZodError)
    return error.issues.map((issue) => `${file}: ${issue.path.join('.') || '(root)'}: ${issue.message}`);
  return [`${file}: ${error instanceof Error ? error.message : String(error)}`];
}
