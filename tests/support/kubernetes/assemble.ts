import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest.js';

interface Kustomization {
  namespace?: string;
  resources?: string[];
  patches?: { path: string }[];
}
const KNOWN = new Set(['apiVersion', 'kind', 'namespace', 'resources', 'patches']);

/** Entries of lists that a patch changes one by one, told by this field; every other list is replaced. */
const MERGE_KEYS: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
};

/** What `kubectl kustomize` makes of a directory, as far as ours use it. */
export function assemble(directory: string): Manifest[] {
  const kustomization = parse(readFileSync(path.join(directory, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const unknown = Object.keys(kustomization).filter((key) => !KNOWN.has(key));
  if (unknown.length > 0) throw new Error(`${directory}: ${unknown.join(', ')} is not known here`);
  let manifests = (kustomization.resources ?? []).flatMap((name) => {
    const resource = path.join(directory, name);
    return existsSync(path.join(resource, 'kustomization.yaml')) ? assemble(resource) : readManifests(resource);
  });
  for (const patch of kustomization.patches ?? []) {
    for (const change of readManifests(path.join(directory, patch.path))) manifests = patched(manifests, change);
  }
  return manifests.map((manifest) => inNamespace(manifest, kustomization.namespace));
}

export function readManifests(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    const [error] = document.errors;
    if (error) throw new Error(`${file}: ${error.message}`);
    return document.toJS() as Manifest;
  });
}

function patched(manifests: Manifest[], change: Manifest): Manifest[] {
  const same = (one: Manifest): boolean => one.kind === change.kind && one.metadata.name === change.metadata.name;
  if (!manifests.some(same)) throw new Error(`There is no ${change.kind} ${change.metadata.name} to be patched`);
  return manifests.map((manifest) => (same(manifest) ? (merged(manifest, change) as Manifest) : manifest));
}

function merged(base: unknown, change: unknown, key = ''): unknown {
  const by = MERGE_KEYS[key];
  if (Array.isArray(base) && Array.isArray(change) && by !== undefined) return mergedList(base, change, by);
  if (!isMap(base) || !isMap(change)) return change;
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(change)) result[name] = merged(base[name], value, name);
  return result;
}

function mergedList(base: Record<string, unknown>[], change: Record<string, unknown>[], by: string): unknown[] {
  const changes = new Map(change.map((entry) => [entry[by], entry]));
  const kept = base.map((entry) => {
    const more = changes.get(entry[by]);
    changes.delete(entry[by]);
    return more ? merged(entry, more) : entry;
  });
  // As kustomize orders them: what the patch adds comes first.
  return [...changes.values(), ...kept];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inNamespace(manifest: Manifest, namespace: string | undefined): Manifest {
  if (namespace === undefined || manifest.kind === 'Namespace') return manifest;
  return { ...manifest, metadata: { ...manifest.metadata, namespace } };
}
