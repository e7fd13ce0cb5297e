import type { Recipe, Runtime } from '@gantry/contracts';
import { recipeId } from './recipe-id.js';

/** A recipe that a worker can make, with its id. */
export interface NamedRecipe {
  id: string;
  recipe: Recipe;
}

const known = new WeakMap<Runtime, NamedRecipe>();

/** The image that a runtime runs on when a request names none; `null` = the executor image as it is. */
export function runtimeRecipe(runtime: Runtime): NamedRecipe | null {
  if (runtime.install === null) return null;
  let named = known.get(runtime);
  if (!named) {
    const recipe = baseRecipe([runtime]);
    known.set(runtime, (named = { id: recipeId(recipe), recipe }));
  }
  return named;
}

/** An image with these languages and nothing else. */
export function baseRecipe(runtimes: readonly Runtime[]): Recipe {
  const byName = new Map(runtimes.map(({ name, install }) => [name, { name, install }]));
  const sorted = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { schema: 1, base: null, runtimes: sorted, layers: [], env: {}, dockerfile: null };
}
