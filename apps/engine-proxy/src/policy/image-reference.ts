import { IMAGE_REPOSITORY } from '@gantry/sandbox/profile';
import type { Policy } from './policy.js';

/**
 * What a name in a request stands for: an image made here, one of the configured registry, a base that recipes may stand on, the executor
 * image, or a content id. `null` = nothing that concerns us.
 */
export type ReferenceKind = 'own' | 'registry' | 'base' | 'executor' | 'id';

const OWN_VERSION = /^[0-9a-f]{32}-[0-9a-f]{12}$/;
const REGISTRY_PLACE = /^[0-9a-f]{32}:[0-9a-f]{12}$/;

export function referenceKind({ images }: Policy, reference: string): ReferenceKind | null {
  if (/^(sha256:)?([0-9a-f]{64}|[0-9a-f]{12})$/.test(reference)) return 'id';
  if (reference.startsWith(`${IMAGE_REPOSITORY}:`))
    return OWN_VERSION.test(reference.slice(IMAGE_REPOSITORY.length + 1)) ? 'own' : null;
  const { registry } = images;
  if (registry !== undefined && reference.startsWith(`${registry}/`))
    return REGISTRY_PLACE.test(reference.slice(registry.length + 1)) ? 'registry' : null;
  if (reference === images.executor) return 'executor';
  return images.bases.includes(reference) ? 'base' : null;
}

/** A name in the two parts in which the engine takes it: before the tag, and the tag. */
export function joined(repository: string, tag: string): string {
  return tag.startsWith('sha256:') ? `${repository}@${tag}` : `${repository}:${tag}`;
}
