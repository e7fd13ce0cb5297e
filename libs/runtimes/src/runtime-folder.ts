import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Runtime } from '@gantry/contracts';
import { z } from 'zod';
import { RuntimeDefinition } from './runtime-definition.js';
import { toRuntime } from './to-runtime.js';

/** A definition that was read, with where it came from. */
export interface DefinedRuntime {
  runtime: Runtime;
  /** Its `runtime.json`. */
  file: string;
  smoke: RuntimeDefinition['smoke'];
}

/** Every `<directory>/<name>/runtime.json`, by name. What is wrong goes to `faults`, each with file, field and reason. */
export function readRuntimeFolders(directory: string, faults: string[]): DefinedRuntime[] {
  let names: string[];
  try {
    names = readdirSync(directory).sort();
  } catch (error) {
    faults.push(`${directory}: ${messageOf(error)}`);
    return [];
  }
  return names.flatMap((name) => readRuntimeFolder(path.join(directory, name), faults));
}

function readRuntimeFolder(folder: string, faults: string[]): DefinedRuntime[] {
  const file = path.join(folder, 'runtime.json');
  try {
    const text = readFileSync(file, 'utf8');
    const definition = RuntimeDefinition.parse(JSON.parse(text));
    const folderName = path.basename(folder);
    if (definition.name !== folderName) throw new Error(`name: must be that of its folder, "${folderName}"`);
    const readNeighbour = (name: string): Buffer => readFileSync(path.join(folder, name));
    return [{ runtime: toRuntime(definition, readNeighbour), file, smoke: definition.smoke }];
  } catch (error) {
    // A folder without a definition is something else, such as our own src; so is a file.
    if (isAbsent(error, file)) return [];
    faults.push(...explain(file, error));
    return [];
  }
}

function isAbsent(error: unknown, file: string): boolean {
  const { code, path: place } = error as NodeJS.ErrnoException;
  return place === file && (code === 'ENOENT' || code === 'ENOTDIR');
}

function explain(file: string, error: unknown): string[] {
  if (error instanceof z.ZodError)
    return error.issues.map((issue) => `${file}: ${issue.path.join('.') || '(root)'}: ${reasonOf(issue)}`);
  return [`${file}: ${messageOf(error)}`];
}

/** What is wrong with a key is told inside the issue about it. */
function reasonOf(issue: z.core.$ZodIssue): string {
  return (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
