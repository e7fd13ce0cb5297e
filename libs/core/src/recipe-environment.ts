import type { Recipe } from '@gantry/contracts';
import { environmentPairs } from './dockerfile-words.js';

/** What programs on the image find in their environment; the engine's own idea of it is not used, for a base may say anything. */
export function recipeEnvironment(recipe: Recipe): Record<string, string> {
  const environment = { ...recipe.env };
  for (const { word, argument } of recipe.dockerfile?.instructions ?? []) {
    if (word !== 'ENV') continue;
    for (const [name, value] of environmentPairs(argument, environment)) environment[name] = value;
  }
  return environment;
}
