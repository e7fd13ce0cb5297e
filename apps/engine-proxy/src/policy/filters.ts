import { BUILD_LABEL, IMAGE_LABEL } from '@gantry/sandbox/profile';
import { canonicalJson } from './canonical-json.js';
import type { Policy } from './policy.js';
import { forbidden } from './refusal.js';

/** What a list of containers is to be reduced to. */
export type ContainerList = 'own' | 'builds';

const IMAGE_LABELS: readonly string[] = [BUILD_LABEL, ...Object.values(IMAGE_LABEL)];

/** A list of containers has ours in it, whatever was asked for: the filter of our label is put in where it is missing. */
export function containerFilters(policy: Policy, text: string | undefined): { list: ContainerList; filters: string } {
  const { label = [], ...others } = read(text);
  const strange = Object.keys(others)[0];
  if (strange !== undefined) throw forbidden(`lists can't be filtered by ${strange.slice(0, 32)}`);
  if (label.length === 1 && label[0] === `${BUILD_LABEL}=1`)
    return { list: 'builds', filters: JSON.stringify({ label }) };
  return { list: 'own', filters: JSON.stringify({ label: [...new Set([...label, policy.ownLabel])] }) };
}

/** Of images, only those with labels of ours. Images are shared between deployments; what is removed is looked at again. */
export function imageFilters(text: string | undefined): string {
  const { label = [], dangling, ...others } = read(text);
  const strange = Object.keys(others)[0];
  if (strange !== undefined) throw forbidden(`lists of images can't be filtered by ${strange.slice(0, 32)}`);
  if (!label.some((entry) => IMAGE_LABELS.some((name) => entry.startsWith(`${name}=`))))
    throw forbidden('a list of images must be filtered by one of our labels');
  return JSON.stringify({ label, ...(dangling === undefined ? {} : { dangling }) });
}

/** The engine's events: deaths by memory, of certain containers. Returns their ids. */
export function eventContainers(text: string | undefined): string[] {
  const { container = [], event = [], ...others } = read(text);
  if (Object.keys(others).length > 0 || event.length !== 1 || event[0] !== 'oom' || container.length === 0)
    throw forbidden('events are told of kind oom only, and of containers that are named');
  if (container.length > 1000 || container.some((id) => !/^[0-9a-f]{64}$/.test(id)))
    throw forbidden('events are told of containers by their whole ids');
  return container;
}

function read(text: string | undefined): Record<string, string[]> {
  const value = text === undefined ? {} : canonicalJson(text);
  const isFine =
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every(
      (entries) =>
        Array.isArray(entries) && entries.length <= 1000 && entries.every((entry) => typeof entry === 'string'),
    );
  if (!isFine || Array.isArray(value)) throw forbidden('filters must be lists of strings by name');
  return value as Record<string, string[]>;
}
