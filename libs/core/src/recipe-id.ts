import { createHash } from 'node:crypto';
import type { Recipe } from '@gantry/contracts';

/** `img_` and 128 bits of the recipe's hash; the same for equal recipes, whatever the order of their keys. */
export function recipeId(recipe: Recipe): string {
  return `img_${createHash('sha256').update(canonical(recipe)).digest('hex').slice(0, 32)}`;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`;
}
